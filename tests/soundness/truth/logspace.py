"""The truth about log-space."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
from mpmath import mp, mpf

from soundness.truth.network import (
    PRIME,
    Net,
    Undecided,
    check_weights,
    demand,
    exact_values,
    net,
    number,
    residues,
    tables,
    values,
    values_at,
    weights_of,
)
from soundness.truth.rank import check_output, equal_at, some_points
from soundness.worst_arithmetic import both_ways


def negative(network: Net) -> bool:
    """Whether a fixed matrix has a negative entry."""
    fixed = [label for node in network.nodes for label in node.matrices if type(label) is not str]
    return any(x < 0 for label in fixed for row in label for x in row)


def equivalent(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """Both networks' values, the SimNet's raised to exp(beta·): its pools multiply, its MEX add.

    In these numbers an offset (log w + log c)/beta is c·w, a fixed offset log(E)/beta is E, and a
    mean over n channels divides by n; so random residues decide.
    """
    network, simnet = networks[said["circuit"]], net(said["simnet"])
    demand(not negative(network) and not negative(simnet), "a logarithm of a negative number")
    mex = [row for row in said["simnet"]["nodes"] if row[1] == "mex"]
    betas = {row[5] if row[5] in ("inf", "-inf") else number(row[5]) for row in mex}
    demand(len(betas) <= 1 and not betas & {0, "inf", "-inf"}, "not one finite beta")
    modes = {row[0]: row[6] for row in mex}
    offsets = said["offsets"]
    demand(set(offsets) == set(simnet.parameters), "not an offset for each of the SimNet's")
    demand(network.dims == simnet.dims, "other locations")
    for seed in range(2):
        weights, x = weights_of(network, seed), some_points(network, seed)
        mapped = {}
        for name, (parameter, count) in offsets.items():
            demand(parameter in weights and count >= 1, "an offset of nothing")
            mapped[name] = np.array(weights[parameter], dtype=np.int64) * count % PRIME
            demand(mapped[name].shape == simnet.parameters[name], "an offset of another shape")
        found = averaged(simnet, modes, mapped, x)
        demand(equal_at(found, values(network, weights, x)), "the values differ")


def averaged(simnet: Net, modes: Mapping[str, str], weights: Mapping[str, Any], x: Any) -> Any:
    """Values where the sums of some nodes are divided by their number of terms."""
    nodes, scaled = [], dict(weights)
    for node in simnet.nodes:
        if node.kind == "sum" and modes[node.name] == "mean":
            count = sum(simnet.nodes[child].width for child in node.children)
            labels = []
            for k, label in enumerate(node.matrices):
                own = weights[label] if isinstance(label, str) else residues(label)
                labels.append(f"{node.name}\0{k}")
                scaled[labels[-1]] = np.asarray(own) * pow(count, -1, PRIME) % PRIME
            node = node._replace(matrices=tuple(labels))
        nodes.append(node)
    return values(simnet._replace(nodes=tuple(nodes)), scaled, x)


def signed_split(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The network at W+ - W- against the difference of the halves."""
    network, split = networks[said["circuit"]], networks[said["split"]]
    demand(network.dims == split.dims, "other locations")
    demand(split.outputs == 2 * network.outputs, "not two halves")
    demand(not negative(split), "the split has a negative number")
    names = {name + sign for name in network.parameters for sign in "+-"}
    demand(set(split.parameters) <= names, "a half of nothing")
    for seed in range(2):
        halves = {name: np.array(rows) for name, rows in weights_of(split, seed).items()}
        own = {}
        for name, shape in network.parameters.items():
            there = [halves.get(name + sign, np.zeros(shape, dtype=np.int64)) for sign in "+-"]
            demand(all(half.shape == shape for half in there), "a half of another shape")
            own[name] = (there[0] - there[1]) % PRIME
        x = some_points(network, seed)
        plus, minus = np.split(values(split, halves, x), 2, axis=1)
        demand(equal_at((plus - minus) % PRIME, values(network, own, x)), "the values differ")


