"""How well a network reads labelled spectra: recall, wrong names, reliability."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.network import (
    PRESENT,
    Classwise,
    Predictions,
    Weights,
    average_precision,
    classwise_calibration,
    join_predictions,
    predict,
    reliability,
    told,
)
from underpaint.paint import Library, Truth, joined
from underpaint.spectrum import rebin, standard_bins

from .amount_scores import AmountScore, score_amounts
from .labelled_spectra import LabelledSpectra
from .score_intervals import ScoreIntervals, score_intervals

POSITIONS = ("anywhere", "top", "buried")


@dataclass(frozen=True, slots=True)
class Score:
    """How well one group, or all together, were read in one position.

    Attributes
    ----------
    cases : in which a group is there; for "buried", and not on top as well
    recall : share of them with the verdict "present"; NaN without cases
    false_positives : share of those without it that got the verdict all the same
    wrong_names : such verdicts a spectrum
    average_precision : over all thresholds; NaN without cases
    slope : of the log odds, 1 where probabilities mean what they say
    calibration_error : how far stated and observed shares lie apart, mean over ten bins
    brier_skill : above 0 where probabilities say more than the mean alone
    """

    cases: int
    recall: float
    false_positives: float
    wrong_names: float
    average_precision: float
    slope: float
    calibration_error: float
    brier_skill: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of one set of labelled spectra.

    Attributes
    ----------
    spectra : how many were read
    counts : of each, where they were drawn; None for the file's own counts
    stratigraphies : of how many different ones
    overall : by position, and "family"
    intervals : of these, stratigraphies drawn again
    classwise : by position, mean of the groups' own calibration errors
    groups : name -> position -> score
    families : name -> score
    amounts : of all groups where they were rightly called present
    group_amounts : name -> the same of a group
    """

    spectra: int
    counts: float | None
    stratigraphies: int
    overall: dict[str, Score]
    intervals: dict[str, ScoreIntervals]
    classwise: dict[str, Classwise]
    groups: dict[str, dict[str, Score]]
    families: dict[str, Score]
    amounts: AmountScore
    group_amounts: dict[str, AmountScore]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def evaluate(
    labelled: LabelledSpectra,
    weights: Weights,
    library: Library,
    counts: float | None,
    repeats: int,
    random: np.random.Generator,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Read labelled spectra with a network, without a palette, and compare with their labels.

    Parameters
    ----------
    counts : to draw for each spectrum from its expectation; None to take the file's own counts
    repeats : how often each spectrum is drawn
    progress : called with the number of spectra after each block
    """
    answers, seen = [], []
    for _ in range(repeats):
        for block in labelled.blocks(counts, random):
            found, total = _read(block, labelled, weights, library)
            answers.append(found)
            seen.append(total)
            if progress is not None:
                progress(len(block))
    predictions, total = join_predictions(answers), np.concatenate(seen)
    truth = joined([labelled.truth] * repeats)
    stratigraphy = np.tile(labelled.stratigraphy, repeats)
    return _scored(predictions, total, truth, stratigraphy, weights, library, counts)


def _read(
    counts: NDArray[np.float32], labelled: LabelledSpectra, weights: Weights, library: Library
) -> tuple[Predictions, NDArray[np.float32]]:
    binned = rebin(counts, labelled.axis, standard_bins())
    measured = standard_bins().covered(labelled.axis, labelled.channels)
    found = predict(
        weights.reader,
        torch.from_numpy(binned),
        torch.from_numpy(np.tile(measured, (len(binned), 1))),
        torch.full((len(binned),), float(labelled.axis.fwhm(5.9))),
        torch.from_numpy(np.tile(told(labelled.instrument), (len(binned), 1))),
        torch.ones(len(binned), len(library.groups), dtype=torch.bool),
        library.membership,
    )
    return found, (binned * measured).sum(axis=1)


def _scored(
    predictions: Predictions,
    total: NDArray[np.float32],
    truth: Truth,
    stratigraphy: NDArray[np.intp],
    weights: Weights,
    library: Library,
    counts: float | None,
) -> Evaluation:
    verdicts = weights.rules.verdicts(predictions.probability[:, :3], total)
    overall: dict[str, Score] = {}
    intervals: dict[str, ScoreIntervals] = {}
    classwise: dict[str, Classwise] = {}
    groups: dict[str, dict[str, Score]] = {group.name: {} for group in library.groups}
    for index, position in enumerate(POSITIONS):
        present = (truth.anywhere, truth.top, truth.buried)[index]
        there = present & ~truth.top if position == "buried" else present
        called, chance = verdicts[:, index] == PRESENT, predictions.probability[:, index]
        overall[position] = _score(chance, called, there, present)
        intervals[position] = score_intervals(chance, called, there, present, stratigraphy)
        classwise[position] = classwise_calibration(chance, present)
        for k, name in enumerate(groups):
            one = slice(k, k + 1)
            groups[name][position] = _score(
                chance[:, one], called[:, one], there[:, one], present[:, one]
            )
    in_family = truth.anywhere @ library.membership.T
    named = (verdicts[:, 0] == PRESENT) @ library.membership.T
    called = weights.rules.family_verdicts(predictions.family, total, named) == PRESENT
    overall["family"] = _score(predictions.family, called, in_family, in_family)
    intervals["family"] = score_intervals(
        predictions.family, called, in_family, in_family, stratigraphy
    )
    families = {}
    for k, name in enumerate(library.families):
        one, held = slice(k, k + 1), in_family[:, k : k + 1]
        families[name] = _score(predictions.family[:, one], called[:, one], held, held)
    amounts = score_amounts(
        predictions.amount,
        predictions.amount_sigma,
        truth.amount,
        (verdicts[:, 0] == PRESENT) & truth.anywhere,
        list(groups),
    )
    return Evaluation(
        spectra=len(total),
        counts=counts,
        stratigraphies=len(np.unique(stratigraphy)),
        overall=overall,
        intervals=intervals,
        classwise=classwise,
        groups=groups,
        families=families,
        amounts=amounts[0],
        group_amounts=amounts[1],
    )


def _score(
    chance: NDArray[np.float32],
    called: NDArray[np.bool_],
    there: NDArray[np.bool_],
    present: NDArray[np.bool_],
) -> Score:
    """Score of (spectrum, name) columns together.

    Parameters
    ----------
    there : the cases that count for recall
    present : the position holds the name at all; where not, a verdict is wrong
    """
    sure = reliability(chance.ravel(), present.ravel())
    wrong = called & ~present
    return Score(
        cases=int(there.sum()),
        recall=_mean(called[there]),
        false_positives=_mean(called[~present]),
        wrong_names=float(wrong.sum() / max(len(wrong), 1)),
        average_precision=average_precision(chance.ravel(), present.ravel()),
        slope=sure.slope,
        calibration_error=sure.calibration_error,
        brier_skill=sure.brier_skill,
    )


def _mean(called: NDArray[np.bool_]) -> float:
    return float(called.mean()) if len(called) else float("nan")


def evaluate_at(
    labelled: LabelledSpectra,
    weights: Weights,
    library: Library,
    counts: Sequence[float | None],
    repeats: int,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> list[Evaluation]:
    """The same at several numbers of counts, each with random numbers of its own."""
    return [
        evaluate(
            labelled, weights, library, each, repeats, np.random.default_rng((seed, k)), progress
        )
        for k, each in enumerate(counts)
    ]
