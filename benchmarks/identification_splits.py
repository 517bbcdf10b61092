"""Which cases are counted together: by position, share, paint above, counts, and limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from identification_answers import Situation
from identification_arms import FALSE_POSITIVES
from identification_conditions import COUNTS
from identification_stratigraphies import BURIED, POSITIONS, Labels
from identification_work import RIVALS
from underpaint.paint import ideal_recall

SHARES = {"under 2 %": (0.0, 0.02), "2 to 5 %": (0.02, 0.05), "5 to 20 %": (0.05, 0.2),
          "over 20 %": (0.2, 1.01)}  # fmt: skip
COVERS_UM = {"under 10 um": (0.0, 10.0), "10 to 25 um": (10.0, 25.0), "25 to 50 um": (25.0, 50.0),
             "over 50 um": (50.0, np.inf)}  # fmt: skip
LIMITS = {"D under 3": (0.0, 3.0), "D 3 to 5": (3.0, 5.0), "D 5 to 10": (5.0, 10.0),
          "D over 10": (10.0, np.inf)}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Split:
    """Some of the cases in which a group is there.

    Attributes
    ----------
    position : 0 anywhere, 1 top, 2 buried and not on top
    there : (spectrum, group) bool
    ideal : (spectrum, group) recall that the limit allows; None where it is not asked for
    counts : of the spectra, where the split is by counts
    """

    name: str
    position: int
    there: NDArray[np.bool_]
    ideal: NDArray[np.float64] | None = None
    counts: float | None = None


def there_in(labels: Labels, position: int) -> NDArray[np.bool_]:
    """Cases that count, (spectrum, group): buried means buried and not on top as well."""
    present = labels.present[:, position]
    return present & ~labels.truth.top if position == BURIED else present


def splits(situation: Situation, limit: NDArray[np.floating] | None) -> Iterator[Split]:
    """All splits of a situation.

    Parameters
    ----------
    limit : (stratigraphy, 3, position, group, counts) D, as `Work.limits` has it; None where it is
        not known
    """
    labels = situation.labels
    level = np.searchsorted(COUNTS, situation.dose)
    for position, name in enumerate(POSITIONS):
        there = there_in(labels, position)
        yield Split(name, position, there)
        share_ = labels.share[:, position]
        for label, (low, high) in SHARES.items():
            chosen = there & within(share_, low, high)
            yield Split(f"{name}, {label} of the layer", position, chosen)
        for counts in COUNTS:
            chosen = there & (situation.dose == counts)[:, None]
            yield Split(f"{name}, {counts:,} counts", position, chosen, counts=counts)
        if position == BURIED:
            for label, (low, high) in COVERS_UM.items():
                chosen = there & within(labels.cover_um, low, high)
                yield Split(f"{name}, beneath {label}", position, chosen)
        if limit is None:
            continue
        for rivals, ending in enumerate(RIVALS):
            D = limit[situation.stratigraphy, rivals, position, :, level]
            ideal = ideal_recall(np.nan_to_num(D), FALSE_POSITIVES)
            for label, (low, high) in LIMITS.items():
                chosen = there & within(D, low, high)
                yield Split(f"{name}, {label}{ending}", position, chosen, ideal)


def whole_and_by_counts(
    name: str, dose: NDArray[np.floating]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """All spectra under a name, then those of each dose, (spectrum,) bool."""
    yield name, np.ones(len(dose), dtype=np.bool_)
    for counts in COUNTS:
        yield f"{name}, {counts:,} counts", dose == counts


def within(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.bool_]:
    """Whether values are at least `low` and below `high`; NaN is not."""
    with np.errstate(invalid="ignore"):
        return np.asarray((low <= values) & (values < high))
