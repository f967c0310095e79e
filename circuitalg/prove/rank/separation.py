"""prove_separation: how large a shallow (or shallower) network must be to match a deep one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from types import FunctionType
from typing import Any

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model, rac_model, tt_model
from circuitalg.circuit.modetree import ModeTree
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import ArgumentError, RuleError
from circuitalg.files import parse_json
from circuitalg.kernel import rules
from circuitalg.kernel.rank.families import (
    CPFamily,
    Family,
    RACFamily,
    TreeFamily,
    TruncatedFamily,
    TTFamily,
    members_bound,
)
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
_OWN_CUTS = 32
"""Cuts of a tree or train that are tried, or about so many."""
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
        ``ca.cp_model`` (or ``"cp"``, ``ca.cp_family()``), ``ca.truncated_family(levels, window)``,
        ``ca.tree_family(tree)`` (or ``"[[0,1],[2,3]]"``), ``ca.tt_model`` (``"tt"``,
        ``ca.tt_family()``) or ``ca.rac_model`` (``"rac"``, ``ca.rac_family()``: one layer).
    bipartition
        ``"best"``: the bipartition that, by its upper bound, needs the largest parameter that the
        search finds; ``"paper"``: odd/even for CP models (Theorem 1), alternating blocks for
        truncated ones (Theorem 3); or what `Bipartition.parse` reads.
    space
        ``"real"``, ``"nonnegative"`` or ``"simplex"`` weights of ``deep``; the family's weights are
        all real ones, so a network without signs is compared with shallow ones that have them.
    output, max_minor, timeout
        As for `prove_rank`.

    Returns
    -------
    Theorem
        About a ``Separation``; ``statement.needed`` is the least parameter with which the bound on
        the family's ranks reaches the network's proved generic rank (this rank itself for CP models
        and truncated ones). The paper's own bound for comparison: ``paper_bound(deep, family)``.

    Raises
    ------
    RuleError
        When the family has no member of these sizes, the bipartition cuts its blocks, or no paper
        has a bipartition for it.
    StructureError
        When the network has no coefficient tensor.

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
    needed = least_parameter(kind, deep, parts, premise.statement.lower)
    return rules.separation(kind, needed, RankGap(), (premise,))


def least_parameter(family: Family, deep: Circuit, parts: Bipartition, rank: int) -> int:
    """The least r for which the family's bound, which does not decrease, reaches the rank.

    Found by bisection: of the number of digits first. Where the bound is a multiple of a power of r
    near by, which it most often is, that power says where it reaches the rank.
    """
    if rank == 0 or isinstance(family, CPFamily | TruncatedFamily):
        return rank
    low, high = 0, rank  # does not reach it, reaches it
    tries: list[int] = []
    while high - low > 1:
        bits = low.bit_length(), high.bit_length()
        if tries:
            middle = tries.pop()
        elif bits[1] - bits[0] > 2:
            middle = 1 << min(2 * bits[0] + 1, sum(bits) // 2)  # most often it is small
        else:
            middle = (low + high) // 2
        if not low < middle < high:
            continue
        found = members_bound(family, deep, parts, middle)
        low, high = (low, middle) if found >= rank else (middle, high)
        if found < rank and high.bit_length() - middle.bit_length() <= 2 and not tries:
            ratio, rest = divmod(members_bound(family, deep, parts, 2 * middle), found)
            power = ratio.bit_length() - 1
            if not rest and power and ratio == 1 << power:
                guess = _root(-(-rank * middle**power // found), power)
                tries = [guess, guess - 1]
    return high


def _root(number: int, power: int) -> int:
    """The least x with x^power ≥ the number."""
    if number <= 1:
        return number
    root, following = number, 1 << -(-number.bit_length() // power)
    while following < root:  # Newton's method from above, for the root of number − 1 rounded down
        root = following
        following = ((power - 1) * root + (number - 1) // root ** (power - 1)) // power
    return root + 1


_FAMILIES: dict[Any, Callable[[], Family]] = {
    **dict.fromkeys((cp_model, "cp", "cp_model"), CPFamily),
    **dict.fromkeys((tt_model, "tt", "tt_model"), TTFamily),
    **dict.fromkeys((rac_model, "rac", "rac_model"), RACFamily),
}


def as_family(family: FamilyLike) -> Family:
    """A family; models and their names stand for all of a kind, ``[[0,1],[2,3]]`` for a mode tree.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    given: Any = family
    if isinstance(given, Family):
        return given
    if isinstance(given, str) and given.startswith("["):
        nested = parse_json(given.encode(), "the mode tree of the family")
        return TreeFamily(ModeTree.from_nested(nested))
    if isinstance(given, str | FunctionType) and given in _FAMILIES:
        return _FAMILIES[given]()
    what = "one network" if isinstance(given, Circuit) else described(given)
    raise ArgumentError(
        "the family must be ca.cp_model (all CP models), ca.truncated_family(levels, window), "
        f"ca.tree_family(tree), ca.tt_model or ca.rac_model, or a word for one, not {what}"
    )


