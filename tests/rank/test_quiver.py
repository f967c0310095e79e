"""Rules U3 and U6: the largest ranks at a bridge and at a star are exact, and their limits hold."""

import ast
import random
from functools import partial
from itertools import combinations_with_replacement, product
from pathlib import Path

import numpy as np
import pytest
from brute.quivers import bridge_rank, schofield_bridge, schofield_star, star_rank
from hypothesis import given, settings
from hypothesis import strategies as st

from circuitalg.errors import RuleError, TooLargeError
from circuitalg.kernel.rank import quiver
from circuitalg.kernel.rank.quiver import (
    BIT_LIMIT,
    WORK_LIMIT,
    blocks,
    bridge_bound,
    clamp,
    star_bound,
    star_bound_parts,
    star_bound_two,
    star_summands,
)

repeatable = partial(settings, derandomize=True, deadline=None)
sizes = st.integers(0, 40)


def blocks_one_by_one(f: int, g: int, v1: int, v2: int) -> list[tuple[int, int, int]]:
    """The decomposition by the induction of the proof, one castling at a time."""
    if v2 >= g * v1:
        return [(v1, 1, g), (v2 - g * v1, 0, 1)]
    if v1 >= f * v2:
        return [(v2, f, 1), (v1 - f * v2, 1, 0)]
    if g * v1 * v1 + f * v2 * v2 <= f * g * v1 * v2:
        return [(1, v1, v2)]
    if 2 * v2 > g * v1:
        smaller = blocks_one_by_one(f, g, v1, g * v1 - v2)
        return [(m, b1, g * b1 - b2) for m, b1, b2 in smaller]
    smaller = blocks_one_by_one(f, g, f * v2 - v1, v2)
    return [(m, f * b2 - b1, b2) for m, b1, b2 in smaller]


def test_numbers_of_the_theory() -> None:
    """The worked examples: each is below what a cut can say (15, 8 and 25)."""
    assert bridge_bound(2, 5, 3, 3, 5) == 14
    assert star_bound(2, 3, 2, 3, 2) == star_bound_two([(3, 2), (3, 2)]) == 7
    assert star_bound(3, 5, 3, 5, 3) == 24


@pytest.mark.parametrize("rho", [1, 2, 3, 4])
def test_bridge_is_the_rank_of_random_tensors(rho: int) -> None:
    """For every shape up to 4 the bound is the rank: no smaller number would be sound."""
    for a, b, c, d in product(range(1, 5), repeat=4):
        assert bridge_bound(rho, a, b, c, d) == bridge_rank(rho, a, b, c, d), (a, b, c, d)


@repeatable(max_examples=300)
@given(st.integers(1, 4), *[st.integers(5, 9)] * 4)
def test_larger_bridges_are_the_rank_of_random_tensors(rho, a, b, c, d) -> None:
    """The same for shapes up to 9, where blocks repeat and castling takes several steps."""
    assert bridge_bound(rho, a, b, c, d) == bridge_rank(rho, a, b, c, d)


def test_bridges_beyond_two_castlings() -> None:
    """Long decompositions: ratios just above the limit ratio of the real roots."""
    for rho, a, b, c, d in [
        (2, 21, 11, 11, 18),
        (3, 20, 7, 6, 17),
        (3, 20, 7, 7, 19),
        (4, 19, 5, 5, 19),
    ]:
        expected = bridge_rank(rho, a, b, c, d)
        assert bridge_bound(rho, a, b, c, d) == expected < min(a * c, b * d)


@pytest.mark.parametrize("r", [2, 3, 4])
def test_star_is_the_dimension_for_random_subspaces(r: int) -> None:
    """For every shape up to 4 (r = 2, 3, 4) the bound is the dimension found at random."""
    shapes = [(a, u) for a in range(1, 5) for u in range(1, a + 1)]
    for first, second in combinations_with_replacement(shapes, 2):
        assert star_bound(r, *first, *second) == star_rank(r, first, second), (first, second)


@st.composite
def subspaces(draw, low: int = 1, high: int = 9):
    """(a, u) with u <= a."""
    a = draw(st.integers(low, high))
    return a, draw(st.integers(1, a))


@repeatable(max_examples=300)
@given(st.integers(2, 7), subspaces(), subspaces())
def test_larger_stars_are_the_dimension_for_random_subspaces(r, first, second) -> None:
    """The same up to seven states and dimension 9."""
    assert star_bound(r, *first, *second) == star_rank(r, first, second)


