"""Scores of answers: recall, false positives, ranking, reliability, and one arm against another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_answers import Answers, Situation
from identification_arms import FALSE_POSITIVES
from identification_splits import Split, splits, there_in, whole_and_by_counts
from identification_stratigraphies import POSITIONS, Labels
from underpaint.network import PRESENT, average_precision, threshold_at
from underpaint.network.bootstrap import Interval, difference, resample, share

FEWEST = 50
FEWEST_SCANS = 20
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

    def sums(self, of: NDArray[np.number | np.bool_]) -> NDArray[np.float64]:
        """Sums over the spectra of each stratigraphy, (stratigraphy,), of (spectrum,)."""
        weights = of.astype(np.float64)
        return np.asarray(np.bincount(self.situation.stratigraphy, weights=weights))


def judge(answers: Answers, situation: Situation, limits: NDArray[np.float64]) -> Judged:
    """Call present what reaches the thresholds."""
    with np.errstate(invalid="ignore"):
        called = answers.scores.astype(np.float64) >= limits
    return Judged(answers, situation, called, ~np.isnan(limits))


def recalls(
    judged: Judged,
    limit: NDArray[np.floating] | None,
    drawn: NDArray[np.int64],
    ranked: bool = False,
) -> dict[str, dict[str, Any]]:
    """Recall in every split with its interval; and over the ideal one, where the limit is known.

    Parameters
    ----------
    ranked : also the average precision of the split's cases among all spectra without the group
        (of the same counts, where the split is by counts)
    """
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
        if ranked:
            row["average_precision"] = _precision(judged, split, there)
        table[split.name] = row
    return table


def _precision(judged: Judged, split: Split, there: NDArray[np.bool_]) -> float:
    absent = ~judged.situation.labels.present[:, split.position] & judged.can[split.position]
    if split.counts is not None:
        absent &= (judged.situation.dose == split.counts)[:, None]
    chosen = there | absent
    return average_precision(judged.answers.scores[:, split.position][chosen], there[chosen])


def false_positives(judged: Judged, drawn: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Share of the absent that are called, and wrong names a pixel, at the fixed thresholds."""
    table = {}
    for position, place in enumerate(POSITIONS):
        absent = ~judged.situation.labels.present[:, position] & judged.can[position]
        if not absent.any():
            continue
        wrong = (absent & judged.called[:, position]).sum(axis=1)
        for name, rows in whole_and_by_counts(place, judged.situation.dose):
            some = judged.sums(wrong * rows)
            table[name] = {
                "rate": _plain(share(some, judged.sums(absent.sum(axis=1) * rows), drawn)),
                "wrong_names": _plain(share(some, judged.sums(rows), drawn)),
            }
    return table


def at_verdicts(judged: Judged, drawn: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    """Recall and wrong names a pixel of the verdict "present" by the rules of the weights."""
    table: dict[str, dict[str, Any]] = {}
    if judged.answers.verdicts is None:
        return table
    labels = judged.situation.labels
    for position, place in enumerate(POSITIONS):
        called = judged.answers.verdicts[:, position] == PRESENT
        there, absent = there_in(labels, position), ~labels.present[:, position]
        table |= _verdicts(place, judged, called, there, absent, drawn)
    return table


def _verdicts(
    place: str,
    judged: Judged,
    called: NDArray[np.bool_],
    there: NDArray[np.bool_],
    absent: NDArray[np.bool_],
    drawn: NDArray[np.int64],
) -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = {}
    for name, rows in whole_and_by_counts(place, judged.situation.dose):
        hits, wrong = (judged.sums((mask & called).sum(axis=1) * rows) for mask in (there, absent))
        positives, negatives = (judged.sums(mask.sum(axis=1) * rows) for mask in (there, absent))
        table[name] = {
            "positives": int(positives.sum()),
            "recall": _plain(share(hits, positives, drawn)),
            "false_positives": float(wrong.sum() / max(negatives.sum(), 1.0)),
            "wrong_names": _plain(share(wrong, judged.sums(rows), drawn)),
        }
    return table


def of_families(
    judged: Judged, membership: NDArray[np.bool_], drawn: NDArray[np.int64]
) -> dict[str, dict[str, Any]]:
    """The verdict "present" on families, anywhere.

    Parameters
    ----------
    membership : (family, group) bool
    """
    answers, situation = judged.answers, judged.situation
    if answers.family is None or answers.family_verdicts is None:
        return {}
    there = situation.labels.truth.anywhere @ membership.T
    called = answers.family_verdicts == PRESENT
    table = _verdicts("family", judged, called, there, ~there, drawn)
    for name, rows in whole_and_by_counts("family", situation.dose):
        table[name]["average_precision"] = average_precision(
            answers.family[rows].ravel(), there[rows].ravel()
        )
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


def lost_between(
    before: Judged, after: Judged, drawn: NDArray[np.int64]
) -> dict[str, dict[str, float]]:
    """Points of recall that are lost from one situation to another, position by position.

    In pairs where both hold the same cases in the same order; without an interval where not.
    """
    table: dict[str, dict[str, float]] = {}
    for position, place in enumerate(POSITIONS):
        hits, totals, cases = [], [], []
        for each in (before, after):
            there = there_in(each.situation.labels, position) & each.can[position]
            cases.append(there)
            hits.append(each.sums((there & each.called[:, position]).sum(axis=1)))
            totals.append(each.sums(there.sum(axis=1)))
        if not all(total.any() for total in totals):
            continue
        if np.array_equal(*cases):
            found = asdict(difference(hits[0], hits[1], totals[0], drawn))
            table[place] = {key: 100.0 * value for key, value in found.items()}
        else:
            points = hits[0].sum() / totals[0].sum() - hits[1].sum() / totals[1].sum()
            table[place] = {"value": 100.0 * float(points)}
    return table


def draws(situation: Situation, times: int, seed: int) -> NDArray[np.int64]:
    """How often each stratigraphy of a situation counts in each resample, (times, stratigraphy).

    Whole scans are drawn, whose spectra share palette, axis and scanner, where there are enough of
    them; stratigraphies where there are not.
    """
    random = np.random.default_rng(seed)
    scan_of = np.zeros(int(situation.stratigraphy.max()) + 1, dtype=np.intp)
    scan_of[situation.stratigraphy] = situation.scan
    scans = int(scan_of.max()) + 1
    if scans < FEWEST_SCANS:
        return resample(len(scan_of), times, random)
    return resample(scans, times, random)[:, scan_of]


def _plain(found: Interval) -> dict[str, float]:
    return asdict(found)
