"""Files: the one writer, the one reader of JSON, and exact numbers as JSON text.

Nothing that exists is lost. What is written appears whole or not at all: it goes into a temporary
file beside the target, which is then renamed; symbolic links are followed, and the file behind them
is replaced. What is not a regular file (a device, a FIFO, a process substitution) is written to
directly. ``-`` is standard input or output. Missing folders are made.

A file that holds a circuit, a SimNet, a certificate or a landscape is replaced only by its own
kind: a certificate by a certificate, but not by a table. Any other file, or an empty one, may be
replaced by anything. A read-only file is left alone.
"""

from __future__ import annotations

import errno
import json
import os
import re
import reprlib
import secrets
import signal
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Never, NoReturn

from circuitalg.errors import FileFormatError, OutputError
from circuitalg.memory import check_json

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

STANDARD = "-"
"""The name of standard input and output."""
PART = ".circuitalg-{}.part"
MAX_FILE_BYTES = 1 << 28
_HEAD_BYTES = 4096
_PIECE = 1 << 20
_KINDS = {
    b"circuit": "circuit",
    b"simnet": "SimNet",
    b"certificate": "certificate",
    b"landscape": "landscape",
    b"findings": "findings",
}
_FOREIGN = re.compile(
    r"\.(csv|dot|gexf|gml|graphml|gv|gz|h5|hdf5|html|md|np[yz]|onnx|pdf|pickle|pkl|png|pth?|py|svg"
    r"|tex|toml|tsv|xlsx|xml|ya?ml|zip)"
)
"""Suffixes that promise something other than JSON; circuits are written as GraphML too."""
_FORMAT = re.compile(rb'"format"\s*:\s*"circuitalg-(' + b"|".join(_KINDS) + rb')"')


# Writing


def write(path: str | Path, content: str | bytes | Iterable[str], kind: str) -> None:
    """Write text (as UTF-8) or bytes; a reader of the path sees the old file or the whole new one.

    Parameters
    ----------
    path
        Where; ``-`` is standard output.
    content
        Text, pieces of text, or bytes.
    kind
        What it is, in a word: "circuit", "certificate", "drawing", …. It decides which files may
        be replaced (see `check_output`), and appears in the message.

    Raises
    ------
    OutputError
        When it cannot be written there; the message names the path, and nothing is left behind.
    """
    check_output(path, kind)
    with naming(path):
        straight = _opened_as_it_is(path)
        if straight is not None:
            with straight as stream:
                _put(stream, content)
                stream.flush()
            return
        _replace(Path(os.path.realpath(path)), content)


def append(path: str | Path, text: str) -> None:
    """Append UTF-8 text to a file, which is created, with its folder, where missing.

    Raises
    ------
    OutputError
        When it cannot be written there; the message names the path.
    """
    with naming(path):
        straight = _opened_as_it_is(path)
        if straight is None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with straight or Path(path).open("ab") as stream:
            stream.write(text.encode())
            stream.flush()


def check_output(path: str | Path, kind: str, inputs: Iterable[str | Path] = ()) -> None:
    """Refuse a path that `write` would refuse, before long work is done.

    Parameters
    ----------
    path, kind
        As for `write`.
    inputs
        What is read for it: none of these may be the output, whatever the kind.

    Raises
    ------
    OutputError
        When the path is a folder, one of the inputs, not writable, or a file of another kind that
        would be lost; the message names the path.
    """
    if "\0" in str(path):
        raise OutputError(f"{str(path)!r} is not a path: it contains a NUL character")
    with naming(path):
        if not is_regular(path):
            return
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise OutputError(f"{path} is a folder; name a file in it for the {kind}")
        if target.is_symlink():
            raise OutputError(f"{path} cannot be written: its symbolic links form a loop")
        if target.exists():
            _check_loss(path, target, kind, inputs)
        suffix = Path(path).suffix.lower()
        fits = kind not in _KINDS.values() or (kind, suffix) == ("circuit", ".graphml")
        if not fits and _FOREIGN.fullmatch(suffix):
            raise OutputError(f"{path} ends in {suffix}, but a {kind} is JSON; end it in .json")
        folder = next(parent for parent in target.parents if os.path.lexists(parent))
        if not folder.is_dir():
            raise OutputError(f"{path} cannot be written: {folder} is not a folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{path} cannot be written: the folder {folder} is not writable")


def check_folder(path: str | Path, what: str) -> None:
    """Make a folder for several files, with its parents.

    Raises
    ------
    OutputError
        When there is something else by that name, or it cannot be made or written to.
    """
    with naming(path):
        if str(path) == STANDARD:
            raise OutputError(f"the {what} are several files; name a folder, not standard output")
        folder = Path(path)
        if os.path.lexists(folder) and not folder.is_dir():
            raise OutputError(f"{path} is not a folder; name one for the {what}")
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"the folder {path} is not writable")


