"""What people pass: plain meanings are accepted, everything else is refused in one sentence."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from public_calls import FLOATS, NET, PARTS, WEIGHTS, X

import circuitalg as ca
from circuitalg.circuit.node import Node
from circuitalg.errors import (
    ArgumentError,
    BipartitionError,
    CircuitError,
    OptionError,
    RuleError,
    TooLargeError,
    WeightError,
)
from circuitalg.kernel.rank.families import TruncatedFamily
from circuitalg.spectra.fit import fit_cp, in_metric
from circuitalg.spectra.spectrum import singular_values
from circuitalg.spectra.truncation import hsvd
from circuitalg.tensor.exact_tensor import ExactTensor
from circuitalg.tensor.hierarchical import ht_decomposition
from circuitalg.tensor.matricize import matricization

FOUR = ca.ht_model(4, 2, [2, 2])
MASKED = np.ma.masked_array(np.full((1, 4, 2), 7.0), mask=np.arange(8).reshape(1, 4, 2) == 3)

# ---------------------------------------------------------------------------------------------
# Circuits, bipartitions, families
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        "blocks:2",
        "0,1",
        {0, 1},
        [1, 0],
        (0, 1),
        range(2),
        np.array([0, 1]),
        {np.int64(0), 1},
        np.array([[True, True], [False, False]]),
        [[True, True], [False, False]],
        ca.Bipartition.of([0, 1], 4),
    ],
)
def test_bipartitions_are_read_in_every_plain_form(given):
    """A word, a set or list of locations, or a mask stands for I wherever one is asked for."""
    expected = ca.Bipartition.of([0, 1], 4)
    assert ca.Bipartition.parse(given, 4) == expected
    assert ca.prove_rank(FOUR, given).statement.bipartition == expected
    tensor = np.arange(16).reshape(2, 2, 2, 2)
    assert (matricization(tensor, given) == matricization(tensor, expected)).all()


def test_other_bipartitions_are_refused():
    """A word that is misspelt, numbers in rows, a dictionary, a block of too many digits."""
    for given, kind, words in (
        ("odd-evn", BipartitionError, "odd-even"),
        ([[0, 1], [2, 3]], BipartitionError, "two_sides"),
        ({0: 1}, ArgumentError, "dict"),
        ("blocks:" + "9" * 5000, BipartitionError, "not a bipartition"),
    ):
        with pytest.raises(kind, match=words):
            ca.prove_rank(FOUR, given)


def test_a_graph_stands_for_its_circuit():
    """A networkx.DiGraph with a circuit's attributes is one, for theorems and for values."""
    assert ca.prove_rank(FOUR.graph, "odd-even").statement.circuit == FOUR
    assert ca.prove_same(FOUR.graph, FOUR).statement.summary == "the same function"
    found = ca.grid_tensor(NET.graph, WEIGHTS, [[1, 0], [0, 1]])
    assert (found == NET.coefficient_tensor(WEIGHTS)).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("net.json", "load_circuit"),
        (Path("net.json"), "load_circuit"),
        (PARTS, "circuit comes first"),
        (ca.cp_model, "call it"),
        (NET.to_simnet(), "to_circuit"),
        (ca.CircuitBuilder(2, 2), "build"),
        (None, "None"),
    ],
)
def test_what_is_not_a_circuit_is_told_how_to_become_one(given, words):
    """The sentence names the step that leads from there to a circuit."""
    with pytest.raises(ArgumentError, match=words):
        ca.prove_rank(given, "odd-even")


def test_swapped_arguments_are_seen():
    """The message says which comes first."""
    with pytest.raises(ArgumentError, match="circuit comes first"):
        ca.prove_rank(PARTS, NET)
    with pytest.raises(ArgumentError, match="circuit comes first"):
        ca.prove_rank(NET, NET)


def test_the_cp_family_has_a_word_and_one_network_is_not_a_family():
    """The word "cp" is ca.cp_model; one circuit or another function is refused."""
    family = ca.prove_separation(FOUR, "cp").statement.family
    assert family == ca.prove_separation(FOUR, ca.cp_model).statement.family == ca.cp_family()
    for given in (ca.cp_model(4, 2, 4), ca.ht_model, None, "ht"):
        with pytest.raises(ArgumentError, match=r"ca\.cp_model"):
            ca.prove_separation(FOUR, given)


