"""Run commands in this process, as the installed program does."""

import pytest

import circuitalg as ca
from circuitalg.cli import main


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
def net(tmp_path):
    """A file with the 16-location network of the README."""
    path = tmp_path / "net.json"
    ca.ht_model(16, 4, [4, 4, 4, 4], shared=True).save(path)
    return path
