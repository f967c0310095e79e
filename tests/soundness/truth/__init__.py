"""Whether what a certificate states is true, decided by brute force at small sizes.

Only the JSON of statements and circuits is read; nothing of the package, its kernel, its checker
or its tactics is used. Ranks are those of explicit tensors, or of tables of values at random
vectors; identities are tried at random points modulo a large prime; real numbers are computed with
hundreds of digits. What that cannot decide is undecided, never true.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from soundness.truth import forall, functions, given, logspace, rank, same
from soundness.truth.network import Net, Undecided, Untrue, net

DECIDE: dict[str, Callable[[Mapping[str, Any], Sequence[Net]], None]] = {
    "GenericRank": rank.generic_rank,
    "RankAt": rank.rank_at,
    "GridRank": rank.grid_rank,
    "Separation": rank.separation,
    "ForAll": forall.for_all,
    "SameFunction": same.same_function,
    "Symmetric": same.symmetric,
    "Multilinear": same.multilinear,
    "Represents": given.represents,
    "Universal": given.universal,
    "MinimalHT": given.minimal,
    "CPRank": given.cp_rank,
    "LinearlyIndependent": functions.independent,
    "NotApproximable": functions.not_approximable,
    "LogSpaceEquivalent": logspace.equivalent,
    "SignedSplit": logspace.signed_split,
    "SimplexForm": logspace.simplex_form,
    "LogScore": logspace.log_score,
    "LogSpaceError": logspace.rounding,
}
"""For each kind of statement what raises `Untrue`, or `Undecided`, or finds it true."""

TRUE, FALSE, UNDECIDED = "true", "false", "undecided"


class Truth(NamedTuple):
    """What brute force says, and why where that is not "true"."""

    word: str
    why: str = ""


def truth(certificate: Mapping[str, Any], number: int = -1) -> Truth:
    """Whether the statement of one theorem of a certificate is true, by default of the last."""
    said = certificate["theorems"][number]["statement"]
    used = [said[name] for name in ("circuit", "deep", "a", "b", "split") if name in said]
    texts = tuple(
        json.dumps(data) if place in used else ""
        for place, data in enumerate(certificate["circuits"])
    )
    return _truth(json.dumps(said), texts)


@lru_cache(maxsize=4096)
def _truth(statement: str, circuits: tuple[str, ...]) -> Truth:
    said = json.loads(statement)
    networks = [_net(text) for text in circuits]
    try:
        DECIDE[said["kind"]](said, networks)
    except Undecided as error:
        return Truth(UNDECIDED, str(error))
    except Untrue as error:
        return Truth(FALSE, str(error))
    return Truth(TRUE)


@lru_cache(maxsize=1024)
def _net(text: str) -> Net | None:
    return net(json.loads(text)) if text else None
