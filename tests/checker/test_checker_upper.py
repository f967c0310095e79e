"""Upper rules: index recursion, tied cut, bridge, star; with the counterexamples of the theory.

Each counterexample gives the value of a careless rule: a certificate with that value must fail.
"""

from __future__ import annotations

import itertools
import math
from random import Random

import pytest
from certificates.alter import refused
from checker.common import Build, brute_rank, generic, ht, minor, recurrent, tree

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.cut import Cut
from circuitalg.checker.rank.network import blocks, tree_network
from circuitalg.checker.rank.upper import upper_bound
from circuitalg.checker.schema import Subject

CUT = {"kind": "Factor", "blocks": [{"kind": "TiedCut"}]}


def blocks_of(rules):
    """A factor rule with these block rules."""
    return {"kind": "Factor", "blocks": rules}


def upper_of(circuit, inside, rule, output=0):
    """The value of an upper rule, found by asking the checker (statement wrong on purpose)."""
    raw = checker.read_circuit(circuit)
    sides = bytearray(b"\1") * len(raw.dims)
    for place in inside:
        sides[place] = 0
    meter = Meter(use_numpy=False, say=None)
    subject = Subject(raw, sides, output, meter)
    return upper_bound(subject, rule)[0]


def not_proved(circuit, inside, lower, upper, upper_rule, match, lower_rule=None):
    """Demand that these bounds are refused for this reason."""
    refused(generic(circuit, inside, lower, upper, lower_rule, upper_rule), match)


def direct_input():
    """Product of x_0 itself and W x_1."""
    build = Build()
    x = [build.input(i, 3) for i in range(2)]
    build.sum(1, (build.product(x[0], build.sum(3, (x[1], "w"))), "o"))
    return build.circuit()


@pytest.mark.soundness
def test_an_input_below_a_product_counts():
    """III.1: forgotten, the cut costs 1; the true rank is M = 3."""
    circuit = direct_input()
    assert brute_rank(circuit, [0]) == 3
    for rule in (CUT, {"kind": "IndexRecursion"}):
        assert checker.verify(generic(circuit, [0], 3, 3, None, rule)).upper == 3
        not_proved(circuit, [0], 1, 1, rule, "upper bound")


def branches():
    """Three branches of width 1, added."""
    build = Build()
    x = [build.input(i, 3) for i in range(2)]
    arms = [
        build.product(build.sum(1, (x[0], f"a{i}")), build.sum(1, (x[1], f"b{i}")))
        for i in range(3)
    ]
    build.sum(1, *((arm, f"c{i}") for i, arm in enumerate(arms)))
    return build.circuit()


@pytest.mark.soundness
def test_branches_add():
    """U4: a literal cut of three rank-one branches says 1; the true rank is 3."""
    rule = {"kind": "IndexRecursion"}
    assert brute_rank(branches(), [0]) == 3
    assert checker.verify(generic(branches(), [0], 3, 3, None, rule)).upper == 3
    not_proved(branches(), [0], 1, 1, rule, "upper bound")


@pytest.mark.soundness
def test_recurrent_circuits_have_no_upper_rule():
    """III.1: cutting both hidden states would bound the rank by 4; the grid rank at T = 6 is 8."""
    circuit = recurrent(6)
    low = [0, 1, 2]
    for rule in (CUT, {"kind": "IndexRecursion"}):
        not_proved(circuit, low, 4, 4, rule, "not decomposable")


@pytest.mark.soundness
def test_output_index_is_fixed():
    """III.1: the output channel is one, so product(A x_0, B x_1) of width 4 has rank 1."""
    build = Build()
    x = [build.input(i, 4) for i in range(2)]
    build.product(build.sum(4, (x[0], "a")), build.sum(4, (x[1], "b")))
    circuit = build.circuit()
    assert brute_rank(circuit, [0], output=2) == 1
    two = blocks_of([{"kind": "TiedCut"}] * 2)
    split = {"kind": "Split", "dims": None, "blocks": [{"kind": "Routing", "paths": []}] * 2}
    good = generic(circuit, [0], 1, 1, split, two, output=2)
    assert checker.verify(good).upper == 1
    assert checker.verify(generic(circuit, [0], 1, 1)).upper == 1
    not_proved(circuit, [0], 4, 4, two, "upper bound")


