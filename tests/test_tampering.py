"""Hand-altered certificates: each kind is refused, by the checker for its own reason.

Every case takes a genuine certificate of the package, alters its JSON at one place (or what that
place drags along), and gives the file to both readers: the stand-alone checker and the kernel. The
second table holds alterations that leave a true statement with a proof; these are accepted.
"""

import copy
import functools
import json
import subprocess
import sys
from math import prod
from pathlib import Path

import pytest

import circuitalg as ca
from circuitalg import checker
from circuitalg.errors import CircuitalgError
from circuitalg.kernel import rules
from circuitalg.kernel.terms import (
    Bridge,
    Exhaustive,
    Factor,
    IndexRecursion,
    Kronecker,
    Minor,
    Routing,
    Split,
    Star,
    TiedCut,
)

pytestmark = pytest.mark.soundness

PRIME = 8_388_593
TIED_CUT = Factor((TiedCut(),))
EYE = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def parts(inside, locations):
    """Shorten the bipartition's name."""
    return ca.Bipartition.of(inside, locations)


def whole(*blocks):
    """Split without specialising."""
    return Split(None, blocks)


def fixed_matrices():
    """Variables 0 (root), 1 (dimension 3), 2 (3, a sum), 3 (location 0), 4 (location 1)."""
    b = ca.CircuitBuilder(2, 3)
    chain = b.sum(b.sum(b.input(0), matrix=EYE), matrix=EYE)
    p = b.product(chain, b.sum(b.input(1), matrix=EYE))
    return b.build(b.sum(p, width=1, parameter="out"))


def two_branches():
    """No tree: a sum of two products above the same inputs."""
    b = ca.CircuitBuilder(2, 5)
    x, y = b.input(0), b.input(1)
    branches = [
        b.product(
            b.sum(x, width=2, parameter=f"{k}x", name=f"s{k}x"),
            b.sum(y, width=2, parameter=f"{k}y", name=f"s{k}y"),
            name=f"p{k}",
        )
        for k in "ab"
    ]
    return b.build(b.sum(*branches, width=1, parameter=["outa", "outb"]))


def bridge():
    """U3: the tied cut gives 15 here, the bridge above variable 2 gives 14."""
    tree = ca.ModeTree.from_nested([[0, 1, 2], [3, 4, 5]])
    circuit = ca.tree_model(tree, 3, [2, 5, 5])
    return rules.generic_rank(
        circuit, parts([1, 2, 3], 6), whole(Minor(1, 14, PRIME)), Factor((Bridge(2),))
    )


def star():
    """U6: the tied cut gives 8 here, the star at variable 1 gives 7."""
    circuit = ca.ht_model(9, 2, [3, 2], window=3)
    return rules.generic_rank(
        circuit, parts([3, 4, 7, 8], 9), whole(Minor(1, 7, PRIME)), Factor((Star(1, 0),))
    )


def ranked(circuit, inside, lower, upper=TIED_CUT, **more):
    """Shorten the rule's call."""
    return rules.generic_rank(circuit, parts(inside, circuit.num_locations), lower, upper, **more)


def at_weights(second, upper):
    """Rank 4 at weights whose second matrix a1.1 is regular enough, 2 at the identity."""
    unit = ((1, 0), (0, 1))
    weights = {f"a0.{j}": unit for j in range(4)} | {"a1.0": second, "a1.1": second}
    weights["out"] = ((1, 1),)
    return ca.ht_model(4, 2, [2, 2]), weights, upper


def rank_at(size, second, upper):
    """Rank at integer weights."""
    circuit, weights, upper = at_weights(second, upper)
    arrays = {
        name: ca.Circuit.random_weights(circuit)[name] * 0 + rows for name, rows in weights.items()
    }
    return rules.rank_at(circuit, arrays, parts([0, 2], 4), Minor(1, size, PRIME), upper)


