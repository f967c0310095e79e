"""Free leaves (L8) and glue (L9): refusals, careless forms, values against written-out matrices."""

from __future__ import annotations

import itertools

import pytest
from certificates.alter import refused
from checker.block_helpers import CUT, block_of, split, true_rank, value
from checker.common import Build, brute_rank, generic, ht, minor, tree

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.cut import tied_cut
from circuitalg.checker.rank.gluing import above_part, below_part, free_leaves
from circuitalg.checker.rank.lower import MAX_DEPTH


def free(rest, *leaves):
    """A free leaf rule."""
    return {"kind": "FreeLeaves", "leaves": list(leaves), "rest": rest}


def glue(variable, below, side, condition, rest):
    """A glue rule."""
    return {
        "kind": "Glue",
        "variable": variable,
        "below": below,
        "side": side,
        "condition": condition,
        "rest": rest,
    }


def routing(*paths):
    """A routing rule."""
    return {"kind": "Routing", "paths": [list(path) for path in paths]}


def holds(circuit, inside, lower, upper, rule, **more):
    """Demand that a certificate about the only block holds."""
    result = checker.verify(generic(circuit, inside, lower, upper, split(rule), CUT, **more))
    assert (result.lower, result.upper, result.rests_on) == (lower, upper, ())
    return result


def not_proved(circuit, inside, lower, upper, rule, match):
    """Demand that a certificate about the only block is refused for this reason."""
    with pytest.raises(checker.Refusal, match=match):
        checker.verify(generic(circuit, inside, lower, upper, split(rule), CUT))


# Variables of ht(4, ...): 0 root, 1 top, 2 left with leaves 3, 4, then 5 right with leaves 6, 7.
TIED = ht(4, 2, [4, 4], True)
HALF = [0, 1]


# --- careless forms ----------------------------------------------------------------------------


@pytest.mark.soundness
def test_a_pair_that_does_not_fill_its_variable_is_not_glued():
    """Tied leaves send 3 of 4 channels; a pair contracted to a leaf would give 4, not 3."""
    assert brute_rank(TIED, HALF) == 3
    for v, side in ((2, 0), (5, 1)):
        for size, match in ((3, "gives 3, less than 4"), (4, "zero modulo")):
            rule = glue(v, 1, side, minor(size), minor(4))
            not_proved(TIED, HALF, 4, 3, rule, match)
        rest = above_part(block_of(TIED, HALF), v, side)
        assert true_rank(rest) == 3
        assert true_rank(above_part(rest, {2: 3, 5: 2}[v], 1 - side)) == 4
        loose = ht(4, 2, [4, 4], [False, True])
        other = glue({2: 3, 5: 2}[v], 1, 1 - side, minor(4), minor(4))
        holds(loose, HALF, 4, 4, glue(v, 1, side, minor(4), other))


@pytest.mark.soundness
def test_leaves_behind_more_rows_than_columns_are_not_set_free():
    """With matrices of their own the leaves would give 4; the rank is 3."""
    routes = routing((3, 6, 2), (4, 7, 2))
    not_proved(TIED, HALF, 4, 3, free(routes, 3), "leaf 3 is behind a matrix of 4 x 2, and cannot")
    not_proved(TIED, HALF, 4, 3, free(routes, 3, 4, 6, 7), "no more rows than columns")
    holds(ht(4, 2, [4, 4]), HALF, 4, 4, routes)


@pytest.mark.soundness
def test_the_bound_of_the_small_part_is_the_one_that_multiplies():
    """Both sides are tried at a variable; where the part does not fill it, nothing follows."""
    circuit = ht(4, 2, [2, 3])
    for inside, side, rank in (([0, 2], 0, 4), ([0, 2], 1, 4), ([0, 3], 0, 4)):
        assert brute_rank(circuit, inside) == rank
        # Up of variable 2 has leaves on both sides: 2 channels, so 2 x 2 = 4 on the other side.
        part = below_part(block_of(circuit, inside), 2, side)
        assert tied_cut(part, None, Meter()) == true_rank(part) == 2
        assert true_rank(below_part(block_of(circuit, inside), 2, 1 - side)) == 2
        rule = glue(2, 1, side, minor(2), minor(2))
        not_proved(circuit, inside, 4, rank, rule, r"gives 2, less than 2 \* 2")


