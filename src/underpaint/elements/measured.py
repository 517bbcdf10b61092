"""A spectrum with many counts, and what is known of how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from underpaint.errors import CalibrationError
from underpaint.spectrum import EnergyCalibration

from .background import continuum, continuum_tents, running_mean, snip
from .excitation import LOWEST_KEV, highest_excitation_kev, last_counted
from .pileup import own_coincidences, sum_peaks
from .products import Products
from .scatter import Scatter, find_scatter
from .templates import escape_error

FINE_KNOTS = 24
"""More than for one pixel: many counts tell the continuum apart from lines at close distance."""
NARROW_CLIP_FWHM = 1.6
HUMP_CLIP_KEV = 1.6
SMOOTHED_FWHM = 3.5
SMOOTHED_AT_KEV = 6.0
SHAPE_ERROR = 0.01
NEAR_ERROR = 0.003
NEAR_FWHM = 2.5
FEWEST_CHANNELS = 10


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

    @classmethod
    def of(
        cls,
        spectrum: NDArray[np.generic],
        calibration: EnergyCalibration,
        tube_kv: float | None = None,
        scatter: Scatter | None = None,
        pairs: NDArray[np.float64] | None = None,
    ) -> Measured:
        """Of (channel,) counts; tube voltage and scatter are those that it shows, if not given."""
        counts = np.maximum(np.asarray(spectrum, dtype=np.float64), 0.0)
        kv = tube_kv if tube_kv is not None else highest_excitation_kev(counts, calibration)
        if scatter is None:
            scatter = find_scatter(counts, calibration, kv, pairs=pairs)
        return cls(counts, calibration, kv, scatter, pairs)

    @cached_property
    def window(self) -> slice:
        """Channels above 1 keV that have counts, but for the last one: it may hold an overflow.

        Raises
        ------
        CalibrationError : fewer than ten
        """
        counts, channels = self.counts, len(self.counts)
        first = int(np.clip(np.ceil(self.calibration.channel(LOWEST_KEV)), 0, channels))
        last = last_counted(counts)
        if last - first < FEWEST_CHANNELS:
            raise CalibrationError(
                f"only {max(last - first, 0)} channels with counts lie above {LOWEST_KEV} keV, too "
                "few to fit lines: check the energy calibration"
            )
        return slice(first, last)

    @cached_property
    def variance(self) -> NDArray[np.float64]:
        """Variance of counts about a model that is right to 1 %, (channel,) float64.

        Beside a strong line the model may be wrong by 0.3 % of its height: satellites and the
        radiative Auger effect are no elements. So may escape peaks by a good part of theirs.
        """
        fwhm = float(self.calibration.fwhm(5.0)) / self.calibration.gain
        smooth = np.maximum(running_mean(self.counts, max(1, int(0.2 * fwhm))), 1.0)
        near = maximum_filter1d(smooth, 2 * int(NEAR_FWHM * fwhm) + 1)
        escape = escape_error(smooth, self.calibration)
        shape = (SHAPE_ERROR * smooth) ** 2 + (NEAR_ERROR * near) ** 2
        return np.asarray(smooth + shape + escape**2)

    @cached_property
    def products(self) -> Products:
        """Of the parts that it is taken apart into."""
        return Products(self.counts, self.variance, self.window)

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
