"""Scores of answers: recall, false positives, ranking, reliability, and one arm against another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_answers import Answers, Situation
from identification_arms import FALSE_POSITIVES
from identification_conditions import COUNTS
from identification_splits import splits, there_in
from identification_stratigraphies import POSITIONS, Labels
from underpaint.network import PRESENT, average_precision, reliability, threshold_at
from underpaint.network.bootstrap import Interval, difference, interval, resample, share
from underpaint.network.metrics import classwise_calibration_error, reliability_curve

FEWEST = 50
TIMES, TIMES_RANKED = 1000, 200


def thresholds(answers: Answers, labels: Labels) -> NDArray[np.float64]:
    """Thresholds at 1 % false positives from a calibration set, (3, group); NaN without scores."""
    positions, groups = answers.scores.shape[1:]
    found = np.full((positions, groups), np.nan)
    for p in range(positions):
        for k in range(groups):
            scores = answers.scores[:, p, k]
            if not np.isnan(scores).any():
                found[p, k] = threshold_at(scores, labels.present[:, p, k], FALSE_POSITIVES)
    return found


@dataclass(frozen=True, eq=False)
class Judged:
    """Answers to a situation against thresholds fixed elsewhere.

    Attributes
    ----------
    answers, situation : what was said, and what is so
    called : (spectrum, 3, group) bool
    can : (3, group) bool, what the arm can tell at all
    """

    answers: Answers
    situation: Situation
    called: NDArray[np.bool_]
    can: NDArray[np.bool_]

    def sums(self, of: NDArray[np.number]) -> NDArray[np.float64]:
        """Sums over the spectra of each stratigraphy, (stratigraphy,), of (spectrum,)."""
        return np.bincount(self.situation.stratigraphy, weights=of)


def judge(answers: Answers, situation: Situation, limits: NDArray[np.float64]) -> Judged:
    """Call present what reaches the thresholds."""
    with np.errstate(invalid="ignore"):
        called = answers.scores.astype(np.float64) >= limits
    return Judged(answers, situation, called, ~np.isnan(limits))


def recalls(
    judged: Judged, limit: NDArray[np.floating] | None, drawn: NDArray[np.int64]
) -> dict[str, dict[str, Any]]:
    """Recall in every split with its interval; and over the ideal one, where the limit is known."""
    table: dict[str, dict[str, Any]] = {}
    for split in splits(judged.situation, limit):
        there = split.there & judged.can[split.position]
        if not there.any():
            continue
        hits = judged.sums((there & judged.called[:, split.position]).sum(axis=1))
        row: dict[str, Any] = {"positives": int(there.sum())}
        row["recall"] = _plain(share(hits, judged.sums(there.sum(axis=1)), drawn))
        if split.ideal is not None:
            ideal = judged.sums(np.where(there, split.ideal, 0.0).sum(axis=1))
            row["ideal"] = float(ideal.sum() / there.sum())
            row["over_ideal"] = _plain(share(hits, ideal, drawn))
        table[split.name] = row
    return table


def false_positives(judged: Judged, drawn: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Share of the absent that are called, and wrong names a pixel, at the fixed thresholds."""
    table = {}
    spectra = judged.sums(np.ones(len(judged.situation.dose)))
    for position, name in enumerate(POSITIONS):
        absent = ~judged.situation.labels.present[:, position] & judged.can[position]
        if not absent.any():
            continue
        wrong = judged.sums((absent & judged.called[:, position]).sum(axis=1))
        table[name] = {
            "rate": _plain(share(wrong, judged.sums(absent.sum(axis=1)), drawn)),
            "wrong_names": _plain(share(wrong, spectra, drawn)),
        }
    return table


