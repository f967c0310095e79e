"""Certificates: a theorem comes back whole, and an altered one does not come back at all."""

import copy
import json
from fractions import Fraction

import brute
import numpy as np
import pytest
from brute import expect, expect_between

import circuitalg as ca
from circuitalg.errors import CircuitalgError, FileFormatError
from circuitalg.kernel import rules
from circuitalg.kernel.families import CPFamily, TruncatedFamily
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.terms import Factor, IndexRecursion, Kronecker, Minor, Split, TiedCut

pytestmark = pytest.mark.soundness

PRIME = 2**23 - 15


def kronecker_theorem():
    """Two digits of 2 in dimension 4."""
    circuit = ca.cp_model(2, 4, 4)
    digit = Split((1, 2, 2, 2), (Minor(1, 2, PRIME),))
    lower = Split(None, (Kronecker((digit, digit)),))
    return rules.generic_rank(
        Question(circuit, ca.Bipartition.of([0], 2)), lower, Factor((TiedCut(),))
    )


def weighted():
    """A CP network with rational weights."""
    circuit = ca.cp_model(4, 2, 3)
    generator = np.random.default_rng(1)
    weights = {}
    for name, shape in circuit.parameters.items():
        entries = [Fraction(int(n), 3) for n in generator.integers(1, 9, shape[0] * shape[1])]
        weights[name] = np.array(entries, dtype=object).reshape(shape)
    return circuit, weights


def shared_model():
    """Eight locations of dimension 2, all levels shared."""
    return ca.ht_model(8, 2, [2, 2, 2], shared=True)


def tree_theorem(nested, dim, widths, rows):
    """The rank of an untied network over nested lists."""
    tree = ca.ModeTree.from_nested(nested)
    return ca.prove_rank(ca.tree_model(tree, dim, widths), ca.Bipartition.of(rows, tree.locations))


def branches_theorem():
    """Three branches of rank one: a minor of the circuit and the index recursion."""
    b = ca.CircuitBuilder(2, 3)
    branches = [b.product(*[b.sum(b.input(i), width=1) for i in (0, 1)]) for _ in range(3)]
    return ca.prove_rank(b.build(b.sum(*branches, width=1)), ca.Bipartition.of([0], 2))


def weights_theorem(*, special):
    """The rank at given weights, by its structure or written out."""
    circuit, weights = weighted()
    if special:
        weights["out"] = np.array([[1, 0, 0]])
    return ca.prove_rank_at(circuit, weights, ca.Bipartition.of([0, 1], 4))


def grid_theorem():
    """The grid rank of two recurrent layers on three templates."""
    circuit = ca.rac_model(4, 2, 2, layers=2)
    templates = [[1, 0], [Fraction(1, 2), 1], [1, 1]]
    return ca.prove_grid_rank(circuit, ca.Bipartition.low_high(4), templates=templates)


ODD_EVEN = ca.Bipartition.odd_even(8)
KINDS = {
    "routing": lambda: ca.prove_rank(shared_model(), ODD_EVEN),
    "star": lambda: tree_theorem([[0, 1, 2], [3, [4, 5, 6, 7]]], 2, [6, 3, 2, 3], [1, 2, 4, 5, 6]),
    "bridge": lambda: tree_theorem([[0, 1, 2], [3, 4, 5]], 3, [2, 5, 5], [1, 2, 3]),
    "split": lambda: ca.prove_rank(ca.ht_model(8, 3, [2, 5, 3], outputs=2), ODD_EVEN, output=1),
    "kronecker": kronecker_theorem,
    "minor": branches_theorem,
    "simplex": lambda: ca.prove_rank(shared_model(), ODD_EVEN, space="simplex"),
    "above": lambda: ca.prove_rank(
        ca.ht_model(4, 3, [3, 3], shared=[False, True]), ca.Bipartition.odd_even(4)
    ),
    "weights": lambda: weights_theorem(special=False),
    "exhaustive": lambda: weights_theorem(special=True),
    "grid": grid_theorem,
    "cp": lambda: ca.prove_separation(shared_model(), ca.cp_model, partition="paper"),
    "truncated": lambda: rules.separation(
        ca.prove_rank(shared_model(), ca.Bipartition.blocks(8, 2)), TruncatedFamily(2)
    ),
}


