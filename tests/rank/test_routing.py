"""Routing: an accepted system of paths is a set of weights with rank Π t."""

import itertools
from math import prod

import numpy as np
import pytest
from brute import expect
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.errors import RuleError
from circuitalg.kernel.rank.network import Network
from circuitalg.kernel.rank.routing import normal_form, path_slots, routing

pytestmark = pytest.mark.soundness


def matrix_of(above, below, shape):
    """The matrix that two lists of slots describe, written out entry by entry."""
    rows, columns = shape
    result = np.zeros(shape, dtype=int)
    ranges = [[range(base) for _, base in slots] for slots in (above, below)]
    shared = {n for n, _ in above} & {n for n, _ in below}
    for r, left in enumerate(itertools.product(*ranges[0])):
        for c, right in enumerate(itertools.product(*ranges[1])):
            digits = [
                {n: d for (n, _), d in zip(slots, values, strict=True) if n in shared}
                for slots, values in ((above, left), (below, right))
            ]
            if r < rows and c < columns and digits[0] == digits[1]:
                result[r, c] = 1
    return result


SLOTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(2, 3)), max_size=3, unique_by=lambda s: s[0]
)


def _consistent(above, below):
    bases = dict(above)
    return [(n, bases.get(n, base)) for n, base in below]


@given(SLOTS, SLOTS, SLOTS, SLOTS)
def test_equal_normal_forms_are_equal_matrices(a1, b1, a2, b2):
    """At one shape, two edges of the same normal form have the same matrix."""
    b1, b2 = _consistent(a1, b1), _consistent(a2, b2)
    if normal_form(a1, b1) == normal_form(a2, b2):
        sizes = [prod(base for _, base in slots) for slots in (a1, b1, a2, b2)]
        shape = max(sizes[0], sizes[2]) + 1, max(sizes[1], sizes[3]) + 1
        if not np.array_equal(matrix_of(a1, b1, shape), matrix_of(a2, b2, shape)):
            pytest.fail("equal forms, different matrices")


def test_normal_forms_tell_digits_apart():
    """Exchanged digits, another base, one more free digit: all different; free digits merge."""
    ab, ba = [(0, 2), (1, 3)], [(1, 3), (0, 2)]
    forms = {
        normal_form(ab, ab),
        normal_form(ab, ba),
        normal_form(ab, [(0, 2)]),
        normal_form(ab, [(1, 3)]),
        normal_form([(0, 2)], [(0, 2)]),
        normal_form([(0, 3)], [(0, 3)]),
        normal_form([], []),
    }
    expect(len(forms), 7, "different forms")
    free = normal_form([(5, 2), (6, 3)], [(7, 6)])
    expect(free, normal_form([(5, 6)], [(7, 2), (8, 3)]), "free digits")
    expect(normal_form(ab, ab), normal_form([(4, 2), (9, 3)], [(4, 2), (9, 3)]), "numbers")


def window(width, dims, sides, labels=None):
    """Root - variable of ``width`` - leaves."""
    count = len(dims)
    labels = tuple(labels or range(1, count + 1))
    return Network(
        (1, width, *dims),
        (-1, 0, *[1] * count),
        (-1, -1, *sides),
        (-1, 0, *labels),
        (None,) * (1 + max(labels)),
    )


def test_a_path_is_between_the_sides_within_dimensions():
    """Products of the bases are bounded by every variable on the way, leaves included."""
    net = window(6, (4, 3, 6), (0, 0, 1))
    expect(routing(net, ((2, 4, 2), (3, 4, 3))), 6, "two paths")
    expect(routing(net, ((2, 4, 2), (2, 4, 2))), 4, "two paths of one leaf")
    expect(routing(net, ()), 1, "no path")
    expect(routing(net, ((2, 4, 4),)), 4, "one path of base 4")
    for paths in (
        [(2, 4, 5)],  # leaf 2 has dimension 4
        [(3, 4, 2), (3, 4, 2)],  # leaf 3 has dimension 3
        [(2, 4, 4), (3, 4, 2)],  # variable 1 has dimension 6
        [(4, 2, 2)],  # the wrong way round
        [(2, 3, 2)],  # both ends in I
        [(2, 2, 2)],
        [(1, 4, 2)],  # no leaf
        [(0, 4, 2)],
        [(2, 5, 2)],  # no variable
        [(-3, -1, 2)],
        [(2, 4, 1)],
        [(2, 4, 0)],
        [(2, 4, -2)],
    ):
        with pytest.raises(RuleError):
            routing(net, tuple(paths))


def test_paths_do_not_use_the_root():
    """The root has dimension 1, so two blocks below it are not joined."""
    net = Network((1, 3, 3), (-1, 0, 0), (-1, 0, 1), (-1, 0, 1), (None, None))
    with pytest.raises(RuleError, match="dimension 1"):
        routing(net, ((1, 2, 2),))


def test_slots_are_in_the_order_of_the_paths():
    """First path slowest, at every variable."""
    net = window(6, (4, 3, 6), (0, 0, 1))
    slots = path_slots(net, [(3, 4, 3), (2, 4, 2)])
    expect(slots, [[], [(0, 3), (1, 2)], [(1, 2)], [(0, 3)], [(0, 3), (1, 2)]], "slots")


def test_tied_leaves_must_be_used_alike():
    """Two uses of one matrix with different digits are refused, equal ones accepted."""
    net = window(4, (2, 2, 2, 2), (0, 0, 1, 1), (1, 1, 2, 3))
    with pytest.raises(RuleError, match="tied"):
        routing(net, ((2, 4, 2), (3, 5, 2)))
    net = window(4, (4, 4), (0, 1), (1, 1))
    expect(routing(net, ((2, 3, 2), (2, 3, 2))), 4, "the same digits on both sides")
    expect(routing(net, ((2, 3, 4),)), 4, "one digit of base 4")