@pytest.mark.parametrize(
    "options",
    [
        {"max_minor": 0},
        {"max_minor": "4e2"},
        {"timeout": -1},
        {"timeout": 0},
        {"timeout": "5"},
        {"timeout": float("nan")},
        {"space": "complex"},
        {"output": 1},
        {"output": True},
    ],
)
def test_options_outside_their_range_are_refused(options):
    """By name, with what came and what is allowed; NumPy's integers are integers."""
    (name,) = options
    with pytest.raises((ArgumentError, OptionError), match="output" if name == "output" else name):
        ca.prove_rank(FOUR, "odd-even", **options)
    assert ca.prove_rank(FOUR, "odd-even", max_minor=np.int64(3), timeout=9).statement.lower == 4


def test_a_script_without_a_guard_is_told_to_have_one(tmp_path):
    """Workers run the script again from its top; one sentence names the guard, and no more.

    With one, as pytest itself has it, tests/run/test_landscape.py has workers.
    """
    lines = "import circuitalg as ca\nca.rank_landscape(ca.ht_model(8, 2, [2, 2, 2]), workers=2)\n"
    (tmp_path / "script.py").write_text(lines, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    assert 'if __name__ == "__main__"' in done.stderr.splitlines()[-1]


# ---------------------------------------------------------------------------------------------
# Numbers: exact ones, nested lists, masks
# ---------------------------------------------------------------------------------------------


def test_floats_become_the_rationals_that_they_are():
    """0.5 is 1/2, 0.1 the dyadic number nearby; integers and Fractions are left alone."""
    assert ca.exact(0.1) == Fraction(3602879701896397, 36028797018963968)
    assert ca.exact(np.float32(0.5)) == Fraction(1, 2)
    found = ca.exact({"a": [[0.5, 3]], "b": np.array([[2**70, Fraction(1, 3)]], dtype=object)})
    assert found["a"].tolist() == [[Fraction(1, 2), 3]]
    assert found["b"].tolist() == [[2**70, Fraction(1, 3)]]
    assert ca.exact([2**70 + 1, 0.5]).tolist() == [2**70 + 1, Fraction(1, 2)]
    for wrong in (float("nan"), [1.0, float("inf")], np.ma.masked_array([1.0], mask=True), 1j):
        with pytest.raises(WeightError):
            ca.exact(wrong)


def test_trained_weights_come_into_theorems_through_exact_numbers():
    """Floats are refused with the name of the function that makes them exact; then it proves."""
    with pytest.raises(WeightError, match=r"not exact.*ca\.exact"):
        ca.prove_rank_at(NET, FLOATS, "odd-even")
    assert ca.prove_rank_at(NET, ca.exact(FLOATS), "odd-even").statement.lower == 2
    with pytest.raises(WeightError, match=r"ca\.exact"):
        ca.prove_cp_rank([[0.5, 0], [0, 1]])
    builder = ca.CircuitBuilder(1, 1)
    with pytest.raises(CircuitError, match=r"ca\.exact"):
        builder.sum(builder.input(0), matrix=[[0.5]])


def test_nested_lists_mean_what_their_array_means():
    """Also where there are as many examples as locations, and in every function of inputs."""
    circuit, x = ca.cp_model(2, 2, 2), np.arange(8).reshape(2, 2, 2)
    weights = circuit.random_weights(seed=3)
    expected = circuit.evaluate(weights, x)
    assert (circuit.evaluate(weights, x.tolist()) == expected).all()
    assert (circuit.evaluate(weights, list(map(list, x))) == expected).all()
    lists = {name: table.tolist() for name, table in weights.items()}
    assert (circuit.evaluate(lists, x) == expected).all()
    assert (circuit.coefficient_tensor(lists) == circuit.coefficient_tensor(weights)).all()
    for place in (0, 1):
        listed, whole = (ca.log_sign_evaluate(circuit, weights, y)[place] for y in (x.tolist(), x))
        assert (listed == whole).all()
    assert (ca.marginalize(circuit, x.tolist(), [0]) == ca.marginalize(circuit, x, [0])).all()
    net = circuit.to_simnet(circuit.random_weights(kind="nonnegative"))
    assert (net.evaluate(x.tolist()) == net.evaluate(x)).all()
    with pytest.raises(WeightError, match="not a number"):
        circuit.evaluate(weights, [[["1", 2], [3, 4]]])
    with pytest.raises(WeightError, match="one length"):
        circuit.evaluate(weights, [[[1, 2], [3]]])


def test_one_array_for_each_location_is_taken_where_no_doubt_is_left():
    """Not when as many examples as locations could be the other way round."""
    circuit, x = ca.cp_model(2, 2, 2), np.arange(12).reshape(3, 2, 2)
    weights = circuit.random_weights(seed=3)
    apart = [x[:, 0], x[:, 1]]
    assert (circuit.evaluate(weights, apart) == circuit.evaluate(weights, x)).all()
    with pytest.raises(WeightError, match=r"np\.stack"):
        circuit.evaluate(weights, [table[:2] for table in apart])
    unequal = ca.cp_model(2, [2, 3], 2)
    weights = unequal.random_weights(seed=3)
    tables = [np.arange(4).reshape(2, 2), np.arange(6).reshape(2, 3)]
    listed = unequal.evaluate(weights, [table.tolist() for table in tables])
    assert (unequal.evaluate(weights, tables) == listed).all()


def test_large_and_exact_numbers_survive_in_nested_lists():
    """2^63 beside -1 would be a float for NumPy; a Fraction stays one."""
    weights = {"a0.0": [[2**63, -1]], "a0.1": [[Fraction(1, 3), 0]], "out": [[1]]}
    found = ca.cp_model(2, 2, 1).evaluate(weights, [[[1, 1], [1, 0]]])
    assert found.tolist() == [[(2**63 - 1) * Fraction(1, 3)]]


def test_what_a_mask_hides_is_not_data():
    """Masked entries are refused as inputs, weights and tensors, and missing for similarities."""
    weights = FOUR.random_weights(kind="float")
    hidden = np.ma.masked_array(weights["out"], mask=[[True, False]])
    nothing = np.ma.masked_array(weights["out"], mask=False)
    with pytest.raises(WeightError, match="masked"):
        FOUR.evaluate(weights, MASKED)
    for call in (FOUR.coefficient_tensor, lambda w: FOUR.evaluate(w, np.ones((1, 4, 2)))):
        with pytest.raises(WeightError, match="masked"):
            call(weights | {"out": hidden})
        assert np.allclose(call(weights | {"out": nothing}), call(weights))
    for call in (hsvd, lambda t: fit_cp(t, 1), ca.prove_cp_rank, ht_decomposition):
        with pytest.raises(WeightError, match="masked"):
            call(np.ma.masked_array([[1, 2], [3, 4]], mask=[[False, True], [False, False]]))
    with pytest.raises(WeightError, match="masked"):
        ca.marginalize(FOUR, MASKED, [1])
    layer = ca.Similarity("l2", [[0.0]])
    assert layer.evaluate(np.ma.masked_array([[9.0]], mask=True)).tolist() == [[0.0]]
    assert layer.evaluate(np.ma.masked_array([[9.0]], mask=False)).tolist() == [[-81.0]]


def test_matrices_and_booleans_are_arrays_or_are_refused():
    """An integer np.matrix counts as its array; weights of True and False have no sign."""
    with pytest.warns(PendingDeprecationWarning):
        matrices = {name: np.matrix(table) for name, table in WEIGHTS.items()}
    assert (NET.evaluate(matrices, X) == NET.evaluate(WEIGHTS, X)).all()
    with pytest.raises(WeightError, match="real numbers"):
        ca.split_weights({"a": np.array([[True]])})


def test_numpys_integers_name_locations():
    """As keys of a slice, too; True does not."""
    found = NET.coefficients(WEIGHTS, {np.int64(0): 1})
    assert (found == NET.coefficient_tensor(WEIGHTS)[1]).all()
    with pytest.raises(WeightError, match="no location True"):
        NET.coefficients(WEIGHTS, {True: 1})


def test_a_fit_takes_complex_numbers_and_refuses_what_it_cannot_fit():
    """The squared error of a complex tensor is that of its parts together, and never negative."""
    complex_, real = fit_cp(1j * np.eye(3), 1)[0], fit_cp(np.eye(3), 1)[0]
    assert complex_ == pytest.approx(real) == pytest.approx(2)
    assert fit_cp([[1, 0], [0, 1j]], 2)[0] < 1e-20
    for tensor in (np.full((2, 2), np.nan), np.ones(3), [["a", "b"], ["c", "d"]], np.zeros((0, 2))):
        with pytest.raises(WeightError):
            fit_cp(tensor, 1)
    for options in ({"channels": 0}, {"channels": 1, "starts": 0}, {"channels": 1, "sweeps": 0}):
        with pytest.raises(OptionError, match=list(options)[-1]):
            fit_cp(np.eye(2), **options)
    assert in_metric([[1j, 0], [0, 1]], np.eye(2)).tolist() == [[1j, 0], [0, 1]]
    for gram in (np.zeros((2, 2)), np.array([[1j, 0], [0, 1]]), np.eye(3)):
        with pytest.raises(WeightError):
            in_metric(np.eye(2), gram)


def test_exact_tensors_come_from_nested_lists_everywhere():
    """A decomposition takes what the theorems take."""
    nested = [[1, 0], [0, 2]]
    assert ht_decomposition(nested) == ht_decomposition(ExactTensor.from_nested(nested))
    with pytest.raises(WeightError, match="one length"):
        ht_decomposition([[1, 0], [0]])


def test_one_gram_matrix_may_be_nested_lists():
    """Rows of one matrix for all locations, or one matrix for each."""
    gram, parts = [[1.0, 0.5], [0.5, 1.0]], "odd-even"
    found = [singular_values(NET, FLOATS, parts, gram=g).values for g in (np.array(gram), gram)]
    found.append(singular_values(NET, FLOATS, parts, gram=[gram, gram]).values)
    assert np.allclose(found[0], found[1])
    assert np.allclose(found[0], found[2])


# ---------------------------------------------------------------------------------------------
# Polynomials
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locations", [63, 64, 65, 80])
def test_few_terms_are_few_at_any_number_of_locations(locations):
    """A product of numbers with one vector of two: two terms, whatever arrays can hold."""
    circuit = ca.tt_model(locations, [2] + [1] * (locations - 1), 1)
    ones = {name: np.ones(shape, dtype=int) for name, shape in circuit.parameters.items()}
    assert len(circuit.polynomial(ones)) == 2
    with pytest.raises(TooLargeError, match="max_terms"):
        circuit.polynomial(ones, max_terms=1)


def test_the_advice_on_terms_can_be_followed():
    """Circuit.polynomial takes the max_terms that its refusal names."""
    big = ca.cp_model(4, 2, 2)
    with pytest.raises(TooLargeError, match="raise max_terms"):
        big.polynomial(max_terms=10)
    assert len(big.polynomial(max_terms=1000)) == 32


# ---------------------------------------------------------------------------------------------
# Sizes
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "build",
    [
        lambda: ca.ht_model(2**40, 2, [2] * 40),
        lambda: ca.ht_model(2**36, 2, [2] * 36, shared=True),
        lambda: ca.tt_model(2**40, 2, 2),
        lambda: ca.tt_model(8, 2, 400_000),
        lambda: ca.rac_model(2**40, 2, 2),
        lambda: ca.ModeTree.balanced(2**40),
        lambda: ca.ModeTree.caterpillar(2**40),
        lambda: ca.ModeTree.random(2**40),
        lambda: ca.ModeTree.grid(2**20, 2**20),
        lambda: ca.ModeTree.grid(2, 10**5000, "mirror"),
        lambda: ca.rac_model(4, 2, 2, layers=10**5000),
        lambda: ca.cp_model(10**5000, 2, 2),
        lambda: ca.CircuitBuilder(10**5000, 2),
        lambda: ca.Bipartition.odd_even(2**40),
        lambda: ca.Bipartition.random(10**5000),
        lambda: ca.Bipartition.low_high(10**5000),
        lambda: ca.Bipartition.blocks(10**5000, 10**25),
        lambda: ca.Bipartition.of([0], 10**5000),
        lambda: ca.Bipartition.two_sides([0], [1], 10**5000),
        lambda: ca.Bipartition.parse("odd-even", 10**5000),
        lambda: next(ca.Bipartition.all(10**5000)),
        lambda: ca.ht_model(4, 2, [10**6, 10**6]).random_weights(),
    ],
)
def test_sizes_are_refused_before_anything_is_built(build):
    """With the number of bytes, at once."""
    with pytest.raises(TooLargeError, match=r"needs .*(B|bytes).*take"):
        build()


