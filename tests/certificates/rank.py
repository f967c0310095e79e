"""Certificates of ranks and separations, their false neighbours, and alterations that are true.

Proofs are written out, so that no tactic moves a number.
"""

import json
from fractions import Fraction

import brute
from brute import expect_between
from rank_helpers import star_of

import circuitalg as ca
from certificates.alter import append, drop, get, put, rewrite, text, without_tensor
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.simplex import Gains
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.statements import Separation
from circuitalg.kernel.rank.terms import (
    Added,
    Below,
    Bounds,
    BoundsAt,
    Branches,
    Bridge,
    Exhaustive,
    Factor,
    FreeLeaves,
    Glue,
    GridMinor,
    IndexRecursion,
    Isotypic,
    Kronecker,
    Minor,
    Part,
    Pencil,
    RankGap,
    Routing,
    SaturatedStar,
    Sharpened,
    Spaces,
    Span,
    Split,
    Star,
    TiedCut,
    Trivial,
    Vanishing,
)
from circuitalg.prove.rank.separation import least_parameter

PRIME = 8_388_593
CUT = Factor((TiedCut(),))
EYE = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def ranked(circuit, inside, lower, upper=CUT, premises=(), **more):
    """Prove a generic rank."""
    question = Question(circuit, ca.Bipartition.of(inside, circuit.num_locations), **more)
    return rules.generic_rank(question, Bounds(lower, upper), premises)


def renormalised(circuit, inside, lower):
    """Prove a generic rank over simplex weights by a split."""
    form = rules.simplex_form(circuit, Gains())
    return ranked(circuit, inside, lower, premises=(form,), space="simplex")


def whole(*blocks):
    """Split into blocks without specialising."""
    return Split(None, blocks)


def minor(size):
    """A minor modulo the usual prime."""
    return Minor(1, size, PRIME)


def rank_at(second, lower, upper):
    """Rank at weights: identities, but for the second level's matrices."""
    circuit = ca.ht_model(4, 2, [2, 2])
    unit = ((1, 0), (0, 1))
    weights = {f"a0.{j}": unit for j in range(4)}
    weights |= {"a1.0": second, "a1.1": second, "out": ((1, 1),)}
    return rules.rank_at(circuit, weights, ca.Bipartition.odd_even(4), BoundsAt(lower, upper))


def zero_at():
    """Rank 0 at weights of which all but those of one matrix are zero."""
    circuit = ca.ht_model(4, 2, [2, 2])
    weights = {name: ((0,) * b,) * a for name, (a, b) in circuit.parameters.items()}
    weights["a0.0"] = ((1, 2), (3, 4))
    proof = BoundsAt(Trivial(), Vanishing())
    return rules.rank_at(circuit, weights, ca.Bipartition.odd_even(4), proof)


def constant_at():
    """Rank 2 at weights, a constant among the factors."""
    b = ca.CircuitBuilder(2, 2)
    h = [b.sum(b.input(i), width=2, parameter="h") for i in (0, 1)]
    circuit = b.build(b.sum(b.product(*h, b.constant(width=2)), width=1, parameter="out"))
    weights = {"h": ((1, 2), (3, 5)), "out": ((1, Fraction(1, 2)),)}
    proof = BoundsAt(minor(2), Exhaustive())
    return rules.rank_at(circuit, weights, ca.Bipartition.odd_even(2), proof)


def grid():
    """Two recurrent layers on three templates, one of them with a fraction."""
    rows = ((0, 0), (0, 1), (1, 0), (2, 1))
    term = GridMinor(1, PRIME, rows, rows)
    templates = ((1, 0), (Fraction(1, 2), 1), (1, 1))
    circuit = ca.rac_model(4, 2, 2, layers=2)
    return rules.grid_rank(circuit, templates, ca.Bipartition.low_high(4), term)


def apart(family, *premise):
    """A separation from a generic rank."""
    premise = ranked(*premise)
    said = premise.statement
    needed = least_parameter(family, said.circuit, said.bipartition, said.lower)
    return rules.separation(family, needed, RankGap(), (premise,))


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


def shared_block():
    """Two branches multiply one block, x0 and x1 through one matrix, with partners of their own.

    The block, node 4, sends 3 of its 4 channels to either side; both branches, nodes 12 and 18 of
    the output 19, lie in its space.
    """
    b = ca.CircuitBuilder(4, 2)
    block = b.product(*(b.sum(b.input(i), width=4, parameter="h") for i in (0, 1)))
    branches = []
    for k in "ab":
        other = b.product(*(b.sum(b.input(i), width=4, parameter=f"{k}{i}") for i in (2, 3)))
        pairs = ((block, f"{k}4"), (other, f"{k}5"))
        branches.append(b.product(*(b.sum(node, width=4, parameter=name) for node, name in pairs)))
    return b.build(b.sum(*branches, width=1, parameter=["e", "f"]))


def channels_kept():
    """Node "n" has four channels on the side of its leaf of dimension 3, hence up to 12 rows."""
    b = ca.CircuitBuilder(3, [3, 4, 12])
    wide = b.product(*(b.sum(b.input(i), width=12, parameter=f"w{i}") for i in (0, 2)))
    n = b.sum(wide, width=4, parameter="n")
    return b.build(b.sum(b.product(n, b.input(1)), width=1, parameter="out"))


def direct():
    """An input, and a matrix times another, multiplied."""
    b = ca.CircuitBuilder(2, 3)
    p = b.product(b.input(0), b.sum(b.input(1), width=3, parameter="w"))
    return b.build(b.sum(p, width=1, parameter="out"))


def row_in_two_places():
    """Parameter a is a row at the output and above the first input."""
    b = ca.CircuitBuilder(2, 2)
    one = b.sum(b.input(0), width=1, parameter="a")
    p = b.product(*(b.sum(n, width=2, parameter=w) for n, w in ((one, "b"), (b.input(1), "c"))))
    return b.build(b.sum(p, width=1, parameter="a"))


def two_halves():
    """Two equal blocks, each with a location of dimension 1; on which side it is does not count."""
    b, halves = ca.CircuitBuilder(4, [2, 1, 2, 1]), []
    for first in (0, 2):
        sums = [b.sum(b.input(i), width=2, parameter=f"w{i}") for i in (first, first + 1)]
        halves.append(b.sum(b.product(*sums), width=1, parameter=f"v{first}"))
    return b.build(b.product(*halves))


def input_at_output():
    """The output is a product of an input and a matrix times another: its first channel."""
    b = ca.CircuitBuilder(2, 3)
    return b.build(b.product(b.input(0), b.sum(b.input(1), width=3, parameter="w")))


def cut_off():
    """A network whose only way to the output leads through a matrix of zeros."""
    b = ca.CircuitBuilder(2, 2)
    dead = b.product(b.sum(b.input(0), matrix=[[0, 0], [0, 0]]), b.input(1))
    return b.build(b.sum(dead, width=1, parameter="out"))


def two_triples():
    """A known case of U3: the tied cut gives 15, the bridge above variable 2 gives 14."""
    return ca.tree_model(ca.ModeTree.from_nested([[0, 1, 2], [3, 4, 5]]), 3, [2, 5, 5])


def equal_pairs():
    """Two equal pairs of unequal leaves, and one more: the cut gives 16, their exchange 14."""
    tree = ca.ModeTree.from_nested([[0, 1], [2, 3], 4])
    return ca.tree_model(tree, [2, 4, 2, 4, 4], 4, shared=True)


