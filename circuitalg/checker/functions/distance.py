"""NotApproximable: L2 distances, by integer matrices over one denominator each."""

from __future__ import annotations

import operator
from fractions import Fraction

from ..circuit import Circuit, check_scopes, shaped_weights
from ..intervals import MAX_BITS, Intervals
from ..meter import MAX_DENOMINATOR, Meter, most_bits
from ..read import Matrix, Refusal
from ..schema import Claim, Kind, bipartition, circuit, integer, matrix, number, subject_of, weights
from ..tensor import MAX_EXACT, Scaled, exact_tensor, reordered, times_transpose
from ..verdict import ECKART, decimal, network_lines, pattern
from .gram import Ends, gram, gram_table, gram_text

MAX_SIDE = 256
MAX_GRAM = 32
TAIL = "K + W - t / G"


def not_approximable(claim: Claim) -> list[str]:
    """The tail of a matrix's spectrum in the metric of the Gram matrix."""
    said, proof, meter = claim.said, claim.proof, claim.meter
    network: Circuit = said["circuit"]
    meter.rests_on.add(ECKART)
    check_scopes(network, meter)
    subject = subject_of(claim, network)
    inside = subject.places(0)
    dim, side = network.dims[0], len(inside)
    if set(network.dims) != {dim} or dim > MAX_GRAM or dim**side > MAX_SIDE:
        raise Refusal(f"one dimension, at most {MAX_GRAM}, and at most {MAX_SIDE} rows are needed.")
    if dim ** len(network.dims) > MAX_EXACT:
        raise Refusal(f"the tensor has more than {MAX_EXACT} entries.")
    size, rank = dim**side, said["rank"]
    if rank >= size:
        raise Refusal(f"the rank is {rank}; the matrix has {size} rows.")
    base = symmetric(proof["gram"], dim, "the Gram matrix below", meter)
    gram_below(gram_table(said["gram"], dim, Intervals(proof["bits"], meter)), base, meter)
    semidefinite(base, proof["gram_factor"], "the Gram matrix below", meter)
    dual = symmetric(proof["inverse"], dim, "the inverse", meter)
    unit = base[1] * dual[1]
    if times_transpose(base[0], dual[0], meter) != [
        [unit * (i == j) for j in range(dim)] for i in range(dim)
    ]:
        raise Refusal("the inverse of the Gram matrix below is not its inverse.")
    witness = symmetric(proof["W"], size, "W", meter)
    semidefinite(witness, proof["w_factor"], "W", meter)
    t = Fraction(proof["t"])
    if t < 0:
        raise Refusal("t must not be negative.")
    given = shaped_weights(network, said["weights"])
    kernel = squared_matrix(network, given, subject.output, inside, base, meter)
    inverse = kronecker_power(dual, side, meter)
    total = combined([(1, kernel), (1, witness), (-t, inverse)], TAIL, meter)
    semidefinite(total, proof["s_factor"], TAIL, meter)
    metric, scale = kronecker_power(base, side, meter)
    trace = sum(sum(map(operator.mul, *rows)) for rows in zip(metric, witness[0], strict=True))
    bound = (size - rank) * t - Fraction(trace, scale * witness[1])
    if not 0 < said["squared_distance"] <= bound:
        raise Refusal("the witness gives a bound that is not positive, or below what is stated.")
    return [
        *network_lines(network),
        f"Representation functions: {gram_text(said['gram'], dim)}.",
        (
            f"At the weights stored in the certificate, the function of output {subject.output} has"
            f" squared L2 distance at least {decimal(said['squared_distance'], up=False)} from"
            f" every function whose tensor's matrix, rows by the locations {pattern(inside)}, has"
            f" rank at most {rank}; so from every CP model of at most {rank} channels."
        ),
    ]


def symmetric(stored: Matrix, size: int, what: str, meter: Meter) -> Scaled:
    """Demand a symmetric matrix of this size; return it over one denominator."""
    if (len(stored), len(stored[0])) != (size, size):
        raise Refusal(f"{what} must be a {size} x {size} matrix.")
    if list(stored) != list(zip(*stored, strict=True)):
        raise Refusal(f"{what} must be symmetric.")
    return meter.whole(stored, what)


