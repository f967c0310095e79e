"""CircuitBuilder: one's own circuit, checked step by step."""

from fractions import Fraction

import numpy as np
import pytest

from circuitalg.circuit import Circuit, CircuitBuilder
from circuitalg.errors import CircuitError


def test_the_example_of_the_design():
    """Four tied sums, a product and an output."""
    b = CircuitBuilder(locations=4, dim=2)
    h = [b.sum(b.input(i), width=3, parameter="shared") for i in range(4)]
    circuit = b.build(b.sum(b.product(*h), width=1))
    assert circuit.parameters == {"shared": (3, 2), "w0": (1, 3)}
    assert circuit.is_tree
    assert Circuit(circuit.graph) == circuit


def test_input_twice_is_one_node():
    """Asking for the input of a location again gives the same name."""
    b = CircuitBuilder(2, 2)
    assert b.input(1) == b.input(1) == "x1"


def test_parameters_of_a_sum_with_several_children():
    """None: a fresh name per child; a string: one matrix for all; a list: as given."""
    b = CircuitBuilder(2, 2)
    x = [b.input(0), b.input(1)]
    one = b.sum(*x, width=3)
    tied = b.sum(*x, width=3, parameter="t")
    listed = b.sum(*x, width=3, parameter=["u", "v"])
    circuit = b.build(b.product(one, tied, listed))
    assert [n.matrices for n in circuit.nodes if n.kind == "sum"] == [
        ("w0", "w1"),
        ("t", "t"),
        ("u", "v"),
    ]


def test_fixed_matrices_give_the_width():
    """One matrix for one child, a list of matrices for several."""
    b = CircuitBuilder(2, 2)
    half = [[Fraction(1, 2), 0], [0, 1], [1, 1]]
    first = b.sum(b.input(0), matrix=half)
    both = b.sum(first, b.input(1), matrix=[[[1, 0, 0]], [[1, -1]]])
    circuit = b.build(both)
    assert [n.width for n in circuit.nodes if n.kind == "sum"] == [3, 1]
    assert circuit.num_parameters == 0


def test_fresh_names_never_tie_by_accident():
    """Fresh names avoid the user's; a user's name that was made up before is refused."""
    b = CircuitBuilder(2, 2)
    b.sum(b.input(0), width=2, parameter="w0")
    b.sum(b.input(1), width=2)
    with pytest.raises(CircuitError, match="'w1' was generated for the sum 's1'"):
        b.sum(b.input(1), width=2, parameter="w1")


def test_fresh_node_names_avoid_the_users():
    """A node that the user called s0 does not clash with the builder's own names."""
    b = CircuitBuilder(1, 2)
    b.sum(b.input(0), width=2, name="s0")
    assert b.sum("s0", width=1) != "s0"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (lambda b: b.input(2), "no location 2"),
        (lambda b: b.input(-1), "a location"),
        (lambda b: b.input(True), "a location"),
        (lambda b: b.sum("y", width=1), "no node 'y'"),
        (lambda b: b.sum(7, width=1), "no node 7"),
        (lambda b: b.sum("x0"), "needs a width"),
        (lambda b: b.sum(width=1), "no children"),
        (lambda b: b.sum("x0", width=0), "width of node 's0'"),
        (lambda b: b.sum("x0", "x1", width=1, parameter=["a"]), "2 children and 1 matrix"),
        (lambda b: b.sum("x0", width=1, parameter="a", matrix=[[1, 1]]), "both"),
        (lambda b: b.sum("x0", width=2, matrix=[[1, 1]]), r"shape \(1, 2\), not \(2, 2\)"),
        (lambda b: b.sum("x0", matrix=[[1.5, 1]]), "1.5"),
        (lambda b: b.sum("x0", matrix=5), "rows of numbers"),
        (lambda b: b.sum("x0", "x1", matrix=5), "rows of numbers"),
        (lambda b: b.sum("x0", "x1", matrix=[1, 2]), "rows of numbers"),
        (lambda b: b.sum("x0", "x1", matrix=[[[1, 1]]]), "2 children and 1 matrix"),
        (lambda b: b.sum("x0", width=1, name="x1"), "two nodes are called 'x1'"),
        (lambda b: b.sum("x0", width=1, parameter=5), "given the parameter 5; give a name"),
        (lambda b: b.product(), "no children"),
        (lambda b: b.product("x0", "x0"), "'x0' twice"),
        (lambda b: b.product("x0", b.sum("x1", width=3)), "one width"),
        (lambda b: b.constant(0), "width of node 'c0'"),
        (lambda b: b.build("nothing"), "no node 'nothing'"),
        (lambda b: b.build("x0"), "2 nodes have no parent"),
        (lambda b: [b.product("x0", "x1"), b.build("x1")], "'p0' uses it"),
    ],
)
def test_a_wrong_step_is_refused_where_it_is_written(step, words):
    """Each mistake raises at its own line, in one sentence."""
    b = CircuitBuilder(2, 2)
    b.input(0)
    b.input(1)
    with pytest.raises(CircuitError, match=words):
        step(b)


