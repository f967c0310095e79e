"""Bounds of theorems for all sizes that take a kilobyte of file and much work to write out.

Each is claimed of CP models of Z channels, is false, and is for both readers to refuse by counting.
"""


def nested(depth, step, start):
    """Put a formula into itself again and again."""
    found = start
    for level in range(depth):
        found = step(found, level)
    return found


M, N = ["sym", "M"], ["sym", "N"]


def wide(part):
    """A power that is written out as 66 terms, of which 55 hold the part."""
    return ["^", ["+", part, M, 1], 10]


HOSTILE = {
    "sums in sums": nested(28, lambda b, k: ["sum", f"i{k}", 0, 8, b], 1),
    "powers of powers": nested(8, lambda b, _: ["^", b, 64], 2),
    "powers in exponents": nested(12, lambda b, _: ["^", 2, b], 64),
    "a sum to a power that is not small": ["^", ["+", N, 1], ["+", M, 10**6]],
    "a number to such a power": ["^", 2, ["+", M, 10**100]],
    "products of sums": ["*", *(["+", M, N, ["r", k]] for k in range(40))],
    "squares of squares": nested(9, lambda b, _: ["^", ["+", b, M, 1], 2], N),
    "powers below symbols": nested(9, lambda b, _: ["^", wide(b), N], N),
    "powers in minima": nested(9, lambda b, k: ["min", wide(b), ["r", k]], N),
    "powers in binomials": nested(9, lambda b, _: ["binom", wide(b), N], N),
    "powers below binomials": nested(9, lambda b, _: ["binom", N, wide(b)], N),
    "powers in indices": nested(9, lambda b, _: ["r", wide(b)], N),
    "powers in ranges of indices": nested(9, lambda b, _: ["minr", 0, wide(b)], N),
    "powers in exponents of sums": nested(9, lambda b, _: ["^", ["+", N, M], wide(b)], N),
    "powers in exponents of minima": nested(
        9, lambda b, k: ["^", ["min", N, ["r", k]], wide(b)], N
    ),
    "powers beside sums": nested(
        9, lambda b, k: ["*", ["sum", f"i{k}", 1, M, ["r", ["sym", f"i{k}"]]], ["^", b, 10]], N
    ),
    "sums to ends that hold sums": nested(
        9, lambda b, k: ["sum", f"i{k}", 1, ["^", ["+", b, M], 3], ["r", ["sym", f"i{k}"]]], N
    ),
    "binomials of large numbers": ["binom", 10**4000, 10**3999],
    "a long sum": ["sum", "i", 0, 10**18, ["sym", "i"]],
    "sums of products": [
        *("sum", "i", 1, ["+", M, 8]),
        ["*", *(["+", ["sym", "i"], ["r", ["+", ["sym", "i"], k]]] for k in range(20))],
    ],
    "least numbers of least numbers": nested(
        5, lambda b, k: ["min", ["*", b, ["+", b, k]], ["r", k]], N
    ),
}