# --- refusals ----------------------------------------------------------------------------------

FIXED = [[1, 0], [0, 1]]


def mixed():
    """A pair behind a fixed matrix and a parameter, with a constant, then two more inputs."""
    build = Build()
    x = [build.input(i, 2) for i in range(4)]
    pair = build.product(build.sum(2, (x[0], FIXED)), build.sum(2, (x[1], "a")), build.constant(2))
    top = build.product(build.sum(3, (pair, "b")), *(build.sum(3, (y, "c")) for y in x[2:]))
    build.sum(1, (top, "o"))
    return build.circuit()


# Variables of mixed(): 1 top, 2 pair with leaves 3, 4 and a constant 5, leaves 6, 7.
NO_FREE = {
    "no leaves": ((), "has no leaves"),
    "twice": ((4, 4), "in increasing order"),
    "decreasing": ((4, 3), "leaf 3|increasing order"),
    "inner": ((2,), "variable 2 of a block is not a leaf with a side"),
    "top": ((1,), "variable 1 of a block is not a leaf with a side"),
    "constant": ((5,), "variable 5 of a block is not a leaf with a side"),
    "beyond": ((8,), "variable 8 of a block is not a leaf with a side"),
    "far beyond": ((10**15,), "variable 1000000000000000 of a block is not a leaf"),
    "fixed": ((3,), "leaf 3 is behind a fixed matrix, and cannot be free"),
    "too many rows": ((6,), "leaf 6 is behind a matrix of 3 x 2, and cannot be free"),
    "one of two": ((4, 7), "leaf 7 is behind a matrix of 3 x 2, and cannot be free"),
    "root": ((0,), '"leaves" of .* is 0;'),
}


@pytest.mark.parametrize("name", NO_FREE)
def test_leaves_that_cannot_be_free(name):
    """Each is named, with the reason."""
    leaves, match = NO_FREE[name]
    refused(generic(mixed(), [0, 2], 4, 4, split(free(minor(4), *leaves)), CUT), match)


def test_a_leaf_behind_a_row_cannot_be_free():
    """Behind a matrix of one row there is nothing to choose."""
    build = Build()
    build.sum(1, (build.product(build.input(0, 2), build.sum(2, (build.input(1, 2), "a"))), "o"))
    net = block_of(build.circuit(), [0])
    row = above_part(net, 1, 0)
    with pytest.raises(checker.Refusal, match="leaf 1 is behind a matrix of 1 x 2"):
        free_leaves(row, [1])


GOOD = {"variable": 2, "below": 1, "side": 0, "condition": minor(2), "rest": minor(2)}
NO_GLUE = {
    "root": ({"variable": 0}, '"variable" of .* is 0;'),
    "leaf": ({"variable": 3}, "variable 3 of a block is not an inner variable"),
    "constant": ({"variable": 5}, "variable 5 of a block is not an inner variable"),
    "last": ({"variable": 7}, "variable 7 of a block is not an inner variable"),
    "beyond": ({"variable": 8}, "variable 8 of a block is not an inner variable"),
    "far beyond": ({"variable": 10**15}, "variable 1000000000000000 of a block is not an inner"),
    "no number": ({"variable": "2"}, '"variable" of Glue'),
    "below": ({"below": 2}, '"below" of .* is 2;'),
    "below is true": ({"below": True}, '"below" of Glue'),
    "no side": ({"side": -1}, '"side" of .* is -1;'),
    "no kind": ({"rest": {}}, '"rest" of Glue'),
    "upper rule": ({"condition": {"kind": "TiedCut"}}, "has the kind"),
    "no condition": ({"condition": None}, '"condition" of Glue'),
    "trivial": ({"rest": {"kind": "Trivial"}}, "has the kind"),
    "one more": ({"value": 4}, "Glue"),
}


