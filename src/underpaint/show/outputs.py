"""Everything that lies beside result.h5."""

from __future__ import annotations

from pathlib import Path

from underpaint.result import Result, called_maps, write_table, write_tiffs

from .map_figure import Panel, called_panel, figure_title, maps_figure
from .report import write_report

DPI = 300


def write_outputs(result: Result, folder: Path | str) -> None:
    """Write pigments.csv, maps/ (TIFF and PNG) and report.html into a result's folder."""
    folder = Path(folder)
    write_table(result, folder / "pigments.csv")
    write_tiffs(result, folder / "maps")
    write_map_figures(result, folder / "maps")
    write_report(result, folder / "report.html")


def write_map_figures(result: Result, folder: Path | str, dpi: int = DPI) -> tuple[Path, ...]:
    """Write a PNG a group and position that has anything present; return their paths.

    Names are those of the TIFF maps, GROUP_POSITION_QUANTITY.png.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for called in called_maps(result):
        written.append(folder / f"{called.stem}.png")
        title = figure_title(result, called.group)
        _save(result, called_panel(called), title, written[-1], dpi)
    return tuple(written)


def _save(result: Result, panel: Panel, title: str, path: Path, dpi: int) -> None:
    maps_figure(result, [panel], title).savefig(path, dpi=dpi, pil_kwargs={"compress_level": 1})
