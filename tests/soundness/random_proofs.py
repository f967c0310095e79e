"""Certificates with proofs that no tactic would find: any terms of the rules, for any network.

The numbers are those that the kernel computes of the terms, where it computes any.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.files import circuit_from_data, circuit_to_data
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import ht_model
from circuitalg.errors import CircuitalgError
from circuitalg.kernel.codec import Numbering, encode
from circuitalg.kernel.rank import gluing, minors, terms, values
from circuitalg.kernel.rank.network import (
    NO_SIDE,
    SIDE_I,
    SIDE_J,
    Network,
    distinct_blocks,
    restrict,
)
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.routing import routing
from circuitalg.kernel.rank.upper import tied_cut
from circuitalg.prove.rank.glue import stars
from circuitalg.strategies.alterations import at, put
from circuitalg.strategies.altered_networks import altered_network
from soundness import random_dags

PRIMES = (3, 5, 7, 11, 101, 8_388_593)
Json = Any


def random_proof(draw: random.Random, genuine: Sequence[Json]) -> Json:
    """A certificate about one of the networks, or an altered one, with a random proof."""
    make = draw.choice((*(rank_proof,) * 4, same_proof, wrapped_proof, symmetry_proof, formulas))
    for _ in range(20):
        found = make(draw, draw.choice(genuine))
        if found is not None:
            return found
    return draw.choice(genuine)


def network_of(draw: random.Random, data: Json) -> Json | None:
    """A circuit of a certificate, perhaps altered; None where it is none any more."""
    if not data["circuits"]:
        return None
    found = draw.choice(data["circuits"])
    for _ in range(draw.choice((0, 0, 1, 2))):
        try:
            found = altered_network(found, draw.randrange)
        except (LookupError, ValueError, TypeError):
            return None
    if max((row[2] for row in found["nodes"]), default=0) > 20:
        return None
    return found


def tied_network(draw: random.Random) -> Circuit:
    """A deep network with wide levels, most of them tied: there plain flows say too much."""
    count = draw.choice((4, 4, 4, 8))
    levels = draw.randint(1, count.bit_length() - 1)
    widths = [draw.choice((1, 2, 3, 4, 4, 5, 6)) for _ in range(levels)]
    shared = [draw.randrange(4) > 0 for _ in range(levels)]
    return ht_model(count, draw.choice((2, 2, 3)), widths, shared=shared)


def certificate(circuits: Sequence[Json], *theorems: Json) -> Json:
    """The layout of a file."""
    return {
        "format": "circuitalg-certificate",
        "version": 2,
        "circuits": list(circuits),
        "theorems": [
            {"statement": statement, "proof": proof, "premises": premises}
            for statement, proof, premises in theorems
        ],
    }


def rank_proof(draw: random.Random, data: Json) -> Json | None:
    """A generic rank from any upper and lower term."""
    make = draw.choice((tied_network, random_dags.mixture, None))
    try:
        circuit = make(draw) if make else circuit_from_data(network_of(draw, data))
        count = circuit.num_locations
        if count < 2 or circuit.num_parameters > 2000:
            return None
        letters = "".join(draw.choice("IJ") for _ in range(count))
        output = draw.randrange(circuit.num_outputs)
        space = draw.choice(("real", "real", "nonnegative", "simplex"))
        question = Question(circuit, Bipartition(bytes(map("IJ".index, letters))), output, space)
    except (CircuitalgError, AttributeError, TypeError):
        return None
    network = circuit_to_data(circuit)
    upper, lower = upper_term(draw, question), None
    high = value(values.upper_value, question, upper)
    most = min(high if high is not None else 6, 30)
    try:
        lower = lower_term(draw, question, most, 0)
    except CircuitalgError:
        lower = terms.Minor(draw.randrange(99), draw.randint(1, 4), draw.choice(PRIMES))
    low = value(values.lower_value, question, lower)
    statement = {
        "kind": "GenericRank",
        "circuit": 0,
        "bipartition": letters,
        "lower": draw.randint(0, most) if low is None else min(low, 2**53 - 1),
        "upper": draw.randint(1, 9) if high is None else min(high, 2**53 - 1),
        "output": output,
        "space": space,
    }
    proof = encode(terms.Bounds(lower, upper), Numbering().leaf)
    if space == "simplex" and isinstance(lower, terms.Split):
        form = {"kind": "SimplexForm", "circuit": 0}, {"kind": "Gains"}, []
        return certificate([network], form, (statement, proof, [0]))
    return certificate([network], (statement, proof, []))


def value(compute: Any, question: Question, term: Any) -> int | None:
    """The kernel's number, None where it refuses."""
    try:
        return int(compute(question, term))
    except CircuitalgError:
        return None


