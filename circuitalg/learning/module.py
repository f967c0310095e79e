"""A network as a PyTorch module; imported by `circuitalg.learning.convert.to_torch` alone."""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

import numpy as np
import torch

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.weights import as_weights
from circuitalg.errors import StructureError, WeightError
from circuitalg.learning.steps import Mode, Prepared, outputs
from circuitalg.logspace.logarithms import logarithms
from circuitalg.logspace.mex_steps import INFINITE
from circuitalg.logspace.similarity import Similarity, log_constant, terms
from circuitalg.logspace.simnet import SimNet
from circuitalg.options import natural
from circuitalg.tensor.convert import real_floats

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
        similarity: Similarity | None,
        train_similarity: bool,
        seed: int,
        dtype: Any,
    ) -> None:
        super().__init__()
        self._network = network
        self._prepared = Prepared(network)
        self.space, self.log, self.similarity = space, self._prepared.log, None
        self._modes = _modes(self._prepared, one_each=space == "simplex")
        dtype = torch.get_default_dtype() if dtype is None else dtype
        if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
            raise WeightError(f"a module's dtype must be a floating type of torch, not {dtype!r}")
        self.register_buffer("_like", torch.zeros((), dtype=dtype), persistent=False)
        self._constants = torch.nn.Module()
        for number, array in enumerate(self._prepared.constants):
            value = torch.as_tensor(array, dtype=None if array.dtype.kind == "i" else dtype)
            self._constants.register_buffer(str(number), value, persistent=False)
        if similarity is not None:
            similarity.check_count(network.dims)
            self.similarity = SimilarityModule(similarity, train_similarity, dtype)
        if weights is not None:
            weights = as_weights(self._prepared.structure, weights)
        generator = np.random.default_rng(natural("the seed", seed))
        self._names: dict[str, str] = {}
        for name, shape in network.parameters.items():
            if weights is None:
                table = self._random(name, generator.standard_normal(shape))
            else:
                table = self._start(name, weights[name])
            value = torch.as_tensor(table, dtype=dtype)
            self._names[name] = _escaped(name, self)
            self.register_parameter(self._names[name], torch.nn.Parameter(value))

    def forward(self, x: Any) -> Any:
        """Scores (batch, outputs), or in log-space their logarithms.

        ``x`` is (batch, locations, dim), or a list of (batch, M_i): representation values, in
        log-space their logarithms. With a similarity layer: patches (batch, locations, s), NaN
        where a number is missing, or masked. Real numbers of another type, and NumPy's arrays,
        are converted to the parameters' type.
        """
        by_location = isinstance(x, list | tuple) and all(hasattr(table, "shape") for table in x)
        if self.similarity is not None:
            if by_location:
                raise WeightError("patches are one array (batch, locations, s), not several")
            if isinstance(x, np.ma.MaskedArray):
                x = np.ma.filled(x.astype(float), np.nan)
            x = self.similarity(self._tensor(x))
            x = x if self.log else torch.exp(x)
        else:
            x = [self._tensor(table) for table in x] if by_location else self._tensor(x)
        parameters = {name: getattr(self, own) for name, own in self._names.items()}
        constants = list(self._constants.buffers())
        return outputs(self._prepared, parameters, x, constants, self._matrices)

    def _tensor(self, numbers: Any) -> Any:
        """Real numbers as a tensor of the parameters' type."""
        given = numbers if isinstance(numbers, torch.Tensor) else torch.as_tensor(
            real_floats(numbers, "x"), device=self._like.device)  # fmt: skip
        if given.is_complex():
            raise WeightError(f"x must hold real numbers, and its type is {given.dtype}")
        return given.to(self._like.dtype)

    def weights(self) -> dict[str, Array]:
        """The circuit's weights as float64 arrays by parameter name, for everything else here.

        In log-space they are those of the circuit that the SimNet is (`SimNet.to_weights`).
        """
        if isinstance(self._network, SimNet):
            return self._network.to_weights(self.offsets())
        return self._tables()

    def offsets(self) -> dict[str, Array]:
        """The offsets of the SimNet that this is: for a circuit the logarithms of the weights.

        Raises
        ------
        StructureError
            When the module does not compute in log-space.
        """
        if not self.log:
            raise StructureError("this module computes with numbers, not logarithms: use weights()")
        return self._tables()

    def to_simnet(self) -> SimNet:
        """The SimNet with the offsets and the similarity layer as they are now."""
        if not isinstance(self._network, SimNet):
            raise StructureError("only a module in log-space is a SimNet")
        similarity = None if self.similarity is None else self.similarity.value()
        return SimNet(self._network.nodes, self.offsets(), similarity)

    def _tables(self) -> dict[str, Array]:
        """Weights, or offsets, as they are now."""
        return {
            name: self._matrices(_numbers(getattr(self, own)), self._modes[name]).numpy()
            for name, own in self._names.items()
        }

    def _matrices(self, stored: Any, mode: Mode) -> Any:
        """Stored numbers of one or several parameters as weights, or as offsets."""
        if self.space == "simplex":
            return _normalized(stored, mode) if self.log else torch.softmax(stored, -1)
        return torch.exp(stored) if self.space == "nonnegative" and not self.log else stored

    def _start(self, name: str, given: Array) -> Array:
        """What to store for weights of a circuit, or for offsets of a SimNet."""
        if self.log or self.space == "real":
            table = real_floats(given, f"the weight {name!r}")
        else:
            table = logarithms(given, f"the weight {name!r}")
        if self.space != "simplex":
            return table
        beta, count = self._modes[name]
        logs = beta * table - log(count)
        sums = np.exp(logs).sum(axis=1)
        if not (np.abs(sums - 1) <= _ROWS_SUM_TO_ONE).all():
            raise WeightError(
                f"the weights of {name!r} are not on the simplex: a row sums to "
                f"{float(sums[np.abs(sums - 1).argmax()]):.6g}; divide each row by its sum"
            )
        return logs

    def _random(self, name: str, drawn: Array) -> Array:
        """What to store at random, from standard normal numbers; see `to_torch`."""
        if self.space == "real":
            return drawn / np.sqrt(drawn.shape[1])
        mode = self._modes[name]
        if self.space == "simplex" or mode[0] in INFINITE:
            return drawn
        return _normalized(torch.as_tensor(drawn), mode)


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
        halved = self.log_weights / 2 if self._kind == "l2" else self.log_weights
        factors = torch.exp(halved.clamp(max=log(torch.finfo(halved.dtype).max)))
        constants = log_constant(self._kind, self.log_weights) if self._normalize else None
        x = patches[..., None, :]
        return terms(self._kind, x, self.templates, factors, constants).sum(-1)

    def value(self) -> Similarity:
        """The layer as it is now."""
        templates = _numbers(self.templates).numpy()
        weights = np.exp(_numbers(self.log_weights).numpy())
        return Similarity(self._kind, templates, weights, normalize=self._normalize)