@pytest.fixture(scope="module")
def theorems():
    """All kinds, made once."""
    return {kind: make() for kind, make in KINDS.items()}


def written(tmp_path, data):
    """A certificate file with this data."""
    path = tmp_path / "theorem.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_theorem_comes_back(kind, theorems, tmp_path):
    """Saved and loaded, the statement and the proof are equal, and so is the next certificate."""
    proved = theorems[kind]
    path = proved.save(tmp_path / "folder" / "theorem.json")
    again = ca.load_theorem(path)
    circuit = getattr(proved.statement, "circuit", None) or proved.statement.deep
    other = getattr(again.statement, "circuit", None) or again.statement.deep
    expect(other.fingerprint, circuit.fingerprint, "fingerprint")
    expect(str(again), str(proved), "sentence")
    expect(again.certificate(), proved.certificate(), "certificate")
    expect([p.name for p in path.parent.iterdir()], ["theorem.json"], "no other file is left")


@pytest.mark.parametrize("kind", KINDS)
def test_the_independent_checker_agrees(kind, theorems):
    """checker.py verifies each of them in a process of its own."""
    verdict = str(theorems[kind].check())
    expect(verdict.startswith("Verified"), True, verdict)


def test_every_rule_is_covered(theorems):
    """The certificates above use every rule of the format."""
    text = json.dumps([proved.certificate() for proved in theorems.values()])
    for rule in (
        "index_recursion",
        "factor",
        "tied_cut",
        "bridge",
        "star",
        "minor",
        "split",
        "routing",
        "kronecker",
        "minor_at",
        "exhaustive",
        "grid_minor",
    ):
        expect(f'"rule": "{rule}"' in text, True, rule)


def statement(data):
    """The statement of a certificate."""
    return data["theorem"]["statement"]


def set_to(*path):
    """An alteration: the last item is put at the place that the others name."""

    def alter(data):
        *way, value = path
        for key in way[:-1]:
            data = data[key]
        data[way[-1]] = value

    return alter


def first_minor(data):
    """The first minor rule of a certificate."""
    stack = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if item.get("rule") == "minor":
                return item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return None


def minor_with(**changes):
    """An alteration of the first minor."""
    return lambda data: first_minor(data["theorem"]).update(changes)


