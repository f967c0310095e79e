"""Certificates of every kind: they come back whole, and nothing false is accepted by any reader.

The kernel and the checker were written apart; each test asks both. The table is `certificates`.
"""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from brute import expect
from certificates import OTHER, PROVED, REFUSED, ROOMS, SAME, genuine, theorem
from certificates.alter import (
    altered,
    both_accept,
    checker_says,
    drop,
    kernel_says,
    put,
    rewrite,
    text,
    turn,
    written,
)
from certificates.rank import ORACLE, check_true

import circuitalg as ca
from circuitalg import checker
from circuitalg.checker.certificate import KINDS
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import CertificateError, CircuitalgError
from circuitalg.integers import Integer
from circuitalg.kernel import certificate
from circuitalg.kernel.codec import statement_sha256
from circuitalg.kernel.rank.families import CPFamily, RACFamily, TruncatedFamily, TTFamily
from circuitalg.kernel.rules import RULES
from circuitalg.kernel.statement import Proof
from circuitalg.logspace.simnet import SimNet

pytestmark = pytest.mark.soundness


def kind(name):
    """The kind of statement."""
    return type(theorem(name).statement).__name__


def firsts(kinds):
    """The names of certificates that have a kind, of some set, that none before has."""
    seen = set()
    for name in PROVED:
        new = kinds(name) - seen
        seen |= new
        if new:
            yield name


def kinds_in(name):
    """All kinds of objects in a certificate: statements, proofs, and their parts."""
    found, todo = set(), genuine(name)["theorems"]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            found |= {part["kind"]} if "kind" in part else set()
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    return found


ONE_EACH = list(firsts(lambda name: {kind(name)}))
"""A certificate of each kind of statement."""

ALL_KINDS = list(firsts(kinds_in))
"""Certificates in which all kinds of objects occur."""


# The table


def proofs(base):
    """All classes of proofs that can stand in a file; tests make others."""
    for each in base.__subclasses__():
        if "__dataclass_fields__" in vars(each) and each.__module__.startswith("circuitalg."):
            yield each
        yield from proofs(each)


def test_the_table_has_every_kind_of_statement_and_every_rule():
    """A statement, or a proof, that nobody tries here is missing from the table."""
    expect({kind(name) for name in PROVED}, set(RULES), "the kernel's kinds of statements")
    expect({kind(name) for name in PROVED}, set(KINDS), "the checker's")
    used = {each for name in ALL_KINDS for each in kinds_in(name)}
    expect({each.__name__ for each in proofs(Proof)} - used, set(), "proofs that do not occur")
    for part in ("PROVED", "REFUSED", "SAME", "OTHER"):
        names = [name for room in ROOMS for name in getattr(room, part)]
        expect(len(names), len(set(names)), f"names of {part}")
    expect({kind(case[0]) for case in REFUSED.values()}, set(RULES), "kinds with false neighbours")


# Round trips


@pytest.mark.parametrize("name", PROVED)
def test_a_theorem_comes_back_whole(name, tmp_path):
    """Equal statement, proof, premises and next certificate; the checker derives what it states."""
    proved = theorem(name)
    verified = both_accept(proved, tmp_path / "folder")
    expect([file.name for file in (tmp_path / "folder").iterdir()], ["genuine.json"], "files")
    again = ca.load_theorem(tmp_path / "folder" / "genuine.json")
    expect(again is not proved and len({proved, again}) == 1, True, "a set of both holds one")
    checker.verify(genuine(name), expect=tmp_path / "folder" / "genuine.json")
    for own in verified.fingerprints:
        checker.verify(genuine(name), circuit=own, expect=proved.statement_sha256)
    with pytest.raises(checker.Refusal, match="about another network"):
        checker.verify(genuine(name), circuit="0" * 64)
    expect((str(again), again.explain()), (str(proved), proved.explain()), "what they say")
    expect((again.tactics, again.sources()), (proved.tactics, proved.sources()), "what proves them")
    other = theorem("dag" if name != "dag" else "minor")
    expect(proved == other or proved in (proved.statement, str(proved)), False, "equal to others")
    for bound in ("lower", "upper", "needed"):
        stated = getattr(proved.statement, bound, None)
        expect(getattr(verified, bound), stated, f"the checker's number {bound}")


ALONE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from checker import verify_file
for file in sys.argv[2:]:
    found = verify_file(file)
    print(json.dumps([found.kind, found.statement_sha256]))
