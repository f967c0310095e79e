"""`Conjecture`: a prediction of ranks, and the search for its smallest counterexample."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from hypothesis.strategies import SearchStrategy

from circuitalg.circuit.bipartition import Bipartition, BipartitionLike
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import ArgumentError, OptionError, PropertyFailed
from circuitalg.kernel.rank.question import SPACES
from circuitalg.options import choice, described, flag, instance, natural, seconds
from circuitalg.run.progress import Progress
from circuitalg.strategies.bounds import MULTILINEAR_KINDS
from circuitalg.strategies.circuits import circuits as any_circuits
from circuitalg.strategies.findings import RELATIONS, Findings

Predict: TypeAlias = Callable[[Circuit, Bipartition], int]
"""What a conjecture says of a rank."""

Bipartitions: TypeAlias = (
    str
    | Iterable[BipartitionLike]
    | SearchStrategy[Any]
    | Callable[[Circuit], "Iterable[BipartitionLike] | SearchStrategy[Any]"]
    | None
)

EXAMPLES: Final = 2_000
"""Cases of a search without limits."""
UNLIMITED: Final = 10**9
"""Cases of a search that ends by its time."""


@dataclass(frozen=True, init=False, repr=False)  # no slots: pytest reads a test's __dict__
class Conjecture:
    """A conjecture about generic ranks, declared and not yet tried.

    `search` looks for the smallest counterexample. In a test file a Conjecture is a test, if its
    name begins with ``test_``; ``circuitalg conjecture FILE`` tries those of a file.

    Parameters
    ----------
    predict
        A function (circuit, bipartition) → int. It may call Hypothesis's ``assume``.
    relation
        The rank is "equal" to the prediction, "at most" it or "at least" it.
    circuits
        A strategy for circuits; those that have no coefficient tensor, or no such output, are left
        out. None for small circuits of every other kind.
    bipartitions
        None for all bipartitions of up to 7 locations, and some of more. Or a word as
        `ca.Bipartition.parse` reads it, a list of such forms, a strategy for bipartitions, or a
        function from a circuit to a list or a strategy.
    output, space, max_minor
        As for `ca.prove_rank`, whose theorems decide.
    examples
        Cases that a search tries: a case is a circuit with a bipartition. None for 2,000, or for
        as many as the time allows.
    timeout
        Seconds for a search, or None.
    name
        How to refer to the prediction; None for the function's name.
    evidence
        Whether ranks at random weights, modulo a prime, decide where the bounds do not meet. A
        counterexample by them is evidence (`ca.estimate_rank`), and no theorem.
    known_false
        Whether a counterexample is known, so that the test is to find one.

    Raises
    ------
    ArgumentError, OptionError
        For an argument of another type, or outside its range.

    Examples
    --------
    >>> from circuitalg import strategies
    >>> def number_of_inputs(circuit, bipartition):
    ...     return circuit.num_locations
    >>> conjecture = Conjecture(number_of_inputs, relation="at most")
    >>> found = conjecture.search().counterexample
    >>> found.predicted, found.theorem.statement.lower
    (2, 3)
    """

    predict: Predict
    relation: str
    circuits: SearchStrategy[Circuit]
    bipartitions: Bipartitions
    output: int
    space: str
    max_minor: int
    examples: int
    timeout: float | None
    name: str
    evidence: bool
    known_false: bool

    def __init__(
        self,
        predict: Predict,
        *,
        relation: str = "equal",
        circuits: SearchStrategy[Circuit] | None = None,
        bipartitions: Bipartitions = None,
        output: int = 0,
        space: str = "real",
        max_minor: int = 400,
        examples: int | None = None,
        timeout: float | None = None,
        name: str | None = None,
        evidence: bool = False,
        known_false: bool = False,
    ) -> None:
        if not callable(predict):
            raise ArgumentError(
                "a conjecture is a function (circuit, bipartition) -> predicted rank, not "
                f"{described(predict)}"
            )
        if evidence and space == "simplex":
            raise OptionError("evidence is of real weights; simplex weights may have smaller ranks")
        if circuits is None:
            circuits = any_circuits(kinds=MULTILINEAR_KINDS)
        circuits = instance(
            "circuits", circuits, SearchStrategy, "strategies.circuits(...) makes one"
        )
        for key, value in (
            ("predict", predict),
            ("relation", choice("relation", relation, RELATIONS)),
            ("circuits", circuits),
            ("bipartitions", _read_bipartitions(bipartitions)),
            ("output", natural("output", output)),
            ("space", choice("space", space, SPACES)),
            ("max_minor", natural("max_minor", max_minor, 1)),
            ("examples", number_of_cases(examples, timeout)),
            ("timeout", seconds("timeout", timeout)),
            ("name", _name_of(predict) if name is None else instance("name", name, str, "a text")),
            ("evidence", flag("evidence", evidence)),
            ("known_false", flag("known_false", known_false)),
        ):
            object.__setattr__(self, key, value)

    @property
    def sentence(self) -> str:
        """The conjecture in words."""
        return f"the generic rank {RELATIONS[self.relation]} {self.name}"

    @property
    def __wrapped__(self) -> Predict:
        """Whose file and line pytest reports; it collects what wraps a function."""
        return self.predict

    @property
    def __signature__(self) -> inspect.Signature:
        """A conjecture is called without arguments: pytest gives it no fixtures."""
        return inspect.Signature()

    def __repr__(self) -> str:
        return f"<Conjecture: {self.sentence}>"

    def search(
        self,
        *,
        examples: int | None = None,
        timeout: float | None = None,
        seed: int = 0,
        database: str | Path | None = None,
        progress: Progress | None = None,
    ) -> Findings:
        """Look for the smallest counterexample.

        Equal seeds try equal cases, unless a database says what was tried before. The first
        counterexample ends the search, after Hypothesis has shrunk it.

        Parameters
        ----------
        examples, timeout
            Instead of the conjecture's own, both of them.
        seed
            Begins the random choices.
        database
            A folder that keeps what was tried: a second search finds a counterexample again, or
            goes on with new cases, and its counts include the first one's.
        progress
            Called as ``progress(name, cases, examples)``.

        Raises
        ------
        PredictionError
            When ``predict`` raises, or returns no integer; the message has the circuit's code.
        FileFormatError, OutputError
            When the database is not one, or cannot be written.
        """
        from circuitalg.strategies.campaign import Campaign

        return Campaign(self, examples, timeout, seed, database).run(progress)

    def __call__(self) -> None:
        """Search as a test: fail with the counterexample, or without one that is known to be."""
        findings = self.search()
        if not self.known_false:
            findings.raise_if_refuted()
        elif not findings.refuted:
            raise PropertyFailed(f"a counterexample is known, and none was found\n{findings}")


def conjecture(
    predict: Predict,
    *,
    relation: str = "equal",
    circuits: SearchStrategy[Circuit] | None = None,
    bipartitions: Bipartitions = None,
    output: int = 0,
    space: str = "real",
    max_minor: int = 400,
    examples: int | None = None,
    timeout: float | None = None,
    name: str | None = None,
    evidence: bool = False,
    seed: int = 0,
    database: str | Path | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Search for the smallest counterexample to a conjecture about generic ranks.

    Parameters
    ----------
    predict, relation, circuits, bipartitions, output, space, max_minor, examples, timeout
        As for `Conjecture`.
    name, evidence
        As there.
    seed, database, progress
        As for `Conjecture.search`.

    Returns
    -------
    Findings
        ``.counterexample``, which is None where none was found, and ``.covered``.

    Raises
    ------
    ArgumentError, OptionError, PredictionError, FileFormatError, OutputError
        As there.

    Examples
    --------
    >>> from circuitalg import strategies
    >>> shallow = strategies.circuits(kinds="cp", max_width=3)
    >>> found = conjecture(lambda circuit, parts: 3, relation="at most", circuits=shallow)
    >>> print(found.counterexample)
    None
    """
    return Conjecture(
        predict,
        relation=relation,
        circuits=circuits,
        bipartitions=bipartitions,
        output=output,
        space=space,
        max_minor=max_minor,
        examples=examples,
        timeout=timeout,
        name=name,
        evidence=evidence,
    ).search(seed=seed, database=database, progress=progress)


def number_of_cases(examples: int | None, timeout: float | None) -> int:
    """How many cases a search tries at most."""
    if examples is None:
        return EXAMPLES if timeout is None else UNLIMITED
    return natural("examples", examples, 1)


def _read_bipartitions(given: Any) -> Bipartitions:
    if given is None or isinstance(given, str | SearchStrategy) or callable(given):
        return given
    if isinstance(given, Bipartition) or not isinstance(given, Iterable):
        raise ArgumentError(
            "bipartitions are a word, a list, a strategy, or a function from a circuit to a list "
            f"or a strategy, not {described(given)}"
        )
    return tuple(given)


def _name_of(predict: Any) -> str:
    name = getattr(predict, "__name__", type(predict).__name__)
    if name != "<lambda>":
        return f"{name}(circuit, bipartition)"
    return "the prediction"


def source_of(function: Any) -> str:
    """The text of a function, if it is known: by it, what was tried of another is not counted."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return repr(getattr(function, "__qualname__", type(function).__qualname__))
