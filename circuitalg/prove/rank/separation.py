"""prove_separation: how large a shallow (or shallower) network must be to match a deep one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import ArgumentError, RuleError
from circuitalg.kernel import rules
from circuitalg.kernel.families import CPFamily, Family, TruncatedFamily
from circuitalg.kernel.rank.question import SPACES, Question
from circuitalg.kernel.rank.statements import Separation, in_widths
from circuitalg.kernel.rank.terms import RankGap
from circuitalg.kernel.rank.values import upper_value
from circuitalg.kernel.theorem import Theorem
from circuitalg.options import choice, described
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.rank import answer, check_multilinear
from circuitalg.prove.rank.upper import structural

FamilyLike = Family | str | Callable[..., Circuit]
_RANDOM_TRIES = 8
_IMPROVE_BELOW = 64
"""With up to this many groups, a bipartition is improved by moving one group at a time."""


def prove_separation(
    deep: CircuitLike,
    family: FamilyLike = cp_model,
    *,
    bipartition: BipartitionLike = "best",
    output: int = 0,
    space: str = "real",
    max_minor: int = 400,
    timeout: float | None = None,
) -> Theorem[Separation]:
    """Prove how large the family's parameter must be to match, or even approximate, ``deep``.

    Parameters
    ----------
    deep
        The network; for almost all its weights in ``space`` the statement holds.
    family
        ``ca.cp_model`` (or ``"cp"``, ``ca.cp_family()``), or ``ca.truncated_family(levels,
        window)``.
    bipartition
        ``"best"``: the bipartition with the largest upper bound that the search finds; ``"paper"``:
        odd/even for CP models (Theorem 1), alternating blocks for truncated ones (Theorem 3); or
        what `Bipartition.parse` reads.
    space
        ``"real"``, ``"nonnegative"`` or ``"simplex"`` weights of ``deep``; the family's weights are
        all real ones, so a network without signs is compared with shallow ones that have them.
    output, max_minor, timeout
        As for `prove_rank`.

    Returns
    -------
    Theorem
        About a ``Separation``; ``statement.needed`` is the network's proved generic rank. The
        paper's own bound for comparison: ``paper_bound(deep, family)``.

    Raises
    ------
    RuleError
        When the family has no member of these sizes, or the bipartition cuts its blocks.
    StructureError
        When the network has no coefficient tensor, or its locations have several dimensions.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, Theorems 1 and 3 and Corollaries 2 and 4.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> deep = ht_model(locations=16, dim=4, widths=[4, 4, 4, 4], shared=True)
    >>> prove_separation(deep).statement.summary
    'width >= 65536'
    """
    deep = as_circuit(deep, "the deep network")
    kind, output = as_family(family), as_output(deep, output)
    space, budget = choice("space", space, SPACES), Budget(max_minor, timeout)
    check_multilinear(deep)
    if isinstance(bipartition, str) and bipartition in ("best", "paper"):
        best = bipartition == "best"
        parts = best_bipartition(deep, kind, output) if best else paper_bipartition(deep, kind)
    else:
        parts = as_bipartition(bipartition, deep)
    kind.check(deep, parts)
    premise = answer(Question(deep, parts, output, space), budget)
    return rules.separation(kind, RankGap(), (premise,))


def as_family(family: FamilyLike) -> Family:
    """A family; ``ca.cp_model`` and "cp" stand for all CP models.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    given: Any = family
    if isinstance(given, CPFamily | TruncatedFamily):
        return given
    if given is cp_model or (isinstance(given, str) and given in ("cp", "cp_model")):
        return CPFamily()
    what = "one network" if isinstance(given, Circuit) else described(given)
    raise ArgumentError(
        "the family must be ca.cp_model (all CP models) or ca.truncated_family(levels, window), "
        f"not {what}"
    )


def paper_bipartition(deep: Circuit, family: Family) -> Bipartition:
    """Odd/even for CP models, alternating blocks of q^(L2−1) locations for truncated ones."""
    size = family.block
    if size >= deep.num_locations:
        raise RuleError(
            f"a {family} keeps all {deep.num_locations} locations together, so no bipartition "
            "bounds it; use fewer levels"
        )
    return Bipartition.blocks(deep.num_locations, size)


def best_bipartition(deep: Circuit, family: Family, output: int = 0) -> Bipartition:
    """The bipartition with the largest upper bound among natural ones, random ones and neighbours.

    Only unions of the family's blocks count. Heuristic: any choice gives a true theorem.
    """
    size = family.block
    start = paper_bipartition(deep, family)
    groups = deep.num_locations // size

    def bound(candidate: Bipartition) -> int:
        question = Question(deep, candidate, output)
        return upper_value(question, structural(question))

    best, value = start, bound(start)
    for candidate in _candidates(deep.num_locations, size):
        found = bound(candidate)
        if found > value:
            best, value = candidate, found
    improved = groups <= _IMPROVE_BELOW
    while improved:
        improved = False
        for group in range(groups):
            moved = _flipped(best, group, size)
            if moved is not None and (found := bound(moved)) > value:
                best, value, improved = moved, found, True
    return best


def _candidates(locations: int, size: int) -> Iterator[Bipartition]:
    groups = locations // size
    step = 2
    while step <= groups // 2:  # coarser alternations
        yield Bipartition.blocks(locations, size * step)
        step *= 2
    if 2 <= groups <= 4096:
        for seed in range(_RANDOM_TRIES):
            coarse = Bipartition.random(groups, seed)
            yield Bipartition.of([g * size + i for g in coarse.I for i in range(size)], locations)


def _flipped(bipartition: Bipartition, group: int, size: int) -> Bipartition | None:
    """Move one group of locations to the other side; None when a side would be empty."""
    members = set(range(group * size, (group + 1) * size))
    side = set(bipartition.I) ^ members
    if not side or len(side) == bipartition.locations:
        return None
    return Bipartition.of(sorted(side), bipartition.locations)


def paper_bound(deep: CircuitLike, family: FamilyLike) -> int | None:
    """The paper's own bound for comparison with ``needed``.

    Theorem 1: min(r_0, M)^(N/2); Theorem 3: min(r_0, …, r_{L2−1}, M)^(2^(L−L2)), and likewise for
    windows of q; None where the network is not an ``ht_model`` (one width and window per level).

    Parameters
    ----------
    deep, family
        As for `prove_separation`.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> paper_bound(ht_model(16, 4, [3, 4, 4, 4]), "cp")
    6561
    """
    deep, kind = as_circuit(deep, "the deep network"), as_family(family)
    levels = _levels(deep)
    depth = kind.levels
    if levels is None or len(levels) < depth or len(set(deep.dims)) != 1:
        return None
    if len(levels) == depth:
        return None
    window = levels[depth - 1][1]
    base = min(deep.dims[0], *(width for width, _ in levels[:depth]))
    return in_widths(base ** (deep.num_locations // (kind.block * window)), deep)


def _levels(deep: Circuit) -> list[tuple[int, int]] | None:
    """(width, window) of the product levels, inputs first; None where a level is not uniform."""
    if not deep.is_tree:
        return None
    height: list[int] = []
    found: dict[int, set[tuple[int, int]]] = {}
    for node in deep.nodes:
        below = {height[child] for child in node.children}
        if len(below) > 1:
            return None
        level = next(iter(below), 0) + (node.kind == "product")
        height.append(level)
        if node.kind == "product":
            found.setdefault(level, set()).add((node.width, len(node.children)))
    if any(len(kinds) > 1 for kinds in found.values()):
        return None
    return [next(iter(found[level])) for level in sorted(found)]
