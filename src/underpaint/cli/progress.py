"""A progress bar on a terminal, and nothing in a pipe.

Rooms that work long take a `progress` callback that they call with the number of steps done; a
command hands them the one that `progress_bar` gives:

    with progress_bar("Counting", rows) as advance:
        summarise(scan, progress=advance)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(description: str, steps: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error while the work lasts, if that is a terminal.

    Parameters
    ----------
    description : what is being done, such as "Counting"
    steps : number of steps in all; None where it is not known beforehand

    Yields
    ------
    advance : call it with the number of steps just done
    """
    if not sys.stderr.isatty():
        yield _ignore
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeRemaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=steps)

        def advance(done: int) -> None:
            bar.advance(task, done)

        yield advance


def _ignore(_done: int) -> None:
    """Take note of nothing."""