SAID = ("theorem", "statement")
ALTERED = {
    # what is stated
    "a larger lower bound": ("routing", set_to(*SAID, "lower", [[17, 1]])),
    "a smaller lower bound": ("routing", set_to(*SAID, "lower", [[15, 1]])),
    "a huge lower bound": ("routing", set_to(*SAID, "lower", [[2, 10**6]])),
    "a smaller upper bound": ("routing", set_to(*SAID, "upper", [[15, 1]])),
    "a larger upper bound": ("routing", set_to(*SAID, "upper", [[99, 1]])),
    "a zero bound": ("routing", set_to(*SAID, "lower", [[0, 1]])),
    "a negative bound": ("routing", set_to(*SAID, "lower", [[-16, 1]])),
    "a float bound": ("routing", set_to(*SAID, "lower", [[16.0, 1]])),
    "a text bound": ("routing", set_to(*SAID, "lower", "16")),
    "another kind": ("routing", set_to(*SAID, "kind", "RankAt")),
    "an unknown kind": ("routing", set_to(*SAID, "kind", "Everything")),
    "another space": ("above", set_to(*SAID, "space", "simplex")),
    "another space than the premise": ("cp", set_to(*SAID, "space", "simplex")),
    "an unknown space": ("routing", set_to(*SAID, "space", "complex")),
    "no such output": ("routing", set_to(*SAID, "output", 1)),
    "a negative output": ("split", set_to(*SAID, "output", -1)),
    "other sides": ("routing", set_to(*SAID, "I", [0, 1, 2, 3])),
    "exchanged sides": ("routing", set_to(*SAID, "I", [1, 3, 5, 7])),
    "an empty side": ("routing", set_to(*SAID, "I", [])),
    "a full side": ("routing", set_to(*SAID, "I", list(range(8)))),
    "a repeated location": ("routing", set_to(*SAID, "I", [0, 0, 2, 4])),
    "a missing location": ("routing", set_to(*SAID, "I", [0, 2, 4, 8])),
    "an unsorted side": ("routing", set_to(*SAID, "I", [6, 4, 2, 0])),
    # lower rules
    "a path of a larger base": (
        "routing",
        set_to("theorem", "lower", "blocks", 0, "paths", 0, 2, 3),
    ),
    "a path of base 1": ("routing", set_to("theorem", "lower", "blocks", 0, "paths", 0, 2, 1)),
    "a path the wrong way round": (
        "routing",
        lambda data: data["theorem"]["lower"]["blocks"][0]["paths"][0].reverse(),
    ),
    "a path twice": (
        "routing",
        lambda data: data["theorem"]["lower"]["blocks"][0]["paths"].append(
            data["theorem"]["lower"]["blocks"][0]["paths"][0]
        ),
    ),
    "a path less": (
        "routing",
        lambda data: data["theorem"]["lower"]["blocks"][0]["paths"].pop(),
    ),
    "a bare routing": (
        "routing",
        lambda data: data["theorem"].update(lower=data["theorem"]["lower"]["blocks"][0]),
    ),
    "a larger minor": ("star", minor_with(size=8)),
    "a smaller minor": ("star", minor_with(size=6)),
    "a minor of size 0": ("star", minor_with(size=0)),
    "a composite modulus": ("star", minor_with(prime=2**23 - 17)),
    "a modulus of 2": ("star", minor_with(prime=2)),
    "a large modulus": ("star", minor_with(prime=2**61 - 1)),
    "a negative seed": ("star", minor_with(seed=-1)),
    "a long seed": ("star", minor_with(seed=2**64)),
    "a float seed": ("star", minor_with(seed=1.0)),
    "an unknown lower rule": ("star", minor_with(rule="guess")),
    "a block rule less": ("split", lambda data: data["theorem"]["lower"]["blocks"].pop()),
    "a block rule more": (
        "split",
        lambda data: data["theorem"]["lower"]["blocks"].append({"rule": "routing", "paths": []}),
    ),
    "dimensions that grow": ("split", set_to("theorem", "lower", "dims", [[1, 1], [9, 14]])),
    "too few dimensions": ("split", set_to("theorem", "lower", "dims", [[1, 1]])),
    "a negative run of dimensions": (
        "split",
        set_to("theorem", "lower", "dims", [[1, 10**9], [1, -(10**9)]]),
    ),
    "factors that do not fit": (
        "kronecker",
        lambda data: data["theorem"]["lower"]["blocks"][0]["factors"].append(
            data["theorem"]["lower"]["blocks"][0]["factors"][0]
        ),
    ),
    "a factor less": (
        "kronecker",
        lambda data: data["theorem"]["lower"]["blocks"][0]["factors"].pop(),
    ),
    "an upper rule below": ("routing", set_to("theorem", "lower", {"rule": "index_recursion"})),
    # upper rules
    "no upper rule": ("routing", lambda data: data["theorem"].pop("upper")),
    "no lower rule": ("routing", lambda data: data["theorem"].pop("lower")),
    "no statement": ("routing", lambda data: data["theorem"].pop("statement")),
    "an unknown upper rule": ("routing", set_to("theorem", "upper", {"rule": "guess"})),
    "a lower rule above": (
        "minor",
        lambda data: data["theorem"].update(upper=data["theorem"]["lower"]),
    ),
    "an exhaustive generic rank": ("routing", set_to("theorem", "upper", {"rule": "exhaustive"})),
    "another cut for the star": (
        "star",
        lambda data: data["theorem"]["upper"]["blocks"].__setitem__(0, {"rule": "tied_cut"}),
    ),
    "a star at another variable": (
        "star",
        lambda data: data["theorem"]["upper"]["blocks"][0].update(variable=1),
    ),
    "a star at a leaf": (
        "star",
        lambda data: data["theorem"]["upper"]["blocks"][0].update(variable=3),
    ),
    "a star of no side": (
        "star",
        lambda data: data["theorem"]["upper"]["blocks"][0].update(side="K"),
    ),
    "a bridge at the root": (
        "bridge",
        lambda data: data["theorem"]["upper"]["blocks"][0].update(variable=0),
    ),
    "a bridge nowhere": (
        "bridge",
        lambda data: data["theorem"]["upper"]["blocks"][0].update(variable=99),
    ),
    "an upper block rule more": (
        "bridge",
        lambda data: data["theorem"]["upper"]["blocks"].append({"rule": "tied_cut"}),
    ),
    # given weights
    "a changed weight": ("exhaustive", set_to(*SAID, "weights", "out", [[1, 1, 1]])),
    "a missing weight": ("weights", lambda data: statement(data)["weights"].pop("out")),
    "an added weight": ("weights", set_to(*SAID, "weights", "more", [[1]])),
    "a misshapen weight": ("weights", set_to(*SAID, "weights", "out", [[1, 1]])),
    "a float weight": ("weights", set_to(*SAID, "weights", "out", [[1, 1, 0.5]])),
    "a Boolean weight": ("weights", set_to(*SAID, "weights", "out", [[1, 1, True]])),
    "a denominator of zero": ("weights", set_to(*SAID, "weights", "out", [[1, 1, "1/0"]])),
    "a word as weight": ("weights", set_to(*SAID, "weights", "out", [[1, 1, "one"]])),
    "code as weight": ("weights", set_to(*SAID, "weights", "out", [[1, 1, "__import__('os')"]])),
    # the grid
    "a repeated row": (
        "grid",
        lambda data: data["theorem"]["lower"]["rows"].__setitem__(
            0, data["theorem"]["lower"]["rows"][1]
        ),
    ),
    "a row less": ("grid", lambda data: data["theorem"]["lower"]["rows"].pop()),
    "a template that is none": (
        "grid",
        lambda data: data["theorem"]["lower"]["rows"][0].__setitem__(0, 3),
    ),
    "a negative template": (
        "grid",
        lambda data: data["theorem"]["lower"]["rows"][0].__setitem__(0, -1),
    ),
    "equal templates": ("grid", set_to(*SAID, "templates", [[1, 0], [1, 0], [1, 0]])),
    "a short template": ("grid", set_to(*SAID, "templates", [[1], [1], [1]])),
    # separations
    "more needed": ("cp", set_to(*SAID, "needed", [[17, 1]])),
    "no premise": ("cp", lambda data: data["theorem"].pop("premise")),
    "a premise with another number": (
        "cp",
        set_to("theorem", "premise", "statement", "lower", [[15, 1]]),
    ),
    "a premise across other sides": (
        "truncated",
        set_to("theorem", "premise", "statement", "I", [0, 2, 4, 6]),
    ),
    "another family": (
        "cp",
        set_to(*SAID, "family", {"kind": "truncated", "levels": 2, "window": 2}),
    ),
    "an unknown family": ("cp", set_to(*SAID, "family", {"kind": "all"})),
    "more levels": ("truncated", set_to(*SAID, "family", "levels", 3)),
    "no levels": ("truncated", set_to(*SAID, "family", "levels", 0)),
    "another window": ("truncated", set_to(*SAID, "family", "window", 3)),
    "a window of 1": ("truncated", set_to(*SAID, "family", "window", 1)),
    # the circuit
    "another network": (
        "routing",
        lambda data: data.update(circuit=kronecker_theorem().certificate()["circuit"]),
    ),
    "a node less": ("routing", lambda data: data["circuit"]["nodes"].pop()),
    "no circuit": ("routing", lambda data: data.pop("circuit")),
    # the envelope
    "another version": ("routing", set_to("version", 2)),
    "another format": ("routing", set_to("format", "circuitalg-theorem")),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_certificate_is_refused(name, theorems, tmp_path):
    """load_theorem raises an error of the package, and makes no theorem."""
    kind, alter = ALTERED[name]
    data = copy.deepcopy(theorems[kind].certificate())
    before = json.dumps(data)
    alter(data)
    expect(json.dumps(data) != before, True, "the certificate was altered")
    with pytest.raises(CircuitalgError) as caught:
        ca.load_theorem(written(tmp_path, data))
    expect("\n" in str(caught.value), False, "one line")


def test_an_untouched_certificate_of_each_kind_is_accepted(theorems, tmp_path):
    """The tests above fail for the alteration alone."""
    for kind, proved in theorems.items():
        data = copy.deepcopy(proved.certificate())
        expect(str(ca.load_theorem(written(tmp_path, data))), str(proved), kind)


def test_a_shared_network_is_not_its_untied_sister(theorems, tmp_path):
    """A routing of an untied network, put on the shared one, does not prove its larger rank."""
    untied = ca.prove_rank(ca.ht_model(4, 2, [4, 4]), ca.Bipartition.of([0, 1], 4))
    expect(untied.statement.lower, 4, "untied rank")
    shared = ca.prove_rank(ca.ht_model(4, 2, [4, 4], shared=True), ca.Bipartition.of([0, 1], 4))
    expect(shared.statement.lower, 3, "shared rank")
    data = copy.deepcopy(untied.certificate())
    data["circuit"] = shared.certificate()["circuit"]
    with pytest.raises(CircuitalgError):
        ca.load_theorem(written(tmp_path, data))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '"circuitalg-certificate"',
        "{}",
        '{"format": "circuitalg-certificate"}',
        '{"format": "circuitalg-certificate", "version": 1}',
        '{"format": "circuitalg-certificate", "version": 1, "circuit": {}, "theorem": {}}',
        '{"format": "circuitalg-certificate", "version": 1, "circuit": null, "theorem": null}',
        "[" * 100_000,
        '{"version": NaN}',
        "\x00\x01",
    ],
    ids=range(14),
)
def test_what_is_no_certificate_is_refused(text, tmp_path):
    """Unreadable, truncated, nested or foreign text gets one sentence of the package."""
    with pytest.raises(FileFormatError):
        ca.load_theorem(written(tmp_path, text))


