"""Certificates made to keep a reader busy for long, or to fill its memory.

Each function returns a certificate, or the bytes of a file, and takes a scale: 1.0 for the size at
which a reader that does not count its work takes minutes or gigabytes, less for a quick test.
Whether a certificate would hold is beside the point.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from checker.common import Build, generic, ht, ratio, single

Json = dict[str, Any]
MAKERS: dict[str, Callable[[float], Json | bytes]] = {}


def hostile(maker: Callable[[float], Json | bytes]) -> Callable[[float], Json | bytes]:
    """List a maker by its name."""
    MAKERS[maker.__name__] = maker
    return maker


def some(number: float, scale: float, least: int = 2) -> int:
    """Scale a count."""
    return max(least, int(number * scale))


subject = single  # wraps a statement that holds all it is about


def coprime(number: int, digits: int = 3990) -> list[str]:
    """Return fractions whose denominators hardly share factors (consecutive odd numbers)."""
    start = 10**digits + 1
    return [f"1/{start + 2 * i}" for i in range(number)]


def cp(locations: int, dim: int = 2) -> Json:
    """Return a CP model of one channel."""
    build = Build()
    sums = [build.sum(1, (build.input(i, dim), f"a{i}")) for i in range(locations)]
    build.sum(1, (build.product(*sums), "out"))
    return build.circuit()


def for_all(bound: Any, symbols: Json | None = None) -> Json:
    """Claim that CP models have rank at most a bound."""
    networks = {"kind": "CPNetworks", "locations": 2, "dim": 2, "channels": 2, "outputs": 1}
    statement = {
        "kind": "ForAll",
        "symbols": symbols or {},
        "networks": {**networks, "sharing": "either"},
        "claim": {"kind": "RankAtMost", "sides": "unions", "block": 1, "bound": bound},
    }
    return subject(statement, {"kind": "LastLevel"})


def represents(circuit: Json, weights: Json, dims: list[int], entries: list[Any]) -> Json:
    """Claim that a network has a tensor."""
    statement = {
        "kind": "Represents",
        "circuit": circuit,
        "output": 0,
        "tensor": {"kind": "ExactTensor", "dims": dims, "entries": entries},
        "weights": weights,
    }
    return subject(statement, {"kind": "Expand"})


def distance(side: list[Any], gram: Json, lower: list[Any]) -> Json:
    """Claim a distance of a bilinear form from low rank; `side` is the row of its weights."""
    dim = len(side)
    one = [[int(i == j) for j in range(dim)] for i in range(dim)]
    weights = {"a0": [side], "a1": [[1] * dim], "out": [[1]]}
    statement = {
        "kind": "NotApproximable",
        "circuit": cp(2, dim),
        "weights": weights,
        "output": 0,
        "bipartition": "IJ",
        "rank": 0,
        "gram": gram,
        "squared_distance": "1/2",
    }
    proof = {
        "kind": "GramTail",
        "bits": 64,
        "gram": lower,
        "inverse": one,
        "t": 1,
        "W": one,
        "gram_factor": one,
        "w_factor": one,
        "s_factor": one,
    }
    return subject(statement, proof)


def independent(functions: list[Any], bits: int = 64, inverse: Any = None) -> Json:
    """Claim that functions are linearly independent."""
    count = len(functions)
    one = [[int(i == j) for j in range(count)] for i in range(count)]
    statement = {"kind": "LinearlyIndependent", "dimension": 1, "functions": functions}
    points = [[ratio(i + 1, 7)] for i in range(count)]
    proof = {"kind": "PointWitness", "bits": bits, "points": points, "inverse": inverse or one}
    return subject(statement, proof)


# Formulas


@hostile
def nested_sums(scale: float) -> Json:
    """Sums of nine equal terms in one another."""
    body: Any = 1
    for i in range(some(28, scale, 7)):
        body = ["sum", f"i{i}", 0, 8, body]
    return for_all(body)


@hostile
def nested_powers(scale: float) -> Json:
    """((2^64)^64)^64..."""
    power: Any = 2
    for _ in range(some(8, scale, 6)):
        power = ["^", power, 64]
    return for_all(power)


@hostile
def nested_powers_of_symbols(scale: float) -> Json:
    """A number's power with symbols, to a large power, times others."""
    power: Any = ["^", 997, ["sym", "n"]]
    for _ in range(some(13, scale, 6)):
        power = ["^", ["*", power, 997], 64]
    return for_all(power, {"n": 1})


