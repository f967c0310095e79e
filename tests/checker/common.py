"""A tiny generator of networks and certificates, written apart from the package and the checker."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

PRIME = 8_388_593
BIG_PRIME = (1 << 61) - 1

Json = dict[str, Any]


class Build:
    """Write a circuit's JSON by hand: every method returns the number of the new node."""

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self.parameters: list[str] = []
        self.numbers: dict[str, int] = {}
        self.matrices: list[Any] = []

    def add(self, *node: Any) -> int:
        """Add a node."""
        self.nodes.append([f"n{len(self.nodes)}", *node])
        return len(self.nodes) - 1

    def input(self, location: int, width: int) -> int:
        """Add an input node."""
        return self.add("input", width, location)

    def constant(self, width: int) -> int:
        """Add a constant node."""
        return self.add("constant", width)

    def ref(self, name: str | list[list[Any]]) -> int:
        """Return the reference of a parameter (a name) or of a fixed matrix (its rows)."""
        if isinstance(name, str):
            if name not in self.numbers:
                self.numbers[name] = len(self.parameters)
                self.parameters.append(name)
            return self.numbers[name]
        self.matrices.append(name)
        return -len(self.matrices)

    def sum(self, width: int, *edges: tuple[int, str | list[list[Any]]]) -> int:
        """Add a sum with edges (child, parameter name or fixed matrix)."""
        return self.add("sum", width, [c for c, _ in edges], [self.ref(m) for _, m in edges])

    def product(self, *children: int) -> int:
        """Add a product."""
        return self.add("product", self.nodes[children[0]][2], list(children))

    def circuit(self) -> Json:
        """Return the circuit's JSON; the last node must be the output."""
        return {
            "format": "circuitalg-circuit",
            "version": 1,
            "parameters": self.parameters,
            "matrices": self.matrices,
            "nodes": self.nodes,
        }


def ht(
    locations: int,
    dim: int,
    widths: Sequence[int],
    shared: bool | Sequence[bool] = False,
    window: int = 2,
    outputs: int = 1,
) -> Json:
    """Return an HT model (eq. 4 or 5)."""
    flags = [shared] * len(widths) if isinstance(shared, bool) else list(shared)
    build = Build()
    level = [build.input(i, dim) for i in range(locations)]
    for depth, (width, tie) in enumerate(zip(widths, flags, strict=True)):
        level = [
            build.sum(width, (c, f"a{depth}" if tie else f"a{depth}.{j}"))
            for j, c in enumerate(level)
        ]
        size = len(level) if depth == len(widths) - 1 else window
        level = [build.product(*level[i : i + size]) for i in range(0, len(level), size)]
    build.sum(outputs, (level[0], "out"))
    return build.circuit()


def tree(shape: Any, dim: int, widths: Any, label: Callable[[str], str] = str) -> Json:
    """Return a tree of products with its own matrix on every edge.

    `shape` is a nested list of locations, `widths` the same nesting: (width, child, child, ...), a
    child of a leaf being anything.
    """
    build = Build()

    def below(part: Any, width: Any, path: str) -> int:
        if isinstance(part, int):
            return build.input(part, dim)
        own = width[0] if isinstance(width, (tuple, list)) else width
        inner = width[1:] if isinstance(width, (tuple, list)) else [width] * len(part)
        children = [
            below(p, w, f"{path}.{i}") for i, (p, w) in enumerate(zip(part, inner, strict=True))
        ]
        sums = [build.sum(own, (c, label(f"{path}.{i}"))) for i, c in enumerate(children)]
        return build.product(*sums)

    build.sum(1, (below(shape, widths, "w"), "out"))
    return build.circuit()


def recurrent(steps: int, width: int = 2, dim: int = 2) -> Json:
    """A recurrent circuit of two layers; inputs are repeated along the way."""
    build = Build()
    x = [build.input(t, dim) for t in range(steps)]
    first, second = build.constant(width), build.constant(width)
    for t in range(steps):
        first = build.product(build.sum(width, (first, "h1")), build.sum(width, (x[t], "i1")))
        second = build.product(build.sum(width, (second, "h2")), build.sum(width, (first, "i2")))
    build.sum(1, (second, "o"))
    return build.circuit()


