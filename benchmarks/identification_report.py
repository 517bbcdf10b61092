"""The report of the benchmark: scores of all arms in all situations, printed, written, drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_answers import Store
from identification_arms import OURS, PROBABILISTIC, record_of
from identification_conditions import CONDITIONS
from identification_figures import draw_figures
from identification_goals import goals
from identification_scores import (
    TIMES,
    TIMES_RANKED,
    Judged,
    at_verdicts,
    by_group,
    draws,
    false_positives,
    judge,
    of_families,
    paired,
    ranking,
    recalls,
    thresholds,
)
from identification_tables import print_report
from identification_work import CALIBRATION, MONTE_CARLO, SAME_BY_OURS, TEST, Work
from underpaint.network import Weights

BOOTSTRAP_SEED = 990_606
Found = dict[str, Any]


def report(
    work: Work,
    store: Store,
    arms: tuple[str, ...],
    folder: Path,
    weights: Weights,
    json_path: Path | None,
    figures: Path | None,
) -> None:
    """Score all answers that are there."""
    found = score(work, store, arms)
    found["about"] = {
        "weights": weights.name,
        "sha256": weights.sha256,
        "library": work.library.version,
        "size": repr(work.size),
        "arms": {name: record_of(name, folder) for name in arms if name != OURS},
    }
    found["goals"] = goals(found)
    print_report(found)
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1, default=float), encoding="utf-8")
    if figures is not None:
        figures.mkdir(parents=True, exist_ok=True)
        draw_figures(found, figures)


def score(work: Work, store: Store, arms: tuple[str, ...]) -> Found:
    """Scores of every arm: {"situations": {set: {condition: {arm: ...}}}, "paired": ...}."""
    limit = work.limits()
    fixed = {
        arm: thresholds(
            store.answers(arm, CALIBRATION, "plain"), store.situation(CALIBRATION, "plain").labels
        )
        for arm in arms
    }
    situations: Found = {}
    pairs: Found = {}
    for name in work.sets():
        for condition in CONDITIONS:
            asked = [arm for arm in arms if store.has(arm, name, condition)]
            if not asked:
                continue
            judged = {
                arm: judge(
                    store.answers(arm, name, condition), store.situation(name, condition),
                    fixed[arm],
                )
                for arm in asked
            }  # fmt: skip
            plain = name == TEST and condition == "plain"
            known = limit if name == TEST and not CONDITIONS[condition].blended else None
            situations.setdefault(name, {})[condition] = {
                arm: _scored(arm, each, known, plain, work) for arm, each in judged.items()
            }
            situation = store.situation(name, condition)
            situations[name][condition]["axis"] = _axis(situation.axis_ev)
            if plain and OURS in judged:
                drawn = draws(situation, TIMES, BOOTSTRAP_SEED)
                pairs = {
                    arm: paired(judged[OURS], each, known, drawn)
                    for arm, each in judged.items()
                    if arm != OURS
                }
    return {
        "situations": situations,
        "paired": pairs,
        "lost": lost(situations),
        "sets": {"test": TEST, "monte_carlo": MONTE_CARLO, "same_by_ours": SAME_BY_OURS},
    }


def _scored(
    arm: str, judged: Judged, limit: NDArray[np.floating] | None, plain: bool, work: Work
) -> Found:
    drawn = draws(judged.situation, TIMES, BOOTSTRAP_SEED)
    few = draws(judged.situation, TIMES_RANKED, BOOTSTRAP_SEED) if plain else None
    probabilistic = arm in PROBABILISTIC
    found: Found = {
        "seconds": judged.answers.seconds,
        "spectra": len(judged.situation.dose),
        "recall": recalls(judged, limit, drawn),
        "false_positives": false_positives(judged, drawn),
        "ranking": ranking(judged, probabilistic, few),
        "verdicts": at_verdicts(judged, drawn),
        "families": of_families(judged, work.library.membership, drawn),
    }
    if plain:
        names = [group.name for group in work.library.groups]
        found["groups"] = by_group(judged, names, probabilistic)
    return found


def _axis(off_ev: NDArray[np.float64]) -> dict[str, float]:
    """How far the axes in use are off at 5 and 15 keV: middle and worst."""
    return {
        "median_ev_at_5_kev": float(np.median(np.abs(off_ev[:, 0]))),
        "worst_ev_at_5_kev": float(np.abs(off_ev[:, 0]).max()),
        "median_ev_at_15_kev": float(np.median(np.abs(off_ev[:, 1]))),
        "worst_ev_at_15_kev": float(np.abs(off_ev[:, 1]).max()),
    }


def lost(situations: Found) -> Found:
    """Points of recall that each arm loses under each condition, position by position."""
    table: Found = {}
    for name, conditions in situations.items():
        plain = conditions.get("plain", {})
        for condition, arms in conditions.items():
            if condition == "plain":
                continue
            for arm, found in arms.items():
                if arm == "axis" or arm not in plain:
                    continue
                table.setdefault(name, {}).setdefault(condition, {})[arm] = {
                    position: 100.0
                    * (
                        plain[arm]["recall"][position]["recall"]["value"]
                        - found["recall"][position]["recall"]["value"]
                    )
                    for position in ("anywhere", "top", "buried")
                    if position in found["recall"] and position in plain[arm]["recall"]
                }
    return table
