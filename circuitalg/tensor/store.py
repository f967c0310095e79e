"""Coefficient tensors block by block: into an array, a NumPy file or a Zarr store.

While a file is written it is called ``NAME.part``; ``NAME.json`` says which computation it
belongs to and how many blocks are done. After an interruption the same call goes on from there. At
the end the file gets its name, and the same call then only opens it, and compares it with the note.

What it gains: tensors larger than memory, and work that an interruption does not undo. A shuffled
one of 2^28 entries (2 GiB) is in its file after 15 s, with 28 MiB beside the page cache.

A NumPy file gets all its room on the disk before the first block, so a disk that fills up later
does not end the process. Zarr's blocks are files of their own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Literal, Protocol

import array_api_compat
import numpy as np

from circuitalg.errors import (
    FileFormatError,
    MissingDependencyError,
    OutputError,
    TooLargeError,
    WeightError,
)
from circuitalg.files import allocate, check_output, naming, read_json, write
from circuitalg.memory import check_bytes, readable
from circuitalg.tensor.blocks import (
    ENTRIES,
    all_blocks,
    block_lengths,
    coefficient_block,
    count_blocks,
)
from circuitalg.tensor.convert import common_floats, to_numpy

if TYPE_CHECKING:
    from circuitalg.circuit.graph import Circuit

_FORMAT, _VERSION = "circuitalg-coefficient-tensor", 1
# Seconds between two notes of how far it is; each waits for the disk.
_PAUSE = 2.0
# Notes have one length (a tensor has at most 64 axes), so that one fits in another's place.
_NOTE_BYTES = 2048

Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Task:
    """A coefficient tensor to be computed by blocks; the fields are the caller's arguments."""

    circuit: Circuit
    weights: Mapping[str, Any]
    output: int | None
    modulus: int | None
    max_bytes: int | None
    progress: Progress | None

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole tensor."""
        dims = self.circuit.dims
        return dims if self.output is not None else (self.circuit.num_outputs, *dims)

    @property
    def floats(self) -> Any | None:
        """An empty array like the result's where it holds floats, else None."""
        return None if self.modulus is not None else common_floats(list(self.weights.values()))

    @property
    def dtype(self) -> np.dtype:
        """Of the entries in a file: floats as the weights', else int64."""
        like = self.floats
        return np.dtype(np.int64) if like is None else to_numpy(like).dtype

    def new(self) -> Any:
        """An empty array for the tensor, of the weights' library where they are floats."""
        what, instead = "the coefficient tensor", "write it to a file with out="
        size = prod(self.shape) * self.dtype.itemsize
        like = self.floats
        check_bytes(size, self.max_bytes, what, instead, like)
        if like is None or isinstance(like, np.ndarray):
            return np.empty(self.shape, dtype=self.dtype)
        xp: Any = array_api_compat.array_namespace(like)
        return xp.empty(self.shape, dtype=like.dtype, device=array_api_compat.device(like))

    def lengths(self, blocks: Any) -> tuple[int, ...]:
        """Lengths of a block; by default small enough for ``max_bytes``, sides included."""
        if blocks is None and self.max_bytes is not None:
            blocks = max(1, min(ENTRIES, self.max_bytes // (8 * self.dtype.itemsize)))
        return block_lengths(self.circuit.dims, blocks)

    def run(self, target: Any, lengths: tuple[int, ...], first: int = 0) -> Iterator[int]:
        """Write block after block, from number ``first`` on; yield how many are done."""
        dims, like = self.circuit.dims, self.floats
        total = count_blocks(dims, lengths)
        lead = () if self.output is not None else (slice(None),)
        exact = like is None and self.modulus is None
        # Floats and residues of NumPy are computed where they belong.
        straight = type(target) in {np.ndarray, np.memmap} and not exact
        straight = straight and (like is None or isinstance(like, np.ndarray))
        for number, block in enumerate(islice(all_blocks(dims, lengths), first, None), first):
            place = (*lead, *block)
            value = coefficient_block(
                self.circuit,
                self.weights,
                block,
                self.output,
                self.modulus,
                max_bytes=self.max_bytes,
                out=target[place] if straight else None,
            )
            if not straight:
                target[place] = _moved(value, target)
            yield number + 1
            if self.progress is not None:
                self.progress(number + 1, total)

    def key(self) -> dict[str, Any]:
        """What another run must have in common to go on from this one's blocks."""
        return {
            "format": _FORMAT,
            "version": _VERSION,
            "circuit": self.circuit.fingerprint,
            "weights": weights_hash(self.weights),
            "output": self.output,
            "modulus": self.modulus,
            "dtype": self.dtype.str,
            "shape": list(self.shape),
        }


def weights_hash(weights: Mapping[str, Any]) -> str:
    """SHA-256 of names, data types, shapes and numbers, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        array = to_numpy(weights[name])
        digest.update(f"{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        if array.dtype == object:
            digest.update(",".join(map(str, array.ravel().tolist())).encode())
        else:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def to_array(task: Task, out: Any, blocks: Any) -> Any:
    """Write the tensor into an array of the caller's, or into a new one, and return it.

    Raises
    ------
    WeightError
        When the array has another shape or data type, or an exact entry does not fit into it.
    """
    if tuple(out.shape) != task.shape:
        raise WeightError(f"out must have shape {task.shape}, and has {tuple(out.shape)}")
    wanted = task.dtype
    own = np.dtype(getattr(out.dtype, "name", str(out.dtype).rpartition(".")[2]))
    exact = task.floats is None and task.modulus is None
    if own != wanted and not (exact and own.hasobject):
        raise WeightError(f"out must have data type {wanted}, and has {own}")
    lengths = task.circuit.dims if blocks is None else task.lengths(blocks)
    for _ in task.run(out, lengths):
        pass
    return out


def to_file(task: Task, path: Path, blocks: Any) -> Any:
    """Write the tensor into a file, going on where an earlier run stopped, and open it for reading.

    Raises
    ------
    FileFormatError
        When there is such a file already, from another or an unknown computation, or not as the
        note beside it says.
    MissingDependencyError
        For a Zarr store where zarr is not installed.
    OutputError
        When it cannot be written there, or the disk is full; what was finished stays.
    TooLargeError
        When the disk has too little room for the file, or memory for a block.
    WeightError
        When an exact entry does not fit into int64, or the name ends in neither .npy nor .zarr.
    """
    make = _FILES.get(path.suffix)
    if make is None:
        raise WeightError(f"out must be an array or a path that ends in .npy or .zarr, not {path}")
    kind = make()
    path = Path(os.path.realpath(path))
    note, part = path.with_name(path.name + ".json"), path.with_name(path.name + ".part")
    done, lengths = _noted(note, task, blocks)
    total = count_blocks(task.circuit.dims, lengths)
    if path.exists() and done == total:
        return _found(kind, path, note, task, lengths, total)
    if path.exists():
        raise FileFormatError(
            f"{path} exists, and {note} does not say that this computation wrote it; delete it, or "
            "choose another path"
        )
    if done and not part.exists():
        done = 0
    if done:
        _found(kind, part, note, task, lengths, done)
    check_output(note, "note")
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _run(task, kind, part, note, lengths, done)
        part.replace(path)
    return kind.open(path, "r")


def _found(
    kind: Kind, path: Path, note: Path, task: Task, lengths: tuple[int, ...], done: int
) -> Any:
    """The array of an earlier run, for reading, compared with what its note says.

    Raises
    ------
    FileFormatError
        When it has another shape, data type or order, or lacks blocks that were finished.
    """
    found = kind.open(path, "r")
    for what, own, noted in (
        ("shape", tuple(found.shape), task.shape),
        ("data type", found.dtype, task.dtype),
        ("layout", kind.layout(found), kind.layout_of(_chunk(task, lengths))),
    ):
        if own != noted:
            raise FileFormatError(
                f"{path} is not the tensor that {note} describes: its {what} is {own}, not "
                f"{noted}; delete both, or put the right file there"
            )
    lost = kind.lost(path, task, lengths, done)
    if lost:
        raise FileFormatError(
            f"{path} has lost {lost:,} of the {done:,} blocks that {note} counts as done; delete "
            "both to compute it again"
        )
    return found


def _run(
    task: Task, kind: Kind, part: Path, note: Path, lengths: tuple[int, ...], first: int
) -> None:
    """Write the blocks, and note how many are on the disk, also when interrupted."""
    key, done = task.key(), first

    def mark() -> None:
        if isinstance(target, np.memmap):
            target.flush()
        _write_note(note, {**key, "block": list(lengths), "done": done})

    try:
        if first:
            kind.reserve(part)
            target = kind.open(part, "r+")
        else:
            _check_disk(task, part)
            target = kind.create(part, task.shape, task.dtype, _chunk(task, lengths))
            kind.reserve(part)
        mark()
        marked = time.monotonic()
        for number in task.run(target, lengths, first):
            done = number
            if time.monotonic() - marked > _PAUSE:
                mark()
                marked = time.monotonic()
        mark()
    except BaseException:
        if done > first:
            with suppress(OSError):  # the last note stays, and what it counts
                mark()
        elif not first:
            _delete(note, part)
        raise


def _write_note(note: Path, data: dict[str, Any]) -> None:
    """Replace the note; on a full disk write over it, in one step and in the room that it has."""
    text = (json.dumps(data, indent=1) + "\n").ljust(_NOTE_BYTES)
    try:
        write(note, text, "note")
    except OutputError:
        if not note.is_file() or note.stat().st_size != len(text):
            raise
        with note.open("r+b", buffering=0) as file:
            file.write(text.encode())


def _check_disk(task: Task, part: Path) -> None:
    size = prod(task.shape) * task.dtype.itemsize
    free = shutil.disk_usage(part.parent).free
    if size > free:
        raise TooLargeError(
            f"the file needs {readable(size)}, more than the disk of {part.parent} has free, "
            f"{readable(free)}; write to another disk, or compute slices with circuit.coefficients"
        )


def _chunk(task: Task, lengths: tuple[int, ...]) -> tuple[int, ...]:
    """Lengths of a block, the axis of outputs included."""
    return (*task.shape[: -len(lengths)], *lengths)


def _delete(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _noted(note: Path, task: Task, blocks: Any) -> tuple[int, tuple[int, ...]]:
    """Blocks done according to the file beside the tensor, and the lengths of a block."""
    lengths = task.lengths(blocks)
    if not note.exists():
        return 0, lengths
    data = read_json(note)
    if not isinstance(data, dict):
        raise FileFormatError(f"{note}: this is not a note about a coefficient tensor")
    for name, value in task.key().items():
        if data.get(name) != value:
            raise FileFormatError(
                f"{note} belongs to another computation (not the same {name}); delete it and its "
                "tensor, or choose another path"
            )
    dims, block, done = task.circuit.dims, data.get("block"), data.get("done")
    if (
        not isinstance(block, list)
        or len(block) != len(dims)
        or not all(type(n) is int and 1 <= n <= dim for n, dim in zip(block, dims, strict=True))
        or type(done) is not int
        or not 0 <= done <= count_blocks(dims, block)
    ):
        raise FileFormatError(f"{note}: the numbers of blocks make no sense; delete it")
    if blocks is not None and tuple(block) != lengths:
        raise FileFormatError(
            f"{note}: the blocks have lengths {block}, not {list(lengths)}; leave blocks out"
        )
    return done, tuple(block)


def _moved(value: Any, target: Any) -> Any:
    """A block in the library of the array that takes it, or as NumPy's."""
    if not array_api_compat.is_array_api_obj(target) or isinstance(target, np.ndarray):
        return fitting(to_numpy(value), target.dtype)
    xp: Any = array_api_compat.array_namespace(target)
    same = array_api_compat.array_namespace(value) is xp
    return value if same else xp.asarray(fitting(to_numpy(value), np.dtype(np.int64)))


def fitting(value: Any, dtype: Any) -> Any:
    """Exact numbers as int64 where that is asked for; other numbers as they are.

    Raises
    ------
    WeightError
        When a number is a Fraction, or beyond int64.
    """
    if getattr(value, "dtype", None) != np.dtype(object) or dtype == np.dtype(object):
        return value
    if any(isinstance(entry, Fraction) for entry in value.ravel().tolist()):
        raise WeightError(
            "the tensor has Fractions, which int64 cannot hold; use floats or modulus="
        )
    try:
        return value.astype(np.int64)
    except OverflowError:
        raise WeightError(
            "an entry of the tensor does not fit into int64; use floats or modulus="
        ) from None


class Kind(Protocol):
    """A kind of file that holds an array."""

    def create(
        self, path: Path, shape: tuple[int, ...], dtype: np.dtype, chunk: tuple[int, ...]
    ) -> Any:
        """Make a new array on disk, for writing."""

    def open(self, path: Path, mode: Literal["r", "r+"]) -> Any:
        """Open an existing one."""

    def reserve(self, path: Path) -> None:
        """Reserve all its room on the disk, where writing without would be fatal."""

    def layout(self, found: Any) -> Any:
        """How the entries lie on the disk, as its header says."""

    def layout_of(self, chunk: tuple[int, ...]) -> Any:
        """How they should lie."""

    def lost(self, path: Path, task: Task, lengths: tuple[int, ...], done: int) -> int:
        """How many of the first ``done`` blocks are not there."""


class _Npy:
    """A NumPy file, written through memory."""

    def create(
        self, path: Path, shape: tuple[int, ...], dtype: np.dtype, _chunk: tuple[int, ...]
    ) -> Any:
        return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)

    def open(self, path: Path, mode: Literal["r", "r+"]) -> Any:
        try:
            # For writing, NumPy would pad a truncated file with zeros; for reading it does not.
            found = np.lib.format.open_memmap(path, mode="r")
            return found if mode == "r" else np.lib.format.open_memmap(path, mode=mode)
        except (OSError, EOFError, ValueError, SyntaxError, TokenError) as error:
            raise FileFormatError(f"{path}: this is not a whole NumPy file ({error})") from None

    def reserve(self, path: Path) -> None:
        allocate(path, path.stat().st_size)

    def layout(self, found: Any) -> Any:
        return "C order" if found.flags.c_contiguous else "Fortran order"

    def layout_of(self, _chunk: tuple[int, ...]) -> Any:
        return "C order"

    def lost(self, _path: Path, _task: Task, _lengths: tuple[int, ...], _done: int) -> int:
        return 0  # its file is whole, or could not be opened


class _Zarr:
    """A Zarr store, a file for each block."""

    def __init__(self) -> None:
        try:
            import zarr
        except ImportError:
            raise MissingDependencyError(
                "a Zarr store needs zarr: pip install circuitalg[zarr], or write a .npy file"
            ) from None
        self._zarr = zarr

    def _empty_blocks_too(self) -> Any:
        """Blocks of zeros are written as well: a block without a file is one that is lost."""
        return self._zarr.config.set({"array.write_empty_chunks": True})

    def create(
        self, path: Path, shape: tuple[int, ...], dtype: np.dtype, chunk: tuple[int, ...]
    ) -> Any:
        # Names with dots: slashes would nest a folder for each location.
        names = {"name": "v2", "separator": "."}
        with self._empty_blocks_too():
            return self._zarr.create_array(
                store=str(path),
                shape=shape,
                dtype=dtype,
                chunks=chunk,
                chunk_key_encoding=names,
                overwrite=True,
            )

    def open(self, path: Path, mode: Literal["r", "r+"]) -> Any:
        try:
            with self._empty_blocks_too():
                return self._zarr.open_array(str(path), mode=mode)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FileFormatError(f"{path}: this is not a Zarr array ({error})") from None

    def reserve(self, path: Path) -> None:
        """Nothing: blocks are written as files, whose errors are seen."""

    def layout(self, found: Any) -> Any:
        return f"chunks of {tuple(found.chunks)}"

    def layout_of(self, chunk: tuple[int, ...]) -> Any:
        return f"chunks of {chunk}"

    def lost(self, path: Path, task: Task, lengths: tuple[int, ...], done: int) -> int:
        there = {file.name for file in path.iterdir()}
        lead = "0." * (len(task.shape) - len(lengths))
        counts = [-(-dim // n) for dim, n in zip(task.circuit.dims, lengths, strict=True)]
        places = islice(product(*map(range, counts)), done)
        return sum(lead + ".".join(map(str, place)) not in there for place in places)


_FILES: dict[str, Callable[[], Kind]] = {".npy": _Npy, ".zarr": _Zarr}
