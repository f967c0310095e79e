"""Statements and proofs as JSON data and back, from their annotations alone; and their digest.

docs/certificates.md describes the form: every frozen dataclass is an object whose `kind` is its
class, with its fields as members. `encode` looks at values, `Decoder` at annotations: what it
returns has exactly these types, or it refuses. Rules check all the rest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache
from itertools import chain, groupby, repeat
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from circuitalg import deadline
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.circuit.modetree import ModeTree
from circuitalg.errors import CircuitalgError, FileFormatError
from circuitalg.expressions import Expression
from circuitalg.files import number_from_json, number_to_json
from circuitalg.integers import Integer, from_json, shown, to_json
from circuitalg.kernel.exact_types import Bound, Runs
from circuitalg.kernel.statement import Statement
from circuitalg.logspace.files import simnet_fingerprint, simnet_from_data, simnet_to_data
from circuitalg.logspace.simnet import SimNet

_LARGEST = 2**53
_MOST_BITS = 1 << 23
"""Of a bound: 3^(2^22) takes three seconds to multiply out."""
_MOST_FACTORS = 256
_MOST_IN_RUNS = 4_000_000
_MAX_DEPTH = 90
"""As deep as rules take their arguments (`exact_types.taken`)."""
_PAIRS = tuple[tuple[int, int], ...]
_LEAF_TYPES = (int, str, Fraction, Circuit, SimNet)


def encode(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """A value as JSON data; `leaf` says what stands for numbers, networks, texts and None."""
    if type(value) in _LEAF_TYPES:
        return leaf(value)
    if isinstance(value, tuple):
        return [leaf(part) if type(part) in _LEAF_TYPES else encode(part, leaf) for part in value]
    if isinstance(value, Mapping):
        return {name: encode(part, leaf) for name, part in value.items()}
    if isinstance(value, Expression):
        return encode(value.parts(), leaf)
    if isinstance(value, ModeTree):
        return encode(value.to_nested(), leaf)
    if isinstance(value, Bipartition):
        return value.letters
    if is_dataclass(value) and not isinstance(value, type):
        found: dict[str, Any] = {"kind": type(value).__name__}
        for name, hint in members(type(value)).items():
            part = getattr(value, name)
            if part is not None and Runs in (hint, *get_args(hint)):
                part = tuple((number, len(list(run))) for number, run in groupby(part))
            found[name] = encode(part, leaf)
        return found
    return leaf(value)


class Numbering:
    """Networks by number, in the order in which they are first referred to."""

    def __init__(self) -> None:
        self.circuits: list[Circuit] = []

    def leaf(self, value: Any) -> Any:
        """What stands in a certificate for a number, a network, a text or None."""
        if type(value) is int and -_LARGEST < value < _LARGEST:  # a million of them, most often
            return value
        if isinstance(value, Circuit):
            return self._number(value)
        if isinstance(value, SimNet):
            return simnet_to_data(value)
        if isinstance(value, Integer):
            return to_json(value)
        return number_to_json(value) if isinstance(value, int | Fraction) else value

    def _number(self, circuit: Circuit) -> int:
        """Of this list of nodes: proofs may number them, so an equal circuit is not enough."""
        for number, known in enumerate(self.circuits):
            if known is circuit or known.nodes == circuit.nodes:
                return number
        self.circuits.append(circuit)
        return len(self.circuits) - 1


def statement_sha256(statement: Statement) -> str:
    """The digest of a statement, 64 hexadecimal digits.

    Equal statements have equal digests, whatever proves them and however a file writes their
    numbers; different ones have different digests, unless SHA-256 fails.

    Examples
    --------
    >>> from circuitalg import Bipartition, cp_model, prove_rank
    >>> theorem = prove_rank(cp_model(2, 2, 2), Bipartition.of([0], 2))
    >>> len(theorem.statement_sha256)
    64
    """
    said = encode(statement, _digested)
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _digested(value: Any) -> Any:
    """A network as its fingerprint, a number as hexadecimal text."""
    if isinstance(value, Circuit):
        return value.fingerprint
    if isinstance(value, SimNet):
        return simnet_fingerprint(value)
    if isinstance(value, int):
        return f"{value:x}"
    if isinstance(value, Fraction):
        top, bottom = value.numerator, value.denominator
        return f"{top:x}" if bottom == 1 else f"{top:x}/{bottom:x}"
    return value


class Decoder:
    """Reads values of annotated types from JSON data.

    Parameters
    ----------
    circuits : those that data refers to by number; `used` collects the numbers.
    """

    def __init__(self, circuits: Sequence[Circuit]) -> None:
        self._circuits = circuits
        self._left = _MOST_IN_RUNS
        self.used: set[int] = set()

    def read(self, data: Any, hint: Any, what: str, depth: int = 0) -> Any:
        """The value of the annotated type that the data stands for.

        Raises
        ------
        FileFormatError
            When it stands for none; the sentence says which member.
        """
        if depth > _MAX_DEPTH:
            raise FileFormatError(f"{what} is nested more than {_MAX_DEPTH} times")
        if hint in _LEAVES:
            return _leaf(data, hint, what)
        if hint == Runs:
            return self._runs(data, what)
        if hint is Circuit:
            return self._circuit(data, what)
        origin, args = get_origin(hint), get_args(hint)
        if origin in (UnionType, Union):
            return self._one_of(data, args, what, depth)
        if origin is tuple:
            return self._tuple(data, args, what, depth)
        if origin is Mapping:
            if not isinstance(data, dict):
                raise FileFormatError(f"{what} is not an object")
            return MappingProxyType(
                {name: self.read(part, args[1], what, depth + 1) for name, part in data.items()}
            )
        return self._object(data, (hint,), what, depth)

    def _circuit(self, data: Any, what: str) -> Circuit:
        if type(data) is not int or not 0 <= data < len(self._circuits):
            raise FileFormatError(f"{what} is not the number of a circuit: {shown(data)}")
        self.used.add(data)
        return self._circuits[data]

    def _one_of(self, data: Any, hints: tuple[Any, ...], what: str, depth: int) -> Any:
        if set(hints) == {int, Fraction}:
            return number_from_json(data, what)
        if NoneType in hints:
            if data is None:
                return None
            hints = tuple(hint for hint in hints if hint is not NoneType)
            return self.read(data, Union[hints], what, depth)  # noqa: UP007
        return self._object(data, hints, what, depth)

    def _tuple(self, data: Any, hints: tuple[Any, ...], what: str, depth: int) -> Any:
        deadline.look()
        if not isinstance(data, list):
            raise FileFormatError(f"{what} is not a list")
        if len(hints) == 2 and hints[1] is Ellipsis:
            return tuple([self.read(part, hints[0], what, depth + 1) for part in data])
        if len(hints) != len(data):
            raise FileFormatError(f"{what} must have {len(hints)} entries, not {len(data)}")
        pairs = zip(data, hints, strict=True)
        return tuple(self.read(part, hint, what, depth + 1) for part, hint in pairs)

    def _runs(self, data: Any, what: str) -> tuple[int, ...]:
        """Numbers from runs of equal ones; those of a whole certificate are counted."""
        pairs = self.read(data, _PAIRS, what)
        self._left -= sum(count for _, count in pairs)
        if min((count for _, count in pairs), default=1) < 1 or self._left < 0:
            raise FileFormatError(
                f"{what} is not a list of runs of at least 1 number, at most {_MOST_IN_RUNS:,} in "
                "a certificate"
            )
        return tuple(chain.from_iterable(repeat(number, count) for number, count in pairs))

    def _object(self, data: Any, kinds: tuple[Any, ...], what: str, depth: int) -> Any:
        """One of several dataclasses, by its `kind`."""
        if not isinstance(data, dict):
            raise FileFormatError(f"{what} is not an object")
        found = [kind for kind in kinds if kind.__name__ == data.get("kind")]
        if not found:
            names = ", ".join(kind.__name__ for kind in kinds)
            raise FileFormatError(
                f"{what} has the kind {shown(data.get('kind'))}, which must be one of: {names}"
            )
        hints = members(found[0])
        own = ("kind", *hints)
        if data.keys() != set(own):
            raise FileFormatError(
                f"{what}, a {found[0].__name__}, must have the members {', '.join(own)} and no "
                "other"
            )
        return made(
            found[0],
            {name: self.read(data[name], hints[name], name, depth + 1) for name in hints},
            what,
        )


@cache
def members(kind: type) -> dict[str, Any]:
    """The fields of a dataclass, with their annotations."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


