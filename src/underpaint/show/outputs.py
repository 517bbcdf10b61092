"""Everything that lies beside result.h5."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from underpaint.picture import CIVIDIS, VIRIDIS, write_categories, write_picture
from underpaint.result import (
    CalledMap,
    Result,
    called_maps,
    kept_open,
    write_family_table,
    write_table,
    write_tiffs,
)

from .layer_map import layer_map
from .map_remarks import amount_remark, buried_remark, chance_remark
from .palettes import LAYER_CATEGORIES
from .report import write_report

MEASURES = {"probability": "probability", "amount": "amount, mg/cm²"}
POSITIONS = {"anywhere": "anywhere", "top": "in the top layer", "buried": "under other paint"}


def write_outputs(result: Result, folder: Path | str) -> None:
    """Write pigments.csv, families.csv, maps/ and report.html into a result's folder.

    Maps are written by a thread of their own beside the report.
    """
    folder = Path(folder)
    with kept_open(result) as opened, ThreadPoolExecutor(1) as beside:
        maps = beside.submit(_write_maps, opened, folder / "maps")
        write_table(opened, folder / "pigments.csv")
        write_family_table(opened, folder / "families.csv")
        write_report(opened, folder / "report.html")
        maps.result()


def _write_maps(result: Result, folder: Path) -> None:
    write_tiffs(result, folder)
    write_map_pictures(result, folder)


def write_map_pictures(result: Result, folder: Path | str) -> tuple[Path, ...]:
    """Write PNGs for print of all that is present somewhere; return their paths.

    Names are those of the TIFF maps, GROUP_POSITION_QUANTITY.png, and GROUP_verdict.png, where a
    group lies and in which layer. The standard deviations of amounts have no picture: what one
    pixel is uncertain by stands beneath that of the amounts.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = [
        _write_picture(result, called, folder)
        for called in called_maps(result)
        if called.quantity in MEASURES
    ]
    present = [index for index, row in enumerate(result.summary) if row.is_present]
    return (*written, *(_write_verdicts(result, index, folder) for index in present))


def _write_picture(result: Result, called: CalledMap, folder: Path) -> Path:
    path = folder / f"{called.stem}.png"
    amount = called.quantity == "amount"
    what = "Amount where present" if amount else f"Probability {POSITIONS[called.position]}"
    write_picture(
        path,
        called.label,
        called.values,
        _pixel_size(result),
        MEASURES[called.quantity],
        subtitle=_subtitle(what, result),
        remark=_remark(result, called),
        full=None if amount else 1.0,
        nothing="not named" if amount else "not measured",
        colours=VIRIDIS if amount else CIVIDIS,
    )
    return path


def _remark(result: Result, called: CalledMap) -> str:
    if called.name not in result.group_index:
        family = result.family_summary[result.family_index[called.name.removesuffix("-family")]]
        return chance_remark(result, family.share_present)
    summary = result.summary[result.group_index[called.name]]
    shares = {"top": summary.share_top, "buried": summary.share_buried}
    remarks = [chance_remark(result, shares.get(called.position, summary.share_present))]
    if called.quantity == "amount":
        remarks.append(amount_remark(summary))
    if called.position == "buried":
        remarks.append(buried_remark(summary))
    return " ".join(each for each in remarks if each)


def _write_verdicts(result: Result, index: int, folder: Path) -> Path:
    group = result.groups[index]
    path = folder / f"{group.name}_verdict.png"
    write_categories(
        path,
        group.label,
        layer_map(result, index),
        LAYER_CATEGORIES,
        _pixel_size(result),
        subtitle=_subtitle("Verdict", result),
        remark=chance_remark(result, result.summary[index].share_present),
    )
    return path


def _pixel_size(result: Result) -> tuple[float, float] | None:
    """Height and width of a pixel, mm."""
    return result.pixel_size_mm and result.pixel_size_mm[::-1]


def _subtitle(what: str, result: Result) -> str:
    return " · ".join(part for part in (what, object_title(result)) if part)


def object_title(result: Result) -> str:
    """The object as it stands on figures; empty where it has no name."""
    title = result.provenance.get("title") or (result.provenance.get("input") or {}).get("file")
    return str(title or "")
