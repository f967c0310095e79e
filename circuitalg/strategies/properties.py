"""Ready-made properties of one's own networks, for tests: each passes, or says what fails and how.

They are plain functions, to be called with networks that one has or that Hypothesis draws::

    @given(strategies.circuits(nonnegative=True))
    def test_my_evaluation(circuit):
        strategies.check_log_space(circuit, my_log_space_evaluation)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf, isnan, prod
from typing import Any, Final, NoReturn, TypeAlias

from circuitalg.arithmetic import modular
from circuitalg.arithmetic.logarithm import log_of
from circuitalg.arithmetic.primes import DEFAULT_PRIME
from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output, exact
from circuitalg.errors import ArgumentError, NotProved, OptionError, PropertyFailed, Refuted
from circuitalg.kernel.rank.statements import GenericRank
from circuitalg.kernel.same.function import SameFunction
from circuitalg.kernel.theorem import Theorem
from circuitalg.logspace.simnet import SimNet
from circuitalg.options import described, is_list, natural
from circuitalg.prove.logspace.equivalent import prove_log_space
from circuitalg.prove.rank.rank import prove_rank
from circuitalg.prove.same.function import prove_same
from circuitalg.strategies.findings import example_code
from circuitalg.tensor.matricize import matricization

RankClaim: TypeAlias = int | tuple[int, int] | Callable[[Circuit, Bipartition], Any]
"""A rank, its bounds, or a function that says either."""

LogFunction: TypeAlias = Callable[[Circuit, Mapping[str, Any], Any], Any]
"""(circuit, weights, x) → logarithms of the outputs, an array (batch, outputs)."""

SMALL: Final = 4096
"""Coefficient tensors of up to so many entries are written out."""
_SEEDS: Final = (1, 2)


def fail(sentence: str, **objects: object) -> NoReturn:
    """Raise the failure of a property: a sentence, and the code that makes these objects again."""
    raise PropertyFailed(f"{sentence}\n\n{example_code(**objects)}")


def check_rank_claim(
    circuit: CircuitLike,
    bipartition: BipartitionLike,
    claim: RankClaim,
    *,
    output: int = 0,
    space: str = "real",
    max_minor: int = 400,
    timeout: float | None = None,
) -> Theorem[GenericRank]:
    """Check a claim on a generic rank against what is proved of it, and against an explicit rank.

    The explicit one is of the tensor written out at random weights modulo a prime, where it has up
    to 4,096 entries. It decides where the proved bounds do not meet: then the claim is tested, not
    proved.

    Parameters
    ----------
    circuit, bipartition, output, space, max_minor, timeout
        As for `ca.prove_rank`.
    claim
        The rank; its bounds (lower, upper); or a function (circuit, bipartition) that returns
        either.

    Returns
    -------
    Theorem
        What is proved of the rank.

    Raises
    ------
    PropertyFailed
        When the claim does not hold.
    ArgumentError, OptionError
        When the claim is neither a number nor two in order.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> check_rank_claim(ht_model(8, 3, [3, 3, 3]), "odd-even", 81).statement.summary
    'rank = 81'
    """
    circuit = as_circuit(circuit)
    parts, output = as_bipartition(bipartition, circuit), as_output(circuit, output)
    low, high = _bounds(claim(circuit, parts) if callable(claim) else claim)
    claimed = f"{low}" if low == high else f"between {low} and {high}"
    options = {"output": output, "space": space, "max_minor": max_minor, "timeout": timeout}
    theorem = prove_rank(circuit, parts, **options)  # type: ignore[arg-type]
    said = theorem.statement
    if said.lower > high or said.upper < low:
        fail(f"the rank is claimed to be {claimed}, but {said}", circuit=circuit, bipartition=parts)
    if space != "simplex" and prod(circuit.dims) <= SMALL:
        rank = explicit_rank(circuit, parts, output)
        where = f"at random weights modulo {DEFAULT_PRIME} the tensor has rank {rank}"
        if rank > said.upper:
            fail(f"{where}, but it is proved that {said}", circuit=circuit, bipartition=parts)
        if not low <= rank <= high:
            fail(
                f"the rank is claimed to be {claimed}, but {where}",
                circuit=circuit,
                bipartition=parts,
            )
    return theorem


def explicit_rank(circuit: Circuit, bipartition: Bipartition, output: int = 0) -> int:
    """The largest rank of the written-out tensor at a few random weights modulo a prime."""
    import numpy as np

    ranks = []
    for seed in _SEEDS:
        draw = np.random.default_rng(seed)
        weights = {
            name: draw.integers(1, DEFAULT_PRIME, shape)
            for name, shape in circuit.parameters.items()
        }
        tensor = circuit.coefficient_tensor(weights, output=output, modulus=DEFAULT_PRIME)
        ranks.append(modular.rank(matricization(tensor, bipartition), DEFAULT_PRIME))
    return max(ranks)


def _bounds(claim: Any) -> tuple[int, int]:
    if is_list(claim):
        if len(claim) != 2:
            raise ArgumentError(f"bounds of a rank are two integers, not {len(claim)} of them")
        low, high = (natural("a bound of the rank", each) for each in claim)
        if low > high:
            raise OptionError(f"the claimed bounds are out of order: {low} is above {high}")
        return low, high
    rank = natural("the claimed rank", claim)
    return rank, rank


def check_same_function(
    a: CircuitLike, b: CircuitLike, weight_map: Mapping[str, Any] | None = None
) -> Theorem[SameFunction] | None:
    """Check that two networks are the same function, for all weights and inputs.

    Parameters
    ----------
    a, b, weight_map
        As for `ca.prove_same`, whose third argument is ``weights``.

    Returns
    -------
    Theorem or None
        None where nothing was proved, and the networks agree at the random points that were tried.

    Raises
    ------
    PropertyFailed
        With weights and an input where they differ.

    Examples
    --------
    >>> from circuitalg import cp_model, ht_model
    >>> check_same_function(cp_model(4, 2, 3), ht_model(4, 2, [3], window=4)).statement.summary
    'the same function'
    """
    first, second = as_circuit(a, "the first network"), as_circuit(b, "the second network")
    try:
        return prove_same(first, second, weight_map)
    except Refuted as error:
        fail(f"the networks are not the same function: {error}", a=first, b=second)
    except NotProved:
        return None


# Log-space


def check_log_space(
    circuit: CircuitLike,
    function: SimNet | LogFunction | None = None,
    *,
    tolerance: float = 1e-9,
    seed: int = 0,
) -> None:
    """Check that a log-space evaluation gives the logarithms of a network's outputs.

    Exact values over the rationals decide, at weights and inputs from simple ones (all 1, small
    integers, zeros) to such whose products are no floats (exp(±300)).

    Parameters
    ----------
    circuit
        Any network whose fixed matrices are non-negative.
    function
        None for the network's own SimNet; a SimNet; or any function (circuit, weights, x) that
        returns an array (batch, outputs) of logarithms. It gets non-negative float weights by
        name, and x as ``circuit.evaluate`` does: not their logarithms.
    tolerance
        Largest error, relative to the logarithm where that is above 1. Logarithms of 0 must be −∞.
    seed
        Of the random weights and inputs.

    Raises
    ------
    PropertyFailed
        When a value is wrong, not a number, or of another shape.
    WeightError
        For a negative number in a fixed matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg import cp_model
    >>> check_log_space(cp_model(4, 2, 3))
    >>> try:
    ...     check_log_space(cp_model(4, 2, 3), lambda c, w, x: np.zeros((len(x), 1)))
    ... except PropertyFailed as failure:
    ...     print(str(failure).splitlines()[0].partition("but ")[2])
    the evaluation gives 0.0 at these weights and input 0
    """
    circuit = as_circuit(circuit)
    own = circuit.to_simnet()  # refuses negative numbers
    if function is None:
        function = own
    if isinstance(function, SimNet):
        _check_simnet(circuit, function)
        means = any(node.mean for node in function.nodes)
        if means or function.beta != 1 or function.parameters != circuit.parameters:
            return  # its offsets are other numbers than the logarithms of the weights
        evaluate: LogFunction = _by_simnet(function)
    elif callable(function):
        evaluate = function
    else:
        raise ArgumentError(
            "a log-space evaluation is a SimNet or a function (circuit, weights, x), not "
            f"{described(function)}"
        )
    for weights, x in _positive_points(circuit, seed):
        _check_logarithms(circuit, evaluate, weights, x, tolerance)


def _check_simnet(circuit: Circuit, simnet: SimNet) -> None:
    try:
        prove_log_space(circuit, simnet)
    except NotProved:  # it may still be the same function
        check_same_function(circuit, simnet.to_circuit())


def _by_simnet(simnet: SimNet) -> LogFunction:
    import numpy as np

    def evaluate(_circuit: Circuit, weights: Mapping[str, Any], x: Any) -> Any:
        with np.errstate(divide="ignore"):
            offsets = {name: np.log(table) for name, table in weights.items()}
            logs = np.log(x) if hasattr(x, "shape") else [np.log(table) for table in x]
        return simnet.evaluate(logs, offsets)

    return evaluate


def _check_logarithms(
    circuit: Circuit, evaluate: LogFunction, weights: dict[str, Any], x: Any, tolerance: float
) -> None:
    import numpy as np

    found = np.asarray(evaluate(circuit, weights, x))
    rows = exact(x) if hasattr(x, "shape") else [exact(table) for table in x]
    true = circuit.evaluate(exact(weights), rows)
    example = {"circuit": circuit, "weights": weights, "x": x}
    if found.shape != true.shape:
        fail(f"the logarithms have the shape {found.shape}, not {true.shape}", **example)
    for sample, output in np.ndindex(true.shape):
        value = true[sample, output]
        wanted = log_of(value.item() if hasattr(value, "item") else value)
        score = float(found[sample, output])
        right = score == wanted or (
            wanted != -inf
            and not isnan(score)
            and abs(score - wanted) <= tolerance * max(1.0, abs(wanted))
        )
        if not right:
            fail(
                f"the logarithm of output {output} is {wanted!r}, but the evaluation gives "
                f"{score!r} at these weights and input {sample}",
                **example,
            )


def _positive_points(circuit: Circuit, seed: int) -> Iterator[tuple[dict[str, Any], Any]]:
    """Non-negative weights and inputs, the simplest first."""
    import numpy as np

    draw = np.random.default_rng(seed)
    tables: list[Callable[[tuple[int, int]], Any]] = [
        np.ones,
        lambda shape: draw.integers(0, 4, shape).astype(float),
        lambda shape: draw.random(shape) * (draw.random(shape) < 0.7),
        lambda shape: np.exp(draw.uniform(-30, 30, shape)),
        lambda shape: np.exp(draw.uniform(-300, 300, shape)),
    ]
    for number, table in enumerate(tables):
        weights = {name: table(shape) for name, shape in circuit.parameters.items()}
        by_location = [table((1 + (number > 0), dim)) for dim in circuit.dims]
        same = len(set(circuit.dims)) == 1
        yield weights, np.stack(by_location, axis=1) if same else by_location
