"""Progress of long work: on a terminal, on standard error; nothing in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[str, int, int], object]
"""What is told of long work: the stage, how much of it is done, and how much there is."""


def error_console() -> Console:
    """Return a console for progress, on standard error."""
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each stage on a terminal, nothing in a pipe; yields what moves the bars."""
    from rich.progress import Progress, TaskID

    console = error_console()
    tasks: dict[str, TaskID] = {}
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:

        def move(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage)
            progress.update(tasks[stage], completed=done, total=total)

        yield move