def theorem(statement: Json, proof: Json, *premises: int) -> Json:
    """Put a statement, its proof and the numbers of its premises together."""
    return {"statement": statement, "proof": proof, "premises": list(premises)}


def certificate(circuits: Sequence[Json], *theorems: Json) -> Json:
    """Wrap circuits and theorems (deep copy of all parts)."""
    return copy.deepcopy(
        {
            "format": "circuitalg-certificate",
            "version": 2,
            "circuits": list(circuits),
            "theorems": list(theorems),
        }
    )


def single(statement: Json, proof: Json, *premises: tuple[Json, Json]) -> Json:
    """Wrap a theorem and its premises (statement, proof), whose statements hold their circuits."""
    circuits: list[Json] = []

    def numbered(said: Json) -> Json:
        found = dict(said)
        for name in ("circuit", "deep", "a", "b", "split"):
            if name in said:
                if said[name] not in circuits:
                    circuits.append(said[name])
                found[name] = circuits.index(said[name])
        return found

    below = [theorem(numbered(said), inner) for said, inner in premises]
    own = theorem(numbered(statement), proof, *range(len(below)))
    return certificate(circuits, *below, own)


def ratio(top: int, bottom: int) -> int | str:
    """Write a quotient as certificates do: an integer, or a text in lowest terms."""
    number = Fraction(top, bottom)
    return number.numerator if number.denominator == 1 else str(number)


def letters(count: int, inside: Sequence[int]) -> str:
    """Write a bipartition of so many locations."""
    chosen = set(inside)
    return "".join("I" if i in chosen else "J" for i in range(count))


def locations(circuit: Json) -> int:
    """Count the locations of a circuit."""
    return len({node[3] for node in circuit["nodes"] if node[1] == "input"})


def minor(size: int, seed: int = 1, prime: int = PRIME) -> Json:
    """Return a minor rule."""
    return {"kind": "Minor", "seed": seed, "size": size, "prime": prime}


def generic(
    circuit: Json,
    inside: Sequence[int],
    lower: Any,
    upper: Any,
    lower_rule: Json | None = None,
    upper_rule: Json | None = None,
    space: str = "real",
    output: int = 0,
) -> Json:
    """Return a GenericRank certificate, with the simplex form as its premise where it needs one."""
    statement = {
        "kind": "GenericRank",
        "circuit": 0,
        "bipartition": letters(locations(circuit), inside),
        "output": output,
        "space": space,
        "lower": lower,
        "upper": upper,
    }
    below = lower_rule if lower_rule is not None else minor(lower)
    above = upper_rule if upper_rule is not None else {"kind": "IndexRecursion"}
    proof = {"kind": "Bounds", "lower": below, "upper": above}
    if space != "simplex" or below["kind"] != "Split":
        return certificate([circuit], theorem(statement, proof))
    form = theorem({"kind": "SimplexForm", "circuit": 0}, {"kind": "Gains"})
    return certificate([circuit], form, theorem(statement, proof, 0))


def own(data: Json) -> Json:
    """Return the certificate's own theorem, its last one."""
    found: Json = data["theorems"][-1]
    return found


def rank_at(
    circuit: Json,
    inside: Sequence[int],
    weights: Json,
    lower: Any,
    upper: Any,
    rule: Json | None = None,
    low: Json | None = None,
    output: int = 0,
) -> Json:
    """A RankAt certificate."""
    statement = {
        "kind": "RankAt",
        "circuit": circuit,
        "bipartition": letters(locations(circuit), inside),
        "output": output,
        "weights": weights,
        "lower": lower,
        "upper": upper,
    }
    proof = {
        "kind": "BoundsAt",
        "lower": low or minor(lower),
        "upper": rule or {"kind": "Exhaustive"},
    }
    return single(statement, proof)


