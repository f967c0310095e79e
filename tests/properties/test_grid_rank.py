"""Grid ranks: a bound from below is at most the rank of the whole grid matrix."""

import brute
import pytest
from brute import expect
from hypothesis import assume, given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import NotProved

pytestmark = pytest.mark.soundness


@st.composite
def grids(draw):
    """A circuit with one dimension for all locations, templates, and a bipartition."""
    dim = draw(st.integers(1, 3))
    circuit = draw(
        strategies.circuits(min_dim=dim, max_dim=dim, max_locations=4, max_width=2, max_outputs=2)
    )
    entry = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=3)
    vector = st.lists(entry, min_size=dim, max_size=dim)
    templates = draw(st.lists(vector, min_size=1, max_size=3))
    assume(circuit.num_locations > 1)
    output = draw(st.integers(0, circuit.num_outputs - 1))
    return circuit, templates, draw(strategies.bipartitions(circuit)), output


@given(grids())
def test_the_bound_is_the_rank_of_the_whole_grid(drawn):
    """All choices of templates are tried, at random weights; inputs may be repeated."""
    circuit, templates, parts, output = drawn
    rank = brute.grid_rank(circuit, parts.I, templates, output=output)
    try:
        theorem = ca.prove_grid_rank(circuit, parts, templates=templates, output=output)
    except NotProved:
        expect(rank, 0, "rank of a grid without a minor")
        return
    expect(theorem.statement.lower, rank, "bound")


def test_a_cut_is_no_bound_where_inputs_repeat():
    """Two recurrent layers keep 4 numbers in all, and their grid has rank 8: a bound of 4 fails."""
    circuit, parts = ca.rac_model(6, 2, 2, layers=2), ca.Bipartition.low_high(6)
    lower = ca.prove_grid_rank(circuit, parts).statement.lower
    expect(lower, 8, "bound")
    unit = [[1, 0], [0, 1]]
    with pytest.raises(pytest.fail.Exception):
        expect(brute.grid_rank(circuit, parts.I, unit), 4)
    expect(brute.grid_rank(circuit, parts.I, unit), 8, "rank")