def test_a_truncated_certificate_is_refused(theorems, tmp_path):
    """Cut anywhere, the file is no certificate any more."""
    text = json.dumps(theorems["star"].certificate())
    for cut in range(1, len(text), max(1, len(text) // 25)):
        with pytest.raises(CircuitalgError):
            ca.load_theorem(written(tmp_path, text[:cut]))


def test_a_missing_file_is_refused(tmp_path):
    """A path to nothing, and to a folder."""
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(FileFormatError):
            ca.load_theorem(path)


def test_a_theorem_file_is_written_whole_or_not_at_all(theorems, tmp_path):
    """Where the place cannot be written, nothing is left behind."""
    place = tmp_path / "theorem.json"
    place.mkdir()
    with pytest.raises(OSError, match="theorem"):
        theorems["star"].save(place)
    expect([p.name for p in tmp_path.iterdir()], ["theorem.json"], "files")


@pytest.mark.parametrize("kind", ["routing", "star", "bridge", "split", "kronecker", "truncated"])
def test_every_altered_number_is_refused_or_true(kind, theorems, tmp_path):
    """Each integer of a certificate, changed by one: refused, or what comes back is true."""
    original = theorems[kind].certificate()
    for way in integers(original, ()):
        for step in (1, -1):
            data = copy.deepcopy(original)
            place = data
            for key in way[:-1]:
                place = place[key]
            place[way[-1]] += step
            try:
                said = ca.load_theorem(written(tmp_path, data)).statement
            except CircuitalgError:
                continue
            if kind == "truncated":
                rank = brute.generic_rank(said.deep, said.bipartition.I, said.output)
                expect_between(said.needed, rank, rank, f"rank after a change at {way}")
            else:
                rank = brute.generic_rank(said.circuit, said.bipartition.I, said.output)
                expect_between(said.lower, rank, said.upper, f"rank after a change at {way}")


def integers(data, way):
    """The places of all integers in JSON data."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from integers(value, (*way, key))
    elif isinstance(data, list):
        for key, value in enumerate(data):
            yield from integers(value, (*way, key))
    elif isinstance(data, int) and not isinstance(data, bool):
        yield way


def test_a_statement_is_about_the_stored_circuit(theorems):
    """Loading does not depend on what else is in memory: equal circuits, equal statements."""
    proved = rules.separation(theorems["routing"], CPFamily())
    expect(proved.statement.deep.fingerprint, theorems["routing"].statement.circuit.fingerprint)


def test_rules_with_a_minor_of_the_circuit_round_trip(tmp_path):
    """A bare minor and the index recursion, without any split."""
    circuit, parts = ca.cp_model(3, 2, 2), ca.Bipartition.of([0], 3)
    proved = rules.generic_rank(
        Question(circuit, parts), Minor(2**64 - 1, 2, 101), IndexRecursion()
    )
    again = ca.load_theorem(proved.save(tmp_path / "a.json"))
    expect(again.certificate(), proved.certificate(), "certificate")
