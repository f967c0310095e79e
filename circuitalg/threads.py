"""Threads: how many to use, and BLAS kept to one thread inside each of ours.

OpenBLAS divides even small products among its own threads and lets them wait for each other: an
elimination modulo p of 4,096 rows took 5.3 s with two of them and 1.4 s with one. So we divide the
work ourselves, into pieces that know nothing of each other.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, TypeVar

Item = TypeVar("Item")


def count() -> int:
    """How many threads to use: what BLAS is told to use, else one for each core of the process."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        given = os.environ.get(name, "")
        if given.isdecimal() and int(given):
            return int(given)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores or 1


def each(work: Callable[[Item], object], items: Sequence[Item], most: int | None = None) -> None:
    """Call ``work`` for every item, in up to ``most`` threads, BLAS having one in each.

    NumPy computes without Python's lock. What a thread raises is raised here; the caller's context,
    such as numpy.errstate, applies in all of them.
    """
    number = min(count(), len(items), len(items) if most is None else most)
    with single_blas():
        if number <= 1:
            for item in items:
                work(item)
            return
        with ThreadPoolExecutor(number) as pool:
            for done in [pool.submit(copy_context().run, work, item) for item in items]:
                done.result()


@contextmanager
def single_blas() -> Iterator[None]:
    """Keep NumPy's BLAS to one thread inside; the setting belongs to the process."""
    block = object()
    try:
        _BLAS.enter(block)
        yield
    finally:
        _BLAS.leave(block)


class _Blas:
    """The first to enter sets the limit, the last to leave restores what was before.

    A block that Ctrl-C ends on the way in leaves all the same.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._inside: set[object] = set()
        self._controller: Any = None
        self._limiter: Any = None

    def controller(self) -> Any:
        """The controller of the loaded BLAS libraries; call it with the lock held."""
        if self._controller is None:
            import numpy as np  # noqa: F401  (its BLAS must be loaded to be found)
            from threadpoolctl import ThreadpoolController

            self._controller = ThreadpoolController().select(user_api="blas")
        return self._controller

    def enter(self, block: object) -> None:
        with self.lock:
            self._inside.add(block)
            if self._limiter is None:
                self._limiter = self.controller().limit(limits=1)

    def leave(self, block: object) -> None:
        with self.lock:
            self._inside.discard(block)
            if not self._inside and self._limiter is not None:
                limiter, self._limiter = self._limiter, None
                limiter.restore_original_limits()


_BLAS = _Blas()
