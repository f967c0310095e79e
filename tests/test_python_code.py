"""``repr`` of this package's objects is Python code that makes them again."""

from dataclasses import replace
from fractions import Fraction
from math import inf

import certificates
import numpy as np
import pytest
from hypothesis import given
from hypothesis.vendor.pretty import pretty

import circuitalg as ca
from circuitalg import representation as rep
from circuitalg import strategies
from circuitalg.circuit.node import Node
from circuitalg.logspace.simnet import SimNode
from circuitalg.python_code import WIDTH, laid_out

MODELS = {
    "ca.cp_model(locations=3, dim=[2, 3, 2], width=4, outputs=2)": (
        lambda: ca.cp_model(3, [2, 3, 2], 4, outputs=2)
    ),
    "ca.cp_model(locations=4, dim=2, width=2, shared=True)": (
        lambda: ca.ht_model(4, 2, [2], shared=True)
    ),
    "ca.ht_model(locations=8, dim=2, widths=[2, 3, 4], shared=[True, False, True])": (
        lambda: ca.ht_model(8, 2, [2, 3, 4], shared=[True, False, True])
    ),
    "ca.ht_model(locations=9, dim=3, widths=[2, 2], window=3)": (
        lambda: ca.ht_model(9, 3, [2, 2], window=3)
    ),
    "ca.ht_model(locations=16, dim=2, widths=[3, 1], shared=True)": (
        lambda: ca.ht_model(16, 2, [3, 1], shared=True)
    ),
    "ca.tree_model(tree=ca.ModeTree.from_nested([[0, 2], 1]), dim=2, widths=[2, 3])": (
        lambda: ca.tree_model(ca.ModeTree.from_nested([[0, 2], 1]), 2, [2, 3])
    ),
    "ca.tree_model(tree=ca.ModeTree.balanced(9), dim=2, widths=3, shared=True)": (
        lambda: ca.tree_model(ca.ModeTree.balanced(9), 2, 3, shared=True)
    ),
    "ca.tt_model(locations=4, dim=2, ranks=[2, 3, 2])": lambda: ca.tt_model(4, 2, [2, 3, 2]),
    "ca.rac_model(locations=3, dim=2, width=2)": lambda: ca.rac_model(3, 2, 2),
    "ca.rac_model(locations=3, dim=2, width=2, layers=2)": lambda: ca.rac_model(3, 2, 2, 2),
}

OTHERS = {
    "bipartition": ca.Bipartition.of([0, 3], 5),
    "odd and even": ca.Bipartition.odd_even(300),
    "halves": ca.Bipartition.low_high(301),
    "blocks": ca.Bipartition.blocks(50, 3),
    "scattered": ca.Bipartition.random(200),
    "mode tree": ca.ModeTree.random(12, max_arity=5),
    "caterpillar": ca.ModeTree.caterpillar(3000),
    "balanced": ca.ModeTree.balanced(3000, 3),
    "deep": ca.ModeTree.from_nested([ca.ModeTree.caterpillar(99).to_nested(), [99, 100]]),
    "number": ca.Integer(4**32768, hints=[4]),
    "negative number": ca.Integer(-(10**40)),
    "prime": ca.Integer(2**127 - 1),
    "Gaussians": rep.Gaussians([[0], ["1/3"]], [[1], [10**5000]]),
    "neurons": rep.Neurons([[1, 2], [3, "0.1"]], [0, 1], "relu"),
    "monomials": rep.Monomials.up_to(3),
    "functions": rep.Functions(2, [1, rep.x(0), rep.exp(-(rep.x(1) ** 2)) / rep.PI]),
    "formula": ca.forall.total("i", 0, 3, ca.forall.width(ca.forall.symbols("i")[0]) * 2),
    "fraction": ca.expressions.expression(Fraction(-1, 3)),
    "long fraction": ca.expressions.expression(Fraction(1, 10**5000)),
    "no formula": ca.expressions.Expression("+", (1, "x")),
    "matrix": ca.expressions.matrix([[1, Fraction(1, 2)]]) * ca.expressions.parameter('a"b'),
    "networks": ca.forall.HTNetworks(*map(ca.expressions.formula, (2, 3, 4)), sharing="shared"),
    "families": (ca.cp_family(), ca.truncated_family(2), ca.truncated_family(2, window=3)),
    "tensor": ca.ExactTensor.from_nested([[[1, Fraction(1, 2)], [3, 4]]]),
    "vector": ca.ExactTensor((3,), (1, 0, 2)),
    "hierarchical": ca.ht_decomposition([[1, 2], [3, 4]]),
    "similarity": ca.Similarity("l2", [[0.1], [1.0]], [[1.0], [2.0]], normalize=True),
    "SimNet": ca.ht_model(4, 2, [2, 2], shared=True).to_simnet(mean=True, beta=Fraction(1, 3)),
    "SimNet with values": ca.cp_model(2, 2, 2).to_simnet(
        {"a0.0": [[1, 0], [0, 1]], "a0.1": [[1, 2], [3, 4]], "out": [[0.5, 1]]},
        similarity=ca.Similarity("linear", [[0.5], [1.0]]),
    ),
    "no circuit": ca.SimNet(
        [
            SimNode("x0", "input", 2, 0),
            SimNode("m", "mex", 2, None, (0,), ("a",), beta=-inf),
            SimNode("n", "mex", 1, None, (1,), (((1, Fraction(1, 2)),),), beta=2, mean=True),
        ]
    ),
}