@pytest.mark.parametrize("name", NO_GLUE)
def test_glue_that_is_no_rule(name):
    """Members are read strictly, and the variable must be an inner one."""
    change, match = NO_GLUE[name]
    rule = {"kind": "Glue", **GOOD, **change}
    refused(generic(mixed(), [0, 2], 4, 4, split(rule), CUT), match)


def test_a_member_that_is_missing():
    """Both kinds have exactly their members."""
    for rule in (glue(**GOOD), free(minor(4), 4)):
        for name in set(rule) - {"kind"}:
            less = {key: value for key, value in rule.items() if key != name}
            not_proved(mixed(), [0, 2], 4, 4, less, rule["kind"])


def test_these_rules_are_about_blocks():
    """They stand in a split, not in its place."""
    for rule in (glue(**GOOD), free(minor(4), 4)):
        not_whole = generic(mixed(), [0, 2], 4, 4, rule, CUT)
        with pytest.raises(checker.Refusal, match="known are"):
            checker.verify(not_whole)


@pytest.mark.soundness
def test_the_statement_has_exactly_the_value():
    """One more or less is refused; so is a rest that proves more than is there."""
    circuit = ht(4, 2, [2, 2], True)
    holds(circuit, [0, 1], 2, 2, glue(2, 1, 0, minor(2), minor(2)))
    not_proved(circuit, [0, 1], 3, 2, glue(2, 1, 0, minor(2), minor(2)), "the rules give 2")
    not_proved(circuit, [0, 1], 1, 2, glue(2, 1, 0, minor(2), minor(2)), "the rules give 2")
    not_proved(circuit, [0, 1], 3, 2, glue(2, 1, 0, minor(2), minor(3)), "size 3 is zero")
    not_proved(circuit, [0, 1], 2, 2, glue(2, 1, 0, minor(1), minor(2)), "gives 1, less than 2 *")
    not_proved(circuit, [0, 1], 2, 2, glue(2, 1, 1, minor(2), minor(2)), "zero|less than")


# --- values ------------------------------------------------------------------------------------


@pytest.mark.soundness
def test_glue_inside_glue_inside_glue():
    """Sixteen locations: leaves and pairs become leaves, then what is above, and free leaves."""
    last = split(
        free(routing((2, 10, 5), (5, 6, 3), (8, 9, 3)), 2, 5, 6, 8, 9),
        dims=[[1, 1], [5, 3], [3, 6], [5, 1]],
    )
    rule = glue(2, 0, 1, minor(18), glue(2, 0, 1, last, minor(12)))
    rule = glue(21, 1, 1, minor(5), rule)
    for v, side in ((23, 1), (22, 1), (20, 1), (7, 0)):
        rule = glue(v, 1, side, minor(4), rule)
    inside = [1, 2, 3, 4, 6, 8]
    circuit = ht(16, 3, [4, 5, 6, 6], True)
    result = holds(circuit, inside, 324, 324, rule)
    assert "free leaves, glue (7 times), routing" in result.text
    holds(circuit, inside, 324, 324, rule, space="simplex")
    rule["rest"]["variable"] = 19
    not_proved(circuit, inside, 324, 324, rule, "variable|matrix|zero|less than")


def pairs_behind_one():
    """Two pairs and an input behind tied matrices, one fixed; an identity and a constant."""
    build = Build()
    x = [build.input(i, 2) for i in range(5)]
    left = build.product(build.sum(3, (x[0], "a")), build.sum(3, (x[1], "a")))
    right = build.product(x[2], build.sum(2, (x[3], "b")), build.constant(2))
    shear = [[1, 2], [0, 1], [1, 1]]
    arms = build.sum(3, (left, "c")), build.sum(3, (right, shear)), build.sum(3, (x[4], "a"))
    build.sum(1, (build.product(*arms), "o"))
    return build.circuit()


