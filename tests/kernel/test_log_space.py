"""Statements about log-space: SimNets, splits by signs, simplex forms, linearity in each location.

Certificates are read by the kernel and by the checker, which were written apart.
"""

import copy
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from alterations import both_accept, both_refuse, put
from hypothesis import given, settings
from hypothesis import strategies as st
from log_space_cases import MODELS, inputs_for, logs, sample, weights_for

import circuitalg as ca
from circuitalg import checker
from circuitalg.circuit import Circuit
from circuitalg.circuit.node import Node
from circuitalg.errors import CircuitalgError, RuleError, StructureError, TooLargeError, WeightError
from circuitalg.kernel import rules
from circuitalg.kernel.logspace import Homomorphism
from circuitalg.kernel.multilinear import Scopes
from circuitalg.kernel.signs import Signs
from circuitalg.kernel.simplex import Gains
from circuitalg.logspace.simnet import SimNet


def branches():
    """A parameter in sums of 2 and of 4 channels, a fixed matrix, a constant, two outputs."""
    b = ca.CircuitBuilder(locations=2, dim=2)
    x = [b.input(i) for i in range(2)]
    h = [b.sum(node, width=2, parameter="a") for node in x]
    first = b.product(*h, b.constant(width=2))
    second = b.product(b.sum(h[0], matrix=[[1, Fraction(1, 2)], [0, 3]]), h[1])
    return b.build(b.sum(first, second, parameter=["a", "b"], width=2))


# SimNets


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), mean=st.booleans(), beta=st.sampled_from([1, 2, "1/3", -1]))
def test_simnets_compute_the_logarithm(seed, mean, beta, tmp_path_factory):
    """Both readers accept, and the SimNet agrees with the circuit over the rationals."""
    circuit, beta = sample(seed, signs=False), Fraction(beta)
    theorem = ca.prove_log_space(circuit, mean=mean, beta=beta)
    both_accept(theorem, tmp_path_factory.getbasetemp())
    weights, x = weights_for(circuit, seed), inputs_for(circuit, seed)
    simnet = circuit.to_simnet(weights, mean=mean, beta=beta)
    assert SimNet(simnet.nodes) == theorem.statement.simnet
    found = simnet.evaluate([logs(table) / float(beta) for table in x])
    exact = logs(circuit.evaluate(weights, x)) / float(beta)
    assert not np.isnan(found).any()
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("mean", [False, True])
def test_simnets_of_the_models(name, mean, tmp_path):
    """Shallow, deep, shared, truncated, tensor trains, and recurrent networks that reuse nodes."""
    theorem = ca.prove_log_space(MODELS[name](), mean=mean, beta=2)
    verified = both_accept(theorem, tmp_path)
    assert verified.kind == "LogSpaceEquivalent"
    assert ("log n" in str(theorem)) == mean


def node(place, *entry):
    """Change an entry of one node of the SimNet."""
    *index, value = entry
    return put(0, "simnet", "nodes", place, *index, value)