def three_pairs():
    """Three pairs at a variable of dimension 2: the cut gives 20, pencils 19."""
    tree = ca.ModeTree.from_nested([[0, 1], [2, 3], [4, 5]])
    return ca.tree_model(tree, [2, 3, 2, 3, 5, 3], [2, 3, 3, 5])


# Of ht_model(4, ...): root 0, output 1, its factors 2 (leaves 3, 4) and 5 (leaves 6, 7).
PAIRS = Routing(((3, 4, 3), (6, 7, 3)))
BITS = Routing(((3, 4, 2), (3, 4, 2), (6, 7, 2), (6, 7, 2)))
HALF = Split((1, 2, 2, 2, 2, 2, 2, 2), (minor(4),))
THREES = ca.ht_model(4, 3, [3, 3])
ABOVE = ca.ht_model(4, 3, [3, 3], shared=[False, True])
TIED = ca.ht_model(4, 4, [4, 4], shared=True)
BRANCH = whole(Routing(((2, 3, 2),)))
BOTH = Added((Part(2, (0, 1), BRANCH), Part(2, (0, 1), BRANCH)))
ONCE = Sharpened((Below(4, 1, (TiedCut(),)), Spaces(19, 1, (10, 12, 16, 18))))
SQUARES = ca.ht_model(8, 2, [4, 4, 4], shared=True)
PAIRED = ca.ht_model(4, 2, [2, 2], shared=True)

PROVED = {
    "minor": lambda: ranked(ca.ht_model(4, 3, [3, 2], shared=True), [0, 2], whole(minor(9))),
    "routing": lambda: ranked(THREES, [0, 2], whole(PAIRS)),
    "above": lambda: ranked(ABOVE, [0, 2], whole(PAIRS)),
    "tied": lambda: ranked(TIED, [0, 2], whole(BITS)),
    "fixed": lambda: ranked(fixed_matrices(), [0], whole(Routing(((3, 4, 3),)))),
    "blocks": lambda: ranked(
        ca.ht_model(16, 2, [3, 1], window=4, shared=True),
        range(0, 16, 2),
        whole(Routing(()), minor(3)),
        Factor((TiedCut(), TiedCut())),
    ),
    "dims": lambda: ranked(
        ca.ht_model(4, 3, [3, 3], shared=True),
        [0, 2],
        Split((1, 1, 3, 3, 3, 3, 3, 3), (Routing(()), Routing(((2, 3, 3),)))),
    ),
    "kronecker": lambda: ranked(ca.ht_model(4, 4, [4, 4]), [0, 2], whole(Kronecker((HALF, HALF)))),
    "glue": lambda: ranked(PAIRED, [0, 1], whole(Glue(2, 1, 0, minor(2), minor(2)))),
    "free leaves": lambda: ranked(
        PAIRED, [0, 2], whole(FreeLeaves((3, 4), Routing(((3, 4, 2), (6, 7, 2)))))
    ),
    "dimension count": lambda: ranked(
        ca.tt_model(4, 2, [2, 4, 2]), [0, 1], whole(Glue(4, 1, 0, Span(), Span()))
    ),
    "saturated star": lambda: ranked(
        star_of(3, 3, 3, ["a", "b", "c"]),
        [0, 2],
        whole(SaturatedStar(1, (0, 2, 3), Routing(((2, 3, 3),)), (Span(),))),
    ),
    "squares": lambda: ranked(SQUARES, [0, 1, 4, 5], whole(minor(9))),
    "bridge": lambda: ranked(two_triples(), [1, 2, 3], whole(minor(14)), Factor((Bridge(2),))),
    "star": lambda: ranked(
        ca.ht_model(9, 2, [3, 2], window=3), [3, 4, 7, 8], whole(minor(7)), Factor((Star(1, 0),))
    ),
    "isotypic": lambda: ranked(equal_pairs(), [1, 3], whole(minor(14)), Factor((Isotypic(1),))),
    "pencil": lambda: ranked(three_pairs(), [0, 2, 4], whole(minor(19)), Factor((Pencil(1),))),
    "train": lambda: ranked(ca.tt_model(4, 2, 2), [0, 2], whole(minor(4))),
    "dag": lambda: ranked(two_branches(), [0], minor(4), IndexRecursion()),
    "branches": lambda: ranked(two_branches(), [0], Branches(("e",), BRANCH), IndexRecursion()),
    "added": lambda: ranked(two_branches(), [0], BOTH, IndexRecursion()),
    "sharpened": lambda: ranked(shared_block(), [0, 1], minor(3), ONCE),
    "channels": lambda: ranked(channels_kept(), [0, 1], minor(12), IndexRecursion()),
    "zero": lambda: ranked(cut_off(), [0], Trivial(), Vanishing()),
    "simplex": lambda: renormalised(THREES, [0, 2], whole(PAIRS)),
    "simplex by a minor": lambda: ranked(ABOVE, [0, 2], minor(9), space="simplex"),
    "outputs": lambda: ranked(ca.ht_model(4, 3, [3, 3], outputs=2), [0, 2], whole(PAIRS), output=1),
    "at": lambda: rank_at(((1, 2), (3, 4)), minor(4), CUT),
    "written": lambda: rank_at(((1, 0), (0, 1)), minor(2), Exhaustive()),
    "a row in two places": lambda: ranked(
        row_in_two_places(), [0], whole(Routing(()), Routing(())), Factor((TiedCut(), TiedCut()))
    ),
    "a location of dimension 1": lambda: ranked(two_halves(), [0, 1, 2], whole(Routing(()))),
    "an input at the output": lambda: ranked(
        input_at_output(), [0], whole(Routing(()), Routing(())), Factor((TiedCut(), TiedCut()))
    ),
    "direct": lambda: ranked(direct(), [0], whole(Routing(((2, 3, 3),)))),
    "written with a constant": constant_at,
    "zero at weights": zero_at,
    "grid": grid,
    "cp": lambda: apart(ca.cp_family(), THREES, [0, 2], whole(PAIRS)),
    "truncated": lambda: apart(
        ca.truncated_family(2), ca.ht_model(8, 2, [4, 4, 4]), [0, 1, 4, 5], whole(minor(16))
    ),
    "another tree": lambda: apart(
        ca.tree_family(ca.ModeTree.from_nested([[0, 2], [1, 3]])), THREES, [0, 2], whole(PAIRS)
    ),
    "trains": lambda: apart(ca.tt_family(), THREES, [0, 2], whole(minor(6))),
    "recurrent": lambda: apart(
        ca.rac_family(), ca.ht_model(4, [2, 3, 3, 2], [3, 3]), [0, 2], whole(minor(5))
    ),
}

ORACLE = [
    "branches",
    "added",
    "sharpened",
    "dims",
    "bridge",
    "star",
    "isotypic",
    "pencil",
    "outputs",
    "kronecker",
    "glue",
    "free leaves",
    "truncated",
]
"""Cases with networks so small that brute force knows their ranks: one or more for each rule."""


def check_true(said):
    """Fail unless brute force agrees with a statement about a generic rank."""
    if isinstance(said, Separation):
        rank = brute.generic_rank(said.deep, said.bipartition.I, said.output)
        expect_between(said.needed, rank, rank)
    else:
        rank = brute.generic_rank(said.circuit, said.bipartition.I, said.output)
        expect_between(said.lower, rank, said.upper)


def nested(times):
    """A split in a split in a split ..., about the whole block each time."""

    def change(data):
        rule = json.dumps(get(data, "low"))
        deep = '{"kind": "Split", "dims": null, "blocks": [' * times + rule + "]}" * times
        return json.dumps(data).replace(rule, deep)

    return change