# In ht_model(4, ...) the variables are 0 (root), 1, 2 (over 3, 4) and 5 (over 6, 7).
PAIRS = Routing(((3, 4, 3), (6, 7, 3)))
HALF = Split((1, 2, 2, 2, 2, 2, 2, 2), (Minor(1, 4, PRIME),))
GENUINE = {
    "minor": lambda: ranked(
        ca.ht_model(4, 3, [3, 2], shared=True), [0, 2], whole(Minor(1, 9, PRIME))
    ),
    "routing": lambda: ranked(ca.ht_model(4, 3, [3, 3]), [0, 2], whole(PAIRS)),
    "tied routing": lambda: ranked(
        ca.ht_model(4, 4, [4, 4], shared=True),
        [0, 2],
        whole(Routing(((3, 4, 2), (3, 4, 2), (6, 7, 2), (6, 7, 2)))),
    ),
    "fixed": lambda: ranked(fixed_matrices(), [0], whole(Routing(((3, 4, 3),)))),
    "blocks": lambda: ranked(
        ca.ht_model(16, 2, [3, 1], window=4, shared=True),
        range(0, 16, 2),
        whole(Routing(()), Minor(1, 3, PRIME)),
        Factor((TiedCut(), TiedCut())),
    ),
    "dims": lambda: ranked(
        ca.ht_model(4, 3, [3, 3], shared=True),
        [0, 2],
        Split((1, 1, 3, 3, 3, 3, 3, 3), (Routing(()), Routing(((2, 3, 3),)))),
    ),
    "kronecker": lambda: ranked(
        ca.ht_model(4, 4, [4, 4]), [0, 2], whole(Kronecker((HALF, HALF)))
    ),
    "squares": lambda: ranked(
        ca.ht_model(8, 2, [3, 3, 3], shared=True), [0, 1, 4, 5], whole(Minor(1, 6, PRIME))
    ),
    "bridge": bridge,
    "star": star,
    "train": lambda: ranked(ca.tt_model(4, 2, 2), [0, 2], whole(Minor(1, 4, PRIME))),
    "dag": lambda: ranked(two_branches(), [0], Minor(1, 4, PRIME), IndexRecursion()),
    "simplex": lambda: ranked(
        ca.ht_model(4, 3, [3, 3]), [0, 2], whole(PAIRS), space="simplex"
    ),
    "outputs": lambda: ranked(
        ca.ht_model(4, 3, [3, 3], outputs=2), [0, 2], whole(PAIRS), output=1
    ),
    "at": lambda: rank_at(4, ((1, 2), (3, 4)), TIED_CUT),
    "written": lambda: rank_at(2, ((1, 0), (0, 1)), Exhaustive()),
    "grid": lambda: ca.prove_grid_rank(
        ca.rac_model(4, 2, 2, layers=2), ca.Bipartition.low_high(4)
    ),
    "cp": lambda: rules.separation(GENUINE["routing"](), ca.cp_family()),
    "truncated": lambda: rules.separation(
        ranked(ca.ht_model(8, 2, [3, 3, 3]), [0, 1, 4, 5], whole(Minor(1, 9, PRIME))),
        ca.truncated_family(2),
    ),
}


@functools.cache
def _genuine_text(name):
    return json.dumps(GENUINE[name]().certificate())


def genuine(name):
    """Return a fresh copy of a genuine certificate's data."""
    return json.loads(_genuine_text(name))


# ---------------------------------------------------------------------------------------------
# Alterations: functions of a certificate's data; they return None, or other data, or the text.
# Paths start at the members "st" (the statement), "low" and "up" (its rules), "circuit", or the top.
# ---------------------------------------------------------------------------------------------

SHORT = {
    "st": "theorem.statement",
    "low": "theorem.lower",
    "up": "theorem.upper",
    "cut": "theorem.upper.blocks.0",
    "block": "theorem.lower.blocks.0",
    "premise": "theorem.premise",
    "node": "circuit.nodes",
}


def _find(data, path):
    first, _, rest = path.partition(".")
    *way, last = (SHORT.get(first, first) + ("." + rest if rest else "")).split(".")
    for step in way:
        data = data[int(step) if isinstance(data, list) else step]
    return data, int(last) if isinstance(data, list) else last


def put(**unused):
    """Only here to fail loudly when a path is given by keyword."""
    raise TypeError(unused)


def alter(*pairs):
    """Put values at paths: alter(path, value, path, value, ...)."""

    def change(data):
        for path, value in zip(pairs[::2], pairs[1::2], strict=True):
            place, key = _find(data, path)
            place[key] = copy.deepcopy(value)

    return change