def again(text):
    """What code makes."""
    return eval(text, {"ca": ca, "Fraction": Fraction})  # noqa: S307  (made by this package)


@pytest.mark.parametrize("text", MODELS)
def test_a_model_is_its_call(text):
    """Whoever made it: the function, a file's nodes in another order, or a model in disguise."""
    circuit = MODELS[text]()
    assert repr(circuit) == laid_out(text)
    assert repr(ca.Circuit.from_nodes(circuit.nodes)) == laid_out(text)
    assert repr(ca.Circuit(circuit.graph)) == laid_out(text)
    assert again(text) == circuit
    assert again(repr(circuit.to_simnet())) == circuit.to_simnet()


@pytest.mark.parametrize("text", MODELS)
def test_what_differs_from_a_model_is_not_called_one(text):
    """One name, or one tie, that the model has not."""
    nodes = list(MODELS[text]().nodes)
    last = nodes[-1]
    for changed in (
        Node("top", *[getattr(last, name) for name in Node.__slots__[1:]]),
        Node(*[getattr(last, name) for name in Node.__slots__[:-1]], ("another",)),
    ):
        circuit = ca.Circuit.from_nodes([*nodes[:-1], changed])
        assert "_model" not in repr(circuit)
        assert again(repr(circuit)) == circuit


@given(strategies.circuits(max_outputs=2))
def test_code_makes_an_equal_circuit(circuit):
    """Of every kind, with every pattern of ties; by the builder, and with names of one's own."""
    text = ca.code(circuit)
    found = again(text)
    assert found == circuit
    assert found.fingerprint == circuit.fingerprint
    assert all(len(row) <= WIDTH for row in text.split("\n"))
    renamed = [replace(node, name=f"{node.name}'") for node in circuit.nodes]
    own = ca.Circuit.from_nodes(renamed)
    assert again(ca.code(own)) == own


def test_a_circuit_of_the_builder_needs_no_names():
    """Whatever the order of its steps; what is used twice has a name of its own."""
    b = ca.CircuitBuilder(4, 2)
    h = [b.sum(b.input(i), width=3, parameter="tied") for i in range(4)]
    flat = b.build(b.sum(b.product(*h), width=1))
    assert repr(flat) == (
        "(b := ca.CircuitBuilder(locations=4, dim=2)).build(\n"
        "    b.sum(\n"
        "        b.product(\n"
        + "".join(
            f'            b.sum(b.input({i}), width=3, parameter="tied"),\n' for i in range(4)
        )
        + "        ),\n        width=1,\n    )\n)"
    )
    b = ca.CircuitBuilder(2, 3)
    x, y = (b.sum(b.input(i), width=2) for i in (1, 0))
    both = b.build(b.sum(b.product(y, x), y, width=1, parameter=["p", "q"]))
    assert repr(both) == (
        "(\n"
        "    b := ca.CircuitBuilder(locations=2, dim=3),\n"
        "    s0 := b.sum(b.input(1), width=2),\n"
        "    s1 := b.sum(b.input(0), width=2),\n"
        '    b.build(b.sum(b.product(s1, s0), s1, width=1, parameter=["p", "q"])),\n'
        ")[-1]"
    )
    assert again(repr(both)) == both


