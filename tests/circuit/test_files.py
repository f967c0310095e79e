"""Circuits in files: round trips, and every way in which a file can be wrong."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitalg.circuit import (
    CircuitBuilder,
    ModeTree,
    circuit_from_data,
    circuit_to_data,
    cp_model,
    ht_model,
    load_circuit,
    rac_model,
    save_circuit,
    tree_model,
    tt_model,
)
from circuitalg.errors import FileFormatError
from circuitalg.files import read_json, write


def mixed():
    """Fractions, several children, constants, awkward names."""
    b = CircuitBuilder(2, [2, 3])
    half = [[Fraction(1, 2), -3], [0, Fraction(-7, 5)]]
    first = b.sum(b.input(0), matrix=half, name='"quoted" é')
    second = b.sum(b.input(1), b.constant(2), width=2, parameter=["p<&>", "q"])
    return b.build(b.sum(b.product(first, second), matrix=[[1, 1]]))


CIRCUITS = {
    "cp": cp_model(3, 2, 2),
    "ht": ht_model(8, 3, [2, 3, 2], shared=[True, False, True], outputs=2),
    "tt": tt_model(5, 2, 3),
    "rac": rac_model(4, 2, 3, layers=2),
    "mixed": mixed(),
}


@pytest.mark.parametrize("name", list(CIRCUITS))
@pytest.mark.parametrize("file", ["net.json", "net.graphml"])
def test_a_saved_circuit_comes_back(name, file, tmp_path):
    """The same nodes in the same order, hence the same fingerprint; no other file is left."""
    circuit = CIRCUITS[name]
    circuit.save(tmp_path / file)
    again = load_circuit(tmp_path / file)
    assert again.nodes == circuit.nodes
    assert again.fingerprint == circuit.fingerprint
    assert [p.name for p in tmp_path.iterdir()] == [file]
    assert circuit_from_data(circuit_to_data(circuit)) == circuit
    json.dumps(circuit_to_data(circuit))


@given(n=st.integers(2, 10), seed=st.integers(0, 1000), shared=st.booleans())
def test_trees_come_back(n, seed, shared):
    """Random tree networks survive the dictionary form through JSON text."""
    circuit = tree_model(ModeTree.random(n, seed=seed), 2, 3, shared=shared)
    assert circuit_from_data(json.loads(json.dumps(circuit_to_data(circuit)))) == circuit


def test_each_fixed_matrix_is_written_once():
    """A train of eight sites has two expansion matrices for its inner sites."""
    data = circuit_to_data(tt_model(8, 2, 3))
    assert len(data["matrices"]) == 2
    train = circuit_from_data(data)
    inner = [n.matrices[0] for n in train.nodes if n.name in ("e2", "e5")]
    assert inner[0] is inner[1]


def good():
    """Data of a small circuit that each case spoils."""
    return circuit_to_data(mixed())


def spoil(path, value):
    """Put a value at a place inside the data."""

    def apply(data):
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return apply


# The rows of good(): 0 x0, 1 sum, 2 x1, 3 c0, 4 sum of two, 5 product, 6 output sum.
FAULTS = {
    "format": (spoil(["format"], "other"), "format"),
    "version": (spoil(["version"], 2), "version 2"),
    "Boolean version": (spoil(["version"], True), "version True"),
    "unknown member": (spoil(["code"], "print(1)"), "unknown member 'code'"),
    "no nodes": (lambda d: d.pop("nodes"), '"nodes" is missing'),
    "no parameters": (lambda d: d.pop("parameters"), '"parameters" is missing'),
    "no matrices": (lambda d: d.pop("matrices"), '"matrices" is missing'),
    "empty": (spoil(["nodes"], []), "no nodes"),
    "row is text": (spoil(["nodes", 0], "x0"), "node 0"),
    "row too short": (spoil(["nodes", 0], ["x0", "input"]), "node 0"),
    "row too long": (spoil(["nodes", 0], ["x0", "input", 2, 0, 0]), "node 0"),
    "kind": (spoil(["nodes", 0, 1], "exec"), "'exec'"),
    "kind is a list": (spoil(["nodes", 0, 1], []), "node 0"),
    "huge width": (spoil(["nodes", 0, 2], 10**9), "width 1000000000"),
    "float width": (
        spoil(["nodes", 0, 2], 2.0),
        "width of node 'x0' must be an integer of at least 1, not 2.0",
    ),
    "Boolean width": (
        spoil(["nodes", 3, 2], True),
        "width of node 'c0' must be an integer of at least 1, not True",
    ),
    "zero width": (
        spoil(["nodes", 3, 2], 0),
        "width of node 'c0' must be an integer of at least 1, not 0",
    ),
    "huge location": (spoil(["nodes", 0, 3], 10**12), "location 1000000000000"),
    "negative location": (
        spoil(["nodes", 0, 3], -1),
        "location of input 'x0' must be an integer of at least 0, not -1",
    ),
    "gap": (spoil(["nodes", 2, 3], 2), "location 1 has no input"),
    "forward child": (spoil(["nodes", 1, 3], [5]), "child 5"),
    "own child": (spoil(["nodes", 1, 3], [1]), "child 1"),
    "negative child": (spoil(["nodes", 1, 3], [-1]), "child -1"),
    "float child": (spoil(["nodes", 1, 3], [0.0]), "child 0.0"),
    "Boolean child": (spoil(["nodes", 1, 3], [False]), "child False"),
    "children no list": (spoil(["nodes", 5, 3], 4), "fourth entry of node 5"),
    "child twice": (spoil(["nodes", 5, 3], [4, 4]), "twice"),
    "no children": (spoil(["nodes", 5, 3], []), "no children"),
    "ref out of range": (spoil(["nodes", 4, 4], [0, 2]), "matrix 2"),
    "matrix out of range": (spoil(["nodes", 1, 4], [-3]), "matrix -3"),
    "float ref": (spoil(["nodes", 4, 4], [0.0, 1]), "matrix 0.0"),
    "too few refs": (spoil(["nodes", 4, 4], [0]), "2 children and 1 matrix"),
    "refs no list": (spoil(["nodes", 4, 4], None), "fifth entry of node 4"),
    "name no text": (spoil(["nodes", 0, 0], 5), "node name 5"),
    "name twice": (spoil(["nodes", 2, 0], "x0"), "two nodes are called 'x0'"),
    "parameter no text": (spoil(["parameters", 0], 3), "parameter name 3"),
    "parameter twice": (spoil(["parameters", 0], "q"), "listed twice"),
    "parameter list": (spoil(["parameters", 0], []), "parameter name"),
    "parameter unused": (lambda d: d["parameters"].append("zz"), "'zz' is listed but"),
    "matrix unused": (lambda d: d["matrices"].append([[1]]), "fixed matrix 2 is listed but"),
    "matrix shape": (spoil(["matrices", 1], [[1, 1, 1]]), "shape"),
    "matrix float": (spoil(["matrices", 1], [[1, 0.5]]), "fixed matrix 1"),
    "matrix Boolean": (spoil(["matrices", 1], [[1, True]]), "True"),
    "matrix whole fraction": (spoil(["matrices", 1], [[1, "4/1"]]), "lowest terms"),
    "matrix not in lowest terms": (spoil(["matrices", 1], [[1, "2/4"]]), "lowest terms"),
    "matrix by zero": (spoil(["matrices", 1], [[1, "1/0"]]), "lowest terms"),
    "matrix text": (spoil(["matrices", 1], [[1, "x"]]), "lowest terms"),
    "matrix strange digits": (spoil(["matrices", 1], [[1, "1/²"]]), "lowest terms"),
    "matrix row": (spoil(["matrices", 1], [5]), "a row of fixed matrix 1"),
    "product widths": (spoil(["nodes", 5, 2], 3), "one width"),
    "two outputs": (lambda d: d["nodes"].append(["c9", "constant", 1]), "no parent"),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_every_wrong_file_has_its_sentence(fault, tmp_path):
    """One sentence that begins with the path and says what is wrong, of one class with and without
    a file.
    """
    data = good()
    apply, words = FAULTS[fault]
    apply(data)
    path = tmp_path / "net.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(FileFormatError) as caught:
        load_circuit(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).count(str(path)) == 1
    assert len(str(caught.value)) < 400 + len(str(path))
    with pytest.raises(FileFormatError):
        circuit_from_data(data)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"format":"circuitalg-circuit",\n"version":', "line 2"),
        (b"[" * 200_000, "nested too deeply|cut short"),
        (b'{"version": Infinity}', "Infinity is not allowed"),
        (b"[]", "JSON object"),
        (b"null", "JSON object"),
    ],
)
def test_what_is_no_json_object_is_refused(raw, words, tmp_path):
    """Truncated, nested and foreign input; test_bad_input.py has more."""
    path = tmp_path / "net.json"
    path.write_bytes(raw)
    with pytest.raises(FileFormatError, match=words):
        load_circuit(path)


def test_every_truncation_is_refused(tmp_path):
    """No prefix of a file is a circuit."""
    path = tmp_path / "net.json"
    save_circuit(CIRCUITS["mixed"], path)
    raw = path.read_bytes().rstrip()
    for length in range(0, len(raw), 7):
        path.write_bytes(raw[:length])
        with pytest.raises(FileFormatError):
            load_circuit(path)


def test_missing_files_folders_and_large_files(tmp_path, monkeypatch):
    """What the system says, in one sentence; a bound on size before anything is parsed."""
    with pytest.raises(FileFormatError, match="cannot be read"):
        load_circuit(tmp_path / "none.json")
    with pytest.raises(FileFormatError, match="cannot be read"):
        load_circuit(tmp_path)
    path = tmp_path / "net.json"
    save_circuit(CIRCUITS["ht"], path)
    with pytest.raises(FileFormatError, match="larger than 100 bytes"):
        read_json(path, max_bytes=100)


def test_a_failed_write_leaves_nothing(tmp_path):
    """Neither a part of the new file nor a change of the old one."""
    path = tmp_path / "net.json"
    path.write_text("old", encoding="utf-8")

    def pieces():
        yield "new"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(path, pieces(), "circuit")
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]
    with pytest.raises(RuntimeError):
        write(tmp_path / "new/folder/net.json", pieces(), "circuit")
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]


def test_large_circuits_are_saved_and_loaded(tmp_path):
    """16,384 locations, one line of JSON for each node and five more."""
    circuit = ht_model(16_384, 4, [4] * 14, shared=True)
    circuit.save(tmp_path / "net.json")
    assert load_circuit(tmp_path / "net.json") == circuit
    lines = (tmp_path / "net.json").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(circuit.nodes) + 5
