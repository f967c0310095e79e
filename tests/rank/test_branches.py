"""Circuits that are no trees: branches, added branches, spaces that count once, trees below."""

import itertools
import random
import re

import brute
import pytest
from brute import expect
from certificates.alter import altered, both_accept, checker_says, kernel_says, put
from rank_helpers import PRIME, proved

import circuitalg as ca
from circuitalg.errors import RuleError, StructureError
from circuitalg.kernel import rules
from circuitalg.kernel.rank import subcircuits
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.terms import (
    Added,
    Bounds,
    Branches,
    IndexRecursion,
    Minor,
    Part,
    Sharpened,
    Spaces,
    rules_used,
)
from circuitalg.kernel.rank.values import lower_value, upper_value

pytestmark = pytest.mark.soundness

TRIPLES = list(itertools.product(range(2), repeat=3))


def question(circuit, rows):
    """The question about these rows."""
    return Question(circuit, ca.Bipartition.of(rows, circuit.num_locations))


def read(b, width, *nodes):
    """A sum of its own above each node."""
    return [b.sum(node, width=width) for node in nodes]


def binary(b, leaves, width):
    """A balanced binary tree over these nodes, its top a product."""
    level = read(b, width, *leaves)
    while len(level) > 2:
        pairs = [b.product(*level[k : k + 2]) for k in range(0, len(level), 2)]
        level = read(b, width, *pairs)
    return b.product(*level)


def trees(count, dim, width, orders):
    """A sum of balanced binary trees over the locations in these orders."""
    b = ca.CircuitBuilder(count, dim)
    return b.build(b.sum(*(binary(b, [b.input(i) for i in o], width) for o in orders), width=1))


def shuffled(count, seed, repetitions):
    """Orders of random trees."""
    draw = random.Random(seed)
    return [draw.sample(range(count), count) for _ in range(repetitions)]


def block_in_two_branches(last=4):
    """A block over four locations, multiplied with the others in two different orders."""
    b = ca.CircuitBuilder(7, [2, 2, 2, 2, 2, last, last])
    x = [b.input(i) for i in range(7)]
    low = b.product(*read(b, 2, x[0], x[1]))
    block = b.product(*read(b, 4, low, b.product(*read(b, 4, x[2], x[3]))))
    tops = []
    for first, second in ((4, 5), (5, 4)):
        inner = b.product(*read(b, 4, x[second], x[6]))
        rest = b.product(*read(b, 4, x[first], inner))
        tops.append(b.product(*read(b, 4, block, rest)))
    return b.build(b.sum(*tops, width=1))


def quad_graph(side, dim, width):
    """Cells of a square grid merged two by two, rows first and columns first, until one is left."""
    b = ca.CircuitBuilder(side * side, dim)
    grid = [read(b, width, *(b.input(side * r + c) for c in range(side))) for r in range(side)]
    while len(grid) > 1:
        top, size = 1 if len(grid) == 2 else width, range(0, len(grid), 2)
        grid = [[merged(b, grid, r, c, top, width) for c in size] for r in size]
    return b.build(grid[0][0])


def merged(b, grid, row, column, top, width):
    """Up to four cells: a product of rows, and one of columns."""
    cells = [cells[column : column + 2] for cells in grid[row : row + 2]]
    if len(cells) == len(cells[0]) == 1:
        return cells[0][0]
    if 1 in (len(cells), len(cells[0])):
        return b.sum(b.product(*itertools.chain(*cells)), width=top)
    ways = (cells, list(zip(*cells, strict=True)))
    tops = [b.product(*read(b, width, *(b.product(*group) for group in way))) for way in ways]
    return b.sum(*tops, width=top)


def ring(sites, dim):
    """A periodic matrix product state of bond 2, the same tensor at every site."""
    b, pairs = ca.CircuitBuilder(sites, dim), range(4)
    chain = b.sum(b.input(0), width=4, parameter="A")  # channels (s, b)
    left = [[int(p == 2 * s + t) for p in pairs] for s, t, _ in TRIPLES]
    right = [[int(p == 2 * t + c) for p in pairs] for _, t, c in TRIPLES]
    close = [[int(2 * s + c == p) for s, _, c in TRIPLES] for p in pairs]
    for site in range(1, sites):
        tensor = b.sum(b.input(site), width=4, parameter="A")
        joined = b.product(b.sum(chain, matrix=left), b.sum(tensor, matrix=right))
        chain = b.sum(joined, matrix=close)
    return b.build(b.sum(chain, matrix=[[1, 0, 0, 1]]))