@pytest.mark.parametrize("huge", [10**25, 10**5000], ids=["26 digits", "5001 digits"])
def test_numbers_that_no_computation_ends_for_are_refused(huge):
    """Levels, windows, trials and workers beyond their largest: at once, with the number."""
    deep = ca.ht_model(4, 2, [2, 2])
    for call in (
        lambda: ca.truncated_family(huge),
        lambda: ca.truncated_family(64, huge),
        lambda: ca.estimate_rank(deep, "odd-even", trials=huge),
        lambda: ca.rank_landscape(deep, workers=huge),
    ):
        with pytest.raises(OptionError, match=r"must be an integer from . to [\d,]+, not 10\^"):
            call()
    with pytest.raises(RuleError, match="levels"):
        TruncatedFamily(huge, huge)
    with pytest.raises(RuleError, match="keeps all 4 locations together"):
        ca.prove_separation(deep, ca.truncated_family(64, 2**24))


def test_widths_and_locations_have_one_limit_in_memory_and_in_files(tmp_path):
    """What is made can be saved and read; what a file could not hold is not made."""
    wide = ca.cp_model(2, 2, 10**6)
    for name in ("wide.json", "wide.graphml"):
        wide.save(tmp_path / name)
        assert ca.load_circuit(tmp_path / name) == wide
    theorem = ca.prove_rank(wide, "odd-even")
    theorem.save(tmp_path / "rank.json")
    assert ca.load_theorem(tmp_path / "rank.json").statement == theorem.statement
    for width in (10**6 + 1, 2**62, 10**5000):
        with pytest.raises(CircuitError, match="the largest is 1,000,000"):
            ca.cp_model(2, 2, width)
        with pytest.raises(CircuitError, match="the largest is 1,000,000"):
            ca.Circuit.from_nodes([Node("x0", "input", width, 0)])
    for location in (2**24, 10**5000):
        with pytest.raises(CircuitError, match="the largest is 16,777,215"):
            ca.Circuit.from_nodes([Node("x0", "input", 2, location)])


