"""pigments.csv: a row a group."""

from __future__ import annotations

import csv
from pathlib import Path

from .evidence import GroupInfo, GroupSummary
from .result import Result

COLUMNS = (
    "group",
    "label",
    "pigments",
    "confirmed",
    "share_present",
    "share_top",
    "share_buried",
    "share_cannot_tell",
    "amount_mg_cm2",
    "amount_sigma_mg_cm2",
    "lines",
    "could_be_confused_with",
    "advice",
)


def write_table(result: Result, path: Path | str) -> None:
    """Write how much there is of each group, why, and its rivals; UTF-8, shares from 0 to 1."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for group, summary in zip(result.groups, result.summary, strict=True):
            table.writerow(_row(group, summary))


def _row(group: GroupInfo, summary: GroupSummary) -> tuple[str, ...]:
    lines = (f"{line.line} {line.energy_kev:.2f} keV {line.sigma:.1f} sigma"
             for line in summary.lines)  # fmt: skip
    return (
        group.name,
        group.label,
        "; ".join(group.members),
        "yes" if summary.confirmed else "no",
        *(f"{share:.5f}" for share in (
            summary.share_present, summary.share_top,
            summary.share_buried, summary.share_cannot_tell,
        )),
        _figure(summary.amount),
        _figure(summary.amount_sigma),
        "; ".join(lines),
        "; ".join(summary.rivals),
        summary.advice or group.advice,
    )  # fmt: skip


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