def test_stars_beyond_two_castlings() -> None:
    """Long decompositions for three (finite), four (tame) and five (wild) states."""
    for r, first, second in [
        (3, (19, 18), (14, 5)),
        (4, (19, 18), (13, 4)),
        (5, (19, 17), (14, 3)),
        (9, (17, 2), (10, 9)),
    ]:
        expected = star_rank(r, first, second)
        (a, u), (c, w) = first, second
        assert star_bound(r, *first, *second) == expected
        assert expected < min(a * c, r * u * w), (r, first, second)


@repeatable(max_examples=200)
@given(st.lists(subspaces(high=4), min_size=1, max_size=4))
def test_two_states_and_any_number_of_parts(parts) -> None:
    """The closed form for r = 2 is the dimension found at random, for one to four parts."""
    assert star_bound_two(parts) == star_rank(2, *parts)


def test_two_states_closed_form_agrees_with_the_star() -> None:
    """For two parts and r = 2 both functions compute the same number."""
    shapes = [(a, u) for a in range(8) for u in range(a + 2)]
    for first, second in product(shapes, repeat=2):
        assert star_bound(2, *first, *second) == star_bound_two([first, second])


def test_parts_agree_with_the_functions_for_fewer_parts_or_states() -> None:
    """One function covers the star of two parts, and two states with many parts."""
    shapes = [(a, u) for a in range(6) for u in range(a + 2)]
    for first, second in product(shapes, repeat=2):
        for r in (1, 2, 3, 4, 5, 6):
            assert star_bound_parts(r, [first, second]) == star_bound(r, *first, *second)
        three = [first, second, (3, 2)]
        assert star_bound_parts(2, three) == star_bound_two(three)


@repeatable(max_examples=200)
@given(st.lists(subspaces(high=5), min_size=3, max_size=4))
def test_three_states_and_many_parts_are_the_dimension_found_at_random(parts) -> None:
    """Three subspaces are of finite type: the bound for many parts is exact."""
    assert star_bound_parts(3, parts) == star_rank(3, *parts)


@repeatable(max_examples=200)
@given(st.integers(4, 7), st.lists(subspaces(high=5), min_size=3, max_size=3))
def test_many_states_and_parts_are_never_below_the_dimension(r, parts) -> None:
    """Sound for every r, and never above what grouping the parts into two gives."""
    value = star_bound_parts(r, parts)
    assert value >= star_rank(r, *parts)
    for i in range(3):
        (a, u), (c, w) = (parts[j] for j in range(3) if j != i)
        assert value <= star_bound(r, *parts[i], a * c, u * w)


def test_grouping_parts_is_weaker() -> None:
    """Products of subspaces are not general: the largest dimension is 21, grouping says 24."""
    assert star_bound_parts(3, [(3, 2)] * 3) == star_rank(3, (3, 2), (3, 2), (3, 2)) == 21
    assert star_bound(3, 3, 2, 9, 4) == 24
    assert star_bound_parts(4, [(3, 2)] * 3) == 27 > star_rank(4, *[(3, 2)] * 3) == 26


@repeatable(max_examples=200)
@given(st.integers(1, 3), *[st.lists(st.integers(0, 7), min_size=3, max_size=3)] * 2, sizes)
def test_exact_bound_for_parts_grows_with_every_argument(r, left, right, which) -> None:
    """More states (up to three), or a larger part, never make the exact bound smaller."""
    value = star_bound_parts(r, list(zip(left, right, strict=True)))
    more = [r, *left, *right]
    more[which % 7 if r < 3 else 1 + which % 6] += 1
    larger = star_bound_parts(more[0], list(zip(more[1:4], more[4:], strict=True)))
    assert value <= larger


def test_bound_for_four_states_and_many_parts_need_not_grow() -> None:
    """Why no rule may compare values of this bound at two widths: it is sound, not monotone."""
    rest = [(8, 6), (9, 7), (6, 4)]
    assert star_bound_parts(4, [(9, 6), *rest]) > star_bound_parts(4, [(9, 7), *rest])


def test_summands_of_three_subspaces_are_the_roots_of_d4() -> None:
    """For r = 3 every summand has b^2 + sum u^2 - b sum u = 1, and they sum up to the type."""
    for r, a in product((2, 3, 4, 5), range(1, 16)):
        for u in range(a + 1):
            found = star_summands(r, a, u)
            assert sum(m * b for m, b, _ in found) == a
            for alpha in range(r):
                assert sum(m * states[alpha] for m, _, states in found) == u
            norms = {b * b + sum(x * x for x in s) - b * sum(s) for _, b, s in found}
            assert norms == {1} if r <= 3 else max(norms) <= 1


@repeatable(max_examples=150)
@given(st.integers(1, 5), *[st.integers(0, 7)] * 4)
def test_bridge_agrees_with_schofields_recursion(rho, a, b, c, d) -> None:
    """The plain recursion for b d - hom gives the same number."""
    assert bridge_bound(rho, a, b, c, d) == schofield_bridge(rho, a, b, c, d)


