"""Log-space: a network's SimNet, its split by signs, its simplex form, its linearity."""

from __future__ import annotations

from fractions import Fraction

from circuitalg.edge import CircuitLike, as_circuit
from circuitalg.errors import NotProved
from circuitalg.integers import counted
from circuitalg.kernel import rules
from circuitalg.kernel.logspace.equivalent import Homomorphism, LogSpaceEquivalent
from circuitalg.kernel.logspace.multilinear import Multilinear, Scopes
from circuitalg.kernel.logspace.signs import SignedSplit, Signs
from circuitalg.kernel.logspace.simplex import Gains, SimplexForm
from circuitalg.kernel.theorem import Theorem
from circuitalg.logspace.signs import split_signs
from circuitalg.logspace.simnet import SimNet
from circuitalg.options import instance


def prove_log_space(
    circuit: CircuitLike,
    simnet: SimNet | None = None,
    *,
    mean: bool = False,
    beta: int | Fraction = 1,
) -> Theorem[LogSpaceEquivalent]:
    """Prove that a SimNet computes the logarithms of a network's outputs.

    Parameters
    ----------
    circuit
        Any network whose fixed matrices are non-negative.
    simnet
        With one node for each of the circuit's, in their order, names apart; made when None.
    mean, beta
        Of the SimNet that is made: MEX with its average or in softmax mode, and its β.

    Raises
    ------
    WeightError
        For a negative number in a fixed matrix, which has no logarithm: split the network with
        `split_signs`.
    NotProved
        When the given SimNet is not the circuit in log-space node by node. It may still compute
        the same function: compare `simnet.to_circuit()` with `prove_same`.
    RuleError
        When its nodes have several β, an infinite one, or offsets other than the circuit's weights.

    Notes
    -----
    Source: Cohen, Sharir, Shashua 2016, appendix E (SimNets); docs/rules/logspace.md.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> prove_log_space(ht_model(4, 2, [2, 2], shared=True)).statement.simnet.beta
    1
    """
    circuit = as_circuit(circuit)
    if simnet is None:
        made = circuit.to_simnet(mean=mean, beta=beta)
    else:
        made = instance("simnet", simnet, SimNet, "circuit.to_simnet() makes one")
    if len(made.nodes) != len(circuit.nodes):
        raise NotProved(
            f"the SimNet has {counted(len(made.nodes), 'node')} and the circuit "
            f"{len(circuit.nodes)}; the proof goes node by node"
        )
    offsets: dict[str, tuple[str, int]] = {}
    for node, image in zip(circuit.nodes, made.nodes, strict=True):
        count = sum(made.nodes[c].width for c in image.children) if image.mean else 1
        for weight, offset in zip(node.matrices, image.offsets, strict=False):
            if isinstance(weight, str) and isinstance(offset, str):
                offsets.setdefault(offset, (weight, count))
    if set(offsets) != set(made.parameters):
        raise NotProved("some offsets of the SimNet stand where the circuit has no parameter")
    return rules.log_space_equivalent(circuit, made, offsets, Homomorphism())


def prove_signed_split(circuit: CircuitLike) -> Theorem[SignedSplit]:
    """Prove that a network is the difference of the two halves of a non-negative network's outputs.

    Parameters
    ----------
    circuit
        Any circuit.

    Raises
    ------
    StructureError
        When the network is zero at all weights, or has no split for another reason (`split_signs`).

    Notes
    -----
    Source: differences of monotone circuits (Valiant 1980); docs/rules/logspace.md.

    Examples
    --------
    >>> from circuitalg import cp_model
    >>> prove_signed_split(cp_model(2, 2, 3)).statement.split.num_outputs
    2
    """
    circuit = as_circuit(circuit)
    return rules.signed_split(circuit, split_signs(circuit), Signs())


def prove_simplex_form(circuit: CircuitLike) -> Theorem[SimplexForm]:
    """Prove that non-negative weights may be taken from simplices, up to a factor by output.

    Parameters
    ----------
    circuit
        Any circuit whose fixed matrices are non-negative.

    Raises
    ------
    RuleError
        When a parameter's uses need different factors, or a fixed matrix does not choose channels.

    Notes
    -----
    Source: Sharir, Tamari, Cohen, Shashua 2016 (generative decompositions); docs/rules/logspace.md.

    Examples
    --------
    >>> from circuitalg import ht_model
    >>> prove_simplex_form(ht_model(4, 2, [2, 2], shared=True)).statement.summary
    'weights from simplices'
    """
    return rules.simplex_form(as_circuit(circuit), Gains())


def prove_multilinear(circuit: CircuitLike) -> Theorem[Multilinear]:
    """Prove that a network is linear in each location's vector, so that one pass marginalizes.

    Parameters
    ----------
    circuit
        Any circuit.

    Raises
    ------
    RuleError
        With the reason when the network is not smooth, or not decomposable.

    Notes
    -----
    Source: Sharir, Tamari, Cohen, Shashua 2016 (tractable marginalization); docs/rules/logspace.md.

    Examples
    --------
    >>> from circuitalg import tt_model
    >>> prove_multilinear(tt_model(8, 3, 4)).statement.summary
    'linear in each of 8 locations'
    """
    return rules.multilinear(as_circuit(circuit), Scopes())
