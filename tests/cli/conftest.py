"""Run commands in this process, as the installed program does; and in one of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import circuitalg as ca
from circuitalg.cli import main

COMMAND = [sys.executable, "-m", "circuitalg"]


class Ended:
    """What a command printed, and its exit status."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


@pytest.fixture
def run(capsys):
    """Run ``circuitalg ARGUMENTS`` and return how it ended."""

    def command(*arguments) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Ended(ended.value.code or 0, printed.out, printed.err)

    return command


@pytest.fixture
def interrupted():
    """Run ``circuitalg ARGUMENTS`` until something is so, then press Ctrl-C; all processes end."""
    if os.name != "posix":
        pytest.skip("signals to process groups are POSIX")

    def command(*arguments, until) -> Ended:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        _wait(lambda: until() or process.poll() is not None)
        os.killpg(process.pid, signal.SIGINT)
        printed, errors = process.communicate(timeout=60)
        assert _wait(lambda: _is_gone(process.pid))  # multiprocessing's tracker ends a little later
        return Ended(process.returncode, printed, errors)

    return command


def _wait(done) -> bool:
    deadline = time.monotonic() + 60
    while not done() and time.monotonic() < deadline:
        time.sleep(0.01)
    return done()


def _is_gone(group) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def net(tmp_path):
    """A file with the 16-location network of the README."""
    path = tmp_path / "net.json"
    ca.ht_model(16, 4, [4, 4, 4, 4], shared=True).save(path)
    return path


@pytest.fixture
def proofs(tmp_path):
    """A folder of proof scripts: call it with their texts by name."""
    folder = tmp_path / "proofs"
    folder.mkdir()

    def write(**scripts: str) -> Path:
        for name, text in scripts.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        return folder

    return write
