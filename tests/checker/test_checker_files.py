"""The checker as a program: files, exit codes, limits, nothing but the standard library."""

from __future__ import annotations

import ast
import gc
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from checker.common import certificate, evaluate, generic, ht, minor

from circuitalg import checker

FILE = Path(checker.__file__)


@pytest.fixture
def good():
    """A certificate that holds: HT model of 4 locations, odd against even."""
    return generic(ht(4, 2, [2, 2], True), [0, 2], 4, 4)


def run(*arguments, isolated=True):
    """Run the checker as a program, without site-packages."""
    flags = ["-I", "-S"] if isolated else []
    return subprocess.run(
        [sys.executable, *flags, str(FILE), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def write(folder, data, name="thm.json"):
    """Write a file: JSON data, text or bytes."""
    path = folder / name
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


@pytest.mark.soundness
def test_imports_only_the_standard_library():
    """Every import statement of the file names a standard module; NumPy is asked for by --numpy."""
    tree = ast.parse(FILE.read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add((node.module or "").split(".")[0])
    assert names <= set(sys.stdlib_module_names)
    asked = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "import_module"
    ]
    assert set(asked) == {"numpy", "resource"}


def test_the_import_test_can_fail():
    """The same walk finds a foreign import in a file that has one."""
    tree = ast.parse("import os\nimport numpy.linalg\n")
    names = {
        a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names
    }
    assert not names <= set(sys.stdlib_module_names)


@pytest.mark.soundness
def test_no_assert_eval_or_pickle():
    """Soundness does not hang on `assert`, and nothing in a file is executed."""
    tree = ast.parse(FILE.read_text())
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Assert)]
    called = {
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__"}


def test_a_good_certificate_exits_0_without_site_packages(tmp_path, good):
    """`python -I -S checker.py FILE` prints the statement and exits 0."""
    result = run(write(tmp_path, good))
    assert result.returncode == 0, result.stderr
    assert "For almost all weights" in result.stdout
    assert "For all weights: rank <= 4" in result.stdout
    assert "So the rank is 4 for almost all weights." in result.stdout
    assert "nothing beyond linear algebra" in result.stdout
    assert result.stderr == ""


def test_a_false_certificate_exits_1_with_one_sentence(tmp_path, good):
    """A larger lower bound is refused with exit code 1 and no trace."""
    good["theorem"]["statement"]["lower"] = [[5, 1]]
    result = run(write(tmp_path, good))
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Not verified: ")
    assert result.stderr.count("\n") == 1


def test_json_verdicts(tmp_path, good):
    """--json prints the verdict as JSON, for theorems and refusals alike."""
    verdict = json.loads(run("--json", write(tmp_path, good)).stdout)
    assert verdict["verified"] is True
    assert verdict["kind"] == "GenericRank"
    good["theorem"]["statement"]["upper"] = [[3, 1]]
    result = run("--json", write(tmp_path, good))
    assert result.returncode == 1
    assert json.loads(result.stdout)["verified"] is False


NOT_JSON = {
    "empty": b"",
    "truncated": b'{"format": "circuitalg-certificate", "version": 1, "circ',
    "binary": bytes(range(256)),
    "not UTF-8": b'{"format": "\xff\xfe"}',
    "nan": b'{"format": NaN}',
    "infinity": b"[-Infinity]",
    "nested lists": b"[" * 200_000,
    "nested objects": b'{"a":' * 200_000,
    "long number": b'{"format": ' + b"9" * 10_000 + b"}",
    "member twice": b'{"format": 1, "format": 1}',
    "a list": b"[1, 2]",
    "a number": b"3",
    "another format": b'{"format": "circuitalg-circuit", "version": 1}',
    "no version": b'{"format": "circuitalg-certificate"}',
    "version 2": b'{"format": "circuitalg-certificate", "version": 2}',
    "version true": b'{"format": "circuitalg-certificate", "version": true}',
    "version 1.0": b'{"format": "circuitalg-certificate", "version": 1.0}',
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_unreadable_files(tmp_path, name):
    """What is no certificate raises Unreadable with one sentence."""
    path = write(tmp_path, NOT_JSON[name])
    with pytest.raises(checker.Unreadable) as caught:
        checker.verify_file(path)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["truncated", "nested lists", "version 2"])
def test_unreadable_files_exit_2(tmp_path, name):
    """The program exits with 2 and one line."""
    result = run(write(tmp_path, NOT_JSON[name]))
    assert result.returncode == 2
    assert result.stderr.startswith("Unreadable: ")
    assert "Traceback" not in result.stderr


def test_missing_file_and_folder(tmp_path):
    """A path that cannot be read is one sentence and exit code 2."""
    for path in (tmp_path / "none.json", tmp_path):
        result = run(path)
        assert result.returncode == 2
        assert "cannot be read" in result.stderr


def test_too_large_file(tmp_path, monkeypatch, good):
    """A file beyond the limits on bytes, or on what reading it takes, is not parsed."""
    path = write(tmp_path, good)
    for limit, value in (("MAX_FILE_BYTES", 100), ("MAX_READ", 3000)):
        with monkeypatch.context() as patch:
            patch.setattr(checker, limit, value)
            with pytest.raises(checker.Unreadable):
                checker.verify_file(path)
    checker.verify_file(path)


FILLING = {
    "numbers": b"[" + b"1234," * 9000 + b"0]",
    "floats": b"[" + b"1e5," * 9000 + b"0]",
    "texts": b"[" + b'"1/3",' * 9000 + b"0]",
    "long texts": b"[" + b'"abcdefghijklmnop",' * 9000 + b"0]",
    "empty lists": b"[" + b"[]," * 9000 + b"0]",
    "lists": b"[" + b"[1]," * 9000 + b"0]",
    "lists in lists": b"[" + b"[[[[]]]]," * 3000 + b"0]",
    "empty objects": b"[" + b"{}," * 9000 + b"0]",
    "objects": b"[" + b'{"a":1234,"b":5678},' * 5000 + b"0]",
    "names": b"{" + b",".join(b'"k%d":1' % i for i in range(9000)) + b"}",
    "a text": b'"' + b"a" * 900_000 + b'"',
    "a text with an escape": b'"' + b"a" * 900_000 + b'\\ud83d\\ude00"',
    "a text with a wide character": b'"' + b"a" * 900_000 + "\U0001f600".encode() + b'"',
    "a text of umlauts": b'"' + "\u00fc".encode() * 900_000 + b'"',
}


@pytest.mark.parametrize("name", FILLING)
def test_the_memory_that_reading_takes_is_estimated_from_above(name, monkeypatch):
    """What Python allocates is not more, and not less by an order of magnitude."""
    raw = FILLING[name]
    monkeypatch.setattr(checker, "read_bytes", lambda _: raw)
    checker.read_json("data")
    gc.disable()
    tracemalloc.start()
    try:
        checker.read_json("data")
        peak = len(raw) + tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()
    assert peak - 20_000 <= checker.bytes_read(raw) <= 10 * peak


def test_wrong_usage_exits_2():
    """No file, or an unknown option, is wrong usage."""
    assert run().returncode == 2
    assert run("--nonsense", "x").returncode == 2


def test_circuit_demand(tmp_path, good):
    """--circuit accepts the same network, as file or fingerprint, and refuses any other."""
    path = write(tmp_path, good)
    same = write(tmp_path, good["circuit"], "net.json")
    other = write(tmp_path, ht(4, 2, [2, 3], True), "other.json")
    print_ = checker.verify_file(path).fingerprint
    assert checker.verify_file(path, circuit=same).fingerprint == print_
    assert checker.verify_file(path, circuit=print_.upper()).fingerprint == print_
    with pytest.raises(checker.Refusal, match="another network"):
        checker.verify_file(path, circuit=other)
    with pytest.raises(checker.Refusal, match="another network"):
        checker.verify_file(path, circuit="0" * 64)
    with pytest.raises(checker.Unreadable):
        checker.verify_file(path, circuit=tmp_path / "none.json")
    assert run("--circuit", other, path).returncode == 1
    assert run("--circuit", path, path).returncode == 2


def test_fingerprint_ignores_the_order_of_nodes_and_names_of_indices(good):
    """The fingerprint depends on names and edges, not on the order in the file."""
    circuit = good["circuit"]
    before = checker.read_circuit(circuit).fingerprint
    nodes = circuit["nodes"]
    nodes[0], nodes[1] = nodes[1], nodes[0]
    for node in nodes:
        if node[1] in ("sum", "product"):
            node[3] = [1 - c if c < 2 else c for c in node[3]]
    circuit["parameters"].reverse()
    for node in nodes:
        if node[1] == "sum":
            node[4] = [len(circuit["parameters"]) - 1 - r for r in node[4]]
    assert checker.read_circuit(circuit).fingerprint == before
    nodes[0][0] = "renamed"
    assert checker.read_circuit(circuit).fingerprint != before


def test_minors_are_announced_and_refused_beyond_a_minute(good):
    """The estimate is said before a long minor, and one beyond the budget is refused."""
    said = []
    meter = checker.Meter(use_numpy=False, say=said.append)
    meter.announce(30.0, 900)
    assert said == ["checking a minor of size 900: about 30 seconds"]
    with pytest.raises(checker.Refusal, match="--numpy"):
        meter.announce(80.0, 1200)
    big = generic(ht(16, 4, [4, 4, 4, 4]), range(0, 16, 2), 6000, 65536, minor(6000))
    with pytest.raises(checker.Refusal, match="--numpy"):
        checker.verify(big)


def test_names_that_cannot_be_printed(tmp_path, good):
    """Surrogates and control characters in names never reach the terminal raw."""
    good["circuit"]["nodes"][0][0] = "\ud800\u001b[31m"
    path = write(tmp_path, json.dumps(good))
    assert run(path).returncode == 0
    good["circuit"]["nodes"][1][0] = "\ud800\u001b[31m"
    result = run(write(tmp_path, json.dumps(good)))
    assert result.returncode == 1
    good["circuit"]["nodes"][1][2] = "\ud800\u001b[31m"
    result = run(write(tmp_path, json.dumps(good)))
    assert result.returncode == 1
    assert "\x1b" not in result.stderr


def test_large_network_in_linear_time(tmp_path):
    """4,096 locations: the stored number is compared factored, the whole check takes moments."""
    circuit = ht(4096, 2, [2] * 12, True)
    data = generic(circuit, range(0, 4096, 2), 2, 2)
    data["theorem"]["statement"]["upper"] = [[2, 2048]]
    data["theorem"]["lower"] = {"rule": "split", "dims": None, "blocks": []}
    with pytest.raises(checker.Refusal, match="kind of blocks"):
        checker.verify(data)
    data["theorem"]["statement"]["upper"] = [[2, 1 << 39]]
    with pytest.raises(checker.Refusal, match="upper bound"):
        checker.verify(data)


def test_the_generator_of_these_tests_is_right():
    """The naive evaluation gives the CP model's value on a case done by hand."""
    circuit = ht(2, 2, [1])
    weights = {"a0.0": [[1, 2]], "a0.1": [[3, 4]], "out": [[5]]}
    assert evaluate(circuit, weights, [[1, 1], [1, 0]]) == [5 * 3 * 3]
    assert certificate(circuit, {})["version"] == 1
