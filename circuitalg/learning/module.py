"""A network as a PyTorch module; imported by `circuitalg.learning.convert.to_torch` alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, log, pi
from typing import Any

import numpy as np
import torch

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.weights import check_weights
from circuitalg.errors import StructureError, WeightError
from circuitalg.learning.plan import Step, plan_of
from circuitalg.learning.run import run
from circuitalg.logspace.mex import mex
from circuitalg.logspace.similarity import Similarity
from circuitalg.logspace.simnet import SimNet, logarithms

Array = Any
_ROWS_SUM_TO_ONE = 1e-6


class NetworkModule(torch.nn.Module):
    """A circuit or SimNet whose parameters can be trained; made by `to_torch`.

    Its parameters have the network's names, "." and "%" written as "%2E" and "%25".
    """

    def __init__(
        self,
        network: Circuit | SimNet,
        weights: Mapping[str, Array] | None,
        space: str,
        logarithmic: bool,
        similarity: Similarity | None,
        train_similarity: bool,
        seed: int,
        dtype: Any,
    ) -> None:
        super().__init__()
        self.space, self.log, self.similarity = space, logarithmic, None
        is_circuit = isinstance(network, Circuit)
        self._simnet = None
        if logarithmic:
            self._simnet = network.to_simnet() if isinstance(network, Circuit) else network
        self._plan = plan_of(network if self._simnet is None else self._simnet)
        self._uses = _uses(self._plan.steps)
        self._names: dict[str, str] = {}
        self._names |= {name: _escaped(name, self) for name in network.parameters}
        if space == "simplex":
            _check_uses(self._uses)
        if weights is None and isinstance(network, SimNet):
            weights = network.offsets
        if weights is None:
            start = self._random(network.parameters, seed)
        else:
            check_weights(self._plan.structure, weights)
            start = {name: self._start(name, weights[name], is_circuit) for name in self._names}
        dtype = torch.get_default_dtype() if dtype is None else dtype
        for name, table in start.items():
            value = torch.as_tensor(table, dtype=dtype)
            self.register_parameter(self._names[name], torch.nn.Parameter(value))
        for number, array in enumerate(self._plan.arrays):
            value = torch.as_tensor(array, dtype=None if array.dtype.kind == "i" else dtype)
            self.register_buffer(f"array{number}%", value, persistent=False)
        if similarity is None and isinstance(network, SimNet):
            similarity = network.similarity
        if similarity is not None and set(network.dims) != {similarity.count}:
            raise WeightError(
                f"the similarity layer has {similarity.count} channels, and the network's "
                f"locations have {sorted(set(network.dims))}; the two must be equal"
            )
        if similarity is not None:
            self.similarity = SimilarityModule(similarity, train_similarity, dtype)

    def forward(self, x: Any) -> Any:
        """Scores (batch, outputs), or in log-space their logarithms.

        ``x`` is (batch, locations, dim), or a list of (batch, M_i): representation values, in
        log-space their logarithms. With a similarity layer: patches (batch, locations, s), NaN
        where a number is missing.
        """
        if self.similarity is not None:
            x = self.similarity(x)
            x = x if self.log else torch.exp(x)
        parameters = {name: getattr(self, own) for name, own in self._names.items()}
        arrays = [getattr(self, f"array{i}%") for i in range(len(self._plan.arrays))]
        return run(self._plan, parameters, x, arrays, self._matrices)

    def weights(self) -> dict[str, Array]:
        """The circuit's weights as float64 arrays by parameter name, for everything else here.

        In log-space they are those of the circuit that the SimNet is (`SimNet.to_weights`).
        """
        if self._simnet is not None:
            return self._simnet.to_weights(self.offsets())
        raw = self._raw()
        if self.space == "real":
            return raw
        return {name: np.exp(self._normalized(table)) for name, table in raw.items()}

    def offsets(self) -> dict[str, Array]:
        """The offsets of the SimNet that this is: for a circuit the logarithms of the weights.

        Raises
        ------
        StructureError
            When the module does not compute in log-space.
        """
        if self._simnet is None:
            raise StructureError("this module computes with numbers, not logarithms: use weights()")
        if self.space == "nonnegative":
            return self._raw()
        found = {}
        for name, table in self._raw().items():
            beta, count = self._uses[name][0]
            found[name] = (self._normalized(table) + log(count)) / beta
        return found

    def to_simnet(self) -> SimNet:
        """The SimNet with the offsets and the similarity layer as they are now."""
        offsets = self.offsets()
        similarity = None if self.similarity is None else self.similarity.value()
        if self._simnet is None:
            raise StructureError("only a module in log-space is a SimNet")
        return SimNet(self._simnet.nodes, offsets, similarity)

    def _normalized(self, table: Array) -> Array:
        """Stored numbers of one parameter as log-weights."""
        return _log_softmax(table) if self.space == "simplex" else table

    def _matrices(self, stacked: Any, step: Step) -> Any:
        """Stored numbers of one step as weights, or as offsets."""
        if self.space == "nonnegative":
            return stacked if self.log else torch.exp(stacked)
        if self.space == "real":
            return stacked
        if not self.log:
            return torch.softmax(stacked, -1)
        return (torch.log_softmax(stacked, -1) + log(step.averaged)) / step.beta

    def _start(self, name: str, given: Array, is_circuit: bool) -> Array:
        """What to store for weights of a circuit, or for offsets of a SimNet."""
        if self.space == "real":
            return np.asarray(given, dtype=float)
        if is_circuit:
            logs = logarithms(given, f"the weight {name!r}")
            if self.space == "nonnegative":
                return logs
        else:
            logs = np.asarray(given, dtype=float)
            if self.space == "nonnegative":
                return logs
            beta, count = self._uses[name][0]
            logs = beta * logs - log(count)
        sums = np.exp(logs).sum(axis=1)
        if not (np.abs(sums - 1) <= _ROWS_SUM_TO_ONE).all():
            raise WeightError(
                f"the weights of {name!r} are not on the simplex: a row sums to "
                f"{float(sums[np.abs(sums - 1).argmax()]):.6g}; divide each row by its sum"
            )
        return logs

    def _random(self, shapes: Mapping[str, tuple[int, int]], seed: int) -> dict[str, Array]:
        generator = np.random.default_rng(seed)
        found = {}
        for name, shape in shapes.items():
            table = generator.standard_normal(shape)
            if self.space == "real":
                found[name] = table / np.sqrt(shape[1])
                continue
            if self.space == "nonnegative":
                beta, count = self._uses[name][0]
                if beta not in (inf, -inf):
                    table = _log_softmax(table)
                    table = (table + log(count)) / beta
            found[name] = table
        return found

    def _raw(self) -> dict[str, Array]:
        """The stored numbers by the network's names."""
        return {
            name: getattr(self, own).detach().cpu().to(torch.float64).numpy().copy()
            for name, own in self._names.items()
        }


