"""Singular values of ⟦A⟧ across bipartitions (entanglement spectra), without building ⟦A⟧.

Floating point: evidence, never a theorem. Rank questions with exact answers are `prove_rank`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.edge import CircuitLike, as_bipartition, as_circuit, as_output
from circuitalg.errors import ArgumentError, TooLargeError, WeightError
from circuitalg.memory import available_bytes, check_bytes
from circuitalg.options import choice, described, is_list, natural
from circuitalg.spectra.canonical_form import CanonicalForm, canonical_form, float_weights
from circuitalg.spectra.fit import gram_root
from circuitalg.spectra.matricized import matricized, matrix, peak_entries, stages
from circuitalg.spectra.sketch import MORE, ROUNDS, block_krylov, two_sided_sketch
from circuitalg.tensor.blocks import check_multilinear
from circuitalg.tensor.grid import on_grid
from circuitalg.tensor.matricize import matricization

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit

Array = Any
Norms = tuple[float, float, int]

ROUTES = ("canonical", "randomized", "explicit", "sketched")
_EPS = float(np.finfo(float).eps)
_SIDE = 4096  # a dense SVD of this size takes about half a minute
_INSTEAD = "ask for the largest values only (count=)"
_OTHER = "take a bipartition that cuts fewer bonds"


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Singular values of ⟦A⟧ at given weights, in floating point: evidence, not a theorem.

    Attributes
    ----------
    scaled : float64, descending; the singular values are ``scaled * 2**exponent``.
    exponent : the power of two, since values over many locations leave float64's range.
    complete : whether these are all non-zero values, not only the largest; how many zeros stand
        at the end means nothing.
    route : how they were computed. "canonical": bond matrices of the canonical form (tree
        circuits). "randomized": a Krylov space from products through the network (tree
        circuits). "explicit": ⟦A⟧ was built. "sketched": products with random product vectors.
    error : estimate of every value's error, relative to the largest value. "canonical": rounding,
        and the spread of ‖A‖ computed at every edge; "randomized": residual norms; "explicit":
        rounding; "sketched": the norm of what the approximation misses.
    """

    scaled: Array
    exponent: int
    complete: bool
    route: str
    error: float

    @property
    def values(self) -> Array:
        """The singular values; infinite or zero where they leave float64's range."""
        with np.errstate(over="ignore", under="ignore"):
            return np.ldexp(self.scaled, _clipped(self.exponent))

    @property
    def log_values(self) -> Array:
        """Their natural logarithms, of any size; -inf for zeros."""
        with np.errstate(divide="ignore"):
            return np.log(self.scaled) + self.exponent * np.log(2.0)

    @property
    def entropy(self) -> float:
        """Entanglement entropy −Σ p log p with p = σ²/Σσ², in nats (von Neumann)."""
        return self._entropy(2)

    @property
    def effective_rank(self) -> float:
        """exp(−Σ p log p) with p = σ/Σσ (Roy and Vetterli 2007)."""
        return float(np.exp(self._entropy(1)))

    def rank(self, tolerance: float = 1e-10) -> int:
        """How many values exceed ``tolerance`` times the largest: a numerical rank, not a proof."""
        return int((self.scaled > tolerance * self.scaled[0]).sum())

    def tail(self, rank: int) -> float:
        """√(Σ_{i > rank} σ_i²), the distance to the tensors of that rank (Eckart and Young).

        With a Gram matrix it is the L² distance of the functions, from which Lemma 7 of Cohen,
        Sharir and Shashua 2016 follows; infinite or zero beyond float64's range.
        """
        self._needs_all("the tail")
        with np.errstate(over="ignore", under="ignore"):
            return float(np.ldexp(np.linalg.norm(self.scaled[rank:]), _clipped(self.exponent)))

    def largest(self, count: int | None) -> Spectrum:
        """The first ``count`` values; all when it is None."""
        if count is None or count >= len(self.scaled):
            return self
        return replace(self, scaled=self.scaled[:count], complete=False)

    def _entropy(self, power: int) -> float:
        self._needs_all("the entropy")
        if not self.scaled[0]:
            raise WeightError("the tensor is zero at these weights, and has no entropy")
        p = (self.scaled / self.scaled[0]) ** power
        p = p[p > 0] / p.sum()
        return float(max(0.0, -(p * np.log(p)).sum()))

    def _needs_all(self, what: str) -> None:
        if not self.complete:
            raise WeightError(f"{what} needs all singular values; leave out count")

    def __str__(self) -> str:
        first = ", ".join(f"{v:.6g}" for v in self.values[:4])
        more = ", ..." if len(self.scaled) > 4 else ""
        return (
            f"{len(self.scaled)} singular values ({first}{more}), {self.route} route, floating "
            f"point, relative error about {self.error:.1g}: evidence, not a theorem"
        )


