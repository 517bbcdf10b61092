"""`underpaint convert`: a scan as HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def convert(
    scans: Annotated[list[str], typer.Argument(metavar="SCAN...", help="The scan to convert.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The HDF5 file to write.")],
) -> None:
    """Write a scan as chunked, compressed HDF5 that PyMca opens unaided.

    The counts stay as they are, and all that the file states goes along with its source.
    """
    if len(scans) > 1:
        raise typer.BadParameter(
            "stitching several scans is not available yet; convert one scan at a time."
        )

    from ..scan import open_scan, write_hdf5
    from .progress import progress_bar

    scan = open_scan(scans[0])
    with progress_bar("Converting", scan.shape[0]) as advance:
        write_hdf5(scan, output, progress=advance)
    typer.echo(
        f"{output}: {' x '.join(map(str, scan.shape))} counts, {output.stat().st_size:,} bytes"
    )
