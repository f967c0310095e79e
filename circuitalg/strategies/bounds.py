"""What `circuits` may draw: its arguments, read once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import isqrt

from circuitalg.errors import OptionError
from circuitalg.options import choice, flag, listed, natural

KINDS = ("cp", "ht", "tt", "rac", "tree", "free tree", "mixture", "repeated")
"""The kinds of circuits, the simplest first."""

TREE_KINDS = KINDS[:6]
"""The kinds that are tree circuits."""

MULTILINEAR_KINDS = KINDS[:7]
"""The kinds that are smooth and decomposable: these have a coefficient tensor."""

TIES = ("untied", "height", "height and place", "depth", "equal subtrees", "anywhere")
"""Which edges share a parameter."""

_PATTERNS = {
    "cp": ("untied", "height"),
    "ht": ("untied", "height"),
    "tt": ("untied",),
    "rac": ("anywhere",),
    "tree": TIES,
    "free tree": ("untied", "anywhere"),
    "mixture": ("untied", "anywhere"),
    "repeated": ("untied", "anywhere"),
}
"""The patterns of ties that each kind has."""

_ONE_LOCATION = ("free tree", "repeated")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The arguments of `circuits`, checked.

    Attributes
    ----------
    kinds : the kinds that have a circuit within the bounds.
    ties : the patterns allowed.
    others : as `circuits` takes them.
    """

    min_locations: int
    max_locations: int
    min_dim: int
    max_dim: int
    max_width: int
    max_arity: int
    max_outputs: int
    max_parameters: int | None
    kinds: tuple[str, ...]
    ties: tuple[str, ...]
    fixed: bool
    constants: bool
    nonnegative: bool

    def patterns(self, kind: str) -> tuple[str, ...]:
        """The patterns of ties that this kind may have."""
        return tuple([ties for ties in _PATTERNS[kind] if ties in self.ties])

    def windows(self) -> list[tuple[int, int]]:
        """(N, window) of the HT models within the bounds, fewest locations first."""
        found = [
            (q**levels, q)
            for q in range(2, min(self.max_arity, self.max_locations) + 1)
            for levels in range(1, self.max_locations.bit_length() + 1)
            if max(2, self.min_locations) <= q**levels <= self.max_locations
        ]
        return sorted(found)

    def sizes(self, kind: str) -> tuple[int, int]:
        """The range of N; for HT models of the numbers in `windows`."""
        if kind == "ht":
            return 0, len(self.windows()) - 1
        least = 1 if kind in _ONE_LOCATION else 2
        return max(least, self.min_locations), self.max_locations

    def room(self, locations: int) -> tuple[int, int]:
        """The largest dimension and width for which so many locations keep to the parameters.

        A tree has less than two matrices for each location.
        """
        if self.max_parameters is None:
            return self.max_dim, self.max_width
        side = max(1, isqrt(self.max_parameters // (2 * locations)))
        return max(self.min_dim, min(side, self.max_dim)), min(side, self.max_width)

    def fits(self, kind: str) -> bool:
        """Whether there is a circuit of this kind within the bounds."""
        needs = {
            "ht": bool(self.windows()),
            "tt": self.fixed,
            "rac": self.constants,
        }
        return (
            bool(self.patterns(kind))
            and needs.get(kind, True)
            and (self.max_locations > 1 or kind in _ONE_LOCATION)
        )


def words(name: str, given: str | Collection[str] | None, allowed: tuple[str, ...]) -> list[str]:
    """One word or several of those allowed, in the order of the list; None stands for all.

    Raises
    ------
    ArgumentError, OptionError
        For anything else, and where there is none.
    """
    if given is None:
        return list(allowed)
    if isinstance(given, str):
        return [choice(name, given, allowed)]
    chosen = {choice(name, word, allowed) for word in listed(f"{name} is a list of words", given)}
    if not chosen:
        raise OptionError(f"{name} must name at least one of {', '.join(map(repr, allowed))}")
    return [word for word in allowed if word in chosen]


def span(what: str, least: int, most: int, lowest: int) -> tuple[int, int]:
    """The ends ``min_what`` and ``max_what`` of a range.

    Raises
    ------
    ArgumentError, OptionError
        For anything but two integers in this order.
    """
    least = natural(f"min_{what}", least, lowest)
    most = natural(f"max_{what}", most, 1)
    if most < least:
        raise OptionError(f"max_{what} = {most} is below min_{what} = {least}; raise one of them")
    return least, most


def read_bounds(
    *,
    locations: tuple[int, int],
    dims: tuple[int, int],
    max_width: int,
    max_arity: int,
    max_outputs: int,
    max_parameters: int | None,
    kinds: str | Collection[str],
    ties: str | Collection[str] | None,
    fixed: bool,
    constants: bool,
    nonnegative: bool,
) -> Bounds:
    """The arguments as `Bounds`, kinds that have no circuit within them left out.

    Raises
    ------
    ArgumentError, OptionError
        One sentence about the first argument that does not fit, and where no kind is left.
    """
    names = words("kinds", kinds, KINDS)
    least, most = span("locations", *locations, 1)
    min_dim, max_dim = span("dim", *dims, 1)
    if max_parameters is not None:
        max_parameters = natural("max_parameters", max_parameters, 2 * least)
        most = max(least, min(most, max_parameters // 2))
    bounds = Bounds(
        least,
        most,
        min_dim,
        max_dim,
        natural("max_width", max_width, 1),
        natural("max_arity", max_arity, 2),
        natural("max_outputs", max_outputs, 1),
        max_parameters,
        tuple(names),
        tuple(words("ties", ties, TIES)),
        flag("fixed", fixed),
        flag("constants", constants),
        flag("nonnegative", nonnegative),
    )
    left = tuple(kind for kind in names if bounds.fits(kind))
    if not left:
        raise OptionError(
            f"no circuit of the kinds {', '.join(map(repr, names))} is within the bounds: with "
            f"{least} to {most} locations, the ties {', '.join(map(repr, bounds.ties))}, "
            f"fixed={bounds.fixed} and constants={bounds.constants} there is none"
        )
    return replace(bounds, kinds=left)
