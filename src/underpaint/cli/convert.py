"""`underpaint convert`: a scan as HDF5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .changing import (
    Bin,
    BinChannels,
    Crop,
    Detector,
    MendRows,
    Mirror,
    MoveOddRows,
    Rotate,
    asked_for,
    changed_as_asked,
)
from .stating import PixelSize, Title, stated_by

if TYPE_CHECKING:
    import h5py

    from ..scan import Changes, Scan, Stated


def convert(
    scans: Annotated[
        list[str],
        typer.Argument(metavar="SCAN...", help="The scan to convert, or several to stitch."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The HDF5 file to write.")],
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="Y:X",
            help="Where the first pixel of each scan lies on the stage, mm (pixels where no pixel "
            "size is stated), once for each, instead of what its file states.",
        ),
    ] = None,
    overlap: Annotated[
        str,
        typer.Option(
            metavar="first|sum",
            help="Where stitched scans overlap: the first with counts, or all added up.",
        ),
    ] = "first",
    normalise: Annotated[
        bool,
        typer.Option(
            "--normalise",
            help="Write how long each pixel was counted, over the mean, beside the counts.",
        ),
    ] = False,
    pixel_size: PixelSize = None,
    title: Title = "",
    detector: Detector = None,
    mend_rows: MendRows = False,
    move_odd_rows: MoveOddRows = 0,
    crop: Crop = "",
    bin_pixels: Bin = 1,
    bin_channels: BinChannels = 1,
    mirror: Mirror = "",
    rotate: Rotate = 0,
) -> None:
    """Write a scan as chunked, compressed HDF5 that PyMca opens unaided.

    Nothing is changed unless asked, and all that the file states goes along with its source.
    Several scans become one, by where they lie on the stage; what none of them measured is left
    without counts. Element maps of a .dms become HDF5; those of elements.h5, or of PyXRF, become
    a .dms where the output ends so.
    """
    from ..scan import (
        HDF5_ENDINGS,
        open_scan,
        require_new,
        with_changes,
        with_stated,
        write_hdf5,
    )
    from .progress import progress_bar

    stated = stated_by(pixel_size, title)
    changes = asked_for(mend_rows, move_odd_rows, crop, bin_pixels, bin_channels, mirror, rotate)
    if output.suffix.lower() == ".dms" or Path(scans[0]).suffix.lower() == ".dms":
        if len(scans) > 1:
            raise typer.BadParameter("element maps are not stitched; convert one file at a time.")
        _convert_maps(Path(scans[0]), output)
        return
    if output.suffix.lower() not in HDF5_ENDINGS:
        raise typer.BadParameter(
            f"writes HDF5; give a name that ends in .h5, not {output.name}.",
            param_hint="-o",
        )
    require_new(output)
    folder = output.absolute().parent
    if len(scans) == 1 and not at:
        scan = with_stated(open_scan(scans[0], detector), stated)
        scan = changed_as_asked(scan, changes, folder)
    else:
        scan = _stitched(scans, detector, stated, _places(at, len(scans)), overlap, changes)
        scan = with_changes(scan, replace(changes, mend_rows=False, move_odd_rows=0), folder)
    with progress_bar("Converting", scan.shape[0]) as advance:
        write_hdf5(scan, output, advance, _exposure_of(scan) if normalise else None)
    typer.echo(
        f"{output}: {' x '.join(map(str, scan.shape))} counts, {output.stat().st_size:,} bytes"
    )


def _exposure_of(scan: Scan) -> Callable[[h5py.File], None]:
    """What writes the exposure of a scan beside its counts, which stay counts."""
    from ..scan import find_exposure

    exposure = find_exposure(scan, scan.sum_spectrum())

    def write(file: h5py.File) -> None:
        dataset = file["scan/data"].create_dataset("relative_exposure", data=exposure.relative)
        dataset.attrs["source"] = exposure.source

    return write


def _places(at: list[str] | None, scans: int) -> list[tuple[float, float]] | None:
    """Places as the user gave them, (y, x) each."""
    if not at:
        return None
    if len(at) != scans:
        raise typer.BadParameter(f"give it once for each of the {scans} scans.", param_hint="--at")
    try:
        places = [tuple(map(float, words.split(":"))) for words in at]
    except ValueError as error:
        raise typer.BadParameter("give two numbers as 0:120.5.", param_hint="--at") from error
    if any(len(place) != 2 or not all(map(isfinite, place)) for place in places):
        raise typer.BadParameter("give two numbers as 0:120.5.", param_hint="--at")
    return [(y, x) for y, x in places]


def _stitched(
    names: list[str],
    detector: int | None,
    stated: Stated,
    places: list[tuple[float, float]] | None,
    overlap: str,
    changes: Changes,
) -> Scan:
    """Several scans as one, the rows of each mended first where that is asked for."""
    from ..scan import OVERLAPS, Changes, open_scan, place, stitch, with_stated
    from .progress import progress_bar

    if overlap not in OVERLAPS:
        raise typer.BadParameter("give first or sum.", param_hint="--overlap")
    mended = Changes(changes.mend_rows, changes.move_odd_rows)
    opened = [with_stated(open_scan(name, detector), stated) for name in names]
    scans = [changed_as_asked(scan, mended, Path()) for scan in opened]
    if places is not None:
        scans = [place(scan, each) for scan, each in zip(scans, places, strict=True)]
    with progress_bar("Stitching", sum(scan.shape[0] for scan in scans)) as advance:
        return stitch(scans, overlap, advance)


def _convert_maps(source: Path, output: Path) -> None:
    from ..errors import ScanFileError
    from ..scan import open_maps, write_dms, write_hdf5_maps

    if not source.exists():
        raise ScanFileError(f"{source} does not exist; check the spelling and the folder.")
    maps = open_maps(source) if source.is_file() else None
    if maps is None:
        raise ScanFileError(
            f"{source} holds no element maps, and a .dms holds nothing else; make them with "
            f"'underpaint elements {source} -o elements', and convert elements/elements.h5."
        )
    (write_dms if output.suffix.lower() == ".dms" else write_hdf5_maps)(maps, output)
    size = " x ".join(map(str, maps.maps.shape))
    typer.echo(f"{output}: {size} values of element maps, {output.stat().st_size:,} bytes")
