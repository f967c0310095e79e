"""Check a circuitalg certificate with nothing but the Python standard library.

    python -m circuitalg.checker [--circuit net.json | --circuit FINGERPRINT]
                                 [--expect other.json | --expect SHA256] [--rests-on WORD]...
                                 [--numpy] [--json] [--time-limit SECONDS] [--memory-limit MB] FILE

The file holds a statement, the whole networks it is about, and data with which the statement can be
derived again.  This program derives it, compares, and prints the statement *that it has derived*,
and its SHA-256.  It shares no code with the package that wrote the file; the format and every rule
are described in docs/certificates.md and docs/rules, with the mathematics.  The FILE
"-" is standard input.  It also runs from its folder, on a machine with nothing installed
(``python -I -S circuitalg/checker FILE``), and as the one file that `archive.py` writes.

Exit codes: 0 verified, 1 readable but not verified, 2 not a readable certificate (or wrong usage).

Nothing in the file is executed.  There is always an answer: work is estimated before it is done and
refused beyond limits; and there is a limit on time and on memory.  The program does the checking in
a second process, which it ends if that does not end by itself.  A statement "for almost all
weights" means: off the zero set of one polynomial that is not zero on the space of weights.  Ranks
modulo a prime bound ranks over the rationals from below, so a determinant that is not zero modulo a
prime is a proof.
"""

from .certificate import verify as verify
from .certificate import verify_file as verify_file
from .circuit import read_circuit as read_circuit
from .program import main as main
from .read import Refusal as Refusal
from .read import Unreadable as Unreadable
from .verdict import Verified as Verified

__all__ = ["Refusal", "Unreadable", "Verified", "main", "read_circuit", "verify", "verify_file"]
