"""The report of the benchmark: scores of all arms in all situations, printed, written, drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from identification_answers import Store
from identification_arms import OURS, OWN, PROBABILISTIC, record_of
from identification_conditions import CONDITIONS, COUNTS
from identification_figures import draw_figures
from identification_goals import goals
from identification_ranking import by_group, by_scanner, ranking
from identification_scores import (
    TIMES,
    TIMES_RANKED,
    Judged,
    at_verdicts,
    draws,
    false_positives,
    judge,
    lost_between,
    of_families,
    paired,
    recalls,
    thresholds,
)
from identification_splits import LIMITS, within
from identification_stratigraphies import POSITIONS
from identification_tables import print_report
from identification_work import (
    CALIBRATION,
    LIMIT_COUNTS,
    MONTE_CARLO,
    RIVALS,
    SAME_BY_OURS,
    TEST,
    Work,
)
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
        "arms": {name: record_of(name, folder) for name in arms if name not in OWN},
    }
    found["goals"] = goals(found)
    print_report(found)
    if json_path is not None:
        json_path.write_text(json.dumps(_known(found), indent=1), encoding="utf-8")
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
    lost: Found = {}
    before: dict[str, dict[str, Judged]] = {}
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
            other = CONDITIONS[condition].blended or CONDITIONS[condition].palette
            known = limit if name == TEST and not other else None
            situations.setdefault(name, {})[condition] = {
                arm: _scored(arm, each, known, plain, work) for arm, each in judged.items()
            }
            situation = store.situation(name, condition)
            situations[name][condition]["axis"] = _axis(situation.axis_ev)
            drawn = draws(situation, TIMES, BOOTSTRAP_SEED)
            if condition == "plain":
                before[name] = judged
            elif name in before:
                lost.setdefault(name, {})[condition] = {
                    arm: lost_between(before[name][arm], each, drawn)
                    for arm, each in judged.items()
                    if arm in before[name]
                }
            if plain and OURS in judged:
                pairs = {
                    arm: paired(judged[OURS], each, known, drawn)
                    for arm, each in judged.items()
                    if arm not in OWN
                }
    return {
        "situations": situations,
        "paired": pairs,
        "lost": lost,
        "monte_carlo_lower": _lower(before),
        "smaller": [] if limit is None else smaller(limit),
        "sets": {"test": TEST, "monte_carlo": MONTE_CARLO, "same_by_ours": SAME_BY_OURS},
    }


def smaller(limit: NDArray[np.floating]) -> list[Found]:
    """By rivals, position and D: what D is where more may vary, over D of rivals that fill a pixel.

    Parameters
    ----------
    limit : (stratigraphy, 3, position, group, counts) D, as `Work.limits` has it
    """
    rows = []
    usual = limit[..., COUNTS.index(int(LIMIT_COUNTS))]
    for number, rivals in enumerate(RIVALS[1:], start=1):
        for position, place in enumerate(POSITIONS):
            alone, other = usual[:, 0, position], usual[:, number, position]
            for label, (low, high) in LIMITS.items():
                chosen = within(alone, low, high)
                if low > 0.0 and chosen.any():
                    share = other[chosen] / alone[chosen]
                    quartiles = np.quantile(share, [0.25, 0.5, 0.75]).tolist()
                    rows.append({"rivals": rivals, "cases": f"{place}, {label}",
                                 "number": int(chosen.sum()), "over_even": quartiles,
                                 "under_3": float((other[chosen] < 3.0).mean())})  # fmt: skip
    return rows


def _lower(plain: dict[str, dict[str, Judged]]) -> Found:
    """Points by which recall is lower on Monte Carlo spectra than on our own of the same stacks."""
    if MONTE_CARLO not in plain or SAME_BY_OURS not in plain:
        return {}
    return {
        arm: lost_between(ours, plain[MONTE_CARLO][arm],
                          draws(ours.situation, TIMES, BOOTSTRAP_SEED))
        for arm, ours in plain[SAME_BY_OURS].items()
        if arm in plain[MONTE_CARLO]
    }  # fmt: skip


def _scored(
    arm: str, judged: Judged, limit: NDArray[np.floating] | None, plain: bool, work: Work
) -> Found:
    drawn = draws(judged.situation, TIMES, BOOTSTRAP_SEED)
    few = draws(judged.situation, TIMES_RANKED, BOOTSTRAP_SEED) if plain else None
    probabilistic = arm in PROBABILISTIC
    found: Found = {
        "seconds": judged.answers.seconds,
        "spectra": len(judged.situation.dose),
        "recall": recalls(judged, limit, drawn, ranked=plain),
        "false_positives": false_positives(judged, drawn),
        "ranking": ranking(judged, probabilistic, few),
        "verdicts": at_verdicts(judged, drawn),
        "families": of_families(judged, work.library.membership, drawn),
    }
    if plain:
        names = [group.name for group in work.library.groups]
        found["groups"] = by_group(judged, names, probabilistic)
        found["scanners"] = by_scanner(judged)
    return found


def _axis(off_ev: NDArray[np.float64]) -> dict[str, float]:
    """How far the axes in use are off at 5 and 15 keV: middle and worst."""
    return {
        "median_ev_at_5_kev": float(np.median(np.abs(off_ev[:, 0]))),
        "worst_ev_at_5_kev": float(np.abs(off_ev[:, 0]).max()),
        "median_ev_at_15_kev": float(np.median(np.abs(off_ev[:, 1]))),
        "worst_ev_at_15_kev": float(np.abs(off_ev[:, 1]).max()),
    }


def _known(value: Any) -> Any:
    """Plain values, with null for what is not a number, which JSON does not have."""
    if isinstance(value, dict):
        return {str(key): _known(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_known(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
