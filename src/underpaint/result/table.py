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
    "verdict",
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
ABSENT_IN_WORDS = "absent to the depth that can be seen"
NOT_LOOKED_FOR = "not looked for"


def write_table(result: Result, path: Path | str) -> None:
    """Write how much there is of each group, why, and its rivals; UTF-8, shares from 0 to 1."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        rows = zip(result.groups, result.summary, result.looked_for, strict=True)
        for group, summary, looked_for in rows:
            table.writerow(_row(group, summary, _verdict(summary, looked_for)))


def _verdict(summary: GroupSummary, looked_for: bool) -> str:
    """The verdict on a group over the whole scan."""
    if not looked_for:
        return NOT_LOOKED_FOR
    if summary.is_present:
        return "present"
    return "cannot tell" if summary.is_open else ABSENT_IN_WORDS


def _row(group: GroupInfo, summary: GroupSummary, verdict: str) -> tuple[str, ...]:
    lines = (f"{line.line} {line.energy_kev:.2f} keV {line.sigma:.1f} sigma"
             for line in summary.lines)  # fmt: skip
    return (
        group.name,
        group.label,
        "; ".join(group.members),
        verdict,
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
