"""Certificates of independent functions and of distances, and their false neighbours."""

from fractions import Fraction

import circuitalg as ca
from certificates.alter import append, drop, get, put, without_tensor
from circuitalg.arithmetic.functions import step, x
from circuitalg.kernel import rules
from circuitalg.kernel.functions.independence import PointWitness
from circuitalg.representation import Gaussians, Monomials, Neurons

LINE = Gaussians([[0], [1], [3]], [[1], [1], [2]])


def steps():
    """A step at 0 and one at 1, at points between and beyond."""
    functions = (step(x(0)), step(x(0) + -1))
    proof = PointWitness(8, ((Fraction(1, 2),), (2,)), ((1, 0), (-1, 1)))
    return rules.linearly_independent(1, functions, proof)


def far(representation, **more):
    """The distance of a small network from those of rank 1."""
    circuit = ca.ht_model(2, 3, [3])
    weights = circuit.random_weights(seed=2)
    return ca.prove_not_approximable(circuit, weights, 1, representation=representation, **more)


PROVED = {
    "independent": lambda: ca.prove_linearly_independent(LINE),
    "independent neurons": lambda: ca.prove_linearly_independent(
        Neurons([[1], [2], [-1]], [0, 1, 3])
    ),
    "independent steps": steps,
    "far": lambda: far(Gaussians([[0], [2], [4]], [[1], [1], [2]])),
    "far with orthonormal functions": lambda: far(None),
    "far with monomials": lambda: far(Monomials.up_to(2), box=[[-1, 1]]),
}


def at_a_point(*operation):
    """The first function jumps, or has a pole, at the first point."""

    def change(data):
        first = get(data, "proof/points/0/0")
        zero = ["+", ["x", 0], ["*", -1, first]]
        get(data, "st/functions")[0] = [*operation, zero]

    return change


def again(path):
    """Put the first member of a list in the place of the second."""

    def change(data):
        members = get(data, path)
        members[1] = members[0]

    return change


def farther(data):
    """A distance that is larger by a millionth."""
    said = get(data, "st")
    more = Fraction(said["squared_distance"]) * Fraction(1000001, 1000000)
    said["squared_distance"] = str(more)


def narrower(data):
    """Location 1 has dimension 2 in place of 3."""
    get(data, "nodes/1")[2] = 2
    weights = get(data, "st/weights")
    weights["a0.1"] = [row[:2] for row in weights["a0.1"]]


def askew(data):
    """Turn W a little: x and -x across the diagonal, which no trace and no sum of squares sees."""
    rows = get(data, "proof/W")
    for (i, j), sign in (((0, 1), 1), ((1, 0), -1)):
        rows[i][j] = str(Fraction(rows[i][j]) + sign * Fraction(1, 2**200))