@hostile
def wide_products_of_sums(scale: float) -> Json:
    """Products of sums of different symbols, squared again and again."""
    names = [f"s{i}" for i in range(20)]
    total: Any = ["+", *(["sym", name] for name in names)]
    for _ in range(some(10, scale, 3)):
        total = ["*", total, ["+", total, 1]] if len(json.dumps(total)) < 3000 else ["^", total, 2]
    return for_all(total, dict.fromkeys(names, 1))


@hostile
def sums_of_long_numbers(scale: float) -> Json:
    """Long naturals multiplied in a nested sum."""
    body: Any = ["*", *[10**4000 + i for i in range(some(100, scale, 10))]]
    for i in range(4):
        body = ["sum", f"i{i}", 0, 8, ["+", body, ["sym", "n"]]]
    return for_all(body, {"n": 1})


# Networks


@hostile
def many_locations_under_a_product(scale: float) -> Json:
    """`Universal` with 100,000 locations: strides of 100,000 bits each."""
    build = Build()
    inputs = [build.input(i, 2) for i in range(some(100_000, scale))]
    build.sum(1, (build.product(*inputs), "free"))
    proof = {"kind": "Selection", "weights": {}, "free": "free"}
    return subject({"kind": "Universal", "circuit": build.circuit()}, proof)


@hostile
def many_scopes(scale: float) -> Json:
    """A network that is not a tree, with 100,000 locations and 60,000 further nodes.

    Beginnings of the list of locations meet the matching ends; all beginnings wait for theirs.
    """
    build = Build()
    count, more = some(100_000, scale, 40), some(20_000, scale, 10)
    inputs = [build.input(i, 1) for i in range(count)]
    begins = [build.product(*inputs[:-more])]
    for one in inputs[-more:-1]:
        begins.append(build.product(begins[-1], one))
    end = inputs[-1]
    wholes = [build.product(begins.pop(), end)]
    while begins:
        end = build.product(inputs[-1 - len(wholes)], end)
        wholes.append(build.product(begins.pop(), end))
    build.sum(1, *((whole, f"w{i}") for i, whole in enumerate(wholes)))
    return subject({"kind": "Multilinear", "circuit": build.circuit()}, {"kind": "Scopes"})


@hostile
def one_fixed_matrix_in_many_places(scale: float) -> Json:
    """The fingerprint writes a fixed matrix out at each of its uses."""
    build = Build()
    size = some(400, scale**0.5, 4)
    below = build.input(0, size)
    matrix = [[i * j % 7 for j in range(size)] for i in range(size)]
    ref = build.ref(matrix)
    for _ in range(some(60_000, scale, 3)):
        below = build.add("sum", size, [below], [ref])
    build.sum(1, (below, "out"))
    return subject({"kind": "Multilinear", "circuit": build.circuit()}, {"kind": "Scopes"})


@hostile
def long_names_in_many_places(scale: float) -> Json:
    """Names of a million characters, each used by many nodes."""
    build = Build()
    below = build.input(0, 1)
    name = "a" * some(1_000_000, scale)
    for _ in range(some(50_000, scale)):
        below = build.sum(1, (below, name))
    return subject({"kind": "Multilinear", "circuit": build.circuit()}, {"kind": "Scopes"})


@hostile
def a_long_chain(scale: float) -> Json:
    """A caterpillar: the bound grows by some bits at each of many steps."""
    build = Build()
    count = some(150_000, scale, 12)
    top = build.input(0, 1000)
    for i in range(1, count):
        both = build.product(top, build.input(i, 1000))
        top = build.sum(1000, (both, f"w{i}"), (build.sum(1000, (both, f"v{i}")), f"u{i}"))
    build.sum(1, (top, "out"))
    return generic(build.circuit(), range(0, count, 2), 2, 2)


