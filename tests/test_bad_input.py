"""Bad input: one clear sentence that names the culprit, and no partial file.

From Python it is an exception of its own class; from the shell exit status 2, one line on standard
error, and no trace. (Faults of single attributes have their tables in circuit/test_validation.py
and circuit/test_files.py, those of bipartitions and weights in circuit/test_bipartition.py and
circuit/test_weights.py.)
"""

import functools
import json
import re
import subprocess
import sys

import numpy as np
import pytest

import circuitalg as ca
from circuitalg import checker, errors
from circuitalg.cli import main
from circuitalg.kernel import rules
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import Bounds, Factor, Minor, Routing, Split, TiedCut

HALVES = ca.Bipartition.of([0], 2)
FOUR = ca.ht_model(4, 2, [2, 2])


def overlapping():
    """A product whose two factors both depend on location 0."""
    b = ca.CircuitBuilder(2, 2)
    x, y = b.input(0), b.input(1)
    left = b.product(
        b.sum(x, width=2, parameter="a", name="a"), b.sum(y, width=2, parameter="b"), name="left"
    )
    right = b.sum(x, width=2, parameter="c", name="right")
    return b.build(b.sum(b.product(left, right, name="both"), width=1, parameter="out"))


def uneven():
    """A sum of a value that depends on both locations and one that depends on location 0 alone."""
    b = ca.CircuitBuilder(2, 2)
    x, y = b.input(0), b.input(1)
    both = b.product(b.sum(x, width=2, parameter="a"), b.sum(y, width=2, parameter="b"), name="xy")
    return b.build(b.sum(both, x, width=1, parameter=["c", "d"], name="mixed"))


def used_twice():
    """Smooth and decomposable, but x0 has two parents."""
    b = ca.CircuitBuilder(2, 2)
    x, y = b.input(0), b.input(1)
    pairs = [
        b.product(b.sum(x, width=1, parameter=f"a{k}"), b.sum(y, width=1, parameter=f"b{k}"))
        for k in range(2)
    ]
    return b.build(b.sum(*pairs, width=1, parameter=["c", "d"]))


def minor_rank(circuit):
    """Ask the kernel, without a tactic between."""
    term = Minor(1, 1, 8_388_593)
    return rules.generic_rank(Question(circuit, HALVES), Bounds(term, Factor((TiedCut(),))))


def routed(circuit):
    """Ask the kernel for a rule that needs a tree on the lower side."""
    return rules.generic_rank(
        Question(circuit, HALVES), Bounds(Split(None, (Routing(()),)), Factor((TiedCut(),)))
    )


