"""The index recursion cut to the shape of each node's own matrix (U5)."""

import itertools
import re

import brute
import pytest
from brute import expect, expect_between
from certificates.alter import altered, both_accept, checker_says, kernel_says, put
from hypothesis import given, settings
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.kernel import rules
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Bounds, IndexRecursion, Trivial

pytestmark = pytest.mark.soundness

UPPER = "theorems/0/statement/upper"


def mixtures(count):
    """Sums of two products x₀·x₁ of width 1, and one location more, multiplied."""
    b = ca.CircuitBuilder(2 * count + 1, 2)

    def form(location):
        return b.sum(b.input(location), width=1)

    sums = [
        b.sum(*[b.product(form(2 * k), form(2 * k + 1)) for _ in range(2)], width=1)
        for k in range(count)
    ]
    return b.build(b.product(*sums, form(2 * count)))


def bounded(circuit, rows, output=0):
    """The kernel's theorem that the index recursion gives, with nothing from below."""
    parts = ca.Bipartition.of(rows, circuit.num_locations)
    return rules.generic_rank(Question(circuit, parts, output), Bounds(Trivial(), IndexRecursion()))


def refused_with(theorem, upper, folder):
    """Both readers derive another upper bound than this one, and refuse the certificate."""
    file = altered(theorem.certificate(), put(UPPER, upper), folder)
    said = f"{kernel_says(file)} / {checker_says(file)}"
    if not re.search("something other than what is proved.* / .*upper bound", said):
        pytest.fail(f"an upper bound of {upper}: {said}")


@pytest.mark.parametrize("count", [1, 8])
def test_mixtures_on_one_side_count_once(tmp_path, count):
    """Each is one vector, however many products it adds; the product of them all has rank 1."""
    circuit = mixtures(count)
    rows = range(2 * count)
    theorem = ca.prove_rank(circuit, ca.Bipartition.of(rows, 2 * count + 1))
    expect((theorem.statement.lower, theorem.statement.upper), (1, 1), "proved")
    expect(brute.generic_rank(circuit, rows), 1, "brute force")
    expect(both_accept(theorem, tmp_path).upper, 1, "the checker's")
    expect(theorem.proof.upper, IndexRecursion(), "rule")
    refused_with(theorem, 2**count, tmp_path)  # what branches alone would give


@pytest.mark.parametrize("rows", [[0], [1], [0, 2], [1, 2]])
def test_a_mixture_that_is_cut_in_two_counts_its_branches(tmp_path, rows):
    """Across x₀ and x₁ the same two products have rank 2, and no reader takes 1."""
    circuit = mixtures(1)
    theorem = ca.prove_rank(circuit, ca.Bipartition.of(rows, 3))
    expect((theorem.statement.lower, theorem.statement.upper), (2, 2), "proved")
    expect(brute.generic_rank(circuit, rows), 2, "brute force")
    expect(both_accept(theorem, tmp_path).upper, 2, "the checker's")
    refused_with(bounded(circuit, rows), 1, tmp_path)


@pytest.mark.parametrize("direct", [False, True])
def test_the_channels_of_a_node_are_rows_too(tmp_path, direct):
    """Two channels over one location have rank 2; without the factor w it would be given 1."""
    b = ca.CircuitBuilder(2, 2)
    first = b.input(0) if direct else b.sum(b.input(0), width=2)
    circuit = b.build(b.sum(b.product(first, b.sum(b.input(1), width=2)), width=1))
    theorem = bounded(circuit, [0])
    expect(theorem.statement.upper, 2, "bound")
    expect(brute.generic_rank(circuit, [0]), 2, "brute force")
    refused_with(theorem, 1, tmp_path)


@settings(max_examples=24)
@given(strategies.circuits(kinds=strategies.MULTILINEAR_KINDS, max_outputs=2), st.booleans())
def test_the_readers_agree_above_the_rank(tmp_path_factory, circuit, first):
    """Across every bipartition both give one number, the rank or more."""
    output, locations = circuit.num_outputs - 1, circuit.num_locations
    tensor = brute.tensor(circuit, brute.random_weights(circuit), output)
    folder = tmp_path_factory.mktemp("shapes")
    for letters in itertools.product((0, 1), repeat=locations - 1):
        rows = [i for i, side in enumerate((first, *letters)) if side]
        if 0 < len(rows) < locations:
            theorem = bounded(circuit, rows, output)
            upper = theorem.statement.upper
            expect_between(brute.rank(brute.matricized(tensor, rows)), upper, 10**9, f"{rows}")
            expect(both_accept(theorem, folder).upper, upper, f"the checker's for {rows}")
            refused_with(theorem, upper - 1, folder)
