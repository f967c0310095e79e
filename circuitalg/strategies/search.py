"""The search in one process: Hypothesis draws and shrinks, the kernel's numbers decide."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from hypothesis import Phase, Verbosity, find, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample, UnsatisfiedAssumption
from hypothesis.strategies import DrawFn, SearchStrategy

from circuitalg import deadline
from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.edge import as_bipartition
from circuitalg.errors import (
    ArgumentError,
    CircuitalgError,
    OutOfTimeError,
    PredictionError,
    RuleError,
)
from circuitalg.kernel.rank.network import Network
from circuitalg.kernel.rank.question import Question
from circuitalg.options import instance, natural
from circuitalg.prove.rank.budget import Budget
from circuitalg.prove.rank.estimate import Evidence, estimate_rank
from circuitalg.prove.rank.rank import answer, check_split, is_zero, solved
from circuitalg.strategies.covered import Draw, kind_of_circuit
from circuitalg.strategies.findings import example_code, verdict
from circuitalg.strategies.partitions import bipartitions as any_bipartition

if TYPE_CHECKING:
    from circuitalg.strategies.conjecture import Conjecture

_ALL: Final = 7
"""All bipartitions of up to so many locations are tried, 63; drawing them would cost more."""
_SOME: Final = 16
"""Of more locations, up to so many are drawn."""
_BATCH: Final = 500
"""Circuits that Hypothesis draws at a time; it remembers every choice of a batch."""
_SMALLER: Final = 300
"""The same once there is a counterexample, and a smaller one is looked for."""
_IDLE: Final = 3
"""A search ends after so many batches without a new case."""
_REMEMBERED: Final = 100_000
"""Blocks whose bounds are remembered."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case that refutes a conjecture."""

    circuit: Circuit
    bipartition: Bipartition
    predicted: int
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Part of a search: what was drawn, and the smallest counterexample that was found."""

    draws: tuple[Draw, ...] = ()
    found: Case | None = None
    exhausted: bool = False
    interrupted: bool = False


_Drawn: TypeAlias = tuple[Circuit, tuple[Bipartition, ...]]


class _Ended(BaseException):
    """The time or the number of cases is spent; not an error, which Hypothesis would shrink."""


def explore(
    conjecture: Conjecture,
    seed: int,
    cases: int,
    until: float | None,
    known: Collection[bytes] = (),
) -> Chunk:
    """Try new cases until a counterexample is found and shrunk.

    Parameters
    ----------
    conjecture
        What is tried.
    seed
        Begins Hypothesis's random choices.
    cases
        How many to try, not counting those of draws already known.
    until
        When to end, as `time.time` counts; what was found is kept.
    known
        Keys of draws that need no second look.

    Raises
    ------
    PredictionError
        When the prediction raises, or is no integer.
    """
    search = _Search(conjecture, cases, until, set(known))
    engine = _Engine(conjecture, Random(seed))
    exhausted = interrupted = False
    try:
        exhausted = not _first(engine, search)
        _shrink(engine, search)
    except _Ended:
        pass
    except KeyboardInterrupt:
        interrupted = True
    return Chunk(tuple(search.draws), search.best, exhausted, interrupted)


def _first(engine: _Engine, search: _Search) -> bool:
    """Look for a counterexample; False where there are no new cases, or hardly any."""
    idle = 0
    while idle < _IDLE:
        before = search.left
        if engine.finds(search.refutes, _BATCH, Phase.generate):
            return True
        idle = idle + 1 if search.left == before else 0
    return False


def _shrink(engine: _Engine, search: _Search) -> None:
    """Look for smaller ones: first at random, since that is fast, then as Hypothesis shrinks.

    Hypothesis shrinks what it draws, so the last batch is drawn again.
    """
    while search.best:
        last = engine.seed
        if not engine.finds(search.within(search.best, strictly=True), _SMALLER, Phase.generate):
            engine.seed = last
            condition = search.within(search.best, strictly=False)
            engine.finds(condition, _SMALLER, Phase.generate, Phase.shrink, again=True)
            break


@dataclass(slots=True)
class _Engine:
    """Hypothesis, as it draws for a conjecture.

    It keeps no examples, since it is given the random numbers: what was found before is found again
    from its seed.
    """

    conjecture: Conjecture
    random: Random
    seed: int = 0
    """Of the last batch."""

    def finds(
        self, condition: Callable[[_Drawn], bool], size: int, *phases: Phase, again: bool = False
    ) -> bool:
        """Whether a batch of so many draws has one that meets the condition."""
        if not again:
            self.seed = self.random.getrandbits(64)
        options = settings(
            max_examples=size,
            derandomize=False,
            database=None,
            deadline=None,
            phases=phases,
            print_blob=False,
            verbosity=Verbosity.quiet,
        )
        try:
            find(_drawn(self.conjecture), condition, settings=options, random=Random(self.seed))
        except NoSuchExample:
            return False
        return True


@st.composite
def _drawn(draw: DrawFn, conjecture: Conjecture) -> _Drawn:
    """A circuit that the conjecture is about, and bipartitions of it."""
    circuit = instance(
        "what circuits= draws", draw(conjecture.circuits), Circuit, "strategies.circuits()"
    )
    outside = circuit.num_locations < 2 or circuit.num_outputs <= conjecture.output
    if outside or not circuit.is_multilinear:
        reject()
    return circuit, _bipartitions(draw, conjecture, circuit)


def _bipartitions(
    draw: DrawFn, conjecture: Conjecture, circuit: Circuit
) -> tuple[Bipartition, ...]:
    given: Any = conjecture.bipartitions
    if given is None:
        if circuit.num_locations <= _ALL:
            return tuple(Bipartition.all(circuit.num_locations))
        some = any_bipartition(circuit)
        return tuple(draw(st.lists(some, min_size=1, max_size=_SOME, unique=True)))
    if callable(given) and not isinstance(given, SearchStrategy):
        given = given(circuit)
    if isinstance(given, SearchStrategy):
        given = [draw(given)]
    elif isinstance(given, str | Bipartition):
        given = [given]
    elif not isinstance(given, Iterable):
        raise ArgumentError("bipartitions= gives a list of bipartitions or a strategy for them")
    return tuple(dict.fromkeys(as_bipartition(each, circuit) for each in given))


class _Search:
    """What Hypothesis calls: whether a circuit has a bipartition that refutes the conjecture."""

    def __init__(
        self, conjecture: Conjecture, cases: int, until: float | None, known: set[bytes]
    ) -> None:
        self._conjecture, self.left, self._until = conjecture, cases, until
        self._known = known
        self._seen: dict[bytes, Case | PredictionError | None] = {}
        self.draws: list[Draw] = []
        self.best: Case | None = None

    def within(self, case: Case, *, strictly: bool) -> Callable[[_Drawn], bool]:
        """The condition of refuting the conjecture by a smaller circuit, or by one as small."""
        limit = _size(case.circuit)

        def condition(drawn: _Drawn) -> bool:
            size = _size(drawn[0])
            return (size < limit or (size == limit and not strictly)) and self.refutes(drawn)

        return condition

    def refutes(self, drawn: _Drawn) -> bool:
        """Say so; a draw that came up before, here or in an earlier search, is not tried again."""
        circuit, parts = drawn
        if self._until is not None and time.time() > self._until:
            raise _Ended
        key = _key(circuit, parts)
        if key not in self._seen and key not in self._known:
            if self.best is None and self.left <= 0:
                raise _Ended
            self._seen[key] = self._tried(key, circuit, parts)
        found = self._seen.get(key)
        if isinstance(found, PredictionError):
            raise found
        return found is not None

    def _tried(
        self, key: bytes, circuit: Circuit, parts: tuple[Bipartition, ...]
    ) -> Case | PredictionError | None:
        counts: Counter[tuple[str, bool]] = Counter()
        found = None
        for bipartition in parts:
            try:
                found = self._judged(circuit, bipartition, counts)
            except UnsatisfiedAssumption:  # the conjecture is not about this case
                continue
            except PredictionError as error:
                return error
            if found is not None:
                break
        if self.best is None:  # what is tried to shrink a counterexample is not chosen at random
            kind, total = kind_of_circuit(circuit), tuple(counts.items())
            self.draws.append(Draw(key, kind, circuit.num_locations, total))
            self.left -= counts.total()
        if found is not None and not (self.best and _size(circuit) > _size(self.best.circuit)):
            self.best = found
        return found

    def _judged(
        self, circuit: Circuit, bipartition: Bipartition, counts: Counter[tuple[str, bool]]
    ) -> Case | None:
        conjecture, left = self._conjecture, None
        if self._until is not None:
            left = self._until - time.time()
            if left <= 0:
                raise _Ended
        predicted = predicted_by(conjecture, circuit, bipartition)
        question = Question(circuit, bipartition, conjecture.output, conjecture.space)
        try:
            with deadline.within(left):
                lower, upper = interval(question, conjecture.max_minor)
        except OutOfTimeError:
            raise _Ended from None
        said = verdict(conjecture.relation, predicted, lower, upper)
        evidence = None
        if said == "undecided" and conjecture.evidence:
            evidence = _estimated(conjecture, circuit, bipartition)
            if verdict(conjecture.relation, predicted, evidence.rank, evidence.rank) == "refuted":
                said = "undecided" if evidence.saturated else "doubted"
        counts[said, lower == upper] += 1
        if said not in ("refuted", "doubted"):
            return None
        return Case(circuit, bipartition, predicted, evidence)


def predicted_by(conjecture: Conjecture, circuit: Circuit, bipartition: Bipartition) -> int:
    """What the conjecture says of a case.

    Raises
    ------
    PredictionError
        When its function raises, or returns no integer.
    """
    try:
        said = conjecture.predict(circuit, bipartition)
    except UnsatisfiedAssumption:
        raise
    except Exception as error:
        raise PredictionError(
            f"{conjecture.name} raised {type(error).__name__}: {error}\n\n"
            + example_code(circuit=circuit, bipartition=bipartition)
        ) from error
    try:
        return natural(f"what {conjecture.name} returns, a rank,", said)
    except CircuitalgError as error:
        raise PredictionError(
            f"{error}\n\n" + example_code(circuit=circuit, bipartition=bipartition)
        ) from None


def _estimated(conjecture: Conjecture, circuit: Circuit, bipartition: Bipartition) -> Evidence:
    output, size = conjecture.output, conjecture.max_minor
    return estimate_rank(circuit, bipartition, output=output, max_minor=size)


def _size(circuit: Circuit) -> tuple[int, ...]:
    """What the smallest counterexample has least of, the first numbers first."""
    nodes = circuit.nodes
    widths = sum([node.width for node in nodes])
    return circuit.num_locations, len(nodes), widths, circuit.num_parameters


def _key(circuit: Circuit, parts: tuple[Bipartition, ...]) -> bytes:
    digest = hashlib.sha256(circuit.fingerprint.encode())
    for bipartition in parts:
        digest.update(bipartition.sides)
    return digest.digest()[:8]


# Bounds


def interval(question: Question, max_minor: int) -> tuple[int, int]:
    """Both bounds that `ca.prove_rank` would prove, without the theorem.

    Small networks have few different blocks, so the bounds of these are remembered: they are what
    the kernel's functions for proof terms give.
    """
    if not question.circuit.is_tree:
        return _proved(question, max_minor)
    if is_zero(question.circuit, question.output):
        return 0, 0
    try:
        check_split(question)
    except RuleError:  # the blocks prove nothing about this circuit or space
        return _proved(question, max_minor)
    lower = upper = 1
    for block, count in question.blocks.items():
        low, high = _bounds(block, max_minor)
        lower *= low**count
        upper *= high**count
    return lower, upper


def _proved(question: Question, max_minor: int) -> tuple[int, int]:
    statement = answer(question, Budget(max_minor)).statement
    return statement.lower, statement.upper


_KNOWN: dict[tuple[Network, int], tuple[int, int]] = {}


def _bounds(block: Network, max_minor: int) -> tuple[int, int]:
    found = _KNOWN.get((block, max_minor))
    if found is None:
        *_, low, high = solved(block, Budget(max_minor))
        found = low, high
        if len(_KNOWN) >= _REMEMBERED:
            _KNOWN.clear()
        _KNOWN[replace(block), max_minor] = found  # a copy, without what was derived of the block
    return found
