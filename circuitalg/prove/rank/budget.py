"""How much a search may spend: the size of minors and the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from circuitalg.kernel.rank.minors import SIZE_LIMIT
from circuitalg.options import natural, seconds


@dataclass(frozen=True, slots=True)
class Budget:
    """``max_minor``: largest minor to try; ``timeout``: seconds for the whole search, or None.

    A minor larger than the kernel takes is never tried. Without ``thorough``, circuits that are not
    trees have what takes milliseconds alone.
    """

    max_minor: int = 400
    timeout: float | None = None
    thorough: bool = True
    started: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        size = min(natural("max_minor", self.max_minor, 1), SIZE_LIMIT)
        object.__setattr__(self, "max_minor", size)
        object.__setattr__(self, "timeout", seconds("timeout", self.timeout))

    @property
    def left(self) -> float | None:
        """Seconds that are left; None for no limit."""
        if self.timeout is None:
            return None
        return max(0.0, self.started + self.timeout - monotonic())

    @property
    def spent(self) -> bool:
        """Whether the time is over."""
        return self.timeout is not None and monotonic() - self.started > self.timeout
