"""SimNets: networks of similarities, MEX and sum pooling; log-space circuits are a special case.

A MEX node with offsets b computes MEX_β over all channels α of its children: for each of its own
channels γ, (1/β) · log((1/n) Σ_α exp(β (b_γα + c_α))), or without 1/n. A pool node adds its
children channel by channel. Source: Cohen and Shashua 2014; Cohen, Sharir, Shashua, CVPR 2016; COLT
2016, appendix E.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.code import circuit_code
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node, plain_number
from circuitalg.circuit.weights import as_weights
from circuitalg.errors import CircuitError, StructureError, WeightError
from circuitalg.integers import counted
from circuitalg.logspace.mex_steps import INFINITE, Offsets, Steps, float_beta
from circuitalg.options import instance, listed
from circuitalg.python_code import AS_CODE, TooLong, Written, call
from circuitalg.tensor.convert import real_floats
from circuitalg.tensor.evaluate import checked_inputs
from circuitalg.tensor.workspace import Stacks, passes

if TYPE_CHECKING:
    from circuitalg.logspace.similarity import Similarity

Array = Any
_KINDS = {"input": "input", "constant": "constant", "mex": "sum", "pool": "product"}


@dataclass(frozen=True, slots=True)
class SimNode:
    """One node of a SimNet: a vector of ``width`` channels.

    Attributes
    ----------
    name : unique in its network.
    kind : "input" (similarities at a location), "constant" (zeros), "mex" or "pool".
    width : number of channels.
    location : of an input.
    children : indices of earlier nodes.
    offsets : of a mex, by child: a name, or an exact matrix E ≥ 0 that stands for log(E)/β.
    beta : of a mex: an exact number that is not 0, or an infinity.
    mean : of a mex: whether the exponentials are averaged (MEX), or summed (softmax mode).
    """

    name: str
    kind: str
    width: int
    location: int | None = None
    children: tuple[int, ...] = ()
    offsets: tuple[str | Matrix, ...] = ()
    beta: int | Fraction | float = 1
    mean: bool = False

    __repr__, _repr_pretty_ = AS_CODE


@dataclass(frozen=True, slots=True, init=False, eq=False)
class SimNet:
    """A SimNet: its nodes, perhaps with its offsets and its similarity layer.

    Parameters
    ----------
    nodes
        Children before parents, the output last, as in a `Circuit`. β may be given as a float.
    offsets
        Array (rows, columns) by name, or None for an architecture without values.
    similarity
        What makes the values of an input from patches, for :meth:`score`.

    Raises
    ------
    CircuitError
        When the nodes are not a network; WeightError for a β or offsets that do not fit.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> simnet = ht_model(4, 2, [2, 2], shared=True).to_simnet()
    >>> simnet.beta
    1
    """

    nodes: tuple[SimNode, ...]
    offsets: Mapping[str, Array] | None
    similarity: Similarity | None
    structure: Circuit = field(compare=False)
    """The same graph with sums for MEX and products for pooling, offsets being parameters."""

    def __init__(
        self,
        nodes: Sequence[SimNode],
        offsets: Mapping[str, Array] | None = None,
        similarity: Similarity | None = None,
    ) -> None:
        given = tuple(listed("a SimNet is made from SimNode objects", nodes))
        for node in given:
            instance("a node", node, SimNode, "of circuitalg.logspace")
        if similarity is not None:
            from circuitalg.logspace.similarity import Similarity

            instance("similarity", similarity, Similarity, "ca.Similarity makes one")
        structure = _structure(given)
        plain = tuple(map(_plain_node, given, structure.nodes))
        object.__setattr__(self, "nodes", plain)
        object.__setattr__(self, "structure", structure)
        object.__setattr__(self, "similarity", similarity)
        checked = None if offsets is None else as_weights(structure, offsets)
        object.__setattr__(self, "offsets", checked)
        if similarity is not None:
            similarity.check_count(self.dims)

    __repr__, _repr_pretty_ = AS_CODE

    def _code_(self, most: int | None) -> str:
        layer = {} if self.similarity is None else {"similarity": self.similarity}
        architecture = self._as_of_circuit(most)
        if architecture and self.offsets is None and not layer:
            return architecture
        nodes: object = Written(f"{architecture}.nodes") if architecture else list(self.nodes)
        offsets = {} if self.offsets is None else {"offsets": self.offsets}
        return call("ca.SimNet", most, nodes, **offsets, **layer)

    def _as_of_circuit(self, most: int | None) -> str:
        """Code of a circuit whose SimNet has these nodes, or nothing."""
        if most is not None and len(self.nodes) > most:
            raise TooLong
        try:
            circuit, beta = self.to_circuit(), self.beta
        except StructureError:
            return ""
        for mean in (False, True):
            options: dict[str, Any] = {"mean": True} if mean else {}
            if beta != 1:
                options["beta"] = beta
            if circuit.to_simnet(**options).nodes == self.nodes:
                return call(
                    f"{circuit_code(circuit, most, ordered=True)}.to_simnet", most, **options
                )
        return ""

    def __str__(self) -> str:
        places = counted(len(self.dims), "location")
        return f"SimNet of {counted(len(self.nodes), 'node')} for {places}"

    def __eq__(self, other: object) -> bool:
        """Whether nodes, offsets and similarity layer are equal."""
        if not isinstance(other, SimNet):
            return NotImplemented
        mine, theirs = self.offsets, other.offsets
        if mine is None or theirs is None:
            same = mine is theirs
        else:
            same = mine.keys() == theirs.keys() and all(
                np.array_equal(table, theirs[name]) for name, table in mine.items()
            )
        return same and self.nodes == other.nodes and self.similarity == other.similarity

    def __hash__(self) -> int:
        return hash(self.nodes)

    @property
    def dims(self) -> tuple[int, ...]:
        """Number of similarities by location."""
        return self.structure.dims

    @property
    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """(rows, columns) of each matrix of offsets, sorted by name."""
        return self.structure.parameters

    @property
    def num_outputs(self) -> int:
        """Number of scores."""
        return self.structure.num_outputs

    def evaluate(self, x: Any, offsets: Mapping[str, Array] | None = None) -> Array:
        """Scores for a batch of similarities.

        Parameters
        ----------
        x
            Array (batch, locations, dim), or a list of arrays (batch, M_i); −inf is log 0.
        offsets
            In place of the network's own.

        Returns
        -------
        float64 array (batch, outputs).

        Raises
        ------
        WeightError
            When shapes do not fit, or the network has no offsets and none are given.
        """
        given = self.offsets if offsets is None else offsets
        if given is None:
            raise WeightError(
                "this SimNet has no offsets; give offsets=, or use circuit.to_simnet(weights)"
            )
        given = as_weights(self.structure, given)
        values = {
            name: real_floats(table, f"the offsets {name!r}") for name, table in given.items()
        }
        stacks = Stacks(self.structure.nodes, lambda chosen: Offsets(self, values, chosen))
        return passes(
            self.structure,
            checked_inputs(self.structure, x),
            float,
            lambda room, piece: Steps(self.nodes, piece, stacks, room),
            self.modes,
        )

    def score(self, patches: Any, offsets: Mapping[str, Array] | None = None) -> Array:
        """Scores for patches (batch, locations, s), NaN for missing numbers: (batch, outputs)."""
        if self.similarity is None:
            raise WeightError("this SimNet has no similarity layer; use evaluate on similarities")
        return self.evaluate(self.similarity.evaluate(patches), offsets)

    def save(self, path: str | Path) -> None:
        """Write it as JSON, values included; `circuitalg.load_simnet` reads it back."""
        from circuitalg.logspace.files import save_simnet

        save_simnet(self, path)

    @property
    def modes(self) -> list[tuple[float, int]]:
        """By node: β, and the number of channels averaged over; (1, 1) where it is not a MEX."""
        return [(float_beta(node.beta), self._count(node)) for node in self.nodes]

    @property
    def beta(self) -> int | Fraction:
        """The one β of all its MEX nodes (1 where there is none).

        Raises
        ------
        StructureError
            When there are several, or an infinite one: then the network is not a circuit.
        """
        found = {node.beta for node in self.nodes if node.kind == "mex"} or {1}
        beta = next(iter(found))
        if len(found) > 1 or not isinstance(beta, int | Fraction):
            shown = ", ".join(str(b) for b in sorted(found, key=float)[:4])
            raise StructureError(
                f"only a SimNet with one finite beta is a circuit in log-space; this one has "
                f"{shown}"
            )
        return beta

    def to_circuit(self) -> Circuit:
        """The circuit that this network computes in log-space: sums for MEX, products for pooling.

        With w = `to_weights` of the offsets and β the network's: β · simnet(c) is the logarithm of
        the circuit at exp(β c). The parameters keep their names.

        Raises
        ------
        StructureError
            When there is none: several β or an infinite one, or offsets that are averaged over
            different numbers of channels in different places.
        """
        self.counts()
        _ = self.beta  # both raise where this is not a circuit
        divided: dict[tuple[int, int], Matrix] = {}

        def weight(label: str | Matrix, count: int) -> str | Matrix:
            if isinstance(label, str) or count == 1:
                return label
            key = (id(label), count)
            if key not in divided:
                share = Fraction(1, count)
                divided[key] = tuple(tuple(plain(share * x) for x in row) for row in label)
            return divided[key]

        nodes = []
        for node in self.nodes:
            count = self._count(node)
            labels = tuple(weight(label, count) for label in node.offsets)
            place = (node.width, node.location, node.children)
            nodes.append(Node(node.name, _KINDS[node.kind], *place, labels))
        return Circuit.from_nodes(nodes)

    def to_weights(self, offsets: Mapping[str, Array] | None = None) -> dict[str, Array]:
        """The circuit's weights exp(β b)/c for offsets b, c the number of channels averaged."""
        given = self.offsets if offsets is None else offsets
        if given is None:
            raise WeightError("this SimNet has no offsets; give offsets=")
        given = as_weights(self.structure, given)
        beta, counts = float_beta(self.beta), self.counts()
        return {
            name: np.exp(beta * real_floats(table, f"the offsets {name!r}")) / counts[name]
            for name, table in given.items()
        }

    def counts(self) -> dict[str, int]:
        """By name of offsets: the number n of channels averaged over (1 in softmax mode).

        Raises
        ------
        StructureError
            When one name is used with two such numbers.
        """
        found: dict[str, int] = {}
        for node in self.nodes:
            for label in node.offsets:
                count = self._count(node)
                if isinstance(label, str) and found.setdefault(label, count) != count:
                    raise StructureError(
                        f"the offsets {label!r} are averaged over {found[label]} channels in one "
                        f"place and {count} in another, so no single weight matrix stands for them"
                    )
        return found

    def _count(self, node: SimNode) -> int:
        return sum(self.nodes[child].width for child in node.children) if node.mean else 1


