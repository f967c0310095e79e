"""The checker as a program: files, exit codes, limits, nothing but the standard library."""

from __future__ import annotations

import ast
import contextlib
import gc
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from checker.common import certificate, evaluate, generic, ht, minor, own, separation, tree

from circuitalg import checker
from circuitalg.checker import read
from circuitalg.checker.archive import write_archive
from circuitalg.checker.meter import Meter
from circuitalg.checker.read import bytes_read, read_json

FOLDER = Path(checker.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


@pytest.fixture
def good():
    """A certificate that holds: HT model of 4 locations, odd against even."""
    return generic(ht(4, 2, [2, 2], True), [0, 2], 4, 4)


def run(*arguments, isolated=True):
    """Run the checker as a program, without site-packages."""
    flags = ["-I", "-S"] if isolated else []
    return subprocess.run(
        [sys.executable, *flags, str(FOLDER), *map(str, arguments)],
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


def imported(tree):
    """Names of the top-level modules that import statements name, the checker's own left out."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.soundness
def test_imports_only_the_standard_library():
    """Every import statement names a standard module or the checker's own; NumPy is asked for."""
    trees = {file.name: ast.parse(file.read_text()) for file in FILES}
    assert set().union(*map(imported, trees.values())) <= set(sys.stdlib_module_names)
    asked = {
        (name, ast.unparse(node.args[0]))
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "import_module"
    }
    numpy = {("meter.py", "'numpy'"), ("numpy_minors.py", "'numpy'")}
    assert asked == {("meter.py", "'resource'"), *numpy}


def test_the_import_test_can_fail():
    """The same walk finds a foreign import in a file that has one."""
    tree = ast.parse("import os\nimport numpy.linalg\nfrom . import read\n")
    assert imported(tree) - set(sys.stdlib_module_names) == {"numpy"}


def test_no_import_leads_out_of_the_checker():
    """Relative imports stay inside the folder, so that it can stand by itself."""
    for file in FILES:
        levels = [
            node.level
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]
        assert max(levels, default=0) <= len(file.relative_to(FOLDER).parts), file


@pytest.mark.soundness
def test_no_assert_eval_or_pickle():
    """Soundness does not hang on `assert`, and nothing in a file is executed."""
    for file in FILES:
        tree = ast.parse(file.read_text())
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.Assert)], file
        called = {
            n.func.id
            for n in ast.walk(tree)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        assert not called & {"eval", "exec", "compile", "__import__"}, file


def test_a_good_certificate_exits_0_without_site_packages(tmp_path, good):
    """`python -I -S circuitalg/checker FILE` prints the statement and exits 0."""
    result = run(write(tmp_path, good))
    assert result.returncode == 0, result.stderr
    assert "For almost all weights" in result.stdout
    assert "For all weights: rank <= 4" in result.stdout
    assert "So the rank is 4 for almost all weights." in result.stdout
    assert "nothing beyond linear algebra" in result.stdout
    assert result.stderr == ""


def test_json_verdicts(tmp_path, good):
    """--json prints one object: what is proved, its names, what it rests on, by which route."""
    path = write(tmp_path, good)
    verdict = json.loads(run("--json", path).stdout)
    found = checker.verify(good)
    assert verdict == {
        "path": str(path),
        "verified": True,
        "kind": "GenericRank",
        "statement": list(found.statement),
        "statement_sha256": found.statement_sha256,
        "fingerprints": [checker.read_circuit(good["circuits"][0]).fingerprint],
        "rests_on": [],
        "route": "exact",
        "notes": [],
        "text": found.text,
    }
    own(good)["statement"]["upper"] = 3
    result = run("--json", write(tmp_path, good))
    assert result.returncode == 1
    assert json.loads(result.stdout) == {
        "path": str(path),
        "verified": False,
        "readable": True,
        "reason": "the statement's upper bound is 3, but the rules give 4.",
    }
    result = run("--json", tmp_path / "none.json")
    assert result.returncode == 2
    assert json.loads(result.stdout)["readable"] is False


def test_the_route_is_named(tmp_path, good):
    """With --numpy the verdict names NumPy where a minor was checked with it, else not."""
    pytest.importorskip("numpy")
    verdict = json.loads(run("--json", "--numpy", write(tmp_path, good), isolated=False).stdout)
    assert verdict["route"] == "numpy"
    assert "the faster second route" in verdict["notes"][0]
    own(good)["proof"]["lower"] = {"kind": "Trivial"}
    own(good)["statement"]["lower"] = 0
    verdict = json.loads(run("--json", "--numpy", write(tmp_path, good), isolated=False).stdout)
    assert (verdict["route"], verdict["notes"]) == ("exact", [])


def bridged():
    """A certificate that rests on Schofield's theorem: a bridge gives 14, the rank."""
    circuit = tree([[0, 1, 2], [3, 4, 5]], 3, [2, [5, 0, 0, 0], [5, 0, 0, 0]])
    for variable in range(1, 10):
        blocks = [{"kind": "Bridge", "variable": variable}]
        data = generic(circuit, [1, 2, 3], 14, 14, None, {"kind": "Factor", "blocks": blocks})
        with contextlib.suppress(checker.Refusal):
            return data, checker.verify(data)
    pytest.fail("no bridge gives 14")


def test_what_a_theorem_may_rest_on(tmp_path, good):
    """--rests-on refuses what needs more than the words say, naming it; words may be repeated."""
    data, found = bridged()
    assert found.rests_on == ("Schofield 1992",)
    path = write(tmp_path, data)
    result = run("--rests-on", "linear-algebra", path)
    assert result.returncode == 1
    assert result.stderr == (
        "Not verified: the theorem rests on more than is allowed: Schofield 1992.\n"
    )
    with pytest.raises(checker.Refusal, match="more than is allowed: Schofield 1992"):
        checker.verify(data, rests_on=["binary64"])
    assert run("--rests-on", "linear-algebra", "--rests-on", "schofield", path).returncode == 0
    assert run("--rests-on", "linear-algebra", write(tmp_path, good)).returncode == 0
    assert run("--rests-on", "hearsay", path).returncode == 2


def test_what_a_premise_rests_on_counts():
    """A Separation from a bridge's bound rests on Schofield's theorem too."""
    data, _ = bridged()
    data = separation(data, {"kind": "CPFamily"})
    assert checker.verify(data).rests_on == ("Schofield 1992",)
    with pytest.raises(checker.Refusal, match="more than is allowed"):
        checker.verify(data, rests_on=["linear-algebra"])


def test_an_expected_statement(tmp_path, good):
    """--expect takes a certificate, proved or not, or a SHA-256; another statement is refused."""
    path, digest = write(tmp_path, good), checker.verify(good).statement_sha256
    own(good)["proof"] = None
    same = write(tmp_path, good, "same.json")
    own(good)["statement"]["lower"] = 3
    other = write(tmp_path, good, "other.json")
    for expected in (same, path, digest, digest.upper()):
        assert run("--expect", expected, path).returncode == 0
        assert checker.verify_file(path, expect=expected).statement_sha256 == digest
    with pytest.raises(checker.Refusal, match="states something else"):
        checker.verify_file(path, expect="0" * 64)
    with pytest.raises(checker.Unreadable, match="is not a certificate"):
        checker.verify_file(path, expect=write(tmp_path, {"format": "x"}, "x.json"))
    for expected in (other, "0" * 64):
        result = run("--expect", expected, path)
        assert result.returncode == 1
        assert result.stderr.startswith("Not verified: the certificate states something else")
    (tmp_path / "net.json").write_text(json.dumps(good["circuits"][0]))
    own(good)["statement"]["lower"] = "many"
    for unreadable in (write(tmp_path, good, "bad.json"), tmp_path / "net.json", tmp_path / "no"):
        assert run("--expect", unreadable, path).returncode == 2


def test_the_archive_is_a_program(tmp_path, good):
    """One file does all that the folder does, second process and all, with equal bytes."""
    target = tmp_path / "checker.pyz"
    write_archive(target)
    first = target.read_bytes()
    write_archive(target)
    assert target.read_bytes() == first
    path = write(tmp_path, good)
    command = [sys.executable, "-I", "-S", str(target), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == run(path).stdout
    own(good)["statement"]["lower"] = 5
    write(tmp_path, good)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, run(path).stderr)


def test_the_folder_runs_as_a_module(good, tmp_path):
    """``python -m circuitalg.checker`` is the same program."""
    path = write(tmp_path, good)
    command = [sys.executable, "-m", "circuitalg.checker", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, run(path).stdout)


NOT_JSON = {
    "truncated": b'{"format": "circuitalg-certificate", "version": 2, "circ',
    "not UTF-8": b'{"format": "\xff\xfe"}',
    "nested objects": b'{"a":' * 200_000,
    "no version": b'{"format": "circuitalg-certificate"}',
    "version 1": b'{"format": "circuitalg-certificate", "version": 1}',
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_unreadable_files(tmp_path, name):
    """What is no certificate raises Unreadable with one sentence."""
    path = write(tmp_path, NOT_JSON[name])
    with pytest.raises(checker.Unreadable) as caught:
        checker.verify_file(path)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["truncated", "nested objects", "version 1"])
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
            patch.setattr(read, limit, value)
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
    monkeypatch.setattr(read, "read_bytes", lambda _: raw)
    read_json("data")
    gc.disable()
    tracemalloc.start()
    try:
        read_json("data")
        peak = len(raw) + tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()
    assert peak - 20_000 <= bytes_read(raw) <= 10 * peak


def test_wrong_usage_exits_2():
    """No file, or an unknown option, is wrong usage."""
    assert run().returncode == 2
    assert run("--nonsense", "x").returncode == 2


def test_circuit_demand(tmp_path, good):
    """--circuit accepts the same network, as file or fingerprint, and refuses any other."""
    path = write(tmp_path, good)
    same = write(tmp_path, good["circuits"][0], "net.json")
    other = write(tmp_path, ht(4, 2, [2, 3], True), "other.json")
    (print_,) = checker.verify_file(path).fingerprints
    assert checker.verify_file(path, circuit=same).fingerprints == (print_,)
    assert checker.verify_file(path, circuit=print_.upper()).fingerprints == (print_,)
    with pytest.raises(checker.Refusal, match="another network"):
        checker.verify_file(path, circuit=other)
    with pytest.raises(checker.Refusal, match="another network"):
        checker.verify_file(path, circuit="0" * 64)
    with pytest.raises(checker.Unreadable):
        checker.verify_file(path, circuit=tmp_path / "none.json")
    with pytest.raises(checker.Unreadable, match="is not a network"):
        checker.verify_file(path, circuit=path)
    assert run("--circuit", other, path).returncode == 1
    assert run("--circuit", path, path).returncode == 2


def test_fingerprint_ignores_the_order_of_nodes_and_names_of_indices(good):
    """The fingerprint depends on names and edges, not on the order in the file."""
    circuit = good["circuits"][0]
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
    meter = Meter(use_numpy=False, say=said.append)
    meter.announce(30.0, 900)
    assert said == ["checking a minor of size 900: about 30 seconds"]
    with pytest.raises(checker.Refusal, match="--numpy"):
        meter.announce(80.0, 1200)
    big = generic(ht(16, 4, [4, 4, 4, 4]), range(0, 16, 2), 6000, 65536, minor(6000))
    with pytest.raises(checker.Refusal, match="--numpy"):
        checker.verify(big)


def test_names_that_cannot_be_printed(tmp_path, good):
    """Surrogates and control characters in names never reach the terminal raw."""
    good["circuits"][0]["nodes"][0][0] = "\ud800\u001b[31m"
    path = write(tmp_path, json.dumps(good))
    assert run(path).returncode == 0
    good["circuits"][0]["nodes"][1][0] = "\ud800\u001b[31m"
    result = run(write(tmp_path, json.dumps(good)))
    assert result.returncode == 1
    good["circuits"][0]["nodes"][1][2] = "\ud800\u001b[31m"
    result = run(write(tmp_path, json.dumps(good)))
    assert result.returncode == 1
    assert "\x1b" not in result.stderr


def test_large_network_in_linear_time(tmp_path):
    """4,096 locations: the stored number is compared factored, the whole check takes moments."""
    circuit = ht(4096, 2, [2] * 12, True)
    data = generic(circuit, range(0, 4096, 2), 2, 2)
    data["theorems"][-1]["statement"]["upper"] = [[2, 2048]]
    own(data)["proof"]["lower"] = {"kind": "Split", "dims": None, "blocks": []}
    with pytest.raises(checker.Refusal, match="kind of blocks"):
        checker.verify(data)
    own(data)["statement"]["upper"] = [[2, 1 << 39]]
    with pytest.raises(checker.Refusal, match="upper bound"):
        checker.verify(data)


def test_the_generator_of_these_tests_is_right():
    """The naive evaluation gives the CP model's value on a case done by hand."""
    circuit = ht(2, 2, [1])
    weights = {"a0.0": [[1, 2]], "a0.1": [[3, 4]], "out": [[5]]}
    assert evaluate(circuit, weights, [[1, 1], [1, 0]]) == [5 * 3 * 3]
    assert certificate([circuit])["version"] == 2
