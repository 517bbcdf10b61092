"""The highest energy that excites, read off a spectrum's upper end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

LOWEST_KEV = 1.0
RANGE_KV = (5.0, 60.0)
BEYOND_SHARE = 1e-5
BEYOND_COUNTS = 30.0


def highest_excitation_kev(spectrum: NDArray[np.generic], calibration: EnergyCalibration) -> float:
    """Highest energy that counts reach, but for a few of pile-up and cosmic rays, keV.

    Parameters
    ----------
    spectrum : (channel,) counts
    calibration : energy axis
    """
    counts = np.asarray(spectrum, dtype=np.float64)
    energy = calibration.energy(np.arange(len(counts)))
    cumulative = np.cumsum(np.where(energy > LOWEST_KEV, counts, 0.0))
    total = float(cumulative[-1])
    if total <= 0.0:
        return RANGE_KV[1]
    beyond = max(BEYOND_SHARE * total, BEYOND_COUNTS)
    reached = int(np.searchsorted(cumulative, total - beyond))
    return float(np.clip(energy[reached], *RANGE_KV))
