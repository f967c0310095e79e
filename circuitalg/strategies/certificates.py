"""Strategies for certificates: of every kind of statement, valid ones and altered ones."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from itertools import combinations
from math import prod
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, ht_model
from circuitalg.errors import CircuitalgError
from circuitalg.expressions import binomial, formula, symbols, total, width
from circuitalg.expressions import least as smallest
from circuitalg.kernel.forall.claims import ContainsCP, ParameterCount, RankAtLeast, RankAtMost
from circuitalg.kernel.forall.families import ONE, CPNetworks, HTNetworks
from circuitalg.kernel.rank.families import (
    Family,
    cp_family,
    rac_family,
    tree_family,
    truncated_family,
    tt_family,
)
from circuitalg.kernel.theorem import Theorem
from circuitalg.prove.forall.induction import prove_for_all
from circuitalg.prove.functions.distance import prove_not_approximable
from circuitalg.prove.functions.independence import prove_linearly_independent
from circuitalg.prove.given.cprank import prove_cp_rank
from circuitalg.prove.given.minimal import prove_minimal_ht
from circuitalg.prove.given.represents import prove_represents, prove_universal
from circuitalg.prove.logspace.equivalent import (
    prove_log_space,
    prove_multilinear,
    prove_signed_split,
    prove_simplex_form,
)
from circuitalg.prove.logspace.score import prove_log_score, prove_log_space_error
from circuitalg.prove.rank.at import prove_rank_at
from circuitalg.prove.rank.grid import prove_grid_rank
from circuitalg.prove.rank.rank import prove_rank
from circuitalg.prove.rank.separation import prove_separation
from circuitalg.prove.same.function import prove_same
from circuitalg.prove.same.symmetric import prove_symmetric
from circuitalg.representation import Gaussians, Monomials, Neurons
from circuitalg.strategies.alterations import altered
from circuitalg.strategies.bounds import MULTILINEAR_KINDS, words
from circuitalg.strategies.circuits import circuits
from circuitalg.strategies.draws import between, entries, flip, number, pick
from circuitalg.strategies.partitions import bipartitions, mode_trees
from circuitalg.strategies.weights import inputs, weights
from circuitalg.tensor.exact_tensor import ExactTensor

Json = dict[str, Any]


def certificates(kinds: str | Collection[str] | None = None) -> SearchStrategy[Json]:
    """Certificates of theorems about small random networks, tensors and functions, as JSON data.

    Tactics prove them, so `circuitalg.checker.verify` accepts each. They shrink towards the first
    of the kinds, about the smallest network.

    Parameters
    ----------
    kinds
        Names of statements, such as "GenericRank" or ["RankAt", "Represents"]; None for all.

    Raises
    ------
    ArgumentError, OptionError
        When made: for a name that is no statement's.

    Examples
    --------
    >>> from hypothesis import find
    >>> found = find(certificates("Universal"), lambda certificate: True)
    >>> found["theorems"][-1]["statement"]
    {'kind': 'Universal', 'circuit': 0}
    """
    return _certificates(words("kinds", kinds, STATEMENTS))


def altered_certificates(kinds: str | Collection[str] | None = None) -> SearchStrategy[Json]:
    """Certificates that somebody has tampered with: other numbers, networks, premises, proofs.

    Nobody may accept one whose statement is false; some are still true. They shrink towards small
    certificates, altered at one place.

    Parameters
    ----------
    kinds
        As `certificates` takes them.

    Raises
    ------
    ArgumentError, OptionError
        As `certificates` does.

    Examples
    --------
    >>> from circuitalg import checker
    >>> from hypothesis import find
    >>> def refused(certificate):
    ...     try:
    ...         checker.verify(certificate)
    ...     except (checker.Refusal, checker.Unreadable):
    ...         return True
    >>> found = find(altered_certificates("Universal"), refused)
    """
    return _altered(words("kinds", kinds, STATEMENTS))


@st.composite
def _certificates(draw: DrawFn, kinds: list[str]) -> Json:
    try:
        theorem = _PROVE[pick(draw, kinds)](draw)
    except CircuitalgError:  # no tactic proves this one
        reject()
    return theorem.certificate()


@st.composite
def _altered(draw: DrawFn, kinds: list[str]) -> Json:
    own = draw(_certificates(kinds))
    other = draw(_certificates(kinds)) if flip(draw) else None
    return altered(own, lambda n: number(draw, 0, n - 1), other)


def _network(draw: DrawFn, **more: Any) -> Circuit:
    return draw(circuits(max_locations=4, max_dim=3, max_width=3, max_outputs=2, **more))


def _sides(draw: DrawFn, circuit: Circuit) -> Any:
    return draw(bipartitions(circuit.num_locations))


def _tensor(draw: DrawFn, dims: tuple[int, ...]) -> ExactTensor:
    """Of small numbers, or the sum of one or two products of vectors."""
    if flip(draw):
        return ExactTensor(dims, tuple(draw(entries("fraction", prod(dims)))))
    found: list[Any] = [0] * prod(dims)
    for _ in range(number(draw, 1, 2)):
        term: list[Any] = [1]
        for dim in dims:
            vector = draw(entries("integer", dim))
            term = [x * y for x in term for y in vector]
        found = [x + y for x, y in zip(found, term, strict=True)]
    return ExactTensor(dims, tuple(found))


def _dims(draw: DrawFn, most: int = 4) -> tuple[int, ...]:
    return tuple(number(draw, 2, 3) for _ in range(number(draw, 2, most)))


def _generic_rank(draw: DrawFn) -> Theorem[Any]:
    circuit = _network(draw, kinds=MULTILINEAR_KINDS)
    space = pick(draw, ("real", "nonnegative", "simplex"))
    output = number(draw, 0, circuit.num_outputs - 1)
    sides = _sides(draw, circuit)
    return prove_rank(circuit, sides, output=output, space=space, max_minor=40)


def _rank_at(draw: DrawFn) -> Theorem[Any]:
    circuit = _network(draw, kinds=MULTILINEAR_KINDS)
    at = draw(weights(circuit, pick(draw, ("integer", "rational", "sparse", "degenerate"))))
    return prove_rank_at(circuit, at, _sides(draw, circuit), max_minor=40)


def _grid_rank(draw: DrawFn) -> Theorem[Any]:
    circuit = draw(circuits(max_locations=4, min_dim=2, max_dim=2, max_width=3))
    return prove_grid_rank(circuit, _sides(draw, circuit), max_grid=16)


def _separation(draw: DrawFn) -> Theorem[Any]:
    count, dim = pick(draw, (4, 8)), number(draw, 2, 3)
    levels = count.bit_length() - 1
    widths = [number(draw, 2, 4) for _ in range(levels)]
    deep = ht_model(count, dim, widths, shared=flip(draw))
    if flip(draw):
        return prove_separation(deep, truncated_family(number(draw, 1, levels)))
    tree = draw(mode_trees(count))
    families: tuple[Family, ...] = cp_family(), tree_family(tree), tt_family(), rac_family()
    space = pick(draw, ("real", "nonnegative"))
    parts = _sides(draw, deep)
    return prove_separation(
        deep, pick(draw, families), bipartition=parts, space=space, max_minor=40
    )


def _for_all(draw: DrawFn) -> Theorem[Any]:
    q, k, m, M, N, Z = symbols("q k m M N Z")
    sharing = pick(draw, ("either", "unshared", "shared"))
    dim = pick(draw, (M, formula(2)))
    least_values = {"q": number(draw, 2, 3), "m": 0, "M": number(draw, 1, 2)}
    claims: tuple[Callable[[], tuple[Any, Any, Any]], ...] = (
        lambda: (
            least_values,
            HTNetworks(q, m + 1, dim, sharing=sharing),
            RankAtLeast(ONE, smallest(dim, width(0)) ** (q**m)),
        ),
        lambda: (
            {"N": 2, "M": 1, "Z": 1},
            CPNetworks(N, M, Z, sharing=sharing),
            RankAtMost("unions", ONE, Z),
        ),
        lambda: (
            {"k": 1, "m": 0, "M": 1},
            HTNetworks(2 * k, m + 1, M, sharing="shared"),
            RankAtMost(
                "alternating", ONE, smallest(width(0), binomial(M + k - 1, k)) ** ((2 * k) ** m)
            ),
        ),
        lambda: (
            {"m": 0, "M": 1},
            HTNetworks(formula(2), m + 1, M, sharing="unshared"),
            RankAtLeast(ONE, smallest(width(0), M) ** (2**m)),
        ),
        lambda: (
            least_values,
            HTNetworks(q, m + 1, M, sharing="shared"),
            ParameterCount(M * width(0) + total("i", 1, m, _product_of_widths()) + width(m)),
        ),
        lambda: (
            {**least_values, "Z": 1},
            HTNetworks(q, m + 1, M, ONE, Z),
            ContainsCP(q ** (m + 2), Z),
        ),
        lambda: (
            least_values,
            HTNetworks(q, m + 1, M, sharing=sharing),
            RankAtMost("unions", q**m, width(m)),
        ),
    )
    return prove_for_all(*claims[number(draw, 0, len(claims) - 1)]())


def _product_of_widths() -> Any:
    (i,) = symbols("i")
    return width(i - 1) * width(i)


def _same_function(draw: DrawFn) -> Theorem[Any]:
    if flip(draw):
        count, dim, channels = pick(draw, (2, 4)), number(draw, 1, 3), number(draw, 1, 3)
        deep = ht_model(count, dim, [channels] * (count.bit_length() - 1))
        unit = [[int(i == k) for k in range(channels)] for i in range(channels)]
        given = {name: unit for name in deep.parameters if name[:2] not in ("a0", "ou")}
        return prove_same(cp_model(count, dim, channels), deep, given)
    circuit = _network(draw)
    shapes = circuit.parameters
    retied = {
        name: pick(draw, [other for other in shapes if shapes[other] == shapes[name]])
        for name in shapes
    }
    nodes = [
        node
        if not node.matrices
        else node.__class__(
            node.name,
            node.kind,
            node.width,
            None,
            node.children,
            tuple(retied.get(x, x) if isinstance(x, str) else x for x in node.matrices),
        )
        for node in circuit.nodes
    ]
    tied = Circuit.from_nodes(nodes)
    return prove_same(tied, circuit, dict(retied))


def _symmetric(draw: DrawFn) -> Theorem[Any]:
    kinds = ("cp", "ht", "tree")
    circuit = _network(draw, kinds=kinds, ties=("height", "equal subtrees"), max_arity=3)
    if flip(draw):
        one, two = pick(draw, list(combinations(range(circuit.num_locations), 2)))
        images = list(range(circuit.num_locations))
        images[one], images[two] = two, one
        return prove_symmetric(circuit, [images])
    return prove_symmetric(circuit)


def _represents(draw: DrawFn) -> Theorem[Any]:
    return prove_represents(cp_model, _tensor(draw, _dims(draw, 3)))


def _universal(draw: DrawFn) -> Theorem[Any]:
    if flip(draw):
        return prove_universal(ht_model(4, 2, [4, 16], outputs=number(draw, 1, 2)))
    count, dim = number(draw, 2, 3), number(draw, 1, 2)
    channels = dim**count + number(draw, 0, 1)
    return prove_universal(cp_model(count, dim, channels, outputs=number(draw, 1, 2)))


def _minimal(draw: DrawFn) -> Theorem[Any]:
    tensor = _tensor(draw, _dims(draw))
    return prove_minimal_ht(tensor, draw(mode_trees(len(tensor.dims))))


def _cp_rank(draw: DrawFn) -> Theorem[Any]:
    return prove_cp_rank(_tensor(draw, _dims(draw, 3)))


def _rows(draw: DrawFn, count: int, dimension: int, least_: int, most: int) -> list[list[int]]:
    return [[number(draw, least_, most) for _ in range(dimension)] for _ in range(count)]


def _independent(draw: DrawFn) -> Theorem[Any]:
    count, dimension = number(draw, 1, 3), number(draw, 1, 2)
    kind = number(draw, 0, 2)
    if kind == 0:
        return prove_linearly_independent(Monomials(_rows(draw, count, dimension, 0, 3)))
    first = _rows(draw, count, dimension, -3, 3)
    if kind == 1:
        spread = _rows(draw, count, dimension, 1, 3)
        return prove_linearly_independent(Gaussians(first, spread))
    activation = pick(draw, ("relu", "sigmoid", "threshold"))
    biases = [number(draw, -3, 3) for _ in range(count)]
    return prove_linearly_independent(Neurons(first, biases, activation))


def _not_approximable(draw: DrawFn) -> Theorem[Any]:
    dim = number(draw, 2, 3)
    circuit = ht_model(2, dim, [number(draw, 2, 3)])
    at = draw(weights(circuit, "integer"))
    functions: Any = (
        None,
        Gaussians([[2 * i] for i in range(dim)], _rows(draw, dim, 1, 1, 2)),
        Monomials.up_to(dim - 1),
    )[number(draw, 0, 2)]
    box = [[-1, 1]] if isinstance(functions, Monomials) else None
    return prove_not_approximable(circuit, at, 1, representation=functions, box=box)


def _log_space(draw: DrawFn) -> Theorem[Any]:
    beta = pick(draw, (Fraction(1), Fraction(2), Fraction(1, 2), Fraction(-1)))
    return prove_log_space(_network(draw, nonnegative=True), mean=flip(draw), beta=beta)


def _signed_split(draw: DrawFn) -> Theorem[Any]:
    return prove_signed_split(_network(draw))


def _simplex_form(draw: DrawFn) -> Theorem[Any]:
    return prove_simplex_form(_network(draw, nonnegative=True, constants=flip(draw)))


def _multilinear(draw: DrawFn) -> Theorem[Any]:
    return prove_multilinear(_network(draw, kinds=MULTILINEAR_KINDS))


def _log_score(draw: DrawFn) -> Theorem[Any]:
    circuit = _network(draw)
    kind = pick(draw, ("integer", "rational"))
    at, rows = draw(weights(circuit, kind)), draw(inputs(circuit, kind, batch=1))
    x = [list(row[0]) for row in rows] if isinstance(rows, list) else [list(r) for r in rows[0]]
    return prove_log_score(circuit, at, x, bits=pick(draw, (64, 128, 200)))


def _log_space_error(draw: DrawFn) -> Theorem[Any]:
    circuit = _network(draw, nonnegative=True)
    low, high = -number(draw, 0, 50), number(draw, 0, 5)
    start = -number(draw, 0, 50)
    end = start + Fraction(draw(between(0, 60)), 4)
    zeros = pick(draw, ("none", "allowed"))
    return prove_log_space_error(circuit, (low, high), (start, end), zeros)


_PROVE: dict[str, Callable[[DrawFn], Theorem[Any]]] = {
    "Multilinear": _multilinear,
    "GenericRank": _generic_rank,
    "RankAt": _rank_at,
    "GridRank": _grid_rank,
    "Separation": _separation,
    "ForAll": _for_all,
    "SameFunction": _same_function,
    "Symmetric": _symmetric,
    "Represents": _represents,
    "Universal": _universal,
    "MinimalHT": _minimal,
    "CPRank": _cp_rank,
    "LinearlyIndependent": _independent,
    "NotApproximable": _not_approximable,
    "LogSpaceEquivalent": _log_space,
    "SignedSplit": _signed_split,
    "SimplexForm": _simplex_form,
    "LogScore": _log_score,
    "LogSpaceError": _log_space_error,
}
"""A tactic for random arguments, by kind of statement, the simplest first."""

STATEMENTS = tuple(_PROVE)
"""The kinds of statements."""
