"""Values of a certificate, and the file that holds them: read strictly, refused in one sentence."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

MAX_FILE_BYTES = 256 << 20
MAX_READ = 1_700_000_000  # bytes of memory that a file takes when it has been read, as estimated
MAX_NODES = 2_000_000
MAX_WIDTH = 1_000_000
MAX_NAME = 1_000_000  # characters
MAX_DIGITS = 4_000  # of a rational entry
MAX_INTEGER = (1 << 53) - 1
INT_DIGITS = 4_300  # of an integer in a file; reading longer ones takes quadratic time
SHOW = 12  # members of a long list that are printed
Entry = int | Fraction
Matrix = tuple[tuple[Entry, ...], ...]
Factors = list[tuple[int, int]]


class Unreadable(ValueError):
    """The file is not a certificate that can be read."""


class Refusal(ValueError):
    """The certificate can be read, but it does not prove its statement."""


def brief(value: object, length: int = 60) -> str:
    """Show a piece of the file in a message: ASCII, short, whatever it is."""
    if type(value) is int and value.bit_length() > 100:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (list, dict)):
        return f"a {'list' if isinstance(value, list) else 'object'} of {len(value)} members"
    if isinstance(value, str):
        return cut(json.dumps(value[: length + 1], ensure_ascii=True), length)
    return cut(json.dumps(value, ensure_ascii=True), length)


def cut(text: str, length: int = 200) -> str:
    """Shorten a text, and show that it has been shortened."""
    return text if len(text) <= length else text[:length] + "..."


def as_int(value: object, what: str, low: int, high: int) -> int:
    """Return an integer of low..high; a boolean is not one."""
    if type(value) is not int:
        raise Refusal(f"{what} must be an integer, not {brief(value)}.")
    if not low <= value <= high:
        raise Refusal(f"{what} is {brief(value)}; it must lie between {low} and {high}.")
    return value


def as_list(value: object, what: str) -> list[Any]:
    """Return a list."""
    if type(value) is not list:
        raise Refusal(f"{what} must be a list, not {brief(value)}.")
    return value


def as_text(value: object, what: str) -> str:
    """Return a string that is not empty."""
    if type(value) is not str or not 0 < len(value) <= MAX_NAME:
        raise Refusal(f"{what} must be a string of 1 to {MAX_NAME} characters, not {brief(value)}.")
    return value


def as_object(value: object, what: str, names: Iterable[str]) -> dict[str, Any]:
    """Return an object with exactly the given members."""
    if type(value) is not dict:
        raise Refusal(f"{what} must be an object, not {brief(value)}.")
    for name in names:
        if name not in value:
            raise Refusal(f'{what} lacks its member "{name}".')
    for name in value:
        if name not in names:
            raise Refusal(f"{what} has an unknown member {brief(name)}.")
    return value


def kind_of(value: object, what: str) -> str:
    """Return the member that says of which kind an object is."""
    if type(value) is not dict or type(value.get("kind")) is not str:
        raise Refusal(f'{what} must be an object with a string "kind".')
    return str(value["kind"])


def as_entry(value: object, what: str) -> Entry:
    """Return an exact number: an integer, or a string "p/q" in lowest terms with q >= 2."""
    if type(value) is int and value.bit_length() < 10 * INT_DIGITS // 3:
        return value
    if type(value) is str and len(value) <= MAX_DIGITS:
        match = re.fullmatch(r"(-?[1-9][0-9]*)/([1-9][0-9]*)", value, re.ASCII)
        if match:
            top, bottom = int(match[1]), int(match[2])
            if bottom > 1 and math.gcd(top, bottom) == 1:
                return Fraction(top, bottom)
    raise Refusal(
        f'{what} must hold integers or strings "p/q" in lowest terms, not {brief(value)}.'
    )


def as_matrix(value: object, what: str) -> Matrix:
    """Return a rectangular matrix of exact numbers with at least one entry."""
    rows = [as_list(row, f"a row of {what}") for row in as_list(value, what)]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise Refusal(f"{what} must be a rectangular matrix with at least one entry.")
    return tuple(tuple(as_entry(x, what) for x in row) for row in rows)


def as_factors(value: object, what: str) -> Factors:
    """Return a natural number: an integer, or a list of [base, exponent]."""
    if type(value) is int:
        number = as_int(value, what, 0, MAX_INTEGER)
        return [] if number == 1 else [(number, 1)]
    factors = []
    for pair in as_list(value, what):
        if type(pair) is not list or len(pair) != 2:
            raise Refusal(f"{what} must be a list of [base, exponent].")
        base = pair[0]
        if type(base) is str and re.fullmatch(r"0x[0-9a-fA-F]+", base, re.ASCII):
            base = int(base, 16)
        if type(base) is not int or (base < 2 and not (base == 0 and value == [[0, 1]])):
            raise Refusal(f"{what} has the base {brief(pair[0])}; bases are at least 2.")
        factors.append((base, as_int(pair[1], f"an exponent of {what}", 1, 1 << 40)))
    return factors


def shortened(top: int, bottom: int) -> Entry:
    """Return a quotient as an exact number, an integer where it is one."""
    number = Fraction(top, bottom)
    return number.numerator if number.denominator == 1 else number


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a file, or standard input for "-", up to the limit on its size."""
    shown = brief(os.fspath(path), 200)
    try:
        if os.fspath(path) == "-":
            raw = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Unreadable(f"the file {shown} cannot be read: {reason}.") from None
    if len(raw) > MAX_FILE_BYTES:
        raise Unreadable(f"the file {shown} is larger than {MAX_FILE_BYTES >> 20} MB.")
    return raw


def bytes_read(raw: bytes) -> int:
    """Estimate from above the memory that a JSON file takes while it is read, and afterwards."""
    text = 1 if raw.isascii() else 4 if re.search(rb"[\xf0-\xf7]", raw) else 2
    strings = 7 if text == 4 or b"\\u" in raw else text  # one may be widened while it grows
    return (1 + text + strings) * len(raw) + sum(SIZES[mark] * raw.count(mark) for mark in SIZES)


SIZES = {b",": 45, b":": 110, b'"': 32, b"[": 100, b"{": 150}
"""Bytes for each member, named member, half a text, list and object, beside the characters."""


def read_json(path: str | os.PathLike[str]) -> object:
    """Read a JSON file with all limits; raise Unreadable with one sentence."""

    def no_constant(name: str) -> object:
        raise ValueError(f"{name} is not a number")

    def short(digits: str) -> int:
        if len(digits) > INT_DIGITS:
            raise ValueError(f"an integer has more than {INT_DIGITS} digits")
        return int(digits)

    def no_double(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("an object has the same member twice")
        return result

    shown, raw = brief(os.fspath(path), 200), read_bytes(path)
    if bytes_read(raw) > MAX_READ:
        raise Unreadable(f"the file {shown} holds too many lists, numbers or texts.")
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            parse_constant=no_constant,
            parse_int=None if 0 < sys.get_int_max_str_digits() <= INT_DIGITS else short,
            object_pairs_hook=no_double,
        )
    except RecursionError:
        raise Unreadable(f"the file {shown} is nested too deeply.") from None
    except ValueError as error:
        raise Unreadable(
            f"the file {shown} is not valid JSON ({brief(str(error), 100)})."
        ) from None
