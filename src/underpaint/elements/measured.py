"""A spectrum with many counts, and what is known of how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from underpaint.spectrum import EnergyCalibration

from .background import continuum, continuum_tents, snip
from .pileup import own_coincidences, sum_peaks
from .scatter import Scatter

FINE_KNOTS = 24
"""More than for one pixel: many counts tell the continuum apart from lines at close distance."""
NARROW_CLIP_FWHM = 1.6
HUMP_CLIP_KEV = 1.6
SMOOTHED_FWHM = 3.5
SMOOTHED_AT_KEV = 6.0


@dataclass(frozen=True, eq=False)
class Measured:
    """A spectrum that is taken apart, and what its lines stand on.

    Attributes
    ----------
    counts : (channel,) float64, none below 0
    calibration : energy axis and resolution
    tube_kv : highest exciting energy, keV
    scatter : scattered tube lines, if any
    pairs : (2 channel - 1,) how two photons of one pixel come together, by the sum of their
        channels, from `pixel_coincidences`; those of the spectrum itself if None
    """

    counts: NDArray[np.float64]
    calibration: EnergyCalibration
    tube_kv: float
    scatter: Scatter | None = None
    pairs: NDArray[np.float64] | None = None

    @cached_property
    def continuum(self) -> NDArray[np.float64]:
        """Pieces that the continuum is mixed from, (piece, channel) float64."""
        return continuum_tents(self._level, self.calibration, FINE_KNOTS)

    @cached_property
    def humps(self) -> NDArray[np.float64]:
        """The tube's lines after Compton scatter, (hump, channel) float64."""
        channels = len(self.counts)
        if self.scatter is None:
            return np.zeros((0, channels))
        return self.scatter.compton(self.calibration, channels, self.tube_kv)

    @cached_property
    def pile_up(self) -> NDArray[np.float64]:
        """Shape of all sum peaks, (channel,) float64."""
        pairs = self.pairs
        if pairs is None:
            pairs = own_coincidences(self.counts, self._level, self.calibration)
        return sum_peaks(pairs, self.calibration, len(self.counts))

    @cached_property
    def _level(self) -> NDArray[np.float64]:
        """Continuum by SNIP, clipped widely where Compton humps are to be parts of their own.

        Between crowded lines SNIP leaves steps that would themselves look like peaks.
        """
        spectrum, gain = self.counts, self.calibration.gain
        level = continuum(spectrum, self.calibration, NARROW_CLIP_FWHM)
        width = SMOOTHED_FWHM * float(self.calibration.fwhm(SMOOTHED_AT_KEV)) / gain
        logarithm = np.log(np.maximum(level, 1.0))
        level = np.exp(gaussian_filter1d(logarithm, width, mode="nearest"))
        if len(self.humps):
            half_width = np.full(len(spectrum), max(2, int(HUMP_CLIP_KEV / gain)), np.intp)
            wide = snip(spectrum, half_width)
            humps = self.humps.max(axis=0)
            within = np.clip(humps / (0.2 * max(float(humps.max(initial=0.0)), 1e-12)), 0.0, 1.0)
            level = level + within * (np.minimum(level, wide) - level)
        return np.asarray(np.maximum(level, 1.0))
