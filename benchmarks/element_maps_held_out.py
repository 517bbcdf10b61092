"""Element maps of half of a real scan's photons beside windows in the other half.

Each photon falls to one half or the other by chance, so that nothing of one half's noise is in the
other's. Both programs map the first; windows at each family's brightest line, less the mean of
those beside it, count the second. Who correlates better with what neither of them has seen is
nearer the truth, unless other lines, or a continuum that is not straight, lie in the window.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

WITHIN_FWHM, BESIDE_FWHM = 0.6, (1.4, 2.4)
SEED = 20_261_130


def halve(cube: Path) -> NDArray[np.integer]:
    """Leave half of the photons of a converted scan in its file, and give the others."""
    random = np.random.default_rng(SEED)
    with h5py.File(cube, "r+") as file:
        data = file["scan/data/counts"]
        counts = data[()]
        kept = random.binomial(counts.astype(np.int64), 0.5).astype(counts.dtype)
        data[...] = kept
    return np.asarray(counts - kept)


def net_counts(
    counts: NDArray[np.integer], axis: EnergyCalibration, line_kev: float
) -> NDArray[np.float64]:
    """Counts of a window at a line over the mean of those at either side of it, (y, x)."""
    away = np.abs(axis.energy(np.arange(counts.shape[-1])) - line_kev) / axis.fwhm(line_kev)
    inside, beside = away < WITHIN_FWHM, (away > BESIDE_FWHM[0]) & (away < BESIDE_FWHM[1])
    peak = counts[..., inside].sum(axis=-1, dtype=np.float64)
    background = counts[..., beside].sum(axis=-1, dtype=np.float64)
    return np.asarray(peak - background * inside.sum() / max(beside.sum(), 1))
