"""Several scans, one after the other on this machine and side by side on a cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..errors import OutputError, words_of
from .fault import tell

if TYPE_CHECKING:
    from ..scan import Progress
    from .identify import Request

COLUMNS = ["scan", "status", "fault", "present"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one scan.

    Attributes
    ----------
    name : of its folder
    present : the groups that are present in more pixels than chance explains
    fault : why there is no result; None where there is one
    """

    name: str
    present: tuple[str, ...] = ()
    fault: Exception | None = None


def identify_several(
    scans: Mapping[str, Path], output: Path, request: Request
) -> tuple[Outcome, ...]:
    """Identify scans, each into a folder of its own; tells of each when it is done.

    Parameters
    ----------
    scans : by the names of their folders

    Returns
    -------
    one outcome a scan, in their order
    """
    from .cluster import executor_at
    from .progress import progress_bar

    with executor_at(request.scheduler, len(scans)) as executor:
        side_by_side: int = getattr(executor, "scans", 1)
        if side_by_side == 1:
            return tuple(
                _identified(executor, name, path, output, request, progress_bar)
                for name, path in scans.items()
            )
        return _side_by_side(executor, side_by_side, scans, output, request)


def _side_by_side(
    executor: Executor, threads: int, scans: Mapping[str, Path], output: Path, request: Request
) -> tuple[Outcome, ...]:
    from .progress import progress_bar

    stopped = threading.Event()

    @contextmanager
    def quiet(_description: str, _rows: int) -> Iterator[Callable[[int], None]]:
        def advance(_done: int) -> None:
            if stopped.is_set():
                raise KeyboardInterrupt

        yield advance

    with ThreadPoolExecutor(threads) as pool, progress_bar("Scans", len(scans)) as advance:
        pending: list[Future[Outcome]] = [
            pool.submit(_identified, executor, name, path, output, request, quiet)
            for name, path in scans.items()
        ]
        try:
            for _ in as_completed(pending):
                advance(1)
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return tuple(future.result() for future in pending)


def _identified(
    executor: Executor, name: str, path: Path, output: Path, request: Request, progress: Progress
) -> Outcome:
    from ..result import answer_of
    from .identify import identify_with

    try:
        result = identify_with(executor, path, output / name, request, progress)
    except Exception as error:  # of this program: the other scans are to be had all the same
        tell(error, debug=request.debug, before=f"{name}: ")
        return Outcome(name, fault=error)
    present = tuple(result.groups[i].name for i in answer_of(result).found)
    typer.echo(f"{name}: {', '.join(present) or 'nothing present'}")
    return Outcome(name, present)


def write_summary(outcomes: Sequence[Outcome], path: Path) -> None:
    """A table with a row a scan; it takes its name when it is whole.

    Rows of scans that were identified into the same folder earlier stay, and a scan whose result
    may not be overwritten keeps the row that tells of it.

    Raises
    ------
    OutputError
        where it cannot be written
    """
    import csv

    from ..result import written_to

    kept = _rows_of(path)
    rows = kept | {
        each.name: [each.name, "done", "", " ".join(each.present)]
        if each.fault is None
        else [each.name, "failed", words_of(each.fault), ""]
        for each in outcomes
        if not (isinstance(each.fault, OutputError) and each.name in kept)
    }
    unfinished = path.with_name(path.name + ".partial")
    with written_to(path.parent):
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *rows.values()])
        unfinished.replace(path)


def _rows_of(path: Path) -> dict[str, list[str]]:
    """The rows of a table that is there already, by scan; a spreadsheet may have saved it again."""
    import csv

    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = list(csv.reader(file))
    if rows[:1] != [COLUMNS]:
        return {}
    return {row[0]: row for row in rows[1:] if len(row) == len(COLUMNS)}
