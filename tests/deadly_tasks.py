"""Tasks that kill the process they run in; in a module that other processes can import."""

import os
import signal


def square_or_die(folder, number):
    """Square a number; number 3 kills its process when it is first met."""
    marker = folder / "died"
    if number == 3 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def always_die(folder, number):
    """Leave a trace, and kill the process."""
    (folder / f"met {number}").touch()
    os.kill(os.getpid(), signal.SIGKILL)
