"""A task that kills the process it runs in; in a module that other processes can import."""

import os
import signal


def die(_number):
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)