EVEN = ca.Bipartition.odd_even(4)
WEIGHTS = FOUR.random_weights(seed=0)
WRONG_SHAPE = WEIGHTS | {"out": np.ones((2, 2), dtype=int)}
# fault: (what is called, exception, words of its sentence)
FAULTS = {
    "overlapping scope, rank": (
        lambda: ca.prove_rank(overlapping(), HALVES),
        "StructureError",
        "no coefficient tensor.*'both'.*'left'.*'right'.*0",
    ),
    "overlapping scope, separation": (
        lambda: ca.prove_separation(overlapping(), ca.cp_family()),
        "StructureError",
        "'both'",
    ),
    "overlapping scope, coefficients": (
        lambda: overlapping().coefficient_tensor(overlapping().random_weights()),
        "StructureError",
        "'both'",
    ),
    "uneven sum, rank": (
        lambda: ca.prove_rank(uneven(), HALVES),
        "StructureError",
        "no coefficient tensor.*'mixed'.*'xy'",
    ),
    "value used twice, upper rule": (
        lambda: minor_rank(used_twice()),
        "StructureError",
        "needs a tree.*'x0'.*two parents",
    ),
    "value used twice, lower rule": (
        lambda: routed(used_twice()),
        "StructureError",
        "needs a tree.*'x0'.*two parents",
    ),
    "input repeated by a recurrent network": (
        lambda: ca.prove_rank(ca.rac_model(4, 2, 2, layers=2), EVEN),
        "StructureError",
        "no coefficient tensor.*prove_grid_rank",
    ),
    "weight of a wrong shape": (
        lambda: FOUR.coefficient_tensor(WRONG_SHAPE),
        "WeightError",
        r"'out'.*\(2, 2\).*\(1, 2\)",
    ),
    "weight of a wrong shape, evaluation": (
        lambda: FOUR.evaluate(WRONG_SHAPE, [np.ones((1, 2), dtype=int)] * 4),
        "WeightError",
        r"'out'.*\(2, 2\).*\(1, 2\)",
    ),
    "bipartition of another network": (
        lambda: ca.prove_rank(FOUR, ca.Bipartition.odd_even(8)),
        "BipartitionError",
        "8 locations.*4",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_input_is_one_sentence_of_its_own_class(fault):
    """The class says what kind of mistake it is, the sentence names node, location or shape."""
    call, kind, words = FAULTS[fault]
    with pytest.raises(errors.CircuitalgError) as caught:
        call()
    assert type(caught.value).__name__ == kind
    message = str(caught.value)
    assert re.search(words, message), message
    assert len(message.splitlines()) == 1
    assert len(message) < 400


def test_the_good_neighbours_are_accepted():
    """What the faults spoil is fine without the fault, so that the tests above test the fault."""
    assert ca.prove_rank(used_twice(), HALVES).statement.lower == 2
    assert FOUR.coefficient_tensor(WEIGHTS).shape == (2, 2, 2, 2)
    assert ca.prove_rank_at(FOUR, WEIGHTS, EVEN).statement.lower == 4


# ---------------------------------------------------------------------------------------------
# Files, read from Python and from the shell
# ---------------------------------------------------------------------------------------------


def network(change=lambda data: None):
    """Text of a network file whose data were changed."""
    data = ca.circuit.circuit_to_data(FOUR)
    change(data)
    return json.dumps(data).encode()


def put(node, member, value):
    """Put a member of a node's row; rows 0 to 3 are inputs, 4 to 7 sums, 8 a product."""

    def change(data):
        data["nodes"][node][member] = value

    return change


# fault: (what the file holds, words of the sentence)
NETWORKS = {
    "cycle": (network(put(4, 3, [8])), "'s0.0' has child 8"),
    "unequal product widths": (network(put(4, 2, 3)), "'p0.0' has width 2 .*'s0.0' has 3"),
    "truncated": (network()[:300], "cut short"),
    "empty": (b"", "cut short"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00", "UTF-8"),
    "another format": (b'{"a": 1}', '"format"'),
    "hostile depth": (b'{"a":' * 300_000, "nested too deeply|cut short"),
    "hostile number": (network().replace(b"2, 0]", b"9" * 5000 + b", 0]", 1), "digits"),
    "hostile width": (network(put(0, 2, 10**15)), r"width 10\^15"),
    "hostile location": (network(put(0, 3, 10**15)), r"location 10\^15; the largest is"),
    "not a number": (network().replace(b"2, 0]", b"NaN, 0]", 1), "NaN"),
    "member twice": (b'{"format": 1, "format": 2}', "twice"),
    "code": (b"__import__('os').system('touch here')", "cut short"),
}


class Shell:
    """Runs commands in a folder: in this process, as the installed program does, or in one of its
    own; each answers with status, standard output and standard error, and without a trace.
    """

    def __init__(self, folder, capsys, monkeypatch):
        self.folder, self._capsys = folder, capsys
        monkeypatch.chdir(folder)

    def run(self, *arguments):
        """Run ``circuitalg ARGUMENTS`` in this process."""
        return self._ended(main, arguments)

    def check_alone(self, *arguments):
        """Run the checker's own program in this process."""
        return self._ended(checker.main, arguments)

    def _ended(self, program, arguments):
        with pytest.raises(SystemExit) as ended:
            raise SystemExit(program([str(argument) for argument in arguments]))
        printed = self._capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    def start(self, *arguments, program=("-m", "circuitalg")):
        """Run it in a process of its own."""
        done = subprocess.run(
            [sys.executable, *program, *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def refused(self, *arguments, run=None):
        """Demand exit status 2, one line on standard error, the folder as it was; return the line.

        That the line names the program shows that nothing else has printed it.
        """
        before = self._files()
        status, out, err = (run or self.run)(*arguments)
        assert "Traceback" not in out + err
        assert status == 2, (out, err)
        assert not out
        assert err.startswith("circuitalg: ")
        assert len(err.splitlines()) == 1, err
        assert self._files() == before
        return err

    def _files(self):
        return {p: p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


@pytest.fixture
def shell(tmp_path, capsys, monkeypatch):
    """A shell in the test's folder."""
    return Shell(tmp_path, capsys, monkeypatch)


COMMANDS = {
    "rank": ["rank", "bad.json", "-p", "odd-even", "-o", "out.json"],
    "separate": ["separate", "bad.json", "-o", "out.json"],
    "draw": ["draw", "bad.json", "-o", "out.svg"],
}


@pytest.mark.parametrize("fault", NETWORKS)
def test_bad_network_files(fault, tmp_path, shell):
    """FileFormatError from Python; in the shell the same sentence, in each command in turn."""
    content, words = NETWORKS[fault]
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(errors.FileFormatError, match=words) as caught:
        ca.load_circuit(tmp_path / "bad.json")
    assert len(str(caught.value).splitlines()) == 1
    command = list(COMMANDS)[list(NETWORKS).index(fault) % 3]
    err = shell.refused(*COMMANDS[command])
    assert "bad.json" in err
    assert re.search(words, err)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_missing_file(command, shell):
    """All commands read networks in the same way; these run in processes of their own."""
    assert "bad.json" in shell.refused(*COMMANDS[command], run=shell.start)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param("rank net.json -p 0,0 -o o.json", "location 0 twice", id="location twice"),
        pytest.param("rank net.json -p 0,4 -o o.json", "location 4", id="location beyond"),
        pytest.param("rank net.json -p 0,1,2,3 -o o.json", "side J is empty", id="side J empty"),
        pytest.param("rank net.json -p blocks:4 -o o.json", "side J is empty", id="one block"),
        pytest.param("rank net.json -p half -o o.json", "'half' is not a bipartition", id="a word"),
        pytest.param("rank net.json -p 0 --output 1 -o o.json", "no output 1", id="output"),
        pytest.param("rank net.json -p 0 --space R -o o.json", "space must be one of", id="space"),
        pytest.param("rank rac.json -p 0 -o o.json", "no coefficient tensor", id="overlap"),
        pytest.param("rank net.json -p 0 -o net.json/o.json", "net.json", id="file as folder"),
        pytest.param("separate rac.json -o o.json", "tensor", id="overlap in separate"),
        pytest.param("separate net.json --levels 3 -o o.json", "3 product levels", id="levels"),
        pytest.param("separate --locations 6 --dim 2 --widths 2 -o o.json", "6", id="no power"),
        pytest.param("draw net.json -o o.exe", "o.exe", id="picture of no kind"),
        pytest.param("draw net.json -p 0,0 -o o.svg", "location 0 twice", id="draw sides"),
        pytest.param("landscape net.json --csv o.txt", "ends in .csv", id="table of no kind"),
        pytest.param("landscape net.json --output 3", "no output 3", id="landscape output"),
        pytest.param("check missing.json", "missing.json does not exist", id="check missing"),
        pytest.param("check empty", "no certificate", id="check an empty folder"),
        pytest.param("prove", "no proof scripts at proofs", id="prove without ./proofs"),
        pytest.param("prove missing", "no proof scripts at missing", id="prove missing"),
        pytest.param("prove empty", "holds no proof script", id="prove an empty folder"),
        pytest.param("prove net.json", "no proof scripts at net.json", id="prove a network"),
    ],
)
def test_bad_arguments_in_the_shell(arguments, words, tmp_path, shell):
    """Sides, channels, structure, folders: each command refuses before it writes anything."""
    FOUR.save(tmp_path / "net.json")
    ca.rac_model(4, 2, 2, layers=2).save(tmp_path / "rac.json")
    (tmp_path / "empty").mkdir()
    assert re.search(words, shell.refused(*arguments.split()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "net.json", "rac.json"]


CERTIFICATES = {name: NETWORKS[name][0] for name in ("truncated", "empty", "binary")} | {
    "a network": network(),
    "null": b"null",
    "hostile depth": b"[" * 300_000 + b"]" * 300_000,
    "hostile number": b'{"version": ' + b"9" * 5000 + b"}",
    "not a number": b'{"version": NaN}',
    "newer": b'{"format": "circuitalg-certificate", "version": 3}',
}


@pytest.mark.parametrize("fault", CERTIFICATES)
def test_unreadable_certificates(fault, tmp_path, shell):
    """Typed from Python; 2 from ``circuitalg check`` and from the stand-alone checker."""
    path = tmp_path / "bad.json"
    path.write_bytes(CERTIFICATES[fault])
    with pytest.raises(errors.FileFormatError) as kernel:
        ca.load_theorem(path)
    with pytest.raises(checker.Unreadable) as alone:
        checker.verify_file(path)
    for caught in (kernel, alone):
        assert len(str(caught.value).splitlines()) == 1
    status, out, err = shell.run("check", "bad.json")
    assert status == 2
    assert not err
    assert "unreadable" in out
    program = "-I", "-S", checker.__path__[0]
    alone = functools.partial(shell.start, program=program)
    for run in (shell.check_alone, *[alone] * (fault == "truncated")):
        status, out, err = run("bad.json")
        assert status == 2
        assert not out
        assert err.startswith("Unreadable: ")
        assert len(err.splitlines()) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.json"]


def test_check_against_a_network_that_cannot_be_read(tmp_path, shell):
    """A wrong ``--circuit`` is wrong usage (2), not a certificate that does not verify (1)."""
    ca.prove_rank(FOUR, EVEN).save(tmp_path / "good.json")
    (tmp_path / "bad.json").write_bytes(b"{")
    for other in ("missing.json", "bad.json"):
        status, out, _ = shell.run("check", "good.json", "--circuit", other)
        assert status == 2
        assert f'the file "{other}"' in out


def test_a_huge_file_is_not_read(tmp_path):
    """A sparse file of 3 GB costs neither memory nor time: both readers stop at their limit."""
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(3 << 30)
    for read in (ca.load_circuit, ca.load_theorem):
        with pytest.raises(errors.FileFormatError, match="larger than"):
            read(path)
    with pytest.raises(checker.Unreadable, match="larger than 256 MB"):
        checker.verify_file(path)