"""


def test_it_is_verified_with_the_standard_library_alone(tmp_path):
    """A certificate of each kind, in a process that can import nothing else."""
    files = [theorem(name).save(tmp_path / f"{k}.json") for k, name in enumerate(ONE_EACH)]
    command = [sys.executable, "-I", "-S", "-c", ALONE, str(Path(checker.__path__[0]).parent)]
    ran = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    expect((ran.returncode, ran.stderr), (0, ""), "the process")
    expect(
        list(map(json.loads, ran.stdout.splitlines())),
        [[kind(name), theorem(name).statement_sha256] for name in ONE_EACH],
        "kinds and digests",
    )


def test_check_is_that_process():
    """`check` runs the checker's program on the theorem's certificate."""
    checked = theorem("minor").check()
    expect(checked.statement_sha256, theorem("minor").statement_sha256, "digest")
    expect(str(checked).startswith("Verified: GenericRank"), True, str(checked))


CLAIMED = {
    "RankAtLeast": "for almost all real weights .* rank at least ",
    "RankAtMost": "for all weights .* rank at most ",
    "ParameterCount": "the number of scalar parameters is ",
    "ContainsCP": "every function that a CP model of .* is computed at suitable weights",
}


@pytest.mark.parametrize("name", PROVED)
def test_the_checker_prints_a_whole_statement(name):
    """Every line says something; of theorems for all sizes, what is claimed of which networks."""
    lines = checker.verify(genuine(name)).text.splitlines()
    expect([line for line in lines if not line.strip() or "None" in line], [], "lines")
    if kind(name) == "ForAll":
        said = genuine(name)["theorems"][-1]["statement"]
        wanted = CLAIMED[said["claim"]["kind"]]
        expect(any(re.search(wanted, line) for line in lines), True, f"{wanted}: {lines}")
        family = "CP models" if said["networks"]["kind"] == "CPNetworks" else "networks of eq. "
        expect(any(f"the {family}" in line for line in lines), True, f"{family}: {lines}")


def test_a_checker_that_has_verified_another_statement_is_not_believed(monkeypatch):
    """`check` compares the checker's digest with the theorem's own."""
    wrong = json.dumps(genuine("minor"))
    monkeypatch.setattr(certificate, "save", lambda _, path: path.write_text(wrong) and path)
    with pytest.raises(CertificateError, match="a statement other than"):
        theorem("routing").check()


def test_a_theorem_file_is_written_whole_or_not_at_all(tmp_path):
    """Where the place cannot be written, nothing is left behind."""
    place = tmp_path / "theorem.json"
    place.mkdir()
    with pytest.raises(OSError, match="theorem"):
        theorem("star").save(place)
    expect([file.name for file in tmp_path.iterdir()], ["theorem.json"], "files")


# False neighbours


@cache
def refusal(name, folder):
    """What both readers say to a false neighbour; each is read once."""
    whose, change, *_ = REFUSED[name]
    file = altered(genuine(whose), change, folder)
    return kernel_says(file), checker_says(file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for all."""
    return tmp_path_factory.mktemp("altered")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_false_is_refused_for_its_own_reason(name, folder):
    """By the kernel and by the checker, in one sentence each."""
    said = refusal(name, folder)
    for reader, sentence, reason in zip(
        ("kernel", "checker"), said, REFUSED[name][2:], strict=True
    ):
        if sentence is None or not reason or not re.search(reason, sentence):
            pytest.fail(f"the {reader} says: {sentence}")


def test_reasons_are_not_catch_alls(folder):
    """Most sentences are said once; a pattern of the table matches few of the others."""
    for place, most in ((0, 15), (1, 10)):
        said = {name: refusal(name, folder)[place] for name in REFUSED}
        expect(
            len(set(said.values())) > 0.6 * len(said), True, f"{len(set(said.values()))} reasons"
        )
        for name, case in REFUSED.items():
            also = [other for other in said if re.search(case[2 + place], said[other])]
            expect(len(also) <= most, True, f"{name}: {also}")


# What is true: the same statement, or another


def accepted(file):
    """The digests of kernel and checker, which must both accept."""
    expect((kernel_says(file), checker_says(file)), (None, None), "refusals")
    digests = {ca.load_theorem(file).statement_sha256, checker.verify_file(file).statement_sha256}
    expect(len(digests), 1, "digests")
    return digests.pop()


@pytest.mark.parametrize("name", SAME)
def test_the_same_statement_has_the_same_digest(name, tmp_path):
    """Whatever proves it, and however the file writes it."""
    whose, change = SAME[name]
    expect(accepted(altered(genuine(whose), change, tmp_path)), theorem(whose).statement_sha256)


