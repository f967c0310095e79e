"""GenericRank, RankAt, GridRank and Separation."""

from __future__ import annotations

from .. import schema
from ..circuit import check_scopes, shaped_weights
from ..meter import Meter
from ..modular import modulo, prime
from ..read import Refusal
from ..schema import Bound, Claim, Kind, Subject, subject_of, tagged
from ..verdict import digest, pattern, show, spread
from .families import FAMILIES, family_of
from .lower import LOWER, TRIVIAL, lower_bound
from .minors import MINOR, circuit_minor, drawing, drawn_vectors, drawn_weights
from .upper import UPPER, UPPER_AT, upper_bound

SPACES = {
    "real": "all real weights",
    "nonnegative": "all non-negative weights",
    "simplex": "all weights whose matrix rows are non-negative and sum to 1",
}
MATRIX = "rank of the I x J matricization of the coefficient tensor"


def about(subject: Subject) -> list[str]:
    """Describe the network and the bipartition."""
    circuit, inside = subject.circuit, subject.places(0)
    weights = sum(rows * columns for rows, columns in circuit.shapes)
    places = len(circuit.dims)
    shape = "a tree" if circuit.is_tree else "not a tree"
    return [
        (
            f"Network: {places} locations of dimension {spread(circuit.dims)},"
            f" {len(circuit.kinds)} nodes ({shape}), {len(circuit.parameters)} parameter"
            f" matrices with {weights} weights; output channel {subject.output} of"
            f" {circuit.widths[-1]}."
        ),
        f"Fingerprint: {circuit.fingerprint}",
        (
            f"I = {pattern(inside)} ({len(inside)} of {places} locations),"
            f" J = the other {places - len(inside)}."
        ),
    ]


def almost_all(space: str) -> str:
    """Say for which weights a generic statement holds."""
    return (
        "For almost all weights (off the zero set of a non-zero polynomial on the space of"
        f" {SPACES[space]})"
    )


def same(stored: Bound, value: int, what: str, meter: Meter) -> None:
    """Demand that the statement's number is exactly the derived one."""
    if not stored.is_value(value, meter):
        derived = str(value) if value.bit_length() < 100 else f"one of {value.bit_length()} bits"
        raise Refusal(f"the statement's {what} is {show(stored)}, but the rules give {derived}.")


def generic_rank(claim: Claim) -> list[str]:
    """GenericRank: lower <= rank for almost all weights of the space, rank <= upper for all."""
    said, rule = claim.said, claim.proof
    subject = subject_of(claim, said["circuit"])
    check_scopes(subject.circuit, claim.meter)
    if said["space"] == "simplex" and rule["lower"]["kind"] == "Split":
        if claim.premise("SimplexForm")["circuit"] is not said["circuit"]:
            raise Refusal("the premise is the simplex form of another network.")
    elif claim.premises:
        raise Refusal("only a split over the simplex has a premise, the network's simplex form.")
    upper, above = upper_bound(subject, rule["upper"])
    same(said["upper"], upper, "upper bound", claim.meter)
    lower, below = lower_bound(subject, rule["lower"], said["space"])
    same(said["lower"], lower, "lower bound", claim.meter)
    if lower > upper:
        raise Refusal("the lower bound exceeds the upper bound: one of the rules is wrong.")
    least, most = show(said["lower"]), show(said["upper"])
    end = "The two bounds differ: the generic rank lies between them."
    if lower == upper:
        end = f"So the rank is {least} for almost all weights."
    return [
        *about(subject),
        f"{almost_all(said['space'])}: {MATRIX} >= {least}",
        f"For all weights: rank <= {most}",
        end,
        f"Lower bound by: {below}",
        f"Upper bound by: {above}",
    ]


def rank_at(claim: Claim) -> list[str]:
    """RankAt: lower <= rank <= upper at the weights of the statement."""
    said, rule = claim.said, claim.proof["lower"]
    subject = subject_of(claim, said["circuit"])
    given = shaped_weights(subject.circuit, said["weights"])
    check_scopes(subject.circuit, claim.meter)
    lower, below = TRIVIAL
    if rule["kind"] == "Minor":
        size, modulus = rule["size"], rule["prime"]
        reduced = [modulo(matrix, modulus) for matrix in given]
        vectors = drawn_vectors(subject, drawing(rule), size)
        lower = circuit_minor(subject, reduced, vectors, size, modulus)
        below = f"a minor of size {size}"
    same(said["lower"], lower, "lower bound", claim.meter)
    upper, above = upper_bound(subject, claim.proof["upper"], given)
    same(said["upper"], upper, "upper bound", claim.meter)
    if lower > upper:
        raise Refusal("the lower bound exceeds the upper bound: one of the rules is wrong.")
    return [
        *about(subject),
        (
            "At the weights stored in the certificate (SHA-256 of their canonical text"
            f" {digest(said['weights'], claim.meter)}):"
        ),
        f"{show(said['lower'])} <= {MATRIX} <= {show(said['upper'])}",
        f"Lower bound by: {below}",
        f"Upper bound by: {above}",
    ]


