"""Genuine certificates of every rule, and the words in which test_tampering alters them."""

import copy
import functools
import json

import circuitalg as ca
from circuitalg.kernel import rules
from circuitalg.kernel.rank.question import Question
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

PRIME = 8_388_593
CUT = Factor((TiedCut(),))
EYE = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


# ---------------------------------------------------------------------------------------------
# Genuine certificates, with proof terms that are written out, so that no tactic moves a number
# ---------------------------------------------------------------------------------------------


def ranked(circuit, inside, lower, upper=CUT, **more):
    """Prove a generic rank."""
    parts = ca.Bipartition.of(inside, circuit.num_locations)
    return rules.generic_rank(Question(circuit, parts, **more), lower, upper)


def whole(*blocks):
    """Split into blocks without specialising."""
    return Split(None, blocks)


def minor(size):
    """Return a minor's term."""
    return Minor(1, size, PRIME)


def rank_at(size, second, upper):
    """Rank at weights: identities, but for the second level's matrices."""
    circuit = ca.ht_model(4, 2, [2, 2])
    unit = [[1, 0], [0, 1]]
    rows = {f"a0.{j}": unit for j in range(4)} | {"a1.0": second, "a1.1": second, "out": [[1, 1]]}
    weights = {name: 0 * a + rows[name] for name, a in circuit.random_weights().items()}
    return rules.rank_at(circuit, weights, ca.Bipartition.odd_even(4), minor(size), upper)


def fixed_matrices():
    """Variables 0 (root), 1 (dimension 3), 2 (3, between fixed matrices), leaves 3 and 4."""
    b = ca.CircuitBuilder(2, 3)
    chain = b.sum(b.sum(b.input(0), matrix=EYE), matrix=EYE)
    p = b.product(chain, b.sum(b.input(1), matrix=EYE))
    return b.build(b.sum(p, width=1, parameter="out"))


def two_branches():
    """No tree: a sum of two products above the same inputs; rank 2 + 2."""
    b = ca.CircuitBuilder(2, 5)
    x, y = b.input(0), b.input(1)
    left = b.product(b.sum(x, width=2, parameter="a"), b.sum(y, width=2, parameter="b"))
    right = b.product(b.sum(x, width=2, parameter="c"), b.sum(y, width=2, parameter="d"))
    return b.build(b.sum(left, right, width=1, parameter=["e", "f"]))


def two_triples():
    """Theory.md's known case of U3: the tied cut gives 15, the bridge above variable 2 gives 14."""
    return ca.tree_model(ca.ModeTree.from_nested([[0, 1, 2], [3, 4, 5]]), 3, [2, 5, 5])


# Of ht_model(4, ...): root 0, output 1, its factors 2 (leaves 3, 4) and 5 (leaves 6, 7).
PAIRS = Routing(((3, 4, 3), (6, 7, 3)))
BITS = Routing(((3, 4, 2), (3, 4, 2), (6, 7, 2), (6, 7, 2)))
HALF = Split((1, 2, 2, 2, 2, 2, 2, 2), (minor(4),))
SHARED = ca.ht_model(4, 4, [4, 4], shared=True)
EVEN = range(0, 16, 2)
GENUINE = {
    "minor": lambda: ranked(ca.ht_model(4, 3, [3, 2], shared=True), [0, 2], whole(minor(9))),
    "routing": lambda: ranked(ca.ht_model(4, 3, [3, 3]), [0, 2], whole(PAIRS)),
    "above": lambda: ranked(ca.ht_model(4, 3, [3, 3], shared=[False, True]), [0, 2], whole(PAIRS)),
    "tied": lambda: ranked(SHARED, [0, 2], whole(BITS)),
    "fixed": lambda: ranked(fixed_matrices(), [0], whole(Routing(((3, 4, 3),)))),
    "blocks": lambda: ranked(
        ca.ht_model(16, 2, [3, 1], window=4, shared=True),
        EVEN,
        whole(Routing(()), minor(3)),
        Factor((TiedCut(), TiedCut())),
    ),
    "dims": lambda: ranked(
        ca.ht_model(4, 3, [3, 3], shared=True),
        [0, 2],
        Split((1, 1, 3, 3, 3, 3, 3, 3), (Routing(()), Routing(((2, 3, 3),)))),
    ),
    "kronecker": lambda: ranked(ca.ht_model(4, 4, [4, 4]), [0, 2], whole(Kronecker((HALF, HALF)))),
    "squares": lambda: ranked(
        ca.ht_model(8, 2, [4, 4, 4], shared=True), [0, 1, 4, 5], whole(minor(9))
    ),
    "bridge": lambda: ranked(two_triples(), [1, 2, 3], whole(minor(14)), Factor((Bridge(2),))),
    "star": lambda: ranked(
        ca.ht_model(9, 2, [3, 2], window=3), [3, 4, 7, 8], whole(minor(7)), Factor((Star(1, 0),))
    ),
    "train": lambda: ranked(ca.tt_model(4, 2, 2), [0, 2], whole(minor(4))),
    "dag": lambda: ranked(two_branches(), [0], minor(4), IndexRecursion()),
    "simplex": lambda: ranked(ca.ht_model(4, 3, [3, 3]), [0, 2], whole(PAIRS), space="simplex"),
    "outputs": lambda: ranked(ca.ht_model(4, 3, [3, 3], outputs=2), [0, 2], whole(PAIRS), output=1),
    "at": lambda: rank_at(4, [[1, 2], [3, 4]], CUT),
    "written": lambda: rank_at(2, [[1, 0], [0, 1]], Exhaustive()),
    "grid": lambda: ca.prove_grid_rank(ca.rac_model(4, 2, 2, layers=2), ca.Bipartition.low_high(4)),
    "cp": lambda: rules.separation(GENUINE["routing"](), ca.cp_family()),
    "truncated": lambda: rules.separation(
        ranked(ca.ht_model(8, 2, [4, 4, 4]), [0, 1, 4, 5], whole(minor(16))),
        ca.truncated_family(2),
    ),
}