@repeatable(max_examples=40)
@given(st.integers(2, 3), subspaces(high=4), subspaces(high=5))
def test_star_agrees_with_schofields_recursion(r, first, second) -> None:
    """The plain recursion for a c - hom on the star quiver gives the same number."""
    assert star_bound(r, *first, *second) == schofield_star(r, *first, *second)


@repeatable(max_examples=500)
@given(st.integers(1, 9), sizes, sizes, sizes, sizes)
def test_bridge_symmetries(rho, a, b, c, d) -> None:
    """Exchanging the tensors, transposing both, and clamping keep the value.

    The first is no symmetry of the formula, which decomposes one tensor only: it holds
    because the bound is attained.
    """
    value = bridge_bound(rho, a, b, c, d)
    assert value == bridge_bound(rho, c, d, a, b) == bridge_bound(rho, b, a, d, c)
    assert value == bridge_bound(rho, *clamp(rho, a, b, c, d))
    assert value <= min(a * c, b * d)


@repeatable(max_examples=500)
@given(st.integers(1, 9), sizes, sizes, sizes, sizes)
def test_star_symmetry_and_trivial_bounds(r, a, u, c, w) -> None:
    """Exchanging the two sides keeps the value, although the formula decomposes one of them."""
    value = star_bound(r, a, u, c, w)
    assert value == star_bound(r, c, w, a, u)
    assert value <= min(a * c, r * min(u, a) * min(w, c))


@repeatable(max_examples=500)
@given(st.integers(1, 8), *[st.integers(0, 30)] * 4, st.integers(0, 4))
def test_bounds_grow_with_every_argument(r, a, b, c, d, which) -> None:
    """A larger shape has at least as large a maximum: a separation relies on it."""
    small = [r, a, b, c, d]
    large = [x + (i == which) for i, x in enumerate(small)]
    assert bridge_bound(*small) <= bridge_bound(*large)
    assert star_bound(*small) <= star_bound(*large)
    assert star_bound_two([(a, b), (c, d)]) <= star_bound_two(
        [(large[1], large[2]), (large[3], large[4])]
    )


@pytest.mark.parametrize(
    ("f", "g"), [(1, 1), (2, 2), (3, 3), (5, 5), (2, 1), (3, 1), (4, 1), (5, 1), (9, 1)]
)
def test_blocks_follow_the_proof(f: int, g: int) -> None:
    """The loop, and its jump for f g = 4, give the blocks of the one-by-one induction."""
    for v1, v2 in product(range(25), repeat=2):
        found = blocks(f, g, v1, v2)
        slow = [block for block in blocks_one_by_one(f, g, v1, v2) if block[0]]
        assert found == slow or (v1, v2) == (0, 0)
        assert sum(m * b1 for m, b1, _ in found) == v1
        assert sum(m * b2 for m, _, b2 in found) == v2
        assert all(b1 >= 0 and b2 >= 0 for _, b1, b2 in found)


def test_clamp_is_stable() -> None:
    """After one pass the four inequalities hold, and a second pass changes nothing."""
    for rho in (1, 2, 5):
        for shape in product(range(12), repeat=4):
            a, b, c, d = clamped = clamp(rho, *shape)
            assert max(a - rho * b, b - rho * a, c - rho * d, d - rho * c) <= 0
            assert clamp(rho, *clamped) == clamped


def test_sizes_of_real_networks_are_quick() -> None:
    """Numbers of thousands of digits are ordinary, the tame cases with short steps included."""
    n = 10**9000
    assert bridge_bound(2, n + 3, n, n, n + 3) < n * (n + 3)
    assert star_bound(4, 2 * n - 3, n, 4 * n, 2 * n - 3) < 4 * n * (2 * n - 3)
    assert bridge_bound(3, 4**16384, 4**16384, 4**16384, 4**16384) == 4**32768
    big = random.Random(0).getrandbits(20_000)
    assert star_bound_two([(big, big)]) == big


def test_long_castling_is_bounded() -> None:
    """The worst case is a ratio at the limit of the real roots: still a sum of two blocks."""
    low, high = (0, 1), (1, 3)
    while high[1].bit_length() < 8000:
        low, high = high, (3 * high[0] - low[0], 3 * high[1] - low[1])
    v1, v2 = 5 * low[0] + 7 * high[0], 5 * low[1] + 7 * high[1]
    assert sorted(blocks(3, 3, v1, v2)) == [(5, *low), (7, *high)]