def upper_term(draw: random.Random, question: Question) -> Any:
    """Any, with a cut for blocks that refuse another."""
    kind = draw.randrange(20)
    if kind == 0:
        return terms.Vanishing()
    try:
        blocks = list(question.blocks)
    except CircuitalgError:
        return random_dags.sharpened(draw, question) if kind < 14 else terms.IndexRecursion()
    if kind < 10:  # the loosest: a lower bound that is too high may hide below it
        return terms.IndexRecursion()
    rules: list[Any] = []
    for block in blocks:
        found: Any = terms.TiedCut()
        for _ in range(draw.randrange(5)):
            variable = draw.randrange(len(block))
            new = draw.choice(
                (
                    terms.Bridge(variable),
                    terms.Star(variable, draw.randrange(2)),
                    terms.Isotypic(variable),
                    terms.Pencil(variable),
                )
            )
            try:
                values.block_upper(block, new)
                found = new
                break
            except CircuitalgError:
                continue
        rules.append(found)
    return terms.Factor(tuple(rules))


def lower_term(draw: random.Random, question: Question, most: int, depth: int) -> Any:
    """Any; a minor's size is the rank that a first one has."""
    kind = draw.randrange(13)
    if kind == 0 and not depth:
        return terms.Trivial()
    if kind > (9 if question.circuit.is_tree else 3) and depth < 4:
        make = draw.choice((random_dags.branches, random_dags.added))
        try:
            return make(draw, question, partial(lower_term, draw, most=most, depth=depth + 1))
        except CircuitalgError:
            kind = 1
    if kind < 3 or not question.circuit.is_tree:
        return sized(draw, lambda *how: minors.circuit_rank(question, *how), most)
    return split(draw, question.network, most, 0)


def sized(draw: random.Random, rank: Any, most: int) -> terms.Minor:
    """A minor that mostly is not zero: of a size that an earlier one has had as its rank."""
    size, seed, prime = max(1, draw.randint(1, max(1, most))), 0, draw.choice(PRIMES)
    for _ in range(3):
        seed = draw.randrange(2**16)
        found = rank(seed, size, prime)
        if found == size or not found:
            break
        size = found
    return terms.Minor(seed, size, prime)


def split(draw: random.Random, network: Network, most: int, depth: int) -> terms.Split:
    """Fewer channels, or not, and a rule for each block."""
    dims = None
    if draw.randrange(3) or depth:
        dims = fewer(draw, network)
    counts = distinct_blocks(network if dims is None else restrict(network, dims))
    return terms.Split(dims, tuple(block_term(draw, block, most, depth) for block in counts))


def fewer(draw: random.Random, network: Network) -> tuple[int, ...] | None:
    """Dimensions that the network can be cut to; equal ones mostly to equal ones."""
    for _ in range(8):
        new = {dim: draw.randint(1, dim) for dim in set(network.dims)}
        dims = [new[dim] for dim in network.dims]
        if draw.randrange(2):
            v = draw.randrange(len(dims))
            dims[v] = draw.randint(1, network.dims[v])
        dims[0] = 1
        try:
            restrict(network, tuple(dims))
        except CircuitalgError:
            continue
        return tuple(dims)
    return network.dims


def block_term(draw: random.Random, block: Network, most: int, depth: int) -> Any:
    """A routing, a minor, a dimension count, or a term about parts of the block."""
    kind = draw.randrange(15)
    if kind > 12:
        return terms.Span()
    if kind < 3 or depth > 2:
        return terms.Routing(best_paths(draw, block))
    if kind < 5:
        return sized(draw, lambda *how: minors.block_rank(block, *how), most)
    if kind < 7:
        first, second = factors(draw, block)
        try:
            return terms.Kronecker(
                tuple(
                    terms.Split(
                        dims,
                        tuple(
                            block_term(draw, each, most, depth + 1)
                            for each in distinct_blocks(restrict(block, dims))
                        ),
                    )
                    for dims in (first, second)
                )
            )
        except CircuitalgError:
            return terms.Routing(best_paths(draw, block))
    if kind == 7:
        return split(draw, block, most, depth + 1)
    if kind > 10:
        return starred(draw, block, most, depth)
    return glued(draw, block, most, depth)


