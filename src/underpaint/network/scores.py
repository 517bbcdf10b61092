"""What a network is worth on simulated scanners that it never saw, for its card."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import Truth

from .architecture import POSITIONS
from .metrics import average_precision, reliability, reliability_curve
from .predict import Predictions

FEWEST_POSITIVES = 20
DIGITS = 4


def scores(
    predictions: Predictions, truth: Truth, palette: NDArray[np.bool_], groups: tuple[str, ...]
) -> dict[str, Any]:
    """Scores of all groups together, over the pixels in which each is held possible.

    Parameters
    ----------
    predictions : of pixels that the network was not trained on
    truth : of the pixels
    palette : (pixel, group) bool, groups held possible
    groups : their names

    Returns
    -------
    plain values, None for what cannot be told: by position "average_precision", "slope",
    "calibration_error" (both of answers between 2 and 98 %), "brier_skill", and for ten equal bins
    of the probability "stated", "observed" and "answers"; under "groups", by name, the average
    precision anywhere of each that `FEWEST_POSITIVES` pixels hold
    """
    found: dict[str, Any] = {}
    for place, position in enumerate(POSITIONS):
        there = getattr(truth, position)[palette]
        chance = predictions.probability[:, place][palette]
        sure = reliability(chance, there)
        stated, observed, answers = reliability_curve(chance, there)
        found[position] = {
            "average_precision": _plain(average_precision(chance, there)),
            "slope": _plain(sure.slope),
            "calibration_error": _plain(sure.calibration_error),
            "brier_skill": _plain(sure.brier_skill),
            "stated": [_plain(value) for value in stated],
            "observed": [_plain(value) for value in observed],
            "answers": answers.tolist(),
        }
    each = {}
    for place, name in enumerate(groups):
        possible = palette[:, place]
        there = truth.anywhere[possible, place]
        if np.count_nonzero(there) >= FEWEST_POSITIVES:
            chance = predictions.probability[possible, 0, place]
            each[name] = _plain(average_precision(chance, there))
    found["groups"] = each
    return found


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), DIGITS)
