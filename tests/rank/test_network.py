"""The network of variables: extraction from a circuit, restriction, blocks."""

import brute
import pytest
from brute import expect

import circuitalg as ca
from circuitalg.errors import BipartitionError, RuleError, StructureError
from circuitalg.kernel.rank.network import (
    NO_SIDE,
    SIDE_I,
    SIDE_J,
    Identity,
    Network,
    Parameter,
    blocks,
    distinct_blocks,
    rearranged,
    restrict,
)
from circuitalg.kernel.rank.question import Question

pytestmark = pytest.mark.soundness


def network_of(circuit, rows, output=0):
    """A circuit's network with its names."""
    return Question(circuit, ca.Bipartition.of(rows, circuit.num_locations), output).named


def labels_by_node(found):
    """Label of the matrix above each variable, by node name."""
    return {
        node: found.names[label]
        for node, label in zip(found.nodes[1:], found.network.labels[1:], strict=True)
    }


def test_the_network_of_a_deep_model():
    """Root, products and leaves in preorder; one matrix for each edge, the output above the top."""
    found = network_of(ca.ht_model(4, 3, [5, 2]), [0, 3])
    net = found.network
    expect(net.dims, (1, 2, 5, 3, 3, 5, 3, 3), "dims")
    expect(net.parents, (-1, 0, 1, 2, 2, 1, 5, 5), "parents")
    expect(
        net.sides,
        (NO_SIDE, NO_SIDE, NO_SIDE, SIDE_I, SIDE_J, NO_SIDE, SIDE_J, SIDE_I),
        "sides",
    )
    expect(found.locations, (-1, -1, -1, 0, 1, -1, 2, 3), "locations")
    expect(found.nodes, ("out", "p1.0", "p0.0", "x0", "x1", "p0.1", "x2", "x3"), "nodes")
    expect(len(set(net.labels[1:])), 7, "no two matrices are tied")
    expect(labels_by_node(found)["x2"], Parameter("a0.2"), "label")


def test_shared_levels_share_labels():
    """Uses of one parameter have one label, and no others have it."""
    found = network_of(ca.ht_model(4, 3, [5, 2], shared=[True, False]), [0, 3])
    names = labels_by_node(found)
    expect({names[f"x{i}"] for i in range(4)}, {Parameter("a0")}, "level 0")
    expect(len({names["p0.0"], names["p0.1"]}), 2, "level 1")


def test_products_of_products_merge():
    """A product that feeds a product has no variable of its own; the children keep their order."""
    b = ca.CircuitBuilder(4, 2)
    s = [b.sum(b.input(i), width=3, parameter=f"w{i}") for i in range(3)]
    inner = b.product(s[1], s[2], name="inner")
    direct = b.sum(b.input(3), width=3, parameter="w3")
    outer = b.product(s[0], inner, direct, name="outer")
    found = network_of(b.build(b.sum(outer, width=1)), [0, 1])
    expect(found.network.dims, (1, 3, 2, 2, 2, 2), "dims")
    expect(found.locations, (-1, -1, 0, 1, 2, 3), "locations")


def test_an_input_in_a_product_has_an_identity():
    """The identity is fixed and no parameter; two of them are tied to each other, not to others."""
    b = ca.CircuitBuilder(3, 2)
    top = b.product(b.input(0), b.input(1), b.sum(b.input(2), width=2, parameter="w"))
    found = network_of(b.build(b.sum(top, width=1, parameter="out")), [0])
    names = labels_by_node(found)
    expect(names["x0"], Identity(), "label of x0")
    expect(names["x1"], Identity(), "label of x1")
    expect(names["x2"], Parameter("w"), "label of x2")
    fixed = [found.network.fixed_part(v) for v in range(1, len(found.network))]
    expect(fixed, [None, Identity(), Identity(), None], "fixed parts")


def test_the_output_uses_its_row():
    """A parameter of several outputs is used by one row; a fixed matrix is that row."""
    b = ca.CircuitBuilder(2, 2)
    top = b.product(b.sum(b.input(0), width=3, parameter="w"), b.sum(b.input(1), width=3))
    several = b.build(b.sum(top, width=4, parameter="out"))
    for output in range(4):
        names = labels_by_node(network_of(several, [0], output))
        expect(names["p0" if "p0" in names else top], Parameter("out", f"row {output}"), "label")
    b = ca.CircuitBuilder(2, 2)
    factors = [b.sum(b.input(i), matrix=((1, 2), (3, 4), (5, 6))) for i in range(2)]
    product = b.build(b.product(*factors))
    for output in range(3):
        found = network_of(product, [0], output)
        expect(found.network.dims, (1, 2, 2), "dims")
        row = ((2 * output + 1, 2 * output + 2),)
        expect(found.names, (row,), "labels")
    with pytest.raises(RuleError, match="outputs"):
        network_of(product, [0], 3)
    with pytest.raises(RuleError, match="outputs"):
        network_of(product, [0], -1)