SHARED = [
    # circuit, I, careless value, this rule, true rank
    (ht(8, 2, [6, 25, 25], [False, True, True]), [0, 1, 2, 3], 10, 15, 15),
    (ht(4, 2, [4], True), [0, 1], 4, 3, 3),
    (ht(8, 2, [4, 4, 4], [False, True, True]), [0, 1], 3, 4, 4),
    (ht(16, 2, [4, 4], True, window=4), range(0, 16, 2), 256, 81, 81),
    (ht(8, 2, [6, 18], [False, True]), [0, 1, 2, 3], 14, 15, 15),
]


@pytest.mark.soundness
@pytest.mark.parametrize("case", range(len(SHARED)))
def test_tied_cut_counterexamples(case):
    """U2: equality of whole subtrees decides, not a level's flag, and classes count together."""
    circuit, inside, careless, value, rank = SHARED[case]
    assert upper_of(circuit, inside, CUT) == value
    assert checker.verify(generic(circuit, inside, rank, value, None, CUT)).upper == value
    for wrong in (careless, value - 1, value + 1):
        not_proved(circuit, inside, 1, wrong, CUT, "upper bound", minor(1))


def fixed_pair(second):
    """Four inputs; two of them behind fixed matrices that are equal or not."""
    build = Build()
    first = [[1, 2], [3, 5], [7, 11], [13, 17]]
    sums = [
        build.sum(4, (build.input(0, 2), first)),
        build.sum(4, (build.input(1, 2), second)),
        build.sum(4, (build.input(2, 2), "a")),
        build.sum(4, (build.input(3, 2), "b")),
    ]
    build.sum(1, (build.product(*sums), "o"))
    return build.circuit()


@pytest.mark.soundness
def test_fixed_matrices_are_tied_by_their_entries():
    """III.1: one empty name for all fixed matrices gives 3; unequal ones have rank 4."""
    equal = fixed_pair([[1, 2], [3, 5], [7, 11], [13, 17]])
    other = fixed_pair([[1, 3], [2, 5], [7, 1], [1, 17]])
    assert brute_rank(equal, [0, 1]) == 3
    assert brute_rank(other, [0, 1]) == 4
    assert upper_of(equal, [0, 1], CUT) == 3
    assert upper_of(other, [0, 1], CUT) == 4
    not_proved(other, [0, 1], 3, 3, CUT, "upper bound", minor(3))


@pytest.mark.soundness
def test_the_best_members_of_a_tied_group_are_moved():
    """The price C(rho+k-1, k) is paid for the k members that gain most, for the best k."""
    raw = checker.read_circuit(ht(5, 2, [3], True))
    subject = Subject(raw, bytes([0, 1, 0, 1, 0]), 0, Meter())
    ((block, _),) = blocks(tree_network(subject))
    cut = Cut(block, subject.meter)
    (group,) = [kids for kids in cut.kids if len(kids) == 5]
    rho = cut.rho(group[0])
    random = Random(1)
    for _ in range(300):
        for c in group:
            cut.message[c] = random.randint(1, 6), random.randint(1, 6)
        for s in (0, 1):
            least = min(
                math.comb(rho + k - 1, k)
                * math.prod(cut.message[c][1 - s if c in gone else s] for c in group)
                for k in range(6)
                for gone in itertools.combinations(group, k)
            )
            assert cut.moved(group, s) == least


def beside(first, second):
    """Two leaves of side I, each behind a matrix, and a third leaf of width 4; the output fixed."""
    build = Build()
    x = [build.input(i, 2) for i in (0, 1)]
    sums = [build.sum(4, (x[0], first)), build.sum(4, (x[1], second)), build.input(2, 4)]
    build.sum(1, (build.product(*sums), [[1, 1, 1, 1]]))
    return build.circuit()