# fmt: off
REFUSED = {
    "a point twice": ("independent", again("proof/points"), "row 1: the error is",
        "row 1 of 1 - R F"),
    "another inverse": ("independent", put("proof/inverse/0/0", 0), "row 0: the error is",
        "row 0 of 1 - R F"),
    "no digits": ("independent", put("proof/bits", 0), "bits .* got 0", '"bits" of .* is 0;'),
    "a function twice": ("independent", again("st/functions"), "row 0: the error is",
        "row 0 of 1 - R F"),
    "another dimension": ("independent", put("st/dimension", 2), "points of 2 coordinates",
        "points of 2 coordinates"),
    "a coordinate beyond": ("independent", put("st/functions/0", ["x", 1]), "uses coordinate 1",
        "from 0 to 0"),
    "no such function": ("independent", put("st/functions/0", ["sin", ["x", 0]]),
        "no operation 'sin'", 'no operation "sin"'),
    "a jump at a point": ("independent", at_a_point("step"), "argument of a step",
        "argument of a step may be zero"),
    "a pole at a point": ("independent", at_a_point("/", 1), "denominator may be 0",
        "denominator may be zero"),
    "a power of 10^9": ("independent", put("st/functions/0", ["^", ["x", 0], 10**9]),
        "exponent that is not", "from 0 to 64"),
    "points too few": ("independent", drop("proof/points/2"), "need 3 points of 1",
        "3 points of 1 coordinates"),
    "an inverse of fewer rows": ("independent", drop("proof/inverse/2"), "an inverse of 3 x 3",
        "inverse must be a 3 x 3"),
    "no functions": ("independent", put("st/functions", []), "functions, got 0",
        "there are 0 functions"),
    "201 functions": ("independent", put("st/functions", [1] * 201), "functions, got 201",
        "there are 201 functions"),
    "the distance of a square": ("far with orthonormal functions", without_tensor("square", 3),
        "'p' multiplies", "not decomposable"),
    "the distance of an uneven sum": ("far with orthonormal functions", without_tensor("uneven", 3),
        "'out' adds", "not smooth"),
    "monomials too many": ("far with monomials", append("st/gram/exponents", [3]),
        "3 monomials need as many", "must be 3 rows of exponents"),
    "a location of another dimension": ("far", narrower, "must have one dimension M",
        "one dimension, at most"),
    "means too few": ("far", drop("st/gram/means/2"), "as many means and variances",
        "as many means and variances"),
    "variances too few": ("far", drop("st/gram/variances/2"), "as many means and variances",
        "as many means and variances"),
    "means of another length": ("far", put("st/gram/variances", [[1, 1], [1, 1], [2, 1]]),
        "as many means and variances", "as many means and variances"),
    "a box turned round": ("far with monomials", put("st/gram/box", [[1, -1]]), "pairs a < b",
        "pairs a < b"),
    "a box of no length": ("far with monomials", put("st/gram/box", [[1, 1]]), "pairs a < b",
        "pairs a < b"),
    "a box of three ends": ("far with monomials", put("st/gram/box", [[-1, 1, 2]]), "pairs a < b",
        "pairs a < b"),
    "monomials too few": ("far with monomials", drop("st/gram/exponents/2"),
        "3 monomials need as many", "must be 3 rows of exponents"),
    "a box of another dimension": ("far with monomials", put("st/gram/box", [[-1, 1], [-1, 1]]),
        "3 monomials need as many", "exponent for each side"),
    "a distance of 10^15": ("far", put("st/squared_distance", 10**15), r"not the positive 1e\+15",
        "below what is stated"),
    "a distance that is slightly larger": ("far", farther, "not the positive 6537.55",
        "below what is stated"),
    "distance 0": ("far", put("st/squared_distance", 0), "not the positive 0 that", "not positive"),
    "a negative distance": ("far", put("st/squared_distance", -1), "not the positive -1 that",
        "not positive"),
    "rank of every tensor": ("far", put("st/rank", 3), "got 3$", "rank is 3; .* 3 rows"),
    "rank beyond every tensor": ("far", put("st/rank", 9), "got 9$", "rank is 9; .* 3 rows"),
    "distance across other sides": ("far", put("st/bipartition", "JI"),
        "S = .* not shown to be positive", r"K \+ W - t / G is not"),
    "a smaller rank": ("far", put("st/rank", 2), "shows a squared distance of 10.08",
        "below what is stated"),
    "distance of other weights": ("far", put("st/weights/a0.0/0/0", 77),
        "S = .* not shown to be positive", r"K \+ W - t / G is not"),
    "distance with other means": ("far", put("st/gram/means/1/0", 0), "G - G_0 is not diag",
        "above the rational one"),
    "distance across the other side": ("far", put("st/bipartition", "JI"),
        "S = .* not shown to be positive", r"K \+ W - t / G is not"),
    "negative variance": ("far", put("st/gram/variances/1/0", -1), "variances .* must be positive",
        "variances .* must be positive"),
    "Gram matrix of wavelets": ("far", put("st/gram/kind", "WaveletGram"),
        "gram has the kind 'WaveletGram'", 'kind "WaveletGram"'),
    "t of 10^15": ("far", put("proof/t", 10**15), "S = .* not shown to be positive",
        r"K \+ W - t / G is not"),
    "negative t": ("far", put("proof/t", -1), "t must not be negative", "t must not be negative"),
    "another W": ("far", put("proof/W/0/0", 0), "W is not shown", "W is not shown"),
    "W not symmetric": ("far", put("proof/W/0/1", 12345), "W must be symmetric",
        "W must be symmetric"),
    "W askew": ("far", askew, "W must be symmetric", "W must be symmetric"),
    "Gram matrix not symmetric": ("far", put("proof/gram/0/1", 5), "matrix G_0 must be symmetric",
        "below must be symmetric"),
    "inverse not symmetric": ("far", put("proof/inverse/0/1", 5),
        "inverse of G_0 must be symmetric", "inverse must be symmetric"),
    "another inverse of the Gram matrix": ("far", put("proof/inverse/0/0", 1), "is not its inverse",
        "is not its inverse"),
    "another Gram matrix": ("far", put("proof/gram/0/0", 5), "is not its inverse",
        "above the rational one"),
    "few digits": ("far", put("proof/bits", 3), "G - G_0 is not diag", "above the rational one"),
    "no factor of the difference": ("far", put("proof/s_factor", [[0]] * 3),
        "S = .* not shown to be positive", r"K \+ W - t / G is not"),
    "no factor of W": ("far", put("proof/w_factor", [[0]] * 3), "W is not shown", "W is not shown"),
    "another factor of the Gram matrix": ("far", put("proof/gram_factor", [[9]] * 3),
        "Gram matrix G_0 is not shown", "Gram matrix below is not shown"),
}
# fmt: on

SAME = {
    "more digits": ("independent", put("proof/bits", 80)),
    "more digits of a distance": ("far with orthonormal functions", put("proof/bits", 200)),
}

OTHER = {
    "distance 1": ("far", put("st/squared_distance", 1)),
    "a function plus 0": (
        "independent",
        lambda d: put("st/functions/0", ["+", get(d, "st/functions/0"), 0])(d),
    ),
}
