"""The models: parameter counts of the papers, names, ties, and sizes that users wait for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.circuit import (
    Circuit,
    ModeTree,
    cp_model,
    ht_model,
    rac_model,
    tree_model,
    tt_model,
)
from circuitalg.errors import ArgumentError, CircuitError


@given(
    q=st.integers(2, 4),
    levels=st.integers(1, 3),
    dim=st.integers(1, 4),
    widths=st.lists(st.integers(1, 4), min_size=3, max_size=3),
    ties=st.lists(st.booleans(), min_size=3, max_size=3),
    cut=st.integers(0, 2),
    outputs=st.integers(1, 3),
)
def test_ht_parameter_count_is_the_papers(q, levels, dim, widths, ties, cut, outputs):
    """N·M·r_0 + Σ r_{l−1}·(N/q^l)·r_l + Y·r_{L−1}, one matrix per shared level; truncated too."""
    used = max(1, levels - cut)
    widths, ties = widths[:used], ties[:used]
    n = q**levels
    circuit = ht_model(n, dim, widths, window=q, shared=ties, outputs=outputs)
    expected, below = 0, dim
    for level, (width, tie) in enumerate(zip(widths, ties, strict=True)):
        expected += (1 if tie else n // q**level) * width * below
        below = width
    assert circuit.num_parameters == expected + outputs * below
    assert circuit.num_outputs == outputs
    assert circuit.dims == (dim,) * n
    assert circuit.is_tree
    assert Circuit(circuit.graph).nodes == circuit.nodes


def test_ht_is_equation_4():
    """N = 4: level sums, products of pairs, an output matrix; names as documented."""
    circuit = ht_model(4, 3, [2, 5])
    assert [n.name for n in circuit.nodes] == [
        *("x0", "x1", "x2", "x3"),
        *("s0.0", "s0.1", "s0.2", "s0.3", "p0.0", "p0.1"),
        *("s1.0", "s1.1", "p1.0", "out"),
    ]
    by_name = {n.name: n for n in circuit.nodes}
    assert [circuit.nodes[c].name for c in by_name["p0.1"].children] == ["s0.2", "s0.3"]
    assert by_name["s1.1"].matrices == ("a1.1",)
    assert circuit.parameters["a1.1"] == (5, 2)
    assert circuit.parameters["out"] == (1, 5)


def test_truncated_ht_ends_in_one_global_product():
    """Eq. 5: with L_c = 2 of L = 4 levels the last product has 2^(4−2+1) = 8 children."""
    circuit = ht_model(16, 2, [3, 2])
    top = circuit.nodes[-2]
    assert top.kind == "product"
    assert len(top.children) == 8
    assert sum(n.kind == "product" for n in circuit.nodes) == 8 + 1


def test_cp_is_the_ht_model_with_one_level():
    """Eq. 3, with N·M·Z + Z·Y parameters, or M·Z + Z·Y shared."""
    assert cp_model(7, 3, 5, outputs=2).num_parameters == 7 * 3 * 5 + 5 * 2
    assert cp_model(7, 3, 5, shared=True, outputs=2).num_parameters == 3 * 5 + 5 * 2
    assert cp_model(8, 2, 3) == ht_model(8, 2, [3])


def test_shared_levels_tie_and_the_output_never():
    """Entry l of shared ties the matrices that make level l."""
    circuit = ht_model(4, 2, [2, 2], shared=[False, True])
    assert list(circuit.parameters) == ["a0.0", "a0.1", "a0.2", "a0.3", "a1", "out"]
    assert list(ht_model(4, 2, [2, 2], shared=True).parameters) == ["a0", "a1", "out"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"locations": 12}, "12 locations are not a power of the window 2"),
        ({"locations": 1}, "at least 2"),
        ({"locations": 4.0}, "not 4.0"),
        ({"widths": []}, "0 widths"),
        ({"widths": [1, 2, 3, 4]}, "4 widths"),
        ({"widths": [1, 0]}, "width 1 must be an integer of at least 1, not 0"),
        ({"widths": 3}, "list of widths"),
        ({"widths": [True, 2]}, "width 0"),
        ({"window": 1}, "window"),
        ({"shared": [True]}, "shared"),
        ({"shared": [1, 0, 1]}, "shared"),
        ({"shared": "yes"}, "shared"),
        ({"outputs": 0}, "outputs"),
        ({"dim": 0}, "dimension"),
        ({"dim": [2] * 7}, "7 dimensions"),
        ({"dim": [2, 3] * 4, "shared": True}, "'a0' has shape"),
    ],
)
def test_ht_refuses_wrong_sizes(arguments, words):
    """Each wrong argument has its own sentence."""
    good = {"locations": 8, "dim": 2, "widths": [2, 2, 2]}
    with pytest.raises((ArgumentError, CircuitError), match=words):
        ht_model(**(good | arguments))


def test_one_dimension_per_location():
    """The circuit has the dimensions in the order of locations, for every model."""
    dims = [2, 3, 4, 5]
    assert ht_model(4, dims, [2, 2]).dims == tuple(dims)
    assert cp_model(4, dims, 2).dims == tuple(dims)
    assert tt_model(4, dims, 2).dims == tuple(dims)
    assert tree_model(ModeTree.caterpillar(4), dims, 2).dims == tuple(dims)


@given(n=st.integers(2, 12), seed=st.integers(0, 50), dim=st.integers(1, 3), data=st.data())
def test_tree_parameter_count(n, seed, dim, data):
    """Σ over nodes v and children c of w_v × (w_c or M), plus Y × the root's width."""
    tree = ModeTree.random(n, seed=seed)
    inner = len(tree.children)
    widths = data.draw(st.lists(st.integers(1, 4), min_size=inner, max_size=inner))
    circuit = tree_model(tree, dim, widths, outputs=2)
    expected = 2 * widths[0] + sum(
        widths[v] * (dim if c >= 0 else widths[-c])
        for v, children in enumerate(tree.children)
        for c in children
    )
    assert circuit.num_parameters == expected
    assert circuit.is_tree
    products = {n.name: n.width for n in circuit.nodes if n.kind == "product"}
    assert products == {f"p{k}": w for k, w in enumerate(widths)}


