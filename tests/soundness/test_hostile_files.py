"""Files that nobody would write by accident: every reader refuses them in one sentence, at once.

(What is wrong inside a circuit, a certificate, a SimNet or GraphML has tests of its own there.)
"""

import contextlib
import json
import os
import sys
import threading
from pathlib import Path

import pytest
from certificates import genuine, theorem

import circuitalg as ca
from circuitalg import checker, memory, strategies
from circuitalg.errors import FileFormatError, TooLargeError
from circuitalg.files import parse_json
from circuitalg.strategies.campaign import Record
from circuitalg.strategies.covered import Covered, Draw
from circuitalg.strategies.findings import Counterexample

pytestmark = pytest.mark.soundness

NET = ca.ht_model(4, 2, [2, 2])
DEEP = 100_000
TEXT = '{"format": "circuitalg-circuit", "version": 1, "parameters": ["a"]}'
HOSTILE = {
    "nested lists": b"[" * DEEP + b"]" * DEEP,
    "nested lists without an end": b"[" * DEEP,
    "nested objects": b'{"format":' * DEEP,
    "an integer of 5,000 digits": b'{"format": ' + b"9" * 5000 + b"}",
    "a float beyond floats": b'{"format": 1e999999999}',
    "NaN": b'{"format": NaN}',
    "infinities": b"[Infinity, -Infinity]",
    "a member twice": b'{"format": 1, "format": 1}',
    "a lone surrogate": b'{"format": "\\ud800"}',
    "a lone surrogate as a name": b'{"\\udfff": 1}',
    "a surrogate in bytes": b'{"format": "\xed\xa0\x80"}',
    "an overlong character": b'{"format": "\xc0\xaf"}',
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-32": TEXT.encode("utf-32"),
    "Latin-1": '{"format": "\xe9"}'.encode("latin-1"),
    "a NUL character": b'{"format": "\0"}',
    "NUL bytes": bytes(5000),
    "two values": b"{} {}",
    "something behind the end": TEXT.encode() + b"x",
    "null": b"null",
    "a number": b"1",
    "a text": b'"{}"',
    "an empty list": b"[]",
    "an empty object": b"{}",
    "white space": b" \n\t",
    "Python": b"{'format': 1}",
    "a pickle": b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system",
    "gzip": b"\x1f\x8b\x08" + bytes(20),
    "XML of another kind": b"<a>" * DEEP,
    "entities that explode": b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><graphml>&c;',
    "names with one hash": b"{" + b",".join(b'"%d":1' % (i << 61) for i in range(5000)) + b"}",
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A certificate that is as it should be."""
    return theorem("minor").save(tmp_path_factory.mktemp("good") / "good.json")


READERS = {
    "circuit": lambda path, _: ca.load_circuit(path),
    "SimNet": lambda path, _: ca.load_simnet(path),
    "theorem": lambda path, _: ca.load_theorem(path),
    "landscape": lambda path, _: ca.rank_landscape(NET, ["odd-even"], keep=path),
    "checker": lambda path, _: checker.verify_file(path),
    "the network that the checker demands": lambda path, good: checker.verify_file(
        good, circuit=path
    ),
    "the statement that the checker expects": lambda path, good: checker.verify_file(
        good, expect=path
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_refuses_every_hostile_file_in_a_sentence(reader, good, tmp_path):
    """None is taken for what it is not, none is changed, none leads to a trace."""
    path = tmp_path / "file"
    for name, raw in HOSTILE.items():
        path.write_bytes(raw)
        with pytest.raises((FileFormatError, checker.Unreadable, checker.Refusal)) as caught:
            READERS[reader](path, good)
        said = str(caught.value)
        if len(said.splitlines()) != 1 or not 10 < len(said) < 400:
            pytest.fail(f"{name}: {said}")
        if path.read_bytes() != raw or [p.name for p in tmp_path.iterdir()] != ["file"]:
            pytest.fail(f"{name}: the file was touched")


@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_refused_in_a_sentence(reader, good, tmp_path):
    """Folders, links in a loop or to nowhere, a name too long, a NUL, a device without an end."""
    if reader == "landscape":
        return  # it writes there, too: tests/test_files.py
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("gone")
    for name in ("folder", "loop", "nowhere", "gone", "x" * 300, "folder/../gone", "a\0b"):
        with pytest.raises((FileFormatError, checker.Unreadable)) as caught:
            READERS[reader](tmp_path / name, good)
        if len(str(caught.value).splitlines()) != 1:
            pytest.fail(f"{name!r}: {caught.value}")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_file_without_an_end_is_not_read_to_it(good, monkeypatch):
    """Reading stops at the limit on the size of files."""
    monkeypatch.setattr("circuitalg.files.MAX_FILE_BYTES", 1 << 20)
    monkeypatch.setattr("circuitalg.files.read_bytes.__defaults__", (1 << 20,))
    monkeypatch.setattr("circuitalg.checker.read.MAX_FILE_BYTES", 1 << 20)
    for reader in ("circuit", "theorem", "checker", "the statement that the checker expects"):
        with pytest.raises((FileFormatError, checker.Unreadable), match="larger than"):
            READERS[reader]("/dev/zero", good)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
@pytest.mark.parametrize("reader", ["circuit", "theorem", "checker"])
def test_a_pipe_is_read_as_a_file_is(reader, good, tmp_path):
    """Whoever writes into it: what arrives is refused, or taken, as it would be from a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def read(raw):
        def send():
            with contextlib.suppress(BrokenPipeError):
                pipe.write_bytes(raw)

        writer = threading.Thread(target=send)
        writer.start()
        try:
            return READERS[reader](pipe, good)
        finally:
            writer.join()

    with pytest.raises((FileFormatError, checker.Unreadable)):
        read(HOSTILE["nested lists without an end"])
    if reader != "circuit":
        read(good.read_bytes())


def test_more_than_the_memory_holds_is_refused_before_it_is_read(monkeypatch):
    """30 MB of empty lists would take twenty times as much."""
    raw = b"[" + b"[]," * 10_000_000 + b"[]]"
    monkeypatch.setattr(memory, "available_bytes", lambda _like=None: 500 << 20)
    with pytest.raises(TooLargeError, match=r"what many\.json holds needs .* give a smaller file"):
        parse_json(raw, "many.json")
    monkeypatch.setattr(memory, "available_bytes", lambda _like=None: 0)
    if parse_json(b"[[], []]", "few.json") != [[], []]:
        pytest.fail("what is small is read without asking")


def test_long_integers_are_refused_where_python_would_read_them(monkeypatch):
    """Those of a million digits take long; PYTHONINTMAXSTRDIGITS=0 lifts Python's own limit."""
    for limit in (0, 10_000_000):
        monkeypatch.setattr(sys, "get_int_max_str_digits", lambda limit=limit: limit)
        with pytest.raises(FileFormatError, match="too many digits"):
            parse_json(b"[" + b"9" * 1_000_000 + b"]", "file")
        if parse_json(b"[-12, 0]", "file") != [-12, 0]:
            pytest.fail("short ones are read")


def test_many_premises_where_one_is_needed_are_refused(good, tmp_path):
    """A separation follows from one theorem, not from a hundred."""
    data = genuine("cp")
    first, last = data["theorems"]
    data["theorems"] = [first] * 100 + [last | {"premises": list(range(100))}]
    path = tmp_path / "many.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ca.CircuitalgError):
        ca.load_theorem(path)
    with pytest.raises((checker.Unreadable, checker.Refusal)):
        checker.verify_file(path)


def places(value, way=()):
    """Ways to the parts of JSON data."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*way, key)
            yield from places(part, (*way, key))


JUNK = [None, True, -1, 1.5, 10**400, "", "x", [], [[]], [0], {}, {"a": 1}, "\ud800"]


@pytest.mark.parametrize("kind", ["findings", "database"])
def test_what_a_search_has_found_is_read_as_strictly(kind, tmp_path):
    """Junk at any place is refused in a sentence, or is another finding; certificates aside."""
    asked = strategies.Conjecture(lambda *_: 1, name="one")
    circuit, parts = ca.cp_model(2, 2, 2), ca.Bipartition.of([0], 2)
    draws = [
        Draw(b"abcdefgh", "untied tree", 2, ((("refuted", True), 2),)),
        Draw(b"ijklmnop", "tied tree", 3, ((("confirmed", True), 1),)),
    ]
    if kind == "findings":
        theorem = ca.prove_rank(circuit, parts)
        refuting = Counterexample("equal", 1, theorem, None)
        covered = Covered().with_draws(draws)
        found = strategies.Findings("it is", refuting, covered, 1.5, 0, "counterexample")
        file = found.save(tmp_path / "found.json")
    else:
        record = Record(tmp_path, asked)
        record.add(0, draws)
        (file,) = tmp_path.iterdir()
    read = {
        "findings": lambda: strategies.load_findings(file),
        "database": lambda: Record(tmp_path, asked),
    }[kind]
    read()
    text, refused, tried = file.read_text(encoding="utf-8"), 0, 0
    for way in places(json.loads(text)):
        if "certificate" in way[:-1]:
            continue
        for junk in JUNK:
            altered = inside = json.loads(text)
            for key in way[:-1]:
                inside = inside[key]
            inside[way[-1]] = junk
            file.write_text(json.dumps(altered) + "\n", encoding="utf-8")
            tried += 1
            try:
                read()
            except ca.CircuitalgError as error:
                refused += 1
                if len(str(error).splitlines()) != 1:
                    pytest.fail(f"no sentence: {error}")
    if not tried / 2 < refused <= tried or tried < 50:
        pytest.fail(f"{refused} of {tried} were refused")
