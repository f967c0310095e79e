"""Sharpened recursions: shared spaces (U8) and trees below a node, against explicit spans."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from certificates.alter import refused
from checker.common import Build, brute_rank, generic, minor, rank_at, rank_mod, tree

from circuitalg import checker
from circuitalg.checker.circuit import check_scopes
from circuitalg.checker.meter import Meter
from circuitalg.checker.rank.spaces import NodeBounds, products, sides_below
from circuitalg.checker.rank.upper import index_recursion, upper_bound
from circuitalg.checker.schema import Subject

PRIME = (1 << 31) - 1
RECURSION = {"kind": "IndexRecursion"}


def subject_of(circuit, inside):
    """A circuit and a bipartition as the rules see them."""
    raw = checker.read_circuit(circuit)
    check_scopes(raw, Meter())
    return Subject(raw, bytes(int(i not in inside) for i in range(len(raw.dims))), 0, Meter())


def upper_of(circuit, inside, rule):
    """The value of an upper rule."""
    return upper_bound(subject_of(circuit, inside), rule)[0]


def sharpened(*entries):
    """A sharpened recursion with these bounds of nodes."""
    return {"kind": "Sharpened", "at": list(entries)}


def spaces(node, side, *unfolded):
    """A bound by shared spaces."""
    return {"kind": "Spaces", "node": node, "side": side, "unfolded": list(unfolded)}


def below(node, side, *blocks):
    """A bound by the tree below a node."""
    return {"kind": "Below", "node": node, "side": side, "blocks": list(blocks)}


def not_proved(circuit, inside, value, rule, match):
    """Demand that an upper bound is refused for this reason."""
    refused(generic(circuit, inside, 1, value, minor(1), rule), match)


INSIDE = [0, 1, 2, 4]


def mixture(partners=1):
    """A block of four locations that two branches use, each with location 4 beside it.

    Both read location 4 (of 4 channels) through one sum of two channels, or each through its own.
    """
    build = Build()
    x = [build.input(i, dim) for i, dim in enumerate((2, 2, 2, 3, 4, 3, 3))]
    block = build.product(*(build.sum(4, (x[i], f"b{i}")) for i in range(4)))
    narrow = [build.sum(2, (x[4], f"n{k}")) for k in range(partners)]
    branches = []
    for k in range(2):
        parts = [block, narrow[k % partners], x[5], x[6]]
        sums = [build.sum(8, (part, f"m{k}.{i}")) for i, part in enumerate(parts)]
        branches.append(build.product(*sums))
    build.sum(1, *((branch, f"o{k}") for k, branch in enumerate(branches)))
    return build.circuit()


def opened(circuit):
    """The branches of a mixture and their sums: all inner nodes above the narrow ones."""
    last = len(circuit["nodes"]) - 1
    return range(last - 10, last)


@pytest.mark.soundness
def test_a_shared_block_counts_once():
    """Both branches lie in E(block) (x) E(narrow), 4 times 2; the index recursion adds 8 and 8."""
    circuit = mixture()
    last = len(circuit["nodes"]) - 1
    rule = sharpened(spaces(last, 1, *opened(circuit)))
    assert brute_rank(circuit, INSIDE) == 8
    assert upper_of(circuit, INSIDE, RECURSION) == 16
    verdict = checker.verify(generic(circuit, INSIDE, 8, 8, None, rule))
    assert verdict.upper == 8
    assert "index recursion, sharpened by shared spaces" in verdict.text
    assert "nothing beyond linear algebra" in verdict.text
    not_proved(circuit, INSIDE, 7, rule, "the rules give 8")
    assert upper_of(circuit, INSIDE, sharpened(spaces(last, 1))) == 16  # the branches are atoms
    assert upper_of(circuit, INSIDE, sharpened(spaces(last, 0, *opened(circuit)))) == 16
    outside = [i for i in range(7) if i not in INSIDE]
    assert upper_of(circuit, outside, sharpened(spaces(last, 0, *opened(circuit)))) == 8


@pytest.mark.soundness
def test_a_block_with_two_partners_counts_twice():
    """Counted once, a block with different partners would be given 8; the rank is 16."""
    circuit = mixture(partners=2)
    rule = sharpened(spaces(len(circuit["nodes"]) - 1, 1, *opened(circuit)))
    assert brute_rank(circuit, INSIDE) == 16
    assert upper_of(circuit, INSIDE, rule) == 16
    not_proved(circuit, INSIDE, 8, rule, "the rules give 16")


def test_weights_of_a_statement_have_sharpened_bounds():
    """The rule holds for all weights, so also for those of a statement."""
    build = Build()
    x = [build.input(i, 2) for i in range(3)]
    pair = build.product(*(build.sum(2, (x[i], "a")) for i in (0, 1)))
    arms = [
        build.product(build.sum(1, (pair, f"b{k}")), build.sum(1, (x[2], f"c{k}")))
        for k in range(3)
    ]
    build.sum(1, *((arm, f"d{k}") for k, arm in enumerate(arms)))
    circuit = build.circuit()
    weights = {"a": [[1, 2], [3, 4]]}
    for k in range(3):
        weights |= {f"b{k}": [[k, 1]], f"c{k}": [[1, k]], f"d{k}": [[1]]}
    rule = sharpened(spaces(len(circuit["nodes"]) - 1, 1, *range(6, 15)))
    data = rank_at(circuit, [0, 1], weights, 2, 2, rule)
    assert checker.verify(data).upper == 2
    assert upper_of(circuit, [0, 1], rule) == 2


def refusals():
    """What is wrong with each of these rules about the mixture, whose output is node 23."""
    branch, last = range(13, 23), 23
    whole = spaces(last, 1, *branch)
    tied = below(8, 0, {"kind": "TiedCut"})
    return {
        "no bounds": [],
        "in increasing order of node": [spaces(last, 1), spaces(last, 0)],
        "none twice": [whole, whole],
        "order of node, side and kind": [tied, spaces(8, 0)],
        "node number 24 is not": [spaces(24, 1)],
        "node number 4 is not": [spaces(4, 1)],
        "node number 6 is not": [below(6, 1)],
        "node number 0 is not": [spaces(last, 1, 0, *branch)],
        "must be in increasing order, below": [spaces(last, 1, 14, 13, *branch[2:])],
        "unfolded nodes must be in increasing order": [spaces(last, 1, 13, 13)],
        "order, below the node": [spaces(17, 1, 13, 14, 15, 16, 18)],
        "node number 13 is unfolded, but": [spaces(last, 1, 13)],
        "node number 12 is unfolded, but": [spaces(last, 1, 12, 17, 22)],
        "node number 7 is unfolded, but": [spaces(10, 0, 7)],
        "the output is not bounded": [below(last, 1)],
        "node number 7 has all its locations": [below(7, 0)],
        "a factor rule has": [below(12, 1)],
    }


@pytest.mark.soundness
@pytest.mark.parametrize("match", list(refusals()))
def test_bounds_of_nodes_that_are_refused(match):
    """Entries out of order, nodes that are not needed or not there, trees that are none."""
    circuit = mixture()
    assert len(circuit["nodes"]) == 24
    not_proved(circuit, INSIDE, 8, sharpened(*refusals()[match]), match)


def beside(shape, dim, widths, mixed=False):
    """A tree, and beside it one product of the same locations; perhaps the tree has it, too."""
    data = tree(shape, dim, widths)
    build = Build()
    build.nodes, build.parameters = data["nodes"][:-1], data["parameters"][:-1]
    build.numbers = {name: i for i, name in enumerate(build.parameters)}
    root = len(build.nodes) - 1
    inputs = [i for i, node in enumerate(build.nodes) if node[1] == "input"]
    product = build.product(*(build.sum(1, (i, f"x{i}")) for i in inputs))
    inner = build.sum(1, (root, "top"), *[(product, "other")] * mixed)
    build.sum(1, (inner, "a"), (product, "b"))
    return build.circuit(), inner


@pytest.mark.soundness
def test_the_rules_for_trees_bound_a_node():
    """A bridge gives 14 below one branch of a mixture, where the cut and the recursion give 15."""
    shape, inside = [[0, 1, 2], [3, 4, 5]], [1, 2, 3]
    circuit, node = beside(shape, 3, (2, 5, 5))
    assert brute_rank(circuit, inside) == 15
    assert upper_of(circuit, inside, RECURSION) == 16
    cut = {"kind": "TiedCut"}  # also of the two blocks at the node's one channel
    bridges = [{"kind": "Bridge", "variable": v} for v in range(2, 10)]
    for side in (0, 1):
        rules = [sharpened(below(node, side, cut, rule, cut)) for rule in (cut, *bridges)]
        assert [upper_of(circuit, inside, r) for r in rules] == [16, 15, *[16] * 3, 15, *[16] * 3]
    rule = sharpened(below(node, 0, cut, bridges[0], cut))
    verdict = checker.verify(generic(circuit, inside, 15, 15, None, rule))
    assert "sharpened by a tree" in verdict.text
    assert verdict.rests_on == ("Schofield 1992",)
    not_proved(circuit, inside, 14, rule, "the rules give 15")
    mixed, node = beside(shape, 3, (2, 5, 5), mixed=True)
    not_proved(mixed, inside, 15, sharpened(below(node, 0, cut, cut, cut)), "is not a tree circuit")


def random_network(rng, places):
    """A random decomposable network in which nodes are used again and again."""
    build = Build()
    dims = [rng.choice((1, 2, 2, 3)) for _ in range(places)]
    pool = {(i,): [build.input(i, dim)] for i, dim in enumerate(dims)}

    def node(scope):
        known = pool.setdefault(scope, [])
        if known and rng.random() < 0.6:
            return rng.choice(known)
        terms = sorted({pool[scope][0] if len(scope) == 1 else product(scope) for _ in "ab"})
        width = rng.randint(1, 3)
        known.append(build.sum(width, *((t, f"w{len(build.nodes)}.{t}") for t in terms)))
        return known[-1]

    def product(scope):
        cut = rng.randint(1, len(scope) - 1)
        mixed = rng.sample(scope, len(scope))
        width = rng.randint(1, 3)
        parts = [node(tuple(sorted(part))) for part in (mixed[:cut], mixed[cut:])]
        sums = [build.sum(width, (c, f"v{len(build.nodes)}.{c}")) for c in parts]
        return build.product(*sums)

    whole = tuple(range(places))
    terms = [product(whole), product(whole)]
    build.sum(1, *((t, f"o{t}") for t in terms))
    return pruned(build)


def pruned(build):
    """The circuit without nodes that nothing reads."""
    last = len(build.nodes) - 1
    used = {last}
    for i in range(last, -1, -1):
        if i in used and build.nodes[i][1] in ("sum", "product"):
            used.update(build.nodes[i][3])
    number = {n: i for i, n in enumerate(sorted(used))}
    found = Build()
    for n in sorted(used):
        name, kind, width, *rest = build.nodes[n]
        if kind == "sum":
            children, refs = rest
            names = [build.parameters[r] for r in refs]
            rest = [[number[c] for c in children], [found.ref(x) for x in names]]
        elif kind == "product":
            rest = [[number[c] for c in rest[0]]]
        found.nodes.append([name, kind, width, *rest])
    return found.circuit()


def spans(circuit, sides, t, rng):
    """For each node a basis of its span over side t: functions of the values of t's locations.

    A function is a dictionary from assignments (sorted pairs of location and value) to numbers.
    """
    tensors = []  # by node: a list of channels, each from assignments of all locations to numbers
    weights = {}
    for _, kind, width, *rest in circuit["nodes"]:
        if kind == "input":
            place = rest[0]
            channels = [{((place, c),): 1} for c in range(width)]
        elif kind == "product":
            channels = [{(): 1} for _ in range(width)]
            for c in rest[0]:
                channels = [
                    {
                        tuple(sorted(a + b)): x * y % PRIME
                        for a, x in left.items()
                        for b, y in right.items()
                    }
                    for left, right in zip(channels, tensors[c], strict=True)
                ]
        else:
            channels = [{} for _ in range(width)]
            for c, ref in zip(*rest, strict=True):
                for row, channel in enumerate(channels):
                    for column, below_it in enumerate(tensors[c]):
                        w = weights.setdefault((ref, row, column), rng.randrange(PRIME))
                        for key, value in below_it.items():
                            channel[key] = (channel.get(key, 0) + w * value) % PRIME
        tensors.append(channels)
    found = []
    for channels in tensors:
        functions = {}
        for number, channel in enumerate(channels):
            for key, value in channel.items():
                own = tuple(pair for pair in key if sides[pair[0]] == t)
                other = tuple(pair for pair in key if sides[pair[0]] != t)
                functions.setdefault((number, other), {})[own] = value
        found.append(basis(list(functions.values())))
    return found


def rank(functions):
    """The dimension of a span."""
    keys = sorted({key for function in functions for key in function})
    return rank_mod([[function.get(key, 0) for key in keys] for function in functions], PRIME)


def basis(functions):
    """Some of the functions that span as much."""
    found = []
    for function in functions:
        if rank([*found, function]) > len(found):
            found.append(function)
    return found


def times(left, right):
    """The tensor product of two spans over different locations."""
    return [
        {tuple(sorted(a + b)): x * y % PRIME for a, x in f.items() for b, y in g.items()}
        for f in left
        for g in right
    ]


def expanded(circuit, touched, node, unfolded):
    """The products of a node by writing all of them out, children's choice by choice."""
    kind, children = circuit["nodes"][node][1], circuit["nodes"][node][3]

    def choices(n):
        if n not in touched:
            return [frozenset()]
        return expanded(circuit, touched, n, unfolded) if n in unfolded else [frozenset([n])]

    if node not in touched:
        return {frozenset()}
    if kind == "sum":
        return {product for c in children for product in choices(c)}
    return {frozenset().union(*parts) for parts in itertools.product(*map(choices, children))}


