"""LinearlyIndependent: a matrix of values that is certainly non-singular."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from ..expressions import TERM, Tree, text_of
from ..intervals import MAX_BITS, Interval, Intervals, fractions
from ..meter import Meter
from ..read import Entry, Matrix, Refusal, as_list, cut
from ..schema import Claim, File, Kind, integer, matrix
from ..tensor import times_transpose

MAX_FUNCTIONS = 200


def linearly_independent(claim: Claim) -> list[str]:
    """The matrix of values at the points is certainly non-singular."""
    dimension, functions = claim.said["dimension"], claim.said["functions"]
    points, inverse = claim.proof["points"], claim.proof["inverse"]
    count = len(functions)
    if not 0 < count <= MAX_FUNCTIONS:
        raise Refusal(f"there are {count} functions; 1 to {MAX_FUNCTIONS} are allowed.")
    for term in functions:
        check_numbers(term, dimension)
    if (len(points), len(points[0])) != (count, dimension):
        raise Refusal(f"{count} points of {dimension} coordinates are needed.")
    if (len(inverse), len(inverse[0])) != (count, count):
        raise Refusal(f"the inverse must be a {count} x {count} matrix.")
    intervals = Intervals(claim.proof["bits"], claim.meter)
    values = [[value(term, point, intervals) for term in functions] for point in points]
    near_identity(inverse, values, claim.meter)
    shown = "; ".join(f"f{i + 1} = {cut(text_of(term))}" for i, term in enumerate(functions[:8]))
    more = f"; ... (f1 to f{count})" if count > 8 else ""
    return [
        f"On R^{dimension}: {shown}{more}.",
        (
            f"These {count} functions are linearly independent: no combination of them but the"
            " trivial one is zero almost everywhere. So are the products of one of them per"
            " location, for every number of locations."
        ),
    ]


def check_numbers(term: Tree, dimension: int) -> None:
    """Refuse coordinates beyond R^dimension, and exponents that are not small naturals."""
    if type(term) is not tuple:
        return
    name, *parts = term
    if name == "x" and (type(parts[0]) is not int or not 0 <= parts[0] < dimension):
        raise Refusal(f"a coordinate must be an integer from 0 to {dimension - 1}.")
    if name == "^" and (type(parts[1]) is not int or not 0 <= parts[1] <= 64):
        raise Refusal("an exponent must be an integer from 0 to 64.")
    for part in parts:
        check_numbers(part, dimension)


def value(term: Tree, point: Sequence[Entry], intervals: Intervals) -> Interval:
    """Enclose a term's value; refuse where it may jump or be undefined."""
    intervals.meter.spend(4000 + intervals.cost)
    if type(term) is not tuple:
        return intervals.number(term)
    name, *parts = term
    if name == "x":
        return intervals.number(point[parts[0]])
    if name == "^":
        return intervals.power(value(parts[0], point, intervals), parts[1])
    values = [value(part, point, intervals) for part in parts]
    if name == "*":
        return functools.reduce(intervals.product, values)
    if name == "/":
        return intervals.product(values[0], intervals.inverse(values[1]))
    operation: dict[str, Callable[..., Interval]] = {
        "+": intervals.sum,
        "max": intervals.largest,
        "exp": intervals.exp,
        "sqrt": intervals.root,
        "step": intervals.step,
        "pi": intervals.pi,
    }
    return operation[name](*values)


def near_identity(inverse: Matrix, values: list[list[Interval]], meter: Meter) -> None:
    """Refuse unless every row of 1 - R F has absolute sum below 1, for all F in the intervals.

    All numbers are integers over common denominators: middles exactly, radii with |R|.
    """
    rows, unit = meter.whole(inverse, "the inverse")
    ends = [[end for x in row for end in fractions(x)] for row in values]
    whole, scale = meter.whole(ends, "the values")
    columns = list(zip(*whole, strict=True))  # lower ends, upper ends, and so on
    pairs = list(zip(columns[::2], columns[1::2], strict=True))
    middles = [[x + y for x, y in zip(*pair, strict=True)] for pair in pairs]
    radii = [[y - x for x, y in zip(*pair, strict=True)] for pair in pairs]
    one = 2 * unit * scale
    spread = times_transpose([list(map(abs, row)) for row in rows], radii, meter)
    for i, row in enumerate(times_transpose(rows, middles, meter)):
        if sum(abs(x - one * (i == j)) for j, x in enumerate(row)) + sum(spread[i]) >= one:
            raise Refusal(
                "the matrix of the functions' values is not shown to be non-singular: row"
                f" {i} of 1 - R F has no sum below 1."
            )


def terms(value: object, what: str, _: File) -> list[Tree]:
    """Read functions; the parts of all together are limited."""
    return TERM.read(*as_list(value, what))


LINEARLY_INDEPENDENT = Kind(
    {"dimension": integer(1, 64), "functions": terms},
    {"PointWitness": {"bits": integer(1, MAX_BITS), "points": matrix, "inverse": matrix}},
    linearly_independent,
)