@pytest.mark.soundness
def test_a_parameter_and_a_fixed_matrix_are_not_tied():
    """Two uses of one matrix give C(2+1, 2) = 3; the first parameter and a fixed one give 4."""
    fixed = [[1, 0], [0, 1], [1, 1], [1, 2]]
    circuits = beside("a", "a"), beside("a", fixed), beside(fixed, "a"), beside("a", "b")
    for circuit, rank in zip(circuits, (3, 4, 4, 4), strict=True):
        assert brute_rank(circuit, [0, 1]) == rank
        assert upper_of(circuit, [0, 1], CUT) == rank
        if rank == 4:
            not_proved(circuit, [0, 1], 3, 3, CUT, "upper bound", minor(3))


def twins(swap, unlike):
    """Two subtrees with four values each, behind one matrix of width 20 over variables of width 8.

    The second may have its children in another order, or another matrix.
    """
    build = Build()

    def half(places, names):
        leaves = zip(places, names, strict=True)
        return build.product(*(build.sum(8, (build.input(i, 2), n)) for i, n in leaves))

    low = half((0, 1), "pq")
    high = half((2, 3), ("qp" if swap else "pq") if not unlike else "pz")
    sums = [build.sum(20, (node, "t")) for node in (low, high)]
    sums += [build.sum(20, (build.input(i, 5), f"u{i}")) for i in (4, 5)]
    build.sum(1, (build.product(*sums), "o"))
    return build.circuit()


@pytest.mark.soundness
def test_classes_ignore_the_order_of_children_but_not_their_matrices():
    """Equal subtrees count together, C(4+1, 2) = 10; unlike ones may not be merged: 16."""
    inside = [0, 1, 2, 3]
    assert upper_of(twins(False, False), inside, CUT) == 10
    assert upper_of(twins(True, False), inside, CUT) == 10
    assert upper_of(twins(False, True), inside, CUT) == 16
    assert brute_rank(twins(True, False), inside) == 10
    assert brute_rank(twins(False, True), inside) == 16
    not_proved(twins(False, True), inside, 10, 10, CUT, "upper bound", minor(10))


BRIDGE = tree([[0, 1, 2], [3, 4, 5]], 3, [2, [5, 0, 0, 0], [5, 0, 0, 0]])
STAR = tree([[0, 1, 2], [3, [4, 5, 6, 7]]], 2, [6, [3, 0, 0, 0], [2, 0, [3, 0, 0, 0, 0]]])


def test_bridge_finds_14():
    """III.6: [[0,1,2],[3,4,5]], M = 3, widths 2; 5, 5, I = {1,2,3}: cut 15, rank 14 = U3."""
    inside = [1, 2, 3]
    assert upper_of(BRIDGE, inside, CUT) == 15
    found = {}
    for v in range(1, 10):
        try:
            found[v] = upper_of(BRIDGE, inside, blocks_of([{"kind": "Bridge", "variable": v}]))
        except checker.Refusal:
            continue
    assert min(found.values()) == 14
    assert all(value >= 14 for value in found.values())
    v = min(found, key=found.__getitem__)
    rule = blocks_of([{"kind": "Bridge", "variable": v}])
    result = checker.verify(generic(BRIDGE, inside, 14, 14, None, rule))
    assert result.lower == result.upper == 14
    assert result.rests_on == ("Schofield 1992",)
    assert "Rests on: Schofield 1992, General representations of quivers" in result.text
    not_proved(BRIDGE, inside, 13, 13, rule, "upper bound", minor(13))


def test_bridge_inside_a_level():
    """III.6: a balanced binary tree with unequal widths inside a level: cut 15, U3 14."""
    circuit = tree(
        [[[0, 1], [2, 3]], [[4, 5], [6, 7]]],
        3,
        [2, [5, [5, 0, 0], [3, 0, 0]], [5, [5, 0, 0], [3, 0, 0]]],
    )
    inside = [0, 1, 6, 7]
    assert upper_of(circuit, inside, CUT) == 15
    values = []
    for v in range(2, 16):
        rule = blocks_of([{"kind": "Bridge", "variable": v}])
        values.append(upper_of(circuit, inside, rule))
    assert min(values) == 14


