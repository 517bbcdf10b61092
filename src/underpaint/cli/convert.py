"""`underpaint convert`: a scan as HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .changing import Bin, BinChannels, Crop, MendRows, Mirror, Rotate, asked_for


def convert(
    scans: Annotated[list[str], typer.Argument(metavar="SCAN...", help="The scan to convert.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The HDF5 file to write.")],
    mend_rows: MendRows = None,
    crop: Crop = None,
    bin_pixels: Bin = 1,
    bin_channels: BinChannels = 1,
    mirror: Mirror = "",
    rotate: Rotate = 0,
) -> None:
    """Write a scan as chunked, compressed HDF5 that PyMca opens unaided.

    Nothing is changed unless asked, and all that the file states goes along with its source.
    Element maps (.dms, or elements.h5) become HDF5 or, where the output ends in .dms,
    Datamuncher's maps.
    """
    if len(scans) > 1:
        raise typer.BadParameter(
            "stitching several scans is not available yet; convert one scan at a time."
        )

    from ..scan import open_scan, with_changes, write_hdf5
    from .progress import progress_bar

    changes = asked_for(mend_rows, crop, bin_pixels, bin_channels, mirror, rotate)
    if output.suffix.lower() == ".dms" or Path(scans[0]).suffix.lower() == ".dms":
        _convert_maps(Path(scans[0]), output)
        return
    scan = with_changes(open_scan(scans[0]), changes, output.absolute().parent)
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
