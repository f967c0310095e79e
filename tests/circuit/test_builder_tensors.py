"""Outer products, core tensors, matrices on one index, mixing layers: one call of the builder."""

from fractions import Fraction
from math import prod

import numpy as np
import pytest

import circuitalg as ca
from circuitalg.circuit import CircuitBuilder, tt_model
from circuitalg.errors import CircuitError, TooLargeError
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import IndexRecursion
from circuitalg.kernel.rank.values import upper_value

LEGS = "abcd"


def inputs(dims, seed=0):
    """A vector of small integers for each location."""
    generator = np.random.default_rng(seed)
    return [generator.integers(-5, 6, size=(1, dim)) for dim in dims]


def values(circuit, vectors, weights=None):
    """The output's channels at one input, and the weights used, as arrays."""
    weights = circuit.random_weights(seed=1) if weights is None else weights
    arrays = {name: np.array(rows) for name, rows in weights.items()}
    return circuit.evaluate(weights, vectors)[0], arrays


@pytest.mark.parametrize("dims", [[3], [2, 3], [1, 4, 2], [2, 1, 3, 2]])
def test_a_core_is_contracted_with_its_children(dims):
    """Channel c is Σ G[c, i, j, …] x_i y_j …, as einsum has it, for a parameter and for entries."""
    b = CircuitBuilder(len(dims), dims)
    circuit = b.build(b.core(*map(b.input, range(len(dims))), width=4, parameter="G"))
    assert circuit.parameters == {"G": (4, prod(dims))}
    assert circuit.is_tree
    legs, vectors = LEGS[: len(dims)], inputs(dims)
    formula = f"z{legs},{','.join(legs)}->z"
    found, weights = values(circuit, vectors)
    core = weights["G"].reshape(4, *dims)
    assert (found == np.einsum(formula, core, *[v[0] for v in vectors])).all()
    for tensor in (core, core.tolist()):
        b = CircuitBuilder(len(dims), dims)
        fixed = b.build(b.core(*map(b.input, range(len(dims))), tensor=tensor))
        assert (values(fixed, vectors)[0] == found).all()


def test_an_outer_product_has_the_first_index_slowest():
    """H ⊗ x, in the order of NumPy's kron, of any node, twice the same too."""
    b = CircuitBuilder(2, [2, 3])
    h = b.sum(b.input(0), width=4, parameter="h")
    circuit = b.build(b.outer(h, b.input(1), h))
    vectors = inputs([2, 3])
    found, weights = values(circuit, vectors)
    one = weights["h"] @ vectors[0][0]
    assert (found == np.kron(np.kron(one, vectors[1][0]), one)).all()
    assert not circuit.is_decomposable


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("width", [None, 1, 3])
def test_a_matrix_acts_on_one_index(axis, width):
    """I ⊗ W ⊗ I on three indices; the others pass. Fixed entries give the same."""
    shape = [2, 3, 2]
    b = CircuitBuilder(3, shape)
    whole = b.outer(*map(b.input, range(3)))
    circuit = b.build(b.act(whole, shape, axis, width=width, parameter="W"))
    rows = width or shape[axis]
    assert circuit.parameters == {"W": (rows * shape[axis], 1)}
    assert circuit.is_tree
    vectors = inputs(shape)
    found, weights = values(circuit, vectors)
    matrix = weights["W"].reshape(rows, shape[axis])
    tensor = np.einsum("a,b,c->abc", *[v[0] for v in vectors])
    wanted = np.moveaxis(np.tensordot(matrix, tensor, axes=(1, axis)), 0, axis).ravel()
    assert (found == wanted).all()
    b = CircuitBuilder(3, shape)
    whole = b.outer(*map(b.input, range(3)))
    fixed = b.build(b.act(whole, shape, axis, matrix=matrix))
    assert (values(fixed, vectors)[0] == wanted).all()


def test_a_core_on_one_index_takes_a_further_node():
    """T[α, γ] = Σ G[γ, β, φ] h[α, β] f[φ]: the core acts on the index (β, φ)."""
    b = CircuitBuilder(2, [6, 4])
    pair = b.outer(b.input(0), b.input(1))
    circuit = b.build(b.act(pair, (2, 3 * 4), 1, width=5, parameter="G"))
    vectors = inputs([6, 4])
    found, weights = values(circuit, vectors)
    core = weights["G"].reshape(5, 3, 4)
    wanted = np.einsum("gbf,ab,f->ag", core, vectors[0][0].reshape(2, 3), vectors[1][0])
    assert (found == wanted.ravel()).all()


