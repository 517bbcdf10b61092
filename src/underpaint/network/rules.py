"""When a probability becomes a verdict, fixed on simulation that the network never saw.

Present: the threshold at which at most one absent group in a thousand pixels is named. Absent:
a probability so low that nineteen in twenty pixels with 5 % of the group in their uppermost
layer, at as many counts, would have shown a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import Truth

from .metrics import threshold_at

WRONG_NAMES = 1e-3
LEAST_PRESENT = 0.5
MOST_ABSENT = 0.05
SEEN_SHARE = (0.025, 0.1)
MISSED = 0.05
COUNT_EDGES = (3_000.0, 10_000.0, 40_000.0, 160_000.0)
FEWEST = 20

ABSENT, CANNOT_TELL, PRESENT = 0, 1, 2


@dataclass(frozen=True, eq=False)
class VerdictRules:
    """Thresholds of verdicts.

    Attributes
    ----------
    present : (3, group) for anywhere, top, buried
    absent : (counts, group) for pixels with counts up to each of `COUNT_EDGES`, and beyond
    """

    present: NDArray[np.float32]
    absent: NDArray[np.float32]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"present": self.present.tolist(), "absent": self.absent.tolist()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> VerdictRules:
        """The inverse of `to_dict`."""
        return cls(
            np.asarray(values["present"], dtype=np.float32),
            np.asarray(values["absent"], dtype=np.float32),
        )

    def verdicts(
        self, probability: NDArray[np.float32], counts: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        """Verdicts of pixels.

        Parameters
        ----------
        probability : (pixel, 3, group) anywhere, top, buried
        counts : (pixel,) counts of each spectrum

        Returns
        -------
        (pixel, 3, group) uint8: 0 absent, 1 cannot tell, 2 present
        """
        absent = self.absent[np.searchsorted(COUNT_EDGES, counts)]
        verdict = np.full(probability.shape, CANNOT_TELL, dtype=np.uint8)
        verdict[probability < absent[:, None, :]] = ABSENT
        verdict[probability >= self.present] = PRESENT
        return verdict


def fix_rules(
    probability: NDArray[np.float32], counts: NDArray[np.float32], truth: Truth
) -> VerdictRules:
    """Thresholds from simulated pixels.

    Parameters
    ----------
    probability : (pixel, 4, group), as the network's positions
    counts : (pixel,)
    truth : of the pixels
    """
    groups = probability.shape[2]
    present = np.full((3, groups), LEAST_PRESENT, dtype=np.float32)
    for i, there in enumerate((truth.anywhere, truth.top, truth.buried)):
        for g in range(groups):
            at = threshold_at(probability[:, i, g], there[:, g], WRONG_NAMES)
            present[i, g] = max(at, LEAST_PRESENT)
    level = np.searchsorted(COUNT_EDGES, counts)
    absent = np.zeros((len(COUNT_EDGES) + 1, groups), dtype=np.float32)
    low, high = SEEN_SHARE
    faint = (truth.top_share >= low) & (truth.top_share <= high)
    for g in range(groups):
        for k in range(len(absent)):
            shown = probability[faint[:, g] & (level == k), 0, g]
            if len(shown) >= FEWEST:
                absent[k, g] = min(float(np.quantile(shown, MISSED)), MOST_ABSENT)
    return VerdictRules(present, np.maximum.accumulate(absent, axis=0))
