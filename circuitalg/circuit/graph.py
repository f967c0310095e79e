"""`Circuit`: a validated network of sums and products, and the questions one may ask of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Never

from circuitalg.circuit.node import Matrix, Node, Verdict
from circuitalg.circuit.validate import NodeTable, table_from_graph
from circuitalg.integers import counted, shown
from circuitalg.options import instance, listed
from circuitalg.python_code import AS_CODE

if TYPE_CHECKING:
    import networkx as nx

    from circuitalg.logspace.similarity import Similarity
    from circuitalg.logspace.simnet import SimNet
    from circuitalg.representation import Representation

__all__ = ["Circuit", "Matrix", "Node", "Verdict"]


class Circuit:
    """An arithmetic circuit: a directed acyclic graph of vector-valued nodes with one output.

    An *input* is the vector of the M representation values of one location; a *constant* the
    vector 1; a *sum* Σ W · child over its edges; a *product* multiplies its children channel by
    channel. Every edge into a sum carries ``parameter`` (a name; edges with one name share one
    matrix) or ``matrix`` (a fixed exact matrix). A circuit never changes.

    Parameters
    ----------
    graph : networkx.DiGraph
        Edges run from inputs to the output. Node attributes: ``kind`` ("input", "constant",
        "sum", "product"), ``width``, and ``location`` for inputs; names are strings.

    Raises
    ------
    CircuitError
        When the graph is not a circuit: one sentence that names the node or the edge.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> graph.add_node("x0", kind="input", width=2, location=0)
    >>> graph.add_node("out", kind="sum", width=1)
    >>> graph.add_edge("x0", "out", parameter="a")
    >>> dict(Circuit(graph).parameters)
    {'a': (1, 2)}
    """

    _nodes: tuple[Node, ...]
    _dims: tuple[int, ...]
    _parameters: Mapping[str, tuple[int, int]]

    def __init__(self, graph: nx.DiGraph) -> None:
        self._take(table_from_graph(graph))

    @classmethod
    def from_nodes(cls, nodes: Iterable[Node]) -> Circuit:
        """Make a circuit from nodes in topological order, with the same checks as from a graph.

        Raises
        ------
        CircuitError
            When the nodes are not a circuit.
        """
        table = NodeTable()
        for node in listed("a circuit is made from Node objects", nodes):
            instance("a node", node, Node, "of circuitalg.circuit")
            name, kind, children, matrices = node.name, node.kind, node.children, node.matrices
            check_indices(name, children, len(table.nodes))
            table.add(name, kind, node.width, node.location, children, matrices)
        table.finish()
        return cls.from_table(table)

    @classmethod
    def from_table(cls, table: NodeTable) -> Circuit:
        """A circuit from a table whose `finish` has been called; for this package's own use."""
        circuit = cls.__new__(cls)
        circuit._take(table)  # noqa: SLF001  (a second constructor)
        return circuit

    def _take(self, table: NodeTable) -> None:
        values = self.__dict__
        values["_nodes"] = tuple(table.nodes)
        values["_dims"] = tuple([table.dims[i] for i in range(len(table.dims))])
        values["_parameters"] = MappingProxyType(dict(sorted(table.shapes.items())))

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"a circuit never changes; {name!r} cannot be set")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"a circuit never changes; {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return Circuit.from_nodes, (self.nodes,)

    # What it is

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, children before parents, the output last."""
        return self._nodes

    @property
    def dims(self) -> tuple[int, ...]:
        """Dimension M_i by location."""
        return self._dims

    @property
    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """(rows, columns) of each parameter, sorted by name; read only."""
        return self._parameters

    @property
    def num_locations(self) -> int:
        """N."""
        return len(self.dims)

    @property
    def output(self) -> str:
        """Name of the one node without a parent."""
        return self.nodes[-1].name

    @property
    def num_outputs(self) -> int:
        """Width of the output node: the number Y of score functions."""
        return self.nodes[-1].width

    @cached_property
    def num_parameters(self) -> int:
        """Number of scalar parameters; tied matrices count once."""
        return sum(rows * columns for rows, columns in self.parameters.values())

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The circuit as a frozen networkx.DiGraph; the circuit itself does not depend on it."""
        import networkx as nx

        graph = nx.DiGraph()
        for node in self.nodes:
            place = {} if node.location is None else {"location": node.location}
            graph.add_node(node.name, kind=node.kind, width=node.width, **place)
        for node in self.nodes:
            for position, child in enumerate(node.children):
                label = node.matrices[position] if node.matrices else None
                key = "parameter" if isinstance(label, str) else "matrix"
                graph.add_edge(
                    self.nodes[child].name, node.name, **({} if label is None else {key: label})
                )
        return nx.freeze(graph)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal.

        It depends on the nodes' names, kinds, widths, locations and edges, not on the order of
        nodes or children.
        """
        from circuitalg.circuit.canonical import canonical_lines

        digest = hashlib.sha256()
        for line in canonical_lines(self.nodes):
            digest.update(line.encode())
        return digest.hexdigest()

    # Structure

    @cached_property
    def is_tree(self) -> Verdict:
        """Whether every sum has one child, no node two parents, each location one input."""
        from circuitalg.circuit.structure import tree_verdict

        return tree_verdict(self.nodes)

    @cached_property
    def _scope_verdicts(self) -> tuple[Verdict, Verdict]:
        from circuitalg.circuit.structure import scope_verdicts

        return scope_verdicts(self.nodes)

    @property
    def is_decomposable(self) -> Verdict:
        """Whether the children of every product depend on disjoint sets of locations."""
        return self._scope_verdicts[0]

    @property
    def is_smooth(self) -> Verdict:
        """Whether the children of every sum depend on the same locations."""
        return self._scope_verdicts[1]

    @cached_property
    def is_multilinear(self) -> Verdict:
        """Whether the circuit is decomposable and smooth: then it has a coefficient tensor.

        By induction every node is linear in the vector of each location of its scope: a product
        has one factor with it, a sum has it in all terms.
        """
        for verdict in (self.is_decomposable, self.is_smooth):
            if not verdict:
                return verdict
        return Verdict(
            True,
            "the children of every product have disjoint scopes, those of every sum equal ones",
        )

    # Weights and values

    def random_weights(self, seed: int = 0, kind: str = "integer") -> dict[str, Any]:
        """Random weights by parameter name; see `circuitalg.circuit.weights.random_weights`."""
        from circuitalg.circuit.weights import random_weights

        return random_weights(self, seed=seed, kind=kind)

    def evaluate(self, weights: Mapping[str, Any], x: Any) -> Any:
        """Scores of a batch: x (batch, locations, dim) -> (batch, outputs).

        x may be nested lists of that shape. With several dimensions it is a list of arrays
        (batch, M_i), one per location. See `circuitalg.tensor.evaluate.evaluate`.
        """
        from circuitalg.tensor.evaluate import evaluate

        return evaluate(self, weights, x)

    def score(
        self, weights: Mapping[str, Any], representation: Representation, patches: Any
    ) -> Any:
        """Scores of a batch of inputs made of patches: (batch, locations, s) -> (batch, outputs).

        h_y(x_1, …, x_N) = Σ_d A^y_d Π_i f_{d_i}(x_i) (eq. 2 of arXiv 1509.05009), with the f of a
        family of :mod:`circuitalg.representation`.

        Raises
        ------
        WeightError
            When the weights, the family's M or the patches' shape do not fit the circuit.
        """
        from circuitalg.representation import values

        return self.evaluate(weights, values(self.dims, representation, patches))

    def predict(
        self, weights: Mapping[str, Any], representation: Representation, patches: Any
    ) -> Any:
        """The output with the largest score, the first of equal ones: (batch,) integers."""
        from circuitalg.representation import largest

        return largest(self.score(weights, representation, patches))

    def coefficient_tensor(
        self,
        weights: Mapping[str, Any],
        output: int | None = 0,
        out: Any = None,
        blocks: int | Sequence[int] | None = None,
        max_bytes: int | None = None,
        backend: str = "auto",
        modulus: int | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Any:
        """The coefficient tensor A^y of shape ``dims``; exact for ints and Fractions.

        ``output=None`` stacks those of all outputs along a first axis. ``out`` is an array to fill,
        or a path that ends in ".npy" or ".zarr" for a tensor larger than memory: it is written in
        ``blocks``, and after an interruption the same call goes on. See
        `circuitalg.tensor.coefficients.coefficient_tensor` for every argument.

        Raises
        ------
        StructureError
            When the circuit is not smooth and decomposable.
        TooLargeError
            When the tensor needs more than ``max_bytes`` (by default, than the memory available).
        """
        from circuitalg.tensor.coefficients import coefficient_tensor

        return coefficient_tensor(
            self,
            weights,
            output=output,
            max_bytes=max_bytes,
            modulus=modulus,
            out=out,
            blocks=blocks,
            backend=backend,
            progress=progress,
        )

    def coefficients(
        self,
        weights: Mapping[str, Any],
        indices: Sequence[Sequence[int]] | Mapping[int, int | slice | None],
        output: int = 0,
    ) -> Any:
        """Chosen entries of the coefficient tensor: indices (count, locations) -> (count,).

        A dictionary from locations to an index or a slice chooses a slice of the tensor.
        """
        from circuitalg.tensor.coefficients import coefficients

        return coefficients(self, weights, indices, output=output)

    def polynomial(
        self,
        weights: Mapping[str, Any] | None = None,
        form: str = "ring",
        output: int = 0,
        max_terms: int = 10_000_000,
    ) -> Any:
        """One output as a polynomial; the weights are symbols when they are not given.

        A polynomial that could have more than ``max_terms`` terms is refused with a
        `TooLargeError`. See `circuitalg.symbolic.polynomial.polynomial`.
        """
        from circuitalg.symbolic.polynomial import polynomial

        return polynomial(self, weights, form=form, output=output, max_terms=max_terms)

    # Other forms

    def save(self, path: str | Path) -> None:
        """Write the circuit as JSON, or as GraphML where the name ends in ``.graphml``.

        `circuitalg.load_circuit` reads both back.

        Raises
        ------
        OutputError
            When it cannot be written there, or the name has another format's suffix (``.gml``).
        """
        from circuitalg.circuit.files import save_circuit

        save_circuit(self, path)

    def to_simnet(
        self,
        weights: Mapping[str, Any] | None = None,
        *,
        mean: bool = False,
        beta: int | Fraction = 1,
        similarity: Similarity | None = None,
    ) -> SimNet:
        """The SimNet that computes this circuit in log-space; given weights, with its offsets.

        See `circuitalg.logspace.from_circuit.simnet_of`.
        """
        from circuitalg.logspace.from_circuit import simnet_of

        return simnet_of(self, weights, mean=mean, beta=beta, similarity=similarity)

    def unit_graph(self) -> nx.DiGraph:
        """The textbook circuit, one node per scalar unit; see `circuitalg.circuit.unit`."""
        from circuitalg.circuit.unit import unit_graph

        return unit_graph(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Circuit):
            return NotImplemented
        if self is other:
            return True
        quick = self.dims == other.dims and self.parameters == other.parameters
        return quick and (self.nodes == other.nodes or self.fingerprint == other.fingerprint)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    __repr__, _repr_pretty_ = AS_CODE

    def _code_(self, most: int | None) -> str:
        from circuitalg.circuit.code import circuit_code

        return circuit_code(self, most)

    def __str__(self) -> str:
        low, high = min(self.dims), max(self.dims)
        dims = f"dimension {low}" if low == high else f"dimensions {low} to {high}"
        numbers = (
            counted(len(self.nodes), "node"),
            counted(self.num_parameters, "parameter"),
            counted(self.num_outputs, "output"),
        )
        return (
            f"<Circuit: {counted(self.num_locations, 'location')} of {dims}, {', '.join(numbers)}>"
        )


def check_indices(name: object, children: object, count: int) -> None:
    """Refuse children that are not a tuple of indices of earlier nodes."""
    from circuitalg.errors import CircuitError

    if type(children) is not tuple:
        raise CircuitError(f"the children of node {name!r} must be a tuple of indices")
    for child in children:
        if type(child) is not int or not 0 <= child < count:
            raise CircuitError(
                f"node {name!r} has child {shown(child)}; a child is the index of an earlier node"
            )
