"""Scores that ask for no threshold: average precision and reliability; and groups one by one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_conditions import COUNTS
from identification_scores import Judged
from identification_splits import there_in, whole_and_by_counts
from identification_stratigraphies import POSITIONS
from underpaint.network import (
    PRESENT,
    average_precision,
    classwise_calibration,
    reliability,
    reliability_curve,
)
from underpaint.network.bootstrap import interval


def ranking(
    judged: Judged, probabilistic: bool, drawn: NDArray[np.int64] | None
) -> dict[str, dict[str, Any]]:
    """Average precision and reliability of each position, groups together.

    Parameters
    ----------
    drawn : resamples for intervals; None for none
    """
    table: dict[str, dict[str, Any]] = {}
    situation = judged.situation
    for position, name in enumerate(POSITIONS):
        can = judged.can[position]
        if not can.any():
            continue
        there = situation.labels.present[:, position][:, can]
        scores = judged.answers.scores[:, position][:, can]
        flat, held = scores.ravel(), there.ravel()
        owner = np.repeat(situation.stratigraphy, int(can.sum()))
        row: dict[str, Any] = {"groups": int(can.sum())}
        each = [average_precision(s, h) for s, h in zip(scores.T, there.T, strict=True) if h.any()]
        row["mean_average_precision"] = float(np.mean(each)) if each else float("nan")
        for label, rows in whole_and_by_counts(name, situation.dose):
            if probabilistic and not rows.all():
                table[label] = _reliability(scores[rows], there[rows], None, None)
        value = average_precision(flat, held)
        if drawn is None:
            row["average_precision"] = {"value": value}
        else:
            again = [average_precision(flat, held, weight[owner]) for weight in drawn]
            row["average_precision"] = asdict(interval(value, np.array(again)))
        if probabilistic:
            row |= _reliability(scores, there, owner, drawn)
        table[name] = row
    return table


def _reliability(
    scores: NDArray[np.float32],
    there: NDArray[np.bool_],
    owner: NDArray[np.intp] | None,
    drawn: NDArray[np.int64] | None,
) -> dict[str, Any]:
    flat, held = scores.ravel(), there.ravel()
    found = reliability(flat, held)
    stated, observed, count = reliability_curve(flat, held)
    row: dict[str, Any] = asdict(found)
    classwise = classwise_calibration(scores, there)
    row["classwise_calibration_error"] = classwise.error
    row["classwise_by_chance"] = classwise.by_chance
    row["curve"] = {"stated": stated.tolist(), "observed": observed.tolist(),
                    "count": count.tolist()}  # fmt: skip
    if drawn is not None and owner is not None:
        unsure = (flat > 0.02) & (flat < 0.98)
        part, truth, whose = flat[unsure], held[unsure], owner[unsure]
        again = [reliability(part, truth, weight=weight[whose]) for weight in drawn]
        slopes = np.array([each.slope for each in again])
        errors = np.array([each.calibration_error for each in again])
        row["slope_interval"] = asdict(interval(found.slope, slopes))
        row["calibration_error_interval"] = asdict(interval(found.calibration_error, errors))
    return row


def by_group(judged: Judged, names: list[str], probabilistic: bool) -> dict[str, dict[str, Any]]:
    """Recall, false positives, average precision and reliability of every group and position."""
    labels = judged.situation.labels
    table: dict[str, dict[str, Any]] = {}
    for k, group in enumerate(names):
        for position, place in enumerate(POSITIONS):
            if not judged.can[position, k]:
                continue
            present = labels.present[:, position, k]
            there, called = there_in(labels, position)[:, k], judged.called[:, position, k]
            scores = judged.answers.scores[:, position, k]
            row: dict[str, Any] = {
                "positives": int(there.sum()),
                "recall": _mean(called[there]),
                "false_positives": _mean(called[~present]),
                "average_precision": average_precision(scores, present),
            }
            if probabilistic:
                row |= asdict(reliability(scores, present))
            if judged.answers.verdicts is not None:
                present_called = judged.answers.verdicts[:, position, k] == PRESENT
                row["wrong_names"] = _mean(present_called & ~present)
                row["at_verdicts"] = {
                    f"{counts:,} counts": {
                        "recall": _mean(present_called[there & (judged.situation.dose == counts)]),
                        "false_positives": _mean(
                            present_called[~present & (judged.situation.dose == counts)]
                        ),
                    }
                    for counts in COUNTS
                }
            table.setdefault(group, {})[place] = row
    return table


def by_scanner(judged: Judged) -> dict[str, dict[str, float]]:
    """Recall in each position and wrong names at the verdicts, for each scanner of the set."""
    situation = judged.situation
    names = np.array([name.rsplit(" ", 1)[0] for name in situation.scanners])[situation.scan]
    table: dict[str, dict[str, float]] = {}
    for scanner in dict.fromkeys(names):
        rows = names == scanner
        row = {"spectra": float(rows.sum())}
        for position, place in enumerate(POSITIONS):
            there = there_in(situation.labels, position) & judged.can[position]
            row[place] = _mean(judged.called[rows, position][there[rows]])
        if judged.answers.verdicts is not None:
            absent = ~situation.labels.present[:, 0]
            named = judged.answers.verdicts[:, 0] == PRESENT
            row["wrong_names"] = float((absent & named)[rows].sum() / rows.sum())
        table[str(scanner)] = row
    return table


def _mean(called: NDArray[np.bool_]) -> float:
    return float(called.mean()) if len(called) else float("nan")
