"""How sure scores of labelled spectra are, by how many stratigraphies these are of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.network import reliability
from underpaint.network.bootstrap import Interval, interval, resample, share

DRAWS = 100
SEED = 1
NEARLY_SURE = (0.02, 0.98)


@dataclass(frozen=True, slots=True)
class ScoreIntervals:
    """95 % intervals of scores, stratigraphies drawn again; NaN where they cannot be told.

    Attributes
    ----------
    recall, wrong_names, slope : as in `Score`
    """

    recall: Interval
    wrong_names: Interval
    slope: Interval


def score_intervals(
    chance: NDArray[np.float32],
    called: NDArray[np.bool_],
    there: NDArray[np.bool_],
    present: NDArray[np.bool_],
    stratigraphy: NDArray[np.intp],
) -> ScoreIntervals:
    """Intervals of the scores of (spectrum, name) columns together.

    Spectra of one stratigraphy are found or missed together, so that many of few of them say
    little.

    Parameters
    ----------
    chance, called, there, present : (spectrum, name) probabilities, verdicts "present", the cases
        that count for recall, and where the name is
    stratigraphy : (spectrum,) number of the stratigraphy, from 0 on
    """
    number = int(stratigraphy.max()) + 1
    drawn = resample(number, DRAWS, np.random.default_rng(SEED))

    def by_stratigraphy(counted: NDArray[np.number]) -> NDArray[np.float64]:
        added = np.bincount(stratigraphy, weights=counted, minlength=number)
        return np.asarray(added, dtype=np.float64)

    spectra = by_stratigraphy(np.ones(len(stratigraphy)))
    hits = by_stratigraphy((called & there).sum(axis=1))
    wrong = by_stratigraphy((called & ~present).sum(axis=1))
    spectrum, name = np.nonzero((chance > NEARLY_SURE[0]) & (chance < NEARLY_SURE[1]))
    stated, held = chance[spectrum, name], present[spectrum, name]
    owner = stratigraphy[spectrum]
    slopes = [reliability(stated, held, weight=weight[owner]).slope for weight in drawn]
    return ScoreIntervals(
        recall=share(hits, by_stratigraphy(there.sum(axis=1)), drawn),
        wrong_names=share(wrong, spectra, drawn),
        slope=interval(reliability(stated, held).slope, np.array(slopes)),
    )
