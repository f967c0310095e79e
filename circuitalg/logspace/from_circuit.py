"""The SimNet that computes a circuit in log-space: MEX for sums, pooling for products."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from numbers import Rational, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.node import Matrix, Node
from circuitalg.circuit.weights import as_weights
from circuitalg.edge import exact
from circuitalg.errors import ArgumentError, WeightError
from circuitalg.logspace.logarithms import logarithms
from circuitalg.logspace.mex_steps import float_beta
from circuitalg.logspace.simnet import SimNet, SimNode, negative_sums, plain
from circuitalg.options import described, flag

if TYPE_CHECKING:
    from circuitalg.logspace.similarity import Similarity

Array = Any


def simnet_of(
    circuit: Circuit,
    weights: Mapping[str, Array] | None = None,
    *,
    mean: bool = False,
    beta: int | Fraction = 1,
    similarity: Similarity | None = None,
) -> SimNet:
    """The SimNet that computes a circuit in log-space (COLT 2016, appendix E).

    Parameters
    ----------
    circuit
        Fixed matrices must be non-negative.
    weights
        Non-negative arrays by name: the offsets become (log w + log n)/β, log 0 being −inf and n
        the number of channels that MEX averages over (1 without ``mean``). None: no values.
    mean
        Use MEX with its average; without, in softmax mode. A parameter that is used with several n
        then becomes several offsets, called name*n.
    beta
        Of all MEX nodes, exact and not 0. At log(x)/β the scores are log(h(x))/β.

    Raises
    ------
    WeightError
        For a negative weight or fixed entry, which has no logarithm, and for another β.
    """
    mean, beta = flag("mean", mean), _finite_beta(beta)
    for node in negative_sums(circuit):
        raise WeightError(
            f"the fixed matrix of the sum {node.name!r} has a negative entry, which has no "
            "logarithm; split the network into non-negative ones with circuitalg.split_signs"
        )
    names = _offset_names(circuit, mean=mean)
    scaled: dict[tuple[int, int], Matrix] = {}
    nodes = [_simnode(circuit, node, beta, mean, names, scaled) for node in circuit.nodes]
    if weights is None:
        return SimNet(nodes, None, similarity)
    weights = as_weights(circuit, weights)
    logs = {name: logarithms(w, f"the weight {name!r}") for name, w in weights.items()}
    divisor = float_beta(beta)
    offsets = {
        offset: (logs[name] + np.log(count)) / divisor for (name, count), offset in names.items()
    }
    return SimNet(nodes, offsets, similarity)


def _finite_beta(beta: Any) -> int | Fraction:
    """An exact beta; a float stands for the rational number that it is."""
    if isinstance(beta, bool) or not isinstance(beta, Real):
        raise ArgumentError(f"beta must be a number, not {described(beta)}")
    exactly = isinstance(beta, Rational)  # and then beyond floats, too
    if beta == 0 or not (exactly or isfinite(beta)):
        raise WeightError("a circuit in log-space has a finite beta; give a number that is not 0")
    found: int | Fraction = exact(beta)
    return found


def _offset_names(circuit: Circuit, *, mean: bool) -> dict[tuple[str, int], str]:
    """Names of offsets by parameter and number of channels that are averaged over (else 1)."""
    used: dict[str, set[int]] = {}
    for node in circuit.nodes:
        for label in node.matrices:
            if isinstance(label, str):
                used.setdefault(label, set()).add(_fan_in(circuit, node) if mean else 1)
    names: dict[tuple[str, int], str] = {}
    taken = set(used)
    for parameter, counts in used.items():
        for count in sorted(counts):
            name = parameter if len(counts) == 1 else f"{parameter}*{count}"
            while len(counts) > 1 and name in taken:
                name += "'"
            taken.add(name)
            names[parameter, count] = name
    return names


def _simnode(
    circuit: Circuit,
    node: Node,
    beta: int | Fraction,
    mean: bool,
    names: Mapping[tuple[str, int], str],
    scaled: dict[tuple[int, int], Matrix],
) -> SimNode:
    if node.kind != "sum":
        kind = "pool" if node.kind == "product" else node.kind
        return SimNode(node.name, kind, node.width, node.location, node.children)
    count = _fan_in(circuit, node) if mean else 1
    labels: list[str | Matrix] = []
    for label in node.matrices:
        if isinstance(label, str):
            labels.append(names[label, count])
            continue
        key = (id(label), count)
        if key not in scaled:  # a tensor train repeats one matrix at every location
            rows = (tuple(plain(count * entry) for entry in row) for row in label)
            scaled[key] = label if count == 1 else tuple(rows)
        labels.append(scaled[key])
    return SimNode(node.name, "mex", node.width, None, node.children, tuple(labels), beta, mean)


def _fan_in(circuit: Circuit, node: Node) -> int:
    return sum(circuit.nodes[child].width for child in node.children)
