"""Weights that realize a tensor, and universality: each channel is given one monomial to carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from math import prod
from typing import Any

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.models import cp_model
from circuitalg.circuit.node import Matrix
from circuitalg.edge import CircuitLike, as_circuit, as_output, exact_weights
from circuitalg.errors import NotProved, TooLargeError
from circuitalg.kernel import rules
from circuitalg.kernel.given.represents import Expand, Represents
from circuitalg.kernel.given.universal import Selection, Universal
from circuitalg.kernel.theorem import Theorem
from circuitalg.tensor.exact_tensor import ExactTensor, as_tensor

Index = tuple[int, ...]
Number = int | Fraction

_MAX_CELLS = 4_000_000


def prove_universal(circuit: CircuitLike) -> Theorem[Universal]:
    """Prove that a network represents every tensor (of each output, jointly), with real weights.

    Gives every channel below the output a product of one coordinate per location, and every
    channel further down what it has to carry for that; the output matrix stays free. A CP model
    needs width M^N, and of an HT model the nodes over k locations need M^k.

    Parameters
    ----------
    circuit
        A network without tied matrices.

    Raises
    ------
    NotProved
        When a node is too narrow for that, or matrices are tied. The network may be universal all
        the same.
    TooLargeError
        Beyond 4,000,000 weights, indices of the tensor times locations included.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, sections 3.1 and 3.2.

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> prove_universal(cp_model(locations=3, dim=2, width=8)).statement.summary
    'every tensor'
    """
    circuit = as_circuit(circuit)
    cells = prod(circuit.dims) * circuit.num_locations + circuit.num_parameters
    if cells > _MAX_CELLS:
        raise TooLargeError(
            f"the weights and the tensor's indices are {cells:,} numbers, more than "
            f"{_MAX_CELLS:,}; take smaller sizes, or the theorem for all sizes"
        )
    every = list(product(*(range(dim) for dim in circuit.dims)))
    weights, _ = _selection(circuit, every)
    free = _free(circuit)
    return rules.universal(circuit, Selection(weights, free))


def prove_represents(
    model: CircuitLike | Callable[..., Circuit],
    tensor: Any,
    weights: Mapping[str, Any] | None = None,
    *,
    output: int = 0,
) -> Theorem[Represents]:
    """Prove that a network has this coefficient tensor, exactly, at weights given or found.

    Parameters
    ----------
    model
        A network; or ``cp_model``, and then one of as many channels as the tensor has non-zero
        fibres along its best mode.
    tensor
        Nested lists or an array of integers or Fractions, or an ExactTensor, of shape ``dims``.
    weights
        Rational weights (rows, columns) by parameter name at which the network has the tensor;
        found when None.
    output
        Which output is to have the tensor; the others get zero when weights are found.

    Raises
    ------
    RuleError
        When the tensor at the given weights is another one.
    NotProved
        When the network is too narrow for this construction; it may represent the tensor all the
        same. `prove_minimal_ht` finds the smallest hierarchical decomposition instead.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, section 3.1.

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> prove_represents(cp_model, [[1, 0], [0, 2]]).statement.circuit.parameters["out"]
    (1, 2)
    """
    exact = as_tensor(tensor)
    if weights is not None or model is not cp_model:
        network: Any = model
        model = as_circuit(network, "the network")
        output = as_output(model, output)
        if weights is not None:
            given = exact_weights(model, weights)
            return rules.represents(model, exact, given, Expand(), output=output)
    if not isinstance(model, Circuit):
        mode, fibres = _fibres(exact)
        model = model(locations=len(exact.dims), dim=list(exact.dims), width=max(1, len(fibres)))
        if _is_cp(model):
            found = exact_weights(model, _fibre_weights(model, mode, fibres))
            return rules.represents(model, exact, found, Expand(), output=output)
    if exact.dims != model.dims:
        raise NotProved(f"the tensor has shape {exact.dims}, the network {model.dims}")
    entries = _nonzero(exact)
    found, carried = _selection(model, sorted(entries) or [(0,) * len(exact.dims)])
    row = [entries.pop(index, 0) for index in carried]  # the padding repeats an index
    free = _free(model)
    height = model.parameters[free][0]
    found[free] = tuple(tuple(row) if y == output else (0,) * len(row) for y in range(height))
    return rules.represents(model, exact, exact_weights(model, found), Expand(), output=output)


def _nonzero(tensor: ExactTensor) -> dict[Index, Number]:
    indices = product(*(range(dim) for dim in tensor.dims))
    return {i: entry for i, entry in zip(indices, tensor.entries, strict=True) if entry}


def _fibres(tensor: ExactTensor) -> tuple[int, dict[Index, list[Number]]]:
    """Return the mode with the fewest non-zero fibres, and these by their other indices."""
    found: list[tuple[int, dict[Index, list[Number]]]] = []
    entries = _nonzero(tensor)
    for mode, dim in enumerate(tensor.dims):
        fibres: dict[Index, list[Number]] = {}
        for index, entry in entries.items():
            rest = index[:mode] + index[mode + 1 :]
            fibres.setdefault(rest, [0] * dim)[index[mode]] = entry
        found.append((mode, fibres))
    return min(found, key=lambda item: len(item[1]))


def _is_cp(circuit: Circuit) -> bool:
    """Say whether these are the nodes of an unshared CP model with its parameter names."""
    count = circuit.num_locations
    width = circuit.nodes[-2].width
    return circuit == cp_model(count, list(circuit.dims), width, outputs=circuit.num_outputs)


def _fibre_weights(
    circuit: Circuit, mode: int, fibres: dict[Index, list[Number]]
) -> dict[str, Matrix]:
    """Return CP vectors: one-hot in every mode but one, where the fibre itself stands."""
    weights: dict[str, Matrix] = {}
    for name, (height, width) in circuit.parameters.items():
        weights[name] = ((1,) * width,) * height
    for place, dim in enumerate(circuit.dims):
        rows = []
        for rest, fibre in fibres.items():
            whole = (*rest[:mode], -1, *rest[mode:])
            rows.append(tuple(fibre) if place == mode else _one_hot(whole[place], dim))
        weights[f"a0.{place}"] = tuple(rows) or ((0,) * dim,)
    return weights


def _one_hot(place: int, length: int) -> tuple[int, ...]:
    return tuple(int(i == place) for i in range(length))


def _free(circuit: Circuit) -> str:
    """Return the parameter of the output matrix."""
    last = circuit.nodes[-1]
    label = last.matrices[0] if len(last.matrices) == 1 else None
    if not isinstance(label, str):
        raise NotProved(
            "the output must be a sum of one child through a parameter, whose entries stay free"
        )
    return label


def _selection(circuit: Circuit, indices: Sequence[Index]) -> tuple[dict[str, Matrix], list[Index]]:
    """Give channels their monomials from the output down; the weights are rows of the identity.

    Returns the weights without the output's, and the index that each last channel carries.
    """
    free = _free(circuit)
    circuit.is_tree.demand(NotProved, "the construction is for tree networks")
    scopes = _scopes(circuit)
    wanted: list[list[Index]] = [[] for _ in circuit.nodes]
    below = circuit.nodes[-1].children[0]
    wanted[below] = _padded(indices, circuit, below)
    weights: dict[str, Matrix] = {}
    for place in range(len(circuit.nodes) - 2, -1, -1):
        node, own = circuit.nodes[place], wanted[place]
        if node.kind == "product":
            for child in node.children:
                cut = [scopes[place].index(i) for i in scopes[child]]
                wanted[child] = [tuple(index[c] for c in cut) for index in own]
            _check_inputs(circuit, place, wanted)
        elif node.kind == "sum":
            child, label = node.children[0], node.matrices[0]
            if not isinstance(label, str):
                raise NotProved(f"the fixed matrix into {node.name!r} cannot be chosen")
            wanted[child] = _below(circuit, child, own)
            spot = {index: at for at, index in reversed(list(enumerate(wanted[child])))}
            width = circuit.nodes[child].width
            rows = tuple(_one_hot(spot[index], width) for index in own)
            if weights.setdefault(label, rows) != rows:
                raise NotProved(
                    f"the tied matrix {label!r} would have to be two different ones; shared "
                    "networks represent no tensor without their symmetries"
                )
    if free in weights:
        raise NotProved(f"the output's matrix {free!r} is used further down as well")
    return weights, wanted[below]


def _scopes(circuit: Circuit) -> list[tuple[int, ...]]:
    """Return the locations below each node, in the order of its children."""
    found: list[tuple[int, ...]] = []
    for node in circuit.nodes:
        if node.location is not None:
            found.append((node.location,))
        else:
            found.append(tuple(i for child in node.children for i in found[child]))
    return [tuple(sorted(scope)) for scope in found]


def _padded(indices: Iterable[Index], circuit: Circuit, place: int) -> list[Index]:
    """Fill a node's channels with the wanted indices, the last one repeated."""
    node = circuit.nodes[place]
    found = list(islice(indices, node.width + 1))
    if len(found) > node.width:
        raise NotProved(
            f"the node {node.name!r} has {node.width} channels; carrying one product of "
            "coordinates in each, it needs more"
        )
    return found + found[-1:] * (node.width - len(found))


def _below(circuit: Circuit, child: int, own: Sequence[Index]) -> list[Index]:
    """Return what the child of a sum carries: an input its coordinates, others what is asked."""
    node = circuit.nodes[child]
    if node.kind == "input":
        return [(d,) for d in range(node.width)]
    return _padded(dict.fromkeys(own), circuit, child)


def _check_inputs(circuit: Circuit, place: int, wanted: Sequence[Sequence[Index]]) -> None:
    """An input that feeds a product directly carries its own coordinates, whatever is asked."""
    for child in circuit.nodes[place].children:
        node = circuit.nodes[child]
        if node.kind == "input" and list(wanted[child]) != [(d,) for d in range(node.width)]:
            raise NotProved(f"the input {node.name!r} feeds a product without a matrix")
