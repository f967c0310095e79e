"""Feed the bytes of certificates to both readers, guided by what they reach in the code.

    python tests/soundness/atheris_fuzz.py CORPUS [-max_total_time=600, or what libFuzzer takes]

Needs atheris: ``pip install circuitalg[fuzz]``, on Linux. CORPUS is a folder; genuine certificates
are put into an empty one, and what reaches new code is added. Half the changes are libFuzzer's, to
bytes; half are those of the campaign, to JSON data. It ends at the first input to which a reader
answers with anything but a verdict or one of its own refusals, about which the readers do not
agree, or whose statement is accepted and false; libFuzzer keeps that input as crash-…
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    import atheris
except ImportError:
    raise SystemExit("atheris is not installed; pip install circuitalg[fuzz] (Linux)") from None

with atheris.instrument_imports(
    include=["circuitalg.kernel", "circuitalg.checker", "circuitalg.circuit"]
):
    import circuitalg.checker
    import circuitalg.kernel.rules  # noqa: F401

import certificates as table

from circuitalg.strategies.alterations import altered
from soundness.readers import BAD, examined

MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of its own is made there)
"""Files here are written without waiting for a disk."""

FILE = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)) / "certificate.json"


def one_input(content: bytes) -> None:
    """Both readers, and the truth of what they accept."""
    FILE.write_bytes(content)
    case = examined(FILE)
    if case.word in BAD:
        raise RuntimeError(f"{case.word}: {case}")


def mutated(content: bytes, size: int, seed: int) -> bytes:
    """The bytes altered somewhere, or the certificate that they are."""
    draw = random.Random(seed)
    if draw.randrange(2):
        try:
            data = json.loads(content)
            other = table.genuine(draw.choice(list(table.PROVED)))
            found = json.dumps(altered(data, draw.randrange, other)).encode()
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            found = b""
        if 0 < len(found) <= size:
            return found
    return atheris.Mutate(content, size)


def main() -> None:
    """Fill the corpus, and fuzz."""
    folder = next((Path(each) for each in sys.argv[1:] if not each.startswith("-")), None)
    if folder is None:
        raise SystemExit(__doc__)
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        for name in table.PROVED:
            (folder / name.replace(" ", "-")).write_text(json.dumps(table.genuine(name)))
    atheris.Setup(sys.argv, one_input, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
