"""Separation: no member of the family below the bound reaches the network's rank."""

import brute
import pytest
from brute import expect_between
from hypothesis import given
from hypothesis import strategies as st
from rank_helpers import SMOOTH

import circuitalg as ca
from circuitalg import strategies
from circuitalg.errors import RuleError

pytestmark = pytest.mark.soundness


@st.composite
def deep_networks(draw, **bounds):
    """A smooth circuit with one dimension for all locations, and a bipartition."""
    dim = draw(st.integers(1, 3))
    circuit = draw(
        strategies.circuits(kinds=SMOOTH, min_dim=dim, max_dim=dim, max_outputs=2, **bounds)
    )
    return (
        circuit,
        draw(strategies.bipartitions(circuit)),
        draw(st.integers(0, circuit.num_outputs - 1)),
    )


def check(deep, output, needed, parts, member):
    """The law: a member that is too small has less rank, at any weights, than the network has."""
    expect_between(needed, brute.generic_rank(deep, parts.I, output), 10**9, "rank of the network")
    expect_between(0, brute.generic_rank(member, parts.I), needed - 1, "rank of a smaller member")


@given(deep_networks())
def test_cp_models_below_the_bound_have_less_rank(drawn):
    """The largest CP model below the bound, at random weights."""
    deep, parts, output = drawn
    needed = int(ca.prove_separation(deep, bipartition=parts, output=output).statement.needed)
    if needed > 1:
        member = ca.cp_model(deep.num_locations, deep.dims[0], needed - 1)
        check(deep, output, needed, parts, member)


@given(
    st.sampled_from([(4, 2, 1), (4, 2, 2), (8, 2, 2), (9, 3, 2)]),
    st.lists(st.integers(1, 3), min_size=3, max_size=3),
    st.lists(st.integers(1, 5), min_size=1, max_size=1),
    st.booleans(),
    st.data(),
)
def test_truncated_networks_below_the_bound_have_less_rank(sizes, widths, others, shared, data):
    """Any other widths; bipartitions that cut a block are refused."""
    locations, window, levels = sizes
    depth = next(k for k in range(1, 4) if window**k == locations)
    deep = ca.ht_model(locations, 2, widths[:depth], window=window, shared=shared)
    family = ca.truncated_family(levels=levels, window=window)
    parts = data.draw(strategies.bipartitions(locations))
    block = window ** (levels - 1)
    cut = any(len(set(parts.sides[i : i + block])) > 1 for i in range(0, locations, block))
    if cut:
        with pytest.raises(RuleError, match="cuts locations"):
            ca.prove_separation(deep, family, bipartition=parts)
        return
    needed = int(ca.prove_separation(deep, family, bipartition=parts).statement.needed)
    if needed > 1:
        inner = (others * levels)[: levels - 1]
        member = ca.ht_model(locations, 2, [*inner, needed - 1], window=window)
        check(deep, 0, needed, parts, member)


def test_a_bound_one_larger_is_caught():
    """The CP model of as many channels as are needed has the rank of the network."""
    deep, parts = ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)
    needed = int(ca.prove_separation(deep, bipartition=parts).statement.needed)
    check(deep, 0, needed, parts, ca.cp_model(4, 2, needed - 1))
    with pytest.raises(pytest.fail.Exception):
        check(deep, 0, needed + 1, parts, ca.cp_model(4, 2, needed - 1))
    with pytest.raises(pytest.fail.Exception):
        check(deep, 0, needed, parts, ca.cp_model(4, 2, needed))


def test_a_family_across_a_bipartition_that_cuts_its_blocks_is_caught():
    """Two levels, last width 1: rank 4 across odd and even locations, so the bound is no bound."""
    member, parts = ca.ht_model(4, 2, [2, 1]), ca.Bipartition.odd_even(4)
    with pytest.raises(pytest.fail.Exception):
        check(ca.ht_model(4, 2, [4, 4]), 0, 2, parts, member)
