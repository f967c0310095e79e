"""MEX: limits, identities and bounds at any size; what it refuses."""

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from circuitalg.errors import OptionError, WeightError
from circuitalg.logspace.mex import mex

INF = float("inf")
sizes = st.one_of(
    st.floats(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, 1e300, -1e300, 1e-300, 1.7e308, -1.7e308]),
)
betas = st.one_of(
    st.floats(-1e6, 1e6),
    st.sampled_from([1e-12, -1e-12, 1e-300, 1.0, -1.0, 1e6, -1e6, 0.0, INF, -INF]),
)
lists = st.lists(sizes, min_size=1, max_size=6)


def exact(values, beta):
    """MEX by ball arithmetic of 5,000 bits."""
    flint.ctx.prec = 5000
    numbers = [flint.arb(flint.fmpq(*Fraction(v).as_integer_ratio())) for v in values]
    b = flint.arb(flint.fmpq(*Fraction(beta).as_integer_ratio()))
    extreme = max(values) if beta > 0 else min(values)
    e = flint.arb(flint.fmpq(*Fraction(extreme).as_integer_ratio()))
    total = sum((((n - e) * b).exp() for n in numbers), flint.arb(0))
    return float(e + (total / len(values)).log() / b)


@given(lists, betas)
def test_it_lies_between_the_least_and_the_largest(values, beta):
    """For every β and all sizes; between the mean and the maximum for β ≥ 0."""
    found = float(mex(np.array(values), beta))
    low, high = min(values), max(values)
    slack = 1e-14 * max(abs(low), abs(high)) + 1e-320
    assert not math.isnan(found)
    assert low - slack <= found <= high + slack
    mean = float(sum(map(Fraction, values)) / len(values))
    if beta >= 0:
        assert found >= mean - 1e-13 * max(map(abs, values)) - 1e-320
    else:
        assert found <= mean + 1e-13 * max(map(abs, values)) + 1e-320


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5), st.floats(-30, 30))
def test_it_is_what_ball_arithmetic_gives(values, beta):
    """To rounding of the largest value, also where β is nearly 0."""
    if abs(beta) < 1e-9:
        return
    found = float(mex(np.array(values), beta))
    assert abs(found - exact(values, beta)) <= 1e-13 * (1 + max(map(abs, values)))


anything = st.one_of(
    st.floats(-1e300, 1e300), st.sampled_from([INF, -INF, 0.0, 1e300, -1e300, 5e-324])
)


@given(st.lists(anything, min_size=1, max_size=6), betas, st.booleans())
@example([INF, -INF], 0.0, True)
@example([-INF, -INF, 1e300], -1e6, True)
@example([1e300, -1e300], 1e-12, False)
def test_infinities_among_numbers_of_any_size(values, beta, mean):
    """NaN for the mean of +inf and −inf alone; else between the least and the largest value.

    In softmax mode the sum is above its largest term by at most log(n)/|β|. Infinite only where a
    value is, on the side that β weighs most, or by overflow of log(n)/|β|.
    """
    if not mean and beta == 0:
        return
    found = float(mex(np.array(values), beta, mean=mean))
    low, high = min(values), max(values)
    if beta == 0 and (low, high) == (-INF, INF):
        assert math.isnan(found)
        return
    assert not math.isnan(found)
    extreme = high if beta > 0 else low
    if abs(extreme) == INF and beta:
        assert found == extreme
        return
    slack = 1e-14 * abs(extreme) + 1e-320
    room = 0.0 if mean else math.log(len(values)) / abs(beta) * (1 + 1e-14)
    if beta > 0:
        least = low if mean else high
        assert least - slack - 1e-14 * abs(least) <= found <= high + room + slack
    elif beta < 0:
        most = high if mean else low
        assert low - room - slack <= found <= most + slack + 1e-14 * abs(most)
    else:
        assert low - 1e-320 <= found <= high + 1e-320 or abs(found) == INF


def test_the_limits_are_maximum_mean_and_minimum():
    """At the infinities and 0, and near them."""
    values = np.array([[1.0, 2.0, 6.0], [-3.0, -3.0, 0.0]])
    assert mex(values, INF).tolist() == [6.0, 0.0]
    assert mex(values, -INF).tolist() == [1.0, -3.0]
    assert mex(values, 0).tolist() == [3.0, -2.0]
    assert np.allclose(mex(values, 1e7), [6.0, 0.0], atol=1e-6)
    assert np.allclose(mex(values, -1e7), [1.0, -3.0], atol=1e-6)
    assert np.allclose(mex(values, 1e-10), [3.0, -2.0], atol=1e-8)
    assert np.allclose(mex(values, 1e-300), [3.0, -2.0], rtol=1e-15)


tiny = st.sampled_from([5e-324, 1e-310, 1e-308, 3e-301, 1e-291, 1e-289, 1e-280])


@given(st.lists(sizes, min_size=1, max_size=5), tiny, st.sampled_from([1, -1]))
def test_beta_near_zero_is_no_zero_for_large_values(values, beta, sign):
    """Only β times the values decides: to rounding of their spread, for the least β there is."""
    found = float(mex(np.array(values), sign * beta))
    wanted = exact(values, sign * beta)
    assert abs(found - wanted) <= 2e-14 * max(map(abs, values)) + 1e-320


