"""How much memory there is, and the refusal of results that would not fit."""

from __future__ import annotations

import os
from math import inf
from pathlib import Path
from typing import Any

from circuitalg.errors import OptionError, TooLargeError
from circuitalg.options import real

_UNKNOWN = 4 * 2**30
_AXES = 64
"""The most axes that NumPy's arrays have; other libraries allow no more."""
_UNASKED = 2**26
"""Parts of up to this many bytes in all are built without asking for the system's memory, which
costs more than building a small circuit."""
_JSON_BYTES = {b",": 40, b":": 70, b'"': 30, b"[": 64, b"{": 184}
"""Measured for each member, named member, half a text, list and object."""


def available_bytes(like: Any = None) -> int:
    """Return the bytes of memory that are free for use; 4 GiB where the system does not say.

    That is the GPU's memory where ``like`` is an array on one.
    """
    if like is not None:
        import array_api_compat

        if array_api_compat.is_cupy_array(like):
            import cupy

            free = int(cupy.cuda.runtime.memGetInfo()[0])
            return free + int(cupy.get_default_memory_pool().free_bytes())
        if array_api_compat.is_torch_array(like) and like.device.type == "cuda":
            import torch

            return int(torch.cuda.mem_get_info(like.device)[0])
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN


def check_bytes(
    needed: int, max_bytes: int | None, what: str, instead: str, like: Any = None
) -> None:
    """Refuse a computation that needs more than ``max_bytes``, or than the memory available.

    ``like`` is an array of the device that is to hold it.

    Raises
    ------
    TooLargeError
        With both numbers and what to do instead.
    """
    limit = available_bytes(like) if max_bytes is None else _limit(max_bytes)
    if needed > limit:
        name = "the memory available" if max_bytes is None else "max_bytes"
        raise TooLargeError(
            f"{what} needs {readable(needed)}, more than {name}, {readable(limit)}; {instead}"
        )


def check_axes(count: int, what: str, instead: str) -> None:
    """Refuse an array of more axes than arrays can have.

    Raises
    ------
    TooLargeError
        With the number and what to do instead.
    """
    if count > _AXES:
        raise TooLargeError(f"{what} has {count} axes, and arrays have at most {_AXES}; {instead}")


def _limit(max_bytes: Any) -> int:
    found = real("max_bytes", max_bytes)
    if not found >= 0 or found == inf:
        raise OptionError(f"max_bytes must be a number of bytes, not {max_bytes}")
    return int(found)


def check_parts(count: int, each: int, what: str, instead: str) -> None:
    """Refuse something made of ``count`` parts of ``each`` bytes before it is built.

    Raises
    ------
    TooLargeError
        With the number of bytes and what to do instead.
    """
    needed = count * each
    if needed > _UNASKED:
        check_bytes(needed, None, what, instead)


def check_json(raw: bytes, path: str | Path) -> None:
    """Refuse JSON text whose lists, objects and texts would not fit, before they are made.

    An empty list takes three characters there, and twenty times as many bytes here.

    Raises
    ------
    TooLargeError
        With the number of bytes, as estimated.
    """
    needed = 2 * len(raw) + sum(size * raw.count(mark) for mark, size in _JSON_BYTES.items())
    check_parts(needed, 1, f"what {path} holds", "give a smaller file")


def in_print(count: int) -> str:
    """A count for people to read; beyond 2^100 its order of magnitude."""
    return f"{count:,}" if count.bit_length() <= 100 else f"about 2^{count.bit_length() - 1}"


def readable(count: int) -> str:
    """Return a number of bytes for people to read, exact while it has a sane length."""
    if count.bit_length() > 100:
        return f"{in_print(count)} bytes"
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB")):
        if count >= 1000**power:
            return f"{count / 1000**power:,.1f} {unit} ({count:,} bytes)"
    return f"{count:,} bytes"
