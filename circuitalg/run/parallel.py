"""Independent tasks: here, in local processes, or by any executor of ``concurrent.futures``.

FLINT and Python hold the interpreter's lock, so parallel work needs processes. Every way gives the
same results; they come as they are finished.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

import circuitalg
from circuitalg.errors import MissingDependencyError, NotProved, OptionError

Task = TypeVar("Task")
Result = TypeVar("Result")

_UNGUARDED = 86
"""Exit status of a worker that came to ask for workers while it was starting."""
_PATIENCE = 10
"""Seconds in which a Dask scheduler must answer."""


def completed(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int = 1,
    executor: Executor | None = None,
) -> Generator[tuple[int, Result], None, None]:
    """Yield (number of the task, ``function(task)``) as tasks are finished.

    Closing the generator cancels what has not begun, and ends local processes.

    Parameters
    ----------
    function
        A function of a module, or a `functools.partial` of one; it is sent with every task.
    tasks
        One argument for each call.
    workers
        Local processes; 1 calls the function here. More are spawned, so a script that asks for
        them guards its main part by ``if __name__ == "__main__":``.
    executor
        Takes the tasks instead, and stays open.

    Raises
    ------
    NotProved
        When a process is killed, as where memory does not suffice.
    OptionError
        When the script that asks for several workers is not guarded.
    MissingDependencyError
        When the executor's workers have another version of circuitalg.
    """
    try:
        if executor is not None:
            yield from _results(function, tasks, executor)
        elif workers == 1 or len(tasks) < 2:
            yield from enumerate(map(function, tasks))
        else:
            with _processes(min(workers, len(tasks))) as pool:
                yield from _results(function, tasks, pool)
    except BrokenExecutor:
        raise NotProved(
            "a worker process was killed, which happens where memory runs out; take fewer workers, "
            "and keep finished answers in a file, which a second run continues"
        ) from None


def _results(
    function: Callable[[Task], Result], tasks: Sequence[Task], executor: Executor
) -> Generator[tuple[int, Result], None, None]:
    version = circuitalg.__version__
    futures = {}
    try:
        for number, task in enumerate(tasks):
            futures[executor.submit(_called, version, function, task)] = number
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


def _called(version: str, function: Callable[[Task], Result], task: Task) -> Result:
    """Call the function, in a worker of this version, since its numbers come from its rules."""
    if version != circuitalg.__version__:
        raise MissingDependencyError(
            f"a worker has circuitalg {circuitalg.__version__}, but this program has {version}; "
            "install the same version there"
        )
    return function(task)


class _Spawning(SpawnContext):
    """Makes processes for a pool, and remembers them.

    Spawned ones: fork copies the locks of running threads, such as a progress bar's, in any state.
    """

    def __init__(self) -> None:
        self.made: list[BaseProcess] = []

    def Process(self, *args: Any, **options: Any) -> BaseProcess:  # type: ignore[override]  # noqa: N802
        self.made.append(SpawnProcess(*args, **options))
        return self.made[-1]


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Local processes, which end with the block, whatever they are at."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(_UNGUARDED)  # a script that runs again in its own worker: the parent says so
    context = _Spawning()
    pool = ProcessPoolExecutor(workers, context)
    try:
        with _interrupts_wait():
            for _ in range(workers):
                pool.submit(int)
        yield pool
    except BrokenExecutor:
        pool.shutdown(wait=True)  # so that exit statuses are known
        if any(process.exitcode == _UNGUARDED for process in context.made):
            raise OptionError(
                f"workers={workers} starts processes that run this script again from its top; put "
                'its main part below the line if __name__ == "__main__":, or take workers=1'
            ) from None
        raise
    finally:
        for process in context.made:  # idle, or interrupted: nobody waits for what is running
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Hold Ctrl-C back while processes start, and in them for ever: they would die of it loudly."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """The executor of a Dask cluster, by its scheduler's address, such as ``tcp://10.0.0.1:8786``.

    What a lost worker had begun is given to another.

    Raises
    ------
    MissingDependencyError
        Where Dask's ``distributed`` is not installed, or a worker lacks circuitalg.
    NotProved
        When a task was lost with every worker that took it.
    OSError
        When the scheduler does not answer.
    """
    try:
        import distributed
    except ImportError:
        raise MissingDependencyError(
            "work on a cluster needs Dask; install it with: pip install circuitalg[dask]"
        ) from None
    with distributed.Client(address, timeout=_PATIENCE) as client:
        try:
            yield client.get_executor()
        except distributed.KilledWorker:
            raise NotProved(
                "a task was lost with every worker that took it, which happens where their memory "
                "runs out; give them more, or a smaller max_minor"
            ) from None
        except ModuleNotFoundError as error:
            raise MissingDependencyError(
                f"the cluster's workers cannot run this: {error}; install the same version of "
                "circuitalg on them"
            ) from None
