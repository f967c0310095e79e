"""How the benchmarks measure: rows of one table, medians, and processes of their own.

The process that measures others stays small on purpose: on Linux the peak memory that is reported
for a child counts what its parent held when it was started.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHECKER = ROOT / "circuitalg" / "checker"
RUN = Path(__file__).resolve().with_name("run.py")
TIMEOUT = 180.0
"""Seconds that one measured process may take."""
MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes of the unit in which the system reports peak memory."""
alone = True
"""Whether measured functions have a process of their own; a trial of their smallest sizes has one
for all."""
_BUDGET = 1.0
"""Seconds after which a short measurement is repeated no more."""


@dataclass(frozen=True, slots=True)
class Options:
    """How large and how long: the smallest sizes, the usual ones, or those asked for too."""

    smoke: bool = False
    slow: bool = False

    def sizes(self, small: Sequence[Any], usual: Sequence[Any], large: Sequence[Any] = ()) -> list:
        """The sizes to run."""
        return list(small) if self.smoke else [*usual, *(large if self.slow else ())]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a time, a peer's time in the same run, and a limit."""

    what: str
    size: str
    seconds: float | None
    peer: str = ""
    peer_seconds: float | None = None
    limit: str = ""
    reached: float | None = None
    """Fraction of the limit that was used."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Our time over the peer's: below 1 is faster than the peer."""
        if self.seconds is None or not self.peer_seconds:
            return None
        return self.seconds / self.peer_seconds

    def data(self) -> dict[str, Any]:
        """The row for --json."""
        return asdict(self) | {"ratio": self.ratio}


def median_seconds(function: Callable[[], object], repeat: int = 5) -> float:
    """Median time of a call; a long one is made once, and the first of several is not counted."""
    times: list[float] = []
    while len(times) <= repeat and sum(times) < _BUDGET:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:] or times)


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """A call's value and its time."""
    start = time.perf_counter()
    value = function()
    return value, time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Done:
    """A process that has ended: its exit status, output, wall time, and peak memory in bytes."""

    status: int
    output: str
    seconds: float
    peak: int


def process(command: Sequence[str], timeout: float = TIMEOUT) -> Done | None:
    """Run a command in a process of its own; None when it took longer than the timeout."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, text=True)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            seconds = time.perf_counter() - start
            if pid or seconds > timeout:
                break
            time.sleep(0.002)
        if not pid:
            child.kill()
            child.wait()
            return None
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Done(child.returncode, output.read(), seconds, usage.ru_maxrss * MEMORY_UNIT)


def in_child(module: str, function: str, /, **arguments: Any) -> dict[str, Any]:
    """Call ``benchmarks.module.function(**arguments)`` in a process of its own.

    The function returns a JSON object; "peak" (bytes) is added unless it has one.
    TimeoutError when it takes longer than ``TIMEOUT``.
    """
    if not alone:
        found = getattr(importlib.import_module(f"benchmarks.{module}"), function)(**arguments)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MEMORY_UNIT
        return {"peak": peak} | json.loads(json.dumps(found))
    command = [sys.executable, str(RUN), "--child", module, function, json.dumps(arguments)]
    done = process(command)
    if done is None:
        message = f"{module}.{function}({arguments}) took longer than {TIMEOUT:.0f} s"
        raise TimeoutError(message)
    if done.status:
        raise RuntimeError(f"{module}.{function}({arguments}) failed:\n{done.output}")
    return {"peak": done.peak} | json.loads(done.output.splitlines()[-1])


def check(certificate: Path, *, numpy: bool = False) -> Done:
    """Check a certificate: with the standard library alone, or by the route ``--numpy``."""
    flags = [] if numpy else ["-I", "-S"]
    more = ["--numpy"] if numpy else []
    done = process([sys.executable, *flags, str(CHECKER), *more, str(certificate)])
    if done is None or done.status:
        raise RuntimeError(f"{certificate} was not verified:\n{done.output if done else 'timeout'}")
    return done


def machine() -> str:
    """The machine, and how busy it is: figures under load say little by themselves."""
    cpu, memory = platform.machine(), 0
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        memory = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (OSError, ValueError, StopIteration):  # no Linux, or no such line on this processor
        pass
    load = "/".join(f"{x:.1f}" for x in os.getloadavg())
    return (
        f"{cpu}, {os.cpu_count()} cores, {memory} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, load {load}"
    )