def test_sizes_that_fit_are_built():
    """The estimates are not far too large: some thousands of locations are nothing."""
    assert ca.cp_model(2**12, 2, 2).num_locations == 2**12
    assert ca.Bipartition.blocks(2**16, 4).locations == 2**16


# ---------------------------------------------------------------------------------------------
# Graphs with near misses
# ---------------------------------------------------------------------------------------------


def _chain(first, second, **changes):
    graph = nx.DiGraph()
    graph.add_node(first, **{"kind": "input", "width": 2, "location": 0} | changes)
    graph.add_node(second, kind="sum", width=1)
    graph.add_edge(first, second, parameter="a")
    return graph


def test_nodes_may_be_called_by_numbers_and_tuples():
    """As NetworkX calls them; the circuit has their text. Two of one text are refused."""
    assert ca.Circuit(_chain(0, 1)).output == "1"
    assert ca.Circuit(_chain((0, 1), ("out", 2))).output == "('out', 2)"
    with pytest.raises(CircuitError, match="both be called '1'"):
        ca.Circuit(_chain(1, "1"))
    with pytest.raises(CircuitError, match=r"1\.5.*relabel_nodes"):
        ca.Circuit(_chain(1.5, "out"))


def test_misspelt_attributes_and_kinds_are_guessed():
    """The sentence names what was probably meant."""
    graph = _chain("x", "out")
    graph.nodes["x"]["widht"] = graph.nodes["x"].pop("width")
    with pytest.raises(CircuitError, match="no attribute 'width'; is 'widht'"):
        ca.Circuit(graph)
    graph = _chain("x", "out")
    graph.nodes["out"]["kind"] = "Sum"
    with pytest.raises(CircuitError, match="kind 'Sum'; did you mean 'sum'"):
        ca.Circuit(graph)
    graph = _chain("x", "out")
    graph.edges["x", "out"]["paramter"] = graph.edges["x", "out"].pop("parameter")
    with pytest.raises(CircuitError, match="is 'paramter'"):
        ca.Circuit(graph)
    graph = _chain("x", "out")
    graph.nodes["x"]["colour"] = "red"  # an attribute of one's own is nobody's mistake
    assert ca.Circuit(graph).output == "out"


def test_a_separation_for_blocks_is_refused_in_words_of_both_worlds():
    """Shell and Python take "blocks:2" alike, so the advice serves both."""
    with pytest.raises(RuleError, match="blocks:2"):
        ca.prove_separation(
            ca.ht_model(8, 2, [2, 2, 2]), ca.truncated_family(2), bipartition="odd-even"
        )