def test_a_location_that_is_never_used_is_refused():
    """The builder was told of two locations."""
    b = CircuitBuilder(2, 2)
    with pytest.raises(CircuitError, match="location 1 of 2 is never used"):
        b.build(b.sum(b.input(0), width=1))


@pytest.mark.parametrize(
    ("locations", "dim"), [(0, 2), (2, 0), (2, [2]), (2, [2, 0]), (2, "22"), (2.0, 2), (2, None)]
)
def test_sizes_are_checked(locations, dim):
    """No locations, a dimension below 1, another number of dimensions, wrong types."""
    with pytest.raises(CircuitError):
        CircuitBuilder(locations, dim)


def test_a_builder_can_be_used_on_after_build():
    """What build returned does not change when the builder goes on."""
    b = CircuitBuilder(1, 2)
    top = b.sum(b.input(0), width=2)
    first = b.build(top)
    second = b.build(b.sum(top, width=1))
    assert len(first.nodes) == 2
    assert len(second.nodes) == 3
    assert first.num_outputs == 2


@pytest.mark.parametrize("kind", [np.array, lambda rows: rows, tuple])
def test_a_matrix_that_is_edited_between_two_sums_is_read_at_each(kind):
    """Each sum has the numbers that the matrix held when it was made; equal ones are held once."""
    b, matrix = CircuitBuilder(3, 2), kind([[1, 0], [0, 1]])
    sums = [b.sum(b.input(0), matrix=matrix), b.sum(b.input(1), matrix=matrix)]
    matrix[0][0] = 5
    sums.append(b.sum(b.input(2), matrix=matrix))
    circuit = b.build(b.sum(b.product(*sums), width=1))
    found = [node.matrices[0] for node in circuit.nodes if node.name in sums]
    assert found == [((1, 0), (0, 1))] * 2 + [((5, 0), (0, 1))]
    assert found[0] is found[1]


def test_a_location_may_have_several_inputs():
    """Each further one has a name; the one without is the same whenever it is asked for."""
    b = CircuitBuilder(1, 2)
    nodes = [b.input(0), b.input(0, name="again"), b.input(0)]
    assert nodes == ["x0", "again", "x0"]
    circuit = b.build(b.product("x0", "again"))
    assert [(n.name, n.location) for n in circuit.nodes[:2]] == [("x0", 0), ("again", 0)]
    alone = CircuitBuilder(1, 2)
    assert alone.build(alone.input(0, name="only")).output == "only"
    with pytest.raises(CircuitError, match="two nodes are called 'again'"):
        b.input(0, name="again")


def test_a_sum_may_have_parameters_and_fixed_matrices():
    """One of the two for each child; a name that is left out is a fresh one."""
    b = CircuitBuilder(3, 2)
    inputs = [b.input(i) for i in range(3)]
    eye = [[1, 0], [0, 1]]
    b.sum(*inputs, parameter=["a", None, None], matrix=[None, eye, None], name="mixed")
    labels = b.build("mixed").nodes[-1].matrices
    assert labels == ("a", ((1, 0), (0, 1)), "w0")
    for parameter, matrix in (
        (["a", None, "c"], [None, eye, eye]),
        ("a", [None, eye, None]),
        (["a", None], [None, eye, None]),
    ):
        with pytest.raises(CircuitError, match="both a parameter and a matrix"):
            CircuitBuilder.sum(
                fresh := CircuitBuilder(3, 2),
                *map(fresh.input, range(3)),
                parameter=parameter,
                matrix=matrix,
            )
    with pytest.raises(CircuitError, match="needs a width"):
        b.sum(inputs[0], inputs[1], matrix=[None, None])