def paper_bipartition(deep: Circuit, family: Family) -> Bipartition:
    """Odd/even for CP models, alternating blocks of q^(L2−1) locations for truncated ones.

    Raises
    ------
    RuleError
        When the papers have none, or all locations are one block.
    """
    if not isinstance(family, CPFamily | TruncatedFamily):
        raise RuleError(f"no paper has a bipartition for a {family}; ask for the best one")
    return _alternating(deep, family)


def _alternating(deep: Circuit, family: Family) -> Bipartition:
    size = family.block
    if size >= deep.num_locations:
        raise RuleError(
            f"a {family} keeps all {deep.num_locations} locations together, so no bipartition "
            "bounds it; use fewer levels"
        )
    return Bipartition.blocks(deep.num_locations, size)


def best_bipartition(deep: Circuit, family: Family, output: int = 0) -> Bipartition:
    """The one that needs the largest parameter, by upper bounds, of natural and random ones.

    Only unions of the family's blocks count; neighbours are tried too. Heuristic: any choice gives
    a true theorem.
    """
    size = family.block
    start = _alternating(deep, family)
    groups = deep.num_locations // size
    family.check(deep, start)

    def needed(candidate: Bipartition, least: int) -> int:
        """What it needs, if that is more than so much."""
        question = Question(deep, candidate, output)
        rank = upper_value(question, structural(question))
        if members_bound(family, deep, candidate, least) >= rank:
            return least
        return least_parameter(family, deep, candidate, rank)

    best, value = start, needed(start, 0)
    for candidate in chain(_candidates(deep.num_locations, size), _own_cuts(family, deep)):
        if (found := needed(candidate, value)) > value:
            best, value = candidate, found
    improved = groups <= _IMPROVE_BELOW
    while improved:
        improved = False
        for group in range(groups):
            moved = _flipped(best, group, size)
            if moved is not None and (found := needed(moved, value)) > value:
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


def _own_cuts(family: Family, deep: Circuit) -> Iterator[Bipartition]:
    """Bipartitions that cut a member at one index, so that its rank is at most its parameter."""
    count = deep.num_locations
    if isinstance(family, TreeFamily):
        below: dict[int, list[int]] = {}
        for node in reversed(range(1, len(family.tree.children))):
            parts = [below.pop(-c) if c < 0 else [c] for c in family.tree.children[node]]
            below[node] = [location for part in parts for location in part]
            if node <= _OWN_CUTS:
                yield Bipartition.of(below[node], count)
    elif isinstance(family, TTFamily | RACFamily):
        ends = set(range(1, count, max(1, count // _OWN_CUTS)))
        for end in sorted(ends | {(count + 1) // 3}):  # of many subtrees of a balanced binary tree
            yield Bipartition.of(range(end), count)


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
    windows of q; None for other families, and where the network is not an ``ht_model`` (one width
    and window per level).

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
    if not isinstance(kind, CPFamily | TruncatedFamily):
        return None
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