def rewired(parameter):
    """Give every sum node the parameter that a function of its name says."""

    def change(data):
        names = data["circuits"][0]["parameters"] = []
        for node in data["circuits"][0]["nodes"]:
            if node[1] == "sum":
                name = parameter(node[0])
                if name not in names:
                    names.append(name)
                node[4] = [names.index(name)]

    return change


TIE = rewired(lambda sum_name: sum_name.split(".")[0])
TIE_ABOVE = rewired(lambda sum_name: "a1" if sum_name.startswith("s1.") else sum_name)
TIE_ALL = rewired(lambda sum_name: sum_name if sum_name == "out" else "a")
UNTIE = rewired(lambda sum_name: "w" + sum_name)


def widen(data):
    """Width 3 in place of 2 at the root of the two triples."""
    for node in data["circuits"][0]["nodes"]:
        if node[0] in {"p0", "s1", "s2"}:
            node[2] = 3


def pairs_of_4(data):
    """Width 4 in place of 2 where leaves of dimension 2 meet: a pair sends 3 of them."""
    for node in data["circuits"][0]["nodes"]:
        if node[0].startswith(("s0.", "p0.")):
            node[2] = 4


def uneven(data):
    """The two branches, and one input beside them."""
    get(data, "nodes/7")[3] = [5]
    get(data, "nodes/8")[3:] = [4, 7, 6], [4, 5, 6]
    data["circuits"][0]["parameters"] = list("abcdefg")


def inputs_exchanged(data):
    """The first two inputs change their places in the list of nodes."""
    nodes = get(data, "nodes")
    nodes[0], nodes[1] = nodes[1], nodes[0]
    for node in nodes:
        if node[1] in ("sum", "product"):
            node[3] = [{0: 1, 1: 0}.get(child, child) for child in node[3]]


def children_turned(data):
    """All children stand the other way round."""
    for node in get(data, "nodes"):
        for part in node[3:] if node[1] in ("sum", "product") else ():
            part.reverse()


def no_premise(data):
    """Only the last theorem, without what it follows from."""
    del data["theorems"][0]
    data["theorems"][0]["premises"] = []


def separated(data):
    """A separation about output 0, from a rank of output 1."""
    rank = data["theorems"][0]["statement"]
    said = {name: rank[name] for name in ("bipartition", "space")}
    said |= {"kind": "Separation", "deep": 0, "family": {"kind": "CPFamily"}, "needed": 9}
    data["theorems"].append(
        {"statement": {**said, "output": 0}, "proof": {"kind": "RankGap"}, "premises": [0]}
    )


def other_network(data):
    """A second network, which the premise is about."""
    second = json.loads(json.dumps(data["circuits"][0]))
    second["nodes"][4][0] = "first"
    data["circuits"].append(second)
    data["theorems"][0]["statement"]["circuit"] = 1


def linear(data):
    """The premise is another fact about the network."""
    data["theorems"][0]["statement"]["kind"] = "Multilinear"
    data["theorems"][0]["proof"]["kind"] = "Scopes"


def lower(value):
    """Put another lower bound."""
    return put("st/lower", value)


def both(value):
    """Put another lower and upper bound."""
    return put("st/lower", value, "st/upper", value)


def sides(letters):
    """Put another bipartition."""
    return put("st/bipartition", letters)


def path(*numbers):
    """Put another first path."""
    return put("low0/paths/0", list(numbers))


def all_ones(data):
    """Every weight is 1."""
    weights = get(data, "st/weights")
    for name, rows in weights.items():
        weights[name] = [[1] * len(row) for row in rows]


AT_TWO = "st/bipartition", "IJ"
MINOR_9 = {"kind": "Minor", "seed": 1, "size": 9, "prime": PRIME}
ONE = {"kind": "Minor", "seed": 1, "size": 1, "prime": PRIME}
ROUTING = {"kind": "Routing", "paths": [[3, 4, 3], [6, 7, 3]]}
THREE_HALVES = {"kind": "Split", "dims": [[1, 1], [2, 7]]}
THREE_HALVES["blocks"] = [{"kind": "Minor", "seed": 1, "size": 4, "prime": PRIME}]