def test_spans_lie_in_the_sum_of_products():
    """For random networks and unfoldings: the products are those written out, the spans lie in
    their explicit sum, and the bound is between that sum's dimension and the recursion's.
    """
    rng = random.Random(3)
    met = 0
    for _ in range(60):
        count = rng.randint(3, 4)
        circuit = random_network(rng, count)
        inside = [0, *(i for i in range(1, count - 1) if rng.random() < 0.5)]
        subject = subject_of(circuit, inside)
        t = rng.randint(0, 1)
        inner = [i for i, node in enumerate(circuit["nodes"]) if node[1] in ("sum", "product")]
        touched = {i for i, mask in enumerate(sides_below(subject)) if mask >> t & 1}
        node = rng.choice([i for i in inner if i in touched])
        unfolded, todo = set(), [node]
        while todo:
            for c in circuit["nodes"][todo.pop()][3]:
                if c in inner and c not in unfolded and rng.random() < 0.8:
                    unfolded.add(c)
                    todo += [c] if c in touched else []
        entry = spaces(node, 1 - t, *sorted(unfolded))
        found = products(subject, entry, sides_below(subject))
        assert found == expanded(circuit, touched, node, unfolded)
        spanned = spans(circuit, subject.sides, t, rng)
        total = []
        for product in found:
            part = [{(): 1}]
            for a in product:
                part = times(part, spanned[a])
            total += part
        assert rank(spanned[node]) == len(spanned[node])
        assert rank([*total, *spanned[node]]) == rank(total)
        sharper = NodeBounds(subject, [entry], lambda *_: 0)
        value = index_recursion(subject, sharper)
        bound = sharper.spaces(entry)
        assert rank(total) <= bound
        assert len(spanned[-1]) <= value <= upper_of(circuit, inside, RECURSION)
        met += len(spanned[node]) == bound
    assert met > 20