def is_regular(path: str | Path) -> bool:
    """Whether a path is, or would become, an ordinary file: not ``-``, a device or a pipe."""
    if str(path) == STANDARD or _descriptor(path) is not None:
        return False
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def is_standard_output(path: str | Path | None) -> bool:
    """Whether a path is this process's standard output, so that messages must go elsewhere."""
    return path is not None and (str(path) == STANDARD or _descriptor(path) == 1)


def held_kind(path: str | Path) -> str | None:
    """What a file holds that must not be lost: one of the kinds above, or None."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return None
    if b"<graphml" in head:
        return "circuit"
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return None
    found = _FORMAT.search(head)
    return None if found is None else _KINDS[found.group(1)]


def _check_loss(path: str | Path, target: Path, kind: str, inputs: Iterable[str | Path]) -> None:
    """Refuse to replace an input, a read-only file, and one that another kind would destroy."""
    for other in inputs:
        if _is_same(target, other):
            raise OutputError(f"{path} is the input itself; name another file for the {kind}")
    if not os.access(target, os.W_OK):
        raise OutputError(f"{path} is read-only; name another file for the {kind}")
    held = held_kind(target)
    if held not in (None, kind):
        raise OutputError(
            f"{path} holds a {held}, which a {kind} would destroy; name another file, or delete "
            "that one first"
        )


def _is_same(target: Path, other: str | Path) -> bool:
    """Whether an input is the file at a path, also through links and redirections."""
    with suppress(OSError, ValueError):
        if str(other) == STANDARD:
            return os.path.samestat(os.fstat(sys.stdin.fileno()), target.stat())
        return target.samefile(other)
    return False


def allocate(path: str | Path, size: int) -> None:
    """Reserve ``size`` bytes of disk for a file now; its contents stay.

    A file with holes, as a new array on disk is, would kill the process that writes into it through
    memory when the disk is full.

    Raises
    ------
    OSError
        When the disk does not have that much room.
    """
    with Path(path).open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            try:
                return os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                if error.errno not in {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}:
                    raise
        for start in range(0, size, _PIECE):
            file.seek(start)
            piece = file.read(min(_PIECE, size - start))
            file.seek(start)
            file.write(piece.ljust(min(_PIECE, size - start), b"\0"))
        return os.fsync(file.fileno())


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Turn system errors into a sentence that names the path, never a temporary file.

    Raises
    ------
    OutputError
        Instead of an OSError; a closed pipe stays a BrokenPipeError.
    """
    try:
        yield
    except (OutputError, BrokenPipeError):
        raise
    except OSError as error:
        refusal = OutputError(f"{path} cannot be written ({error.strerror or error})")
        refusal.errno = error.errno
        raise refusal from None


def _descriptor(path: str | Path) -> int | None:
    """The number behind /dev/stdout, /dev/fd/63 and links to them: open files of this process.

    Reopening such a name would begin at the start of a redirected file and truncate it.
    """
    homes = {"/dev/fd", os.path.realpath("/proc/self/fd")}
    name = os.path.abspath(path)  # noqa: PTH100  (Path.absolute keeps "..")
    for _ in range(40):  # as many links as systems follow
        folder, last = os.path.split(name)
        if os.path.realpath(folder) in homes and last.isdecimal() and len(last) < 8:
            return int(last)
        try:
            name = os.path.join(folder, os.readlink(name))  # noqa: PTH115, PTH118
        except (OSError, ValueError):
            return None
    return None


def _opened_as_it_is(path: str | Path) -> AbstractContextManager[IO[bytes]] | None:
    """A stream into what is not a regular file, None for one that is."""
    if str(path) == STANDARD:
        if not hasattr(sys.stdout, "buffer"):
            raise OutputError("there is no standard output to write to; name a file")
        sys.stdout.flush()
        return nullcontext(sys.stdout.buffer)
    number = _descriptor(path)
    if number is not None:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        return os.fdopen(os.dup(number), "wb")
    if is_regular(path):
        return None
    return open(path, "wb", opener=lambda name, _flags: os.open(name, os.O_WRONLY))


def _replace(target: Path, content: str | bytes | Iterable[str]) -> None:
    """Write a temporary file and rename it; on any failure, Ctrl-C included, nothing is left."""
    made = [folder for folder in target.parents if not folder.exists()]
    temporary = target.with_name(PART.format(secrets.token_hex(8)))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            _put(file, content)
            file.flush()
            os.fsync(file.fileno())
        _keep_mode(target, temporary)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
            for folder in made:
                folder.rmdir()
        raise


def _keep_mode(target: Path, temporary: Path) -> None:
    """Give the new file the owner (where that is allowed) and the mode of the one it replaces."""
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    new = temporary.stat()
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with suppress(OSError):
            os.chown(temporary, old.st_uid, old.st_gid)
    temporary.chmod(stat.S_IMODE(old.st_mode))


