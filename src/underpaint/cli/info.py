"""`underpaint info`: what a scan file holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .changing import Detector

if TYPE_CHECKING:
    from ..scan import CountSummary, Gaps, MapStack, RowDisplacement, Scan


def info(
    scan: Annotated[str, typer.Argument(metavar="SCAN", help="File or folder of the scan.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    detector: Detector = None,
) -> None:
    """Say what a scan file holds, and where each figure comes from.

    Shape, energy calibration, tube, times, and counts from 1 keV to the tube voltage. What the
    file does not state is named as missing; so are pixels and rows without counts, and how far odd
    rows are displaced. Of a file that holds element maps and no spectra, the maps are named.
    """
    from ..errors import ScanFileError
    from ..scan import (
        find_gaps,
        find_row_displacement,
        measured_pixels,
        open_maps,
        open_scan,
        summarise,
    )
    from .progress import progress_bar

    try:
        opened = open_scan(scan, detector)
    except ScanFileError:
        maps = open_maps(Path(scan)) if Path(scan).is_file() else None
        if maps is None:
            raise
        _tell_maps(maps, as_json)
        return
    with progress_bar("Counting", opened.shape[0]) as advance:
        summary = summarise(opened, progress=advance)
    gaps = find_gaps(measured_pixels(summary.pixel_counts))
    displacement = find_row_displacement(opened)
    if as_json:
        data = _as_data(opened, summary) | _found_data(gaps, displacement)
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    rows = _as_rows(opened, summary) + _found_rows(gaps, displacement)
    if sys.stdout.isatty():
        _print_table(rows)
    else:
        for figure, value, source in rows:
            typer.echo(f"{figure}: {value}" + (f" (from {source})" if source else ""))


def _tell_maps(maps: MapStack, as_json: bool) -> None:
    """A file of element maps: their names, sizes and ranges."""
    _, height, width = maps.maps.shape
    ranges = dict(zip(maps.names, maps.ranges, strict=True))
    if as_json:
        data = {
            "path": str(maps.path),
            "format": maps.format,
            "holds": "element maps",
            "rows": height,
            "columns": width,
            "maps": {name: {"least": low, "most": high} for name, (low, high) in ranges.items()},
        }
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    typer.echo(f"file: {maps.path}\nformat: {maps.format}")
    typer.echo("holds: element maps only, no spectra")
    typer.echo(f"shape: {len(maps.names)} maps of {height} rows by {width} columns")
    for name, (low, high) in ranges.items():
        typer.echo(f"{name}: {low:g} to {high:g}")


def _as_rows(scan: Scan, summary: CountSummary) -> list[tuple[str, str, str]]:
    """Figure, value and source of each line to print."""
    height, width, channels = scan.shape
    rows = [
        ("file", str(scan.path), ""),
        ("format", scan.format, ""),
        ("holds", "spectra", ""),
        ("shape", f"{height} rows by {width} columns, {channels} channels", ""),
        ("stored as", str(scan.counts.dtype), ""),
    ]
    rows += [
        (figure, stated.value, stated.source)
        for figure, stated in scan.facts.items()
        if stated.value is not None
    ]
    rows += [
        (
            figure,
            f"not stated: {scan.facts[figure].source}" if figure in scan.facts else "not stated",
            "",
        )
        for figure in scan.missing
    ]
    # a pixel that was not measured says nothing about the others
    pixels = _measured(summary)
    counted = f"counts {_counted_range(scan)}"
    rows += [
        (f"all {counted}", f"{pixels.sum():,.0f}", ""),
        (
            f"{counted} of a pixel",
            f"mean {pixels.mean():,.0f}, least {pixels.min():,.0f}, most {pixels.max():,.0f}",
            "",
        ),
    ]
    return rows


def _found_rows(gaps: Gaps, displacement: RowDisplacement) -> list[tuple[str, str, str]]:
    """What the counts themselves show to be amiss."""
    remedy = ""
    if displacement.whole_pixels:
        remedy = "; --mend-rows of convert, elements and identify puts that right"
    return [
        ("pixels without counts", gaps.words, "the counts"),
        ("displacement of odd rows", displacement.words + remedy, "neighbouring rows, compared"),
    ]


def _found_data(gaps: Gaps, displacement: RowDisplacement) -> dict[str, Any]:
    known = displacement.known
    return {
        "pixels_without_counts": {
            "pixels": gaps.pixels,
            "rows": list(gaps.rows),
            "columns": list(gaps.columns),
            "ends_before": gaps.end and list(gaps.end),
            "single_pixels": gaps.single,
        },
        "displacement_of_odd_rows": {
            "pixels": displacement.pixels if known else None,
            "sigma": displacement.sigma if known else None,
            "clear": displacement.clear,
            "whole_pixels": displacement.whole_pixels,
        },
    }


def _counted_range(scan: Scan) -> str:
    if scan.calibration is None:
        return "in all channels"
    if scan.tube_voltage_kv is None:
        return "from 1 keV"
    return f"from 1 to {scan.tube_voltage_kv:g} keV"


def _print_table(rows: list[tuple[str, str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=True, header_style="bold", pad_edge=False)
    for heading in ("figure", "value", "from"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    Console().print(table)


def _as_data(scan: Scan, summary: CountSummary) -> dict[str, Any]:
    height, width, channels = scan.shape
    line = scan.calibration
    pixels = _measured(summary)
    return {
        "path": str(scan.path),
        "format": scan.format,
        "holds": "spectra",
        "rows": height,
        "columns": width,
        "channels": channels,
        "stored_as": str(scan.counts.dtype),
        "energy_calibration": line and {"zero_kev": line.zero, "gain_kev": line.gain},
        "anode": scan.anode,
        "tube_voltage_kv": scan.tube_voltage_kv,
        "live_time_s": _range_of(scan.live_time_s),
        "real_time_s": _range_of(scan.real_time_s),
        "incidence_deg": scan.incidence_deg,
        "take_off_deg": scan.take_off_deg,
        "pixel_size_mm": scan.pixel_size_mm and list(scan.pixel_size_mm),
        "counts": {
            "range": _counted_range(scan),
            "channels": [summary.channels.start, summary.channels.stop],
            "total": float(pixels.sum()),
            "pixel_mean": float(pixels.mean()),
            "pixel_least": float(pixels.min()),
            "pixel_most": float(pixels.max()),
        },
        "missing": list(scan.missing),
        "facts": {
            figure: {"value": stated.value, "source": stated.source}
            for figure, stated in scan.facts.items()
        },
    }


def _measured(summary: CountSummary) -> Any:
    """Counts of the pixels that have any, or of all where none has."""
    counts = summary.pixel_counts
    return counts[counts > 0] if counts.any() else counts


def _range_of(seconds: Any) -> dict[str, float] | None:
    if seconds is None:
        return None
    import numpy as np

    return {
        "mean": float(np.nanmean(seconds)),
        "least": float(np.nanmin(seconds)),
        "most": float(np.nanmax(seconds)),
    }
