"""Certificates made to be slow or large: `load_theorem` always ends, with a sentence.

Each of these files took minutes or gigabytes; here they end in a second or so. (Formulas have their
own tests.)
"""

import random
from fractions import Fraction

import pytest
from brute import expect
from certificates import genuine, theorem
from certificates.alter import altered, kernel_says, put

import circuitalg as ca
from circuitalg import deadline
from circuitalg.arithmetic.denominators import common_denominator
from circuitalg.circuit.files import circuit_to_data
from circuitalg.circuit.graph import Circuit, Node
from circuitalg.circuit.structure import scope_verdicts
from circuitalg.errors import (
    CertificateError,
    CircuitalgError,
    OutOfTimeError,
    RuleError,
    TooLargeError,
)
from circuitalg.kernel import certificate, rules
from circuitalg.kernel.given.represents import Expand
from circuitalg.kernel.given.universal import Selection
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import GenericRank
from circuitalg.kernel.rank.terms import (
    Bounds,
    BoundsAt,
    Exhaustive,
    IndexRecursion,
    RankGap,
    Trivial,
)
from circuitalg.kernel.rank.vanishing import vanishing_value
from circuitalg.kernel.rule import rule
from circuitalg.kernel.work import Work
from circuitalg.tensor.exact_tensor import ExactTensor

pytestmark = pytest.mark.soundness


def coprime(count, bits=9_000):
    """Odd numbers of this many bits, which have hardly a common factor."""
    draw = random.Random(7)
    return [draw.getrandbits(bits) | 1 << bits | 1 for _ in range(count)]


def long_fractions(rows, columns):
    """A matrix of fractions with denominators that have no small common multiple."""
    found = iter(coprime(rows * columns))
    return [[f"1/{next(found)}" for _ in range(columns)] for _ in range(rows)]