def test_names_that_are_words_of_python_do_no_harm():
    """Nodes that are used twice, called like what the code says itself, or in no way it could."""
    names = ["b", "ca", "Fraction", "lambda", "float", "__debug__", "n3", "m0", "xNone", "x1"]
    names += ["\u00e9", "a b", "it's", 'say "x"', "back\\slash"]
    nodes, tops = [Node(f"in{k}", "input", 2, k) for k in range(len(names))], []
    fixed = ((1, 0), (Fraction(1, 2), 2))
    for k, name in enumerate(names):
        nodes.append(Node(name, "sum", 2, None, (k,), (fixed if k % 2 else f"w{k}",)))
        for own in (f"s{len(names) - k}", f"{name}+"):
            tops.append(len(nodes))
            nodes.append(Node(own, "sum", 2, None, (len(names) + 3 * k,), ("w1",)))
    nodes.append(Node("p", "product", 2, None, tuple(tops)))
    circuit = ca.Circuit.from_nodes(nodes)
    assert again(repr(circuit)) == circuit


def test_long_code_is_cut():
    """One line says what it is; `ca.code` has the whole, and nothing is put together for it."""
    b = ca.CircuitBuilder(600, 2)
    large = b.build(b.sum(b.product(*[b.sum(b.input(i), width=2) for i in range(600)]), width=1))
    assert repr(large) == f"{str(large)[:-1]}; ca.code(...) writes it in full>"
    assert again(ca.code(large)) == large
    parts = ca.Bipartition.odd_even(600)
    said = ca.prove_rank(large, parts).statement
    assert repr(said) == f"<GenericRank: {said}; ca.code(...) writes it in full>"
    assert again(ca.code(said)) == said
    assert repr(ca.Bipartition.random(10_000)).startswith("<Bipartition: I = {")
    huge = ca.ht_model(16_384, 2, [2] * 14)
    assert repr(huge).startswith("<Circuit: 16,384 locations")
    assert len(repr(ca.ExactTensor.from_nested(np.arange(65_536).reshape(256, 256)))) < 100


def test_long_chains_are_steps():
    """Python's parser takes 200 brackets in each other; the code has no such depth."""
    b = ca.CircuitBuilder(1, 2)
    node = b.input(0)
    for _ in range(500):
        node = b.sum(node, width=2)
    chain = b.build(node)
    assert again(ca.code(chain)) == chain


@pytest.mark.parametrize("name", OTHERS)
def test_other_objects_are_their_code(name):
    """Bipartitions, trees, numbers, formulas, families, tensors, SimNets."""
    made = again(ca.code(OTHERS[name]))
    assert made == OTHERS[name]
    assert isinstance(made, type(OTHERS[name])) or isinstance(OTHERS[name], ca.Integer)
    assert all(len(row) <= WIDTH for row in ca.code(OTHERS[name]).split("\n"))


@pytest.mark.parametrize("name", certificates.PROVED)
def test_every_statement_is_its_code(name):
    """The statement again, not a theorem."""
    said = certificates.theorem(name).statement
    assert again(ca.code(said)) == said
    assert len(repr(said)) < 11_000
    assert pretty(said) == repr(said)


@pytest.mark.parametrize("name", OTHERS)
def test_hypothesis_shows_the_code(name):
    """It has a form of its own for dataclasses that do not say otherwise."""
    value = OTHERS[name]
    if not isinstance(value, tuple | ca.Integer):
        assert pretty(value) == repr(value)


def test_weights_are_their_code():
    """Arrays are written as nested lists, which every function takes."""
    weights = ca.cp_model(2, 2, 2).random_weights(kind="fraction") | {"f": np.array([[0.1, inf]])}
    found = again(ca.code(weights))
    assert found.keys() == weights.keys()
    assert all(
        np.array_equal(np.array(found[name], table.dtype), table) for name, table in weights.items()
    )
    assert type(found["out"][0][0]) is Fraction


def test_what_has_no_code_is_shown_as_it_is():
    """A theorem is made by rules alone; brackets in a text are no brackets."""
    theorem = ca.prove_rank(ca.cp_model(2, 2, 2), {0})
    assert ca.code(theorem) == repr(theorem)
    assert laid_out(f"<{'it' * 50}'s (>") == f"<{'it' * 50}'s (>"
    assert again(laid_out(repr({"a": ["(" * 80, "]" * 80, 'x"y']}))) == {
        "a": ["(" * 80, "]" * 80, 'x"y']
    }


def test_rows_of_numbers_fill_their_lines():
    """A matrix with long rows takes few lines, and no number is cut in two."""
    rows = [[column % 2 for column in range(100)] for _ in range(4)]
    text = ca.code({"w": [*rows, [10**100] * 100]})
    assert len(text.splitlines()) < 4 * 8 + 110
    assert eval(text) == {"w": [*rows, [10**100] * 100]}  # noqa: S307  (our own code)
