"""Arm: an expert's rules on fitted element intensities.

A group is there as far as the least significant of its key lines is; in the uppermost layer where
its element's soft line is at least half as strong beside the hard one as in a thick layer, and
beneath where it is weaker than that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from identification_conditions import Measured
from identification_intensities import FAMILIES, intensities
from identification_pure import groups_with_ratio, pure_pigments
from identification_stratigraphies import ANYWHERE, BURIED, TOP
from underpaint.paint import Library, alternatives

SETTINGS = ("significance", "significance beyond 0.2 % of the counts", "share of the counts")
FLOOR = 0.002
ENOUGH = 0.5
INDEX = {name: i for i, name in enumerate(FAMILIES)}


@dataclass(frozen=True, eq=False)
class Expert:
    """Rules under one setting."""

    library: Library
    setting: str

    def scores(self, measured: Measured) -> NDArray[np.float32]:
        """(spectrum, 3, group) float32; NaN where no rule exists."""
        counts, sigma = intensities(measured)
        total = np.maximum(measured.counts.sum(axis=1, keepdims=True), 1.0)
        strength = {
            SETTINGS[0]: counts / sigma,
            SETTINGS[1]: counts / np.hypot(sigma, FLOOR * total),
            SETTINGS[2]: counts / total,
        }[self.setting]
        scores = np.full((len(measured), 3, len(self.library.groups)), np.nan, dtype=np.float32)
        for k, group in enumerate(self.library.groups):
            keys = [
                np.max([strength[:, INDEX[f"{e}-{f}"]] for e, f in alternatives(key)], axis=0)
                for key in group.key_lines
            ]
            scores[:, ANYWHERE, k] = np.min(keys, axis=0)
        ruled = groups_with_ratio(self.library)
        scores[:, TOP:, ruled] = 0.0
        for k, (soft, hard, thick) in pure_pigments(measured.instrument).softness.items():
            i, j = INDEX[soft], INDEX[hard]
            less = ENOUGH * thick * counts[:, j] - counts[:, i]
            error = np.hypot(ENOUGH * thick * sigma[:, j], sigma[:, i])
            anywhere = scores[:, ANYWHERE, k]
            scores[:, TOP, k] = np.minimum(anywhere, -less / error)
            scores[:, BURIED, k] = np.minimum(anywhere, less / error)
        return scores
