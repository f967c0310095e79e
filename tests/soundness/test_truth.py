"""The brute force that holds readers of certificates to the truth: it knows a lie of every kind."""

import pytest
from brute import expect
from certificates import PROVED, genuine, theorem
from certificates.alter import get, put

from circuitalg.kernel.rules import RULES
from soundness.truth import DECIDE, FALSE, TRUE, UNDECIDED, truth

pytestmark = pytest.mark.soundness

OPEN = {
    "for all, windows of q^5": "the smallest network has 32 locations",
    "rounding": "nothing but a proof shows a bound for all numbers",
    "rounding without zeros": "the same",
    "rounding with zeros": "the same",
}
"""True theorems that brute force cannot confirm, and why."""


def test_there_is_a_truth_for_every_kind_of_statement():
    """A new kind of statement needs one."""
    expect(set(DECIDE), set(RULES), "kinds of statements")


@pytest.mark.parametrize("name", PROVED)
def test_what_is_proved_is_true(name):
    """Of every theorem in the table, and its premises; "undecided" only for the reason given."""
    data = genuine(name)
    for number in range(len(data["theorems"])):
        wanted = UNDECIDED if name in OPEN else TRUE
        expect(truth(data, number).word, wanted, f"theorem {number}")


def step(path, by):
    """Add to a number."""
    return lambda data: put(path, get(data, path) + by)(data)


def shared(data):
    """All networks of the family are shared."""
    get(data, "st/networks")["sharing"] = "shared"


def twice(path):
    """Put the first member of a list in the place of the second."""
    return lambda data: put(f"{path}/1", get(data, f"{path}/0"))(data)


def doubled(data):
    """Twice the bound."""
    put("st/claim/bound", ["*", 2, get(data, "st/claim/bound")])(data)


def one_channel(data):
    """The network has one channel at every node above the inputs."""
    for place in (2, 3, 4):
        put(f"nodes/{place}/2", 1)(data)