def test_tied_gates_are_one_parameter():
    """Two acts and a core may share a column; an act and a matrix of another shape may not."""
    b = CircuitBuilder(2, [4, 4])
    acts = [b.act(b.input(i), (2, 2), i, parameter="U") for i in (0, 1)]
    circuit = b.build(b.core(*acts, width=1))
    assert circuit.parameters == {"U": (4, 1), "w0": (1, 16)}
    vectors = inputs([4, 4])
    found, weights = values(circuit, vectors)
    gate, (x, y) = weights["U"].reshape(2, 2), [v[0].reshape(2, 2) for v in vectors]
    wanted = weights["w0"][0] @ np.kron((gate @ x).ravel(), (y @ gate.T).ravel())
    assert found.tolist() == [wanted]
    with pytest.raises(CircuitError, match=r"'U' has shape \(4, 1\)"):
        b.sum(b.input(0), width=2, parameter="U")


def test_a_mixing_layer_weights_each_channel():
    """Σ_k w_k ∘ h_k, one name for all, one each, or fresh ones."""
    for parameter, names in (("w", "ww"), (["u", "v"], "uv"), (None, None)):
        b = CircuitBuilder(1, 2)
        children = [b.sum(b.input(0), matrix=rows) for rows in ([[1, 2], [3, 4]], [[5, 6], [7, 8]])]
        circuit = b.build(b.mix(*children, parameter=parameter))
        names = names or list(circuit.parameters)
        assert all(shape == (2, 1) for shape in circuit.parameters.values())
        found, weights = values(circuit, [[[1, 10]]])
        first, second = (weights[name][:, 0] for name in names)
        assert (found == first * [21, 43] + second * [65, 87]).all()
    b = CircuitBuilder(1, 2)
    found, weights = values(b.build(b.mix(b.input(0), parameter="w")), [[[1, 10]]])
    assert (found == weights["w"][:, 0] * [1, 10]).all()


@pytest.mark.parametrize("seed", range(8))
def test_the_index_recursion_loses_nothing_by_an_act(seed):
    """It gives what it gives for one general matrix on all channels, across every bipartition."""
    dims = [2, 3, 2, 2]
    tree = ca.ModeTree.random(4, seed)

    def network(acts):
        b = CircuitBuilder(4, dims)

        def node(entry):
            if isinstance(entry, int):
                return b.input(entry)
            below = b.core(*map(node, entry), width=6)
            return b.act(below, (2, 3), 1, width=2) if acts else b.sum(below, width=4)

        return b.build(b.sum(node(tree.to_nested()), width=1))

    general, acted = network(False), network(True)
    for parts in ca.Bipartition.all(4):
        bounds = [upper_value(Question(c, parts), IndexRecursion()) for c in (general, acted)]
        assert bounds[0] == bounds[1]


def test_equal_expansions_are_one_object():
    """A tensor train of 22 sites with bond 512 holds two fixed matrices, and their rows once."""
    train = tt_model(22, 2, 512)
    fixed = [m for node in train.nodes for m in node.matrices if not isinstance(m, str)]
    assert len(fixed) == 42
    assert len({id(matrix) for matrix in fixed}) == 2
    rows = {id(row) for matrix in {id(m): m for m in fixed}.values() for row in matrix}
    assert len(rows) <= 2 * (512 + 2)


