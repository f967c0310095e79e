"""The dimension count (L11): values, careless forms, refusals, against written-out matrices."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from certificates.alter import refused
from checker.block_helpers import CUT, block_of, network_of, split, true_rank, value
from checker.common import Build, brute_rank, generic, ht

from circuitalg import checker
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.cut import tied_cut
from circuitalg.checker.rank.network import blocks
from circuitalg.checker.rank.span import Count

SPAN = {"kind": "Span"}


def pair(left, right, up="c", last="d", dims=(2, 2, 5), width=4):
    """Inputs 0 and 1 behind these matrices into one product; that and input 2 into another."""
    build = Build()
    x = [build.input(i, d) for i, d in enumerate(dims)]
    below = build.product(build.sum(width, (x[0], left)), build.sum(width, (x[1], right)))
    top = build.product(build.sum(4, (below, up)), build.sum(4, (x[2], last)))
    build.sum(1, (top, "o"))
    return build.circuit()


SPREAD = [[1, 0], [1, 0], [0, 1], [0, 1]], [[1, 0], [0, 1], [1, 0], [0, 1]]
TWICE = SPREAD[0], [[1, 0], [0, 1], [1, 0], [1, 0]]
DOUBLED = [[1, 0], [2, 0], [0, 1], [0, 1]], SPREAD[1]
FEWER = SPREAD[0][:3], SPREAD[1][:3]
APART = [[1, 0], [0, 1], [0, 0], [0, 0]], [[0, 0], [0, 0], [1, 0], [0, 1]]
EYE = [[int(i == j) for j in range(4)] for i in range(4)]
GOOD = {  # circuit, the location that is alone, the value, the rank
    "parameters": (pair("a", "b"), 2, 4, 4),
    "cut at the width": (pair("a", "b", width=3), 2, 3, 3),
    "spread": (pair(*SPREAD), 2, 4, 4),
    "spread, and a tied core above": (pair(*SPREAD, last="c", dims=(2, 2, 4)), 2, 4, 4),
    "spread, and a core of three legs": (pair(*SPREAD, dims=(2, 2, 2)), 0, 2, 2),
    "fixed, of rank 2": (pair([[0, 0, 1], [3, 0, 0]], "a", width=2, dims=(3, 3, 5)), 2, 2, 2),
    "fixed, beside a parameter": (pair(APART[0], "a"), 2, 2, 2),
    "fixed, once above": (pair("a", "b", EYE), 2, 4, 4),
    "tied elsewhere": (pair("a", "b", last="b", dims=(3, 3, 3)), 2, 2, 3),
    "three in one product": (ht(3, 2, [6], False), 0, 2, 2),
}
BAD = {
    "two leaves behind one matrix": (pair("a", "a"), 2, 3, "cannot count the products"),
    "fixed matrices apart": (pair(*APART), 2, 0, "cannot count the products"),
    "one tuple twice": (pair(*TWICE), 2, 3, "cannot count the products"),
    "not every tuple": (pair(*FEWER, width=3), 2, 3, "cannot count the products"),
    "an entry 2": (pair(*DOUBLED), 2, 4, "cannot count the products"),
    "a tied core": (pair(*SPREAD, last="c", dims=(2, 2, 4)), 0, 2, "a parameter of its own"),
    "a fixed core": (pair(*SPREAD, EYE, dims=(2, 2, 4)), 0, 2, "a parameter of its own"),
    "two entries in a row": (pair([[1, 1]] * 4, "b"), 2, 2, "behind the fixed matrix"),
    "nothing is sure": (pair("a", "b", [[0] * 4] * 4), 2, 0, "finds nothing that is sure"),
}


@pytest.mark.soundness
@pytest.mark.parametrize("name", GOOD)
def test_the_value_is_the_dimension_that_the_page_counts(name):
    """It is at most the rank, and is accepted exactly."""
    circuit, place, count, rank = GOOD[name]
    net = block_of(circuit, [place])
    upper = tied_cut(net, None, Meter())
    assert brute_rank(circuit, [place]) == true_rank(net) == rank >= count
    result = checker.verify(generic(circuit, [place], count, upper, split(SPAN), CUT))
    assert (result.lower, result.upper) == (count, upper)
    more = generic(circuit, [place], count + 1, upper, split(SPAN), CUT)
    refused(more, f"the rules give {count}")


@pytest.mark.soundness
@pytest.mark.parametrize("name", BAD)
def test_where_the_count_would_be_false_it_stops(name):
    """Tied or fixed matrices below a product, cores that are not free, matrices that lose more."""
    circuit, place, rank, match = BAD[name]
    upper = tied_cut(block_of(circuit, [place]), None, Meter())
    assert brute_rank(circuit, [place]) == rank
    for claim in {rank, upper} - {0}:
        refused(generic(circuit, [place], claim, upper, split(SPAN), CUT), match)


def test_the_block_must_have_a_leaf_that_is_alone():
    """Two leaves on each side, or all on one side."""
    circuit = ht(4, 2, [4])
    refused(generic(circuit, [0, 1], 4, 4, split(SPAN), CUT), "a leaf that stands alone")
    assert value(block_of(circuit, [0, 1, 2, 3]), SPAN) == 0
    assert value(block_of(circuit, [2]), SPAN) == value(block_of(circuit, [0, 1, 3]), SPAN) == 2


def test_it_has_no_members_and_stands_in_blocks():
    """A further member is refused, and so is the rule in the place of a split."""
    circuit = pair("a", "b")
    refused(generic(circuit, [2], 4, 4, split({**SPAN, "size": 4}), CUT), "Span")
    with pytest.raises(checker.Refusal, match="known are"):
        checker.verify(generic(circuit, [2], 4, 4, SPAN, CUT))


def train(sites):
    """A tensor train that collects inputs of dimension 2, with full bonds, and ends in a leaf."""
    build = Build()
    held, bond = build.input(0, 2), 2
    for site in range(1, sites):
        old = [[int(r // 2 == j) for j in range(bond)] for r in range(2 * bond)]
        new = [[int(r % 2 == j) for j in range(2)] for r in range(2 * bond)]
        bond *= 2
        joined = build.sum(bond, (held, old)), build.sum(bond, (build.input(site, 2), new))
        held = build.sum(bond, (build.product(*joined), f"core{site}"))
    last = build.sum(bond, (build.input(sites, bond), "last"))
    build.sum(1, (build.product(held, last), "o"))
    return build.circuit(), bond


@pytest.mark.soundness
def test_a_large_bond_is_full_at_once():
    """A bond of 512 needs no minor; the same at the other end of the train."""
    circuit, bond = train(9)
    result = checker.verify(generic(circuit, [9], bond, bond, split(SPAN), CUT))
    assert bond == result.lower == result.upper == 512
    assert "blocks: span" in result.text
    assert checker.verify(generic(circuit, [0], 2, 2, split(SPAN), CUT)).lower == 2


def test_large_identities_are_not_written_out():
    """Identities of a million channels cost what their rows do; many of them are refused soon."""
    wide = 10**6
    build = Build()
    build.sum(1, (build.product(build.input(0, wide), build.input(1, wide)), "o"))
    assert value(block_of(build.circuit(), [0]), SPAN) == wide
    build = Build()
    x = build.input(0, wide)
    for k in range(1, 60):
        x = build.sum(wide - k, (build.product(x), f"a{k}"))
        x = build.product(x, build.input(k, wide - k))
    build.sum(1, (x, "o"))
    start = time.monotonic()
    rules = generic(build.circuit(), [0], 1, wide - 1, split(SPAN), CUT)
    with pytest.raises(checker.Refusal, match="more arithmetic than the checker's limit"):
        checker.verify(rules)
    assert time.monotonic() - start < 60


# --- random networks ---------------------------------------------------------------------------


def random_network(rng, places, tie):
    """A tree of products with parameters, tied at random, fixed matrices and spread channels."""
    build, names = Build(), {}

    def parameter(rows, columns):
        known = names.setdefault((rows, columns), [])
        if not known or rng.random() >= tie:
            known.append(f"p{rows}x{columns}.{len(known)}")
        return rng.choice(known)

    def fixed(rows, columns):
        matrix = [[0] * columns for _ in range(rows)]
        for row in matrix:
            for _ in range(rng.choice((0, 1, 1, 1, 1, 2))):
                row[rng.randrange(columns)] = rng.choice((1, 1, 2))
        return matrix

    def below(part):
        if len(part) == 1:
            width = rng.choice((2, 2, 2, 4, 5))
            return build.input(part[0], width), width
        cuts = sorted(rng.sample(range(1, len(part)), min(len(part), rng.choice((2, 2, 3))) - 1))
        kids = [below(part[a:b]) for a, b in itertools.pairwise([0, *cuts, len(part)])]
        full, nodes = 1, []
        for _, width in kids:
            full *= width
        spread = full <= 36 and rng.random() < 0.4
        own = full if spread else rng.choice((2, 4, 4, 5))
        for child, width in kids:
            full //= width
            tuples = [[int(r // full % width == j) for j in range(width)] for r in range(own)]
            what = tuples if spread else parameter(own, width)
            what = fixed(own, width) if not spread and rng.random() < 0.15 else what
            nodes.append(build.sum(own, (child, what)))
        nodes += [build.constant(own)] if rng.random() < 0.1 else []
        node = build.product(*nodes)
        if rng.random() < 0.3:
            wide = rng.choice((2, 3, 4))
            return build.sum(wide, (node, parameter(wide, own))), wide
        return node, own

    top, width = below(rng.sample(range(places), places))
    build.sum(1, (top, parameter(1, width)))
    return build.circuit()


def counted(seeds):
    """Count how often the rule gives the rank, less, too much; and nothing."""
    found = {"rank": 0, "less": 0, "false": 0, "refused": 0}
    for seed in seeds:
        rng = random.Random(seed)
        places = rng.choice((3, 4, 5))
        circuit = random_network(rng, places, rng.choice((0, 0.5, 0.95)))
        for net, _ in blocks(network_of(circuit, [rng.randrange(places)])):
            if max(net.side) >= 0:
                count, rank = value(net, SPAN), true_rank(net)
                order = ("less", "rank", "false")[(count >= rank) + (count > rank)]
                found[order if count else "refused"] += 1
    return found


@pytest.mark.soundness
def test_random_networks_never_have_a_smaller_rank():
    """Against the ranks of written-out matrices; most values are the ranks."""
    found = counted(range(400))
    assert found["false"] == 0
    assert found["rank"] > 100
    assert 0 < found["less"] < found["rank"]
    assert found["refused"] > 0


@pytest.mark.soundness
def test_a_count_that_took_every_parameter_for_free_would_be_false(monkeypatch):
    """The same networks show it."""
    monkeypatch.setattr(Count, "fresh", lambda self, v: v > 0 and self.net.above[v] >= 0)
    assert counted(range(400))["false"] > 0