# name: (certificate, what makes its statement false)
FALSEHOODS = {
    "a rank above the truth": ("minor", step("st/lower", 1)),
    "a rank below the truth": ("bridge", step("st/upper", -1)),
    "a rank across other sides": ("minor", put("st/bipartition", "IIJJ")),
    "a rank of another output": ("outputs", put("st/output", 2)),
    "a rank of more than both branches": ("dag", put("st/lower", 5, "st/upper", 5)),
    "a rank over simplices": ("simplex", put("st/lower", 10)),
    "a rank at weights": ("at", put("st/weights/a1.0", [[0, 0], [0, 0]])),
    "a rank at weights, from above": (
        "zero at weights",
        put("st/weights/out", [[0, 1]], "st/lower", 1),
    ),
    "a grid's rank": ("grid", put("st/lower", 10)),
    "a grid of equal templates": ("grid", put("st/templates", [[1, 0], [1, 0], [1, 0]])),
    "a width that is not needed": ("cp", step("st/needed", 1)),
    "a bond that is not needed": ("trains", step("st/needed", 2)),
    "a hidden width that is not needed": ("recurrent", step("st/needed", 1)),
    "a width that another tree does not need": (
        "another tree",
        put("st/family/tree", [[0, 1], [2, 3]]),
    ),
    "a family across sides that cut its blocks": ("truncated", put("st/bipartition", "IJIJIJIJ")),
    "a bound for all sizes": ("for all", put("st/claim/bound/2/2", ["+", ["sym", "m"], 1])),
    "a bound of twice the size": ("for all", doubled),
    "digits of shared networks": ("for all, digits", shared),
    "halves of unshared networks": ("for all, halves", put("st/networks/sharing", "unshared")),
    "a last level's width": ("for all, last level of HT", put("st/claim/bound", 1)),
    "a count of parameters": ("for all, count", put("st/networks/outputs", 3)),
    "a count of other ties": ("for all, count", put("st/networks/sharing", "unshared")),
    "a CP model of more channels": (
        "for all, contains",
        put("st/claim/channels", ["+", ["sym", "Z"], 1]),
    ),
    "a CP model of more locations": ("for all, contains", step("st/claim/locations/2/2", 1)),
    "a matrix doubled": ("same", put("st/weights/a1.0", ["matrix", [2, 0], [0, 2]])),
    "a parameter exchanged": ("same", put("st/weights/a0.0", ["parameter", "a0.1"])),
    "a location that is not symmetric": ("symmetric", put("circuits/0/nodes/4/4/0", 1)),
    "a permutation that breaks windows": ("symmetric", put("st/generators/0", [0, 2, 1, 3])),
    "an entry": ("represents", put("st/tensor/entries/3", "4/7")),
    "a weight": ("represents", put("st/weights/out/0/0", 5)),
    "all tensors from one channel": ("universal", one_channel),
    "a hierarchical rank": ("minimal", put("st/ranks/1", 1)),
    "a hierarchical rank above": ("minimal", put("st/ranks/1", 3)),
    "a tree of other modes": ("minimal", put("st/tree", [[0, 2], [1, 3]])),
    "a CP-rank from below": ("cp rank of a matrix", put("st/lower", 2, "st/upper", 2)),
    "a CP-rank from above": ("cp rank", put("st/upper", 4, "st/lower", 4)),
    "a CP-rank above all": ("cp rank", put("st/lower", 7, "st/upper", 9)),
    "a function twice": ("independent", twice("st/functions")),
    "a sum of the others": (
        "independent",
        lambda d: put("st/functions/2", ["+", *get(d, "st/functions")[:2]])(d),
    ),
    "a step that is another but at a point": (
        "independent",
        put(
            "st/functions", [["step", ["x", 0]], ["+", 1, ["*", -1, ["step", ["*", -1, ["x", 0]]]]]]
        ),
    ),
    "a distance": ("far", put("st/squared_distance", 6538)),
    "a distance in another metric": (
        "far with orthonormal functions",
        put("st/squared_distance", 10**6),
    ),
    "a distance from rank 2": ("far with monomials", put("st/rank", 2)),
    "a mean without log n": ("log space", put("st/offsets/a*2/1", 1)),
    "a sum for a mean": ("log space", put("st/simnet/nodes/2/6", "sum")),
    "another fixed offset": ("log space, softmax", put("st/simnet/matrices/0/1/1", 4)),
    "two betas": ("log space", put("st/simnet/nodes/2/5", 2)),
    "a half exchanged": ("split", lambda d: get(d, "circuits/1/parameters").reverse()),
    "a half with a sign": ("split", put("circuits/1/matrices/-1", [[0], [-1]])),
    "simplices below unequal ties": ("simplex form", put("nodes/8/4", [1])),
    "a square": ("multilinear", put("nodes/7/3", [1, 4])),
    "a term without a location": ("multilinear", put("nodes/7/3", [1])),
    "a sign": ("score", lambda d: put("st/sign", -get(d, "st/sign"))(d)),
    "a logarithm": ("score", lambda d: put("st/high", get(d, "st/low"))(d)),
    "a score at another input": ("score", put("st/x/0/0", 7)),
    "an error of nothing": ("rounding", put("st/bound", 0)),
    "an error a tenth as large": ("rounding without zeros", put("st/bound", "1/100000000000000")),
    "a logarithm of a negative number": ("rounding", put("circuits/0/matrices/0/0/0", -1)),
}


@pytest.mark.parametrize("name", FALSEHOODS)
def test_what_is_false_is_found_false(name):
    """By the statement alone, whatever its proof says."""
    whose, change = FALSEHOODS[name]
    data = genuine(whose)
    change(data)
    found = truth(data)
    expect(found.word, FALSE, f"{name} ({found.why})")


def test_every_kind_of_statement_has_a_falsehood():
    """So no kind is waved through."""
    found = {type(theorem(whose).statement).__name__ for whose, _ in FALSEHOODS.values()}
    expect(found, set(RULES), "kinds with a falsehood")
