"""pigments.csv and families.csv: a row a group, a row a family."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from .chance import Chance, chance_of
from .evidence import FamilySummary, GroupSummary, LineEvidence
from .result import Result

COLUMNS = (
    "group",
    "label",
    "pigments",
    "verdict",
    "confirmed",
    "may_be_chance",
    "share_present",
    "share_top",
    "share_buried",
    "share_cannot_tell",
    "share_absent",
    "amount_mg_cm2",
    "amount_sigma_mg_cm2",
    "lines",
    "could_be_confused_with",
    "advice",
)
FAMILY_COLUMNS = (
    "family",
    "groups",
    "verdict",
    "confirmed",
    "may_be_chance",
    "share_present",
    "share_unnamed",
    "share_cannot_tell",
    "share_absent",
    "lines",
    "candidates",
)
ABSENT_IN_WORDS = "absent to the depth that can be seen"
NOT_LOOKED_FOR = "not looked for"


def write_table(result: Result, path: Path | str) -> None:
    """Write how much there is of each group, why, and its rivals; UTF-8, shares from 0 to 1."""
    chance = chance_of(result)
    rows = zip(result.groups, result.summary, result.looked_for, result.ruled_out, strict=True)
    _write(path, COLUMNS, (
        (
            group.name,
            group.label,
            _pigments(group.members, ruled_out),
            *_verdict(summary, looked_for, chance),
            *_shares(summary.share_present, summary.share_top, summary.share_buried,
                     summary.share_cannot_tell,
                     summary.share_absent if looked_for else 0.0),
            _figure(summary.amount),
            _figure(summary.amount_sigma),
            _lines(summary.lines),
            "; ".join(summary.rivals),
            summary.advice or group.advice,
        )
        for group, summary, looked_for, ruled_out in rows
    ))  # fmt: skip


def write_family_table(result: Result, path: Path | str) -> None:
    """Write in how much of the scan each family is, why, and which of its groups it may be.

    Candidates stand with their mean probability over the pixels in which the family is present.
    """
    chance = chance_of(result)
    _write(path, FAMILY_COLUMNS, (
        (
            family.name,
            "; ".join(group.name for group in result.groups if family.name in group.families),
            *_verdict(family, _any_looked_for(result, family.name), chance),
            *_shares(family.share_present, family.share_unnamed, family.share_cannot_tell,
                     family.share_absent if _any_looked_for(result, family.name) else 0.0),
            _lines(family.lines),
            "; ".join(f"{name} {likely:.2f}" for name, likely in family.candidates),
        )
        for family in result.family_summary
    ))  # fmt: skip


def _write(path: Path | str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])


def _pigments(members: Sequence[str], ruled_out: Sequence[str]) -> str:
    """Pigments of a group; the last entry, in brackets, names those that the palette rules out."""
    possible = [name for name in members if name not in ruled_out]
    if ruled_out:
        possible.append(f"(ruled out by the palette: {', '.join(ruled_out)})")
    return "; ".join(possible)


def _any_looked_for(result: Result, family: str) -> bool:
    """Whether the palette held any group of a family possible."""
    groups = zip(result.groups, result.looked_for, strict=True)
    return any(looked_for for group, looked_for in groups if family in group.families)


def _verdict(
    summary: GroupSummary | FamilySummary, looked_for: bool, chance: Chance
) -> tuple[str, str, str]:
    """Verdict over the whole scan, whether lines confirm it, and whether chance may explain it."""
    verdict = "cannot tell" if summary.is_open else ABSENT_IN_WORDS
    if summary.is_present:
        verdict = "present"
    if not looked_for:
        verdict = NOT_LOOKED_FOR
    by_chance = summary.is_present and chance.explains(summary.share_present)
    return verdict, _yes(summary.confirmed), _yes(by_chance)


def _lines(lines: Iterable[LineEvidence]) -> str:
    return "; ".join(
        f"{line.line} {line.energy_kev:.2f} keV {line.sigma:.1f} sigma" for line in lines
    )


def _shares(*shares: float) -> tuple[str, ...]:
    return tuple(f"{share:.5f}" for share in shares)


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
