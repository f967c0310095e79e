"""A theorem of every kind beside the rank rules, for tests that go through them all."""

from fractions import Fraction

import circuitalg as ca
from circuitalg.kernel.formula import least, symbols, width
from circuitalg.kernel.levels import ONE, HTNetworks, RankAtLeast
from circuitalg.kernel.matrices import fixed
from circuitalg.representation import Gaussians, Neurons


def for_all():
    """Theorem 1 for all sizes."""
    q, m, M = symbols("q m M")
    claim = RankAtLeast(ONE, least(M, width(0)) ** (q**m))
    return ca.prove_for_all({"q": 2, "m": 0, "M": 1}, HTNetworks(q, m + 1, M), claim)


def same():
    """A shallow network inside a deep one."""
    unit = fixed([[1, 0], [0, 1]])
    cp, ht = ca.cp_model(4, 2, 2), ca.ht_model(4, 2, [2, 2])
    return ca.prove_same(cp, ht, {"a1.0": unit, "a1.1": unit})


def distance():
    """A network of three Gaussians."""
    circuit = ca.ht_model(2, 3, [3])
    family = Gaussians([[0], [2], [4]], [[1], [1], [1]])
    weights = circuit.random_weights(seed=2)
    return ca.prove_not_approximable(circuit, weights, 1, representation=family)


def mixed(fixed):
    """Two branches over shared sums, one through a fixed matrix."""
    b = ca.CircuitBuilder(locations=2, dim=2)
    h = [b.sum(b.input(i), width=2, parameter="a") for i in range(2)]
    first = b.product(*h)
    exact = [[Fraction(entry) for entry in row] for row in fixed]
    second = b.product(b.sum(h[0], width=2, matrix=exact), b.sum(h[1], width=2, parameter="b"))
    return b.build(b.sum(first, second, width=2))


LINEAR = mixed([[1, 2], [0, "1/3"]])


def score():
    """A network with signs, 20 digits."""
    circuit = ca.ht_model(2, 2, [2])
    return ca.prove_log_score(circuit, circuit.random_weights(seed=1), [[1, 2], [3, -1]], bits=20)


PROVED = {
    "ForAll": for_all,
    "SameFunction": same,
    "Symmetric": lambda: ca.prove_symmetric(ca.ht_model(4, 2, [2, 2], shared=True)),
    "Represents": lambda: ca.prove_represents(ca.cp_model, [[1, 2], [3, 4]]),
    "Universal": lambda: ca.prove_universal(ca.cp_model(2, 2, 4)),
    "LinearlyIndependent": lambda: ca.prove_linearly_independent(Neurons([[1], [2]], [0, 1])),
    "NotApproximable": distance,
    "MinimalHT": lambda: ca.prove_minimal_ht([[[1, 0], [0, 2]], [[0, 0], [3, 0]]]),
    "LogSpaceEquivalent": lambda: ca.prove_log_space(
        mixed([[1, 2], [0, "1/3"]]), mean=True, beta=2
    ),
    "SignedSplit": lambda: ca.prove_signed_split(mixed([[1, -2], [0, "1/3"]])),
    "SimplexForm": lambda: ca.prove_simplex_form(ca.ht_model(4, 2, [2, 2], shared=True)),
    "Multilinear": lambda: ca.prove_multilinear(LINEAR),
    "LogScore": score,
    "LogSpaceError": lambda: ca.prove_log_space_error(ca.ht_model(4, 2, [2, 2]), (-2, 0), (-3, 1)),
    "CPRank": lambda: ca.prove_cp_rank([[[1, 0], [0, 2]], [[0, 0], [3, 0]]]),
}
