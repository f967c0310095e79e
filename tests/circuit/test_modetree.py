"""ModeTree: constructors, refusals, and trees too deep for recursion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.circuit import ModeTree, tree_model
from circuitalg.errors import CircuitError, OptionError


def test_nested_lists_come_back():
    """from_nested and to_nested are inverse; children are numbered in preorder."""
    tree = ModeTree.from_nested([[0, 1], [2, [3, 4]]])
    assert tree.children == ((-1, -2), (0, 1), (2, -3), (3, 4))
    assert tree.to_nested() == ((0, 1), (2, (3, 4)))
    assert tree.locations == 5
    assert tree.leaves() == [0, 1, 2, 3, 4]
    assert repr(tree) == "ca.ModeTree.from_nested([[0, 1], [2, [3, 4]]])"
    assert tree == ModeTree.from_nested(((0, 1), (2, (3, 4))))


@given(n=st.integers(2, 60), seed=st.integers(0, 10**6), arity=st.integers(2, 6))
def test_random_trees_are_trees(n, seed, arity):
    """Every location once, 2 to max_arity children, the same tree for the same seed."""
    tree = ModeTree.random(n, seed=seed, max_arity=arity)
    assert sorted(tree.leaves()) == list(range(n))
    assert all(2 <= len(entry) <= arity for entry in tree.children)
    assert tree == ModeTree.random(n, seed=seed, max_arity=arity)
    assert ModeTree.from_nested(tree.to_nested()) == tree


def test_balanced_trees_group_neighbours():
    """Powers of the arity give full levels; what is left over moves up."""
    assert ModeTree.balanced(4).to_nested() == ((0, 1), (2, 3))
    assert ModeTree.balanced(5).to_nested() == (((0, 1), (2, 3)), 4)
    assert ModeTree.balanced(7, 3).to_nested() == ((0, 1, 2), (3, 4, 5), 6)
    assert ModeTree.balanced(8, 3).to_nested() == ((0, 1, 2), (3, 4, 5), (6, 7))


def test_caterpillar_is_the_train():
    """One location joins at a time."""
    assert ModeTree.caterpillar(2).to_nested() == (0, 1)
    assert ModeTree.caterpillar(4).to_nested() == (((0, 1), 2), 3)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("square", (((0, 1, 4, 5), (2, 3, 6, 7), (8, 9, 12, 13), (10, 11, 14, 15)))),
        (
            "alternate",
            (
                (((0, 1), (4, 5)), ((2, 3), (6, 7))),
                (((8, 9), (12, 13)), ((10, 11), (14, 15))),
            ),
        ),
        (
            "rows",
            (
                (((0, 1), (2, 3)), ((4, 5), (6, 7))),
                (((8, 9), (10, 11)), ((12, 13), (14, 15))),
            ),
        ),
        (
            "columns",
            (
                (((0, 4), (8, 12)), ((1, 5), (9, 13))),
                (((2, 6), (10, 14)), ((3, 7), (11, 15))),
            ),
        ),
        (
            "mirror",
            (
                ((0, 3), (1, 2), (4, 7), (5, 6)),
                ((8, 11), (9, 10), (12, 15), (13, 14)),
            ),
        ),
    ],
)
def test_grid_orders(order, expected):
    """Pooling windows on a 4 × 4 image whose locations are numbered row by row."""
    assert ModeTree.grid(4, 4, order).to_nested() == expected


@given(
    height=st.integers(1, 7),
    width=st.integers(1, 7),
    order=st.sampled_from(["square", "alternate", "rows", "columns", "mirror"]),
)
def test_grids_of_any_size_are_trees(height, width, order):
    """Odd borders have smaller windows; every location is there once."""
    if height * width < 2:
        return
    assert sorted(ModeTree.grid(height, width, order).leaves()) == list(range(height * width))


def loop():
    """A list that contains itself."""
    found = [0]
    found.append(found)
    return found


@pytest.mark.parametrize(
    ("nested", "words"),
    [
        ([[0, 1], [1, 2]], "location 1 is in the mode tree twice"),
        ([[0, 1], [2, 4]], "one of them location 4"),
        ([[0, 1], [2]], "has 1 child"),
        ([[0, 1], []], "has 0 children"),
        ([], "has 0 children"),
        (0, "at least two locations"),
        ([0, "1"], "a location of the mode tree"),
        ([0, True], "not True"),
        ([0, -1], "not -1"),
        ([0, 1.0], "not 1.0"),
        (loop(), "a list is in the mode tree twice"),
    ],
)
def test_wrong_trees_are_refused(nested, words):
    """Each has its own sentence."""
    with pytest.raises(CircuitError, match=words):
        ModeTree.from_nested(nested)


@pytest.mark.parametrize(
    "children",
    [(), ((0, -2), (1, 2)), ((0, 1), (2, 3)), ((-1, -1), (0, 1)), ((-2, -1), (0, 1), (2, 3))],
)
def test_flat_form_must_be_in_preorder(children):
    """Numbers out of order, nodes without a parent and nodes with two are refused."""
    with pytest.raises(CircuitError):
        ModeTree(children)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ModeTree.balanced(1),
        lambda: ModeTree.balanced(4, 1),
        lambda: ModeTree.random(4, max_arity=1),
        lambda: ModeTree.caterpillar(0),
        lambda: ModeTree.grid(1, 1),
        lambda: ModeTree.grid(2, 2, "diagonal"),
    ],
)
def test_wrong_sizes_are_refused(call):
    """One location, arity 1, an unknown order."""
    with pytest.raises((CircuitError, OptionError)):
        call()


def test_deep_trees_need_no_recursion():
    """A caterpillar of 16,384 locations is built, hashed, compared, printed and made a network."""
    tree = ModeTree.caterpillar(16_384)
    assert hash(tree) == hash(ModeTree.caterpillar(16_384))
    assert ModeTree.from_nested(tree.to_nested()) == tree
    assert repr(tree) == "ca.ModeTree.caterpillar(16384)"
    assert str(tree) == "mode tree of 16,384 locations, 16,383 inner nodes"
    assert tree_model(tree, 2, 2, shared=True).is_tree