class SimilarityModule(torch.nn.Module):
    """A similarity layer; the logarithms of its weights are stored, so that they stay positive."""

    def __init__(self, layer: Similarity, train: bool, dtype: Any) -> None:
        super().__init__()
        self._kind, self._normalize = layer.kind, layer.normalize
        for name, table in (
            ("templates", layer.templates),
            ("log_weights", logarithms(layer.weights, "a similarity")),
        ):
            value = torch.as_tensor(table, dtype=dtype)
            self.register_parameter(name, torch.nn.Parameter(value, requires_grad=train))

    def forward(self, patches: Any) -> Any:
        """Similarities (…, M) of patches (…, s); NaN is missing, as in `Similarity.evaluate`."""
        if patches.shape[-1] != self.templates.shape[1]:
            raise WeightError(
                f"the templates have {self.templates.shape[1]} numbers, and the patches have shape "
                f"{tuple(patches.shape)}; their last axis must have that length"
            )
        missing = torch.isnan(patches)[..., None, :]
        x = torch.where(torch.isnan(patches), torch.zeros_like(patches), patches)[..., None, :]
        weights = torch.exp(self.log_weights)
        if self._kind == "linear":
            terms = weights * (x * self.templates)
        elif self._kind == "l1":
            terms = weights * -torch.abs(x - self.templates)
        else:
            terms = weights * -((x - self.templates) ** 2)
        if self._normalize:
            terms = terms + (
                self.log_weights - log(2)
                if self._kind == "l1"
                else (self.log_weights - log(pi)) / 2
            )
        return torch.where(missing, torch.zeros_like(terms), terms).sum(-1)

    def value(self) -> Similarity:
        """The layer as it is now."""
        templates, logs = (
            table.detach().cpu().to(torch.float64).numpy()
            for table in (self.templates, self.log_weights)
        )
        return Similarity(self._kind, templates, np.exp(logs), normalize=self._normalize)


def _escaped(name: str, module: NetworkModule) -> str:
    """A name that torch takes: no dot, and no attribute of the module; no two become one.

    "%" is followed by two digits, except at the end of a name that was taken.
    """
    escaped = name.replace("%", "%25").replace(".", "%2E")
    return escaped + "%" if hasattr(module, escaped) else escaped


def _uses(steps: Sequence[Step]) -> dict[str, list[tuple[float, int]]]:
    """By parameter: the pairs (β, number of channels averaged over) that it is used with."""
    found: dict[str, list[tuple[float, int]]] = {}
    for step in steps:
        for label in (label for labels in step.tables for label in labels):
            mode = (step.beta, step.averaged)
            if isinstance(label, str) and mode not in found.setdefault(label, []):
                found[label].append(mode)
    return found


def _check_uses(uses: Mapping[str, Sequence[tuple[float, int]]]) -> None:
    for name, modes in uses.items():
        if len(modes) > 1 or modes[0][0] in (inf, -inf):
            raise StructureError(
                f"the offsets {name!r} have no one sum to normalise: they are used with (β, number "
                f"averaged over) = {', '.join(map(str, modes))}; use space='nonnegative'"
            )


def _log_softmax(table: Array) -> Array:
    return table - mex(table, 1, axis=1, mean=False)[:, None]
