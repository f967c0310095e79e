"""`Findings`: what the search for a counterexample found, printed, tabulated and saved."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from circuitalg.circuit.bipartition import Bipartition
from circuitalg.circuit.graph import Circuit
from circuitalg.errors import FileFormatError, PropertyFailed, RuleError
from circuitalg.files import read_json, write
from circuitalg.integers import from_json, to_json
from circuitalg.kernel.certificate import theorem_of
from circuitalg.kernel.rank.statements import GenericRank
from circuitalg.kernel.theorem import Theorem
from circuitalg.prove.rank.estimate import Evidence
from circuitalg.python_code import code
from circuitalg.run.checker import Checked
from circuitalg.strategies.covered import Covered

RELATIONS: Final = {"equal": "is", "at most": "is at most", "at least": "is at least"}
"""How the rank relates to the prediction, and how that is said."""

ENDINGS: Final = {
    "counterexample": "ended by the counterexample",
    "examples": "all that were asked for",
    "timeout": "ended by the time limit",
    "exhausted": "no further case was drawn",
    "interrupted": "interrupted",
}

FORMAT, VERSION = "circuitalg-findings", 1


def verdict(relation: str, predicted: int, lower: int, upper: int) -> str:
    """What lower ≤ rank ≤ upper says of a prediction: "confirmed", "refuted" or "undecided"."""
    fails = {
        "equal": not lower <= predicted <= upper,
        "at most": lower > predicted,
        "at least": upper < predicted,
    }
    holds = {
        "equal": lower == upper == predicted,
        "at most": upper <= predicted,
        "at least": lower >= predicted,
    }
    if fails[relation]:
        return "refuted"
    return "confirmed" if holds[relation] else "undecided"


def example_code(**objects: object) -> str:
    """Code that makes these objects again, under their names."""
    lines = [f"{name} = {code(value)}" for name, value in objects.items()]
    numbers = ["from fractions import Fraction"] * any("Fraction(" in line for line in lines)
    return "\n".join([*numbers, "import circuitalg as ca", *lines])


@dataclass(frozen=True, slots=True, repr=False)
class Counterexample:
    """A case that refutes a conjecture, and the theorem that does.

    Attributes
    ----------
    relation, predicted : the conjecture says that the rank is ``relation`` this number.
    theorem : bounds of the rank that say otherwise.
    evidence : None; or, where the bounds leave it open, the rank at random weights that says so,
        which is no theorem.
    """

    relation: str
    predicted: int
    theorem: Theorem[GenericRank]
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        said, low, high = self.theorem.statement, 0, 0
        if self.evidence is None:
            low, high = said.lower, said.upper
        elif not self.evidence.saturated:
            low = high = self.evidence.rank
        if verdict(self.relation, self.predicted, low, high) != "refuted":
            raise RuleError(f"{self.predicted} is not refuted by: {said}")

    @property
    def circuit(self) -> Circuit:
        """The network."""
        return self.theorem.statement.circuit

    @property
    def bipartition(self) -> Bipartition:
        """The two sides."""
        return self.theorem.statement.bipartition

    @property
    def code(self) -> str:
        """Python code that makes the circuit and the bipartition again."""
        return example_code(circuit=self.circuit, bipartition=self.bipartition)

    def check(self) -> Checked:
        """Have the independent checker verify the theorem; raises as ``theorem.check`` does."""
        return self.theorem.check()

    def __str__(self) -> str:
        words = {"equal": "", "at most": "at most ", "at least": "at least "}[self.relation]
        sources = self.theorem.sources()
        said = f"{self.theorem.statement}"
        if self.evidence is not None:
            said = f"{self.evidence}, by random weights and no theorem; proved is: {said}"
        return "\n".join(
            [
                f"predicted {words}{self.predicted}, but {said}",
                *self.theorem.explain().splitlines(),
                *[f"rests on: {'; '.join(sources)}"] * bool(sources),
                "",
                self.code,
            ]
        )

    @property
    def summary(self) -> str:
        """The case in a few characters, for a table."""
        said = self.theorem.statement.summary
        doubt = "" if self.evidence is None else f", {self.evidence}"
        return f"{self.predicted} predicted, {said}{doubt}"

    def __repr__(self) -> str:
        return f"<Counterexample: {self.summary}>"


@dataclass(frozen=True, slots=True, repr=False)
class Findings:
    """What the search for a counterexample to a conjecture found; it has no truth value.

    Attributes
    ----------
    sentence : the conjecture in words.
    counterexample : the smallest that was found, or None.
    covered : what was tried, in this search and in those before it with the same database.
    seconds : how long this search took.
    seed : what its random choices began from.
    ending : why it ended: "counterexample", "examples", "timeout", "exhausted", "interrupted".
    """

    sentence: str
    counterexample: Counterexample | None = None
    covered: Covered = field(default_factory=Covered)
    seconds: float = 0.0
    seed: int = 0
    ending: str = "examples"

    @property
    def refuted(self) -> bool:
        """Whether there is a counterexample."""
        return self.counterexample is not None

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "findings are neither true nor false: ask .refuted, or .counterexample is None; that "
            "no counterexample was found proves nothing"
        )

    def raise_if_refuted(self) -> None:
        """Fail, as a test does, where there is a counterexample.

        Raises
        ------
        PropertyFailed
            With the sentence, the theorem and the code of the counterexample.
        """
        __tracebackhide__ = True
        if self.counterexample is not None:
            raise PropertyFailed(str(self))

    def __str__(self) -> str:
        found = self.counterexample
        lines = [f"No counterexample: {self.sentence}"]
        if found is not None:
            word = "False" if found.evidence is None else "Probably false"
            lines = [f"{word}: {self.sentence}", str(found), ""]
        ending = "" if self.ending == "counterexample" else f", {ENDINGS[self.ending]}"
        lines.append(f"{self.covered.summary} ({self.seconds:.2f} s, seed {self.seed}{ending})")
        if len(self.covered):
            lines.append(str(self.covered))
        return "\n".join(lines)

    def __repr__(self) -> str:
        said = "no counterexample" if self.counterexample is None else repr(self.counterexample)
        return f"<Findings: {self.sentence}: {said}; {self.covered.summary}>"

    def rows(self) -> list[dict[str, Any]]:
        """What was covered: a row for each kind of circuit and number of locations."""
        return self.covered.rows()

    def to_data(self) -> dict[str, Any]:
        """The findings as plain JSON data, the certificate of the theorem included."""
        found, counter = None, self.counterexample
        if counter is not None:
            found = {
                "relation": counter.relation,
                "predicted": to_json(counter.predicted),
                "certificate": counter.theorem.certificate(),
                "evidence": None if counter.evidence is None else asdict(counter.evidence),
            }
        return {
            "format": FORMAT,
            "version": VERSION,
            "sentence": self.sentence,
            "ending": self.ending,
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "counterexample": found,
            "covered": self.covered.to_data(),
        }

    def save(self, path: str | Path) -> Path:
        """Write the findings atomically; `load_findings` reads them.

        Where the name ends in .csv, the table of what was covered alone. Returns the path.

        Raises
        ------
        OutputError
            When it cannot be written there.
        """
        path = Path(path)
        if path.suffix == ".csv":
            return self.covered.save_csv(path)
        write(path, json.dumps(self.to_data()) + "\n", "findings")
        return path

    def save_in(self, folder: str | Path, name: str) -> Path:
        """Write NAME.json into a folder, and the theorem's certificate, NAME.certificate.json.

        Returns the first path; raises as `save` does.
        """
        if self.counterexample is not None:
            self.counterexample.theorem.save(Path(folder) / f"{name}.certificate.json")
        return self.save(Path(folder) / f"{name}.json")


def load_findings(path: str | Path) -> Findings:
    """Read what ``findings.save`` wrote; the kernel proves the theorem again.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    FileFormatError
        When the file is not one of findings.
    CertificateError
        When the rules do not prove the theorem.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from circuitalg import strategies
    >>> findings = strategies.conjecture(lambda circuit, bipartition: 1, examples=100)
    >>> with TemporaryDirectory() as folder:
    ...     print(load_findings(findings.save(folder + "/found.json")) == findings)
    True
    """
    data = read_json(path)
    try:
        return _findings(data)
    except FileFormatError as error:
        raise FileFormatError(f"{path}: {error}") from None


def _findings(data: Any) -> Findings:
    kinds = {"sentence": str, "ending": str, "seconds": float, "seed": int}
    names = {"format", "version", "counterexample", "covered", *kinds}
    if not isinstance(data, dict) or data.keys() != names or data["format"] != FORMAT:
        raise FileFormatError("not a file of findings; findings.save writes one")
    if type(data["version"]) is not int or data["version"] != VERSION:
        raise FileFormatError(f"not a {FORMAT} of version {VERSION}; search again")
    plain = {name: data[name] for name in kinds}
    if any(type(plain[name]) is not kind for name, kind in kinds.items()):
        raise FileFormatError("the findings' sentence, ending, seconds and seed are not all there")
    if plain["ending"] not in ENDINGS:
        raise FileFormatError(f"a search ends by {', '.join(ENDINGS)}")
    found = data["counterexample"]
    counterexample = None if found is None else _counterexample(found)
    return Findings(
        counterexample=counterexample, covered=Covered.from_data(data["covered"]), **plain
    )


_MEMBERS: Final = {"relation", "predicted", "certificate", "evidence"}


def _counterexample(data: Any) -> Counterexample:
    if not isinstance(data, dict) or data.keys() != _MEMBERS:
        raise FileFormatError(f"a counterexample has the members {', '.join(sorted(_MEMBERS))}")
    theorem: Any = theorem_of(data["certificate"])
    if type(theorem.statement) is not GenericRank or data["relation"] not in list(RELATIONS):
        raise FileFormatError("the certificate of a counterexample is about a generic rank")
    try:
        predicted = from_json(data["predicted"], most_bits=1 << 20)
        evidence = None if data["evidence"] is None else Evidence(**data["evidence"])
        return Counterexample(data["relation"], int(predicted), theorem, evidence)
    except (TypeError, ValueError, RuleError) as error:
        raise FileFormatError(f"this is no counterexample: {error}") from None
