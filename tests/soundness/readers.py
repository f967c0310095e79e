"""What kernel and checker say to a certificate's data, and whether what they accept is true."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from circuitalg import checker, deadline
from circuitalg.errors import CircuitalgError, OutOfTimeError
from circuitalg.kernel import certificate
from circuitalg.kernel.certificate import load_theorem
from soundness.truth import FALSE, TRUE, Truth, truth
from soundness.truth.digest import digest

SECONDS = 10.0
"""A reader's time for one certificate."""


class Answer(NamedTuple):
    """A reader's: the digest of the statement it accepts, or why not."""

    digest: str | None
    why: str
    late: bool = False


class Case(NamedTuple):
    """What became of one certificate: a word of `WORDS`, and the sentences behind it."""

    word: str
    kernel: Answer
    checker: Answer
    truth: Truth | None


REFUSED, CONFIRMED, UNDECIDED = "refused by both", "accepted, true", "accepted, undecided"
FALSEHOOD, DISAGREE, FAULT, LATE = "accepted, FALSE", "readers disagree", "faults", "out of time"
DIGITS = "too few digits"
"""One reader accepts, and both do with more `bits`: each has intervals of its own."""
BAD = (FALSEHOOD, DISAGREE, FAULT)
WORDS = (REFUSED, CONFIRMED, UNDECIDED, FALSEHOOD, DISAGREE, FAULT, DIGITS, LATE)


UNTOLD = "brute force fails"


class Fault(Exception):
    """A reader has raised something that is no refusal."""


def ask_kernel(data: Any) -> Answer:
    """As `load_theorem` does with the data of a file, or with a file itself."""
    try:
        with deadline.within(SECONDS):
            if isinstance(data, Path):
                theorem = load_theorem(data)
            else:  # to write a file and read it would take longer than most refusals
                theorem = certificate._loaded(certificate._members(data))
        return Answer(theorem.statement_sha256, "")
    except OutOfTimeError as error:
        return Answer(None, str(error), late=True)
    except CircuitalgError as error:
        return Answer(None, str(error))
    except Exception as error:
        raise Fault(f"the kernel raises {type(error).__name__}: {error}") from error


def ask_checker(data: Any) -> Answer:
    """By the library call; without a limit on memory, which costs more than most refusals."""
    verify = checker.verify_file if isinstance(data, Path) else checker.verify
    try:
        found = verify(data, time_limit=SECONDS, memory_limit=math.inf)
        return Answer(found.statement_sha256, "")
    except (checker.Refusal, checker.Unreadable) as error:
        return Answer(None, str(error), late="the time limit of" in str(error))
    except Exception as error:
        raise Fault(f"the checker raises {type(error).__name__}: {error}") from error


def examined(data: Any) -> Case:
    """Ask both readers, compare their answers, and hold what they accept against the truth.

    Both must name the statement that brute force reads: their digests are that of the JSON data.
    Every statement in an accepted certificate has been accepted, its premises' too. Data is JSON
    data, or a file.
    """
    answers = []
    for ask in (ask_kernel, ask_checker):
        try:
            answers.append(ask(data))
        except Fault as error:
            return Case(FAULT, Answer(None, str(error)), Answer(None, str(error)), None)
    kernel, other = answers
    late = kernel.late or other.late
    if kernel.digest is None and other.digest is None:
        return Case(LATE if late else REFUSED, kernel, other, None)
    if isinstance(data, Path):
        data = json.loads(data.read_bytes().decode("utf-8-sig"))
    try:
        found = believed(data)
        same = kernel.digest == other.digest == digest(data)
        digits = not same and not late and both_with_more_digits(data)
    except Exception as error:  # noqa: BLE001  (it must not end a long campaign)
        return Case(FAULT, kernel, other, Truth(UNTOLD, f"{type(error).__name__}: {error}"))
    if found.word == FALSE:
        word = FALSEHOOD
    elif not same:
        word = LATE if late else DIGITS if digits else DISAGREE
    else:
        word = CONFIRMED if found.word == TRUE else UNDECIDED
    return Case(word, kernel, other, found)


def both_with_more_digits(data: Mapping[str, Any]) -> bool:
    """Whether the readers agree when the proofs' intervals have as many digits as they may."""
    theorems = [
        {**each, "proof": {**each["proof"], "bits": 4096}} if "bits" in each["proof"] else each
        for each in data["theorems"]
    ]
    if theorems == data["theorems"]:
        return False
    more = {**data, "theorems": theorems}
    first, second = ask_kernel(more), ask_checker(more)
    return first.digest is not None and first.digest == second.digest


def believed(data: Mapping[str, Any]) -> Truth:
    """The truth of all statements together."""
    whole = Truth(TRUE)
    for number in range(len(data["theorems"])):
        found = truth(data, number)
        if found.word == FALSE:
            return found
        if found.word != TRUE:
            whole = found
    return whole


def as_read(data: Any) -> Any:
    """The data as it comes back from a file."""
    return json.loads(json.dumps(data))
