"""`underpaint elements`: element maps of a scan."""

from __future__ import annotations

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
from .stating import Calibration, PixelSize, Title, stated_axis, stated_by

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..elements import MappedScan, Wanted, Window
    from ..scan import Scan


def elements(
    scan: Annotated[str, typer.Argument(metavar="SCAN", help="File or folder of the scan.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.")],
    families: Annotated[
        str | None,
        typer.Option(
            help="Write only these line families, as Fe-K,Pb-L,Pb-M; all that are found are fitted."
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="FAMILIES|FOLDER",
            help="Fit just these line families, or those of an earlier folder of maps, as for "
            "another part of the painting; look for no others.",
        ),
    ] = None,
    roi: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW-HIGH",
            help="Also map all counts from LOW to HIGH keV; may be given several times.",
        ),
    ] = None,
    misfit: Annotated[
        bool,
        typer.Option("--misfit", help="Also map how far the fit is off: 1 where it is noise only."),
    ] = False,
    signed: Annotated[
        bool,
        typer.Option(
            "--signed",
            help="Keep noise below zero: pixels can then be added up or averaged without bias.",
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the folder.")] = False,
    normalise: Annotated[
        bool,
        typer.Option(
            "--normalise",
            help="Scale each pixel to the mean live time (by the zero peak, if none is stated).",
        ),
    ] = False,
    calibration: Calibration = None,
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
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on the Dask cluster whose scheduler is there."),
    ] = None,
) -> None:
    """Map the net counts of every line family that the scan shows.

    The folder holds elements.h5 (NXdata, with errors), elements.csv, and a 32-bit TIFF and a PNG
    a family. Energy calibration and families are found from the scan's own peaks, unless given.
    """
    from .cluster import executor_at, open_by_path
    from .cores import keep_memory, one_core_a_call, workers

    one_core_a_call()
    keep_memory()
    import importlib

    from ..scan import (
        find_gaps,
        forget_counts,
        keeping_counts,
        open_scan,
        summarise,
        with_stated,
    )
    from .progress import progress_bar

    if families is not None and only is not None:
        raise typer.BadParameter(
            "what --only fits is all written; leave one of them away.", param_hint="--families"
        )
    wanted, fitted = _named(families, "--families"), _only(only)
    axis = stated_axis(calibration, bin_channels)
    stated = stated_by(pixel_size, title)
    changes = asked_for(mend_rows, move_odd_rows, crop, bin_pixels, bin_channels, mirror, rotate)
    windows = tuple(_window(text) for text in roi or [])
    if len({window.name for window in windows}) < len(windows):
        raise typer.BadParameter("two windows have the same name.", param_hint="--roi")
    from ..result import ELEMENT_MAPS, require_abandoned, require_free

    require_free(output, overwrite=overwrite, contents=ELEMENT_MAPS)
    require_abandoned(output, ELEMENT_MAPS)
    source = open_scan(scan, detector)
    changed = changed_as_asked(with_stated(source, stated), changes, output.parent)
    with (
        workers() as here,
        executor_at(scheduler) as executor,
        keeping_counts(changed, output.parent) as opened,
    ):
        open_by_path(executor, source, scan, detector)
        # what is to follow comes in while the scan is read, most of which needs no interpreter
        here.submit(importlib.import_module, "underpaint.elements.run")
        with progress_bar("Adding up", opened.shape[0]) as advance:
            summary = summarise(opened, advance, executor)

        from ..elements import UnseenFamiliesError, Wanted, map_elements, tube_remark

        asked = Wanted(wanted, fitted, axis, windows, misfit, signed, normalise)
        try:
            mapped = map_elements(opened, summary, asked, progress_bar, executor)
        except UnseenFamiliesError as error:
            option = "--only" if fitted else "--families"
            raise typer.BadParameter(str(error), param_hint=option) from error
        here.submit(forget_counts, opened)
        _write(output, overwrite, mapped, opened, asked, here)
    if mapped.exposure is not None:
        typer.echo(f"counts at the mean live time, by {mapped.exposure.source}")
    if not mapped.measured.all():
        typer.echo(f"not measured: {find_gaps(mapped.measured).words}")
    remark = tube_remark(opened, mapped.found)
    if remark:
        typer.echo(remark)
    _report(mapped, output, wanted or fitted)


