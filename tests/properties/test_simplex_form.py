"""Simplex forms: h(x; w) = h(1; w) · h(x; v) over the rationals, the rows of v from simplices."""

from fractions import Fraction

import numpy as np
import pytest
from batches import apart
from brute import expect, outputs
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import RuleError

NETWORKS = strategies.circuits(nonnegative=True, max_outputs=2) | strategies.circuits(
    kinds=("cp", "ht", "tree"), ties=("untied", "equal subtrees", "height"), max_outputs=2
)


def check(circuit, weights, shares, vectors):
    """The law at one input, and that the shares are shares."""
    ones = [[1] * dim for dim in circuit.dims]
    factors, values, scaled = (
        outputs(circuit, w, at, prime=None)
        for w, at in ((weights, ones), (weights, vectors), (shares, vectors))
    )
    products = [factor * value for factor, value in zip(factors, scaled, strict=True)]
    expect(values, products, "h(x; w)")
    for node in circuit.nodes:
        labels = [label for label in node.matrices if isinstance(label, str)]
        if labels:
            rows = zip(*[shares[label].tolist() for label in labels], strict=True)
            totals = {sum(map(sum, row), Fraction(0)) for row in rows}
            expect(totals, {Fraction(1)}, f"sums of the rows at {node.name}")
    if any(entry < 0 for table in shares.values() for entry in table.ravel()):
        pytest.fail("a share is negative")


@pytest.mark.soundness
@given(NETWORKS, st.sampled_from(("nonnegative", "sparse")), st.data())
def test_the_function_stays_up_to_its_factor(circuit, kind, data):
    """Where the statement is proved; zeros among the weights, inputs of both signs."""
    try:
        ca.prove_simplex_form(circuit)
    except RuleError:
        return
    drawn = data.draw(strategies.weights(circuit, kind))
    weights = {name: abs(table).astype(object) for name, table in drawn.items()}
    shares, _ = ca.to_simplex(circuit, weights)
    x = data.draw(strategies.inputs(circuit, "rational", batch=1))
    vectors = [table[0] for table in apart(x)]
    check(circuit, weights, shares, vectors)


@given(NETWORKS)
def test_both_readers_decide_alike(tmp_path_factory, circuit):
    """What the kernel proves the checker verifies."""
    try:
        theorem = ca.prove_simplex_form(circuit)
    except RuleError:
        return
    both_accept(theorem, tmp_path_factory.mktemp("simplex"))


def test_shares_of_another_network_are_caught():
    """Rows that sum to 1 without the factors of the levels, and rows that do not."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights = {
        name: table.astype(object)
        for name, table in circuit.random_weights(seed=2, kind="nonnegative").items()
    }
    shares, _ = ca.to_simplex(circuit, weights)
    vectors = [[1, 2], [3, 1], [0, 1], [2, 5]]
    check(circuit, weights, shares, vectors)
    plain = {
        name: [[Fraction(int(x), int(sum(row))) for x in row] for row in table]
        for name, table in weights.items()
    }
    with pytest.raises(pytest.fail.Exception):
        check(circuit, weights, {n: np.array(t, dtype=object) for n, t in plain.items()}, vectors)
    with pytest.raises(pytest.fail.Exception):
        check(circuit, weights, weights, vectors)
