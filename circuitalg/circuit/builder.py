"""`CircuitBuilder`: your own circuit in a few lines; each step is checked where it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import natural_number, natural_numbers
from circuitalg.circuit.validate import NodeTable, check_name
from circuitalg.errors import CircuitError
from circuitalg.integers import shown
from circuitalg.memory import check_parts, in_print
from circuitalg.options import is_list

_NODE_BYTES = 430
"""Measured at the peak of building: 320 (tensor trains) to 430 for each node (CP models)."""


class CircuitBuilder:
    """Build a circuit node by node; every method returns the new node's name.

    Parameters
    ----------
    locations : int
        Number of locations N.
    dim : int or sequence of int
        Dimension M of every location, or one per location.

    Raises
    ------
    CircuitError
        As soon as a step cannot be part of a circuit.

    Examples
    --------
    >>> b = CircuitBuilder(locations=4, dim=2)
    >>> h = [b.sum(b.input(i), width=3, parameter="shared") for i in range(4)]
    >>> circuit = b.build(b.sum(b.product(*h), width=1))
    >>> dict(circuit.parameters)
    {'shared': (3, 2), 'w0': (1, 3)}
    """

    __slots__ = ("_counts", "_dims", "_fresh", "_inputs", "_table")

    def __init__(self, locations: int, dim: int | Sequence[int]) -> None:
        self._dims = dims_by_location(locations, dim)
        self._table = NodeTable()
        self._inputs: dict[int, str] = {}
        self._counts = {"constant": 0, "sum": 0, "product": 0}
        self._fresh: dict[str, str] = {}

    def input(self, location: int, name: str | None = None) -> str:
        """The input node of a location, "x0", "x1", …; asking twice gives the same node.

        With a name, a node of its own; a location may have several.
        """
        location = natural_number(location, "a location")
        if name is None and location in self._inputs:
            return self._inputs[location]
        if location >= len(self._dims):
            raise CircuitError(
                f"there is no location {shown(location)}; this builder has locations 0 to "
                f"{len(self._dims) - 1}"
            )
        if name is None:
            name = self._inputs[location] = f"x{location}"
        self._table.add(name, "input", self._dims[location], location)
        return name

    def constant(self, width: int = 1, name: str | None = None) -> str:
        """A vector of ones; a sum above it turns it into a trained vector."""
        name = self._name("constant", "c", name)
        self._table.add(name, "constant", width)
        return name

    def sum(
        self,
        *children: str,
        width: int | None = None,
        parameter: str | Sequence[str | None] | None = None,
        matrix: Any = None,
        name: str | None = None,
    ) -> str:
        """A sum Σ W · child.

        Parameters
        ----------
        children : names of nodes.
        width : number of channels; may be left out when ``matrix`` is given.
        parameter : a name (with several children: one matrix for all), or one name per child;
            None makes a fresh name per edge.
        matrix : instead of a parameter, a fixed exact matrix of rows of int or Fraction; with
            several children a list of matrices, one per child, or None where it has a parameter.
        name : the node's name; by default "s0", "s1", …
        """
        indices = self._indices(children)
        name = self._name("sum", "s", name)
        if matrix is None:
            labels: Any = self._parameter_names(name, children, parameter)
        else:
            labels = [matrix] if len(children) == 1 else matrix
            if not is_list(labels) or not all(each is None or is_list(each) for each in labels):
                raise CircuitError(
                    f"the sum {name!r} needs a matrix as rows of numbers, or a list of these with "
                    "one per child"
                )
            if width is None:
                width = next((len(each) for each in labels if each is not None), None)
            labels = self._mixed(name, children, parameter, labels)
        if width is None:
            raise CircuitError(f"the sum {name!r} needs a width")
        self._table.add(name, "sum", width, None, indices, tuple(labels))
        return name

    def product(self, *children: str, name: str | None = None) -> str:
        """The product of nodes of one width, channel by channel."""
        indices = self._indices(children)
        name = self._name("product", "p", name)
        width = self._table.nodes[indices[0]].width if indices else 1
        self._table.add(name, "product", width, None, indices)
        return name

    def build(self, output: str) -> Circuit:
        """The circuit with this output.

        Raises
        ------
        CircuitError
            When a node does not reach the output, or a location was never used.
        """
        index = self._indices((output,))[0]
        parent = next((n.name for n in self._table.nodes if index in n.children), None)
        if parent is not None:
            raise CircuitError(f"{output!r} cannot be the output: {parent!r} uses it")
        used = self._table.dims
        missing = next((i for i in range(len(self._dims)) if i not in used), None)
        if missing is not None:
            raise CircuitError(
                f"location {missing} of {len(self._dims)} is never used; every location needs "
                "an input"
            )
        self._table.finish()
        return Circuit.from_table(self._table)

    def _indices(self, children: tuple[str, ...]) -> tuple[int, ...]:
        index = self._table.index
        try:
            return tuple([index[child] for child in children])
        except (KeyError, TypeError):
            names: tuple[Any, ...] = children
            unknown = next(c for c in names if not isinstance(c, str) or c not in index)
            raise CircuitError(
                f"this builder has no node {shown(unknown)}; use the names that its methods return"
            ) from None

    def _name(self, kind: str, letter: str, name: str | None) -> str:
        if name is not None:
            return name
        while True:
            name = f"{letter}{self._counts[kind]}"
            self._counts[kind] += 1
            if name not in self._table.index:
                return name

    def _mixed(self, name: str, children: tuple[str, ...], parameter: Any, given: Any) -> list[Any]:
        """The fixed matrices, and the names of parameters where None stands instead."""
        named = [None] * len(given) if parameter is None else parameter
        pairs = list(zip(given, named, strict=False))
        both = isinstance(named, str) or any(m is not None and p is not None for m, p in pairs)
        if both or len(named) != len(given):
            raise CircuitError(f"the sum {name!r} is given both a parameter and a matrix")
        free = [child for child, matrix in zip(children, given, strict=False) if matrix is None]
        names = iter(self._parameter_names(name, tuple(free), [p for m, p in pairs if m is None]))
        return [next(names, None) if matrix is None else matrix for matrix in given]

    def _parameter_names(
        self,
        name: str,
        children: tuple[str, ...],
        parameter: str | Sequence[str | None] | None,
    ) -> list[str]:
        if parameter is None:
            parameter = [None] * len(children)
        if not isinstance(parameter, str) and not is_list(parameter):
            raise CircuitError(
                f"the sum {name!r} is given the parameter {parameter!r}; give a name, or a list of "
                "names with one per child"
            )
        names = [parameter] * len(children) if isinstance(parameter, str) else list(parameter)
        for given in names:
            if given is None:
                continue
            check_name(given, "parameter")
            # A clash would tie two matrices without anybody asking for it.
            if given in self._fresh:
                raise CircuitError(
                    f"parameter name {given!r} was generated for the sum {self._fresh[given]!r}; "
                    "to tie the two, give both sums the same name"
                )
        return [self._fresh_parameter(name) if each is None else each for each in names]

    def _fresh_parameter(self, sum_name: str) -> str:
        number = len(self._fresh)
        while f"w{number}" in self._table.shapes or f"w{number}" in self._fresh:
            number += 1
        self._fresh[f"w{number}"] = sum_name
        return f"w{number}"


def check_nodes(count: int, what: str) -> None:
    """Refuse a circuit of more nodes than the memory holds, before it is built.

    Raises
    ------
    TooLargeError
        With the number of bytes.
    """
    check_parts(count, _NODE_BYTES, what, "take fewer locations or layers")


def dims_by_location(locations: int, dim: int | Sequence[int]) -> tuple[int, ...]:
    """Dimension of each location, from one number or one per location.

    Raises
    ------
    CircuitError
        When there is no location, a dimension below 1, or the wrong number of dimensions.
    TooLargeError
        When not even the inputs fit into memory.
    """
    count = natural_number(locations, "the number of locations", least=1)
    check_nodes(count, f"a circuit of {in_print(count)} locations")
    if not is_list(dim):
        return (natural_number(dim, "the dimension", least=1),) * count
    dims = natural_numbers(dim, "dimension")
    if len(dims) != count:
        raise CircuitError(f"{len(dims)} dimensions are given for {count} locations; give one each")
    return tuple(dims)
