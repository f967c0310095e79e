"""The rules: the only functions that make theorems. Each checks its side conditions exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit, Matrix
from circuitalg.circuit.modetree import ModeTree
from circuitalg.circuit.node import plain_number
from circuitalg.circuit.weights import as_weights
from circuitalg.errors import RuleError, StructureError, WeightError
from circuitalg.integers import Integer, shown
from circuitalg.kernel import approximation, cprank, levels, minimal, minors, parametric
from circuitalg.kernel import independence as independence_
from circuitalg.kernel import logscore as logscore_
from circuitalg.kernel import logspace as logspace_
from circuitalg.kernel import multilinear as multilinear_
from circuitalg.kernel import represents as represents_
from circuitalg.kernel import rounding as rounding_
from circuitalg.kernel import same as same_
from circuitalg.kernel import signs as signs_
from circuitalg.kernel import simplex as simplex_
from circuitalg.kernel import symmetric as symmetric_
from circuitalg.kernel import universal as universal_
from circuitalg.kernel.exact_types import Converted, exact_types
from circuitalg.kernel.families import Family
from circuitalg.kernel.gram import Gram
from circuitalg.kernel.matrices import Expression
from circuitalg.kernel.rank.question import Question
from circuitalg.kernel.rank.vanishing import vanishing_value
from circuitalg.kernel.statements import (
    GenericRank,
    GridRank,
    RankAt,
    Separation,
    Statement,
)
from circuitalg.kernel.terms import (
    Exhaustive,
    GridMinor,
    Lower,
    Minor,
    Trivial,
    Upper,
    Vanishing,
    lower_value,
    trivial_value,
    upper_value,
)
from circuitalg.kernel.theorem import _TOKEN, Theorem
from circuitalg.logspace.simnet import SimNet
from circuitalg.tensor.formats import ExactTensor


@exact_types
def generic_rank(question: Question, lower: Lower, upper: Upper) -> Theorem[GenericRank]:
    """From a point to almost everywhere, with an upper bound for all weights.

    A k × k minor of ⟦A⟧ is a polynomial in the parameters; the lower term shows that one is not
    zero at a point of the Zariski closure of the parameter space (R^d, the orthant: any real point;
    products of simplices: any point with the right sums), which is irreducible, so it vanishes on a
    proper algebraic subset only (Caron and Traynor 2005 for the measure).
    """
    if type(question) is not Question:
        raise RuleError(f"a generic rank answers a Question, not {type(question).__name__}")
    low, high = lower_value(question, lower), upper_value(question, upper)
    if low > high:
        raise RuleError(
            f"a lower bound {Integer(low)} above an upper bound {Integer(high)}: "
            "a rule is wrong; please report this"
        )
    asked = question.circuit, question.bipartition
    statement = GenericRank(*asked, low, high, question.output, question.space)
    return Theorem(statement, (lower, upper), _TOKEN)


@exact_types
def rank_at(
    circuit: Circuit,
    weights: Mapping[str, Converted],
    bipartition: Bipartition,
    lower: Minor | Trivial,
    upper: Upper | Exhaustive,
    *,
    output: int = 0,
) -> Theorem[RankAt]:
    """Rank at exact weights: ranks modulo p bound the rank over Q from below.

    From above hold the structural bounds, the rank of the written-out matricization, and 0 where
    zeros among the weights cut the output off.
    """
    exact = exact_weights(circuit, weights)
    question = Question(circuit, bipartition, output)
    if isinstance(lower, Trivial):
        low = trivial_value(question)
    else:
        low = minors.weights_minor(
            circuit, bipartition, output, exact, lower.seed, lower.size, lower.prime
        )
    if isinstance(upper, Exhaustive):
        high = minors.exhaustive_rank(circuit, bipartition, output, exact)
    elif isinstance(upper, Vanishing):
        high = vanishing_value(circuit, output, exact)
    else:
        high = upper_value(question, upper)
    statement = RankAt(circuit, MappingProxyType(exact), bipartition, low, high, output)
    return Theorem(statement, (lower, upper), _TOKEN)


@exact_types
def grid_rank(
    circuit: Circuit,
    templates: Converted,
    bipartition: Bipartition,
    lower: GridMinor,
    *,
    output: int = 0,
) -> Theorem[GridRank]:
    """Lower bound on the separation rank: a non-zero minor of the grid matrix at one point.

    If h(x) = Σ_{ν ≤ R} g_ν(x_I) g'_ν(x_J), then the grid matrix has rank at most R.
    """
    exact = exact_matrix(templates, "templates")
    value = minors.grid_minor(
        circuit, bipartition, output, exact, lower.rows, lower.columns, lower.seed, lower.prime
    )
    return Theorem(GridRank(circuit, exact, bipartition, value, output), (lower,), _TOKEN)


@exact_types
def separation(premise: Theorem[Statement], family: Family) -> Theorem[Separation]:
    """From a rank gap to "not equal and not approximable".

    Every member of the family has rank at most its parameter across this bipartition, for all its
    weights; where the network has rank ≥ needed, a smaller parameter cannot match it. The sets
    {rank ≤ k} are closed (minors are continuous), so it cannot approximate it either (Cohen,
    Sharir, Shashua 2016, Lemma 7, in coefficient space).
    """
    proved = premise.statement
    if not isinstance(proved, GenericRank):
        raise RuleError("a separation needs a theorem on the generic rank")
    if len(set(proved.circuit.dims)) != 1:
        raise StructureError(
            "a separation is about networks with one dimension for all locations; the circuit's "
            f"dimensions are {sorted(set(proved.circuit.dims))}"
        )
    family.check(proved.circuit, proved.bipartition)
    statement = Separation(
        proved.circuit, family, proved.bipartition, proved.lower, proved.output, proved.space
    )
    return Theorem(statement, (premise,), _TOKEN)


@exact_types
def universal(circuit: Circuit, proof: universal_.Selection) -> Theorem[universal_.Universal]:
    """Every tensor is reached, since every product of coordinates arrives at the output's matrix.

    Cohen, Sharir, Shashua 2016, sections 3.1 and 3.2 (universality of CP and HT).
    """
    return Theorem(universal_.universal(circuit, proof), (proof,), _TOKEN)


@exact_types
def cp_rank(tensor: ExactTensor, proof: cprank.CPInterval) -> Theorem[cprank.CPRank]:
    """Flattenings bound the CP-rank from below, terms that sum to the tensor from above."""
    return Theorem(cprank.cp_rank(tensor, proof), (proof,), _TOKEN)


@exact_types
def for_all(
    symbols: Mapping[str, int],
    networks: levels.Networks,
    claim: levels.Claim,
    proof: parametric.Induction | parametric.LastLevel,
) -> Theorem[parametric.ForAll]:
    """For all sizes, by induction over the levels: base and step from the network, as formulas."""
    return Theorem(parametric.for_all(symbols, networks, claim, proof), (proof,), _TOKEN)


@exact_types
def linearly_independent(
    dimension: int, functions: Sequence[Converted], proof: independence_.PointWitness
) -> Theorem[independence_.LinearlyIndependent]:
    """From a non-singular matrix of values at points to independence almost everywhere."""
    statement = independence_.linearly_independent(dimension, functions, proof)
    return Theorem(statement, (proof,), _TOKEN)


@exact_types
def represents(
    circuit: Circuit,
    tensor: ExactTensor,
    weights: Mapping[str, Converted],
    proof: represents_.Expand,
    output: int = 0,
) -> Theorem[represents_.Represents]:
    """The coefficient tensor at these weights, computed entry by entry, is the given one."""
    exact = exact_weights(circuit, weights)
    return Theorem(represents_.represents(circuit, tensor, exact, output), (proof,), _TOKEN)


@exact_types
def minimal_ht(
    tensor: ExactTensor, tree: ModeTree, proof: minimal.Frames
) -> Theorem[minimal.MinimalHT]:
    """An exact decomposition bounds all ranks from above, ranks modulo a prime from below."""
    return Theorem(minimal.minimal_ht(tensor, tree, proof), (proof,), _TOKEN)


@exact_types
def not_approximable(
    circuit: Circuit,
    weights: Mapping[str, Converted],
    bipartition: Bipartition,
    rank: int,
    gram: Gram,
    squared_distance: int | Fraction,
    proof: approximation.GramTail,
    output: int = 0,
) -> Theorem[approximation.NotApproximable]:
    """A squared L² distance from all functions of low rank, by rational witnesses."""
    exact = exact_weights(circuit, weights)
    found = approximation.not_approximable(
        circuit, exact, bipartition, rank, gram, squared_distance, proof, output
    )
    return Theorem(found, (proof,), _TOKEN)


@exact_types
def same_function(
    a: Circuit,
    b: Circuit,
    weights: Mapping[str, Expression],
    proof: same_.NormalForm | same_.Simulation,
) -> Theorem[same_.SameFunction]:
    """Two networks compute one function: as polynomials, or node by node."""
    return Theorem(same_.same_function(a, b, weights, proof), (proof,), _TOKEN)


@exact_types
def symmetric(
    circuit: Circuit, generators: Sequence[symmetric_.Permutation], proof: symmetric_.Symmetries
) -> Theorem[symmetric_.Symmetric]:
    """The network with its locations permuted computes the same function."""
    return Theorem(symmetric_.symmetric(circuit, generators, proof), (proof,), _TOKEN)


@exact_types
def simplex_form(circuit: Circuit, proof: simplex_.Gains) -> Theorem[simplex_.SimplexForm]:
    """Non-negative weights as shares: dividing all channels by their values at inputs of ones."""
    return Theorem(simplex_.simplex_form(circuit), (proof,), _TOKEN)


@exact_types
def log_space_equivalent(
    circuit: Circuit,
    simnet: SimNet,
    offsets: Mapping[str, tuple[str, int]],
    proof: logspace_.Homomorphism,
) -> Theorem[logspace_.LogSpaceEquivalent]:
    """Log takes the circuit's sums and products to the SimNet's MEX and pooling, node by node."""
    found = logspace_.log_space_equivalent(circuit, simnet, offsets)
    return Theorem(found, (proof,), _TOKEN)


@exact_types
def signed_split(
    circuit: Circuit, split: Circuit, proof: signs_.Signs
) -> Theorem[signs_.SignedSplit]:
    """Every node is the difference of its two nodes in the split."""
    return Theorem(signs_.signed_split(circuit, split), (proof,), _TOKEN)


@exact_types
def multilinear(circuit: Circuit, proof: multilinear_.Scopes) -> Theorem[multilinear_.Multilinear]:
    """A smooth decomposable circuit is linear in the vector of each location."""
    return Theorem(multilinear_.multilinear(circuit), (proof,), _TOKEN)


@exact_types
def log_score(
    circuit: Circuit,
    weights: Mapping[str, Converted],
    x: Converted,
    output: int,
    sign: int,
    low: int | Fraction,
    high: int | Fraction,
    proof: logscore_.Enclosure,
) -> Theorem[logscore_.LogScore]:
    """Intervals that hold every value of the network bound the logarithm of an output."""
    exact = exact_weights(circuit, weights)
    rows = tuple(exact_matrix([row], f"x at location {i}")[0] for i, row in enumerate(x))
    found = logscore_.log_score(circuit, exact, rows, output, sign, low, high, proof)
    return Theorem(found, (proof,), _TOKEN)


@exact_types
def log_space_error(
    circuit: Circuit,
    log_weights: rounding_.Range,
    log_inputs: rounding_.Range,
    zeros: str,
    bound: int | Fraction,
    proof: rounding_.Rounding,
) -> Theorem[rounding_.LogSpaceError]:
    """A-priori error analysis: what float64 makes of log-scores, for all weights in a range."""
    found = rounding_.log_space_error(circuit, log_weights, log_inputs, zeros, bound)
    return Theorem(found, (proof,), _TOKEN)


def exact_weights(circuit: Circuit, weights: Mapping[str, Any]) -> dict[str, Matrix]:
    """Weights as rational matrices; floats are refused, since a theorem needs exact numbers."""
    exact = {name: exact_matrix(rows, name) for name, rows in sorted(weights.items())}
    as_weights(circuit, {name: np.array(rows, dtype=object) for name, rows in exact.items()})
    return exact


def exact_matrix(rows: Any, where: str) -> Matrix:
    """Copy a matrix of exact rationals; NumPy integers become Python's.

    Raises
    ------
    WeightError
        When an entry is not exact, or the rows differ in length.
    """
    listed = rows.tolist() if hasattr(rows, "tolist") else rows
    matrix = tuple(tuple(_exact(entry, where) for entry in row) for row in listed)
    if not matrix or not matrix[0] or len({len(row) for row in matrix}) != 1:
        raise WeightError(f"{where!r} is not a matrix; give rows of one length")
    return matrix


def _exact(entry: Any, where: str) -> int | Fraction:
    number = plain_number(entry)
    if number is None:
        raise WeightError(
            f"{where!r} holds {shown(entry)}, which is not exact; give integers or Fractions, or "
            "ca.exact(weights)"
        )
    return number