@pytest.mark.parametrize("name", OTHER)
def test_another_truth_has_another_digest(name, tmp_path):
    """It is verified, and named differently; about another network, `circuit=` refuses it."""
    whose, change = OTHER[name]
    file = altered(genuine(whose), change, tmp_path)
    own, meant = accepted(file), checker.verify(genuine(whose))
    expect(own != meant.statement_sha256, True, "another digest")
    for fingerprint in meant.fingerprints:
        if fingerprint in checker.verify_file(file).fingerprints:
            checker.verify_file(file, circuit=fingerprint)
        else:
            with pytest.raises(checker.Refusal, match="about another network"):
                checker.verify_file(file, circuit=fingerprint)
    with pytest.raises(checker.Refusal, match="states something else"):
        checker.verify_file(file, expect=meant.statement_sha256)


def test_the_program_says_yes_or_no(tmp_path):
    """Exit code 0 and a verdict; or 1, no output, and one line of reasons: for all kinds alike."""
    cases = [theorem("routing").save(tmp_path / "genuine.json")]
    for name in ("larger lower bound", "another exponent", "W askew"):
        whose, change, *_ = REFUSED[name]
        (tmp_path / name).mkdir()
        cases.append(altered(genuine(whose), change, tmp_path / name))
    net = tmp_path / "net.json"
    net.write_text(json.dumps(genuine("routing")["circuits"][0]))
    (tmp_path / "other").mkdir()
    cases.append(altered(genuine("routing"), OTHER["node renamed"][1], tmp_path / "other"))
    command = [sys.executable, "-I", "-S", checker.__path__[0]]
    for place, file in enumerate(cases):
        about = ["--circuit", str(net)] if place in (0, 4) else []
        ran = subprocess.run(
            [*command, *about, str(file)], capture_output=True, text=True, check=False
        )
        expect(ran.returncode, int(place > 0), ran.stderr)
        wanted = "Not verified: .*\n" if place else ""
        expect(bool(re.fullmatch(wanted, ran.stderr)), True, ran.stderr)
        expect(ran.stdout.startswith("Verified: "), place == 0, ran.stdout)


def others(value):
    """Values that differ from the given one at one place; every leaf is altered at least once."""
    if type(value) in OTHER_VALUE:
        yield OTHER_VALUE[type(value)](value)
    elif isinstance(value, Mapping):
        for name in value:
            rest = {other: part for other, part in value.items() if other != name}
            yield {**rest, name + "x": value[name]}
            yield from ({**rest, name: part} for part in others(value[name]))
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            for other in others(part):
                yield (*value[:place], other, *value[place + 1 :])
    elif is_dataclass(value):
        for field in fields(value):
            for part in others(getattr(value, field.name)):
                try:
                    yield replace(value, **{field.name: part})
                except (CircuitalgError, ValueError):  # such a statement cannot be made
                    continue
    elif value is not None:
        pytest.fail(f"a statement holds a {type(value).__name__}")


def renamed(network):
    """The same circuit, or SimNet, with another name for its first node."""
    first, *rest = network.nodes
    nodes = [replace(first, name="another"), *rest]
    return Circuit.from_nodes(nodes) if isinstance(network, Circuit) else SimNet(nodes)


OTHER_VALUE = {
    Circuit: renamed,
    SimNet: renamed,
    ca.Bipartition: ca.Bipartition.swapped,
    ca.ModeTree: lambda tree: ca.ModeTree.from_nested([tree.to_nested(), tree.locations]),
    CPFamily: lambda _: TruncatedFamily(1),
    TTFamily: lambda _: RACFamily(),
    RACFamily: lambda _: TTFamily(),
    Fraction: lambda number: number + 1,
    Integer: lambda number: number + 1,
    int: lambda number: number + 1,
    str: lambda content: content + "x",
}
"""For what is altered as a whole, another one."""


@pytest.mark.parametrize("name", PROVED)
def test_every_part_of_a_statement_is_in_its_digest(name):
    """Altered at any one place, down to single entries and names, it has another digest."""
    statement = theorem(name).statement
    digests = [statement_sha256(statement), *map(statement_sha256, others(statement))]
    expect(len(set(digests)), len(digests), "different digests")
    expect(len(digests) > len(fields(statement)), True, "every field was altered")


