"""CPRank: bounds on the CP-rank of a given tensor."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

from ..meter import Meter, most_bits
from ..modular import list_rank, modulo, prime, residues
from ..read import Refusal
from ..schema import Claim, Kind, integer, listed, matrix, number, tagged
from ..tensor import modular_rank, reordered, tensor
from .represents import same_entries, tensor_line


def cp_rank(claim: Claim) -> list[str]:
    """A flattening from below, terms or fibres from above."""
    data, meter = claim.said["tensor"], claim.meter
    lower, below = from_below(claim.proof["lower"], data, meter)
    upper, above = from_above(claim.proof["upper"], data, meter)
    if (claim.said["lower"], claim.said["upper"]) != (lower, upper):
        raise Refusal(f"the bounds derived are {lower} and {upper}, not those stated.")
    return [
        f"Given is the {tensor_line(data, meter)}.",
        f"Its CP-rank over the reals is at least {lower} and at most {upper}.",
        f"From below: {below}. From above: {above}.",
    ]


def from_below(rule: dict[str, Any], data: dict[str, Any], meter: Meter) -> tuple[int, str]:
    """Derive a lower bound on the CP-rank; return it and what gave it."""
    dims, entries = data["dims"], data["entries"]
    if rule["kind"] == "Matricization":
        modes = rule["modes"]
        if modes != sorted(set(modes) & set(range(len(dims)))):
            raise Refusal("the modes of a matricization must be an increasing list of modes.")
        rank = modular_rank(entries, dims, modes, rule["prime"], meter)
        return rank, f"the matricization of the modes {modes}"
    p, groups = rule["p"], rule["groups"]
    order = [i for group in groups for i in group]
    if len(groups) != 3 or sorted(order) != list(range(len(dims))):
        raise Refusal("a Koszul flattening must part the modes into three groups.")
    a, b, c = (math.prod(dims[i] for i in group) for group in groups)
    projection, n = rule["projection"], 2 * p + 1
    if (len(projection), len(projection[0])) != (n, a):
        raise Refusal(f"the projection must be a {n} x {a} matrix.")
    if any(type(x) is not int for row in projection for x in row):
        raise Refusal("a projection must hold integers.")
    if math.comb(n, p) * max(b, c) > 2000:
        raise Refusal("the flattening has more than 2000 rows or columns.")
    flat = reordered(residues(entries, rule["prime"]), list(range(len(dims))), dims, order)
    meter.spend(n * len(flat) * 100)
    planes = [flat[i * b * c : (i + 1) * b * c] for i in range(a)]
    moved = [
        [sum(map(operator.mul, row, x)) % rule["prime"] for x in zip(*planes, strict=True)]
        for row in modulo(projection, rule["prime"])
    ]
    rank = list_rank(koszul_rows(moved, n, p, b, c), rule["prime"], meter)
    return -(-rank // math.comb(2 * p, p)), f"a Koszul flattening of rank {rank} with p = {p}"


def koszul_rows(moved: list[list[int]], n: int, p: int, b: int, c: int) -> list[list[int]]:
    """Write out e_S (x) y -> sum over i outside S of (e_i ^ e_S) (x) T(i, y, .), row by row."""
    places = {t: k for k, t in enumerate(itertools.combinations(range(n), p + 1))}
    rows = []
    for chosen in itertools.combinations(range(n), p):
        for j in range(b):
            row = [0] * (len(places) * c)
            for i in set(range(n)) - set(chosen):
                start = places[tuple(sorted((*chosen, i)))] * c
                sign = (-1) ** sum(1 for s in chosen if s < i)
                row[start : start + c] = [sign * x for x in moved[i][j * c : (j + 1) * c]]
            rows.append(row)
    return rows


def from_above(rule: dict[str, Any], data: dict[str, Any], meter: Meter) -> tuple[int, str]:
    """Derive an upper bound on the CP-rank; return it and what gave it."""
    dims, entries = data["dims"], data["entries"]
    if rule["kind"] == "LargestFibres":
        return math.prod(dims) // max(dims), "one term for each fibre of the largest mode"
    terms, what = rule["terms"], "the sum of the terms"
    if len(terms) * len(entries) > 20_000_000:
        raise Refusal("there are too many terms to sum.")
    scaled, digits = [], 0
    for term in terms:
        if list(map(len, term)) != dims:
            raise Refusal("a term does not have a vector of the right length for each mode.")
        scale, parts = 1, []
        for vector in term:
            (numbers,), unit = meter.whole([vector], "a term")
            parts.append(numbers)
            scale = meter.common((meter.product((scale, unit)),), "a term")
            digits = max(digits, most_bits([numbers]))
        scaled.append((scale, parts))
    common = meter.common((scale for scale, _ in scaled), what)
    bits = common.bit_length() + digits * len(dims)
    meter.hold(len(terms) * len(dims) + 2 * len(entries), bits, what)
    meter.spend(len(terms) * len(entries) * (200 + bits / 30 * (1 + digits / 30)))
    found = [0] * len(entries)
    for scale, parts in scaled:
        flat = [common // scale]
        for part in parts:
            flat = [x * y for x in flat for y in part]
        found = list(map(operator.add, found, flat))
    same_entries(found, common, entries, "the sum of the terms", meter)
    return len(terms), f"{len(terms)} pure tensors that sum to it"


modes = listed(integer(0, 63))
CP_RANK = Kind(
    {"tensor": tensor, "lower": integer(0), "upper": integer(0)},
    {
        "CPInterval": {
            "lower": tagged(
                {
                    "Matricization": {"modes": modes, "prime": prime},
                    "Koszul": {
                        "groups": listed(modes),
                        "p": integer(1, 3),
                        "projection": matrix,
                        "prime": prime,
                    },
                }
            ),
            "upper": tagged(
                {"Terms": {"terms": listed(listed(listed(number)))}, "LargestFibres": {}}
            ),
        }
    },
    cp_rank,
)