def simplex_form(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The weights divided by what their rows add up to, at random residues.

    They must be the same for all uses of a parameter, have rows of sum 1, and give the function up
    to its value at ones.
    """
    network = networks[said["circuit"]]
    demand(not negative(network), "a negative number")
    for seed in range(2):
        weights = {k: np.array(v, dtype=np.int64) for k, v in weights_of(network, seed).items()}
        ones = [np.ones((1, dim), dtype=np.int64) for dim in network.dims]
        gains = [value[0] for value in values_at(network, weights, ones)]
        scaled: dict[str, np.ndarray] = {}
        for node, gain in zip(network.nodes, gains, strict=True):
            if node.kind == "sum":
                renormalise(network, node, gain, gains, weights, scaled)
        x = some_points(network, seed)
        top = gains[-1]
        found = values(network, scaled, x) * top % PRIME
        demand(equal_at(found, values(network, weights, x)), "the values differ")


def renormalise(
    network: Net, node: Any, gain: Any, gains: Any, weights: Any, scaled: dict[str, Any]
) -> None:
    """The weights of one sum."""
    inverse = np.array([pow(int(g), -1, PRIME) if g else 0 for g in gain], dtype=np.int64)
    total = np.zeros(node.width, dtype=np.int64)
    for child, label in zip(node.children, node.matrices, strict=True):
        own = weights[label] if isinstance(label, str) else residues(label)
        new = own * gains[child] % PRIME * inverse[:, None] % PRIME
        if not isinstance(label, str):
            new = own
        elif label in scaled:
            demand(equal_at(scaled[label], new), f"uses of {label} need different factors")
        else:
            scaled[label] = new
        total = (total + new.sum(axis=1)) % PRIME
    demand(equal_at(total, np.ones_like(total)), f"the rows at {node.name} do not have sum 1")


def log_score(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The exact value, and its logarithm with as many digits as the interval needs."""
    network, weights = networks[said["circuit"]], tables(said["weights"])
    check_weights(network, weights)
    check_output(network, said["output"])
    x = [[number(entry) for entry in row] for row in said["x"]]
    demand([len(row) for row in x] == list(network.dims), "inputs of another shape")
    value = Fraction(exact_values(network, weights, x)[said["output"]])
    demand(said["sign"] in (1, -1) and value * said["sign"] > 0, "another sign")
    value = abs(value)
    with mp.workprec(9000):
        found = mpmath.log(mpf(value.numerator)) - mpmath.log(mpf(value.denominator))
        ends = [number(said["low"]), number(said["high"])]
        low, high = (mpf(end.numerator) / end.denominator for end in ends)
        dust = mpf(2) ** -8900
        demand(low - dust <= found <= high + dust, "the logarithm is outside")


def rounding(said: Mapping[str, Any], networks: Sequence[Net]) -> None:
    """The worst arithmetic that is allowed, at random weights and inputs: it can only refute."""
    network = networks[said["circuit"]]
    demand(not negative(network), "a logarithm of a negative number")
    bound = number(said["bound"])
    demand(0 <= bound <= 1, "not a bound")
    ranges = [tuple(map(number, said[k])) for k in ("log_weights", "log_inputs")]
    demand(all(len(ends) == 2 and ends[0] <= ends[1] for ends in ranges), "not a range")
    draw = random.Random(5)
    with flint.ctx.workprec(400):
        balls = [
            tuple(flint.arb(flint.fmpq(end.numerator, end.denominator)) for end in ends)
            for ends in ranges
        ]

        def drawn(low: Fraction, high: Fraction) -> Any:
            if said["zeros"] == "allowed" and draw.random() < 0.2:
                return None
            between = low + (high - low) * Fraction(draw.randint(0, 64), 64)
            end = Fraction(draw.choice([low, high, between]))
            return flint.arb(flint.fmpq(end.numerator, end.denominator))

        for _ in range(3):
            weights = {
                name: [[drawn(*ranges[0]) for _ in range(columns)] for _ in range(rows)]
                for name, (rows, columns) in network.parameters.items()
            }
            x = [[drawn(*ranges[1]) for _ in range(dim)] for dim in network.dims]
            for sign in (1, -1):
                for found, wanted in both_ways(network, weights, x, balls, sign):
                    demand((found is None) == (wanted is None), "a zero is not exact")
                    if found is not None:
                        off = abs(found - wanted)
                        top = flint.arb(flint.fmpq(bound.numerator, bound.denominator))
                        demand(not off > top, f"off by {off.str(5)}")
    raise Undecided("no evaluation that is allowed has refuted it")
