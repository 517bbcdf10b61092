"""`underpaint convert`: a scan as HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def convert(
    scans: Annotated[list[str], typer.Argument(metavar="SCAN...", help="The scan to convert.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The HDF5 file to write.")],
    mend_rows: Annotated[
        bool,
        typer.Option("--mend-rows", help="Move odd rows back by as much as the scan shows."),
    ] = False,
    move_odd_rows: Annotated[
        int | None, typer.Option(help="Move odd rows so many pixels to the left.")
    ] = None,
    crop: Annotated[str, typer.Option(help="Rows and columns to keep, as 10:200,0:150.")] = "",
    mirror: Annotated[
        str, typer.Option(help="x: exchange left and right; y: top and bottom; xy: both.")
    ] = "",
    rotate: Annotated[int, typer.Option(help="90, 180 or 270 degrees counter-clockwise.")] = 0,
    add_up: Annotated[
        int, typer.Option(min=1, help="Add up so many by so many pixels to one.")
    ] = 1,
) -> None:
    """Write a scan as chunked, compressed HDF5 that PyMca opens unaided.

    The counts stay as they are unless something is asked for, and all that the file states goes
    along with its source. Rows are mended first; then the scan is cropped, mirrored, turned, and
    its pixels added up. Element maps (.dms, or elements.h5) become HDF5 or, where the output ends
    in .dms, Datamuncher's maps.
    """
    if len(scans) > 1:
        raise typer.BadParameter(
            "stitching several scans is not available yet; convert one scan at a time."
        )

    from ..scan import keeping_counts, open_scan, write_hdf5
    from .progress import progress_bar
    from .view_options import View

    view = View(move_odd_rows, mend_rows, crop, mirror, rotate, add_up)
    if output.suffix.lower() == ".dms" or Path(scans[0]).suffix.lower() == ".dms":
        _convert_maps(Path(scans[0]), output)
        return
    with keeping_counts(open_scan(scans[0]), output.parent) as opened:
        scan = view.of(opened)
        with progress_bar("Converting", scan.shape[0]) as advance:
            write_hdf5(scan, output, progress=advance)
    typer.echo(
        f"{output}: {' x '.join(map(str, scan.shape))} counts, {output.stat().st_size:,} bytes"
    )


def _convert_maps(source: Path, output: Path) -> None:
    from ..errors import ScanFileError
    from ..scan import open_maps, write_dms, write_hdf5_maps

    maps = open_maps(source) if source.is_file() else None
    if maps is None:
        raise ScanFileError(
            f"{source} holds no element maps, and a .dms holds nothing else; make them with "
            f"'underpaint elements {source} -o elements', and convert elements/elements.h5."
        )
    (write_dms if output.suffix.lower() == ".dms" else write_hdf5_maps)(maps, output)
    size = " x ".join(map(str, maps.maps.shape))
    typer.echo(f"{output}: {size} values of element maps, {output.stat().st_size:,} bytes")
