"""The saturated star (L10): values, careless forms, refusals, against written-out matrices."""

from __future__ import annotations

import itertools

import pytest
from certificates.alter import refused
from checker.block_helpers import CUT, block_of, split, true_rank, value
from checker.common import Build, brute_rank, generic, ht, minor, tree

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.cut import Cut, tied_cut
from circuitalg.checker.rank.gluing import star_parts


def star(variable, filled, condition, *rests):
    """A saturated star."""
    return {
        "kind": "SaturatedStar",
        "variable": variable,
        "filled": list(filled),
        "condition": condition,
        "rests": list(rests),
    }


def four(width, left, right, dims=(3, 3, 2, 2), inner=2):
    """Inputs 0 and 1, and a pair of inputs 2 and 3, in one product; the pair's matrices named."""
    build = Build()
    x = [build.input(i, d) for i, d in enumerate(dims)]
    pair = build.product(build.sum(inner, (x[2], left)), build.sum(inner, (x[3], right)))
    arms = build.sum(width, (x[0], "a")), build.sum(width, (x[1], "b"))
    top = build.product(*arms, build.sum(width, (pair, "c")))
    build.sum(1, (top, "o"))
    return build.circuit()


# Variables of four(...): 0 root, 1 top, 2 and 3 leaves, 4 pair with leaves 5 and 6.
GOOD = star(1, [0, 2, 3], minor(3), minor(2))


@pytest.mark.soundness
def test_ranks_of_equal_parts_add():
    """Three values of the top are told apart by the first two inputs; each has a rank of 2."""
    circuit = four(3, "d", "e")
    for inside in ([0, 2], [0, 3], [1, 2]):
        assert brute_rank(circuit, inside) == 6
        result = checker.verify(generic(circuit, inside, 6, 6, split(GOOD), CUT))
        assert result.lower == 6
        assert result.rests_on == ()
        assert "saturated star" in result.text
        refused(generic(circuit, inside, 7, 6, split(GOOD), CUT), "the rules give 6")


@pytest.mark.soundness
def test_inputs_that_do_not_fill_the_variable():
    """Two channels tell two values of three apart: not 3 times 2; the matrix has 4 rows."""
    circuit = four(3, "d", "e", (2, 2, 2, 2))
    assert brute_rank(circuit, [0, 2]) == 4
    for size, match in ((2, "gives 2, less than 3"), (3, "zero modulo")):
        rule = star(1, [0, 2, 3], minor(size), minor(2))
        refused(generic(circuit, [0, 2], 6, 4, split(rule), CUT), match)


@pytest.mark.soundness
def test_a_part_outside_reads_a_matrix_that_occurs_only_there():
    """The same matrix again inside the part, or fixed: the part belongs into the star."""
    tied = four(2, "c", "e")
    rule = star(1, [0, 2, 3], minor(2), minor(2))
    refused(generic(tied, [0, 2], 4, 4, split(rule), CUT), "matrix 4 of a block is not a parameter")
    elsewhere = four(2, "a", "b", (2, 2, 2, 2))  # a and b stand inside the part and outside
    assert brute_rank(elsewhere, [0, 2]) == 4
    assert checker.verify(generic(elsewhere, [0, 2], 4, 4, split(rule), CUT)).lower == 4
    upward = star(4, [5, 6], minor(2), minor(2))
    assert checker.verify(generic(elsewhere, [0, 2], 4, 4, split(upward), CUT)).lower == 4
    over = ht(8, 2, [2, 2, 2], [False, False, True])  # pairs of pairs behind one matrix
    rule = star(2, [3, 6], minor(4), minor(2))
    text = "matrix 2 of a block is not a parameter"
    assert value(block_of(over, [0, 2, 4, 6]), rule) == 0
    with pytest.raises(checker.Refusal, match=text):
        star_parts(block_of(over, [0, 2, 4, 6]), rule)
    build = Build()
    x = [build.input(i, 2) for i in range(3)]
    arms = [build.sum(2, (y, m)) for y, m in zip(x, ([[1, 0], [0, 1]], "b", "c"), strict=True)]
    build.sum(1, (build.product(*arms), "o"))
    rule = star(1, [0, 3], minor(2), minor(1), minor(1))
    refused(generic(build.circuit(), [0], 2, 2, split(rule), CUT), "matrix 2 of a block is not")


NO_STAR = {
    "none": ({"filled": []}, "must be some of its neighbours"),
    "all": ({"filled": [0, 2, 3, 4], "rests": []}, "not all of them"),
    "twice": ({"filled": [0, 2, 2]}, "must be some of its neighbours"),
    "decreasing": ({"filled": [2, 0, 3]}, "must be some of its neighbours"),
    "itself": ({"filled": [0, 1, 2]}, "must be some of its neighbours"),
    "far below": ({"filled": [0, 2, 3, 5]}, "must be some of its neighbours"),
    "beyond": ({"filled": [0, 2, 10**15]}, "must be some of its neighbours"),
    "negative": ({"filled": [-1, 0]}, '"filled" of .* is -1'),
    "root": ({"variable": 0}, '"variable" of .* is 0;'),
    "leaf": ({"variable": 3}, "variable 3 of a block is not an inner variable"),
    "no such": ({"variable": 10**15}, "variable 1000000000000000 of a block is not an inner"),
    "no number": ({"variable": "1"}, '"variable" of SaturatedStar'),
    "one rest too few": ({"rests": []}, "a star has 1 part outside and 0 rules"),
    "one too many": ({"rests": [minor(1)] * 2}, "a star has 1 part outside and 2 rules"),
    "no rule": ({"condition": None}, '"condition" of SaturatedStar'),
    "trivial": ({"rests": [{"kind": "Trivial"}]}, "has the kind"),
    "one more": ({"value": 6}, "SaturatedStar"),
    "rest too large": ({"rests": [minor(3)]}, "the minor of size 3 is zero"),
}


