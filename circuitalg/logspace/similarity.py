"""The similarity layer of a SimNet: how much a patch resembles each of M templates.

Source: Cohen, Sharir, Shashua, Deep SimNets, CVPR 2016: Σ_k w_k φ(x_k, t_k) with φ(x, t) = x·t,
−|x − t| or −(x − t)²; normalized, the last two are logarithms of Laplace and Gaussian densities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, Any

import array_api_compat
import numpy as np

from circuitalg.errors import WeightError
from circuitalg.options import choice, flag
from circuitalg.python_code import AS_CODE, call
from circuitalg.tables import as_table, with_nan
from circuitalg.tensor.convert import held, real_floats
from circuitalg.tensor.terms import floating_patches

if TYPE_CHECKING:
    from circuitalg.representation import Gaussians

Array = Any
SIMILARITIES = {
    "linear": lambda x, t, w: x * t * w,
    "l1": lambda x, t, w: -(w * abs(x - t)),
    "l2": lambda x, t, root: -((root * (x - t)) ** 2),
}
"""w · φ(x, t), for arrays of any library; an l2 takes the root of w, which overflows later."""


def log_constant(kind: str, log_weights: Array) -> Array:
    """What a coordinate of weight w adds to a normalized similarity: log(w/2), or log(w/π)/2."""
    return log_weights - log(2) if kind == "l1" else (log_weights - log(pi)) / 2


def terms(kind: str, x: Array, templates: Array, factors: Array, constants: Any = None) -> Array:
    """What coordinates add to similarities, elementwise, for arrays of any library.

    Where x is NaN, that is, missing, it is 0. Where x lies so far away that w · φ overflows, or is
    infinite, it is −∞ (or ∞, of a linear similarity) whatever the parameters are: gradients are 0
    there, and finite everywhere. A coordinate of weight 0 counts for nothing, however far it is.

    Parameters
    ----------
    kind
        One of `SIMILARITIES`.
    x, templates, factors
        Floating arrays that broadcast; factors are the weights, for l2 their roots.
    constants
        What is added where x is not missing.
    """
    xp: Any = array_api_compat.array_namespace(x, templates, factors)
    largest = float(xp.finfo(x.dtype).max)
    missing = xp.isnan(x)
    seen = xp.where(missing, xp.zeros_like(x), xp.clip(x, -largest, largest))
    value = SIMILARITIES[kind](*map(held, (seen, templates, factors)))
    lost = xp.isinf(value)
    if kind != "linear":
        lost = lost | (xp.isinf(x) & (held(factors) > 0))
    calm = xp.zeros_like(seen) if kind == "linear" else held(templates)
    found = SIMILARITIES[kind](xp.where(lost, calm, seen), templates, factors)
    if constants is not None:
        found = found + constants
    ends = xp.full_like(found, float("inf"))
    found = xp.where(lost, xp.where(value > 0, ends, -ends), found)
    return xp.where(missing, xp.zeros_like(found), found)


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Similarity:
    """A similarity layer with M templates for patches of s numbers.

    Parameters
    ----------
    kind
        "linear", "l1" or "l2".
    templates
        Array (M, s).
    weights
        Array (M, s) of numbers ≥ 0 (> 0 when normalized), 1 where not given.
    normalize
        For "l1" and "l2": add the constant that makes the exponential a density in the patch, that
        is Σ_k log(w_k/2) or Σ_k log(w_k/π)/2. An l2 weight is 1/(2σ²).

    Raises
    ------
    ArgumentError, OptionError
        For an unknown kind.
    WeightError
        For shapes that differ, weights that are negative, or a linear similarity
        that is to be normalized.

    Examples
    --------
    >>> layer = Similarity("l2", [[0.0], [1.0]])
    >>> (0 + layer.evaluate(np.array([[0.0], [float("nan")]]))).tolist()
    [[0.0, -1.0], [0.0, 0.0]]
    """

    kind: str
    templates: Array
    weights: Array
    normalize: bool

    def __init__(
        self, kind: str, templates: Any, weights: Any = None, *, normalize: bool = False
    ) -> None:
        kind, normalize = choice("kind", kind, SIMILARITIES), flag("normalize", normalize)
        if kind == "linear" and normalize:
            raise WeightError("a linear similarity is not a density, so it cannot be normalized")
        table = _floats(templates, "the templates")
        if table.ndim != 2 or not table.size or not np.isfinite(table).all():
            raise WeightError("templates are a table (M, s) of finite numbers")
        scale = np.ones_like(table) if weights is None else _floats(weights, "the weights")
        if scale.shape != table.shape:
            raise WeightError(
                f"the weights have shape {scale.shape}, and the templates {table.shape}; they must "
                "be equal"
            )
        if not (np.isfinite(scale).all() and (scale > 0 if normalize else scale >= 0).all()):
            raise WeightError(
                "the weights of a similarity are finite and at least 0 (above 0 when normalized)"
            )
        for name, value in zip(self.__slots__, (kind, table, scale, bool(normalize)), strict=True):
            object.__setattr__(self, name, value)

    __repr__, _repr_pretty_ = AS_CODE

    def _code_(self, most: int | None) -> str:
        weights = () if (self.weights == 1).all() else (self.weights,)
        normal = {"normalize": True} if self.normalize else {}
        return call("ca.Similarity", most, self.kind, self.templates, *weights, **normal)

    def __str__(self) -> str:
        return f"{self.kind} similarities with {self.count} templates on R^{self.dimension}"

    def __eq__(self, other: object) -> bool:
        """Whether kind, templates, weights and normalization are equal."""
        if not isinstance(other, Similarity):
            return NotImplemented
        tables = (self.templates, other.templates), (self.weights, other.weights)
        same = (self.kind, self.normalize) == (other.kind, other.normalize)
        return same and all(np.array_equal(mine, theirs) for mine, theirs in tables)

    def __hash__(self) -> int:
        return hash((self.kind, self.normalize, self.templates.shape))

    @classmethod
    def of_gaussians(cls, family: Gaussians) -> Similarity:
        """The logarithms of a family of Gaussians: normalized l2 with weights 1/(2σ²)."""
        variances = np.array([[float(v) for v in row] for row in family.variances])
        means = [[float(m) for m in row] for row in family.means]
        return cls("l2", means, 1 / (2 * variances), normalize=True)

    @property
    def count(self) -> int:
        """Number M of templates."""
        return int(self.templates.shape[0])

    @property
    def dimension(self) -> int:
        """Number s of coordinates of a patch."""
        return int(self.templates.shape[1])

    def evaluate(self, patches: Any) -> Array:
        """Similarities (…, M) of patches (…, s).

        NumPy's arrays, and lists, give float64; those of another library an array of that library
        and floating type, through which gradients flow.

        A coordinate that is NaN, or masked, is missing: its term is left out, and with it the
        constant of its normalization. A normalized similarity thus becomes the logarithm of the
        marginal density, and 0 = log 1 where all coordinates are missing.

        Raises
        ------
        WeightError
            When the last axis is not s long, or patches are not real numbers.
        """
        xp, x = floating_patches(with_nan(patches, "the patches"), self.dimension)
        if isinstance(x, np.ndarray):
            x = x.astype(float, copy=False)

        def column(table: Array) -> Array:
            return xp.asarray(table, dtype=x.dtype, device=array_api_compat.device(x))

        total: Any = 0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            factors = np.sqrt(self.weights) if self.kind == "l2" else self.weights
            constants = log_constant(self.kind, np.log(self.weights))
            for k in range(self.dimension):
                added = column(constants[:, k]) if self.normalize else None
                tables = column(self.templates[:, k]), column(factors[:, k])
                total = total + terms(self.kind, x[..., k, None], *tables, added)
        return total

    def check_count(self, dims: Sequence[int]) -> None:
        """Raise WeightError unless every location of a network has as many values as templates."""
        if set(dims) != {self.count}:
            raise WeightError(
                f"the similarity layer has {self.count} channels, and the network's locations "
                f"have {sorted(set(dims))}; the two must be equal"
            )


def _floats(given: Any, what: str) -> Array:
    """A copy in float64."""
    what = f"{what} of a similarity"
    return np.array(real_floats(as_table(given, what), what))