def _write(
    output: Path,
    overwrite: bool,
    mapped: MappedScan,
    scan: Scan,
    wanted: Wanted,
    executor: Executor,
) -> None:
    """The folder, under its name only when it is whole."""
    from ..elements import provenance, write_maps
    from ..result import ELEMENT_MAPS, begin_anew, publish

    try:
        partial = begin_anew(output, ELEMENT_MAPS)
        write_maps(
            partial,
            mapped.maps,
            mapped.found,
            title=scan.title or scan.path.name,
            pixel_size_mm=scan.pixel_size_mm,
            provenance=provenance(scan, mapped, wanted),
            executor=executor,
        )
        publish(partial, output, overwrite=overwrite, contents=ELEMENT_MAPS)
    except OSError as error:
        from ..errors import OutputError

        raise OutputError(
            f"{output} cannot be written ({error.strerror or error}); choose another folder."
        ) from error


def _named(families: str | None, option: str) -> tuple[str, ...]:
    """Line families by name, each once."""
    if families is None:
        return ()
    from ..elements import split_family

    given = (name.strip() for name in families.split(","))
    names = tuple(dict.fromkeys(name for name in given if name))
    if not names:
        raise typer.BadParameter("no family is named.", param_hint=option)
    for name in names:
        try:
            split_family(name)
        except ValueError as error:
            raise typer.BadParameter(f"{error}.", param_hint=option) from error
    return names


def _only(given: str | None) -> tuple[str, ...]:
    """Line families by name, or those of an earlier folder of maps."""
    if given is None or not Path(given).is_dir():
        return _named(given, "--only")
    from ..elements import mapped_families

    return mapped_families(Path(given))


def _window(text: str) -> Window:
    from ..elements import Window

    name, _, ends = text.partition("=")
    low, _, high = ends.partition("-")
    try:
        window = Window(f"roi-{name.strip()}", float(low), float(high))
    except ValueError:
        window = Window("", 0.0, 0.0)
    plain = name.strip().replace("-", "").replace("_", "").isalnum()
    if not plain or not 0.0 <= window.low_kev < window.high_kev:
        raise typer.BadParameter(
            f"'{text}' is no window; write it like Hg-La=9.8-10.2 (keV).", param_hint="--roi"
        )
    return window


def _report(mapped: MappedScan, output: Path, wanted: tuple[str, ...]) -> None:
    from ..elements import clear_pixels, not_found, only_in_some_pixels

    axis, found, maps = mapped.axis, mapped.found, mapped.maps
    if axis.found is not None:
        typer.echo(axis.found.message)
        if axis.in_use != axis.found.calibration:
            typer.echo("the file's own axis was used")
    missing, clear = not_found(found), clear_pixels(maps)
    if not set(found.names) - set(missing):
        typer.echo("no element was found: no lines in the spectra are certain enough")
    if maps.names:
        typer.echo(f"families mapped: {', '.join(maps.names)}")
    for name in wanted:
        if name in missing:
            sigma = max(missing[name], 0.0)
            where = "the scan"
            if clear[name]:
                where = f"the sum of all pixels, though clear in {_pixels(clear[name])}"
            typer.echo(f"{name} was asked for, but is not in {where} ({sigma:.1f} sigma)")
    few = [name for name in only_in_some_pixels(found) if name in clear]
    if few:
        told = ", ".join(f"{name} (clear in {_pixels(clear[name])})" for name in few)
        typer.echo(f"not in the sum of all pixels: {told}")
    for peak in found.unexplained:
        there = f"; lines there: {', '.join(peak.lines_there)}" if peak.lines_there else ""
        if peak.wide:
            there = "; wider than a line: diffraction, or scatter of the tube"
        stands_out = f"{peak.significance:.0f} sigma"
        typer.echo(f"unexplained peak at {peak.energy_kev:.2f} keV ({stands_out}{there})")
    typer.echo(str(output))


def _pixels(count: int) -> str:
    return "1 pixel" if count == 1 else f"{count} pixels"