MISTAKES = {
    "no child": (lambda b: b.outer(), "at least one child"),
    "an unknown child": (lambda b: b.core("x0", "y", width=1), "no node 'y'"),
    "no width": (lambda b: b.core("x0", "x1"), "needs a width"),
    "a core twice": (lambda b: b.core("x0", width=1, parameter="a", tensor=[[1, 2]]), "both"),
    "a core of another shape": (
        lambda b: b.core("x0", "x1", tensor=[[[1, 2, 3]]]),
        r"needs the shape \(1, 2, 3\)",
    ),
    "a core that is a number": (lambda b: b.core("x0", tensor=3), "nested lists or an array"),
    "a float": (lambda b: b.core("x0", tensor=[[1, 0.5]]), "0.5"),
    "a name that is taken": (lambda b: b.core("x0", "x1", width=2, name="x0"), "two nodes"),
    "too few names": (lambda b: b.outer("x0", "x1", spread=["e"]), "spread must name 2 sums"),
    "another shape": (lambda b: b.core("x0", "x1", width=3, parameter="a"), "'a' has shape"),
    "a wrong axis": (lambda b: b.act("x0", (2,), 1), "acts on axis 1 of the shape"),
    "wrong indices": (lambda b: b.act("x0", (2, 2), 1), "has 2 channels"),
    "an act twice": (lambda b: b.act("x0", (2,), 0, parameter="u", matrix=[[1, 1]]), "both"),
    "a matrix of another shape": (
        lambda b: b.act("x0", (2,), 0, matrix=[[1, 2, 3]]),
        r"has shape \(1, 3\), not \(1, 2\)",
    ),
    "other widths": (lambda b: b.mix("x0", "x1"), r"widths \[2, 3\]"),
    "nothing to mix": (lambda b: b.mix(), "at least one"),
    "too few parameters": (lambda b: b.mix("x0", parameter=["u", "v"]), "one for each"),
    "a tie that does not fit": (lambda b: b.mix("x0", "x0.1", parameter="a"), "'a' has shape"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_step_that_is_refused_leaves_nothing_behind(mistake):
    """One sentence; what comes after is built as if the step had not been tried."""
    step, words = MISTAKES[mistake]

    def built(tries):
        b = CircuitBuilder(2, [2, 3])
        b.input(0), b.input(1), b.input(0, name="x0.1")
        both = b.product(*[b.sum(x, width=1, parameter=p) for x, p in (("x0", "a"), ("x0.1", "b"))])
        if tries:
            with pytest.raises(CircuitError, match=words):
                step(b)
        return b.build(b.mix(both, b.sum("x1", width=1)))

    assert built(True).nodes == built(False).nodes


def test_expansions_are_measured_before_they_are_built():
    """More channels than a node has, and matrices beyond the memory, are refused with a number."""
    b = CircuitBuilder(3, [999_999, 1, 2000])
    with pytest.raises(CircuitError, match="takes 1,999,998,000 channels; a node has at most"):
        b.outer(b.input(0), b.input(2))
    with pytest.raises(CircuitError, match=r"2000 matrix on 2000 channels takes 4,000,000"):
        b.act(b.input(2), (1, 2000), 1)
    with pytest.raises(TooLargeError, match="a fixed matrix of 0 and 1"):
        b.outer(b.input(0), b.input(1))


def test_code_writes_these_calls_as_such():
    """The code of a circuit makes it again, with other names of the sums, too."""
    b = CircuitBuilder(4, dim=3)
    pairs = [b.core(b.input(i), b.input(i + 1), width=5, parameter="G") for i in (0, 2)]
    fixed = b.core(*pairs, tensor=[[[Fraction(1, 2)] * 5] * 5] * 2)
    named = b.outer(b.outer(b.input(1), b.input(2), spread=["left", "s"]), b.input(0), name="mine")
    tops = [fixed, b.core(named, b.input(3), width=2), b.act(b.core(*pairs, width=2), (2, 1), 0)]
    circuit = b.build(b.mix(*tops, parameter=["u", None, "u"]))
    text = written_and_read(circuit)
    assert [text.count(f"b.{call}(") for call in ("outer", "act", "mix")] == [7, 1, 1]
    assert 'spread=["left", "s"]' in text


def written_and_read(circuit):
    """The code of a circuit, which makes it again."""
    text = ca.code(circuit)
    assert eval(text, {"ca": ca, "Fraction": Fraction}) == circuit  # noqa: S307  (our own code)
    return text


@pytest.mark.parametrize(
    ("shape", "axis", "width"),
    [
        ((3,), 0, 2),
        ((2, 3), 1, 1),
        ((2, 3), 0, None),
        ((2, 1, 3), 1, 2),
        ((1, 6), 1, 3),
        ((6, 1), 1, 1),
    ],
)
def test_code_writes_an_act_by_its_shape(shape, axis, width):
    """Indices of one value are left out where nothing depends on them."""
    b = CircuitBuilder(1, prod(shape))
    text = written_and_read(b.build(b.act(b.input(0), shape, axis, width=width)))
    assert "b.act(" in text
    assert "matrix" not in text


@pytest.mark.parametrize(
    "change",
    [
        lambda b, node: b.sum(node, matrix=[[0, 1], [1, 0]], name="s4"),
        lambda b, node: b.sum(node, matrix=[[1, 0], [0, 2]], name="s4"),
        lambda b, node: b.product(node, b.sum(b.constant(), width=2, name="another")),
    ],
)
def test_code_of_what_only_resembles_these_calls_is_true(change):
    """Another permutation, another factor, another name of an inner node: plain steps."""
    b = CircuitBuilder(2, 2)
    written_and_read(b.build(b.outer(change(b, b.input(0)), b.input(1))))
    b = CircuitBuilder(1, 2)
    one = change(b, b.sum(b.input(0), width=2))
    written_and_read(b.build(b.sum(one, b.sum(b.input(0), width=2), matrix=[[[1, 0], [0, 1]]] * 2)))