def plain(number: int | Fraction) -> int | Fraction:
    """A whole fraction as an int."""
    return int(number) if number.denominator == 1 else number


def _plain_node(given: SimNode, checked: Node) -> SimNode:
    """A node as its checked form has it: Python's integers, and matrices in normal form."""
    beta, mean = (_beta(given), bool(given.mean)) if checked.kind == "sum" else (1, False)
    kind = {"sum": "mex", "product": "pool"}.get(checked.kind, checked.kind)
    place = (checked.location, checked.children, checked.matrices)
    return SimNode(checked.name, kind, checked.width, *place, beta, mean)


def _beta(node: SimNode) -> int | Fraction | float:
    """β as an exact number or an infinity."""
    beta: Any = node.beta
    if isinstance(beta, float) or (hasattr(beta, "dtype") and beta.dtype.kind == "f"):
        beta = float(beta)
        if beta in INFINITE:
            return beta
        beta = None if isnan(beta) else Fraction(beta)
    exact = plain_number(beta)
    if not exact:
        raise WeightError(
            f"the MEX node {node.name!r} has beta = {node.beta!r}; give a number that is not 0 "
            "(0 is the mean, which offsets only shift), or an infinity"
        )
    return exact


def _structure(nodes: Sequence[SimNode]) -> Circuit:
    """The graph as a circuit, with a circuit's checks."""
    for node in nodes:
        if node.kind not in _KINDS:
            raise CircuitError(
                f"node {node.name!r} has kind {node.kind!r}; a SimNet's are {', '.join(_KINDS)}"
            )
    try:
        circuit = Circuit.from_nodes(
            Node(n.name, _KINDS[n.kind], n.width, n.location, n.children, n.offsets) for n in nodes
        )
    except CircuitError as error:
        raise CircuitError(
            f"in this SimNet, MEX being a sum and pooling a product: {error}"
        ) from None
    for negative in negative_sums(circuit):
        raise CircuitError(
            f"the fixed offsets of {negative.name!r} are the log of a negative number"
        )
    return circuit


def negative_sums(circuit: Circuit) -> Iterator[Node]:
    """Sums with a negative entry in a fixed matrix, each matrix being read once."""
    known: dict[int, bool] = {}
    for node in circuit.nodes:
        for label in node.matrices:
            if isinstance(label, str):
                continue
            if id(label) not in known:
                known[id(label)] = any(entry < 0 for row in label for entry in row)
            if known[id(label)]:
                yield node
                break
