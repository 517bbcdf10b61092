"""Everything that lies beside result.h5."""

from __future__ import annotations

from pathlib import Path

from underpaint.result import Result, called_maps, kept_open, write_table, write_tiffs

from .map_figure import called_panel, figure_title
from .map_sheet import MapSheet
from .png import colour_png
from .report import write_report

DPI = 300


def write_outputs(result: Result, folder: Path | str) -> None:
    """Write pigments.csv, maps/ (TIFF and PNG) and report.html into a result's folder."""
    folder = Path(folder)
    with kept_open(result) as opened:
        write_table(opened, folder / "pigments.csv")
        write_tiffs(opened, folder / "maps")
        write_map_figures(opened, folder / "maps")
        write_report(opened, folder / "report.html")


def write_map_figures(result: Result, folder: Path | str, dpi: int = DPI) -> tuple[Path, ...]:
    """Write a PNG a group and position that has anything present; return their paths.

    Names are those of the TIFF maps, GROUP_POSITION_QUANTITY.png.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    sheets: dict[str, MapSheet] = {}
    for called in called_maps(result):
        panel, title = called_panel(called), figure_title(result, called.group)
        if called.quantity not in sheets:
            sheets[called.quantity] = MapSheet(result, panel, title)
        written.append(folder / f"{called.stem}.png")
        written[-1].write_bytes(colour_png(sheets[called.quantity].drawn(panel, title, dpi), dpi))
    return tuple(written)
