"""`underpaint report`: the report again, from a result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder that identify wrote, or its result.h5.")
    ],
) -> None:
    """Write report.html again from result.h5.

    Where OUT holds one folder a scan, the report of each is written.
    """
    from ..result import read_result
    from ..show import write_report

    for result in _results(out):
        path = (result.parent if result.is_file() else result) / "report.html"
        write_report(read_result(result), path)
        typer.echo(str(path))


def _results(out: Path) -> list[Path]:
    """The result itself, or the folders in it that hold one."""
    inside = sorted(path.parent for path in out.glob("*/result.h5"))
    return [out] if (out / "result.h5").exists() or not inside else inside
