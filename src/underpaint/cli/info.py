"""`underpaint info`: what a scan file holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..scan import CountSummary, MapStack, RowDisplacement, Scan


def info(
    scan: Annotated[str, typer.Argument(metavar="SCAN", help="File or folder of the scan.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a scan file holds, and where each figure comes from.

    Shape, energy calibration, tube, times, and counts from 1 keV to the tube voltage. What the
    file does not state is named as missing. Of a file that holds element maps and no spectra, the
    maps are named.
    """
    from ..errors import ScanFileError
    from ..scan import find_row_displacement, open_maps, open_scan, summarise
    from .progress import progress_bar

    try:
        opened = open_scan(scan)
    except ScanFileError:
        maps = open_maps(Path(scan)) if Path(scan).is_file() else None
        if maps is None:
            raise
        _tell_maps(maps, as_json)
        return
    with progress_bar("Counting", opened.shape[0]) as advance:
        summary = summarise(opened, progress=advance)
    displaced = find_row_displacement(opened)
    if as_json:
        data = _as_data(opened, summary, displaced)
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    rows = _as_rows(opened, summary, displaced)
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


def _as_rows(
    scan: Scan, summary: CountSummary, displaced: RowDisplacement
) -> list[tuple[str, str, str]]:
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
    pixels = summary.pixel_counts
    counted = f"counts {_counted_range(scan)}"
    rows += [
        (f"all {counted}", f"{pixels.sum():,.0f}", ""),
        (
            f"{counted} of a pixel",
            f"mean {pixels.mean():,.0f}, least {pixels.min():,.0f}, most {pixels.max():,.0f}",
            "",
        ),
        ("pixels without counts", _empty_words(pixels), ""),
        ("displacement of odd rows", displaced.words, ""),
    ]
    return rows


def _empty_words(pixels: Any) -> str:
    """How many pixels have no counts, and whether whole rows of them."""
    empty = pixels == 0
    if not empty.any():
        return "none"
    rows = int(empty.all(axis=1).sum())
    words = f"{int(empty.sum()):,} ({100.0 * empty.mean():.2g} %)"
    return f"{words}, among them {rows} whole row{'s' if rows > 1 else ''}" if rows else words


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


def _as_data(scan: Scan, summary: CountSummary, displaced: RowDisplacement) -> dict[str, Any]:
    height, width, channels = scan.shape
    line = scan.calibration
    pixels = summary.pixel_counts
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
            "pixels_without": int((pixels == 0).sum()),
            "rows_without": int((pixels == 0).all(axis=1).sum()),
        },
        "displacement_of_odd_rows": {
            "pixels": displaced.pixels if displaced.known else None,
            "sigma": displaced.sigma if displaced.known else None,
        },
        "missing": list(scan.missing),
        "facts": {
            figure: {"value": stated.value, "source": stated.source}
            for figure, stated in scan.facts.items()
        },
    }


def _range_of(seconds: Any) -> dict[str, float] | None:
    if seconds is None:
        return None
    return {
        "mean": float(seconds.mean()),
        "least": float(seconds.min()),
        "most": float(seconds.max()),
    }