def test_an_input_in_an_output_product_is_one_entry():
    """product(x_0, x_1) with 2 channels: output 1 is x_0[1] * x_1[1], of rank 1."""
    b = ca.CircuitBuilder(2, 2)
    circuit = b.build(b.product(b.input(0), b.input(1)))
    found = network_of(circuit, [0], 1)
    expect(found.names, (((0, 1),),), "labels")
    expect(brute.generic_rank(circuit, [0], 1), 1, "brute force")


def test_constants_are_columns_without_a_side():
    """A constant has dimension 1; its matrix counts by its row sums."""
    b = ca.CircuitBuilder(2, 2)
    factors = [b.sum(b.input(i), width=2, parameter=f"w{i}") for i in range(2)]
    factors.append(b.sum(b.constant(3, name="c"), matrix=((1, 2, 3), (0, 1, -1))))
    factors.append(b.sum(b.constant(2, name="d"), width=2, parameter="k"))
    factors.append(b.sum(b.constant(1, name="e"), width=2, parameter="l"))
    factors.append(b.constant(2, name="f"))
    found = network_of(b.build(b.sum(b.product(*factors), width=1)), [0])
    names = labels_by_node(found)
    expect(names["c"], ((6,), (0,)), "row sums")
    expect(names["d"], Parameter("k", "sum"), "summed parameter")
    expect(names["e"], Parameter("l"), "a column needs no sum")
    expect(names["f"], ((1,), (1,)), "a column of ones")
    for node in "cdef":
        v = found.nodes.index(node)
        expect((found.network.dims[v], found.network.sides[v]), (1, NO_SIDE), node)


def test_leaves_of_dimension_one_have_no_side():
    """A location of dimension 1 carries no rank."""
    circuit = ca.cp_model(3, [2, 1, 2], 2)
    found = network_of(circuit, [0])
    expect(found.network.sides, (NO_SIDE, NO_SIDE, SIDE_I, NO_SIDE, SIDE_J), "sides")
    expect(found.locations, (-1, -1, 0, -1, 2), "locations")


def test_what_is_no_tree_has_no_network():
    """Several children of a sum, two parents, repeated locations, a bare input: each is refused."""
    b = ca.CircuitBuilder(2, 2)
    h = [b.sum(b.input(i), width=2) for i in range(2)]
    one, two = b.product(*h), b.product(*h)
    for circuit in (
        b.build(b.sum(one, two, width=1)),
        ca.rac_model(4, 2, 2, layers=2),
    ):
        with pytest.raises(StructureError):
            network_of(circuit, [0])


def test_the_bipartition_must_fit():
    """A bipartition of another number of locations is refused."""
    with pytest.raises(BipartitionError):
        Question(ca.cp_model(3, 2, 2), ca.Bipartition.of([0], 4))


# Restriction


def chain_network():
    """Root - variable of 4 - (leaf of 3 in I, leaf of 3 in J), tied matrices below."""
    return Network(
        (1, 4, 3, 3), (-1, 0, 1, 1), (NO_SIDE, NO_SIDE, SIDE_I, SIDE_J), (-1, 0, 1, 1), (None, None)
    )


def test_restricting_keeps_first_channels():
    """Dimensions change and nothing else; a leaf of dimension 1 loses its side."""
    net = chain_network()
    small = restrict(net, (1, 2, 2, 2))
    expect(small, Network((1, 2, 2, 2), net.parents, net.sides, net.labels, net.fixed), "network")
    expect(restrict(net, (1, 2, 1, 1)).sides, (NO_SIDE,) * 4, "sides")
    expect(restrict(net, net.dims), net, "unchanged")


@pytest.mark.parametrize(
    "dims",
    [
        (1, 4, 3),
        (1, 4, 3, 3, 1),
        (2, 4, 3, 3),
        (0, 4, 3, 3),
        (1, 5, 3, 3),
        (1, 0, 3, 3),
        (1, -1, 3, 3),
        (1, 4, 2, 3),
        (1, 4, 3, 4),
    ],
)
def test_wrong_restrictions_are_refused(dims):
    """A wrong length, another root, growing or empty dimensions, two shapes for one label."""
    with pytest.raises(RuleError):
        restrict(chain_network(), dims)


def test_a_variable_between_fixed_matrices_keeps_its_channels():
    """Without a parameter nothing can zero a channel; of a location a part may be looked at."""
    net = Network(
        (1, 2, 2, 2),
        (-1, 0, 1, 1),
        (NO_SIDE, NO_SIDE, SIDE_I, SIDE_J),
        (-1, 0, 1, 1),
        (((1, 1),), Identity()),
    )
    with pytest.raises(RuleError, match="fixed"):
        restrict(net, (1, 1, 2, 2))
    small = restrict(net, (1, 2, 1, 2))
    expect((small.dims, small.sides), ((1, 2, 1, 2), (-1, -1, -1, SIDE_J)), "dims and sides")


def test_fixed_matrices_keep_their_first_rows_and_columns():
    """What a fixed matrix is follows the dimensions."""
    matrix = ((1, 2, 3), (4, 5, 6), (7, 8, 9))
    net = Network(
        (1, 3, 3, 3),
        (-1, 0, 1, 1),
        (NO_SIDE, NO_SIDE, SIDE_I, SIDE_J),
        (-1, 0, 1, 2),
        (None, matrix, None),
    )
    small = restrict(net, (1, 2, 1, 3))
    expect(small.fixed_part(2), ((1,), (4,)), "fixed part")
    expect(net.fixed_part(2), matrix, "the whole")


