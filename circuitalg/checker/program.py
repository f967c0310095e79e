"""The command line: it checks in a second process, which it ends if that does not end by itself."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from .certificate import verify_file
from .meter import MEMORY_LIMIT, NUMPY_MEMORY_LIMIT, NUMPY_TIME_LIMIT, TIME_LIMIT, out_of_time
from .read import Refusal, Unreadable
from .verdict import LINEAR, SOURCES

VERDICT = "kind statement statement_sha256 fingerprints rests_on route notes"


def positive(text: str) -> float:
    """Read a limit from the command line."""
    number = float(text)
    if not 0 < number < math.inf:
        raise ValueError
    return number


def command_line() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(prog="checker", description="Check a circuitalg certificate.")
    parser.add_argument("file", metavar="FILE", help='the certificate; "-" is standard input')
    parser.add_argument("--circuit", help="a network's file or fingerprint that it must be about")
    parser.add_argument(
        "--expect", help="a certificate whose statement is expected, or the statement's SHA-256"
    )
    parser.add_argument(
        "--rests-on",
        action="append",
        choices=(LINEAR, *SOURCES),
        help="refuse what rests on more than this and what is named likewise",
    )
    parser.add_argument("--numpy", action="store_true", help="check minors with NumPy, faster")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument(
        "--time-limit",
        type=positive,
        metavar="SECONDS",
        help=f"refuse after this time ({TIME_LIMIT:g}; with --numpy {NUMPY_TIME_LIMIT:g})",
    )
    parser.add_argument(
        "--memory-limit",
        type=positive,
        metavar="MB",
        help=f"refuse beyond this memory ({MEMORY_LIMIT}; with --numpy {NUMPY_MEMORY_LIMIT})",
    )
    parser.add_argument("--for-process", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def verdict_on(options: argparse.Namespace) -> dict[str, object]:
    """Check a certificate in this process; return the verdict as it is printed with --json."""

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    # a launcher may stand between this process and the one that waits
    waiting = options.for_process if os.getppid() == options.for_process else 0
    try:
        found = verify_file(
            options.file,
            use_numpy=options.numpy,
            circuit=options.circuit,
            expect=options.expect,
            rests_on=options.rests_on,
            say=say,
            time_limit=options.time_limit,
            memory_limit=options.memory_limit,
            parent=waiting,
        )
    except (Unreadable, Refusal) as error:
        return refused(str(error), readable=isinstance(error, Refusal))
    verdict = {name: getattr(found, name) for name in VERDICT.split()}
    return {"verified": True, **verdict, "text": found.text}


def refused(reason: str, *, readable: bool = True) -> dict[str, object]:
    """Return the verdict on a certificate that is not verified."""
    return {"verified": False, "readable": readable, "reason": reason}


def script() -> Path:
    """Return what Python can run as this program: the folder, or the archive that it is in."""
    folder = Path(__file__).resolve().parent
    return folder if folder.is_dir() else folder.parent


def supervised(options: argparse.Namespace, arguments: Sequence[str]) -> dict[str, object]:
    """Check a certificate in a second process, and end it if it does not end by itself.

    No operation can outlast the limits there, not even one that never looks at the clock.
    """
    seconds = options.time_limit or (NUMPY_TIME_LIMIT if options.numpy else TIME_LIMIT)
    flags = [
        *(["-I"] if sys.flags.isolated else []),
        *(["-S"] if sys.flags.no_site else []),
        *["-O"] * sys.flags.optimize,
        *["-X", f"utf8={sys.flags.utf8_mode}"],
    ]
    more = ["--for-process", str(os.getpid())]
    try:
        done = subprocess.run(
            [sys.executable, *flags, str(script()), *more, *arguments],
            stdout=subprocess.PIPE,
            timeout=seconds + 2,
            check=False,
        )
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return refused(out_of_time(seconds))
    except ValueError:
        return refused(
            f"the process that checks this ended with status {done.returncode}, perhaps for want of"
            " memory."
        )
    return cast("dict[str, object]", found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = command_line().parse_args(given)
    if options.for_process:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits ends this one
        print(json.dumps(verdict_on(options)))
        return 0
    verdict = supervised(options, given) if sys.executable else verdict_on(options)
    code = 0 if verdict["verified"] else 1 if verdict["readable"] else 2
    if options.json:
        print(json.dumps({"path": options.file, **verdict}, indent=1))
    elif code:
        print(
            f"{'Unreadable' if code == 2 else 'Not verified'}: {verdict['reason']}", file=sys.stderr
        )
    else:
        print(verdict["text"])
    return code


def program() -> int:
    """Run as a program, without a traceback; whoever ends it ends the process that checks, too."""

    def stop(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    try:
        code = main()
        if sys.stdout is not None:  # a process may be started without one
            sys.stdout.flush()  # a closed pipe shows here at the latest
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"The verdict cannot be printed: {error.strerror}.", file=sys.stderr)
            return 2
        if hasattr(signal, "SIGPIPE"):  # 1 would mean: not verified
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGPIPE)
        return 141
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return code
