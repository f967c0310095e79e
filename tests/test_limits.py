"""Limits on size: a certificate beyond one is refused in a sentence, before anything is computed.

Each limit is set so low that a small certificate is beyond it.
"""

import importlib

import pytest
from certificates import genuine, theorem
from certificates.alter import checker_says, kernel_says

pytestmark = pytest.mark.soundness

# module, limit, its value here, certificate, part of what the reader says
LIMITS = [
    ("checker.forall.normal_form", "MAX_TERMS", 1, "for all, count", "more than 2000 terms"),
    ("checker.functions.distance", "MAX_SIDE", 2, "far", "at most 2 rows are needed"),
    ("checker.functions.distance", "MAX_GRAM", 2, "far", "dimension, at most 2"),
    ("checker.functions.distance", "MAX_EXACT", 8, "far", "more than 8 entries"),
    ("checker.logspace.score", "MAX_WEIGHTS", 3, "score", "more than 3 weights"),
    ("checker.rank.minors", "MAX_CELLS", 1, "minor", "needs too many numbers"),
    ("checker.rank.quiver", "MAX_BITS", 1, "bridge", "numbers of more than 1 bits"),
    ("checker.rank.upper", "MAX_HELD", 0, "dag", "too many large numbers at once"),
    ("checker.same.expansion", "MAX_ENTRIES", 5, "same", "more than 5 weights"),
    ("checker.same.expansion", "MAX_KEPT", 99, "same", "more memory than the checker allows"),
    ("checker.same.expansion", "MAX_DEGREE", 2, "same by the normal form", "degree of more than 2"),
    ("checker.same.expansion", "MAX_TERMS", 1, "same", "more than 1 terms"),
    ("checker.same.symmetric", "MAX_NODES", 9, "symmetric", "more than 9 nodes times generators"),
    ("checker.tensor", "MAX_EXACT", 3, "represents", "at most 3 entries"),
    ("kernel.forall.normal_form", "_MAX_TERMS", 1, "for all, count", "more than 1 terms"),
    ("kernel.functions.distance", "_MOST", 1, "far", "too many digits"),
    ("kernel.functions.distance", "_MAX_ROWS", 2, "far", "sides I of at most 2 rows"),
    ("kernel.functions.distance", "_MAX_PRODUCTS", 1, "far", "too large; use fewer columns"),
    ("kernel.given.cprank", "_MAX_WORK", 1, "cp rank", "too many terms to sum"),
    ("kernel.given.represents", "_MAX_ENTRIES", 3, "represents", "has 4 entries, over 3"),
    ("kernel.given.universal", "_MAX_ENTRIES", 3, "universal", "more than 3 weights"),
    ("kernel.logspace.rounding", "MAX_CHANNELS", 1, "rounding", "more than 1"),
    ("kernel.logspace.rounding", "MAX_ERROR", 0, "rounding", "may have an error above"),
    ("kernel.logspace.score", "MAX_PRODUCTS", 3, "score", "products, more than 3"),
    ("kernel.logspace.score", "_MOST", 1, "score", "a value is out of range"),
    ("kernel.rank.routing", "_FIXED_ENTRIES", 1, "fixed", "too large for a routing"),
    ("kernel.rank.recursion", "MAX_HELD", 0, "dag", "too many digits to keep"),
    ("kernel.rank.pencil", "_MAX_BLOCK", 1, "pencil", "block of size 8"),
    ("kernel.rank.pencil", "_MAX_CHOICES", 0, "pencil", "have 2 choices"),
    ("kernel.rank.upper", "MAX_HELD", 0, "bridge", "too many digits to keep"),
    ("kernel.rank.upper", "_MAX_SHAPES_AT_ONE", 1, "isotypic", "more than 1 choices of partitions"),
    ("kernel.same.expansion", "_MAX_VARIABLES", 3, "same by the normal form", "more than 3"),
    ("kernel.same.expansion", "_MAX_CHANNELS", 3, "same by the normal form", "more than 3"),
    ("kernel.same.expansion", "_MAX_DEGREE", 2, "same by the normal form", "too high degrees"),
    ("kernel.same.expansion", "_MAX_HELD", 0, "same by the normal form", "too many terms"),
    ("kernel.same.matrices", "_MAX_ENTRIES", 3, "same", "more than 3 weights"),
    ("kernel.same.matrices", "_MAX_TERMS", 0, "same", "more than 0 terms"),
    ("kernel.same.symmetric", "_MAX_NODES", 9, "symmetric", "too many to check at once"),
]


@pytest.mark.parametrize(("module", "limit", "value", "name", "reason"), LIMITS)
def test_what_is_beyond_a_limit_is_refused(
    module, limit, value, name, reason, monkeypatch, tmp_path
):
    """By the reader whose limit it is; with its own limit it accepts the same file."""
    genuine(name)  # made before the limit is set
    file = theorem(name).save(tmp_path / "theorem.json")
    says = checker_says if module.startswith("checker") else kernel_says
    monkeypatch.setattr(importlib.import_module(f"circuitalg.{module}"), limit, value)
    said = says(file)
    if said is None or reason not in said:
        pytest.fail(f"{said}")
    monkeypatch.undo()
    if says(file) is not None:
        pytest.fail("refused without the limit")