def glued(draw: random.Random, block: Network, most: int, depth: int) -> Any:
    """Free leaves, or two parts at any inner variable, mostly such that the bounds allow it."""
    leaves = [v for v in range(1, len(block)) if block.sides[v] != NO_SIDE and draw.randrange(3)]
    inner = [v for v in range(1, len(block)) if block.children[v]]
    try:
        if not inner or draw.randrange(3) == 0:
            free = [v for v in leaves if draw.randrange(8) == 0 or block.shape(v)[0] >= 2]
            smaller = gluing.freed(block, tuple(free))
            return terms.FreeLeaves(tuple(free), block_term(draw, smaller, most, depth + 1))
        for _ in range(4):
            v, below, side = draw.choice(inner), draw.randrange(2), draw.randrange(2)
            other = gluing.part(block, v, below, 1 - side)
            needed = block.dims[v] * tied_cut(gluing.part(block, v, below, side))
            if tied_cut(other) >= needed:
                break
        rest = gluing.part(block, v, 1 - below, side)
        return terms.Glue(
            v,
            below,
            side,
            sized(draw, lambda *how: minors.block_rank(other, *how), needed),
            block_term(draw, rest, most, depth + 1),
        )
    except CircuitalgError:
        return terms.Routing(best_paths(draw, block))


def starred(draw: random.Random, block: Network, most: int, depth: int) -> Any:
    """Some parts at any inner variable, mostly such that the bounds allow them to saturate it."""
    inner = [v for v in range(1, len(block)) if block.children[v]]
    promising = [(v, filled) for _, v, filled in stars(block, 1)]
    try:
        if promising and draw.randrange(8):
            v, filled = draw.choice(promising)
        else:
            v = draw.choice(inner or [0])
            neighbours = [block.parents[v], *block.children[v]]
            filled = tuple([p for p in neighbours if draw.randrange(2)])
        first, *others = gluing.slices(block, v, filled)
        return terms.SaturatedStar(
            v,
            filled,
            sized(draw, lambda *how: minors.block_rank(first, *how), min(tied_cut(first), 60)),
            tuple([block_term(draw, other, most, depth + 1) for other in others]),
        )
    except CircuitalgError:
        return terms.Span()


