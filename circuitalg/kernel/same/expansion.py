"""Normal forms: networks multiplied out as polynomials in their weights and inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from circuitalg.circuit.fold import fold, location_of
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Node
from circuitalg.errors import RuleError
from circuitalg.kernel.same.matrices import Entry, Rows, Table, add_to, added, multiplied

_MAX_VARIABLES = 5_000
_MAX_CHANNELS = 100_000
_MAX_DEGREE = 10_000
_MAX_HELD = 2_000_000
"""Terms that are alive at a time: a gigabyte, since the degrees add up within the work."""


def expand(a: Circuit, b: Circuit, weights: Mapping[str, Rows], table: Table) -> None:
    """Refuse unless a, and b at these weights, are the same polynomials.

    Raises
    ------
    RuleError
        When they differ, or are too large to be multiplied out.
    """
    if a.num_parameters + sum(a.dims) > _MAX_VARIABLES:
        raise RuleError(
            f"networks with more than {_MAX_VARIABLES:,} weights and inputs are not multiplied "
            "out; use a simulation"
        )
    left, right = _outputs(a, table.own(), table), _outputs(b, weights, table)
    for output, (first, second) in enumerate(zip(left, right, strict=True)):
        if first != second:
            raise RuleError(f"the two networks' outputs {output} are different polynomials")


def _outputs(circuit: Circuit, weights: Mapping[str, Rows], table: Table) -> Rows:
    if sum(node.width for node in circuit.nodes) > _MAX_CHANNELS:
        raise RuleError(
            f"networks with more than {_MAX_CHANNELS:,} channels are not multiplied out; "
            "use a simulation"
        )
    algebra = _Polynomials(weights, table)
    return fold(circuit.nodes, algebra, algebra.free)


class _Polynomials:
    """The algebra of polynomials: a node's value is one column of them."""

    def __init__(self, weights: Mapping[str, Rows], table: Table) -> None:
        self._weights, self._table, self._held = weights, table, 0

    def leaf(self, node: Node) -> Rows:
        place = -1 - location_of(node)  # no row of a parameter has this number
        return self._checked(node, [[{(("", place, i),): 1}] for i in range(node.width)])

    def one(self, node: Node) -> Rows:
        return self._checked(node, self._table.ones(node.width))

    def product(self, node: Node, below: Sequence[Rows]) -> Rows:
        return self._checked(node, reduce(self._times, below))

    def sum(self, node: Node, below: Sequence[Rows]) -> Rows:
        work = self._table.work
        edges = (self._table.edge(label, self._weights) for label in node.matrices)
        terms = (multiplied(rows, value, work) for rows, value in zip(edges, below, strict=True))
        return self._checked(node, reduce(lambda x, y: added(x, y, work), terms))

    def free(self, value: Rows) -> None:
        self._held -= sum(len(entry) for (entry,) in value)

    def _times(self, first: Rows, second: Rows) -> Rows:
        found: Rows = []
        for (x,), (y,) in zip(first, second, strict=True):
            entry: Entry = {}
            add_to(entry, x, y, self._table.work)
            found.append([entry])
        return found

    def _checked(self, node: Node, value: Rows) -> Rows:
        self._held += sum(len(entry) for (entry,) in value)
        degree = max((len(monomial) for (entry,) in value for monomial in entry), default=0)
        if self._held > _MAX_HELD or degree > _MAX_DEGREE:
            raise RuleError(
                f"at the node {node.name!r} there are too many terms, or too high degrees, to be "
                "multiplied out; use a simulation"
            )
        return value
