"""Scores of what `whole_scan.py` reads, and their tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_table import print_table
from underpaint.network import average_precision, reliability, threshold_at
from underpaint.network.bootstrap import Interval, difference, interval, resample, share
from whole_scan_reading import ALONE, Detail, Scan

POSITIONS = ("anywhere", "top", "buried")
RATE, FEWEST = 0.01, 20
DRAWS, PRECISION_DRAWS = 200, 60


def recall(scans: Sequence[Scan], reading: str, position: int) -> NDArray[np.float64]:
    """Hits and positives of each scanner that thresholds were not fixed on, (scanner, 2).

    Each group counts the same: its pixels weigh one over how many there are.
    """
    fixed, judged = scans[::2], scans[1::2]
    score = np.concatenate([each.chance[reading][:, position] for each in fixed])
    there = np.concatenate([each.there[:, position] for each in fixed])
    total = sum(each.there[:, position].sum(axis=0) for each in judged)
    found = np.zeros((len(judged), 2))
    for group in np.flatnonzero((total >= FEWEST) & (there.sum(axis=0) >= FEWEST)):
        least = threshold_at(score[:, group], there[:, group], RATE)
        for number, each in enumerate(judged):
            positive = each.there[:, position, group]
            hit = positive & (each.chance[reading][:, position, group] >= least)
            found[number] += np.array([hit.sum(), positive.sum()]) / total[group]
    return found


def precision(
    scans: Sequence[Scan], reading: str, position: int, drawn: NDArray[np.int64]
) -> Interval:
    """Average precision over all groups and pixels."""
    chance = np.concatenate([each.chance[reading][:, position].ravel() for each in scans])
    there = np.concatenate([each.there[:, position].ravel() for each in scans])
    owner = np.repeat(np.arange(len(scans)), scans[0].there[:, position].size)
    order = np.argsort(-chance, kind="stable")
    chance, there, owner = chance[order], there[order], owner[order]
    again = [average_precision(chance, there, draw[owner]) for draw in drawn]
    return interval(average_precision(chance, there), np.array(again))


def verdicts(scans: Sequence[Scan], reading: str, position: int) -> dict[str, float]:
    """What the verdict "present" finds, and how often it is wrong."""
    called = np.concatenate([each.called[reading][:, position] for each in scans])
    there = np.concatenate([each.there[:, position] for each in scans])
    wrong = called & ~there
    of_scans = np.stack([
        (each.called[reading][:, position] & ~each.there[:, position]).mean(axis=0)
        for each in scans
    ])  # fmt: skip
    nowhere = np.stack([~each.there[:, position].any(axis=0) for each in scans])
    return {
        "recall": float((called & there).sum() / there.sum()),
        "wrong_names": float(wrong.sum(axis=1).mean()),
        "worst_group": float(wrong.mean(axis=0).max()),
        "nowhere_in_5_percent": float((of_scans[nowhere] > 0.05).mean()),
    }


def score(scans: Sequence[Scan]) -> dict[str, Any]:
    """All figures, by reading and position."""
    random = np.random.default_rng(1)
    drawn = resample(len(scans), PRECISION_DRAWS, random)
    half = resample(len(scans[1::2]), DRAWS, random)
    found: dict[str, Any] = {}
    for position, place in enumerate(POSITIONS):
        alone = recall(scans, ALONE, position)
        for reading in scans[0].chance:
            hits = recall(scans, reading, position)
            chance = np.concatenate([each.chance[reading][:, position].ravel() for each in scans])
            there = np.concatenate([each.there[:, position].ravel() for each in scans])
            sure = reliability(chance, there)
            found.setdefault(reading, {})[place] = {
                "average_precision": precision(scans, reading, position, drawn),
                "recall": share(hits[:, 0], hits[:, 1], half),
                "gain": difference(hits[:, 0], alone[:, 0], hits[:, 1], half),
                "slope": sure.slope,
                "calibration_error": sure.calibration_error,
                "verdicts": verdicts(scans, reading, position)
                if reading in scans[0].called
                else None,
            }
    return found


def in_ground(details: Sequence[Detail]) -> dict[str, dict[str, float]]:
    """How often what a detail shares is said to be in the ground, by reading."""
    found = {}
    for reading in details[0].in_ground:
        share = np.array([each.in_ground[reading] for each in details])
        found[reading] = {"pixels": float(share.mean()), "mostly": float((share > 0.5).mean())}
    return found


def print_ground(name: str, found: dict[str, dict[str, float]]) -> None:
    """One table."""
    rows = [
        [reading, *(f"{100.0 * each[what]:.1f}" for what in ("pixels", "mostly"))]
        for reading, each in found.items()
    ]
    headings = "read", "of the pixels", "of the details, in most pixels"
    print_table(f"{name}: what they share is said to be in the ground, %", headings, rows)


def print_all(name: str, found: dict[str, Any], pixels: int) -> None:
    """Three tables."""

    def table(title: str, cell: Callable[[Any], str | None], more: str = "") -> None:
        rows = [
            [reading, *(cell(each[place]) or "" for place in POSITIONS)]
            for reading, each in found.items()
        ]
        print_table(f"{name}: {title}{more}", ("read", *POSITIONS), [r for r in rows if any(r[1:])])

    table("average precision", lambda each: _said(each["average_precision"], 3, 1.0),
          f", {pixels:,} pixels")  # fmt: skip
    table("recall at 1 % false positives, %", lambda each: _said(each["recall"], 1, 100.0))
    table("points of recall beyond each pixel by itself",
          lambda each: _said(each["gain"], 1, 100.0))  # fmt: skip
    table("slope, and calibration error",
          lambda each: f"{each['slope']:.2f}, {each['calibration_error']:.3f}")  # fmt: skip
    table(
        "verdict present: recall, wrong names a pixel, of the worst group in 1,000 pixels; "
        "groups that are nowhere there and are named in more than 5 % of a painting's pixels, %",
        lambda each: each["verdicts"] and _verdict_words(each["verdicts"]),
    )


def _verdict_words(found: dict[str, float]) -> str:
    return (
        f"{100.0 * found['recall']:.1f} %, {found['wrong_names']:.3f}, "
        f"{1e3 * found['worst_group']:.2f}; {100.0 * found['nowhere_in_5_percent']:.2f}"
    )


def _said(value: Interval, digits: int, times: float) -> str:
    low, high = times * value.low, times * value.high
    return f"{times * value.value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
