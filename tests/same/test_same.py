"""Equal functions and symmetries: what is proved, what is refuted, what both readers refuse."""

from dataclasses import replace

import numpy as np
import pytest
from certificates.alter import both_accept
from hypothesis import given
from hypothesis import strategies as st

import circuitalg as ca
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import ArgumentError, CircuitError, NotProved, Refuted, RuleError
from circuitalg.expressions import matrix, parameter
from circuitalg.kernel import rules
from circuitalg.kernel.same.function import NormalForm, Simulation


def unit(width):
    """The identity as an expression."""
    return matrix([[int(i == j) for j in range(width)] for i in range(width)])


def shuffle(order):
    """A permutation matrix and its inverse."""
    rows = [[int(j == i) for j in range(len(order))] for i in order]
    return matrix(rows), matrix([list(column) for column in zip(*rows, strict=True)])


def renamed(circuit, prefix):
    """The same network with other names for parameters."""
    nodes = [
        type(node)(
            node.name,
            node.kind,
            node.width,
            node.location,
            node.children,
            tuple(prefix + m if isinstance(m, str) else m for m in node.matrices),
        )
        for node in circuit.nodes
    ]
    return ca.Circuit.from_nodes(nodes)


def two_layers(merged):
    """One location, a linear layer of 3 channels and one of 2; or both as one matrix."""
    b = ca.CircuitBuilder(2, 2)
    x = [b.input(0), b.input(1)]
    if merged:
        h = [b.sum(x[i], width=2, parameter=f"w{i}") for i in range(2)]
    else:
        h = [b.sum(x[i], width=3, parameter=f"u{i}") for i in range(2)]
        h = [b.sum(h[i], width=2, parameter=f"v{i}") for i in range(2)]
    return b.build(b.sum(b.product(*h), width=1, parameter="out"))


def commuted():
    """ht_model(4, 2, [2, 2]) with all children the other way round, and other node names."""
    b = ca.CircuitBuilder(4, 2)
    s = [b.sum(b.input(i), width=2, parameter=f"a0.{i}") for i in (3, 2, 1, 0)]
    p = [b.product(s[0], s[1]), b.product(s[2], s[3])]
    t = [b.sum(p[i], width=2, parameter=f"a1.{1 - i}") for i in range(2)]
    return b.build(b.sum(b.product(*t), width=1, parameter="out"))