@functools.cache
def genuine_text(name):
    """Return a genuine certificate as it is written, made once."""
    return json.dumps(GENUINE[name]().certificate())


def genuine(name):
    """Return a fresh copy of a genuine certificate's data."""
    return json.loads(genuine_text(name))


# ---------------------------------------------------------------------------------------------
# Alterations: functions of a certificate's data that change it, or return what is written instead
# ---------------------------------------------------------------------------------------------

SHORT = {
    "st": "theorem/statement",
    "low": "theorem/lower",
    "up": "theorem/upper",
    "low0": "theorem/lower/blocks/0",
    "up0": "theorem/upper/blocks/0",
    "factor0": "theorem/lower/blocks/0/factors/0",
    "premise": "theorem/premise/statement",
    "nodes": "circuit/nodes",
}


def _find(data, path):
    first, slash, rest = path.partition("/")
    *way, last = (SHORT.get(first, first) + slash + rest).split("/")
    for step in way:
        data = data[int(step) if isinstance(data, list) else step]
    return data, int(last) if isinstance(data, list) else last


def put(*pairs):
    """Put values at paths: put(path, value, path, value, ...)."""

    def change(data):
        for path, value in zip(pairs[::2], pairs[1::2], strict=True):
            place, key = _find(data, path)
            place[key] = copy.deepcopy(value)

    return change


def drop(path):
    """Remove a member."""

    def change(data):
        place, key = _find(data, path)
        del place[key]

    return change


def append(path, value):
    """Append to a list."""

    def change(data):
        place, key = _find(data, path)
        place[key].append(copy.deepcopy(value))

    return change


def text(change):
    """Alter the file's text."""
    return lambda data: change(json.dumps(data))


def replace(old, new):
    """Replace a piece of the file's text that must occur."""

    def change(found):
        assert old in found
        return found.replace(old, new, 1)

    return text(change)


def nested(times):
    """A split in a split in a split ..., about the whole block each time."""

    def change(data):
        rule = json.dumps(data["theorem"]["lower"])
        deep = '{"rule": "split", "dims": null, "blocks": [' * times + rule + "]}" * times
        return json.dumps(data).replace(rule, deep)

    return change


def rewired(parameter):
    """Give every sum node the parameter that a function of its name says."""

    def change(data):
        names = data["circuit"]["parameters"] = []
        for node in data["circuit"]["nodes"]:
            if node[1] == "sum":
                name = parameter(node[0])
                if name not in names:
                    names.append(name)
                node[4] = [names.index(name)]

    return change


TIE = rewired(lambda sum_name: sum_name.split(".")[0])
TIE_ABOVE = rewired(lambda sum_name: "a1" if sum_name.startswith("s1.") else sum_name)
UNTIE = rewired(lambda sum_name: "w" + sum_name)


def widen(data):
    """Width 3 in place of 2 at the root of the two triples."""
    for node in data["circuit"]["nodes"]:
        if node[0] in {"p0", "s1", "s2"}:
            node[2] = 3


def path(*numbers):
    """Put another first path."""
    return put("low0/paths/0", list(numbers))


def lower(value):
    """Put another lower bound."""
    return put("st/lower", value)