def at_verdicts(judged: Judged, drawn: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Recall and wrong names a pixel of the verdict "present" by the rules of the weights."""
    table: dict[str, dict[str, Any]] = {}
    if judged.answers.verdicts is None:
        return table
    labels = judged.situation.labels
    spectra = judged.sums(np.ones(len(judged.situation.dose)))
    for position, name in enumerate(POSITIONS):
        called = judged.answers.verdicts[:, position] == PRESENT
        there, absent = there_in(labels, position), ~labels.present[:, position]
        hits, wrong = ((mask & called).sum(axis=1) for mask in (there, absent))
        table[name] = {
            "recall": _plain(share(judged.sums(hits), judged.sums(there.sum(axis=1)), drawn)),
            "false_positives": float((absent & called).sum() / absent.sum()),
            "wrong_names": _plain(share(judged.sums(wrong), spectra, drawn)),
        }
    return table


def of_families(
    judged: Judged, membership: NDArray[np.bool_], drawn: NDArray[np.int64]
) -> dict[str, dict[str, Any]]:
    """The verdict "present" on families, at all counts together and at each.

    Parameters
    ----------
    membership : (family, group) bool
    """
    table: dict[str, dict[str, Any]] = {}
    answers, situation = judged.answers, judged.situation
    if answers.family is None or answers.family_verdicts is None:
        return table
    there = situation.labels.truth.anywhere @ membership.T
    called = answers.family_verdicts == PRESENT
    for counts in (None, *COUNTS):
        rows = np.ones(len(there), dtype=bool) if counts is None else situation.dose == counts
        positives = judged.sums((there & rows[:, None]).sum(axis=1))
        hits = judged.sums((there & called & rows[:, None]).sum(axis=1))
        wrong = judged.sums((~there & called & rows[:, None]).sum(axis=1))
        table["all counts" if counts is None else f"{counts:,} counts"] = {
            "positives": int(positives.sum()),
            "recall": _plain(share(hits, positives, drawn)),
            "false_positives": float(called[rows][~there[rows]].mean()),
            "wrong_names": _plain(share(wrong, judged.sums(rows.astype(float)), drawn)),
            "average_precision": average_precision(
                answers.family[rows].ravel(), there[rows].ravel()
            ),
        }
    return table


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
        value = average_precision(flat, held)
        if drawn is None:
            row["average_precision"] = {"value": value}
        else:
            again = [average_precision(flat, held, weight[owner]) for weight in drawn]
            row["average_precision"] = _plain(interval(value, np.array(again)))
        if probabilistic:
            row |= _reliability(scores, there, owner, drawn)
        table[name] = row
    return table


def _reliability(
    scores: NDArray[np.float32],
    there: NDArray[np.bool_],
    owner: NDArray[np.intp],
    drawn: NDArray[np.int64] | None,
) -> dict[str, Any]:
    flat, held = scores.ravel(), there.ravel()
    found = reliability(flat, held)
    stated, observed, count = reliability_curve(flat, held)
    row: dict[str, Any] = asdict(found)
    row["classwise_calibration_error"] = classwise_calibration_error(scores, there)
    row["curve"] = {"stated": stated.tolist(), "observed": observed.tolist(),
                    "count": count.tolist()}  # fmt: skip
    if drawn is not None:
        unsure = (flat > 0.02) & (flat < 0.98)
        part, truth, whose = flat[unsure], held[unsure], owner[unsure]
        again = [reliability(part, truth, weight=weight[whose]) for weight in drawn]
        slopes = np.array([each.slope for each in again])
        errors = np.array([each.calibration_error for each in again])
        row["slope_interval"] = _plain(interval(found.slope, slopes))
        row["calibration_error_interval"] = _plain(interval(found.calibration_error, errors))
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


def paired(
    ours: Judged,
    other: Judged,
    limit: NDArray[np.floating] | None,
    drawn: NDArray[np.int64],
) -> dict[str, dict[str, Any]]:
    """Recall of ours less that of another arm, split by split, on what the other can tell.

    Splits with 50 positives or more; "loss" where the whole interval lies below zero, "gain"
    where it lies above.
    """
    table: dict[str, dict[str, Any]] = {}
    for split in splits(ours.situation, limit):
        there = split.there & other.can[split.position] & ours.can[split.position]
        if there.sum() < FEWEST:
            continue
        hits = [
            each.sums((there & each.called[:, split.position]).sum(axis=1))
            for each in (ours, other)
        ]
        found = difference(hits[0], hits[1], ours.sums(there.sum(axis=1)), drawn)
        verdict = "loss" if found.high < 0.0 else "gain" if found.low > 0.0 else "even"
        table[split.name] = _plain(found) | {"positives": int(there.sum()), "verdict": verdict}
    return table


def draws(situation: Situation, times: int, seed: int) -> NDArray[np.int64]:
    """Resamples of the stratigraphies of a situation, (times, stratigraphy)."""
    count = int(situation.stratigraphy.max()) + 1
    return resample(count, times, np.random.default_rng(seed))


def _mean(called: NDArray[np.bool_]) -> float:
    return float(called.mean()) if len(called) else float("nan")


def _plain(found: Interval) -> dict[str, float]:
    return asdict(found)
