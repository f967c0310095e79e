"""All rules, by the kind of statement that they prove; there are no others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from circuitalg.kernel.forall.induction import for_all
from circuitalg.kernel.functions.distance import not_approximable
from circuitalg.kernel.functions.independence import linearly_independent
from circuitalg.kernel.given.cprank import cp_rank
from circuitalg.kernel.given.minimal import minimal_ht
from circuitalg.kernel.given.represents import represents
from circuitalg.kernel.given.universal import universal
from circuitalg.kernel.logspace.equivalent import log_space_equivalent
from circuitalg.kernel.logspace.multilinear import multilinear
from circuitalg.kernel.logspace.rounding import log_space_error
from circuitalg.kernel.logspace.score import log_score
from circuitalg.kernel.logspace.signs import signed_split
from circuitalg.kernel.logspace.simplex import simplex_form
from circuitalg.kernel.rank.rules import generic_rank, grid_rank, rank_at, separation
from circuitalg.kernel.rule import Rule
from circuitalg.kernel.same.function import same_function
from circuitalg.kernel.same.symmetric import symmetric

_ALL: tuple[Rule[..., Any], ...] = (
    generic_rank,
    rank_at,
    grid_rank,
    separation,
    for_all,
    same_function,
    symmetric,
    represents,
    universal,
    minimal_ht,
    cp_rank,
    linearly_independent,
    not_approximable,
    log_space_equivalent,
    signed_split,
    simplex_form,
    multilinear,
    log_score,
    log_space_error,
)

RULES: Mapping[str, Rule[..., Any]] = MappingProxyType({each.proves: each for each in _ALL})
"""By kind of statement."""

__all__ = [
    "RULES",
    "cp_rank",
    "for_all",
    "generic_rank",
    "grid_rank",
    "linearly_independent",
    "log_score",
    "log_space_equivalent",
    "log_space_error",
    "minimal_ht",
    "multilinear",
    "not_approximable",
    "rank_at",
    "represents",
    "same_function",
    "separation",
    "signed_split",
    "simplex_form",
    "symmetric",
    "universal",
]