WIDE = ca.cp_model(2, 6, 6)
LONG = {name: long_fractions(*shape) for name, shape in WIDE.parameters.items()}
POWERS = [["^", ["x", 0], k] if k > 1 else ["x", 0] if k else 1 for k in range(41)]
ENDLESS = {
    "represents": put(
        "circuits/0", circuit_to_data(WIDE), "st/weights", LONG,
        "st/tensor/dims", [6, 6], "st/tensor/entries", [0] * 36,
    ),
    "far": put("circuits/0", circuit_to_data(WIDE), "st/weights", LONG),
    "independent": put(
        "st/functions", POWERS, "proof/points", [[k] for k in range(41)],
        "proof/inverse", long_fractions(41, 41),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_denominators_without_a_small_common_multiple_are_refused(name, tmp_path):
    """Their least common multiple is never formed: it is counted as it grows, or not needed."""
    said = kernel_says(altered(genuine(name), ENDLESS[name], tmp_path))
    reason = "does not show" if name == "independent" else "denominator has more than 100,000 bits"
    expect(reason in said, True, said)


def test_weights_of_an_exhaustive_rank_are_counted_too():
    """The same for the rank of a matricization that is written out."""
    circuit, parts = ca.cp_model(2, 6, 6), ca.Bipartition.of([0], 2)
    numbers = iter(coprime(200))
    weights = {
        name: [[Fraction(1, next(numbers)) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in circuit.parameters.items()
    }
    with pytest.raises(TooLargeError, match="common denominator"):
        rules.rank_at(circuit, weights, parts, BoundsAt(Trivial(), Exhaustive()))


def chain(length, number):
    """One location of dimension 1, and sums one above the other through the same number."""
    matrix = ((number,),)
    sums = (Node(f"s{k}", "sum", 1, None, (k,), (matrix,)) for k in range(length))
    return Circuit.from_nodes([Node("x", "input", 1, 0), *sums])


def test_numbers_that_grow_with_the_depth_are_counted_before_they_are_made():
    """22,000 factors of 400,000 bits: the one entry of the tensor would have a gigabyte."""
    circuit = chain(22_000, 2**400_000 + 1)
    with pytest.raises(TooLargeError, match="numbers too long or too much work"):
        rules.represents(circuit, ExactTensor((1,), (1,)), {}, Expand())


def test_universality_of_many_locations_is_refused_at_once():
    """20,000 locations of dimension 2 below one product cannot bring 2^20,000 products anywhere."""
    locations = 20_000
    nodes = [Node(f"x{k}", "input", 2, k) for k in range(locations)]
    nodes.append(Node("p", "product", 2, None, tuple(range(locations))))
    nodes.append(Node("out", "sum", 1, None, (locations,), ("w",)))
    with pytest.raises(CircuitalgError, match="only 2 products"):
        rules.universal(Circuit.from_nodes(nodes), Selection({}, "w"))


def repeated(locations, above):
    """Location 0 twice, so that no tree spares the scopes, below many products one by one."""
    nodes = [Node(f"x{k}", "input", 1, k) for k in range(locations)]
    nodes.append(Node("x0 again", "input", 1, 0))
    nodes.append(Node("p", "product", 1, None, tuple(range(1, locations))))
    top = len(nodes) - 1
    nodes += [Node(f"s{k}", "sum", 1, None, (top,), (f"w{k}",)) for k in range(above)]
    sums = tuple(range(top + 1, top + 1 + above))
    nodes.append(Node("all", "sum", 1, None, sums, tuple(f"v{k}" for k in range(above))))
    nodes.append(Node("q", "product", 1, None, (0, len(nodes) - 1)))
    nodes.append(Node("r", "sum", 1, None, (len(nodes) - 1,), ("u",)))
    nodes.append(Node("again", "sum", 1, None, (locations,), ("z",)))
    nodes.append(Node("out", "product", 1, None, (len(nodes) - 2, len(nodes) - 1)))
    return Circuit.from_nodes(nodes)


def test_scopes_are_counted_while_they_are_held(monkeypatch):
    """Equal scopes are one object; what is too much is refused in a sentence, not by the system."""
    circuit = repeated(2_000, 500)
    if scope_verdicts(circuit.nodes)[0]:
        pytest.fail("location 0 occurs twice")
    monkeypatch.setattr("circuitalg.circuit.structure._MAX_HELD", 100_000)
    with pytest.raises(TooLargeError, match="scopes"):
        scope_verdicts(circuit.nodes)


def test_the_common_denominator_is_right_below_the_limit():
    """6 of 1/2 and 1/3; a multiple that is there already; at the limit and one bit above."""
    for numbers, known, wanted in (
        ([Fraction(1, 2), Fraction(1, 3), 5], 1, 6),
        ([Fraction(1, 2), Fraction(5, 6)], 6, 6),
        ([], 4, 4),
    ):
        if common_denominator(numbers, "here", known) != wanted:
            pytest.fail(f"not {wanted}")
    if common_denominator([Fraction(1, 2**9)], "here", limit=10) != 512:
        pytest.fail("ten bits are allowed")
    with pytest.raises(TooLargeError, match=r"^here: "):
        common_denominator([Fraction(1, 2**10)], "here", limit=10)


def test_reading_has_a_deadline(tmp_path, monkeypatch):
    """When the time is over, long loops stop and the reader says so."""
    file = theorem("same").save(tmp_path / "same.json")
    monkeypatch.setattr(certificate, "_MAX_SECONDS", -1)
    with pytest.raises(CertificateError, match="not verified within"):
        ca.load_theorem(file)
    with deadline.within(-1), pytest.raises(OutOfTimeError):
        Work(10, "too much").spend(1)
    deep, halves = ca.ht_model(4, 2, [2, 2]), ca.Bipartition.odd_even(4)
    with deadline.within(-1), pytest.raises(OutOfTimeError):
        rules.generic_rank(Question(deep, halves), Bounds(Trivial(), IndexRecursion()))


def test_bounds_of_many_digits_are_counted_while_they_are_held(monkeypatch):
    """Index recursion and the messages of a block keep no more digits than a limit."""
    deep, halves = ca.ht_model(8, 4, [4, 4, 4]), ca.Bipartition.odd_even(8)
    monkeypatch.setattr("circuitalg.kernel.rank.recursion.MAX_HELD", 4)
    with pytest.raises(TooLargeError, match="too many digits"):
        rules.generic_rank(Question(deep, halves), Bounds(Trivial(), IndexRecursion()))


def test_a_search_for_zeros_is_counted(monkeypatch):
    """Zero channels of wide nodes are bits, and the bits that are held have a limit."""
    b = ca.CircuitBuilder(1, 4)
    dead = b.sum(b.input(0), width=4, matrix=[[0] * 4] * 4)
    circuit = b.build(b.sum(dead, width=1))
    monkeypatch.setattr("circuitalg.kernel.rank.vanishing._MAX_HELD_BITS", 3)
    with pytest.raises(CircuitalgError, match="too wide"):
        vanishing_value(circuit, 0)
    monkeypatch.setattr("circuitalg.kernel.rank.vanishing._MAX_WORK", 0)
    with pytest.raises(CircuitalgError, match="too large"):
        vanishing_value(circuit, 0)


BOUNDS = {
    "too many digits": [[3, 1 << 28]],
    "too many factors": [[2, 1]] * 300,
    "a plain integer of 64 bits": 1 << 64,
}


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds_are_not_multiplied_out_before_they_are_looked_at(name, tmp_path):
    """A kilobyte names a number of 50 MB; and one form is for small numbers, one for large ones."""
    change = put("theorems/0/statement/upper", BOUNDS[name])
    expect("upper" in str(kernel_says(altered(genuine("routing"), change, tmp_path))), True, "said")


def test_runs_of_a_whole_certificate_are_counted(tmp_path):
    """Each list may name a million numbers; a hundred of them may not."""
    split = {"kind": "Split", "dims": [[1, 1_000_000]], "blocks": []}
    lower = {"kind": "Split", "dims": None, "blocks": [split] * 100}
    change = put("theorems/0/proof/lower", lower)
    said = kernel_says(altered(genuine("routing"), change, tmp_path))
    expect("in a certificate" in str(said), True, "said")


def test_rules_are_the_kernels_own():
    """A function elsewhere cannot be made a rule by accident."""

    def mine(proof: RankGap) -> GenericRank:
        raise AssertionError

    with pytest.raises(RuleError, match=r"circuitalg\.kernel"):
        rule(mine)