def grid_rank(claim: Claim) -> list[str]:
    """GridRank: for almost all weights the grid matrix on the templates has rank >= lower.

    The rows and columns of a minor of that matrix are given; no structure of the circuit is needed.
    """
    said, rule = claim.said, claim.proof
    subject, templates = subject_of(claim, said["circuit"]), said["templates"]
    if set(subject.circuit.dims) != {len(templates[0])}:
        raise Refusal("all locations must have one dimension, the length of the templates.")
    size, modulus = len(rule["rows"]), rule["prime"]
    if not 0 < size < 1 << 16 or len(rule["columns"]) != size:
        raise Refusal("a grid minor needs as many columns as rows, and at least one.")
    reduced = modulo(templates, modulus)
    vectors: list[list[list[int]]] = [[] for _ in subject.sides]
    for side, lines in enumerate((rule["rows"], rule["columns"])):
        places = subject.places(side)
        for line in lines:
            if len(line) != len(places) or max(line) >= len(reduced):
                raise Refusal("a row or column of a grid minor has a template for each location.")
            for place, template in zip(places, line, strict=True):
                vectors[place].append(reduced[template])
    drawn = drawn_weights(subject, drawing(rule), "real", modulus)
    lower = circuit_minor(subject, drawn, vectors, size, modulus)
    same(said["lower"], lower, "lower bound", claim.meter)
    return [
        *about(subject),
        (
            f"{almost_all('real')}: the grid matrix on the {len(templates)} stored templates, rows"
            f" I and columns J, has rank >= {show(said['lower'])}; so the separation rank of the"
            " network's function across I, J is at least that."
        ),
        f"Lower bound by: a minor of size {size}",
    ]


def separation(claim: Claim) -> list[str]:
    """Separation: a family's members below `needed` have rank below the premise's lower bound.

    A member whose parameter is at most r has rank at most b(r) across I, J, for all its weights; b
    does not decrease.  The tensors of rank <= k form a closed set, so the members do not come
    arbitrarily close either.
    """
    said, meter = claim.said, claim.meter
    subject = subject_of(claim, said["deep"])
    family, parameter, most = family_of(subject, said["family"])
    known = claim.premise("GenericRank")
    if known["circuit"] is not said["deep"]:
        raise Refusal("the premise of a Separation is about another network.")
    for name in ("space", "bipartition", "output"):
        if known[name] != said[name]:
            raise Refusal(f"the premise of a Separation has another {name}.")
    rank, needed = known["lower"].value(meter), said["needed"].value(meter)
    if needed > rank or most(needed) < rank or (needed and most(needed - 1) >= rank):
        raise Refusal(
            f"{show(said['needed'])} is not the least {parameter} for which the family reaches the"
            f" premise's rank {show(known['lower'])}."
        )
    lines = about(subject)
    return [
        *lines,
        (
            f"{almost_all(said['space'])} of this network: no member of the family below with"
            f" {parameter} < {show(said['needed'])} has the same coefficient tensor, nor do such"
            " members approximate it arbitrarily well."
        ),
        f"Family: {family}",
        (
            "Because such a member has a rank across I, J below"
            f" {show(known['lower'])}, and here we know:"
        ),
        *(f"  {line}" for line in claim.premises[0].text[len(lines) :]),
    ]


CHOICE = {"bipartition": schema.bipartition, "output": schema.integer(0)}
BOUNDS = {"lower": schema.bound, "upper": schema.bound}
LINES = schema.listed(schema.listed(schema.integer(0)))  # templates' numbers
GENERIC_RANK = Kind(
    {"circuit": schema.circuit, **CHOICE, **BOUNDS, "space": schema.word(*SPACES)},
    {"Bounds": {"lower": tagged(LOWER), "upper": tagged(UPPER)}},
    generic_rank,
    has_premises=True,
)
RANK_AT = Kind(
    {"circuit": schema.circuit, "weights": schema.weights, **CHOICE, **BOUNDS},
    {"BoundsAt": {"lower": tagged({"Minor": MINOR, "Trivial": {}}), "upper": tagged(UPPER_AT)}},
    rank_at,
)
GRID_RANK = Kind(
    {"circuit": schema.circuit, "templates": schema.matrix, **CHOICE, "lower": schema.bound},
    {"GridMinor": {"seed": schema.integer(0), "prime": prime, "rows": LINES, "columns": LINES}},
    grid_rank,
)
SEPARATION = Kind(
    {
        "deep": schema.circuit,
        "family": tagged(FAMILIES),
        **CHOICE,
        "needed": schema.bound,
        "space": schema.word(*SPACES),
    },
    {"RankGap": {}},
    separation,
    has_premises=True,
)