@pytest.mark.parametrize("arity", [2, 3])
def test_shared_tree_ties_like_the_shared_ht_model(arity):
    """On a balanced tree the parameters have the shapes, and the ties the pattern, of ht_model."""
    n = arity**3
    by_depth = [4, 3, 2]
    tree = ModeTree.balanced(n, arity)
    widths = _widths_by_depth(tree, by_depth)
    circuit = tree_model(tree, 2, widths, shared=True)
    model = ht_model(n, 2, by_depth[::-1], window=arity, shared=True)
    assert sorted(circuit.parameters.values()) == sorted(model.parameters.values())
    assert _ties(circuit) == _ties(model)


def _widths_by_depth(tree, by_depth):
    depth = [0] * len(tree.children)
    for number, children in enumerate(tree.children):
        for child in children:
            if child < 0:
                depth[-child] = depth[number] + 1
    return [by_depth[d] for d in depth]


def _ties(circuit):
    """How many edges share each parameter."""
    labels = [label for node in circuit.nodes for label in node.matrices]
    return sorted(labels.count(name) for name in circuit.parameters)


def test_sharing_needs_equal_subtrees_at_equal_places():
    """Same form and depth tie; another width below, another depth or another parent do not."""
    tree = ModeTree.from_nested([[0, 1], [2, 3]])
    tied = tree_model(tree, 2, [3, 2, 2], shared=True)
    assert list(tied.parameters) == ["a1", "ax0", "out"]
    other = tree_model(tree, 2, [3, 2, 4], shared=True)
    assert list(other.parameters) == ["a1", "a2", "ax0", "ax2", "out"]
    caterpillar = tree_model(ModeTree.caterpillar(4), 2, 2, shared=True)
    assert list(caterpillar.parameters) == ["a1", "a2", "ax0", "ax2", "ax3", "out"]
    turned = tree_model(ModeTree.from_nested([[0, [1, 2]], [[3, 4], 5]]), 2, 2, shared=True)
    assert list(turned.parameters) == ["a1", "a2", "ax0", "ax1", "out"]
    dims = tree_model(tree, [2, 3, 3, 2], [3, 2, 2], shared=True)
    assert list(dims.parameters) == ["a1", "ax0", "ax1", "out"]


def test_tree_model_refuses_wrong_widths():
    """One width per inner node, and a ModeTree."""
    tree = ModeTree.balanced(4)
    with pytest.raises(CircuitError, match="2 widths are given; this mode tree has 3"):
        tree_model(tree, 2, [1, 2])
    with pytest.raises(CircuitError, match="ModeTree, not a list"):
        tree_model([[0, 1], 2], 2, 2)
    with pytest.raises(CircuitError, match="the width"):
        tree_model(tree, 2, 0)


def test_tt_is_a_tree_with_fixed_expansions():
    """Cores are the only parameters; equal fixed matrices are one object."""
    circuit = tt_model(5, 3, [2, 4, 4, 2], outputs=2)
    assert circuit.parameters == {
        "g0": (2, 3),
        "g1": (4, 6),
        "g2": (4, 12),
        "g3": (2, 12),
        "g4": (2, 6),
    }
    assert circuit.num_outputs == 2
    by_name = {n.name: n for n in circuit.nodes}
    assert by_name["e1"].matrices == (((1, 0), (1, 0), (1, 0), (0, 1), (0, 1), (0, 1)),)
    assert by_name["f1"].matrices == (((1, 0, 0), (0, 1, 0), (0, 0, 1)) * 2,)
    assert by_name["e2"].matrices[0] is by_name["e3"].matrices[0]
    with pytest.raises(CircuitError, match="3 ranks are given; 5 locations need 4"):
        tt_model(5, 3, [2, 2, 2])
    with pytest.raises(CircuitError, match="the rank"):
        tt_model(5, 3, 0)
    with pytest.raises(CircuitError, match=r"width 10\^5000; the largest is 1,000,000"):
        tt_model(4, 2, 10**5000)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_rac_ties_its_matrices_over_time(layers):
    """The parameters do not depend on the number of times."""
    circuit = rac_model(6, 3, 4, layers=layers, outputs=2)
    assert circuit.parameters == rac_model(9, 3, 4, layers=layers, outputs=2).parameters
    first = 4 * 3 + 4 * 4 + 4
    assert circuit.num_parameters == first + (layers - 1) * (2 * 16 + 4) + 2 * 4
    assert bool(circuit.is_tree) == (layers == 1)
    assert circuit.parameters["h0.1"] == (4, 1)


def test_rac_refuses_wrong_sizes():
    """Tied input matrices need one dimension; at least one layer."""
    with pytest.raises(CircuitError, match="'I1' has shape"):
        rac_model(3, [2, 3, 2], 2)
    with pytest.raises(CircuitError, match="layers"):
        rac_model(3, 2, 2, layers=0)


def test_a_network_of_65536_locations_is_ordinary():
    """Built, checked and hashed, without a scope."""
    circuit = ht_model(65536, 4, [4] * 16)
    assert circuit.is_tree
    assert circuit.is_decomposable
    assert len(circuit.fingerprint) == 64
    assert circuit.num_parameters == 65536 * 16 + sum(65536 // 2**k for k in range(1, 16)) * 16 + 4