STARS = [
    # network, I, cut, star
    (STAR, [1, 2, 4, 5, 6], 8, 7),
    (ht(9, 2, [3, 2], False, window=3), [3, 4, 7, 8], 8, 7),
    (
        tree([[0, [1, 2, 3]], [4, 5, 6]], 3, [2, [2, 0, [4, 0, 0, 0]], [4, 0, 0, 0]]),
        [1, 3, 5, 6],
        16,
        14,
    ),
    (
        tree([0, [1, 2, 3], [4, 5, 6]], 3, [3, 0, [5, 0, 0, 0], [5, 0, 0, 0]]),
        [2, 3, 4, 6],
        25,
        24,
    ),
]


def star_values(circuit, inside):
    """All values of the star rule, by variable and side."""
    found = {}
    raw = checker.read_circuit(circuit)
    for v in range(1, len(raw.names)):
        for side in (0, 1):
            rule = blocks_of([{"kind": "Star", "variable": v, "side": side}])
            try:
                found[v, side] = upper_of(circuit, inside, rule)
            except checker.Refusal:
                continue
    return found


@pytest.mark.soundness
@pytest.mark.parametrize("case", range(len(STARS)))
def test_star_cases(case):
    """III.6 and the known case: the star is below the cut and equals the rank."""
    circuit, inside, cut, value = STARS[case]
    found = star_values(circuit, inside)
    assert upper_of(circuit, inside, CUT) == cut
    assert min(found.values()) == value
    (v, side) = min(found, key=found.__getitem__)
    rule = blocks_of([{"kind": "Star", "variable": v, "side": side}])
    result = checker.verify(generic(circuit, inside, value, value, None, rule))
    assert result.lower == result.upper == value
    assert result.rests_on == ("Schofield 1992",)
    not_proved(circuit, inside, value - 1, value - 1, rule, "upper bound", minor(value - 1))


def test_blocks_multiply():
    """Width 1 inside cuts the network: equal blocks are counted, values multiply."""
    circuit = ht(8, 3, [2, 1, 1], False)
    rule = blocks_of([{"kind": "TiedCut"}] * 2)
    assert upper_of(circuit, range(0, 8, 2), rule) == 2**4
    assert brute_rank(ht(4, 3, [2, 1], False), [0, 2]) == 4


def test_equal_blocks_are_one_kind_whatever_their_matrices_are_called():
    """Two factors of the output, each with matrices of its own, the first parameter among them."""
    build = Build()
    sides = []
    for k in (0, 2):
        leaves = [build.sum(2, (build.input(k + i, 2), f"w{k + i}")) for i in (0, 1)]
        sides.append(build.sum(1, (build.product(*leaves), f"v{k}")))
    build.product(*sides)
    assert upper_of(build.circuit(), [0, 2], blocks_of([{"kind": "TiedCut"}])) == 4


@pytest.mark.soundness
def test_blocks_with_swapped_sides_are_other_blocks():
    """A block's form contains the leaves' sides: one rule for two unlike blocks is refused."""
    circuit = ht(4, 3, [2, 1], False)
    two = blocks_of([{"kind": "TiedCut"}] * 2)
    three = blocks_of([{"kind": "TiedCut"}] * 3)
    assert upper_of(circuit, [0, 2], two) == 4
    with pytest.raises(checker.Refusal, match="3 kinds of blocks"):
        upper_of(circuit, [0, 3], two)
    assert upper_of(circuit, [0, 3], three) == 4


def test_products_and_inputs_as_outputs():
    """At an output that is a product, an input is seen in one coordinate; an input is no output."""
    build = Build()
    build.product(build.input(0, 3), build.sum(3, (build.input(1, 3), "a")))
    circuit = build.circuit()
    assert brute_rank(circuit, [0], output=1) == 1
    assert upper_of(circuit, [0], blocks_of([{"kind": "TiedCut"}] * 2), output=1) == 1
    build = Build()
    build.input(0, 2)
    with pytest.raises(checker.Refusal, match="must be a sum or a product"):
        upper_of(build.circuit(), [0], CUT)