def singular_values(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    bipartition: BipartitionLike,
    output: int = 0,
    count: int | None = None,
    gram: Any = None,
    route: str | None = None,
    seed: int = 0,
    max_bytes: int | None = None,
) -> Spectrum:
    """Return the singular values of ⟦A⟧ across a bipartition, at these weights.

    Parameters
    ----------
    circuit
        A smooth and decomposable circuit; tree circuits of thousands of locations are ordinary
        where few bonds are cut.
    weights
        Array by parameter name, converted to float64.
    bipartition
        One of the locations.
    output
        Which output.
    count
        How many of the largest; None for all. Where all are too many, the randomized routes need
        a count.
    gram
        Gram matrix (M, M) of the representation functions, or one per location: the values are
        then those of the function in L² (Cohen, Sharir and Shashua 2016, Lemma 7).
    route
        One of ``ROUTES``; by default the first that fits.
    seed
        That of the random vectors.
    max_bytes
        Refuse to use more memory; by default, more than is available.

    Raises
    ------
    BipartitionError
        When the bipartition has another number of locations.
    StructureError
        When the circuit has no coefficient tensor, or the route needs a tree circuit.
    TooLargeError
        When no route fits, or it needs a count.
    WeightError
        When weights or Gram matrices do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from circuitalg.circuit.models import cp_model
    >>> network = cp_model(locations=2000, dim=2, width=2)
    >>> same = {name: np.eye(*shape) for name, shape in network.parameters.items()}
    >>> same["out"] = np.array([[3.0, 4.0]])  # 3 e_0 ⊗ … ⊗ e_0 + 4 e_1 ⊗ … ⊗ e_1
    >>> print(singular_values(network, same, Bipartition.odd_even(2000)).values[:2].round(6))
    [4. 3.]
    """
    found = spectra(circuit, weights, [bipartition], output, count, gram, route, seed, max_bytes)
    return found[0]


def spectra(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    bipartitions: Iterable[BipartitionLike],
    output: int = 0,
    count: int | None = None,
    gram: Any = None,
    route: str | None = None,
    seed: int = 0,
    max_bytes: int | None = None,
) -> list[Spectrum]:
    """Return the singular values across many bipartitions; a tree has one canonical form for all.

    Parameters and errors are those of :func:`singular_values`.
    """
    circuit = as_circuit(circuit)
    if isinstance(bipartitions, str | Bipartition) or not isinstance(bipartitions, Iterable):
        raise ArgumentError(f"give a list of bipartitions, not {described(bipartitions)}")
    chosen = [as_bipartition(parts, circuit) for parts in bipartitions]
    output = as_output(circuit, output)
    count = None if count is None else natural("count", count, 1)
    route = None if route is None else choice("route", route, ROUTES)
    seed = natural("seed", seed)
    metric = _coordinates(circuit, gram)
    if route in ("canonical", "randomized") or (route is None and circuit.is_tree):
        form = canonical_form(circuit, weights, output, metric, max_bytes)
        norms = form.norms()
        return [_on_tree(form, norms, parts, count, route, seed, max_bytes) for parts in chosen]
    check_multilinear(circuit)
    floats = float_weights(circuit, weights)
    table = metric or [np.eye(dim) for dim in circuit.dims]
    return [
        _on_any(circuit, floats, parts, output, count, table, route, seed, max_bytes)
        for parts in chosen
    ]


def edge_spectra(
    circuit: CircuitLike,
    weights: Mapping[str, Any],
    output: int = 0,
    gram: Any = None,
    max_bytes: int | None = None,
) -> dict[str, Spectrum]:
    """Return the singular values across every edge of a tree circuit's mode tree.

    Parameters are those of :func:`singular_values`.

    Returns
    -------
    By the name of the highest node with those locations below it: the values across (these
    locations, the others), from the leaves up. Time is linear in the nodes.

    Raises
    ------
    StructureError
        When the circuit is not a tree.
    """
    circuit = as_circuit(circuit)
    output = as_output(circuit, output)
    form = canonical_form(circuit, weights, output, _coordinates(circuit, gram), max_bytes)
    norms = form.norms()
    return {
        circuit.nodes[index].name: _from_bond(*form.bond(index), norms, None)
        for index in form.edges()
    }


def contiguous(locations: int) -> list[Bipartition]:
    """All N − 1 bipartitions into the first t locations and the others: the cuts of a chain."""
    return [Bipartition(bytes(t) + b"\x01" * (locations - t)) for t in range(1, locations)]