def factors(draw: random.Random, block: Network) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Dimensions of two factors whose products are mostly no larger than the block's."""
    new = {dim: draw.randint(1, dim) for dim in set(block.dims)}
    first = [new[dim] for dim in block.dims]
    second = [dim // one for dim, one in zip(block.dims, first, strict=True)]
    if draw.randrange(6) == 0:
        v = draw.randrange(len(second))
        second[v] = min(block.dims[v], second[v] + 1)
    return (1, *first[1:]), (1, *second[1:])


def best_paths(draw: random.Random, block: Network) -> tuple[tuple[int, int, int], ...]:
    """Of some random systems of paths the one that claims the most."""
    systems = [paths(draw, block) for _ in range(draw.choice((1, 8)))]
    return max(systems, key=lambda system: prod(base for *_, base in system))


def paths(draw: random.Random, block: Network) -> tuple[tuple[int, int, int], ...]:
    """Paths between leaves of the two sides: added as long as the kernel takes them, mostly."""
    starts = [v for v, side in enumerate(block.sides) if side == SIDE_I]
    ends = [v for v, side in enumerate(block.sides) if side == SIDE_J]
    found: list[tuple[int, int, int]] = []
    if not starts or not ends:
        return ()
    for _ in range(draw.randrange(6)):
        p, q = draw.choice(starts), draw.choice(ends)
        most = min(block.dims[p], block.dims[q])
        new = [(p, q, draw.choice((2, 2, 3, max(2, most))))]
        if draw.randrange(2):  # its image under the ties: one more path of the same kind
            new.append((draw.choice(starts), draw.choice(ends), new[0][2]))
        both = [*found, *new]
        draw.shuffle(both)
        try:
            routing(block, tuple(both))
        except CircuitalgError:
            if draw.randrange(12):
                continue
        found = both
    return tuple(found)


def same_proof(draw: random.Random, data: Json) -> Json | None:
    """A network and another that may be the same function: retied, reordered, with more sums."""
    a = network_of(draw, data)
    if a is None or len(a["nodes"]) > 14:
        return None
    b = a
    for _ in range(draw.choice((0, 1, 2, 3))):
        try:
            b = altered_network(b, draw.randrange)
        except (LookupError, ValueError, TypeError):
            return None
    own, other = shapes(a), shapes(b)
    weights = {}
    for name, shape in other.items():
        fits = [each for each in own if own[each] == shape]
        if name in own and own[name] == shape and draw.randrange(10):
            weights[name] = ["parameter", name]
        elif shape[0] == shape[1] and (draw.randrange(4) or not fits):
            weights[name] = near_identity(draw, shape[0])
        elif fits:
            weights[name] = ["parameter", draw.choice(fits)]
        else:
            weights[name] = [
                "matrix",
                *([draw.choice((0, 1)) for _ in range(shape[1])] for _ in range(shape[0])),
            ]
        if fits and draw.randrange(12) == 0:
            weights[name] = ["*", near_identity(draw, shape[0]), weights[name]]
    statement = {"kind": "SameFunction", "a": 0, "b": 1, "weights": weights}
    if draw.randrange(3):
        return certificate([a, b], (statement, {"kind": "NormalForm"}, []))
    places = {row[0]: n for n, row in enumerate(a["nodes"])}
    claims = []
    for k, row in enumerate(b["nodes"]):
        if row[1] == "sum" and draw.randrange(8):
            like = [n for n, other_row in enumerate(a["nodes"]) if other_row[2] == row[2]]
            named = places.get(row[0].rstrip("*"))
            if named is None or draw.randrange(10) == 0:
                named = draw.choice(like) if like else None
            selection = near_identity(draw, row[2])[1:] if draw.randrange(6) == 0 else None
            claims.append([k, selection, [] if named is None else [named]])
    return certificate([a, b], (statement, {"kind": "Simulation", "claims": claims}, []))


def near_identity(draw: random.Random, size: int) -> Json:
    """An identity matrix, or at times one that is not."""
    rows = [[int(i == k) for k in range(size)] for i in range(size)]
    if draw.randrange(4) == 0:
        rows[draw.randrange(size)][draw.randrange(size)] += draw.choice((1, -1))
    return ["matrix", *rows]


def wrapped_proof(draw: random.Random, data: Json) -> Json | None:
    """The factors of one product are multiplied by a matrix, and its parents by the inverse.

    That is the same function where the matrix permutes channels: T x · T y = T (x · y).
    """
    a = network_of(draw, data)
    if a is None or len(a["nodes"]) > 14:
        return None
    nodes = a["nodes"]
    found = [
        n
        for n, row in enumerate(nodes[:-1])
        if row[1] == "product"
        and all(nodes[child][1] == "sum" for child in row[3])
        and all(
            other[1] == "sum" for other in nodes if other[1] in ("sum", "product") and n in other[3]
        )
    ]
    if not found:
        return None
    product = draw.choice(found)
    matrix, inverse = invertible(draw, nodes[product][2])
    names = list(a["parameters"])
    weights = {name: ["parameter", name] for name in names} | {"~T": ["matrix", *matrix]}
    names.append("~T")
    rows: list[Json] = []
    place: dict[int, int] = {}
    claims: list[Json] = []
    for number, row in enumerate(nodes):
        new = [*row[:3], *([*part] if isinstance(part, list) else part for part in row[3:])]
        if row[1] in ("sum", "product"):
            new[3] = [place[child] for child in row[3]]
        if number == product:
            for k, child in enumerate(row[3]):
                claims.append([len(rows), matrix, [child]])
                new[3][k] = len(rows)
                rows.append(
                    [f"{nodes[child][0]}~", "sum", row[2], [place[child]], [names.index("~T")]]
                )
        if row[1] == "sum" and product in row[3]:
            k = row[3].index(product)
            if row[4][k] < 0:
                return None
            name = f"{row[0]}~{k}"
            weights[name] = ["*", ["parameter", names[row[4][k]]], ["matrix", *inverse]]
            new[4][k] = len(names)
            names.append(name)
        place[number] = len(rows)
        if row[1] == "sum":
            claims.append([len(rows), None, [number]])
        rows.append(new)
    used = {ref for row in rows if row[1] == "sum" for ref in row[4] if ref >= 0}
    kept = [k for k in range(len(names)) if k in used]
    for row in rows:
        if row[1] == "sum":
            row[4] = [kept.index(ref) if ref >= 0 else ref for ref in row[4]]
    b = {**a, "parameters": [names[k] for k in kept], "nodes": rows}
    weights = {name: weights[name] for name in b["parameters"]}
    statement = {"kind": "SameFunction", "a": 0, "b": 1, "weights": weights}
    proof: Json = {"kind": "NormalForm"}
    if draw.randrange(4):
        # The sums above the product are what they are only if the output is: nothing is claimed.
        below = [claim for claim in claims if claim[0] < place[product]]
        proof = {"kind": "Simulation", "claims": below if draw.randrange(4) else claims}
    return certificate([a, b], (statement, proof, []))


def invertible(draw: random.Random, size: int) -> tuple[Json, Json]:
    """A matrix and its inverse: a permutation, or one that is none."""
    unit = [[int(i == k) for k in range(size)] for i in range(size)]
    kind = draw.randrange(6)
    if kind < 3:
        order = draw.sample(range(size), size)
        rows = [unit[k] for k in order]
        return rows, [list(column) for column in zip(*rows, strict=True)]
    if kind == 3:
        return [[2 * x for x in row] for row in unit], [
            [f"1/{2 * x}" if x else 0 for x in row] for row in unit
        ]
    if kind == 4 or size == 1:
        rows = [[-x for x in row] for row in unit]
        return rows, rows
    rows, back = [row[:] for row in unit], [row[:] for row in unit]
    rows[0][1], back[0][1] = 1, -1
    return rows, back


def shapes(network: Json) -> dict[str, tuple[int, int]]:
    """Of the parameters."""
    nodes = network["nodes"]
    return {
        network["parameters"][ref]: (row[2], nodes[child][2])
        for row in nodes
        if row[1] == "sum"
        for child, ref in zip(row[3], row[4], strict=True)
        if ref >= 0
    }


def symmetry_proof(draw: random.Random, data: Json) -> Json | None:
    """Any permutations of the locations of a network, by normal forms."""
    network = network_of(draw, data)
    if network is None or len(network["nodes"]) > 14:
        return None
    count = sum(row[1] == "input" for row in network["nodes"])
    if not count:
        return None
    generators, theorems, circuits = [], [], [network]
    for number in range(draw.choice((1, 1, 2))):
        images = list(range(count))
        one, two = (draw.randrange(count) for _ in "ab")
        images[one], images[two] = images[two], images[one]
        if draw.randrange(3) == 0:
            draw.shuffle(images)
        moved = {
            **network,
            "nodes": [
                [*row[:3], images[row[3] % count]] if row[1] == "input" else row
                for row in network["nodes"]
            ],
        }
        circuits.append(moved)
        weights = {name: ["parameter", name] for name in network["parameters"]}
        statement = {"kind": "SameFunction", "a": 0, "b": number + 1, "weights": weights}
        theorems.append((statement, {"kind": "NormalForm"}, []))
        generators.append(images)
    statement = {"kind": "Symmetric", "circuit": 0, "generators": generators}
    last = statement, {"kind": "Generators"}, list(range(len(generators)))
    return certificate(circuits, *theorems, last)


def formulas(draw: random.Random, data: Json) -> Json | None:
    """A theorem for all sizes with its formulas written in other ways, not all of them equal."""
    statement = data["theorems"][-1]["statement"]
    if statement["kind"] != "ForAll":
        return None
    for _ in range(draw.randint(1, 4)):
        ways = [
            way for way in places(data["theorems"][-1], ("theorems", -1)) if draw.randrange(3) == 0
        ]
        if ways:
            way = draw.choice(ways)
            data = put(data, way, rewritten(draw, at(data, way)))
    return data


def places(part: Json, way: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The ways to all formulas."""
    found = []
    if isinstance(part, list) and part and isinstance(part[0], str):
        found.append(way)
    for key in (
        part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    ):
        found += places(part[key], (*way, key))
    return found


def rewritten(draw: random.Random, t: Json) -> Json:
    """The same formula in another form, or one that looks like it."""
    operation, *parts = t
    same: list[Json] = [["+", t, 0], ["*", t, 1], ["^", t, 1], ["min", t, t], ["-", ["+", t, 1], 1]]
    if operation in ("+", "*", "min"):
        same += [[operation, *parts[::-1]]] * 5
    if operation == "^":
        same += [["*", t, ["^", parts[0], 0]], ["^", ["^", parts[0], parts[1]], 1]]
    if operation == "*" and len(parts) == 2 and parts[0] == parts[1]:
        same.append(["^", parts[0], 2])
    if operation == "r":
        same.append(["minr", parts[0], parts[0]])
    other: list[Json] = [["+", t, 1], ["*", t, 2], ["min", t, 1], ["^", t, 2]]
    if operation in ("+", "*", "min"):
        other += [[draw.choice(("+", "*", "min")), *parts], parts[0]]
    return draw.choice(same) if draw.randrange(4) else draw.choice(other)