ALTERED = {
    "softmax mode with log n": node(2, 6, "sum"),
    "one β of two": node(2, 5, 2),
    "β = 0": node(2, 5, 0),
    "an infinite β": node(2, 5, "inf"),
    "a maximum in place of a product": node(5, 1, "mex"),
    "another parameter": put(0, "offsets", "a*2", 0, "b"),
    "no log n": put(0, "offsets", "a*2", 1, 1),
    "log n of another sum": put(0, "offsets", "a*2", 1, 4),
    "offsets for no edge": put(0, "offsets", "c", ["a", 2]),
    "a fixed matrix that is not multiplied": put(0, "simnet", "matrices", 0, [[1, "1/2"], [0, 3]]),
    "another fixed matrix": put(0, "simnet", "matrices", 0, [[2, 1], [1, 6]]),
    "children in another order": node(5, 3, [3, 2, 4]),
    "an edge elsewhere": put(0, "circuit", "nodes", 2, 3, [1]),
    "another location": put(0, "circuit", "nodes", 0, 3, 1),
    "a negative fixed entry": put(0, "circuit", "matrices", 0, [[1, "1/2"], [0, -3]]),
    "a constant in place of an input": node(0, ["x0", "constant", 2]),
    "another rule": put(1, "rule", "signs"),
    "more than the rule": put(1, "bits", 3),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", ALTERED)
def test_altered_simnets(name, tmp_path):
    """What differs in one place is refused by both readers."""
    theorem = ca.prove_log_space(branches(), mean=True)
    kinds = [row[1] for row in theorem.certificate()["theorem"]["statement"]["simnet"]["nodes"]]
    assert kinds[:7] == ["input", "input", "mex", "mex", "constant", "pool", "mex"]
    both_refuse(theorem, ALTERED[name], tmp_path)


@pytest.mark.soundness
def test_one_count_for_two_uses_of_a_name():
    """MEX over 2 and over 4 channels needs two offsets for one parameter; one would be wrong."""
    circuit = branches()
    theorem = ca.prove_log_space(circuit, mean=True)
    assert dict(theorem.statement.offsets) == {"a*2": ("a", 2), "a*4": ("a", 4), "b": ("b", 4)}
    nodes = [
        replace(n, offsets=tuple("a" if label in ("a*2", "a*4") else label for label in n.offsets))
        for n in theorem.statement.simnet.nodes
    ]
    for count in (2, 4):
        with pytest.raises(RuleError, match="times"):
            rules.log_space_equivalent(
                circuit, SimNet(nodes), {"a": ("a", count), "b": ("b", 4)}, Homomorphism()
            )


def test_offsets_of_one_parameter_do_not_take_the_name_of_another():
    """A parameter that is called a*2 keeps its own offsets beside those of a."""
    b = ca.CircuitBuilder(locations=2, dim=2)
    h = [b.sum(b.input(i), width=2, parameter="a") for i in range(2)]
    other = [b.sum(node, width=2, parameter="a*2") for node in h]
    circuit = b.build(b.sum(b.product(*h), b.product(*other), parameter=["a", "b"], width=2))
    theorem = ca.prove_log_space(circuit, mean=True)
    assert theorem.statement.offsets["a*2"] == ("a*2", 2)
    weights, x = weights_for(circuit, 3, zeros=0), inputs_for(circuit, 3)
    found = circuit.to_simnet(weights, mean=True).evaluate(list(map(logs, x)))
    np.testing.assert_allclose(found, logs(circuit.evaluate(weights, x)), rtol=1e-12)


def test_signed_weights_have_no_logarithm():
    """A negative fixed entry, or weight, is refused in a sentence that says what to do."""
    circuit = Circuit.from_nodes(
        [Node("x", "input", 2, 0), Node("y", "sum", 1, None, (0,), (((1, -1),),))]
    )
    with pytest.raises(WeightError, match="split_signs"):
        ca.prove_log_space(circuit)
    model = ca.cp_model(2, 2, 2)
    with pytest.raises(WeightError, match="split_signs"):
        model.to_simnet(model.random_weights(seed=1))


@pytest.mark.soundness
def test_arguments_of_other_types_make_no_theorem():
    """Counts are integers, parameters texts, the SimNet no other class."""
    circuit = ca.cp_model(2, 2, 1)
    simnet = circuit.to_simnet()
    good = {name: (name, 1) for name in circuit.parameters}
    rules.log_space_equivalent(circuit, simnet, good, Homomorphism())
    for bad in ({**good, "a0.0": ("a0.0", True)}, {**good, "a0.0": (("a0.0",), 1)}, {}):
        with pytest.raises(RuleError):
            rules.log_space_equivalent(circuit, simnet, bad, Homomorphism())
    with pytest.raises(RuleError, match="SimNet alone"):
        rules.log_space_equivalent(circuit, circuit, good, Homomorphism())
    with pytest.raises(RuleError, match="Homomorphism alone"):
        rules.log_space_equivalent(circuit, simnet, good, Signs())
    with pytest.raises(RuleError, match="Signs alone"):
        rules.signed_split(circuit, ca.split_signs(circuit), Gains())
    with pytest.raises(RuleError, match="Scopes alone"):
        rules.multilinear(circuit, Signs())
    with pytest.raises(RuleError, match="Gains alone"):
        rules.simplex_form(circuit, Scopes())


def test_a_large_matrix_at_many_edges_is_read_once():
    """A matrix of 90,000 entries at 5,000 edges: 450,000,000 products would take minutes."""
    from circuitalg.kernel.logspace import Directions

    matrix = tuple((0,) * 300 for _ in range(300))
    twice = tuple((2,) + (0,) * 299 for _ in range(300))
    directions = Directions()
    for _ in range(5000):
        assert directions.of(matrix) == (0, 0)
        assert directions.of(twice)[0] == 2
    once = tuple((1,) + (0,) * 299 for _ in range(300))
    assert directions.of(once) == (1, directions.of(twice)[1])


# Signs


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_splits_are_the_difference(seed, tmp_path_factory):
    """Both readers accept, and over the rationals the difference is the circuit at W+ − W-."""
    circuit = sample(seed, signs=True)
    try:
        theorem = ca.prove_signed_split(circuit)
    except StructureError as error:  # about one in forty: it is zero at all weights
        if "split" not in str(error):
            raise
        return
    folder = tmp_path_factory.getbasetemp()
    both_accept(theorem, folder)
    split = theorem.statement.split
    fixed = [x for n in split.nodes for m in n.matrices if not isinstance(m, str) for x in m]
    assert all(entry >= 0 for row in fixed for entry in row)
    signed = weights_for(split, seed, signs=True)
    x = inputs_for(circuit, seed, signs=True)
    whole = {name: signed[name + "+"] - signed[name + "-"] for name in circuit.parameters}
    both, outputs = split.evaluate(signed, x), circuit.num_outputs
    assert (both[:, :outputs] - both[:, outputs:] == circuit.evaluate(whole, x)).all()


@pytest.mark.parametrize("name", MODELS)
def test_splits_of_the_models(name, tmp_path):
    """The split at max(±W, 0) is non-negative, and its difference the network at W."""
    circuit = MODELS[name]()
    theorem = ca.prove_signed_split(circuit)
    both_accept(theorem, tmp_path)
    weights, x = weights_for(circuit, 4, signs=True), inputs_for(circuit, 4)
    parts = ca.split_weights(weights)
    both = theorem.statement.split.evaluate(parts, x)
    assert (both >= 0).all()
    outputs = circuit.num_outputs
    assert (both[:, :outputs] - both[:, outputs:] == circuit.evaluate(weights, x)).all()


def exchange_signs(statement, proof):
    """W+ becomes W- and W- becomes W+, in the list of names alone."""
    names = statement["split"]["parameters"]
    for place in range(0, len(names), 2):
        names[place], names[place + 1] = names[place + 1], names[place]


def exchange_halves(statement, proof):
    """The last sum's two matrices."""
    statement["split"]["nodes"][-1][4].reverse()


def exchange_factors(statement, proof):
    """The first product's children."""
    row = next(row for row in statement["split"]["nodes"] if row[1] == "product")
    row[3].reverse()


def other_product(statement, proof):
    """M · m' in place of p · p'."""
    products = [row for row in statement["split"]["nodes"] if row[1] == "product"]
    products[0][3] = list(products[1][3])


@pytest.mark.soundness
@pytest.mark.parametrize(
    "change",
    [
        exchange_signs,
        exchange_halves,
        exchange_factors,
        other_product,
        put(0, "split", "matrices", 0, [[1, 0], [1, 0]]),
        put(0, "circuit", "nodes", 0, 2, 3),
    ],
)
def test_altered_splits(change, tmp_path):
    """Exchanged signs, halves or factors, and other matrices, are refused by both readers."""
    both_refuse(ca.prove_signed_split(ca.ht_model(4, 2, [2, 2])), change, tmp_path)


def test_names_of_a_splits_nodes_are_free(tmp_path):
    """Another name is no other split."""
    theorem = ca.prove_signed_split(ca.cp_model(2, 2, 2))
    data = copy.deepcopy(theorem.certificate())
    data["theorem"]["statement"]["split"]["nodes"][0][0] = "renamed"
    file = tmp_path / "renamed.json"
    file.write_text(json.dumps(data))
    assert checker.verify_file(file).kind == "SignedSplit"
    assert ca.load_theorem(file).statement.split.nodes[0].name == "renamed"


def zero(entries):
    """X ↦ F x, then W."""
    return Circuit.from_nodes(
        [
            Node("x", "input", 2, 0),
            Node("f", "sum", 2, None, (0,), (entries,)),
            Node("y", "sum", 1, None, (1,), ("w",)),
        ]
    )


def test_splits_that_do_not_exist():
    """The zero network, names that end in a sign, and parts that vanish or coincide."""
    with pytest.raises(StructureError, match="zero whatever"):
        ca.split_signs(zero(((0, 0), (0, 0))))
    named = ca.CircuitBuilder(locations=1, dim=2)
    with pytest.raises(StructureError, match="rename"):
        ca.split_signs(named.build(named.sum(named.input(0), width=1, parameter="w+")))
    assert ca.split_signs(zero(((1, 0), (0, 1)))).num_outputs == 2
    b = ca.CircuitBuilder(locations=2, dim=2)
    x, y = b.input(0), b.input(1)
    vanishing = b.sum(y, matrix=[[0, 0], [0, 0]])
    with pytest.raises(StructureError, match=r"no split.*no parent"):
        ca.split_signs(b.build(b.sum(x, vanishing, width=1)))
    b = ca.CircuitBuilder(locations=1, dim=2)
    x = b.input(0)
    with pytest.raises(StructureError, match=r"no split.*twice"):
        ca.split_signs(b.build(b.sum(b.product(x, b.product(x)), width=1)))


def test_wide_products_are_refused_before_their_matrices_are_built():
    """A product of 100,000 channels would need identities of 10^10 entries."""
    nodes = [Node("x", "input", 10**5, 0), Node("y", "input", 10**5, 1)]
    nodes.append(Node("p", "product", 10**5, None, (0, 1)))
    circuit = Circuit.from_nodes([*nodes, Node("z", "sum", 1, None, (2,), ("w",))])
    with pytest.raises(TooLargeError, match="identity matrices of 10,000,000,00"):
        ca.split_signs(circuit)


# Simplex form and linearity


@pytest.mark.soundness
def test_simplex_forms_need_equal_subtrees(tmp_path):
    """Sharing above levels that are not shared needs other factors in other places."""
    good = ca.ht_model(8, 2, [2, 2, 2], shared=[True, True, False])
    theorem = ca.prove_simplex_form(good)
    both_accept(theorem, tmp_path)
    bad = ca.ht_model(8, 2, [2, 2, 2], shared=[False, True, False])
    with pytest.raises(RuleError, match="different factors"):
        ca.prove_simplex_form(bad)
    from circuitalg.circuit.files import circuit_to_data

    both_refuse(theorem, put(0, "circuit", circuit_to_data(bad)), tmp_path)


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6))
def test_linear_in_every_location(seed, tmp_path_factory):
    """Both readers accept; scaling and adding in one location scales and adds the outputs."""
    circuit = sample(seed, signs=True)
    both_accept(ca.prove_multilinear(circuit), tmp_path_factory.getbasetemp())
    weights, x = weights_for(circuit, seed, signs=True), inputs_for(circuit, seed, signs=True)
    place = seed % circuit.num_locations
    y = list(x)
    y[place] = inputs_for(circuit, seed + 1, signs=True)[place]
    total = list(x)
    total[place] = 3 * x[place] + y[place]
    expected = 3 * circuit.evaluate(weights, x) + circuit.evaluate(weights, y)
    assert (circuit.evaluate(weights, total) == expected).all()