def layers(depth, width=2):
    """A product of sums, each of two nodes over one location; and the sums and the product."""
    build = Build()
    sums = []
    for i in range(depth):
        x = build.input(i, 2)
        arms = [build.sum(1, (x, f"a{i}.{k}")) for k in range(width)]
        sums.append(build.sum(1, *((arm, f"b{i}.{k}") for k, arm in enumerate(arms))))
    top = build.product(*sums)
    return build, sums, top


def test_too_many_products_are_refused():
    """2^10 products are counted, 2^11 refused; so are more than 100,000 factors of 1,024."""
    for depth, more in ((10, 0), (11, 0), (10, 100)):
        build, sums, top = layers(depth)
        if more:
            rest = [build.sum(1, (build.input(depth + i, 2), f"c{i}")) for i in range(more)]
            sums, top = [*sums, top], build.product(top, *rest)
        end = build.sum(1, (top, "out"))
        circuit = build.circuit()
        rule = sharpened(spaces(end, 1, *sums, top))
        if depth == 10 and not more:
            assert upper_of(circuit, range(depth - 1), rule) == 1
        else:
            begun = time.process_time()
            with pytest.raises(checker.Refusal, match="more than 2000 products, or 100000"):
                upper_of(circuit, range(depth + more), sharpened(spaces(top, 1, *sums)))
            assert time.process_time() - begun < 20
