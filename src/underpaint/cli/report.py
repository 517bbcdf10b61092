"""`underpaint report`: the report again, from a result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder that identify wrote.")],
) -> None:
    """Write report.html again from result.h5.

    Where OUT holds one folder a scan, the report of each is written.
    """
    from ..result import read_result
    from ..show import write_report

    for folder in _result_folders(out):
        write_report(read_result(folder), folder / "report.html")
        typer.echo(str(folder / "report.html"))


def _result_folders(out: Path) -> list[Path]:
    """The folder itself, or the folders in it that hold a result."""
    inside = sorted(path.parent for path in out.glob("*/result.h5"))
    return [out] if (out / "result.h5").exists() or not inside else inside