def test_beta_near_zero_with_infinities_and_in_softmax_mode():
    """A term exp(−∞) = 0 counts, however small β is; in float32 too."""
    found = mex(np.array([-INF, 1.0, 2.0]), 1e-300)
    assert found == pytest.approx(1e300 * math.log(2 / 3), rel=1e-14)
    summed = mex(np.array([1.0, 2.0]), 1e-300, mean=False)
    assert summed == pytest.approx(1e300 * math.log(2), rel=1e-14)
    single = np.array([1.0, 2.0, 6.0], dtype=np.float32)
    assert [float(mex(single, beta)) for beta in (1e-25, 1e-40, 1e-60)] == [3.0] * 3
    large = np.array([-1e38, 0, 1e38], dtype=np.float32)
    assert float(mex(large, 1e-38)) == pytest.approx(exact(large.tolist(), 1e-38), rel=1e-5)


blocks = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(st.floats(-40, 40), min_size=n, max_size=n), min_size=1, max_size=3)
)


@given(blocks, st.floats(-20, 20), st.floats(-100, 100), st.floats(0.01, 20))
def test_the_identities(rows, beta, shift, scale):
    """Collapsing of equal blocks, shift, scale, reflection and monotonicity."""
    table = np.array(rows)
    whole = float(mex(table.reshape(-1), beta))
    tolerance = 1e-12 * (1 + np.abs(table).max() + abs(shift))
    assert abs(float(mex(mex(table, beta), beta)) - whole) <= tolerance
    assert abs(float(mex(table.reshape(-1) + shift, beta)) - (whole + shift)) <= tolerance
    scaled = float(mex(table.reshape(-1) * scale, beta / scale))
    assert abs(scaled - scale * whole) <= scale * tolerance
    assert abs(float(mex(-table.reshape(-1), -beta)) + whole) <= tolerance
    assert float(mex(table.reshape(-1), beta + 1)) >= whole - tolerance


def test_collapsing_needs_blocks_of_one_size():
    """Blocks of sizes 1 and 2: the mean of means is not the mean."""
    parts = np.array([mex(np.array([0.0]), 1), mex(np.array([3.0, 5.0]), 1)])
    assert abs(float(mex(parts, 1)) - float(mex(np.array([0.0, 3.0, 5.0]), 1))) > 0.1


@pytest.mark.parametrize("beta", [-2.0, -1e-9, 0.0, 1e-9, 2.0])
def test_infinities_are_numbers(beta):
    """Log 0 among the values, and nothing but log 0; NaN only where mathematics asks for it."""
    assert float(mex(np.array([-INF, -INF]), beta)) == -INF
    assert float(mex(np.array([INF, INF]), beta)) == INF
    one = float(mex(np.array([-INF, 1.0]), beta))
    if beta > 0:
        assert one == pytest.approx(1 - math.log(2) / beta)
    else:
        assert one == -INF
    assert math.isnan(float(mex(np.array([math.nan, 1.0]), beta)))
    assert float(mex(np.array([-INF, INF]), 3.0)) == INF
    assert float(mex(np.array([-INF, INF]), -3.0)) == -INF


def test_softmax_mode_is_log_sum_exp():
    """Without the mean, and with offsets; batched over other axes."""
    values = np.array([[0.0, 1000.0], [-1000.0, -INF]])
    expected = [np.logaddexp(0, 1000), -1000.0]
    assert mex(values, 1, mean=False).tolist() == expected
    logs = np.log(np.array([0.25, 0.75]))
    found = mex(values[:1], 1, offsets=logs, mean=False)
    assert float(found[0]) == pytest.approx(1000 + math.log(0.75))
    assert mex(np.zeros((2, 3, 4)), 1, axis=1).shape == (2, 4)


def test_other_types_of_floats_stay():
    """float32 in, float32 out."""
    assert mex(np.zeros(3, dtype=np.float32), 2.0).dtype == np.float32


@pytest.mark.parametrize(
    ("values", "beta", "more", "reason"),
    [
        (np.zeros(2), math.nan, {}, "NaN"),
        (np.zeros(2), 0.0, {"mean": False}, "no limit"),
        (np.zeros(2, dtype=int), 1.0, {}, "floating"),
        (np.zeros((2, 0)), 1.0, {}, "no values"),
        (np.zeros(2), 1.0, {"axis": 1}, "axis must be an integer from -1 to 0, not 1"),
    ],
)
def test_what_has_no_meaning_is_refused(values, beta, more, reason):
    """One clear sentence each."""
    with pytest.raises((OptionError, WeightError), match=reason):
        mex(values, beta, **more)


ROWS = [[-INF, -INF], [-INF, 0.0], [1.0, 1.0], [0.0, 500.0]]


@pytest.mark.parametrize("beta", [-1.0, 1e-12, 1.0, 1e6])
@pytest.mark.parametrize("mean", [True, False])
def test_gradients_have_no_nan(beta, mean):
    """Where PyTorch or JAX differentiates: also at log 0 and at equal values."""
    tried = 0
    for gradient in (torch_gradient, jax_gradient):
        try:
            found = [gradient(row, beta, mean) for row in ROWS]
        except ImportError:
            continue
        tried += 1
        assert not np.isnan(found).any()
        assert np.allclose(np.sum(found[2:], axis=1), 1)  # a shift moves MEX by as much
    if not tried:
        pytest.skip("neither PyTorch nor JAX is installed; pip install torch, or jax")


def torch_gradient(row, beta, mean):
    """By automatic differentiation."""
    import torch

    x = torch.tensor(row, dtype=torch.float64, requires_grad=True)
    mex(x, beta, mean=mean).backward()
    return x.grad.numpy()


def jax_gradient(row, beta, mean):
    """By automatic differentiation."""
    import jax

    return np.asarray(jax.grad(lambda x: mex(x, beta, mean=mean))(jax.numpy.array(row)))
