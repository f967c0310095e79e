"""Exact tensors drawn by `circuitalg.strategies`."""

from itertools import permutations

import pytest
from drawing import drawn, smallest
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg import strategies
from circuitalg.arithmetic.rational import rank

SHAPES = st.lists(st.integers(1, 3), min_size=2, max_size=4)


@pytest.mark.parametrize("kind", strategies.TENSOR_KINDS)
@given(data=st.data())
def test_tensors_have_their_shape(kind, data):
    """Of each kind, with the dimensions drawn."""
    shape = [data.draw(st.integers(1, 3))] * 3 if kind == "symmetric" else data.draw(SHAPES)
    tensor = data.draw(strategies.tensors(shape, kind))
    assert isinstance(tensor, ca.ExactTensor)
    assert tensor.dims == tuple(shape)


@given(data=st.data(), most=st.integers(1, 2))
def test_ranks_are_at_most_what_is_asked(data, most):
    """CP: every matricization; TT: the first modes against the last; HT: each mode alone."""
    sides = {"cp": [[0, 2], [1], [1, 2]], "tt": [[0], [0, 1], [0, 1, 2]], "ht": [[0], [0, 1], [2]]}
    for kind, rows in sides.items():
        tensor = data.draw(strategies.tensors((2, 3, 2, 2), kind, rank=most))
        assert all(rank(tensor.matricize(side)) <= most for side in rows)


def test_ranks_are_reached():
    """Among tensors of rank two at most there are some of rank two, and zero."""
    for kind in ("cp", "ht", "tt"):
        found = drawn(strategies.tensors((2, 2, 2), kind, rank=2))
        assert {rank(tensor.matricize([0])) for tensor in found} == {0, 1, 2}


@given(strategies.tensors((2, 2, 2), "symmetric"))
def test_symmetric_tensors_do_not_change_when_modes_are_exchanged(tensor):
    """For every permutation of the modes."""
    array = tensor.array()
    assert all((array == array.transpose(order)).all() for order in permutations(range(3)))


def test_symmetric_tensors_may_have_any_values():
    """An entry off the diagonal differs from those on it, and a tensor that is generic does not."""
    found = drawn(strategies.tensors((2, 2), "symmetric"))
    assert any(len(set(tensor.entries)) == 3 for tensor in found)
    generic = drawn(strategies.tensors((2, 2), "generic"))
    assert any(tensor.entries[1] != tensor.entries[2] for tensor in generic)


def test_tensors_shrink_to_one_entry():
    """All other entries become zero."""
    tensor = smallest(strategies.tensors((2, 2)), lambda found: any(found.entries))
    assert sorted(tensor.entries) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (((2, 2), "tucker"), ca.OptionError, "the kind of tensors must be one of 'generic'"),
        (((2, 3), "symmetric"), ca.OptionError, r"has equal dimensions, not \(2, 3\)"),
        (((3,), "tt"), ca.OptionError, "has at least 2 modes"),
        ((2,), ca.ArgumentError, "give a list of dimensions, not 2"),
        (((0, 2),), ca.OptionError, "dimension 0 must be an integer of at least 1"),
        (((300, 300),), ca.TooLargeError, "90,000 entries"),
    ],
)
def test_bad_arguments_are_refused_when_the_strategy_is_made(call, error, message):
    """One sentence that names the argument."""
    with pytest.raises(error, match=message):
        strategies.tensors(*call)


def test_a_rank_is_for_kinds_that_have_one():
    """A generic tensor takes none, and a rank is at least 1."""
    with pytest.raises(ca.OptionError, match="'generic' takes none"):
        strategies.tensors((2, 2), rank=1)
    with pytest.raises(ca.OptionError, match="rank must be"):
        strategies.tensors((2, 2), "cp", rank=0)