# Blocks


def test_blocks_meet_at_dimension_one():
    """Each matrix is in one block; a variable of dimension 1 starts new ones below it."""
    circuit = ca.ht_model(4, 2, [3, 1])
    net = network_of(circuit, [0, 2]).network
    found = blocks(net)
    expect(len(found), 3, "the output's block and two pairs")
    expect(found[0], Network((1, 1), (-1, 0), (-1, -1), (-1, 0), (None,)), "the scalar block")
    expect(found[1], found[2], "equal up to names")
    expect(found[1].dims, (1, 3, 2, 2), "dims")
    expect(list(distinct_blocks(net).values()), [1, 2], "multiplicities")
    expect(sum(len(block) - 1 for block in found), len(net) - 1, "matrices")


def test_blocks_differ_by_ties_sides_and_fixed_matrices():
    """Forms know which matrices are equal, each leaf's side, and the fixed entries."""

    def form(names, rows, matrix=None):
        b = ca.CircuitBuilder(2, 2)
        second = b.sum(b.input(1), width=2, parameter=names[1])
        if matrix is None:
            first = b.sum(b.input(0), width=2, parameter=names[0])
        else:
            first = b.sum(b.input(0), matrix=matrix)
        circuit = b.build(b.sum(b.product(first, second), width=1))
        return blocks(network_of(circuit, rows).network)[0]

    base = form("ab", [0])
    expect(form("cd", [0]) == base, True, "names do not count")
    different = [
        base,
        form("aa", [0]),
        form("ab", [1]),
        form("ab", [0], ((1, 0), (0, 1))),
        form("ab", [0], ((1, 0), (0, 2))),
    ]
    expect(len(set(different)), 5, "all different")


def test_ties_across_blocks_are_forgotten_and_within_kept():
    """One name in two blocks is renumbered in each; two uses in one block stay tied."""
    b = ca.CircuitBuilder(4, 2)
    pairs = []
    for i in (0, 2):
        sums = [b.sum(b.input(i + j), width=2, parameter="a") for j in range(2)]
        pairs.append(b.sum(b.product(*sums), width=1, parameter="up"))
    circuit = b.build(b.product(*pairs))
    counts = distinct_blocks(network_of(circuit, [0, 2]).network)
    ((block, count),) = counts.items()
    expect(count, 2, "multiplicity")
    expect(block.labels, (-1, 0, 1, 1), "labels")
    expect(brute.generic_rank(circuit, [0, 2]), 4, "brute force")
    theorem = ca.prove_rank(circuit, ca.Bipartition.of([0, 2], 4))
    expect((theorem.statement.lower, theorem.statement.upper), (4, 4), "bounds")


def test_another_preorder_and_bipartition_is_the_network_of_a_rearranged_circuit():
    """Sides follow their locations, labels are numbered by first use; the given one is its own."""
    deep = ca.ht_model(4, 3, [5, 2], shared=[True, False])
    found = network_of(deep, [0, 3])
    parts = ca.Bipartition.of([1, 2, 3], 4)
    same = rearranged(deep, found, parts, range(8))
    expect(same, network_of(deep, [1, 2, 3]).network, "the same order")
    turned = rearranged(deep, found, parts, [0, 1, 5, 6, 7, 2, 4, 3])
    expect(turned.sides[3:5] + turned.sides[6:], (SIDE_I, SIDE_I, SIDE_I, SIDE_J), "sides")
    expect(turned.labels, same.labels, "labels by first use")
    other = ca.Bipartition.of([0, 1, 3], 4)
    expect(rearranged(deep, found, other, [0, 1, 2, 3, 4, 5, 7, 6]), turned, "symmetric")


@pytest.mark.parametrize(
    "order",
    [
        [],
        range(7),
        range(9),
        [0, 1, 2, 3, 3, 5, 6, 7],
        [1, 0, 2, 3, 4, 5, 6, 7],
        [0, 1, 2, 5, 3, 4, 6, 7],
        [0, 1, 3, 2, 4, 5, 6, 7],
        [0, 1, 2, 3, 4, 5, 6, -1],
    ],
)
def test_what_is_no_preorder_is_refused(order):
    """Missing, repeated, unknown variables; a child away from its parent or before it."""
    deep = ca.ht_model(4, 3, [5, 2])
    found = network_of(deep, [0, 3])
    with pytest.raises(RuleError, match="order"):
        rearranged(deep, found, ca.Bipartition.odd_even(4), order)


def test_a_rearranged_network_needs_the_circuits_locations():
    """A bipartition of another number of locations is refused."""
    deep = ca.ht_model(4, 3, [5, 2])
    with pytest.raises(BipartitionError, match="2 locations"):
        rearranged(deep, network_of(deep, [0]), ca.Bipartition.odd_even(2), range(8))