def tied_everywhere(path):
    """One matrix on all edges of a tree but the first."""
    return "w0" if path == "w.0" else "w"


CIRCUITS = {
    "shared": ht(4, 2, [2, 3], True),
    "own": ht(4, 3, [2, 3]),
    "half": ht(4, 3, [3, 2], [True, False]),
    "one matrix": tree([[0, 1], [2, 3, 4]], 2, 2, tied_everywhere),
    "three levels": tree([[[0, 1], 2], [3, 4]], 2, (3, (2, 2, 2), 3)),
    "fixed": pairs_behind_one(),
}


def choices(circuit):
    """A block of the circuit for every bipartition, up to exchanging the sides."""
    count = sum(node[1] == "input" for node in circuit["nodes"])
    for bits in itertools.product((0, 1), repeat=count - 1):
        inside = [0, *(i + 1 for i, bit in enumerate(bits) if bit)]
        if len(inside) < count:
            yield block_of(circuit, inside)


@pytest.mark.soundness
@pytest.mark.parametrize("name", CIRCUITS)
def test_glue_gives_the_rank_where_the_part_fills_its_variable(name):
    """At every inner variable, on both sides: exactly the rank, or a refusal."""
    accepted = wrong = 0
    for net in choices(CIRCUITS[name]):
        rank = true_rank(net)
        places = [v for v in range(1, len(net.dim)) if v in net.parent[v + 1 :]]
        for v, below, side in itertools.product(places, (0, 1), (0, 1)):
            part, other = (below_part, above_part) if below else (above_part, below_part)
            most, large = tied_cut(part(net, v, side), None, Meter()), part(net, v, 1 - side)
            filled, left = true_rank(large), true_rank(other(net, v, side))
            rule = glue(v, below, side, minor(filled), minor(left))
            if filled == net.dim[v] * most:
                accepted += 1
                assert value(net, rule) == rank == most * left
                assert value(net, glue(v, below, side, minor(filled), minor(left + 1))) == 0
            else:
                assert value(net, rule) == 0
                wrong += most * left > rank
                assert value(net, glue(v, below, side, minor(filled + 1), minor(left))) == 0
    assert accepted > 0
    assert wrong > 0  # without the condition the rule is false


@pytest.mark.soundness
@pytest.mark.parametrize("name", ["shared", "own", "half", "one matrix", "fixed"])
def test_free_leaves_keep_the_rank(name):
    """Any leaves that may be free, together: the rank is what it was."""
    seen = 0
    for net in choices(CIRCUITS[name]):
        rank = true_rank(net)
        able = [
            v
            for v in range(1, len(net.dim))
            if net.side[v] >= 0 and net.above[v] >= 0 and net.dim[net.parent[v]] <= net.dim[v]
        ]
        for count in range(1, len(able) + 1):
            freed = free_leaves(net, able[-count:])
            assert true_rank(freed) == rank
            assert all(freed.dim[v] == net.dim[net.parent[v]] for v in able[-count:])
            fresh = [freed.above[v] for v in able[-count:]]
            assert len(set(fresh)) == count
            assert not set(fresh) & set(net.above)
            seen += 1
        assert value(net, free(minor(rank), *able)) == rank
        assert value(net, free(minor(rank + 1), *able)) == 0
    assert seen > 0


@pytest.mark.soundness
def test_a_free_leaf_breaks_a_tie():
    """A routing that the tie forbids proves the rank, once a leaf has a matrix of its own."""
    circuit = ht(4, 4, [4], True)  # leaves 2, 3 | 4, 5 of variable 1, all of one matrix
    routes = routing((2, 4, 2), (3, 5, 2))
    assert brute_rank(circuit, [0, 1]) == 4
    not_proved(circuit, [0, 1], 4, 4, routes, "two matrices")
    holds(circuit, [0, 1], 4, 4, free(routes, 2, 4))
    holds(circuit, [0, 1], 4, 4, free(split(routes), 2, 3, 4, 5))