def _put(stream: IO[bytes], content: str | bytes | Iterable[str]) -> None:
    if isinstance(content, bytes):
        stream.write(content)
    else:
        for piece in [content] if isinstance(content, str) else content:
            stream.write(piece.encode())


def flush_output() -> None:
    """Flush what has been printed, so that we know whether it arrives.

    Raises
    ------
    OSError
        When it does not: a BrokenPipeError, or a full disk. It is then dropped.
    """
    try:
        if sys.stdout is not None:  # a process may be started without one
            sys.stdout.flush()
    except OSError:
        # Otherwise the interpreter would try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def end_of_closed_pipe() -> NoReturn:
    """End this process as programs end when their reader is gone: by SIGPIPE, where it exists."""
    with suppress(OSError):
        flush_output()
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    sys.exit(141)


# Reading


def read_bytes(path: str | Path, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """What a file or standard input (``-``) holds.

    Raises
    ------
    FileFormatError
        When it cannot be read, or is larger than ``max_bytes``.
    """
    try:
        if str(path) == STANDARD:
            raw = sys.stdin.buffer.read(max_bytes + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(max_bytes + 1)
    except (OSError, ValueError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileFormatError(f"{path}: the file cannot be read ({reason})") from None
    if len(raw) > max_bytes:
        raise FileFormatError(f"{path}: the file is larger than {max_bytes} bytes, the limit here")
    return raw


def read_json(path: str | Path, max_bytes: int = MAX_FILE_BYTES) -> Any:
    """The JSON value in a file, bounded in size and depth, without NaN or duplicate members.

    A byte-order mark, which some editors write, is skipped.

    Raises
    ------
    FileFormatError
        One sentence that begins with the path and, for bad JSON, names line and column.
    TooLargeError
        When what it holds would not fit into memory.
    """
    return parse_json(read_bytes(path, max_bytes), path)


def parse_json(raw: bytes, path: str | Path) -> Any:
    """The JSON value in bytes, as `read_json` takes it; the path is for messages.

    Raises
    ------
    FileFormatError, TooLargeError
        As `read_json` does.
    """
    check_json(raw, path)
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            parse_constant=_no_constant,
            parse_int=None if 0 < sys.get_int_max_str_digits() <= _CHARACTERS else _short,
            object_pairs_hook=_no_doubles,
        )
    except json.JSONDecodeError as error:
        raise FileFormatError(
            f"{path}: not JSON, or cut short: {error.msg} at line {error.lineno}, "
            f"column {error.colno}"
        ) from None
    except UnicodeDecodeError:
        raise FileFormatError(f"{path}: the file is not UTF-8 text") from None
    except RecursionError:
        raise FileFormatError(f"{path}: the JSON is nested too deeply") from None
    except FileFormatError as error:
        raise FileFormatError(f"{path}: {error}") from None
    except ValueError:
        raise FileFormatError(f"{path}: the JSON holds an integer with too many digits") from None


def _no_constant(text: str) -> Never:
    raise FileFormatError(f"{text} is not allowed")


def _short(digits: str) -> int:
    """An integer where CPython would read any length, in quadratic time."""
    if len(digits) > _CHARACTERS:
        raise ValueError
    return int(digits)


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FileFormatError("an object has the same member twice")
    return found


# Exact numbers

_CHARACTERS = 4300
"""CPython's limit for decimal integers, applied here also to both parts of a fraction together."""
_WRITTEN_BITS = 14270
"""Numbers of this many bits, a sign and a slash take at most 4,300 characters."""


def number_to_json(entry: int | Fraction) -> int | str:
    """An exact number as JSON has it: an integer, or "p/q" in lowest terms.

    Raises
    ------
    FileFormatError
        When it takes more than 4,300 characters, which no reader accepts.
    """
    top, bottom = entry.numerator, entry.denominator
    if top.bit_length() + bottom.bit_length() <= _WRITTEN_BITS:
        return int(top) if bottom == 1 else f"{top}/{bottom}"
    raise FileFormatError(
        f"a number has {top.bit_length()} bits over {bottom.bit_length()}; files hold exact "
        f"numbers of up to {_WRITTEN_BITS} bits, numerator and denominator together"
    )


def number_from_json(entry: Any, what: str) -> int | Fraction:
    """An integer, or "p/q" in lowest terms with q ≥ 2, as an exact number.

    Raises
    ------
    FileFormatError
        For anything else.
    """
    if type(entry) is int:
        return entry
    if isinstance(entry, str) and len(entry) <= _CHARACTERS and entry.isascii():
        top, slash, bottom = entry.partition("/")
        if slash and bottom.isdigit() and top.removeprefix("-").isdigit() and int(bottom) > 1:
            value = Fraction(int(top), int(bottom))
            if f"{value.numerator}/{value.denominator}" == entry:
                return value
    shown = reprlib.repr(entry)
    raise FileFormatError(
        f'{what} has the entry {shown}; exact numbers are integers or strings "p/q" in lowest terms'
    )