# name: (certificate, alteration, part of what the kernel says, part of what the checker says)
# fmt: off
REFUSED = {
    # numbers of the statement
    "larger lower bound": ("routing", lower(10), "proved: .* is 9 for",
        "lower bound is 10, .* give 9"),
    "weaker lower bound": ("routing", lower(8), "proved: .* is 9 for",
        "lower bound is 8, .* give 9"),
    "both bounds larger": ("routing", both(10), "proved: .* is 9 for",
        "upper bound is 10, .* give 9"),
    "smaller upper bound": ("blocks", both(80), "proved: .* is 81 for",
        "upper bound is 80, .* give 81"),
    "larger upper bound": ("routing", put("st/upper", 12), "proved: .* is 9 for",
        "upper bound is 12, .* give 9"),
    "bound 0": ("routing", lower([[0, 1]]), "proved: .* is 9 for", r"lower bound is 0,"),
    "a bound below 0": ("routing", lower(-9), "a number is negative", '"lower" of .* is -9;'),
    "enormous exponent": ("routing", lower([[2, 10**18]]), "more than 8,388,608 bits",
        "exponent of .* is 10+;"),
    "large exponent": ("routing", lower([[2, 2**39]]), "more than 8,388,608 bits",
        r"lower bound is 2\^549755813888"),
    "exponent 0": ("routing", lower([[9, 1], [2, 0]]), "an exponent of at least 1",
        "exponent of .* is 0;"),
    "negative exponent": ("routing", lower([[9, -1]]), "an exponent of at least 1",
        "exponent of .* is -1;"),
    "base 1": ("routing", lower([[9, 1], [1, 5]]), "a base of at least 2", "has the base 1;"),
    "negative base": ("routing", lower([[-3, 2]]), "a base of at least 2", "has the base -3;"),
    "zero times nine": ("routing", lower([[0, 1], [9, 1]]), "a base of at least 2",
        "has the base 0;"),
    "float base": ("routing", lower([[9.0, 1]]), "a base of at least 2", r"has the base 9\.0;"),
    "true as an exponent": ("routing", lower([[9, True]]), "an exponent of at least 1",
        "integer, not (true|True)"),
    "number as text": ("routing", lower([["nine", 1]]), "a base of at least 2", 'base "nine"'),
    "base without exponent": ("routing", lower([[9]]), r"a list \[base, exponent\]",
        r"list of \[base, exponent\]"),
    "three numbers": ("routing", lower([[9, 1, 1]]), r"a list \[base, exponent\]",
        r"a list of \[base, exponent\]"),
    "true as a base": ("routing", lower([[True, 2]]), "a base of at least 2", "has the base true"),
    "no hexadecimal digits": ("routing", lower([["0xg", 1]]), "a base of at least 2",
        'has the base "0xg"'),
    "small letters": ("routing", sides("ijij"), "a text of I and J", "letters I and J"),
    "not a number": ("routing", lower([[float("nan"), 1]]), "NaN is not allowed",
        "NaN is not a number"),
    "infinity": ("routing", lower([[float("inf"), 1]]), "Infinity is not allowed",
        "Infinity is not a number"),
    "five thousand digits": ("routing", rewrite('"lower": 9', '"lower": ' + "9" * 5000),
        "too many digits", "JSON .*digits"),
    # the rest of the statement
    "kind of another theorem": ("routing", put("st/kind", "GridRank"),
        "a GridRank, must have the members", 'lacks its member "templates"'),
    "unknown space": ("routing", put("st/space", "complex"), "must be one of real.*'complex'",
        '"space" of .* not "complex"'),
    "I empty": ("routing", sides("JJJJ"), "side I is empty", "both of which occur"),
    "I full": ("routing", sides("IIII"), "side J is empty", "both of which occur"),
    "a third side": ("routing", sides("IJIK"), "a text of I and J", "letters I and J"),
    "a side too few": ("routing", sides("IJI"), "of 3 locations, but", "3 letters for 4"),
    "a side too many": ("routing", sides("IJIJI"), "of 5 locations, but", "5 letters for 4"),
    "locations in place of sides": ("routing", sides([0, 2]), "a text of I and J",
        "letters I and J"),
    "other sides": ("minor", sides("IIJJ"), "minor of size 9 is 0", "upper bound is 9, .* give 2"),
    "exchanged sides": ("routing", sides("JIJI"), "ends at 3, .* leaf of side I",
        "end 3 is not a leaf of side I"),
    "output out of range": ("outputs", put("st/output", 2), "outputs 0 to 1, got 2",
        "output channel is 2;"),
    "output negative": ("outputs", put("st/output", -1), "outputs 0 to 1, got -1",
        '"output" of .* is -1;'),
    # upper rules
    "unknown upper rule": ("routing", put("up/kind", "Rank"), "upper has the kind 'Rank'",
        '"upper" .* kind "Rank"'),
    "upper rule of another statement": ("routing", put("up", {"kind": "Exhaustive"}),
        "upper has the kind 'Exhaustive'", '"upper" .* kind "Exhaustive"'),
    "lower rule above": ("dag", lambda d: put("up", get(d, "low"))(d), "upper has the kind 'Minor'",
        '"upper" .* kind "Minor"'),
    "cut that does not hold": ("dag", both(3), "proved: .* is 4 for",
        "upper bound is 3, .* give 4"),
    "cut that forgets the ties": ("squares", put("up", {"kind": "IndexRecursion"}),
        "proved: .* at most 16 for", "upper bound is 9, .* give 16"),
    "cut in place of the bridge": ("bridge", put("up0", {"kind": "TiedCut"}),
        "proved: .* at most 15 for", "is 14, .* give 15"),
    "cut in place of the star": ("star", put("up0", {"kind": "TiedCut"}),
        "proved: .* at most 8 for", "is 7, .* give 8"),
    "tree rule on a network that is none": ("dag",
        put("up", {"kind": "Factor", "blocks": [{"kind": "TiedCut"}]}), "needs a tree circuit",
        "needs a tree circuit"),
    "factor where nothing is 1": ("routing", append("up/blocks", {"kind": "TiedCut"}),
        "1 distinct blocks, .* covers 2", "factor rule has 1 kind of blocks and 2 rules"),
    "one block's rule missing": ("blocks", drop("up/blocks/1"), "2 distinct blocks, .* covers 1",
        "has 2 kinds of blocks and 1 rule"),
    "unknown block rule": ("bridge", put("up0/kind", "Brigde"), "blocks has the kind 'Brigde'",
        '"blocks" of .* kind "Brigde"'),
    "bridge of one value": ("bridge", put("up0/variable", 1), "variable 1 has a side of 1",
        "at a matrix of rank 1"),
    "bridge elsewhere": ("bridge", put("up0/variable", 3), "proved: .* at most 15 for",
        "is 14, .* give"),
    "bridge at the root": ("bridge", put("up0/variable", 0), "1 to 9; got 0",
        "is 0; it must lie between 1"),
    "bridge outside": ("bridge", put("up0/variable", 99), "1 to 9; got 99", "no variable 99"),
    "bridge of a wider network": ("bridge", widen, "proved: .* at most 15 for", "is 14, .* give"),
    "star at a leaf": ("star", put("up0/variable", 3), "variable 3 is not one",
        "star rule must not stand at a leaf"),
    "star of a third side": ("star", put("up0/side", 2), r"side 0 \(I\) or 1 \(J\), got 2",
        '"side" of .* is 2;'),
    "isotypic bound of unequal sides": ("isotypic",
        put("st/bipartition", "JIIJJ", "st/lower", 8, "low0/size", 8),
        "with equal sides; an isotypic", "no two children .* equal, sides included"),
    "isotypic bound at a leaf": ("isotypic", put("up0/variable", 3), "variable 3 is not one",
        "no two children of variable 3"),
    "cut in place of the pencils": ("pencil", put("up0", {"kind": "TiedCut"}),
        "proved: .* at most 20 for", "is 19, .* give 20"),
    "pencils at a variable of dimension 3": ("pencil", put("up0/variable", 2),
        "has dimension 3; a pencil star needs 2", "inner variable of dimension 2, and"),
    "pencils at a leaf": ("pencil", put("up0/variable", 3), "variable 3 is not one",
        "inner variable of dimension 2, and"),
    "vanishing of what is not 0": ("routing", put("up", {"kind": "Vanishing"}), "not cut off",
        "not shown to be zero"),
    "vanishing without its zeros": ("zero", put("circuits/0/matrices/0/0/0", 1), "not cut off",
        "not shown to be zero"),
    # lower rules
    "unknown lower rule": ("routing", put("low/kind", "Spilt"), "lower has the kind 'Spilt'",
        '"lower" .* kind "Spilt"'),
    "block rule about the circuit": ("routing", put("low", ROUTING), "lower has the kind 'Routing'",
        '"lower" .* kind "Routing"'),
    "upper rule below": ("routing", put("low", {"kind": "IndexRecursion"}),
        "lower has the kind 'IndexRecursion'", '"lower" .* kind "IndexRecursion"'),
    "trivial rule with a bound": ("routing", put("low", {"kind": "Trivial"}),
        "proved: .* at least 0 for", "lower bound is 9, .* give 0"),
    "unknown lower block rule": ("routing", put("low0/kind", "Flow"), "blocks has the kind 'Flow'",
        '"blocks" of .* kind "Flow"'),
    "split on a network that is none": ("dag",
        put("low", {"kind": "Split", "dims": None, "blocks": []}), "needs a tree circuit",
        "needs a tree circuit"),
    "split where nothing is 1": ("routing", append("low/blocks", ROUTING),
        "1 distinct blocks, .* covers 2", "split has 1 kind of blocks and 2"),
    "composite modulus": ("minor", put("low0/prime", PRIME - 2), "a prime between .* got 8388591",
        "8388591, is not a prime"),
    "modulus 2": ("minor", put("low0/prime", 2), "a prime between .* got 2$",
        "is 2; it must lie between"),
    "modulus too large": ("minor", put("low0/prime", 2**31 - 1),
        "a prime between .* got 2147483647", "is 2147483647; it must"),
    "modulus negative": ("minor", put("low0/prime", -7), "a prime between .* got -7",
        "is -7; it must"),
    "modulus at which the minor vanishes": ("minor", put("low0/prime", 3), "size 9 is 0 modulo 3,",
        "size 9 is zero modulo 3"),
    "singular minor": ("minor", put("low0/size", 10, "st/lower", 10), "size 10 is 0",
        "size 10 is zero modulo"),
    "singular minor of the circuit": ("dag", put("low/size", 5, "st/lower", 5), "size 5 is 0",
        "size 5 is zero"),
    "smaller minor": ("minor", put("low0/size", 8), "proved: .* at least 8 for",
        "lower bound is 9, .* give 8"),
    "size 0": ("minor", put("low0/size", 0), "size of a minor .* got 0", '"size" of .* is 0;'),
    "size negative": ("minor", put("low0/size", -9), "size of a minor .* got -9",
        '"size" of .* is -9;'),
    "size that takes too long": ("minor", put("low0/size", 3200, "st/lower", 3200),
        "size 3200 is 0", "about .* seconds"),
    "size beyond all limits": ("minor", put("low0/size", 10**9, "st/lower", 10**9),
        "size of a minor .* got 1000000000", '"size" of .* is 1000000000;'),
    "seed negative": ("minor", put("low0/seed", -1), "seed .* got -1", '"seed" of .* is -1;'),
    "seed too large": ("minor", put("low0/seed", 2**53), r"seed .* 2\^53",
        '"seed" of .* is 9007199254740992;'),
    "nested splits": ("minor", nested(70), "nested more than 90", "nested more than"),
    "splits nested 400 times": ("minor", nested(400), "nested more than 90",
        "nested (more than 90|too deeply)"),
    "dims grow": ("dims", put("low/dims", [[1, 2], [3, 5], [4, 1]]),
        r"variable 7 two shapes, \(3, 3\) and \(3, 4\)", "enlarges variable 7 from 3 to 4"),
    "dims with a larger root": ("dims", put("low/dims", [[3, 8]]), "the root's being 1; got 8",
        "enlarges variable 0"),
    "dims 0": ("dims", put("low/dims", [[1, 2], [0, 6]]), "cannot get dimension 0",
        '"dims" of .* is 0;'),
    "dims too few": ("dims", put("low/dims", [[1, 2], [3, 5]]), "8 dimensions, .* got 7",
        "7 dimensions for 8 variables"),
    "dims too many": ("dims", put("low/dims", [[1, 2], [3, 7]]), "8 dimensions, .* got 9",
        "more than 8 variables"),
    "dims of a negative count": ("dims", put("low/dims", [[1, 2], [3, -1], [3, 7]]),
        "runs of at least 1", '"dims" of .* is -1;'),
    "dims of a huge count": ("dims", put("low/dims", [[1, 2], [3, 10**15]]),
        "at most 4,000,000 in a certificate", "more than 8 variables"),
    "dims cancel": ("dims", put("low/dims", [[1, 10**15], [1, -(10**15)], [3, 8]]),
        "runs of at least 1", '"dims" of .* is -10+;'),
    "dims no runs": ("dims", put("low/dims", [1, 1, 3, 3, 3, 3, 3, 3]), "dims is not a list",
        '"dims" of .* must be a list'),
    "dims give a tied matrix two shapes": ("dims", put("low/dims", [[1, 2], [3, 3], [2, 3]]),
        r"two shapes, \(1, 3\) and \(1, 2\)", "one parameter with two shapes"),
    "dims give a row at the output another shape": ("a row in two places",
        put("low/dims", [[1, 3], [2, 2]]), r"two shapes, \(1, 1\) and \(1, 2\)",
        "one parameter with two shapes"),
    "dims kill what is fixed": ("fixed", put("low/dims", [[1, 1], [3, 1], [2, 1], [3, 2]]),
        "variable 2 touches fixed matrices only", "shrinks variable 2, which touches no parameter"),
    "path beyond a dimension": ("routing", path(3, 4, 4), "carry 4, more than its dimension 3",
        "variable .* 4 values, but it has 3"),
    "paths beyond a dimension together": ("routing", append("low0/paths", [3, 4, 2]),
        "carry 6, more than", "variable .* need 6 values, but it has 3"),
    "path twice": ("routing", append("low0/paths", [3, 4, 3]), "carry 9, more than",
        "need 9 values, but it has 3"),
    "path less": ("routing", drop("low0/paths/0"), "proved: .* at least 3 for",
        "lower bound is 9, .* give 3"),
    "path from the wrong side": ("routing", path(4, 3, 3), "ends at 4, .* side I",
        "end 4 is not a leaf of side I"),
    "path to its own side": ("routing", path(3, 6, 3), "ends at 6, .* side J",
        "end 6 is not a leaf of side J"),
    "path to an inner variable": ("routing", path(3, 5, 3), "ends at 5, .* side J",
        "end 5 is not a leaf of side J"),
    "paths that cross": ("routing", put("low0/paths", [[3, 7, 3], [6, 4, 3]]), "variable 5 carry 9",
        "variable 5 .* need 9 values"),
    "path from the root": ("routing", path(0, 4, 3), "ends at 0, .* side I", '"paths" of .* is 0;'),
    "path of two numbers": ("routing", path(3, 4), "3 entries, not 2", "3 members, not 2"),
    "path outside": ("routing", path(3, 99, 3), "ends at 99, .* side J", "end 99 is not a leaf"),
    "path of base 1": ("routing", path(3, 4, 1), "has base 1;", '"paths" of .* is 1;'),
    "path of base -3": ("routing", path(3, 4, -3), "has base -3;", '"paths" of .* is -3;'),
    "path of four numbers": ("routing", path(3, 4, 3, 3), "3 entries, not 4", "3 members, not 4"),
    "unequal matrices under one name": ("tied",
        put("low0/paths", [[3, 4, 4], [6, 7, 2]], "st/lower", 8),
        "tied matrix above variable 5 two",
        "tied parameter two matrices .at variable 5|at variable 6"),
    "paths of one name in another order": ("tied",
        put("low0/paths", [[3, 7, 2], [6, 4, 2]], "st/lower", 4),
        "tied matrix above variable 4 two", "tied parameter two matrices"),
    "path against a fixed matrix": ("fixed", put("low0/paths", [[3, 4, 2]], "st/lower", 2),
        "other than the fixed one", "fixed matrix above"),
    "path against an input itself": ("direct", put("low0/paths", [[2, 3, 2]], "st/lower", 2),
        "other than the fixed one", "fixed matrix above"),
    "kronecker beyond a dimension": ("kronecker",
        put("low0/factors/0/dims", [[1, 1], [2, 6], [3, 1]]), "dimension 6 at variable 7",
        "need 6 channels of variable 7"),
    "kronecker of whole networks": ("kronecker", put("low0/factors/0/dims", None),
        "must list 8 dimensions", '"dims" of .* a list, not null'),
    "kronecker of three halves": ("kronecker", append("low0/factors", THREE_HALVES),
        "dimension 8 at variable 1", "need 8 channels of variable"),
    "kronecker of one half": ("kronecker", drop("low0/factors/0"), "proved: .* at least 4 for",
        "is 16, .* give 4"),
    "kronecker of nothing": ("kronecker", put("low0/factors", [], "st/lower", []),
        "at least one factor", "has no factors"),
    "kronecker factor that is no split": ("kronecker", put("low0/factors/0", ROUTING),
        "factors has the kind 'Routing'", '"factors" .* kind "Routing"'),
    "kronecker above fixed matrices": ("train",
        put("low0", {"kind": "Kronecker", "factors": [THREE_HALVES]}),
        "block without fixed matrices", "block without fixed matrices"),
    "glue that only half fills": ("glue", put("low0/side", 1),
        "size 2 is 0", "size 2 is zero modulo"),
    "glue from the other part": ("glue", put("low0/below", 0),
        "size 2 is 0", "size 2 is zero modulo"),
    "glue at a leaf": ("glue", put("low0/variable", 3),
        "variable 3 .* no inner one", "variable 3 .* not an inner"),
    "glue at the root": ("glue", put("low0/variable", 0),
        "variable 0 .* no inner one", '"variable" of Glue is 0;'),
    "glue outside": ("glue", put("low0/variable", 8),
        "variable 8 .* no inner one", "variable 8 .* not an inner"),
    "glue of a part below twice": ("glue", put("low0/below", 2),
        "got 0 and 2", '"below" of Glue is 2;'),
    "glue on a third side": ("glue", put("low0/side", 2), "got 2 and 1", '"side" of Glue is 2;'),
    "glue with a smaller minor": ("glue", put("low0/condition/size", 1),
        "must have rank 2, .* gives 1", "gives 1, less than 2 . 1"),
    "glue with more of the rest": ("glue", put("low0/rest/size", 3, "st/lower", 3),
        "size 3 is 0", "size 3 is zero modulo"),
    "glue of a pair that does not fill": ("glue", pairs_of_4,
        "must have rank 4, .* gives 2", "gives 2, less than 4 . 1"),
    "free leaf that is none": ("free leaves", put("low0/leaves", [2, 4]),
        "variable 2 is no leaf", "variable 2 .* not a leaf"),
    "free leaves of no variable": ("free leaves", put("low0/leaves", [3, 8]),
        "variable 8 is no leaf", "variable 8 .* not a leaf"),
    "free leaves in disorder": ("free leaves", put("low0/leaves", [4, 3]),
        "increasing order", "increasing order"),
    "no free leaves": ("free leaves", put("low0/leaves", []),
        "one or more variables", "has no leaves"),
    "a leaf set free that needs its tie": ("free leaves", pairs_of_4,
        "leaf 3 is 4 x 2", "matrix of 4 x 2"),
    "dimension count of two against two": ("dimension count", put("low0", {"kind": "Span"}),
        "alone on its side", "alone"),
    "saturated star at a leaf": ("saturated star", put("low0/variable", 2),
        "variable 2 .* no inner one", "variable 2 .* not an inner"),
    "saturated star of all parts": ("saturated star", put("low0/filled", [0, 2, 3, 4]),
        "some of .* not all", "in order, and not all"),
    "saturated star of no parts": ("saturated star", put("low0/filled", []), "some of",
        "in order, and not all"),
    "saturated star of parts in disorder": ("saturated star", put("low0/filled", [2, 0, 3]),
        "some of",
        "in order, and not all"),
    "saturated star of slices that depend": ("saturated star", put("low0/condition/paths/0/2", 2),
        "needs parts of rank 3, but their proof gives 2", "gives 2, less than 3 . 1"),
    "saturated star with a part left out": ("saturated star", put("low0/rests", []),
        "leaves 1 parts", "1 part outside and 0 rules"),
    # circuits that are no trees
    "branches that leave nothing": ("branches", put("low/zero", ["e", "f"]), "nothing is left",
        "nothing is left"),
    "branches chosen by nothing": ("branches", put("low/zero", []), "one or more parameters",
        "one or more, in order"),
    "branches chosen twice": ("branches", put("low/zero", ["e", "e"]), "in increasing order",
        "one or more, in order"),
    "a parameter that is not there is zero": ("branches", put("low/zero", ["g"]),
        "no parameter 'g'", 'no parameter "g"'),
    "no parameter is zero on a simplex": ("branches", put("st/space", "simplex"), "on a simplex",
        "rows sum to one"),
    "nothing proved of a branch": ("branches", put("low/rest", {"kind": "Trivial"}),
        "rest has the kind 'Trivial'", '"rest" of Branches has the kind "Trivial"'),
    "branches on rows of their own alone": ("added", put("low/parts/0/locations", [0]),
        "location of I and one of J", "common location of I and one of J"),
    "branches of more channels than there are": ("added", put("low/parts/0/channels", 4),
        "need 6 channels of location 0, which has 5", "have 6 channels together at location 0"),
    "a branch without channels": ("added", put("low/parts/0/channels", -1), "one or more channels",
        '"channels" of Part is -1'),
    "a branch at no location": ("added", put("low/parts/0/locations", [0, 1, 2]),
        "locations 0 to 1", "must be locations"),
    "a branch at locations in disorder": ("added", put("low/parts/1/locations", [1, 0]),
        "in increasing order", "in increasing order"),
    "a part less than branches": ("added", drop("low/parts/1"), "a child for each part",
        "the output must be a sum of as many"),
    "branches added on a simplex": ("added", put("st/space", "simplex"), "on a simplex",
        "rows sum to one"),
    "branches that add up to more": ("added", lower(5), "proved: .* is 4 for", "is 5, .* give 4"),
    "sharpened nowhere": ("sharpened", put("up/at", []), "one or more nodes", "no bounds"),
    "sharpened in disorder": ("sharpened", put("up/at/0/node", 19, "up/at/0/side", 1),
        "in increasing order", "in increasing order"),
    "an input unfolded": ("sharpened", put("up/at/1/unfolded", [0, 10, 12, 16, 18]),
        "node 0 is not a sum or product", "number 0 is not a sum or product"),
    "a node unfolded that is not reached": ("sharpened",
        put("up/at/1/unfolded", [6, 10, 12, 16, 18]), "6 is not a sum or product that node 19",
        "number 6 is unfolded, but .* not need"),
    "nodes unfolded in disorder": ("sharpened", put("up/at/1/unfolded", [12, 10, 16, 18]),
        "unfolded nodes are not in increasing order", "unfolded nodes must be in increasing order"),
    "spaces of branches that are not the same": ("sharpened", put("up/at/1/unfolded", [12, 18]),
        "at most 4 for all", "upper bound is 3, .* give 4"),
    "spaces without the tree": ("sharpened", drop("up/at/0"), "at most 4 for all",
        "upper bound is 3, .* give 4"),
    "spaces of a side that is none": ("sharpened", put("up/at/1/side", 2), r"0 \(I\) or 1",
        '"side" of Spaces is 2'),
    "spaces of no node": ("sharpened", put("up/at/1/node", 20), "node 20 is not a sum or product",
        "number 20 is not"),
    "a tree on one side": ("sharpened", put("up/at/0/side", 0), "no location of the other side",
        "all its locations on side I"),
    "the output as a tree": ("sharpened",
        put("up/at", [{"kind": "Below", "node": 19, "side": 1, "blocks": []}]), "has one channel",
        "the output is not bounded as a tree"),
    "a tree of no blocks": ("sharpened", put("up/at/0/blocks", []), "1 distinct blocks",
        "1 kind of blocks and 0 rules"),
    # simplex weights
    "simplex weights without the simplex form": ("simplex", no_premise,
        "follows from the simplex form", "one premise, a SimplexForm"),
    "simplex claimed for ties above unequal subtrees": ("above", put("st/space", "simplex"),
        "follows from the simplex form", "one premise, a SimplexForm"),
    "simplex form of ties above unequal subtrees": ("simplex", TIE_ABOVE,
        "'a1' need different factors", "without tied parameters"),
    "a simplex form of another network": ("simplex", other_network, "follows from the simplex form",
        "simplex form of another network"),
    "linearity in place of the simplex form": ("simplex", linear, "follows from the simplex form",
        "one premise, a SimplexForm"),
    "a minor with a simplex form": ("simplex", put("low", MINOR_9),
        "from premises only where simplex", "only a split over the simplex"),
    "a simplex form where none is needed": ("simplex", put("st/space", "real"),
        "from premises only where simplex", "only a split over the simplex"),
    # the network
    "merged unlike subtrees": ("truncated", TIE, "size 16 is 0", "upper bound is 16, .* give 9"),
    "split equal subtrees": ("squares", UNTIE, "proved: .* at most 16 for",
        "upper bound is 9, .* give 16"),
    "ties that a routing does not respect": ("routing", TIE_ALL, "tied matrix above variable 3 two",
        r"two matrices \(at variable 3\)"),
    "changed fixed matrix": ("fixed", put("circuits/0/matrices/0/1/1", 2),
        "other than the fixed one", "fixed matrix above"),
    "fixed matrix of zeros": ("train", put("circuits/0/matrices/0", [[0, 0]] * 4), "size 4 is 0",
        "size 4 is zero modulo"),
    "fixed matrix over 0": ("train", put("circuits/0/matrices/0/0/0", "1/0"), "the entry '1/0'",
        '"1/0"'),
    "fixed matrix ragged": ("train", put("circuits/0/matrices/0/0", [1]),
        "rows of one positive length", "rectangular"),
    "fixed matrix without columns": ("train", put("circuits/0/matrices/0", [[], []]),
        "rows of one positive length", "rectangular"),
    "fixed matrix of another shape": ("train", put("circuits/0/matrices/0", EYE),
        r"has shape \(3, 3\), not \(4, 2\)", "fixed matrix .* shape"),
    "smaller width": ("routing", put("nodes/4/2", 2), "has width 3 and its child 's0.0' has 2",
        "product .* has width 3, but .* width 2"),
    "width 0": ("routing", put("nodes/4/2", 0), "at least 1, not 0", "has the width 0"),
    "width huge": ("routing", put("nodes/4/2", 10**9), "has width 1000000000",
        "has the width 1000000000"),
    "two widths of a location": ("dag", put("nodes/1/3", 0, "nodes/1/2", 4),
        "one location has one dimension", "inputs of two widths"),
    "location used twice": ("routing", put("nodes/1/3", 0, "nodes/2/3", 1, "nodes/3/3", 2),
        "the circuit has 3", "4 letters for 3"),
    "location missing": ("routing", put("nodes/3/3", 4), "location 3 has no input node",
        "not 0, 1, "),
    "two children of other scopes": ("dag", uneven, "adds 'p0', which depends", "not smooth"),
    "a square": ("dag", without_tensor("square", 2), "matricize: the product 'p'",
        "not decomposable"),
    "a square at weights": ("written", without_tensor("square", 2, *AT_TWO),
        "matricize: the product 'p'", "not decomposable"),
    "an uneven sum at weights": ("written", without_tensor("uneven", 2, *AT_TWO),
        "matricize: the sum 'out'", "not smooth"),
    "cycle": ("routing", put("nodes/4/3", [8]), "'s0.0' has child 8", "not an earlier node: 8"),
    "child of itself": ("routing", put("nodes/8/3", [8, 5]), "'p0.0' has child 8",
        "not an earlier node: 8"),
    "one child twice": ("routing", put("nodes/8/3", [4, 4]), "uses 's0.0' twice",
        "same child twice"),
    "node without parent": ("routing", put("nodes/12/3", [10]), "2 nodes have no parent",
        "without a parent"),
    "a node less": ("routing", drop("nodes/-1"), "'out' is listed but", '"out" is used nowhere'),
    "two nodes of one name": ("routing", put("nodes/5/0", "s0.0"), "two nodes are called",
        "two nodes .* same name"),
    "node without name": ("routing", put("nodes/5/0", ""), "non-empty and printable",
        "must have a name"),
    "node of unknown kind": ("routing", put("nodes/8/1", "max"), "of kind 'max'",
        "not .* of a known kind"),
    "fixed matrix that is an expression": ("train", put("circuits/0/matrices/0/0/0", "2**9"),
        r"the entry '2\*\*9'", r'not "2\*\*9"'),
    "negative location": ("routing", put("nodes/0/3", -1), "at least 0, not -1",
        "invalid location, -1"),
    "negative child": ("routing", put("nodes/8/3", [-1]), "'p0.0' has child -1",
        "not an earlier node: -1"),
    "product of nothing": ("routing", put("nodes/8/3", []), "'p0.0' has no children",
        "non-empty list of children"),
    "sum without a matrix": ("routing", put("nodes/4/4", []), "1 child and 0 matrices",
        "one matrix for each"),
    "two parameters of one name": ("routing", put("circuits/0/parameters/1", "a0.0"),
        "name is listed twice", "two parameters"),
    "parameter without a name": ("routing", put("circuits/0/parameters/0", ""),
        "non-empty and printable", "a string of 1 to 1000000 characters"),
    "one parameter of two shapes": ("minor", put("nodes/10/4", [0]), "parameter 'a0' has shape",
        'has the shape .* "s1.0" needs'),
    "unused parameter": ("routing", append("circuits/0/parameters", "spare"),
        "'spare' is listed but", "used nowhere"),
    "unknown parameter": ("routing", put("nodes/4/4", [99]), "matrix 99", "unknown matrix: 99"),
    "network of another version": ("routing", put("circuits/0/version", 2),
        "circuit has format version 2", "circuit is not of format"),
    # ranks at weights, grids, separations
    "changed weight": ("at", put("st/weights/a0.0", [[1, 0], [1, 0]]), "size 4 is 0",
        "size 4 is zero modulo"),
    "changed weight under an exhaustive rank": ("written", put("st/weights/a1.0/0/1", 1),
        "proved: .* between 2 and 3", "is 2, .* give"),
    "rank 1 where it is 0": ("zero at weights", put("st/upper", 1), "proved: .* is 0 at",
        "upper bound is 1, .* give 0"),
    "rank at least 1 where it is 0": ("zero at weights", lower([]), "proved: .* is 0 at",
        "lower bound is 1, .* give 0"),
    "weights that are zero no more": ("zero at weights", all_ones, "not cut off",
        "not shown to be zero"),
    "minor where all is zero": ("zero at weights", put("low", ONE), "size 1 is 0",
        "size 1 is zero"),
    "another cut of what is zero": ("zero at weights", put("up", {"kind": "IndexRecursion"}),
        "proved: .* between 0 and 4", "upper bound is 0, .* give 4"),
    "weight missing": ("at", drop("st/weights/out"), "'out' has no weights",
        'weights lacks its member "out"'),
    "weight of no parameter": ("at", put("st/weights/b", [[1]]), "no parameter 'b'",
        'unknown member "b"'),
    "weight of a wrong shape": ("at", put("st/weights/out", [[1, 1, 1]]),
        r"a matrix of shape \(1, 2\)", "does not have the shape"),
    "weight of fewer columns": ("at", put("st/weights/out", [[1]]),
        r"a matrix of shape \(1, 2\)", "does not have the shape"),
    "weight of fewer rows": ("at", put("st/weights/a0.0", [[1, 0]]),
        r"a matrix of shape \(2, 2\)", "does not have the shape"),
    "weight with denominator 1": ("at", put("st/weights/out/0/0", "1/1"), "entry '1/1'",
        'lowest terms, not "1/1"'),
    "weight that can be shortened": ("at", put("st/weights/out/0/0", "2/4"), "entry '2/4'",
        'lowest terms, not "2/4"'),
    "integer weight as a text": ("at", put("st/weights/out/0/0", "1"), "entry '1'",
        'lowest terms, not "1"'),
    "weight that is code": ("at", put("st/weights/out/0/0", "__import__('os')"),
        "exact numbers are", 'lowest terms, not "__import'),
    "weight that the modulus divides": ("at", put("st/weights/out/0/0", f"1/{PRIME}"),
        "divides the denominator", "denominator is divisible"),
    "split at given weights": ("at", put("low", {"kind": "Split", "dims": None, "blocks": []}),
        "lower has the kind 'Split'", '"lower" .* kind "Split"'),
    "proof of another statement": ("at", put("proof/kind", "Bounds"), "proof has the kind 'Bounds'",
        'proof has the kind "Bounds"'),
    "singular grid": ("grid", put("proof/rows/1", [0, 0]), "size 4 is 0", "size 4 is zero modulo"),
    "grid of an unknown template": ("grid", put("proof/rows/0", [0, 3]), "2 of the 3 templates",
        "a template for each location"),
    "grid of a negative template": ("grid", put("proof/rows/0", [0, -1]), "2 of the 3 templates",
        '"rows" of .* is -1;'),
    "grid row too long": ("grid", put("proof/rows/0", [0, 0, 0]), "2 of the 3 templates",
        "a template for each location"),
    "grid that is not square": ("grid", drop("proof/rows/3"), "as many columns",
        "as many columns as rows"),
    "grid with a column less": ("grid", drop("proof/columns/3"), "as it has rows, got 3",
        "as many columns as rows"),
    "grid with a column more": ("grid", append("proof/columns", [0, 0]), "as it has rows, got 5",
        "as many columns as rows"),
    "grid of nothing": ("grid", put("proof/rows", [], "proof/columns", [], "st/lower", []),
        "size of a minor .* got 0", "and at least one"),
    "templates of another length": ("grid", put("st/templates", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        "vectors of length 2", "all locations must have one dimension"),
    "templates alike": ("grid", put("st/templates", [[1, 0]] * 3), "size 4 is 0",
        "size 4 is zero modulo"),
    "larger grid rank": ("grid", lower(5), "proved: .* at least 4 for", "is 5, .* give 4"),
    "smaller grid rank": ("grid", lower(3), "proved: .* at least 4 for",
        "lower bound is 3, .* give 4"),
    "grid modulo a composite": ("grid", put("proof/prime", 15), "a prime between .* got 15",
        "15, is not a prime"),
    "short grid row": ("grid", put("proof/rows/0", [0]), "2 of the 3 templates",
        "a template for each location"),
    "upper bound of the premise": ("cp", put("theorems/0/statement/upper", 17),
        "proved: .* is 9 for", "upper bound is 17, .* give 9"),
    "needed above the premise": ("cp", put("st/needed", 10), "10 is not the least width",
        "is not the least"),
    "needed below the premise": ("cp", put("st/needed", 8), "8 is not the least width",
        "is not the least"),
    "premise altered": ("cp", put("theorems/0/statement/lower", 10), "proved: .* is 9 for",
        "lower bound is 10, .* give 9"),
    "premise missing": ("cp", no_premise, "from one theorem", "one premise, a GenericRank"),
    "premise twice": ("cp", put("theorems/1/premises", [0, 0]), "from one theorem",
        "one premise, a GenericRank"),
    "premise about another bipartition": ("cp", sides("IJJI"), r"proved: .* I = \{0, 2\}\)",
        "another bipartition"),
    "premise about another output": ("outputs", separated, "proved: .* below 9 has",
        "another output"),
    "premise about another space": ("cp", put("st/space", "nonnegative"),
        "proved: .* almost all real weights of the network", "another space"),
    "premise about another network": ("cp", other_network, "proved: .* below 9 has",
        "about another network"),
    "unknown family": ("cp", put("st/family/kind", "All"), "family has the kind 'All'",
        '"family" of .* kind "All"'),
    "family with members of another": ("cp", put("st/family/levels", 2),
        "a CPFamily, must have the members kind and no other", 'unknown member "levels"'),
    "family whose blocks are cut": ("truncated", put("st/family/levels", 3),
        "alternating blocks of 4", "not a union of blocks of 4"),
    "family of too many levels": ("truncated", put("st/family/levels", 4), "L >= 4; 8",
        r"needs 2\^L locations, L >= 4"),
    "family of no level": ("truncated", put("st/family/levels", 0), "got levels=0",
        '"levels" of .* is 0;'),
    "family of another window": ("truncated", put("st/family/window", 4), "windows of 4 has q",
        r"needs 4\^L locations"),
    "bond needed above the rank": ("trains", put("st/needed", 7), "7 is not the least largest bond",
        "is not the least"),
    "bond needed one larger": ("trains", put("st/needed", 3), "3 is not the least",
        "is not the least"),
    "bond needed one smaller": ("trains", put("st/needed", 1), "1 is not the least",
        "is not the least"),
    "no bond needed": ("trains", put("st/needed", 0), "0 is not the least", "is not the least"),
    "recurrent in place of trains": ("trains", put("st/family/kind", "RACFamily"),
        "2 is not the least hidden width", "is not the least"),
    "hidden width one larger": ("recurrent", put("st/needed", 4), "4 is not the least",
        "is not the least"),
    "hidden width one smaller": ("recurrent", put("st/needed", 2), "2 is not the least",
        "is not the least"),
    "the network's own tree": ("another tree", put("st/family/tree", [[0, 1], [2, 3]]),
        "9 is not the least", "is not the least"),
    "a tree over three locations": ("another tree", put("st/family/tree", [0, [1, 2]]),
        "a mode tree of 3 locations, the network has 4", "must have the leaves 0 to 3"),
    "a tree with a location twice": ("another tree", put("st/family/tree", [[0, 2], [1, 2]]),
        "location 2 is in the mode tree twice", "must have the leaves 0 to 3"),
    "a tree with an only child": ("another tree", put("st/family/tree", [[0, 2], [1, [3]]]),
        "has 1 child", "lists of two or more trees"),
    "a tree that is a location": ("another tree", put("st/family/tree", 0),
        "is not a mode tree", "must have the leaves 0 to 3"),
    "family of window 1": ("truncated", put("st/family/window", 1), "window=1$",
        '"window" of .* is 1;'),
}
# fmt: on

SAME = {
    "seed 0": ("minor", put("low0/seed", 0)),
    "another seed": ("minor", put("low0/seed", 2**53 - 1)),
    "another prime": ("minor", put("low0/prime", 8_388_587)),
    "weaker cut of the same value": ("minor", put("up", {"kind": "IndexRecursion"})),
    "paths in another order": ("routing", put("low0/paths", [[6, 7, 3], [3, 4, 3]])),
    "bound by its factors": ("routing", put("st/lower", [[3, 2]], "st/upper", [["0x9", 1]])),
    "bound by equal factors": ("routing", put("st/upper", [[3, 1], [3, 1]])),
    "children in another order": ("dag", children_turned),
    "runs cut in two": ("dims", put("low/dims", [[1, 1], [1, 1], [3, 2], [3, 4]])),
    "file indented": ("bridge", lambda data: json.dumps(data, indent=4)),
    "members in another order": ("star", lambda data: json.dumps(data, sort_keys=True)),
    "nodes in another order": ("routing", inputs_exchanged),
    "a byte-order mark": ("cp", text(lambda content: "\ufeff" + content)),
}

OTHER = {
    "smaller minor for a smaller bound": ("minor", put("low0/size", 8, "st/lower", 8)),
    "smaller path for a smaller bound": ("routing", put("low0/paths/0/2", 2, "st/lower", 6)),
    "sides exchanged": ("minor", sides("JIJI")),
    "another space": ("routing", put("st/space", "nonnegative")),
    "another output": ("outputs", put("st/output", 0)),
    "changed weight of no effect": ("at", put("st/weights/a0.0/0/0", 5)),
    "another template": ("grid", put("st/templates/2", [1, 2])),
    "family of fewer levels": ("truncated", put("st/family/levels", 1)),
    "branches of a tree in another order": (
        "another tree",
        put("st/family/tree", [[3, 1], [0, 2]]),
    ),
    "CP in place of a tree": ("another tree", put("st/family", {"kind": "CPFamily"})),
    "CP in place of truncated": ("truncated", put("st/family", {"kind": "CPFamily"})),
    "node renamed": ("routing", put("nodes/4/0", "first")),
    "tied where the bounds stay": ("routing", TIE),
    "untied where the bounds stay": ("tied", UNTIE),
    "fixed matrix of the same rank": ("train", put("circuits/0/matrices/1/0/0", 7)),
}