def test_no_two_statements_share_a_digest():
    """Of those in the table that are not equal."""
    statements = {theorem(name).statement_sha256: theorem(name).statement for name in PROVED}
    for name in PROVED:
        same = statements[theorem(name).statement_sha256]
        expect(same, theorem(name).statement, "the statement of this digest")
    expect({len(digest) for digest in statements}, {64}, "hexadecimal digits")


# Every place of every kind, altered by rote


def shape(value):
    """What parts of a list have in common, so that one of them stands for all."""
    if isinstance(value, dict):
        return (value.get("kind"), *((name, shape(part)) for name, part in value.items()))
    if isinstance(value, list):
        first = value[0] if value and isinstance(value[0], str) else None
        return ("list", first, frozenset(map(shape, value)))
    return type(value).__name__


def places(value, way=()):
    """Ways to the parts of JSON data; of parts of one shape in a list, to the first."""
    if not isinstance(value, dict | list):
        return
    seen = set()
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, list):
            if shape(part) in seen:
                continue
            seen.add(shape(part))
        yield (*way, key)
        yield from places(part, (*way, key))


def deep(levels):
    """Lists in lists."""
    found = 0
    for _ in range(levels):
        found = ["+", found, 1]
    return found


def at(data, way):
    """What stands there."""
    for key in way:
        data = data[key]
    return data


JUNK = [None, -1, 0, 2**53, 2**70, 10**400, "", "x", "1/2", "1/0", [], [[]], [0], {}, deep(300)]


CIRCUITS = "fixed", "zero"
"""Certificates whose circuits are altered too: parameters, fixed matrices, all kinds of nodes."""


def alterations(data, way, number):
    """(What is done, whether it must be refused, data): a place filled with what is not its own.

    Each place gets some of the junk, the next one the others.
    """
    *above, key = way
    old = at(data, way)
    false = [True, 1.5, {"kind": "Nothing"}] + ([float(old)] if isinstance(old, int) else [])
    for new in [*false, *JUNK[number % 4 :: 4]]:
        found = copy.deepcopy(data)
        at(found, above)[key] = new
        if (type(new), new) != (type(old), old):
            yield f"{new!r:.20} at {way}", new in false, found
    if isinstance(at(data, above), dict):
        found = copy.deepcopy(data)
        del at(found, above)[key]
        yield f"nothing at {way}", True, found
    if isinstance(old, dict):
        found = copy.deepcopy(data)
        at(found, way)["further"] = 0
        free = way[-1] == "symbols"  # one more symbol, which no formula has, is no lie
        yield f"another member at {way}", not free, found


@pytest.mark.parametrize("name", dict.fromkeys([*ALL_KINDS, *CIRCUITS]))
def test_every_place_holds_what_belongs_there_or_is_refused(name, folder):
    """Booleans, floats, strange kinds, members missing or added: refused by both readers.

    Other values are refused in words, or stand for another truth: then both readers accept.
    """
    data = genuine(name)
    for number, way in enumerate(places(data)):
        if way[0] == "circuits" and name not in CIRCUITS:
            continue
        for done, false, found in alterations(data, way, number):
            file = written(json.dumps(found), folder)
            said = kernel_says(file), checker_says(file)
            if false:
                expect(None in said, False, f"{done}: accepted; {said}")
            elif said[0] is None:
                expect(said[1], None, f"{done}: the kernel accepts")


def twice(data):
    """The last theorem stands once more, and is no premise."""
    data["theorems"].append(data["theorems"][-1])


def unused_network(data):
    """A network that no statement is about."""
    data["circuits"].append(copy.deepcopy(data["circuits"][0]))
    data["circuits"][-1]["nodes"][0][0] = "another"


def premises(*numbers):
    """Put other premises of the last theorem."""
    return put("theorems/-1/premises", list(numbers))


