"""`to_torch` and `to_jax`: networks for automatic differentiation, and the libraries they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.weights import as_weights
from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import MissingDependencyError, WeightError
from circuitalg.learning.steps import Prepared
from circuitalg.learning.steps import outputs as outputs_of
from circuitalg.logspace.similarity import Similarity
from circuitalg.logspace.simnet import SimNet
from circuitalg.options import choice, flag, instance
from circuitalg.tensor.convert import real_floats, to_numpy
from circuitalg.tensor.evaluate import checked_inputs

if TYPE_CHECKING:
    from circuitalg.learning.module import NetworkModule

SPACES = ("real", "nonnegative", "simplex")


def to_torch(
    network: CircuitLike | SimNet,
    weights: Mapping[str, Any] | None = None,
    *,
    space: str | None = None,
    log: bool | None = None,
    similarity: Similarity | None = None,
    train_similarity: bool = True,
    seed: int = 0,
    dtype: Any = None,
) -> NetworkModule:
    """Return a network as a `torch.nn.Module` with the same parameters.

    Parameters
    ----------
    network
        A circuit, or a SimNet.
    weights
        Arrays by parameter name to start from; for a SimNet offsets, its own if not given.
        Otherwise random: standard normal divided by the root of the number of columns (real), or
        softmax of standard normal by row.
    space
        "real", "nonnegative" (log-weights are stored; the gradient is theirs) or "simplex"
        (the log-weights are the log_softmax of each stored row). A circuit's default is "real", a
        SimNet's "nonnegative".
    log
        Whether to compute in log-space: inputs and outputs are then logarithms. By default it does
        unless the space is "real", where it cannot.
    similarity
        A layer that makes the inputs from patches; a SimNet's own if not given.
    train_similarity
        Whether its templates and weights are parameters, too.
    seed
        Of random weights.
    dtype
        A floating type of torch; by default torch's.

    Raises
    ------
    MissingDependencyError
        Without PyTorch.
    WeightError
        For an unknown or impossible space, or weights that do not fit it.
    StructureError
        For the space "simplex", where the same offsets are used with several β or averages.

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> module = to_torch(cp_model(locations=2, dim=2, width=3), space="simplex")
    >>> sum(parameter.numel() for parameter in module.parameters())
    15
    """
    try:
        from circuitalg.learning.module import NetworkModule
    except ModuleNotFoundError as error:
        raise _missing(error, "PyTorch", 'pip install "circuitalg[torch]"') from None
    network = _network(network)
    is_circuit = isinstance(network, Circuit)
    default = "real" if is_circuit else "nonnegative"
    space = default if space is None else choice("space", space, SPACES)
    log = space != "real" or not is_circuit if log is None else flag("log", log)
    train_similarity = flag("train_similarity", train_similarity)
    if similarity is not None:
        instance("similarity", similarity, Similarity, 'ca.Similarity("l2", templates) makes one')
    if log and space == "real":
        raise WeightError(
            "negative weights have no logarithm; use space='nonnegative' or 'simplex', or log=False"
        )
    if not log and not is_circuit:
        raise WeightError("a SimNet computes in log-space; convert its circuit: to_circuit()")
    if isinstance(network, SimNet):
        weights = network.offsets if weights is None else weights
        similarity = network.similarity if similarity is None else similarity
    elif log:
        network = network.to_simnet(weights)
        weights = network.offsets
    return NetworkModule(network, weights, space, similarity, train_similarity, seed, dtype)


def to_jax(
    network: CircuitLike | SimNet, *, log: bool | None = None
) -> Callable[[Mapping[str, Any], Any], Any]:
    """Return a network as a pure function (weights, x) -> outputs for JAX's `grad` and `jit`.

    Parameters
    ----------
    network
        A circuit, or a SimNet.
    log
        Whether to compute in log-space: then the weights are logarithms (a SimNet's offsets), and
        so are inputs (batch, locations, dim) and outputs (batch, outputs). A SimNet always does, a
        circuit does not by default.

    Integers and Fractions are converted to floats.

    Raises
    ------
    MissingDependencyError
        Without JAX.
    WeightError
        When a fixed matrix has a negative entry and so no logarithm; from the function, when
        weights or inputs do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg import cp_model
    >>> circuit = cp_model(locations=2, dim=2, width=3)
    >>> to_jax(circuit)(circuit.random_weights(kind="float"), np.ones((5, 2, 2))).shape
    (5, 1)
    """
    try:
        import jax.numpy as jnp
    except ModuleNotFoundError as error:
        raise _missing(error, "JAX", "pip install jax") from None
    network = _network(network)
    if log is not None and flag("log", log) and isinstance(network, Circuit):
        network = network.to_simnet()
    prepared = Prepared(network)

    def floating(numbers: Any, what: str) -> Any:
        """Integers would overflow silently; objects are unknown to JAX."""
        if not array_api_compat.is_jax_array(numbers):
            numbers = to_numpy(numbers)
            if numbers.dtype.kind not in "fc" or np.ma.is_masked(numbers):
                numbers = real_floats(numbers, what)
        array = jnp.asarray(numbers)
        return array if jnp.issubdtype(array.dtype, jnp.inexact) else array * 1.0

    def outputs(weights: Mapping[str, Any], x: Any) -> Any:
        tables = as_weights(prepared.structure, weights)
        values = {name: floating(table, f"the weight {name!r}") for name, table in tables.items()}
        given = checked_inputs(prepared.structure, x)
        whole = hasattr(given, "shape")
        inputs = floating(given, "x") if whole else [floating(table, "x") for table in given]
        constants = [jnp.asarray(array) for array in prepared.constants]
        return outputs_of(prepared, values, inputs, constants)

    return outputs


def _network(network: Any) -> Circuit | SimNet:
    """A SimNet as it is, or what stands for a circuit."""
    return network if isinstance(network, SimNet) else as_circuit(network, "the network")


def _missing(error: ModuleNotFoundError, library: str, command: str) -> Exception:
    """What to raise where a library cannot be imported."""
    if (error.name or "").partition(".")[0] not in ("torch", "jax"):
        return error
    return MissingDependencyError(f"{library} is not installed, and this needs it: {command}")
