"""SimNets as files: every bit comes back, and bad files are refused in words."""

import json
from fractions import Fraction
from math import inf

import numpy as np
import pytest
from log_space_cases import MODELS

import circuitalg as ca
from circuitalg.errors import FileFormatError
from circuitalg.logspace.files import simnet_from_data, simnet_to_data
from circuitalg.logspace.simnet import SimNet, SimNode


def network():
    """All kinds of nodes, three β, fixed offsets, values and a similarity layer."""
    nodes = [
        SimNode("x", "input", 2, 0),
        SimNode("y", "input", 2, 1),
        SimNode("c", "constant", 2),
        SimNode("a", "mex", 2, None, (0,), ("b",), Fraction(1, 3), True),
        SimNode("d", "mex", 2, None, (1,), (((1, Fraction(2, 7)), (0, 1)),), inf, False),
        SimNode("p", "pool", 2, None, (2, 3, 4)),
        SimNode("out", "mex", 1, None, (5,), ("o",), -2, False),
    ]
    offsets = {"b": np.array([[0.1, -inf], [1e300, -5e-324]]), "o": np.array([[1 / 3, 2.0]])}
    layer = ca.Similarity(
        "l2", [[0.1, 0.2], [-1.0, 1e-3]], [[1.0, 2.0], [0.3, 4.0]], normalize=True
    )
    return SimNet(nodes, offsets, layer)


def test_every_bit_comes_back(tmp_path):
    """Nodes, β, offsets with −∞ and denormal numbers, templates."""
    simnet = network()
    simnet.save(tmp_path / "net.json")
    again = ca.load_simnet(tmp_path / "net.json")
    assert again.nodes == simnet.nodes
    assert again.offsets.keys() == simnet.offsets.keys()
    for name, table in simnet.offsets.items():
        np.testing.assert_array_equal(again.offsets[name], table)
    np.testing.assert_array_equal(again.similarity.templates, simnet.similarity.templates)
    np.testing.assert_array_equal(again.similarity.weights, simnet.similarity.weights)
    assert (again.similarity.kind, again.similarity.normalize) == ("l2", True)
    patches = np.random.default_rng(0).normal(size=(3, 2, 2))
    np.testing.assert_array_equal(again.score(patches), simnet.score(patches))


@pytest.mark.parametrize("name", MODELS)
def test_architectures_come_back(name, tmp_path):
    """Without values; the data form is that of certificates."""
    simnet = MODELS[name]().to_simnet(mean=True, beta=Fraction(5, 2))
    simnet.save(tmp_path / "net.json")
    again = ca.load_simnet(tmp_path / "net.json")
    assert again == simnet
    assert again.offsets is None
    assert again.similarity is None
    assert simnet_from_data(simnet_to_data(simnet)) == simnet
    assert json.loads((tmp_path / "net.json").read_text()) == simnet_to_data(simnet)


def test_a_failure_leaves_the_old_file(tmp_path):
    """Written whole or not at all, and no temporary file stays."""
    file = tmp_path / "net.json"
    network().save(file)
    before = file.read_text()
    broken = network()
    broken.offsets["b"] = np.array([["no number"]], dtype=object)
    with pytest.raises(ValueError, match="could not convert"):
        broken.save(file)
    assert file.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["net.json"]


def change(**members):
    """Replace members of a file's object."""
    return lambda data: data.update(members)


BAD = {
    "another format": (change(format="circuitalg-circuit"), "not a SimNet"),
    "another version": (change(version=2), "version 1"),
    "no nodes": (lambda data: data.pop("nodes"), '"nodes"'),
    "a node that is not a list": (lambda data: data["nodes"].append({}), "not a list"),
    "a sum": (lambda data: data["nodes"][3].__setitem__(1, "sum"), "not a list"),
    "an unknown mode": (lambda data: data["nodes"][3].__setitem__(6, "max"), "mean"),
    "β = 0": (lambda data: data["nodes"][3].__setitem__(5, 0), "beta"),
    "β as a float": (lambda data: data["nodes"][3].__setitem__(5, 0.5), "beta"),
    "β as a list": (lambda data: data["nodes"][3].__setitem__(5, [1]), "beta"),
    "a negative matrix": (lambda data: data["matrices"][0][0].__setitem__(0, -1), "negative"),
    "more members": (change(more=1), "unknown member"),
    "offsets that are a list": (change(offsets=[]), "not an object"),
    "offsets of another shape": (change(offsets={"b": [[0.0]], "o": [[0.0, 1.0]]}), "shape"),
    "offsets of unequal rows": (change(offsets={"b": [[0.0], [1.0, 2.0]]}), "differ in length"),
    "offsets without rows": (change(offsets={"b": 1}), "list of rows"),
    "offsets that are texts": (change(offsets={"b": [["x", "y"], ["z", "w"]]}), "number"),
    "offsets that are true": (change(offsets={"b": [[True, 0], [0, 0]]}), "number"),
    "offsets too large": (change(offsets={"b": [[10**400, 0], [0, 0]]}), "number"),
    "a similarity of no kind": (change(similarity={"kind": "l2"}), "similarity"),
    "a kind that is a list": (
        change(similarity={"kind": [], "templates": [], "weights": [], "normalize": True}),
        "kind",
    ),
    "an unknown kind": (
        change(
            similarity={
                "kind": "l9", "templates": [[0.0, 0.0]] * 2, "weights": [[1.0, 1.0]] * 2,
                "normalize": False,
            }
        ),
        "kind must be one of",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files(name, tmp_path):
    """One sentence that begins with the path."""
    file = tmp_path / "net.json"
    network().save(file)
    data = json.loads(file.read_text())
    alter, match = BAD[name]
    alter(data)
    file.write_text(json.dumps(data))
    with pytest.raises(FileFormatError, match=match) as caught:
        ca.load_simnet(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert str(caught.value).count(str(file)) == 1
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": NaN}', "1e999"])
def test_what_is_no_simnet_at_all(text, tmp_path):
    """No JSON, no object, NaN."""
    file = tmp_path / "net.json"
    file.write_text(text)
    with pytest.raises(FileFormatError, match="net"):
        ca.load_simnet(file)
    with pytest.raises(FileFormatError, match="cannot be read"):
        ca.load_simnet(tmp_path / "none.json")


def test_certificates_know_architectures_alone():
    """The data form refuses values, which a statement does not speak of."""
    data = simnet_to_data(network()) | {"offsets": {"b": [[0, 0], [0, 0]], "o": [[0, 0]]}}
    with pytest.raises(FileFormatError, match="unknown member"):
        simnet_from_data(data)