def separation(premise: Json, family: Json, needed: Any = None) -> Json:
    """A Separation certificate from a GenericRank certificate."""
    data = copy.deepcopy(premise)
    known = own(data)["statement"]
    statement = {
        "kind": "Separation",
        "deep": 0,
        "family": family,
        **{name: known[name] for name in ("bipartition", "output", "space")},
        "needed": known["lower"] if needed is None else needed,
    }
    last = len(data["theorems"]) - 1
    data["theorems"].append(theorem(statement, {"kind": "RankGap"}, last))
    return data


def evaluate(circuit: Json, weights: dict[str, Any], vectors: Sequence[Any]) -> list[Any]:
    """Evaluate a circuit naively; vectors[i] is the vector of location i."""
    values: list[list[Any]] = []
    for node in circuit["nodes"]:
        kind, width = node[1], node[2]
        if kind == "input":
            values.append(list(vectors[node[3]]))
        elif kind == "constant":
            values.append([1] * width)
        elif kind == "product":
            result = [1] * width
            for c in node[3]:
                result = [x * y for x, y in zip(result, values[c], strict=True)]
            values.append(result)
        else:
            total: list[Any] = [0] * width
            for c, r in zip(node[3], node[4], strict=True):
                matrix = (
                    weights[circuit["parameters"][r]]
                    if r >= 0
                    else [[Fraction(x) for x in row] for row in circuit["matrices"][-1 - r]]
                )
                total = [
                    t + sum(a * b for a, b in zip(row, values[c], strict=True))
                    for t, row in zip(total, matrix, strict=True)
                ]
            values.append(total)
    return values[-1]


def shapes(circuit: Json) -> dict[str, tuple[int, int]]:
    """Return the shape of each parameter."""
    found = {}
    for node in circuit["nodes"]:
        if node[1] == "sum":
            for c, r in zip(node[3], node[4], strict=True):
                if r >= 0:
                    found[circuit["parameters"][r]] = (node[2], circuit["nodes"][c][2])
    return found


def brute_matrix(circuit: Json, inside: Sequence[int], weights: Any, output: int = 0) -> Any:
    """Return the matricization at these weights, entry by entry."""
    dims = {n[3]: n[2] for n in circuit["nodes"] if n[1] == "input"}
    outside = [i for i in range(len(dims)) if i not in inside]

    def choices(places: Sequence[int]) -> list[dict[int, int]]:
        spans = [range(dims[i]) for i in places]
        return [dict(zip(places, c, strict=True)) for c in itertools.product(*spans)]

    def entry(hot: dict[int, int]) -> Any:
        vectors = [[int(j == hot[i]) for j in range(dims[i])] for i in range(len(dims))]
        return evaluate(circuit, weights, vectors)[output]

    return [[entry({**a, **b}) for b in choices(outside)] for a in choices(list(inside))]


def rank_mod(matrix: Any, prime: int = BIG_PRIME) -> int:
    """Return a rank modulo a prime, by plain elimination."""
    rows = [
        [
            int(Fraction(x) % prime)
            if isinstance(x, int)
            else x.numerator * pow(x.denominator, -1, prime) % prime
            for x in row
        ]
        for row in matrix
    ]
    rank = 0
    for column in range(len(rows[0])):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        inverse = pow(rows[rank][column], -1, prime)
        for i in range(rank + 1, len(rows)):
            if rows[i][column]:
                f = rows[i][column] * inverse % prime
                rows[i] = [(x - f * y) % prime for x, y in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def brute_rank(circuit: Json, inside: Sequence[int], seed: int = 0, output: int = 0) -> int:
    """Return the rank at pseudo-random weights (the generic rank, but for bad luck)."""
    state = seed * 7919 + 1

    def draw() -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (state >> 20) % 1_000_003

    weights = {
        name: [[draw() for _ in range(cols)] for _ in range(rows)]
        for name, (rows, cols) in sorted(shapes(circuit).items())
    }
    return rank_mod(brute_matrix(circuit, inside, weights, output))