def test_parts_have_the_numbers_of_the_page():
    """Up: root, v, its subtrees, the new leaf. Down: the block's order without what is below v."""
    net = block_of(mixed(), [0, 2])
    up, down = below_part(net, 2, 1), above_part(net, 2, 0)
    assert (up.dim, up.parent, up.side) == (
        [1, 2, 2, 2, 1, 2],
        [-1, 0, 1, 1, 1, 1],
        [-1, -1, 0, 1, -1, 1],
    )
    assert up.above[2:5] == net.above[3:6]
    assert up.above[1] >= 0 <= up.above[5]
    assert len({up.above[1], up.above[5], *net.above}) == 2 + len(set(net.above))
    assert (down.dim, down.parent, down.side) == (
        [1, 3, 2, 2, 2],
        [-1, 0, 1, 1, 1],
        [-1, -1, 0, 0, 1],
    )
    assert down.above == [net.above[v] for v in (0, 1, 2, 6, 7)]


# --- depth -------------------------------------------------------------------------------------


def nested(times, rule, name, last):
    """A rule in its own member of this name, in that of another, ..., and in the end the last."""
    for _ in range(times):
        last = {**rule, name: last}
    return last


def verdict(circuit, inside, rule):
    """Verify that 2 is the rank, by a rule that may be too deep to be copied."""
    data = generic(circuit, inside, 2, 2, split(minor(2)), CUT)
    data["theorems"][0]["proof"]["lower"]["blocks"][0] = rule
    return checker.verify(data)


def test_deep_nesting_ends_in_a_refusal():
    """As deep as the limit is fine; one more, or a great many, is refused."""
    circuit = ht(3, 3, [2])  # variable 1, leaves 2, 3, 4
    freed, glued = free(minor(2), 2), glue(1, 1, 0, minor(2), minor(1))
    assert verdict(circuit, [0], nested(MAX_DEPTH - 2, freed, "rest", minor(2))).lower == 2
    for rule, name in ((freed, "rest"), (glued, "condition")):
        for times in (MAX_DEPTH - 1, MAX_DEPTH, 120):
            with pytest.raises(checker.Refusal, match="nested more than 90 times"):
                verdict(circuit, [0], nested(times, rule, name, minor(2)))
    for rule, name in ((freed, "rest"), (glued, "condition"), (glued, "rest")):
        with pytest.raises(checker.Refusal, match="nested too deeply"):
            verdict(circuit, [0], nested(20_000, rule, name, minor(2)))


def caterpillar(locations):
    """A tree circuit of one long branch."""
    shape = [0, 1]
    for i in range(2, locations):
        shape = [shape, i]
    return tree(shape, 2, 2)


@pytest.mark.soundness
def test_a_long_branch_is_glued_from_its_end():
    """Side I is swallowed leaf by leaf; the limit on nesting ends it."""
    count = 100
    circuit, inside = caterpillar(count), range(count - 1)

    def steps(number):
        """Glue at the last inner variables, from below."""
        rule = minor(2)
        for v in range(count - number, count):
            rule = glue(v, 1, 0, minor(2), rule)
        return rule

    for number in (1, 50, MAX_DEPTH - 2):
        assert verdict(circuit, inside, steps(number)).lower == 2
    with pytest.raises(checker.Refusal, match="nested more than 90 times"):
        verdict(circuit, inside, steps(MAX_DEPTH - 1))
    wrong = steps(50)
    wrong["side"] = 1
    with pytest.raises(checker.Refusal, match="size 2 is zero"):
        verdict(circuit, inside, wrong)