def combined(parts: list[tuple[Fraction | int, Scaled]], what: str, meter: Meter) -> Scaled:
    """Return a linear combination of matrices."""
    units = [meter.product((unit, factor.denominator)) for factor, (_, unit) in parts]
    whole = meter.common(units, what, 4 * MAX_DENOMINATOR)
    size = len(parts[0][1][0]) * len(parts[0][1][0][0])
    bits = whole.bit_length() + max(most_bits(rows) for _, (rows, _) in parts)
    meter.hold(size, bits, what)
    meter.spend(size * len(parts) * (100 + bits / 30 * (1 + whole.bit_length() / 30)))
    factors = [f.numerator * (whole // unit) for (f, _), unit in zip(parts, units, strict=True)]
    rows = [
        [sum(map(operator.mul, factors, entries)) for entries in zip(*lines, strict=True)]
        for lines in zip(*(rows for _, (rows, _) in parts), strict=True)
    ]
    return rows, whole


def dominant(rows: list[list[int]], claim: str) -> None:
    """Refuse unless each diagonal entry is at least the sum of the others' magnitudes."""
    for i, row in enumerate(rows):
        if 2 * row[i] < sum(map(abs, row)) or row[i] < 0:
            raise Refusal(f"{claim} (row {i}).")


def semidefinite(given: Scaled, factor: Matrix, what: str, meter: Meter) -> None:
    """Refuse unless the matrix - R R^T is diagonally dominant, its diagonal not negative."""
    root, unit = meter.whole(factor, f"the factor of {what}")
    if len(root) != len(given[0]):
        raise Refusal(f"the factor of {what} must have {len(given[0])} rows.")
    square = times_transpose(root, root, meter), meter.product((unit, unit))
    rest, _ = combined([(1, given), (-1, square)], what, meter)
    dominant(rest, f"{what} is not shown to be positive semidefinite")


def gram_below(table: list[list[Ends]], lower: Scaled, meter: Meter) -> None:
    """Refuse unless G - G0 is diagonally dominant for all G in the intervals."""
    what = "the Gram matrix"
    ends = meter.whole([[x for pair in row for x in pair] for row in table], what)
    twice = [[x for x in row for _ in range(2)] for row in lower[0]], lower[1]
    rows, _ = combined([(1, ends), (-1, twice)], what, meter)
    least = [
        [low if i == j else max(low, high, key=abs) for j, (low, high) in enumerate(pairs)]
        for i, pairs in enumerate(zip(row[::2], row[1::2], strict=True) for row in rows)
    ]
    dominant(least, f"{what} is not shown to be above the rational one")


def kronecker_power(given: Scaled, exponent: int, meter: Meter) -> Scaled:
    """Return the Kronecker power, the first factor slowest."""
    rows, factor = given
    bits, size = most_bits(rows) + factor.bit_length(), len(rows) ** exponent
    meter.hold(size * size, exponent * bits, "a power of a matrix")
    meter.spend(2 * size * size * (100 + exponent * bits / 30 * (1 + bits / 30)))
    total = [[1]]
    for _ in range(exponent):
        total = [[x * y for x in row for y in more] for row in total for more in rows]
    return total, factor**exponent


def squared_matrix(
    network: Circuit,
    given: list[Matrix],
    output: int,
    inside: list[int],
    base: Scaled,
    meter: Meter,
) -> Scaled:
    """Return K = A (G0 on every location of J) A^T for the matrix A with rows by I."""
    dims = network.dims
    outside = [i for i in range(len(dims)) if i not in inside]
    channel, modes, scale = exact_tensor(network, given, output, meter)
    flat = reordered(channel, modes, dims, [*inside, *outside])
    width = dims[0] ** len(outside)
    rows = [flat[i : i + width] for i in range(0, len(flat), width)]
    unit = meter.product((scale, scale))
    moved = rows
    for _ in outside:  # the last mode is multiplied and becomes the first one
        first, second = most_bits(moved), most_bits(base[0])
        meter.hold(len(flat), first + second, "A G A^T")
        meter.spend(len(flat) * dims[0] * (100 + first / 30 * (1 + second / 30)))
        moved = [
            [
                sum(map(operator.mul, line, row[k : k + dims[0]]))
                for line in base[0]
                for k in range(0, width, dims[0])
            ]
            for row in moved
        ]
        unit = meter.product((unit, base[1]))
    return times_transpose(rows, moved, meter), unit


NOT_APPROXIMABLE = Kind(
    {
        "circuit": circuit,
        "weights": weights,
        "bipartition": bipartition,
        "rank": integer(0),
        "gram": gram,
        "squared_distance": number,
        "output": integer(0),
    },
    {
        "GramTail": {
            "bits": integer(1, MAX_BITS),
            "t": number,
            **dict.fromkeys(("gram", "inverse", "W"), matrix),
            **dict.fromkeys(("gram_factor", "w_factor", "s_factor"), matrix),
        }
    },
    not_approximable,
)
