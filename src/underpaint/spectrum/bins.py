"""The one binning of the energy axis that the network sees.

Bins follow the resolution of a typical silicon drift detector, so that a line covers the same
number of bins everywhere; spectra of any gain are brought onto them, counts conserved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .calibration import EnergyCalibration

LOWEST_KEV = 0.8
HIGHEST_KEV = 45.0
BINS_PER_FWHM = 3.0
TYPICAL = EnergyCalibration(zero=0.0, gain=0.01, noise=0.1, fano=0.115)


@dataclass(frozen=True, eq=False)
class Bins:
    """Contiguous energy bins.

    Attributes
    ----------
    edges : (bin + 1,) float64, keV, ascending
    """

    edges: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def centres(self) -> NDArray[np.float64]:
        """Centre of each bin, (bin,) keV."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])

    @property
    def widths(self) -> NDArray[np.float64]:
        """Width of each bin, (bin,) keV."""
        return np.diff(self.edges)

    def covered(self, calibration: EnergyCalibration, channels: int) -> NDArray[np.bool_]:
        """Which bins lie wholly inside the measured energy range, (bin,) bool."""
        measured = calibration.edges(channels)
        inside = (self.edges[:-1] >= measured[0]) & (self.edges[1:] <= measured[-1])
        return np.asarray(inside, dtype=np.bool_)


@cache
def standard_bins() -> Bins:
    """The project's binning: three bins per FWHM from 0.8 to 45 keV."""
    edges = [LOWEST_KEV]
    while edges[-1] < HIGHEST_KEV:
        edges.append(edges[-1] + float(TYPICAL.fwhm(edges[-1])) / BINS_PER_FWHM)
    array = np.asarray(edges)
    array.setflags(write=False)
    return Bins(array)


def rebin(
    counts: NDArray[np.generic], calibration: EnergyCalibration, bins: Bins
) -> NDArray[np.float32]:
    """Bring spectra onto bins, each channel's counts spread evenly over its width.

    Parameters
    ----------
    counts : (..., channel), counts
    calibration : the energy axis of those channels
    bins : the bins to fill

    Returns
    -------
    (..., bin) float32, counts; bins outside the measured range hold 0.
    """
    channels = counts.shape[-1]
    position = np.clip(calibration.channel(bins.edges) + 0.5, 0.0, channels)
    lower = np.minimum(position.astype(np.intp), channels - 1)
    cumulative = np.zeros((*counts.shape[:-1], channels + 1))
    np.cumsum(counts, axis=-1, out=cumulative[..., 1:])
    below = cumulative[..., lower]
    at_edges = below + (position - lower) * (cumulative[..., lower + 1] - below)
    return np.asarray(np.diff(at_edges, axis=-1), dtype=np.float32)