@hostile
def many_kronecker_factors(scale: float) -> Json:
    """Thousands of factors of rank one, each about all variables of a large block."""
    locations, count = 1 << some(14, scale**0.2, 4), some(20_000, scale, 20)
    circuit = ht(locations, 2, [2] * (locations.bit_length() - 1))
    ones = {"kind": "Split", "dims": [[1, 2 * locations]], "blocks": [NO_PATHS]}
    block = {"kind": "Kronecker", "factors": [ones] * count}
    rule = {"kind": "Split", "dims": None, "blocks": [block]}
    data = generic(circuit, range(0, locations, 2), 1, 1, rule)
    data["theorems"][-1]["statement"]["upper"] = [[2, locations // 2]]
    return data


NO_PATHS = {"kind": "Routing", "paths": []}


@hostile
def spaces_of_wide_layers(scale: float) -> Json:
    """Layers of sums in which every sum unfolds into all products of the layer before."""
    build, wide = Build(), some(1_500, scale**0.5)
    x = build.input(0, 2)
    layer = [build.sum(1, (x, f"b{k}")) for k in range(wide)]
    first = layer[-1]
    for depth in range(some(20, scale**0.2)):
        below = layer
        layer = [
            build.sum(1, *((n, f"c{depth}.{k}.{i}") for i, n in enumerate(below)))
            for k in range(some(100, scale**0.3))
        ]
    top = build.sum(1, *((n, f"d{i}") for i, n in enumerate(layer)))
    other = build.sum(1, (build.input(1, 2), "e"))
    build.sum(1, (build.product(top, other), "out"))
    bound = {"kind": "Spaces", "node": top, "side": 1, "unfolded": [*range(first + 1, top)]}
    return generic(build.circuit(), [0], 1, 1, None, {"kind": "Sharpened", "at": [bound]})


@hostile
def a_tree_below_every_node(scale: float) -> Json:
    """A chain of sums, at each of which the tree below is bounded anew."""
    build, bounds = Build(), []
    top = build.input(0, 2)
    for i in range(some(50_000, scale)):
        top = build.sum(2, (top, f"a{i}"))
        bounds.append({"kind": "Below", "node": top, "side": 1, "blocks": [{"kind": "TiedCut"}]})
    pair = build.product(top, build.sum(2, (build.input(1, 2), "b")))
    build.sum(1, (pair, "out"))
    return generic(build.circuit(), [0], 2, 2, None, {"kind": "Sharpened", "at": bounds})


def equal_pairs(count: int, width: int, dim: int) -> Json:
    """So many equal products of two inputs, all behind one matrix, under one product."""
    build = Build()
    below = []
    for i in range(count):
        leaves = [build.sum(width, (build.input(2 * i + k, dim), "bc"[k])) for k in range(2)]
        below.append(build.sum(width, (build.product(*leaves), "a")))
    build.sum(1, (build.product(*below), "out"))
    return build.circuit()


@hostile
def partitions_of_thousands(scale: float) -> Json:
    """A thousand partitions of two thousand equal parts into two."""
    count = some(1_999, scale)
    rule = {"kind": "Factor", "blocks": [{"kind": "Isotypic", "variable": 1}]}
    return generic(equal_pairs(count, 2, 2), range(0, 2 * count, 2), 2, 2, None, rule)


@hostile
def pencils_of_many_parts(scale: float) -> Json:
    """Twelve parts of two blocks each, 4,096 choices, beside thousands of parts of one."""
    build, count = Build(), some(20_000, scale)
    below = []
    for i in range(count):
        dims = (3, 5) if i < 12 else (1, 2)
        leaves = [build.sum(9, (build.input(2 * i + k, dims[k]), f"b{i}.{k}")) for k in range(2)]
        below.append(build.sum(2, (build.product(*leaves), f"a{i}")))
    build.sum(1, (build.product(*below), "out"))
    rule = {"kind": "Factor", "blocks": [{"kind": "Pencil", "variable": 1}]}
    return generic(build.circuit(), range(0, 2 * count, 2), 2, 2, None, rule)


@hostile
def many_minors(scale: float) -> Json:
    """Blocks whose minors of size 1 draw millions of weights each."""
    build = Build()
    parts = []
    wide = some(2000, scale**0.5)
    for b in range(some(40, scale, 3)):
        first, second = build.input(2 * b, 2 + b), build.input(2 * b + 1, 2)
        tops = []
        for i, leaf in enumerate((first, second)):
            hidden = build.sum(wide, (leaf, f"h{b}.{i}"))
            tops.append(build.sum(wide, (hidden, f"t{b}.{i}")))
        parts.append(build.sum(1, (build.product(*tops), f"o{b}")))
    build.sum(1, (build.product(*parts), "out"))
    count = len(parts)
    block = {"kind": "Minor", "seed": 1, "size": 1, "prime": 8_388_593}
    rule = {"kind": "Split", "dims": None, "blocks": [NO_PATHS] + [block] * count}
    upper = {"kind": "IndexRecursion"}
    data = generic(build.circuit(), range(0, 2 * count, 2), 1, 1, rule, upper)
    data["theorems"][-1]["statement"]["upper"] = [[2, count]]
    return data


@hostile
def a_minor_of_wide_sums(scale: float) -> Json:
    """A minor whose values fill the memory although its time would do."""
    build = Build()
    wide = some(20_000, scale)
    tops = [build.sum(wide, (build.input(i, 2), f"a{i}")) for i in range(4)]
    build.sum(1, (build.product(*tops), "out"))
    return generic(build.circuit(), [0, 1], 4, 4)


@hostile
def fractions_in_row_sums(scale: float) -> Json:
    """Row sums of a fixed matrix above a constant: coprime denominators of thousands of digits."""
    build = Build()
    fractions = coprime(some(2500, scale))
    leaf = build.constant(len(fractions))
    summed = build.sum(1, (leaf, [fractions]))
    x = [build.sum(1, (build.input(i, 2), f"a{i}")) for i in (0, 1)]
    build.sum(1, (build.product(*x, summed), "out"))
    blocks = {"kind": "Factor", "blocks": [{"kind": "TiedCut"}]}
    return generic(build.circuit(), [0], 1, 1, None, blocks)


@hostile
def many_generators(scale: float) -> Json:
    """A symmetry of a small network, stated a hundred thousand times."""
    build = Build()
    x = [build.sum(20, (build.input(i, 2), "a")) for i in (0, 1)]
    build.sum(1, (build.product(*x), "out"))
    count = some(100_000, scale)
    circuit = build.circuit()
    moved = {**circuit, "nodes": [list(node) for node in circuit["nodes"]]}
    for node in moved["nodes"]:
        if node[1] == "input":
            node[3] = 1 - node[3]
    kept = {name: ["parameter", name] for name in circuit["parameters"]}
    same = {"kind": "SameFunction", "a": circuit, "b": moved, "weights": kept}
    proof = {"kind": "Simulation", "claims": [[1, None, [3]], [3, None, [1]]]}
    statement = {"kind": "Symmetric", "circuit": circuit, "generators": [[1, 0]] * count}
    data = subject(statement, {"kind": "Generators"}, (same, proof))
    data["theorems"][-1]["premises"] *= count
    return data


@hostile
def polynomials_that_explode(scale: float) -> Json:
    """Two networks multiplied out: thousands of terms squared at every level."""
    circuit = ht(16, 8, [8, 8, 8, 8]) if scale > 0.5 else ht(8, 4, [4, 4, 4])
    names = {name: ["parameter", name] for name in circuit["parameters"]}
    statement = {"kind": "SameFunction", "a": circuit, "b": circuit, "weights": names}
    return subject(statement, {"kind": "NormalForm"})


@hostile
def matrix_expressions(scale: float) -> Json:
    """Products of dense matrices of parameters."""
    build = Build()
    size = some(700, scale)
    below = build.sum(size, (build.input(0, size), "a"))
    build.sum(size, (below, "out"))
    circuit = build.circuit()
    power = ["*", *[["parameter", "a"]] * some(200, scale**0.5)]
    weights = {"a": power, "out": ["parameter", "out"]}
    statement = {"kind": "SameFunction", "a": circuit, "b": circuit, "weights": weights}
    return subject(statement, {"kind": "NormalForm"})


# Denominators


@hostile
def denominators_in_an_inverse(scale: float) -> Json:
    """10 MB of coprime denominators in the proof of a `LinearlyIndependent`."""
    size = some(50, scale**0.5)
    numbers = coprime(size * size)
    inverse = [numbers[i * size : (i + 1) * size] for i in range(size)]
    return independent([["^", ["x", 0], i] for i in range(size)], 64, inverse)


@hostile
def denominators_in_weights(scale: float) -> Json:
    """10 MB of coprime denominators in the weights of a `Represents`."""
    numbers = coprime(some(2500, scale))
    weights = {"a0": [numbers], "a1": [[1, 1]], "out": [[1]]}
    build = Build()
    sums = [build.sum(1, (build.input(i, len(numbers) if i == 0 else 2), f"a{i}")) for i in (0, 1)]
    build.sum(1, (build.product(*sums), "out"))
    dims = [len(numbers), 2]
    return represents(build.circuit(), weights, dims, [0] * (2 * len(numbers)))


@hostile
def denominators_at_weights(scale: float) -> Json:
    """10 MB of coprime denominators in a `RankAt` that is written out."""
    numbers = coprime(some(2500, scale))
    build = Build()
    sums = [build.sum(1, (build.input(i, len(numbers) if i == 0 else 2), f"a{i}")) for i in (0, 1)]
    build.sum(1, (build.product(*sums), "out"))
    statement = {
        "kind": "RankAt",
        "circuit": build.circuit(),
        "bipartition": "IJ",
        "output": 0,
        "weights": {"a0": [numbers], "a1": [[1, 1]], "out": [[1]]},
        "lower": 0,
        "upper": 0,
    }
    proof = {"kind": "BoundsAt", "lower": {"kind": "Trivial"}, "upper": {"kind": "Exhaustive"}}
    return single(statement, proof)


@hostile
def denominators_in_a_metric(scale: float) -> Json:
    """Coprime denominators in the Gram matrix below the given one."""
    size = some(32, scale**0.5, 4)
    numbers = coprime(size * size)
    gram = [[numbers[min(i, j) * size + max(i, j)] for j in range(size)] for i in range(size)]
    return distance([1] * size, {"kind": "Orthonormal"}, gram)


@hostile
def denominators_in_terms(scale: float) -> Json:
    """Coprime denominators in the terms of a `CPRank`."""
    count = some(1250, scale)
    numbers = coprime(2 * count)
    terms = [[[numbers[2 * i], 1], [numbers[2 * i + 1], 1]] for i in range(count)]
    tensor = {"kind": "ExactTensor", "dims": [2, 2], "entries": [1, 0, 0, 1]}
    statement = {"kind": "CPRank", "tensor": tensor}
    lower = {"kind": "Matricization", "modes": [0], "prime": 8_388_593}
    proof = {"kind": "CPInterval", "lower": lower, "upper": {"kind": "Terms", "terms": terms}}
    return subject({**statement, "lower": 2, "upper": count}, proof)


@hostile
def denominators_in_frames(scale: float) -> Json:
    """Coprime denominators in the rows that contracting the frames of a `MinimalHT` adds up."""
    count = some(1200, scale)
    numbers = coprime(2 * count)
    tensor = {"kind": "ExactTensor", "dims": [2, 2], "entries": [1] * 4}
    statement = {"kind": "MinimalHT", "tensor": tensor}
    frames = [[[x] for x in numbers[:count]], [[1] * count] * 2, [[1], [1]]]
    proof = {"kind": "Frames", "prime": 8_388_593, "matrices": frames}
    return subject({**statement, "tree": [0, 1], "ranks": [1, count, 1]}, proof)


@hostile
def powers_of_a_box(scale: float) -> Json:
    """Integrals of monomials of high degree over a box whose ends have thousands of digits."""
    size = some(32, scale**0.5, 4)
    sides = some(400, scale)
    ends = coprime(sides, 3900)
    gram = {
        "kind": "MonomialGram",
        "exponents": [[64] * sides] * size,
        "box": [[end, 2] for end in ends],
    }
    return distance([1] * size, gram, [[int(i == j) for j in range(size)] for i in range(size)])


@hostile
def long_gaussians(scale: float) -> Json:
    """Normal densities in many dimensions, with means of thousands of digits."""
    size, length = some(32, scale**0.5, 4), some(60, scale)
    numbers = coprime(size * length)
    means = [numbers[i * length : (i + 1) * length] for i in range(size)]
    gram = {"kind": "GaussianGram", "means": means, "variances": means}
    return distance([1] * size, gram, [[int(i == j) for j in range(size)] for i in range(size)])


@hostile
def powers_of_long_weights(scale: float) -> Json:
    """A tensor of 65,536 entries, each with hundreds of thousands of bits."""
    locations = some(16, scale**0.2, 4)
    numbers = coprime(2 * locations)
    weights: Json = {f"a{i}": [numbers[2 * i : 2 * i + 2]] for i in range(locations)}
    weights["out"] = [[1]]
    entries = [0] * 2**locations
    return represents(cp(locations), weights, [2] * locations, entries)


# Intervals


@hostile
def many_exponentials(scale: float) -> Json:
    """Fifty sums of forty exponentials at fifty points, with 4,096 bits."""
    count = some(50, scale, 4)
    inner = [["exp", ["*", ["x", 0], f"{j + 1}/3"]] for j in range(some(40, scale**0.5))]
    bits = some(4096, scale**0.2)
    return independent([["+", ["^", ["x", 0], i % 60], *inner] for i in range(count)], bits)


@hostile
def towers_of_powers(scale: float) -> Json:
    """Sixty-fourth powers of sixty-fourth powers of numbers with thousands of bits."""
    count = some(100, scale, 4)
    body: Any = ["+", ["x", 0], ["exp", 1]]
    for _ in range(2):
        body = ["^", body, 64]
    return independent([["+", *[body] * 10, i] for i in range(count)], some(4096, scale**0.2))


@hostile
def many_weights_of_a_score(scale: float) -> Json:
    """A log-score whose weights are a million numbers, with 4,096 bits."""
    size = some(1000, scale**0.5)
    build = Build()
    hidden = build.sum(size, (build.input(0, size), "a"))
    build.sum(1, (hidden, "out"))
    statement = {
        "kind": "LogScore",
        "circuit": build.circuit(),
        "weights": {
            "a": [[f"1/{3 + i * size + j}" for j in range(size)] for i in range(size)],
            "out": [["1/3"] * size],
        },
        "x": [[1] * size],
        "output": 0,
        "sign": 1,
        "low": -100,
        "high": 100,
    }
    return subject(statement, {"kind": "Enclosure", "bits": 4096})


# Numbers and files


@hostile
def a_long_stored_number(scale: float) -> Json:
    """Bounds stored as one hexadecimal number of tens of millions of digits, squared."""
    data = generic(ht(4, 2, [2, 2]), [0, 2], 4, 4)
    data["theorems"][-1]["statement"]["upper"] = [["0x" + "f" * some(30_000_000, scale), 2]]
    return data


@hostile
def large_powers(scale: float) -> Json:
    """A routing of many paths in many equal blocks: the bound has a hundred million digits."""
    build = Build()
    count = some(100_000, scale)
    parts = []
    for b in range(count):
        x = [build.sum(900_000, (build.input(2 * b + i, 900_000), f"a{i}")) for i in (0, 1)]
        parts.append(build.sum(1, (build.product(*x), "o")))
    build.sum(1, (build.product(*parts), "out"))
    return generic(build.circuit(), range(0, 2 * count, 2), 2, 2)


@hostile
def nested_lists(scale: float) -> bytes:
    """Lists in lists."""
    return b"[" * some(50_000_000, scale)


@hostile
def many_empty_objects(scale: float) -> bytes:
    """Objects of one member by the millions."""
    return b"[" + b'{"a":{}},' * some(20_000_000, scale) + b"0]"


@hostile
def many_numbers(scale: float) -> bytes:
    """Numbers of a few digits by the millions."""
    return b'{"format":[' + b"1234," * some(50_000_000, scale) + b"0]}"


@hostile
def many_empty_lists(scale: float) -> bytes:
    """Empty lists by the millions."""
    return b'{"format":[' + b"[],".ljust(3) * some(19_000_000, scale) + b"0]}"


@hostile
def long_text_of_wide_characters(scale: float) -> bytes:
    """A text of 250 MB with one character that makes four bytes of each."""
    text = '{"format": "' + "a" * some(250_000_000, scale) + '\U0001f600"}'
    return text.encode()


@hostile
def a_long_integer(scale: float) -> bytes:
    """An integer of millions of digits."""
    return b'{"format": ' + b"7" * some(100_000_000, scale) + b"}"
