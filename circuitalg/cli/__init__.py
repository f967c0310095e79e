"""The command line: ``circuitalg prove | check | rank | landscape | conjecture | separate | draw``.

Exit status: 0 when all is proved or checked, 1 when something is refuted or not verified, 2 for
wrong usage or unreadable input, 130 after Ctrl-C. When the reader of its output is gone, a command
ends by SIGPIPE, as others do: a shell says 141.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from circuitalg.errors import CertificateError, CircuitalgError, NotProved, Refuted
from circuitalg.files import end_of_closed_pipe, flush_output

_NOT_VERIFIED = (CertificateError, NotProved, Refuted)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit; errors are one sentence on standard error."""
    from circuitalg.cli.app import app
    from circuitalg.run.session import replace_what_streams_cannot_encode

    replace_what_streams_cannot_encode()
    try:
        _run(app, arguments)
    except BrokenPipeError:
        end_of_closed_pipe()
    except CircuitalgError as error:
        _fail(error, 1 if isinstance(error, _NOT_VERIFIED) else 2)
    except OSError as error:
        _fail(error, 2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _run(app: Any, arguments: Sequence[str] | None) -> None:
    """Run the command; a closed pipe is a BrokenPipeError, which Typer turns into status 1."""
    try:
        app(args=arguments, prog_name="circuitalg")
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        raise
    finally:
        flush_output()


def _fail(error: Exception, status: int) -> NoReturn:
    """Print the sentence on one line, and below it the code of an example where there is one."""
    sentence, *code = str(error).partition("\n\n")
    print("circuitalg: " + " ".join(sentence.split()) + "".join(code), file=sys.stderr)
    sys.exit(status)
