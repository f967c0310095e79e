"""Independent tasks in this process, in local processes, or on a Dask cluster.

FLINT and Python hold the interpreter's lock, so parallel work needs processes. Every way gives the
same results; they come as they are finished.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

import circuitalg
from circuitalg.errors import MissingDependencyError, NotProved, OptionError

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")

_UNGUARDED = 86
"""Exit status of a worker that came to ask for workers while it was starting."""

_ATTEMPTS = 3
"""How often a task may be lost with its process before the run is given up."""

_PATIENCE = 10
"""Seconds in which a scheduler must answer."""


def completed(
    function: Callable[[Shared, Task], Result],
    shared: Shared,
    tasks: Sequence[Task],
    *,
    workers: int = 1,
    scheduler: Any = None,
) -> Generator[tuple[int, Result], None, None]:
    """Yield (number of the task, ``function(shared, task)``) as tasks are finished.

    Parameters
    ----------
    function
        A function of a module; arguments and results are sent between processes.
    shared
        What all tasks need; sent once to each worker.
    tasks
        One argument for each call.
    workers
        Local processes; 1 calls the function here. More are spawned, so a script that asks for
        them guards its main part by ``if __name__ == "__main__":``.
    scheduler
        Address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``, or a
        ``distributed.Client``; ``workers`` is then ignored.

    Raises
    ------
    MissingDependencyError
        Where Dask's ``distributed`` is not installed.
    NotProved
        When a task was lost with its worker again and again, as when memory does not suffice.
    OptionError
        When the script that asks for several workers is not guarded.
    OSError
        When the scheduler does not answer.
    """
    if scheduler is not None:
        return _on_cluster(function, shared, tasks, scheduler)
    if workers == 1 or len(tasks) < 2:
        return ((number, function(shared, task)) for number, task in enumerate(tasks))
    return _in_processes(function, shared, tasks, workers)


def _in_processes(
    function: Callable[[Shared, Task], Result],
    shared: Shared,
    tasks: Sequence[Task],
    workers: int,
) -> Generator[tuple[int, Result], None, None]:
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(_UNGUARDED)  # a script that runs again in its own worker: the parent says so
    left = dict(enumerate(tasks))
    for _ in range(_ATTEMPTS):
        try:
            for number, result in _one_pool(function, shared, left, workers):
                del left[number]
                yield number, result
        except BrokenProcessPool:  # a process was killed: what it had begun is begun again
            continue
        return
    raise NotProved(
        f"worker processes were killed {_ATTEMPTS} times, which happens where memory runs out; "
        "take fewer workers"
    )


def _one_pool(
    function: Callable[[Shared, Task], Result],
    shared: Shared,
    tasks: dict[int, Task],
    workers: int,
) -> Generator[tuple[int, Result], None, None]:
    # Fork copies the locks of running threads, such as a progress bar's, in any state.
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        min(workers, len(tasks)), context, initializer=_begin, initargs=(function, shared)
    )
    finished = False
    started: set[Any] = set()
    try:
        with _interrupts_wait():
            numbers: dict[Future[Any], int] = {
                pool.submit(_call, task): number for number, task in tasks.items()
            }
        started = set(multiprocessing.active_children()) - others
        for future in as_completed(numbers):
            yield numbers[future], future.result()
        finished = True
    except BrokenProcessPool:
        if any(process.exitcode == _UNGUARDED for process in started):
            raise OptionError(
                f"workers={workers} starts processes that run this script again from its top; put "
                'its main part below the line if __name__ == "__main__":, or take workers=1'
            ) from None
        raise
    finally:
        if not finished:  # Ctrl-C, or an error: nobody waits for what is running
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_wait() -> Generator[None, None, None]:
    """Hold Ctrl-C back while processes start: they would die of it with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_held: list[Any] = []
"""In a worker process: the function, and what all tasks share."""


def _begin(function: Callable[[Any, Any], Any], shared: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; ours ends them
    _held[:] = [function, shared]


def _call(task: Any) -> Any:
    function, shared = _held
    return function(shared, task)


def _on_cluster(
    function: Callable[[Shared, Task], Result],
    shared: Shared,
    tasks: Sequence[Task],
    scheduler: Any,
) -> Generator[tuple[int, Result], None, None]:
    try:
        import distributed
    except ImportError:
        raise MissingDependencyError(
            "work on a cluster needs Dask; install it with: pip install circuitalg[dask]"
        ) from None
    own = isinstance(scheduler, str)
    client = distributed.Client(scheduler, timeout=_PATIENCE) if own else scheduler
    futures: list[Any] = []
    try:
        # A task, not scattered data: where the worker that holds it is lost, it is made again.
        common = client.submit(_itself, shared, pure=False)
        futures = client.map(
            _applied,
            tasks,
            function=function,
            shared=common,
            version=circuitalg.__version__,
            pure=False,
        )
        numbers = {future.key: number for number, future in enumerate(futures)}
        for future in distributed.as_completed(futures):
            yield numbers[future.key], _result(future)
    finally:
        client.cancel(futures)
        if own:
            client.close()


def _itself(value: Any) -> Any:
    return value


def _applied(task: Any, function: Callable[[Any, Any], Any], shared: Any, version: str) -> Any:
    if version != circuitalg.__version__:
        raise MissingDependencyError(
            f"the cluster's workers have circuitalg {circuitalg.__version__}, but this program has "
            f"{version}; install the same version on them"
        )
    return function(shared, task)


def _result(future: Any) -> Any:
    """A future's result; errors of the cluster as circuitalg errors."""
    import distributed

    try:
        return future.result()
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
