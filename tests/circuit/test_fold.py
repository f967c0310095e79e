"""The one bottom-up pass: what it calls, in which order, and what it keeps."""

import pytest

from circuitalg.circuit.builder import CircuitBuilder
from circuitalg.circuit.fold import fold, lifetimes, scan
from circuitalg.circuit.models import ht_model
from circuitalg.circuit.node import Node
from circuitalg.circuit.weights import random_weights
from circuitalg.errors import CircuitError


class _Written:
    """The algebra of terms as text."""

    def leaf(self, node):
        return f"x{node.location}"

    def one(self, node):
        return "1"

    def sum(self, node, below):
        return f"{node.name}({' + '.join(below)})"

    def product(self, node, below):
        return " * ".join(below)


class _Held(_Written):
    """The same, counting the values that are alive."""

    def __init__(self):
        self.alive = self.most = 0

    def _kept(self, value):
        self.alive += 1
        self.most = max(self.most, self.alive)
        return value

    def leaf(self, node):
        return self._kept(super().leaf(node))

    def sum(self, node, below):
        return self._kept(super().sum(node, below))

    def product(self, node, below):
        return self._kept(super().product(node, below))

    def freed(self, value):
        self.alive -= 1


def _network():
    b = CircuitBuilder(locations=2, dim=2)
    x, y, one = b.input(0), b.input(1), b.constant(2)
    shared = b.product(x, y, name="p")
    return b.build(b.sum(shared, b.product(shared, one, name="q"), width=1, name="s"))


def test_each_node_gets_its_children_in_their_order():
    """A shared node is computed once, and read by both of its parents."""
    nodes = _network().nodes
    assert fold(nodes, _Written()) == "s(x0 * x1 + x0 * x1 * 1)"


def test_a_scan_has_the_values_of_all_nodes_and_ends_with_the_folds():
    """Both apply the algebra in the same way."""
    nodes = ht_model(locations=8, dim=2, widths=[2, 3, 2], shared=False).nodes
    values = scan(nodes, _Written())
    assert len(values) == len(nodes)
    assert values[-1] == fold(nodes, _Written())


def test_values_are_freed_after_their_last_use():
    """A balanced tree of 64 inputs has all of them at once in a scan, a few in a fold."""
    nodes = ht_model(locations=64, dim=2, widths=[2] * 6, shared=True).nodes
    held = _Held()
    fold(nodes, held, held.freed)
    assert held.alive == 1
    assert held.most < 20


def test_a_child_that_is_read_twice_by_one_node_is_freed_once():
    """X * x uses one value twice."""
    nodes = (Node("x", "input", 1, 0), Node("p", "product", 1, None, (0, 0)))
    assert list(lifetimes(nodes)) == [(0, []), (1, [0])]
    freed = []
    assert fold(nodes, _Written(), freed.append) == "x0 * x0"
    assert freed == ["x0"]


def test_a_refusal_of_the_algebra_ends_the_pass():
    """What an algebra raises comes out as it is; nothing above is computed."""

    class _Refusing(_Written):
        def product(self, node, below):
            raise CircuitError(node.name)

        def sum(self, node, below):
            pytest.fail("computed above a refusal")

    for run in (fold, scan):
        with pytest.raises(CircuitError, match="p"):
            run(_network().nodes, _Refusing())


def test_a_pass_over_integers_is_evaluation():
    """The algebra of numbers gives the network's own values."""
    circuit = ht_model(locations=4, dim=2, widths=[2, 2], shared=False)
    weights = random_weights(circuit, seed=3)
    x = [[1, 2], [3, -1], [0, 5], [2, 2]]

    class Numbers:
        def leaf(self, node):
            return x[node.location]

        def sum(self, node, below):
            rows = weights[node.matrices[0]].tolist()
            return [sum(a * b for a, b in zip(row, below[0], strict=True)) for row in rows]

        def product(self, node, below):
            return [a * b for a, b in zip(*below, strict=True)]

    assert fold(circuit.nodes, Numbers()) == circuit.evaluate(weights, [x])[0].tolist()
