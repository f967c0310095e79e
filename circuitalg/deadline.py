"""A time limit that long loops look at, however deep below the search that set it they run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from circuitalg.errors import OutOfTimeError

_end: ContextVar[float | None] = ContextVar("_end", default=None)


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Let `look` raise after this many seconds or at an outer limit; None sets no limit."""
    outer = _end.get()
    own = None if seconds is None else monotonic() + seconds
    token = _end.set(min((end for end in (outer, own) if end is not None), default=None))
    try:
        yield
    finally:
        _end.reset(token)


def look() -> None:
    """Raise when the time is up.

    Raises
    ------
    OutOfTimeError
        For whoever set the limit to catch.
    """
    end = _end.get()
    if end is not None and monotonic() > end:
        raise OutOfTimeError("the time limit was reached; give a larger timeout")