# name: (alteration, part of what the kernel says, part of what the checker says)
LAYOUT = {
    "a theorem twice": (twice, "not a premise of a later one", "premise of no other"),
    "an unused circuit": (unused_network, "no statement is about", "no statement is about"),
    "no theorems": (put("theorems", []), "holds no theorem", "no theorems"),
    "no circuits": (put("circuits", []), "not the number of a circuit", "must lie between"),
    "a circuit by itself": (
        lambda data: data["circuits"][0],
        "not a certificate",
        "not a certificate",
    ),
    "a list of certificates": (lambda data: [data], "not a certificate", "not a certificate"),
    "premises left out": (premises(), "from one theorem", "needs one premise"),
    "theorems in another order": (turn("theorems"), "not numbers of earlier", "must lie between"),
    "premises of itself": (premises(1), "not numbers of earlier ones", "must lie between 0 and 0"),
    "a negative premise": (premises(-1), "not numbers of earlier ones", "must lie between 0 and 0"),
    "a premise that is none": (premises(99), "not numbers of earlier", "must lie between 0 and 0"),
    "a premise as a text": (premises("0"), "not numbers of earlier ones", 'not "0"'),
    "premises in an object": (put("theorems/-1/premises", {}), "not numbers", "must be a list"),
    "a statement without kind": (drop("st/kind"), "no statement of a known kind", 'string "kind"'),
    "an unknown kind": (put("st/kind", "All"), "no statement of a known kind: 'All'", '"All"'),
    "a kind that is a class": (put("st/kind", "Theorem"), "known kind: 'Theorem'", '"Theorem"'),
    "a statement in a list": (put("st", []), "no statement of a known kind", "must be an object"),
    "a theorem in a list": (put("theorems/-1", []), "must have the members", "must be an object"),
    "version 1": (put("version", 1), "of version 2", "not 1"),
    "version 3": (put("version", 3), "of version 2", "not 3"),
    "version as a text": (put("version", "2"), "of version 2", 'not "2"'),
    "version 2.0": (put("version", 2.0), "of version 2", r"not 2\.0"),
    "version true": (put("version", True), "of version 2", "not true"),
    "another format": (put("format", "circuitalg-theorem"), "not a certificate", "not a cert"),
    "no format": (drop("format"), "not a certificate", "not a certificate"),
    "a member of version 1": (put("theorem", {}), "not a certificate", 'member "theorem"'),
    "a member twice": (
        rewrite('"output": 0', '"output": 0, "output": 0'),
        "twice",
        "member twice",
    ),
    "two certificates": (text(lambda t: t + t), "not valid JSON|not JSON", "Extra data"),
    "half a certificate": (text(lambda t: t[: len(t) // 2]), "JSON", "not valid JSON"),
    "an empty file": (text(lambda t: ""), "JSON", "Expecting value"),
    "null": (text(lambda t: "null"), "not a certificate", "not a certificate"),
    "bytes of no text": (text(lambda t: "\x00\x01"), "JSON", "not valid JSON"),
    "100,000 levels": (text(lambda t: "[" * 10**5 + "]" * 10**5), "nested", "nested too deeply"),
}


@pytest.mark.parametrize("name", LAYOUT)
def test_the_layout_is_exact(name, folder):
    """Numbers, premises, networks and versions of a certificate: refused by both readers."""
    change, *reasons = LAYOUT[name]
    file = altered(genuine("cp"), change, folder)
    for sentence, reason in zip((kernel_says(file), checker_says(file)), reasons, strict=True):
        expect(bool(sentence and re.search(reason, sentence)), True, f"{sentence}")


@pytest.mark.parametrize("name", [name for name in ONE_EACH if not theorem(name).premises])
def test_what_follows_from_nothing_has_no_premises(name, folder):
    """A true theorem beside it is refused as a premise."""
    data = genuine(name)
    data["theorems"].append({**data["theorems"][0], "premises": [0]})
    file = written(json.dumps(data), folder)
    expect(None in (kernel_says(file), checker_says(file)), False, "accepted")


def test_a_certificate_cut_anywhere_is_none(folder):
    """A prefix of the text is refused by both readers."""
    content = json.dumps(genuine("star"))
    for cut in range(1, len(content), len(content) // 25):
        file = written(content[:cut], folder)
        expect(None in (kernel_says(file), checker_says(file)), False, f"accepted: {cut}")


def test_a_missing_file_is_refused(tmp_path):
    """A path to nothing, and to a folder."""
    for path in (tmp_path / "missing.json", tmp_path):
        expect(None in (kernel_says(path), checker_says(path)), False, "accepted")


def integers(data, way=()):
    """The ways to all integers in JSON data."""
    for key, part in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(part, dict | list):
            yield from integers(part, (*way, key))
        elif isinstance(part, int):
            yield (*way, key)


@pytest.mark.parametrize("name", ORACLE)
def test_every_number_that_is_off_by_one_is_refused_or_true(name, folder):
    """Brute force knows the ranks of what comes back; the checker accepts it as well."""
    data = genuine(name)
    for way in integers(data):
        for step in (1, -1):
            found = copy.deepcopy(data)
            at(found, way[:-1])[way[-1]] += step
            file = written(json.dumps(found), folder)
            if kernel_says(file) is None:
                check_true(ca.load_theorem(file).statement)
                expect(checker_says(file), None, f"the checker, after a change at {way}")