def made(kind: type, parts: dict[str, Any], what: str) -> Any:
    """A dataclass of these fields; what its constructor refuses is a fault of the file."""
    try:
        return kind(**parts)
    except CircuitalgError as error:
        raise FileFormatError(f"{what}: {error}") from None


def _integer(data: Any) -> int:
    if type(data) is not int or abs(data) >= _LARGEST:
        raise FileFormatError(f"is not an integer below 2^53: {shown(data)}")
    return data


def _text(data: Any) -> str:
    if type(data) is not str:
        raise FileFormatError(f"is not a text: {shown(data)}")
    return data


def _bound(data: Any) -> Integer:
    if (type(data) is int and data >= _LARGEST) or len(data if type(data) is list else ()) > (
        _MOST_FACTORS
    ):
        raise FileFormatError(
            f"is not an integer below 2^53, nor a list of at most {_MOST_FACTORS} factors"
        )
    try:
        return from_json(data, most_bits=_MOST_BITS)
    except ValueError as error:
        raise FileFormatError(f"is not a natural number: {error}") from None


def _tree(data: Any) -> ModeTree:
    if type(data) is not list:
        raise FileFormatError("is not a mode tree, nested lists of locations")
    return ModeTree.from_nested(data)


_LEAVES: Mapping[Any, Callable[[Any], Any]] = {
    int: _integer,
    str: _text,
    Bound: _bound,
    Bipartition: Bipartition.from_letters,
    Expression: Expression.from_json,
    ModeTree: _tree,
    SimNet: simnet_from_data,
}


def _leaf(data: Any, hint: Any, what: str) -> Any:
    try:
        return _LEAVES[hint](data)
    except CircuitalgError as error:
        said = f"{what}{'' if isinstance(error, FileFormatError) else ':'} {error}"
        raise FileFormatError(said) from None