@pytest.mark.soundness
def test_squares_and_unequal_sums_are_not_linear(tmp_path):
    """A product of a location with itself, and a sum over different locations."""
    b = ca.CircuitBuilder(locations=1, dim=2)
    h = [b.sum(b.input(0), width=2, parameter=name) for name in "ab"]
    square = b.build(b.sum(b.product(*h), width=1))
    with pytest.raises(RuleError, match="both depend on location 0"):
        ca.prove_multilinear(square)
    b = ca.CircuitBuilder(locations=2, dim=2)
    x, y = b.input(0), b.input(1)
    uneven = b.build(b.sum(b.product(x, y), x, width=1))
    with pytest.raises(RuleError, match="adds"):
        ca.prove_multilinear(uneven)
    with pytest.raises(RuleError, match="linear"):
        ca.prove_multilinear(ca.rac_model(3, 2, 2, layers=2))
    from circuitalg.circuit.files import circuit_to_data

    theorem = ca.prove_multilinear(ca.cp_model(2, 2, 2))
    for circuit in (square, uneven):
        both_refuse(theorem, put(0, "circuit", circuit_to_data(circuit)), tmp_path)


# Two implementations


@pytest.mark.soundness
@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), draw=st.randoms(use_true_random=False))
def test_both_readers_decide_alike(seed, draw, tmp_path_factory):
    """Two networks mixed at random: the kernel and the checker agree on the certificate."""
    first, second = sample(seed, signs=False), sample(seed + 3, signs=draw.random() < 0.5)
    prove = draw.choice((ca.prove_log_space, ca.prove_signed_split))
    try:
        data = [copy.deepcopy(prove(c).certificate()) for c in (first, second)]
    except CircuitalgError:
        return
    said, other = (d["theorem"]["statement"] for d in data)
    part = "simnet" if prove is ca.prove_log_space else "split"
    rows = said[part]["nodes"]
    action = draw.randrange(4)
    place = draw.randrange(len(rows))
    if action == 0:
        said[part] = other[part]
    elif action == 1:
        said["circuit"] = other["circuit"]
    elif isinstance(rows[place][-1], int):
        rows[place][-1] += draw.choice((-1, 1))
    else:
        lists = [entry for entry in rows[place] if isinstance(entry, list)]
        draw.choice(lists).reverse()
    file = tmp_path_factory.getbasetemp() / "mixed.json"
    file.write_text(json.dumps(data[0]))
    accepted = []
    for read in (checker.verify_file, ca.load_theorem):
        try:
            read(file)
        except (checker.Refusal, checker.Unreadable, CircuitalgError):
            accepted.append(False)
        else:
            accepted.append(True)
    if accepted[0] != accepted[1]:
        pytest.fail(f"the checker says {accepted[0]}, the kernel {accepted[1]}")