@pytest.mark.parametrize("name", NO_STAR)
def test_stars_that_are_no_rule(name):
    """Members are read strictly; the star is some of the neighbours, but not all."""
    change, match = NO_STAR[name]
    refused(generic(four(3, "d", "e"), [0, 2], 6, 6, split({**GOOD, **change}), CUT), match)


def test_nested_stars_end_in_a_refusal():
    """The limit on nesting counts them."""
    rule = minor(2)
    for _ in range(100):
        rule = star(1, [0, 2, 3], rule, minor(1))
    data = generic(ht(3, 3, [2]), [0], 2, 2, split(minor(2)), CUT)
    data["theorems"][0]["proof"]["lower"]["blocks"][0] = rule
    with pytest.raises(checker.Refusal, match="nested more than 90 times"):
        checker.verify(data)
    for _ in range(20_000):
        rule = star(1, [0, 2], minor(1), rule)
    data["theorems"][0]["proof"]["lower"]["blocks"][0] = rule
    with pytest.raises(checker.Refusal, match="nested too deeply"):
        checker.verify(data)


def test_parts_have_the_numbers_of_the_page():
    """The new leaf is the last child; a root is added where the one above is not in the star."""
    net = block_of(tree([[0, 1], [2, 3], 4], 2, (3, (2, 2, 2), (2, 2, 2), 3)), [0, 2])
    # 0 root, 1 top, 2 pair with 3 and 4, 5 pair with 6 and 7, 8 leaf
    core, rests = star_parts(net, star(1, [2, 8], None))
    assert (core.dim, core.parent) == ([1, 3, 2, 2, 2, 2, 1], [-1, 0, 1, 2, 2, 1, 1])
    assert core.side == [-1, -1, -1, 0, 1, 1, -1]
    assert core.above[2:6] == [net.above[v] for v in (2, 3, 4, 8)]
    assert len({core.above[1], core.above[6], *net.above}) == 2 + len(set(net.above))
    above, pair = rests
    assert (above.dim, above.parent, above.side) == ([1, 1], [-1, 0], [-1, -1])
    assert (pair.dim, pair.parent, pair.side) == ([1, 2, 2, 2], [-1, 0, 1, 1], [-1, -1, 0, 1])
    assert pair.above[2:] == net.above[6:8]
    core, (first, second) = star_parts(net, star(2, [1], None))
    assert (core.dim, core.parent) == ([1, 3, 2, 1, 2, 2, 2, 2], [-1, 0, 1, 2, 1, 4, 4, 1])
    assert core.above[1:3] == net.above[1:3]
    assert first.dim == second.dim == [1, 2]
    assert (first.side, second.side) == ([-1, 0], [-1, 1])
    _, (above, _) = star_parts(net, star(2, [3], None))
    assert (above.dim, above.parent) == ([1, 3, 1, 2, 2, 2, 2], [-1, 0, 1, 1, 3, 3, 1])
    assert above.side == [-1, -1, -1, -1, 0, 1, 1]


# --- values ------------------------------------------------------------------------------------


def tied(path):
    """One matrix on all edges of a tree but the first."""
    return "w0" if path == "w.0" else "w"


THREE = [[0, 1], 2, 3], 2, (2, (2, 2, 2), 2, 2)
CIRCUITS = {
    "own": ht(4, 2, [2, 3]),
    "shared": ht(4, 2, [2, 3], True),
    "half": ht(4, 3, [2, 2], [True, False]),
    "of three": tree(*THREE),
    "tied leaves": tree(*THREE, tied),
    "two levels": tree([[[0, 1], 2], [3, 4]], 2, (2, (2, 2, 2), 2)),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", CIRCUITS)
def test_a_star_gives_the_rank_where_it_fills_its_variable(name):
    """At every inner variable and for all sets of parts: exactly the rank, or a refusal."""
    circuit = CIRCUITS[name]
    count = sum(node[1] == "input" for node in circuit["nodes"])
    accepted = wrong = 0
    for size in range(1, count // 2 + 1):
        for inside in itertools.combinations(range(count), size):
            net = block_of(circuit, inside)
            rank, upper = true_rank(net), tied_cut(net, None, Meter())
            assert rank <= upper
            for v in sorted(set(net.parent[2:]) - {0}):
                cut = Cut(net, Meter(), v)
                around = [net.parent[v], *(c for c in range(v, len(net.dim)) if net.parent[c] == v)]
                for some in range(1, len(around)):
                    for filled in itertools.combinations(around, some):
                        try:
                            core, rests = star_parts(net, star(v, filled, None))
                        except checker.Refusal:
                            continue
                        claim = net.dim[v]
                        for p in filled:
                            claim *= min(cut.downward(v) if p < v else cut.message[p])
                        full = true_rank(core) == claim
                        rules = [minor(true_rank(rest)) for rest in rests]
                        for rule in rules:
                            claim *= rule["size"]
                        found = value(net, star(v, filled, minor(true_rank(core)), *rules))
                        assert found == (claim if full else 0)
                        assert not full or claim == rank
                        accepted, wrong = accepted + full, wrong + (claim > rank)
    assert accepted > 0
    assert wrong > 0  # without the condition the rule is false
