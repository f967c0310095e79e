"""`CircuitBuilder`: your own circuit in a few lines; each step is checked where it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

from circuitalg.circuit.expansions import adding, on_one_axis, reading
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, exact_matrix, natural_number, natural_numbers
from circuitalg.circuit.validate import MAX_WIDTH, NodeTable, check_name
from circuitalg.errors import CircuitalgError, CircuitError
from circuitalg.integers import counted, shown
from circuitalg.memory import check_parts, in_print
from circuitalg.options import is_list, kind_of

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

    __slots__ = ("_counts", "_dims", "_expansions", "_fresh", "_inputs", "_table")

    def __init__(self, locations: int, dim: int | Sequence[int]) -> None:
        self._dims = dims_by_location(locations, dim)
        self._table = NodeTable()
        self._inputs: dict[int, str] = {}
        self._counts = {"constant": 0, "sum": 0, "product": 0}
        self._fresh: dict[str, str] = {}
        # The fixed matrices of outer products and acts, by their shape: equal ones are one object.
        self._expansions: dict[tuple[int, ...], tuple[Matrix, ...]] = {}

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

    def outer(
        self, *children: str, name: str | None = None, spread: Sequence[str] | None = None
    ) -> str:
        """The outer product h_1 ⊗ … ⊗ h_k: channel (i_1, …, i_k) is h_1[i_1] ⋯ h_k[i_k].

        It is a product of width w_1 ⋯ w_k, the index of the first child slowest, whose factors are
        sums that spread the children over these channels by fixed 0/1 matrices.

        Parameters
        ----------
        children : names of nodes, of any widths.
        name : the product's name; by default "p0", "p1", …
        spread : names of the sums, one per child; by default "s0", "s1", …

        Examples
        --------
        >>> b = CircuitBuilder(locations=2, dim=[2, 3])
        >>> circuit = b.build(b.outer(b.input(0), b.input(1)))
        >>> circuit.evaluate({}, [[[1, 10]], [[1, 2, 3]]]).tolist()
        [[1, 2, 3, 10, 20, 30]]
        """
        with self._one_step(children) as widths:
            if not widths:
                raise CircuitError("an outer product needs at least one child")
            names: Sequence[str | None] = [None] * len(widths) if spread is None else spread
            if not is_list(names) or len(names) != len(widths):
                raise CircuitError(
                    f"spread must name {counted(len(widths), 'sum')}, one for each child"
                )
            if widths not in self._expansions:
                _check_width(prod(widths), f"the outer product of widths {list(widths)}")
                self._expansions[widths] = tuple(
                    [reading(widths, [place]) for place in range(len(widths))]
                )
            matrices = self._expansions[widths]
            factors = [
                self.sum(child, matrix=matrix, name=own)
                for child, matrix, own in zip(children, matrices, names, strict=True)
            ]
            return self.product(*factors, name=name)

    def core(
        self,
        *children: str,
        width: int | None = None,
        parameter: str | None = None,
        tensor: Any = None,
        name: str | None = None,
    ) -> str:
        """A general core tensor: Σ G[·, i_1, …, i_k] · h_1[i_1] ⋯ h_k[i_k].

        The node of tree tensor networks, Tucker decompositions and tensor trains, and the cell of
        MERA and PEPS: a sum over the `outer` product of its children.

        Parameters
        ----------
        children : names of k nodes, of any widths w_1, …, w_k.
        width : number of channels w; may be left out when ``tensor`` is given.
        parameter : name of the core, a parameter of shape (w, w_1 ⋯ w_k), the first child's index
            slowest; None makes a fresh name.
        tensor : instead of a parameter, fixed exact entries as nested lists or an array of shape
            (w, w_1, …, w_k).
        name : the sum's name; by default "s0", "s1", …

        Examples
        --------
        >>> b = CircuitBuilder(locations=4, dim=3)
        >>> pairs = [b.core(b.input(i), b.input(i + 1), width=5, parameter="G") for i in (0, 2)]
        >>> circuit = b.build(b.core(*pairs, width=1))
        >>> dict(circuit.parameters), bool(circuit.is_tree)
        ({'G': (5, 9), 'w0': (1, 25)}, True)
        """
        with self._one_step(children) as widths:
            matrix = None if tensor is None else _rows(tensor, widths)
            if matrix is not None and parameter is not None:
                raise CircuitError("a core is given both a parameter and a tensor")
            whole = children[0] if len(children) == 1 else self.outer(*children)
            return self.sum(whole, width=width, parameter=parameter, matrix=matrix, name=name)

    def act(
        self,
        child: str,
        shape: Sequence[int],
        axis: int,
        *,
        width: int | None = None,
        parameter: str | None = None,
        matrix: Any = None,
        name: str | None = None,
    ) -> str:
        """A matrix W on one index of a node whose channels are tuples of indices: I ⊗ W ⊗ I.

        Channel (α, β, γ) of the child becomes channel (α, β', γ) = Σ_β W[β', β] · child(α, β, γ):
        an isometry or a disentangler of MERA, a gate on one of several wires. A core that takes a
        further node f is such a matrix on the index (β, φ) of the `outer` product with f.

        Parameters
        ----------
        child : name of a node.
        shape : the sizes of its indices, the first slowest; their product is its width. Indices
            that are acted on together are one index of this shape.
        axis : which of them.
        width : number of values of β'; by default as many as β has.
        parameter : name of W, held as a column, row after row: a parameter of shape
            (width · shape[axis], 1); None makes a fresh name.
        matrix : instead of a parameter, a fixed exact matrix.
        name : the node's name; by default "s0", "s1", …

        Notes
        -----
        With a parameter, the node adds up over β the product of the child and a constant behind W,
        both spread over the channels (α, β', β, γ) by fixed 0/1 matrices. So a tree circuit stays
        one. The index recursion and the rules of blocks lose nothing against one general matrix on
        all channels; they count the channels as one index, on one side of the bipartition. Over
        simplex weights W, a column, is all ones.

        Examples
        --------
        >>> b = CircuitBuilder(locations=2, dim=2)
        >>> pair = b.outer(b.input(0), b.input(1))
        >>> circuit = b.build(b.act(pair, shape=(2, 2), axis=1, width=1, parameter="W"))
        >>> circuit.evaluate({"W": [[5], [7]]}, [[[1, 10], [1, 2]]]).tolist()
        [[19, 190]]
        """
        with self._one_step([child]) as (channels,):
            sizes = natural_numbers(shape, "size of an index")
            axis = natural_number(axis, "the axis")
            if prod(sizes) != channels or axis >= len(sizes):
                raise CircuitError(
                    f"{child!r} has {counted(channels, 'channel')}, and the matrix acts on axis "
                    f"{axis} of the shape {sizes}; give sizes whose product is that number, and "
                    "one of their places"
                )
            before, size, after = prod(sizes[:axis]), sizes[axis], prod(sizes[axis + 1 :])
            if matrix is not None:
                if parameter is not None:
                    raise CircuitError("a matrix that acts is given both a parameter and a matrix")
                fixed = exact_matrix(matrix, f"index {axis} of {child!r}")
                if len(fixed[0]) != size or width not in (None, len(fixed)):
                    raise CircuitError(
                        f"the matrix on index {axis} of {child!r} has shape "
                        f"{(len(fixed), len(fixed[0]))}, not {(width or len(fixed), size)}"
                    )
                whole = on_one_axis(fixed, before, after)
                return self.sum(child, matrix=whole, name=name)
            width = size if width is None else natural_number(width, "the width", least=1)
            spread = (before, width, size, after)
            if (*spread, 0) not in self._expansions:
                _check_width(prod(spread), f"a {width} x {size} matrix on {channels} channels")
                self._expansions[*spread, 0] = (
                    reading(spread, (0, 2, 3)),
                    reading(spread, (1, 2)),
                    adding(spread, (0, 1, 3)),
                )
            on_child, on_matrix, added = self._expansions[*spread, 0]
            column = self.sum(self.constant(), width=width * size, parameter=parameter)
            factors = self.sum(child, matrix=on_child), self.sum(column, matrix=on_matrix)
            return self.sum(self.product(*factors), matrix=added, name=name)

    def mix(
        self,
        *children: str,
        parameter: str | Sequence[str | None] | None = None,
        name: str | None = None,
    ) -> str:
        """A mixing layer Σ_k w_k ∘ h_k: one weight for each child and channel.

        Each weight vector w_k is a parameter of shape (width, 1) on a constant, multiplied with its
        child channel by channel; fixed identities add up. (Over simplex weights these columns are
        all ones.)

        Parameters
        ----------
        children : names of nodes of one width.
        parameter : a name (with several children: one vector for all), or one name per child; None
            makes a fresh name per child.
        name : the sum's name; by default "s0", "s1", …

        Examples
        --------
        >>> b = CircuitBuilder(locations=1, dim=2)
        >>> h = [b.sum(b.input(0), matrix=rows) for rows in ([[1, 0], [0, 1]], [[1, 1], [1, -1]])]
        >>> circuit = b.build(b.mix(*h, parameter=["u", "v"]))
        >>> circuit.evaluate({"u": [[2], [3]], "v": [[5], [7]]}, [[[1, 10]]]).tolist()
        [[57, -33]]
        """
        with self._one_step(children) as widths:
            if len(set(widths)) != 1:
                raise CircuitError(
                    "a mixing layer needs children of one width, and at least one; these have the "
                    f"widths {list(widths)}"
                )
            names = (
                [parameter] * len(widths)
                if parameter is None or isinstance(parameter, str)
                else parameter
            )
            if not is_list(names) or len(names) != len(widths):
                raise CircuitError(
                    f"a mixing layer of {counted(len(widths), 'child', 'children')} needs one name "
                    "of a parameter, or one for each"
                )
            scaled = [
                self.product(child, self.sum(self.constant(), width=widths[0], parameter=own))
                for child, own in zip(children, names, strict=True)
            ]
            shape = (widths[0],)
            if shape not in self._expansions:
                self._expansions[shape] = (reading(shape, (0,)),)
            (eye,) = self._expansions[shape]
            each = eye if len(scaled) == 1 else [eye] * len(scaled)
            return self.sum(*scaled, matrix=each, name=name)

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

    @contextmanager
    def _one_step(self, children: Sequence[str]) -> Iterator[tuple[int, ...]]:
        """The children's widths; where an error comes, all nodes of the step are taken back."""
        table = self._table
        indices = self._indices(tuple(children))
        before = len(table.nodes), len(table.shapes), table.unused(indices)
        counts, fresh = dict(self._counts), len(self._fresh)
        try:
            yield tuple([table.nodes[index].width for index in indices])
        except CircuitalgError:
            table.take_back(*before)
            self._counts = counts
            while len(self._fresh) > fresh:
                self._fresh.popitem()
            raise

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


def _check_width(width: int, what: str) -> None:
    if width > MAX_WIDTH:
        raise CircuitError(
            f"{what} takes {in_print(width)} channels; a node has at most {MAX_WIDTH:,}"
        )


def _rows(tensor: Any, widths: tuple[int, ...]) -> list[list[Any]]:
    """A core's entries as the rows of its matrix."""
    if hasattr(tensor, "tolist"):
        tensor = tensor.tolist()
    if not is_list(tensor):
        raise CircuitError(f"a core tensor is nested lists or an array, not {kind_of(tensor)}")
    rows = [[entries] for entries in tensor]
    for width in widths:
        if not all(is_list(part) and len(part) == width for row in rows for part in row):
            raise CircuitError(
                f"the core tensor over children of widths {list(widths)} needs the shape "
                f"{(len(tensor), *widths)}"
            )
        rows = [[entry for part in row for entry in part] for row in rows]
    return rows


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
