"""The similarity layer of a SimNet: how much a patch resembles each of M templates.

Source: Cohen, Sharir, Shashua, Deep SimNets, CVPR 2016: Σ_k w_k φ(x_k, t_k) with φ(x, t) = x·t,
−|x − t| or −(x − t)²; normalized, the last two are logarithms of Laplace and Gaussian densities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, pi
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitalg.errors import WeightError

if TYPE_CHECKING:
    from circuitalg.representation import Gaussians

Array = Any
SIMILARITIES = {
    "linear": lambda x, t: x * t,
    "l1": lambda x, t: -abs(x - t),
    "l2": lambda x, t: -((x - t) ** 2),
}
"""φ of a number and a template's, for arrays of any library."""


def log_constant(kind: str, log_weights: Array) -> Array:
    """What a coordinate of weight w adds to a normalized similarity: log(w/2), or log(w/π)/2."""
    return log_weights - log(2) if kind == "l1" else (log_weights - log(pi)) / 2


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
    WeightError
        For an unknown kind, shapes that differ, weights that are negative, or a linear similarity
        that is to be normalized.

    Examples
    --------
    >>> layer = Similarity("l2", [[0.0], [1.0]])
    >>> layer.evaluate(np.array([[0.0], [float("nan")]])).tolist()
    [[-0.0, -1.0], [0.0, 0.0]]
    """

    kind: str
    templates: Array
    weights: Array
    normalize: bool

    def __init__(
        self, kind: str, templates: Any, weights: Any = None, *, normalize: bool = False
    ) -> None:
        if kind not in SIMILARITIES:
            raise WeightError(f"there is no similarity {kind!r}; use {', '.join(SIMILARITIES)}")
        if kind == "linear" and normalize:
            raise WeightError("a linear similarity is no density, so it cannot be normalized")
        table = np.array(templates, dtype=float)
        if table.ndim != 2 or not table.size or not np.isfinite(table).all():
            raise WeightError("templates are a table (M, s) of finite numbers")
        scale = np.ones_like(table) if weights is None else np.array(weights, dtype=float)
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

        A coordinate that is NaN is missing: its term is left out, and with it the constant of its
        normalization. A normalized similarity so becomes the logarithm of the marginal density,
        and 0 = log 1 where all coordinates are missing.

        Raises
        ------
        WeightError
            When the last axis is not s long.
        """
        x = np.asarray(patches, dtype=float)
        if x.ndim == 0 or x.shape[-1] != self.dimension:
            raise WeightError(
                f"the templates have {self.dimension} numbers, so the last axis of the patches "
                f"must have length {self.dimension}; they have shape {x.shape}"
            )
        total = np.zeros((*x.shape[:-1], self.count))
        for k in range(self.dimension):
            here = x[..., k, None]
            term = self.weights[:, k] * SIMILARITIES[self.kind](here, self.templates[:, k])
            total = total + np.where(np.isnan(here), 0.0, term + self._constant(k))
        return total

    def check_count(self, dims: Sequence[int]) -> None:
        """Raise WeightError unless every location of a network has as many values as templates."""
        if set(dims) != {self.count}:
            raise WeightError(
                f"the similarity layer has {self.count} channels, and the network's locations "
                f"have {sorted(set(dims))}; the two must be equal"
            )

    def _constant(self, k: int) -> Array:
        if not self.normalize:
            return 0.0
        return log_constant(self.kind, np.log(self.weights[:, k]))
