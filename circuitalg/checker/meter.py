"""Counts work before it is done; limits on numbers, time and memory."""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .read import Entry, Refusal

MAX_WORK = 1e10  # nanoseconds, roughly, as estimated before the work is done
MAX_HELD = 1 << 32  # bits of big integers kept at once
MAX_NUMBER = 1 << 28  # bits of one integer
MAX_DENOMINATOR = 100_000  # bits of a common denominator
MAX_SECONDS = 90.0  # of minors in pure Python, estimated
MAX_NUMPY_SECONDS = 3_600.0
TIME_LIMIT = 300.0  # seconds
MEMORY_LIMIT = 2_048  # MB
NUMPY_TIME_LIMIT = 3_600.0
NUMPY_MEMORY_LIMIT = 8_192  # on top of what NumPy reserves for itself


class Meter:
    """Counts work before it is done, and refuses beyond the limits and after the deadline.

    Work is in nanoseconds, roughly, on a machine that is not fast. No single operation on integers
    takes long, so looking at the clock here is enough.
    """

    __slots__ = (
        "deadline",
        "estimated",
        "parent",
        "rests_on",
        "say",
        "scale",
        "seconds",
        "use_numpy",
        "work",
    )

    def __init__(
        self,
        use_numpy: bool = False,
        say: Callable[[str], None] | None = None,
        seconds: float | None = None,
    ) -> None:
        default = NUMPY_TIME_LIMIT if use_numpy else TIME_LIMIT
        self.seconds = default if seconds is None else seconds
        self.scale = max(1.0, self.seconds / default)  # more time allows more work
        self.deadline = time.monotonic() + self.seconds
        self.work = 0.0
        self.estimated = 0.0
        self.use_numpy = use_numpy
        self.say = say
        self.parent = 0  # the process that waits for the answer, if there is one
        self.rests_on: set[str] = set()  # of the theorem at hand

    def spend(self, work: float) -> None:
        """Count work."""
        self.work += work
        if self.work > MAX_WORK * self.scale:
            raise Refusal(
                "checking this needs more arithmetic than the checker's limit allows; a longer time"
                " limit allows more."
            )
        self.look()

    def look(self) -> None:
        """Refuse after the deadline; end when nobody is waiting for the answer."""
        if time.monotonic() > self.deadline:
            raise Refusal(out_of_time(self.seconds))
        if self.parent and os.getppid() != self.parent:
            raise SystemExit(1)

    def hold(self, count: float, bits: float, what: str) -> None:
        """Refuse to make `count` integers of `bits` bits each."""
        if bits > MAX_NUMBER:
            raise Refusal(f"{what} would have a number of more than {MAX_NUMBER} bits.")
        if count * (bits + 320) > MAX_HELD:
            raise Refusal(f"{what} would have too many large numbers to keep at once.")
        self.spend(count * (20 + bits / 16))

    def product(self, values: Sequence[int]) -> int:
        """Multiply, in a balanced order so that big factors meet big factors."""
        if len(values) <= 2:
            if not values:
                return 1
            if len(values) == 1:
                return values[0]
            first, second = values
            low, high = sorted((first.bit_length() >> 5, second.bit_length() >> 5))
            if high > 32:
                if 32 * (low + high) > MAX_NUMBER:
                    raise Refusal(f"a product would have more than {MAX_NUMBER} bits.")
                self.spend(8 * high * (low + 1) ** 0.6)
            return first * second
        todo = list(values)
        while len(todo) > 1:
            todo = [self.product(todo[i : i + 2]) for i in range(0, len(todo), 2)]
            self.spend(100 * len(todo))
        return todo[0]

    def power(self, base: int, exponent: int) -> int:
        """Return a power."""
        bits = base.bit_length() * exponent
        if bits > MAX_NUMBER and base > 1 and exponent > 1:
            raise Refusal(f"a power would have more than {MAX_NUMBER} bits.")
        self.spend(8 * (bits / 32) ** 1.6 if exponent > 1 else 1)
        return int(base**exponent)

    def multichoose(self, kinds: int, count: int) -> int:
        """Return C(kinds + count - 1, count): the dimension of a symmetric power."""
        few = min(count, kinds - 1)
        self.spend(4 * few * ((kinds + count).bit_length() * few / 64 + 4))
        return math.comb(kinds + count - 1, count)

    def denominator(self, numbers: Iterable[Entry], what: str) -> int:
        """Return the least common denominator, unless it is long."""
        return self.common({x.denominator for x in numbers}, what)

    def common(self, units: Iterable[int], what: str, limit: int = MAX_DENOMINATOR) -> int:
        """Return the least common multiple of positive numbers, unless it is long."""
        found = 1
        for unit in units:
            if unit > 1:
                words = found.bit_length() / 30
                self.spend(100 + 10 * words * (words + unit.bit_length() / 30))
                found = math.lcm(found, unit)
                if found.bit_length() > limit:
                    raise Refusal(f"{what} needs a common denominator of more than {limit} bits.")
        return found

    def whole(self, rows: Sequence[Sequence[Entry]], what: str) -> tuple[list[list[int]], int]:
        """Write rows of numbers as integers over their least common denominator."""
        unit = self.denominator(itertools.chain.from_iterable(rows), what)
        count = sum(map(len, rows))
        longest = most_bits(rows)
        self.hold(count, longest + unit.bit_length(), what)
        self.spend(count * (100 + 5 * (unit.bit_length() / 30) * (1 + longest / 30)))
        if unit == 1:
            return [[x.numerator for x in row] for row in rows], 1
        return [[x.numerator * (unit // x.denominator) for x in row] for row in rows], unit

    def announce(self, seconds: float, size: int, *, aloud: bool = True) -> None:
        """Add the estimate for one minor, say it, and refuse when all of them take too long."""
        self.estimated += seconds
        limit = self.scale * (MAX_NUMPY_SECONDS if self.use_numpy else MAX_SECONDS)
        if self.estimated > limit:
            advice = "" if self.use_numpy else "; run it again with --numpy"
            raise Refusal(
                f"a minor of size {size} would take about {seconds:,.0f} seconds to check"
                f" (limit {limit:,.0f} for all minors){advice}."
            )
        if aloud and self.say is not None and seconds > 2:
            self.say(f"checking a minor of size {size}: about {seconds:,.0f} seconds")


def out_of_time(seconds: float) -> str:
    """Say that the time limit has been reached."""
    return f"checking this takes longer than the time limit of {seconds:g} seconds."


def most_bits(rows: Iterable[Iterable[Entry]]) -> int:
    """Return the bits of the longest numerator or denominator."""
    return max(
        (
            x.bit_length()
            if type(x) is int
            else max(x.numerator.bit_length(), x.denominator.bit_length())
            for row in rows
            for x in row
        ),
        default=0,
    )


class Memory:
    """A limit on the address space of this process, for as long as something is being checked.

    The limit applies to all threads, so checks that run side by side share one.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.before: Any = None

    @contextlib.contextmanager
    def limited(self, megabytes: float) -> Iterator[None]:
        """Allow this much on top of what is in use now; MemoryError is raised beyond it."""
        with self.lock:
            self.users += 1
            if self.users == 1 and megabytes != math.inf:
                self.before = self.limit(int(megabytes) << 20)
        try:
            yield
        finally:
            with self.lock:
                self.users -= 1
                if not self.users and self.before is not None:
                    resource: Any = importlib.import_module("resource")
                    resource.setrlimit(resource.RLIMIT_AS, self.before)
                    self.before = None

    @staticmethod
    def limit(more: int) -> Any:
        """Limit the address space; return the limits before, or None where the system cannot."""
        try:
            resource: Any = importlib.import_module("resource")
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            before = resource.getrlimit(resource.RLIMIT_AS)
            wanted = pages * resource.getpagesize() + more
            if before[0] != resource.RLIM_INFINITY and before[0] <= wanted:
                return None
            resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
        except (ImportError, ValueError, OSError):
            return None
        return before


MEMORY = Memory()


def warm_numpy() -> None:
    """Let NumPy reserve what it wants: its libraries take address space for each thread."""
    with contextlib.suppress(ImportError):
        np: Any = importlib.import_module("numpy")
        np.ones((256, 256)) @ np.ones((256, 256))


@contextlib.contextmanager
def limited(meter: Meter, memory_limit: float | None) -> Iterator[None]:
    """Keep what is done inside to a limit on memory; what Python cannot do is a refusal."""
    default = NUMPY_MEMORY_LIMIT if meter.use_numpy else MEMORY_LIMIT
    megabytes = default if memory_limit is None else memory_limit
    if not (megabytes > 0 and meter.seconds > 0):
        raise ValueError(f"limits must be positive: {meter.seconds} seconds, {megabytes} MB")
    if meter.use_numpy:
        warm_numpy()
    collecting = gc.isenabled()
    gc.disable()  # nothing here makes cycles, and the data may have millions of lists
    try:
        with MEMORY.limited(megabytes):
            yield
    except MemoryError:
        raise Refusal(
            f"checking this needs more memory than the memory limit of {megabytes:g} MB."
        ) from None
    except (RecursionError, OverflowError):
        raise Refusal(
            "the certificate is nested too deeply, or has numbers out of range."
        ) from None
    finally:
        if collecting:
            gc.enable()