def _normalized(stored: Any, mode: Mode) -> Any:
    """Offsets of a sum whose weights sum to 1 in each row."""
    beta, count = mode
    return (torch.log_softmax(stored, -1) + log(count)) / beta


def _numbers(parameter: Any) -> Any:
    """A copy in float64 on the host, without gradients."""
    return parameter.detach().to("cpu", torch.float64, copy=True)


def _escaped(name: str, module: NetworkModule) -> str:
    """A name that torch accepts: no dot, not an attribute of the module; no two names become one.

    "%" is followed by two digits, except at the end of a name that was taken.
    """
    escaped = name.replace("%", "%25").replace(".", "%2E")
    return escaped + "%" if hasattr(module, escaped) else escaped


def _modes(network: Prepared, *, one_each: bool) -> dict[str, Mode]:
    """By parameter: the mode of the first sum that uses it; with ``one_each``, of all that do."""
    found: dict[str, list[Mode]] = {}
    for node, mode in zip(network.structure.nodes, network.modes, strict=True):
        for label in node.matrices:
            if isinstance(label, str) and mode not in found.setdefault(label, []):
                found[label].append(mode)
    for name, modes in found.items():
        if one_each and (len(modes) > 1 or modes[0][0] in INFINITE):
            raise StructureError(
                f"the offsets {name!r} have no single sum to normalise: they are used with "
                f"(beta, number averaged over) = {', '.join(map(str, modes))}; use "
                "space='nonnegative'"
            )
    return {name: modes[0] for name, modes in found.items()}