@pytest.mark.parametrize("position", range(5))
def test_too_large_arguments_are_refused(position: int) -> None:
    """More than BIT_LIMIT bits after clamping is refused; exactly BIT_LIMIT is accepted."""
    fits, beyond = [2**BIT_LIMIT - 1] * 5, [2**BIT_LIMIT - 1] * 5
    beyond[position] += 1
    assert bridge_bound(*fits) == star_bound(*fits) == fits[0] ** 2
    if position == 0:
        with pytest.raises(TooLargeError, match=f"rho has {BIT_LIMIT + 1} bits"):
            bridge_bound(*beyond)
        with pytest.raises(TooLargeError, match=f"r has {BIT_LIMIT + 1} bits"):
            star_bound(*beyond)
    else:
        with pytest.raises(TooLargeError, match=f"bits, and the limit is {BIT_LIMIT}"):
            bridge_bound(*beyond)
    if position in (1, 3):
        with pytest.raises(TooLargeError, match="bits, and the limit is"):
            star_bound(*beyond)


def test_work_of_many_parts_is_limited() -> None:
    """The rule is on the arguments alone; just below it an answer takes a second at most."""
    fits = [(31, 20)] * 4
    assert 9 * 10**4 * (32 + 4 * 5) <= WORK_LIMIT < 9 * 10**5 * (32 + 5 * 5)
    assert 0 < star_bound_parts(9, fits) <= 31**4
    with pytest.raises(TooLargeError, match="beyond the limits"):
        star_bound_parts(9, [*fits, (31, 20)])
    with pytest.raises(TooLargeError, match="beyond the limits"):
        star_bound_parts(1 << 100, [(3, 2)])
    with pytest.raises(TooLargeError, match="beyond the limits"):
        star_bound_parts(2, [(1 << BIT_LIMIT, 1 << BIT_LIMIT)])


def test_clamping_comes_before_the_limit() -> None:
    """A huge side that the other side bounds is no reason to refuse."""
    huge = 1 << (2 * BIT_LIMIT)
    assert bridge_bound(2, 1, huge, 3, 4) == bridge_bound(2, 1, 2, 3, 4)
    assert star_bound(2, huge, 1, 3, huge) == star_bound(2, 2, 1, 3, 3)
    with pytest.raises(TooLargeError, match="together have more than"):
        star_bound_two([(1 << (BIT_LIMIT // 2), 1)] * 2)


@pytest.mark.parametrize("bad", [-1, True, 2.0, np.int64(2), "2", None])
@pytest.mark.parametrize("position", range(5))
def test_only_plain_integers_are_taken(bad, position: int) -> None:
    """Negative numbers, booleans, floats and NumPy integers are refused, in every place."""
    arguments = [2, 3, 3, 3, 3]
    arguments[position] = bad
    with pytest.raises(RuleError):
        bridge_bound(*arguments)
    with pytest.raises(RuleError):
        star_bound(*arguments)
    if position:
        with pytest.raises(RuleError):
            star_bound_two([(arguments[1], arguments[2]), (arguments[3], arguments[4])])
    with pytest.raises(RuleError):
        star_bound_parts(arguments[0], [(arguments[1], arguments[2]), (arguments[3], arguments[4])])


def test_empty_bridges_and_stars_are_refused_or_zero() -> None:
    """No arrow, no state and no part are refused; a dimension 0 gives rank 0."""
    for call in (
        lambda: bridge_bound(0, 1, 1, 1, 1),
        lambda: star_bound(0, 1, 1, 1, 1),
        lambda: star_bound_two([]),
        lambda: star_bound_parts(3, []),
        lambda: star_bound_parts(0, [(1, 1)]),
    ):
        with pytest.raises(RuleError):
            call()
    assert bridge_bound(2, 0, 3, 3, 3) == star_bound(2, 3, 0, 3, 3) == 0
    assert star_bound_two([(0, 0), (3, 2)]) == 0


def test_one_arrow_and_one_state_are_the_cut() -> None:
    """One arrow is an outer product: ranks multiply. One state is one tensor product."""
    for a, b, c, d in product(range(5), repeat=4):
        assert bridge_bound(1, a, b, c, d) == min(a, b) * min(c, d)
        assert star_bound(1, a, b, c, d) == min(a, b) * min(c, d)
        assert star_bound_two([(a, b)]) == min(a, 2 * b)


def test_the_module_imports_nothing_but_errors() -> None:
    """The trusted arithmetic rests on Python's integers alone."""
    tree = ast.parse(Path(quiver.__file__).read_text(encoding="utf-8"))
    imports = [ast.unparse(x) for x in ast.walk(tree) if isinstance(x, ast.Import | ast.ImportFrom)]
    assert imports == ["from circuitalg.errors import RuleError, TooLargeError"]
    assert not any(isinstance(x, ast.Assert | ast.Div) for x in ast.walk(tree))