HT = ca.ht_model(4, 2, [3, 2], outputs=2)
P, P_INVERSE = shuffle([2, 0, 1])
SAME = {
    "itself": (HT, HT, None),
    "renamed": (HT, renamed(HT, "b "), None),
    "commuted": (ca.ht_model(4, 2, [2, 2]), commuted(), None),
    "relabelled": (
        HT,
        HT,
        {
            "a0.0": P * parameter("a0.0"),
            "a0.1": P * parameter("a0.1"),
            "a1.0": parameter("a1.0") * P_INVERSE,
        },
    ),
    "merged": (
        two_layers(merged=False),
        two_layers(merged=True),
        {f"w{i}": parameter(f"v{i}") * parameter(f"u{i}") for i in range(2)},
    ),
    "unmerged": (
        two_layers(merged=True),
        two_layers(merged=False),
        {f"u{i}": matrix([[1, 0], [0, 1], [0, 0]]) for i in range(2)}
        | {f"v{i}": parameter(f"w{i}") * matrix([[1, 0, 0], [0, 1, 0]]) for i in range(2)},
    ),
    "HT contains CP": (
        ca.cp_model(8, 2, 3, outputs=2),
        ca.ht_model(8, 2, [3, 3, 3], outputs=2),
        {f"a{level}.{i}": unit(3) for level in (1, 2) for i in range(8 >> level)},
    ),
    "shared HT contains shared CP": (
        ca.cp_model(4, 3, 2, shared=True),
        ca.ht_model(4, 3, [2, 2], shared=True),
        {"a1": unit(2)},
    ),
    "shared is unshared with equal matrices": (
        ca.ht_model(4, 2, [2, 2], shared=True),
        ca.ht_model(4, 2, [2, 2]),
        {f"a{level}.{i}": f"a{level}" for level in (0, 1) for i in range(4 >> level)},
    ),
    "repeated inputs": (
        ca.rac_model(4, 2, 2, layers=2),
        renamed(ca.rac_model(4, 2, 2, layers=2), "r "),
        None,
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_equal_networks_are_proved_and_checked(name, tmp_path):
    """Kernel and checker agree; exact values at a random point agree too."""
    a, b, weights = SAME[name]
    theorem = ca.prove_same(a, b, weights)
    both_accept(theorem, tmp_path)
    assert theorem.tactics == "simulation"


@pytest.mark.parametrize(
    "name", ["renamed", "merged", "HT contains CP", "shared HT contains shared CP"]
)
def test_normal_forms_prove_the_small_ones_as_well(name, tmp_path):
    """The other rule, with the same weight map, in both readers."""
    a, b, weights = SAME[name]
    mapped = ca.prove_same(a, b, weights).statement.weights
    both_accept(rules.same_function(a, b, mapped, NormalForm()), tmp_path)


def test_what_no_simulation_sees_has_a_normal_form(tmp_path):
    """2x · y = x · 2y: channels scaled on one side and back on the other."""
    from fractions import Fraction

    cp = ca.cp_model(2, 2, 1)
    weights = {
        "a0.0": matrix([[2]]) * parameter("a0.0"),
        "out": matrix([[Fraction(1, 2)]]) * parameter("out"),
    }
    theorem = ca.prove_same(cp, cp, weights)
    assert theorem.tactics == "normal form"
    both_accept(theorem, tmp_path)


DIFFERENT = {
    "two locations exchanged": (HT, HT, {"a0.0": "a0.1", "a0.1": "a0.0"}),
    "relabelled on one side": (HT, HT, {"a0.0": P * parameter("a0.0")}),
    "a scaled channel": (
        *(HT, HT),
        {"a0.0": matrix([[2, 0, 0], [0, 1, 0], [0, 0, 1]]) * parameter("a0.0")},
    ),
    "both factors doubled": (
        ca.cp_model(2, 2, 1),
        ca.cp_model(2, 2, 1),
        {f"a0.{i}": parameter(f"a0.{i}") + parameter(f"a0.{i}") for i in range(2)}
        | {"out": parameter("out") + parameter("out")},
    ),
    "outputs exchanged": (HT, HT, {"out": matrix([[0, 1], [1, 0]]) * parameter("out")}),
    "identities where CP has none": (
        ca.cp_model(4, 2, 2),
        ca.ht_model(4, 2, [2, 2]),
        {"a1.0": unit(2), "a1.1": matrix([[1, 0], [0, 2]])},
    ),
    "shared and not": (
        ca.ht_model(4, 2, [2, 2]),
        ca.ht_model(4, 2, [2, 2], shared=True),
        {"a0": "a0.0", "a1": "a1.0"},
    ),
}  # fmt: skip


@pytest.mark.soundness
@pytest.mark.parametrize("name", DIFFERENT)
def test_different_networks_are_refuted_with_a_point(name):
    """The message has weights, an input and both values; no rule makes a theorem of it."""
    a, b, weights = DIFFERENT[name]
    with pytest.raises(Refuted, match="the networks differ: at the weights"):
        ca.prove_same(a, b, weights)
    mapped = {n: parameter(n) for n in b.parameters}
    mapped |= {n: parameter(e) if isinstance(e, str) else e for n, e in weights.items()}
    for proof in (NormalForm(), Simulation(())):
        with pytest.raises(RuleError):
            rules.same_function(a, b, mapped, proof)


@pytest.mark.soundness
def test_a_product_needs_one_selection():
    """Claiming T with entries 2, or different T for its children, proves nothing: 2x·2y ≠ 2xy."""
    cp = ca.cp_model(2, 2, 1)
    double = {f"a0.{i}": matrix([[2]]) * parameter(f"a0.{i}") for i in range(2)}
    once = {"a0.0": double["a0.0"], "a0.1": parameter("a0.1")}
    sums = [i for i, node in enumerate(cp.nodes) if node.kind == "sum"]
    two = ((2,),)
    for weights, first, second in [(double, two, two), (double, None, None), (once, two, None)]:
        claims = ((sums[0], first, (sums[0],)), (sums[1], second, (sums[1],)))
        with pytest.raises(RuleError):
            rules.same_function(cp, cp, {**weights, "out": parameter("out")}, Simulation(claims))


@given(
    st.tuples(st.integers(2, 3), st.integers(2, 3)),
    st.integers(0, 1),
    st.permutations(range(3)),
)
def test_relabellings_are_proved(widths, pair, chosen):
    """Channels of a level permuted, undone above; and a wrong one refuted."""
    circuit = ca.ht_model(4, 2, list(widths))
    order = [channel for channel in chosen if channel < widths[0]]
    p, inverse = shuffle(order)
    weights = {
        f"a0.{2 * pair}": p * parameter(f"a0.{2 * pair}"),
        f"a0.{2 * pair + 1}": p * parameter(f"a0.{2 * pair + 1}"),
        f"a1.{pair}": parameter(f"a1.{pair}") * inverse,
    }
    assert ca.prove_same(circuit, circuit, weights).statement.b == circuit
    if order != sorted(order):
        weights.pop(f"a1.{pair}")
        with pytest.raises(Refuted):
            ca.prove_same(circuit, circuit, weights)


def test_large_networks_are_compared_by_their_structure():
    """N = 1,024: CP inside HT, thousands of nodes."""
    cp, ht = ca.cp_model(1024, 2, 2), ca.ht_model(1024, 2, [2] * 10)
    weights = {name: unit(2) for name in ht.parameters if not name.startswith(("a0", "out"))}
    assert ca.prove_same(cp, ht, weights).tactics == "simulation"


UPPER = [f"a1.{pair}" for pair in (0, 1)]


@pytest.mark.parametrize("matrix", [[[1, 0], [0, 1]], np.eye(2, dtype=int), ca.exact(np.eye(2))])
def test_a_weight_may_be_a_plain_matrix(matrix):
    """Nested lists and arrays of exact numbers mean what `matrix` of them means."""
    cp, ht = ca.cp_model(4, 3, 2), ca.ht_model(4, 3, [2, 2])
    plain = ca.prove_same(cp, ht, dict.fromkeys(UPPER, matrix))
    assert plain == ca.prove_same(cp, ht, dict.fromkeys(UPPER, unit(2)))


@pytest.mark.parametrize(
    ("matrix", "error", "says"),
    [
        ([[1, 0], [0, 2]], Refuted, "the networks differ"),
        ([[1, 0]], RuleError, "the expression for .* shape"),
        (np.eye(2), CircuitError, "the fixed matrix on the parameter 'a1.0' .* ca.exact"),
        (7, ArgumentError, "the weight of 'a1.0' must be a parameter's name, a matrix"),
    ],
)
def test_another_matrix_is_refuted_or_refused(matrix, error, says):
    """A wrong number has a point of difference; a shape, a float and no matrix have a sentence."""
    cp, ht = ca.cp_model(4, 3, 2), ca.ht_model(4, 3, [2, 2])
    with pytest.raises(error, match=says):
        ca.prove_same(cp, ht, dict.fromkeys(UPPER, matrix))


def test_a_parameter_without_a_counterpart_is_asked_for():
    """The sentence names it."""
    with pytest.raises(NotProved, match="give it in weights="):
        ca.prove_same(ca.cp_model(4, 2, 2), ca.ht_model(4, 2, [2, 2]))


# Symmetries


@pytest.mark.parametrize(
    ("circuit", "order"),
    [
        (ca.cp_model(5, 2, 2, shared=True), 120),
        (ca.ht_model(4, 2, [2, 2], shared=True), 8),
        (ca.ht_model(8, 2, [2, 2, 2], shared=True), 128),
        (ca.ht_model(8, 2, [2, 2], shared=True), 384),
        (ca.ht_model(9, 2, [2, 2], window=3, shared=True), 1296),
    ],
)
def test_shared_networks_have_the_symmetries_of_their_tree(circuit, order, tmp_path):
    """All of S_N for CP, 2^(N−1) for the binary tree; the tensors are invariant."""
    from sympy.combinatorics import Permutation, PermutationGroup

    theorem = ca.prove_symmetric(circuit)
    both_accept(theorem, tmp_path)
    generators = theorem.statement.generators
    assert PermutationGroup([Permutation(list(g)) for g in generators]).order() == order
    tensor = circuit.coefficient_tensor(circuit.random_weights(seed=1))
    for generator in generators:
        assert np.array_equal(np.transpose(tensor, generator), tensor)


@pytest.mark.soundness
@pytest.mark.parametrize(
    ("circuit", "generator"),
    [
        (ca.ht_model(4, 2, [2, 2], shared=True), (0, 2, 1, 3)),
        (ca.ht_model(4, 2, [2, 2]), (1, 0, 2, 3)),
        (ca.ht_model(4, 2, [2, 2], shared=[True, False]), (2, 3, 0, 1)),
        (ca.cp_model(3, 2, 2), (1, 0, 2)),
    ],
)
def test_other_permutations_are_refuted(circuit, generator):
    """Across pairs of a shared tree, and siblings of an unshared one."""
    with pytest.raises(Refuted):
        ca.prove_symmetric(circuit, [generator])


def test_a_network_without_equal_subtrees_says_so():
    """An unshared tree has none; a circuit that is no tree needs generators."""
    with pytest.raises(NotProved, match="equal subtrees"):
        ca.prove_symmetric(ca.ht_model(4, 2, [2, 2]))
    with pytest.raises(NotProved, match="give the generators"):
        ca.prove_symmetric(ca.rac_model(3, 2, 2, layers=2))


def test_equal_networks_whose_nodes_are_numbered_differently(tmp_path):
    """Each is written down, since the proof numbers the nodes of both; both readers accept."""
    a = ca.ht_model(4, 2, [2, 3])
    order = [0, 1, 2, 3, 7, 6, 5, 4, 9, 8, 10, 11, 12, 13]
    place = {old: new for new, old in enumerate(order)}
    b = Circuit.from_nodes(
        replace(a.nodes[old], children=tuple(place[child] for child in a.nodes[old].children))
        for old in order
    )
    assert a == b
    for pair in ((a, b), (b, a)):
        theorem = ca.prove_same(*pair)
        assert len(theorem.certificate()["circuits"]) == 2
        both_accept(theorem, tmp_path)