def _on_tree(
    form: CanonicalForm,
    norms: Norms,
    parts: Bipartition,
    count: int | None,
    route: str | None,
    seed: int,
    max_bytes: int | None,
) -> Spectrum:
    across = matricized(form, parts)
    needed = 8 * peak_entries(across)
    if route is None:
        fits = needed <= (available_bytes() if max_bytes is None else max_bytes)
        route = "canonical" if fits and min(across.shape) <= _SIDE else "randomized"
    if route == "canonical":
        check_bytes(needed, max_bytes, "the matrix across this bipartition", _INSTEAD)
        return _from_bond(*matrix(across), norms, count)
    check_bytes(8 * sum(across.shape), max_bytes, "a vector across this bipartition", _OTHER)
    wanted = _wanted(count, across.shape)
    operator = stages(across, max_bytes)
    wanted = min(wanted, *operator.shape)
    block = wanted + MORE
    needed = 8 * (operator.peak_entries(block) + 3 * ROUNDS * block * sum(operator.shape))
    check_bytes(needed, max_bytes, "multiplying vectors by [[A]]", "take a smaller count")
    values, residual = block_krylov(operator, wanted, seed)
    error = max(_over(residual, values[0]), _EPS * max(operator.shape))
    complete = wanted == min(*across.shape, *operator.shape)
    return _scaled(values, operator.exponent, complete, route, error)


def _on_any(
    circuit: Circuit,
    weights: dict[str, Array],
    parts: Bipartition,
    output: int,
    count: int | None,
    metric: Sequence[Array],
    route: str | None,
    seed: int,
    max_bytes: int | None,
) -> Spectrum:
    dims = circuit.dims
    shape = prod(dims[i] for i in parts.I), prod(dims[i] for i in parts.J)
    if route is None:
        fits = 32 * prod(shape) <= (available_bytes() if max_bytes is None else max_bytes)
        route = "explicit" if fits and min(shape) <= _SIDE else "sketched"
    if route == "sketched":
        wanted = _wanted(count, shape)
        values, off = two_sided_sketch(
            circuit, weights, parts, wanted, output, metric, seed, max_bytes
        )
        return _scaled(values, 0, wanted == min(shape), route, _over(off, values[0]))
    check_bytes(32 * prod(shape), max_bytes, "the SVD of [[A]]", _INSTEAD)
    tensor = on_grid(
        circuit,
        weights,
        lambda location: metric[location],
        circuit.dims,
        output=output,
        max_bytes=max_bytes,
        what="the coefficient tensor",
        instead=_INSTEAD,
        given=[*weights.values(), np.empty(0)],
    )
    values = _svd(matricization(tensor, parts))
    return _scaled(values, 0, True, route, _EPS * max(shape)).largest(count)


def _wanted(count: int | None, shape: tuple[int, int]) -> int:
    if count is None:
        raise TooLargeError(
            f"all singular values of a {shape[0]} x {shape[1]} matrix are too many; {_INSTEAD}"
        )
    return min(count, *shape)


def _from_bond(bond: Array, exponent: int, norms: Norms, count: int | None) -> Spectrum:
    values = _svd(bond)
    low, high, power = norms
    own = float(np.ldexp(np.linalg.norm(values), _clipped(exponent - power)))
    high = max(high, own)
    error = max(_over(high - min(low, own), high), _EPS * max(bond.shape))
    return _scaled(values, exponent, True, "canonical", error).largest(count)


def _clipped(exponent: int) -> int:
    """Powers of two beyond these are infinite or zero to float64 anyway."""
    return max(-2200, min(2200, exponent))


def _over(error: float, largest: float) -> float:
    """A relative error; 0 for the zero tensor."""
    return float(error / largest) if largest else 0.0


def _svd(found: Array) -> Array:
    if not np.isfinite(found).all():
        raise WeightError("the coefficient tensor leaves float64's range; scale the weights down")
    return np.linalg.svd(found, compute_uv=False)


def _scaled(values: Array, exponent: int, complete: bool, route: str, error: float) -> Spectrum:
    shift = int(np.frexp(values[0])[1])
    return Spectrum(np.ldexp(values, -shift), exponent + shift, complete, route, error)


def _coordinates(circuit: Circuit, gram: Any) -> list[Array] | None:
    """By location Cᵀ, for the Gram matrix C Cᵀ: orthonormal coordinates of the functions."""
    if gram is None:
        return None
    if hasattr(gram, "shape"):
        root = gram_root(gram)
        roots = [root] * circuit.num_locations
    elif isinstance(gram, list | tuple):
        matrices = gram if (gram and hasattr(gram[0], "shape")) or _nested_thrice(gram) else [gram]
        roots = [gram_root(one) for one in matrices]
        roots = roots * circuit.num_locations if matrices is not gram else roots
    else:
        raise ArgumentError(f"gram must be a matrix or a list of them, not {described(gram)}")
    if tuple(len(root) for root in roots) != circuit.dims:
        raise WeightError(
            "gram must be one matrix (M, M), or a list with one (M_i, M_i) for each location"
        )
    return roots


def _nested_thrice(gram: Any) -> bool:
    """Whether these lists are matrices, and not the rows of one."""
    return bool(gram) and is_list(gram[0]) and bool(gram[0]) and is_list(gram[0][0])