@pytest.mark.parametrize("count", [16, 32])
def test_two_trees_have_what_one_has(count):
    """Odd and even: one of two different balanced binary trees alone reaches every column."""
    orders = [list(range(count)), [*range(0, count, 2), *range(1, count, 2)]]
    said = ca.prove_rank(trees(count, 3, 3, orders), "odd-even").statement
    expect((said.lower, said.upper), (3 ** (count // 2),) * 2, "bounds")


@pytest.mark.parametrize("seed", range(3))
def test_random_trees_have_what_the_best_one_has(seed):
    """Four repetitions over 64 locations: at least as much as any alone, and below the sum."""
    orders = shuffled(64, seed, 4)
    said = ca.prove_rank(trees(64, 4, 4, orders), "odd-even").statement
    alone = [ca.prove_rank(trees(64, 4, 4, [o]), "odd-even").statement for o in orders]
    best, most = max(each.lower for each in alone), sum(each.upper for each in alone)
    if not 2**44 <= best <= said.lower <= said.upper <= most:
        pytest.fail(f"{best} alone, {said.lower} to {said.upper} together, at most {most}")


@pytest.mark.parametrize("count", [8, 16])
def test_ranks_of_branches_add_where_leaves_have_channels_for_both(count):
    """A tree that pairs both sides sends 2 for each pair; one that pairs each side, 2 at its root.

    Of the four channels of a leaf two are enough for the first, and one for the second.
    """
    across, within = list(range(count)), [*range(0, count, 2), *range(1, count, 2)]
    circuit = trees(count, 4, 2, [across, within])
    theorem = ca.prove_rank(circuit, "odd-even", max_minor=8)
    both = 2 ** (count // 2) + 2
    expect((theorem.statement.lower, theorem.statement.upper), (both, both), "bounds")
    expect(rules_used(theorem.proof.lower), {"added branches", "routing"}, "rules")
    if not theorem.check():
        pytest.fail("the checker refuses")
    if count == 8:
        expect(brute.generic_rank(circuit, range(0, 8, 2)), both, "brute force")


def test_a_block_in_two_branches_counts_once(tmp_path):
    """Both branches lie in E(block) x E(x4): 4·2, where the branches add up to 16."""
    circuit, rows = block_in_two_branches(), [0, 1, 2, 4]
    expect(proved(circuit, rows), (8, 8), "bounds")
    theorem = ca.prove_rank(circuit, rows)
    expect(type(theorem.proof.upper), Sharpened, "rule")
    both_accept(theorem, tmp_path)
    plain = upper_value(question(circuit, rows), IndexRecursion())
    expect(plain, 16, "index recursion")


def test_a_block_counts_once_at_given_weights():
    """Too large to write out, the rank at weights has the bound of the block all the same."""
    circuit, rows = block_in_two_branches(last=64), [0, 1, 2, 4]
    theorem = ca.prove_rank_at(circuit, circuit.random_weights(seed=1), rows)
    expect((theorem.statement.lower, theorem.statement.upper), (8, 8), "bounds")
    expect(type(theorem.proof.upper), Sharpened, "rule")
    if not theorem.check():
        pytest.fail("the checker refuses")


@pytest.mark.parametrize("partners", [1, 2])
def test_a_block_counts_once_for_each_partner(tmp_path, partners):
    """One vector of x2 in both branches: E(block), of dimension 2. Two different ones: 2 + 2."""
    b = ca.CircuitBuilder(3, [2, 4, 2])
    block = b.product(*read(b, 4, b.input(0), b.input(1)))
    vectors = [b.sum(b.input(2), width=1) for _ in range(partners)]
    tops = [b.product(b.sum(block, width=1), vectors[k % partners]) for k in range(2)]
    circuit = b.build(b.sum(*tops, width=1))
    expect(proved(circuit, [0, 2]), (2 * partners,) * 2, "bounds")
    nodes = [i for i, node in enumerate(circuit.nodes[:-1]) if node.kind != "input"]
    of_both = Spaces(len(circuit.nodes) - 1, 1, tuple(nodes[-4:]))
    found = rules.generic_rank(
        question(circuit, [0, 2]), Bounds(Minor(1, 2 * partners, PRIME), Sharpened((of_both,)))
    )
    expect(both_accept(found, tmp_path).upper, 2 * partners, "the checker's")
    if partners > 1:
        file = altered(found.certificate(), put("st/upper", 2, "st/lower", 2), tmp_path)
        said = f"{kernel_says(file)} / {checker_says(file)}"
        if not re.search("something other than what is proved.* / .*bound", said):
            pytest.fail(said)


def test_cells_merged_in_two_ways():
    """A quad graph of 3 by 3 cells and 3 channels: both ways go through the same spaces."""
    expect(proved(quad_graph(3, 3, 3), [0, 1, 2, 3]), (27, 27), "bounds")


@pytest.mark.parametrize(("sites", "rank"), [(4, 3), (6, 6), (8, 12)])
def test_a_ring_of_one_tensor(sites, rank):
    """Odd and even sites, by minors; the cut does not see the symmetries of the closed ring."""
    circuit, rows = ring(sites, 2), range(0, sites, 2)
    expect(proved(circuit, rows)[0], rank, "lower bound")
    expect(brute.generic_rank(circuit, rows), rank, "brute force")


# What is refused


def two_sums(labels, dims=(4, 4), tops=("e", "f")):
    """A sum of two products of x0 and x1 with 2 channels, by parameters of these names."""
    b = ca.CircuitBuilder(2, list(dims))
    pairs = [
        b.product(*(b.sum(b.input(i), width=2, parameter=name) for i, name in enumerate(names)))
        for names in labels
    ]
    fixed = [None if isinstance(top, str) else top for top in tops]
    names = [top if isinstance(top, str) else None for top in tops]
    return b.build(b.sum(*pairs, width=1, parameter=names, matrix=fixed if any(fixed) else None))


FOUR = ["ab", "cd"]
HALVES = ((2, (0, 1)), (2, (0, 1)))


def test_two_sums_have_branches_that_add():
    """What the refusals below differ from."""
    asked = question(two_sums(FOUR), [0])
    for branch in subcircuits.apart(asked, HALVES):
        expect(branch.circuit.dims, (2, 2), "dimensions")
    term = Added(tuple(Part(*half, Minor(1, 2, PRIME)) for half in HALVES))
    expect(lower_value(asked, term), brute.generic_rank(asked.circuit, [0]), "value")


ADDED = {
    "one branch twice": (two_sums(["ab", "ab"]), HALVES, "'a' loses columns, .* several branches"),
    "one matrix in both": (two_sums(["ab", "cb"]), HALVES, "'b' loses columns"),
    "rows alone": (two_sums(FOUR), ((2, (0,)), (2, (0,))), "one of J that all parts have"),
    "rows here, columns there": (two_sums(FOUR), ((2, (0,)), (2, (1,))), "that all parts have"),
    "too few channels": (two_sums(FOUR, (3, 4)), HALVES, "4 channels of location 0, which has 3"),
    "too few parts": (two_sums(FOUR), HALVES[:1], "a child for each part"),
}


@pytest.mark.parametrize("name", ADDED)
def test_branches_that_do_not_add(name):
    """Without the condition ranks of 2 would be added: the same tensors have 2, or 3."""
    circuit, parts, why = ADDED[name]
    with pytest.raises(RuleError, match=why):
        subcircuits.apart(question(circuit, [0]), parts)


def test_the_same_branch_twice_has_the_rank_of_one():
    """On the same rows and columns; the careless sum is 4."""
    expect(brute.generic_rank(two_sums(["ab", "ab"]), [0]), 2, "rank")
    expect(brute.generic_rank(two_sums(FOUR, (3, 4)), [0]), 3, "rank of three rows")


def test_an_input_that_enters_a_product_keeps_its_channels():
    """No parameter reads it, so no column can be zero."""
    b = ca.CircuitBuilder(2, 4)
    direct = b.product(b.input(0), b.sum(b.input(1), width=4))
    circuit = b.build(b.sum(direct, b.product(*read(b, 2, b.input(0), b.input(1))), width=1))
    with pytest.raises(RuleError, match="reads location 0 without a parameter"):
        subcircuits.apart(question(circuit, [0]), HALVES)


def test_a_parameter_is_zero_everywhere_or_nowhere():
    """One that both branches use leaves none; a branch behind a fixed matrix stays."""
    one_name = question(two_sums(FOUR, tops="ee"), [0])
    with pytest.raises(RuleError, match="nothing is left"):
        subcircuits.without(one_name, ("e",))
    mixed = question(two_sums(FOUR, tops=([[1, 1]], "f")), [0])
    left = subcircuits.without(mixed, ("f",)).circuit
    expect((len(left.nodes), sorted(left.parameters)), (6, ["a", "b"]), "what is left")
    with pytest.raises(RuleError, match="no parameter 'e'"):
        subcircuits.without(mixed, ("e",))
    with pytest.raises(RuleError, match="nothing is left"):
        subcircuits.without(mixed, ("a", "c"))
    expect(lower_value(mixed, Branches(("a",), Minor(1, 2, PRIME))), 2, "a branch of zeros goes")


def test_no_parameter_is_zero_on_a_simplex():
    """Rows that sum to one: prove_rank takes a minor of the whole, and branches are refused."""
    circuit = two_sums(FOUR)
    theorem = ca.prove_rank(circuit, [0], space="simplex")
    expect(rules_used(theorem.proof.lower), {"minor"}, "rules")
    simplex = Question(circuit, ca.Bipartition.of([0], 2), 0, "simplex")
    with pytest.raises(RuleError, match="simplex"):
        lower_value(simplex, Branches(("e",), Minor(1, 2, PRIME)))
    with pytest.raises(RuleError, match="simplex"):
        subcircuits.apart(simplex, HALVES)


def test_branches_of_what_has_no_tensor_prove_nothing():
    """The circuit that is left may be a tree, but the statement is about the whole."""
    b = ca.CircuitBuilder(2, 2)
    square = b.product(*read(b, 2, b.input(0), b.input(0), b.input(1)))
    circuit = b.build(b.sum(square, b.product(*read(b, 2, b.input(0), b.input(1))), width=1))
    zero = (circuit.nodes[-1].matrices[0],)
    with pytest.raises(StructureError, match="no coefficient tensor"):
        lower_value(question(circuit, [0]), Branches(zero, Minor(1, 1, PRIME)))
