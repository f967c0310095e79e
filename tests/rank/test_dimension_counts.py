"""Large bonds are full at once: what one side sends through a bond is counted, not computed."""

import pytest
from brute import expect

import circuitalg as ca


@pytest.mark.parametrize(("dim", "bond"), [(2, 512), (3, 500), (2, 1000)])
def test_a_bond_that_both_halves_fill(dim, bond):
    """Half the sites of a train of 22, whatever the largest minor."""
    theorem = ca.prove_rank(ca.tt_model(22, dim, bond), list(range(11)), max_minor=1)
    expect((theorem.statement.lower, theorem.statement.upper), (bond, bond), "bounds")
    lower = theorem.explain().split("upper:")[0]
    expect((lower.count("dimension count"), lower.count("minor")), (2, 0), "rules named")


def test_the_checker_counts_too():
    """A bond of 64, by both readers."""
    theorem = ca.prove_rank(ca.tt_model(14, 2, 64), list(range(7)), max_minor=1)
    expect((theorem.statement.lower, theorem.statement.upper), (64, 64), "bounds")
    if not theorem.check():
        pytest.fail("the checker refuses")


def test_other_places_to_cut_a_train():
    """Bonds that are cut in the middle or near an end; a few sites among many."""
    train = ca.tt_model(12, 2, [2, 4, 8, 16, 32, 64, 32, 16, 8, 4, 2])
    for rows, rank in (
        (range(6), 64),
        (range(3), 8),
        (range(10, 12), 4),
        ([0], 2),
        ([5], 2),
        ([0, 1, 2, 3, 8, 9, 10, 11], 16),
    ):
        said = ca.prove_rank(train, list(rows), max_minor=1).statement
        expect((said.lower, said.upper), (rank, rank), f"bounds with I = {list(rows)}")


def test_a_star_is_explained():
    """The middle level of its own: parts that saturate the root's variable, and the others."""
    circuit = ca.ht_model(8, 3, [3, 3, 3], shared=[True, False, True])
    theorem = ca.prove_rank(circuit, [0, 3, 6, 7], max_minor=9)
    expect((theorem.statement.lower, theorem.statement.upper), (27, 27), "bounds")
    said = theorem.explain()
    expect("saturated by: " in said and "other parts: " in said, True, "explanation")
    if not theorem.check():
        pytest.fail("the checker refuses")
