"""Graphical models over trees, whose variables are observed: inputs that feed products directly.

Every edge matrix is free and every variable has the same number of values, K: the generic rank is
K^m, m the size of a largest matching of the edges between the two sides.
"""

import random

import pytest
from brute import expect, generic_rank
from brute.networks import generic_rank as network_rank
from rank_helpers import only_block

import circuitalg as ca
from circuitalg.kernel.rank.terms import Split


def model(edges, values, root=0, hidden=()):
    """The network of a tree of variables; those that are hidden are not observed."""
    count = len(edges) + 1
    beside = [[] for _ in range(count)]
    for a, b in edges:
        beside[a].append(b)
        beside[b].append(a)
    order, parent = [root], {root: None}
    for v in order:
        new = [w for w in beside[v] if w != parent[v]]
        parent |= dict.fromkeys(new, v)
        order += new
    seen = [v for v in range(count) if v not in hidden]
    b = ca.CircuitBuilder(len(seen), values)
    node = {}
    for v in reversed(order):
        factors = [b.sum(node[w], width=values) for w in beside[v] if w != parent[v]]
        factors += [b.input(seen.index(v))] if v in seen else []
        node[v] = b.product(*factors) if len(factors) > 1 else factors[0]
    return b.build(b.sum(node[root], width=1))


def matching(edges, rows):
    """Size of a largest matching of the crossing edges of a tree, edges listed away from a root."""
    used, size = set(), 0
    for a, b in reversed(edges):  # leaves first
        if (a in rows) != (b in rows) and not {a, b} & used:
            used |= {a, b}
            size += 1
    return size


def random_edges(count, seed):
    """(parent, child), parents first."""
    draw = random.Random(seed)
    return [(draw.randrange(v), v) for v in range(1, count)]


PATH = [(0, 1), (1, 2), (2, 3), (0, 4), (4, 5)]


@pytest.mark.parametrize("root", [0, 3, 5])
def test_a_path_of_which_two_edges_cross(root):
    """x3 - x2 - x1 - x0 - x4 - x5 with 40 values, I = {1, 2}: 1600, whatever the root."""
    said = ca.prove_rank(model(PATH, 40, root), [1, 2], max_minor=1).statement
    expect((said.lower, said.upper), (1600, 1600), "bounds")
    expect(generic_rank(model(PATH, 3, root), [1, 2]), 9, "rank with 3 values")


@pytest.mark.parametrize("seed", range(8))
def test_small_trees_have_the_rank_of_a_matching(seed):
    """Against the written out tensor."""
    edges = random_edges(7, seed)
    rows = {v for v in range(7) if random.Random(seed).randrange(2) or v == seed % 7} - {seed % 5}
    rows = rows or {6}
    circuit = model(edges, 2)
    expect(generic_rank(circuit, sorted(rows)), 2 ** matching(edges, rows), "rank")
    said = ca.prove_rank(circuit, sorted(rows), max_minor=1).statement
    expect((said.lower, said.upper), (2 ** matching(edges, rows),) * 2, "bounds")


@pytest.mark.parametrize("seed", range(4))
def test_trees_of_200_variables(seed):
    """Paths that end where they touch: no minor at all."""
    edges, draw = random_edges(200, seed), random.Random(seed)
    rows = {v for v in range(200) if draw.randrange(2)}
    theorem = ca.prove_rank(model(edges, 4), sorted(rows), max_minor=1)
    rank = 4 ** matching(edges, rows)
    expect((theorem.statement.lower, theorem.statement.upper), (rank, rank), "bounds")
    expect(isinstance(theorem.proof.lower, Split), True, "proof")
    if seed == 0 and not theorem.check():
        pytest.fail("the checker refuses")


def test_a_chain_of_hidden_states_one_of_them_seen():
    """States 0, 2, 4, 6 emit 1, 3, 5, 7; state 4 itself is observed, the others are not."""
    edges = [(0, 1), (0, 2), (2, 3), (2, 4), (4, 5), (4, 6), (6, 7)]
    circuit = model(edges, 3, hidden={0, 2, 6})  # locations: 1, 3, 4, 5, 7
    for rows in ([0, 2], [1, 3], [0, 4], [2], [0, 1, 4]):
        said = ca.prove_rank(circuit, rows, max_minor=1).statement
        rank = generic_rank(circuit, rows)
        expect((said.lower, said.upper), (rank, rank), f"bounds with I = {rows}")


def test_paths_do_not_pass_where_a_leaf_is_read_directly():
    """Two edges meet in an observed variable between the others: only one of them counts."""
    circuit = model([(0, 1), (0, 2)], 3)
    expect(network_rank(only_block(circuit, [0])), 3, "rank with the middle on one side")
    for rows, rank in (([0], 3), ([1], 3), ([0, 1], 3)):
        said = ca.prove_rank(circuit, rows, max_minor=1).statement
        expect((said.lower, said.upper), (rank, rank), f"bounds with I = {rows}")
    expect(matching([(0, 1), (0, 2)], {1}), 1, "matching")
