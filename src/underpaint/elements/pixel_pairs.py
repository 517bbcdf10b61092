"""How two photons of one pixel come together: not as the pixels' sum would have it.

Zinc in a tenth of the pixels piles up with itself ten times as often as in a mixture of all, and
hardly with what lies elsewhere.
"""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from underpaint.spectrum import EnergyCalibration

from .background import continuum
from .blocks import Blocks
from .excitation import LOWEST_KEV
from .spread_pixels import of_spread_pixels

TOGETHER = 256


def pixel_coincidences(
    scan: Blocks,
    total: NDArray[np.float64],
    calibration: EnergyCalibration,
    executor: Executor | None = None,
) -> NDArray[np.float64]:
    """How often two photons come together in the pixels of a scan, by the sum of their channels.

    Each pixel is taken less its share of the continuum, and without what lies below 1 keV, where
    the zero peak is. Its squared noise, which would pass for pairs of equal photons, is taken off.
    All pixels are taken to have been measured for the same time.

    Parameters
    ----------
    scan : of which up to 4,096 pixels are read, in up to 64 rows
    total : (channel,) counts of all pixels
    calibration : energy axis and resolution
    executor : where rows are read; here if None

    Returns
    -------
    (2 channel - 1,) float64, one count in all; for `sum_peaks`
    """
    channels = len(total)
    above = calibration.energy(np.arange(channels)) >= LOWEST_KEV
    level = continuum(total, calibration) / max(float(total.sum()), 1.0)
    length = next_fast_len(2 * channels - 1, real=True)
    spectrum, equal = np.zeros(length // 2 + 1, dtype=np.complex128), np.zeros(channels)
    of_pixels = partial(_of_pixels, level, above, length)
    for squared, counts in of_spread_pixels(scan, of_pixels, executor):
        spectrum += squared
        equal += counts
    pairs = irfft(spectrum, length)[: 2 * channels - 1]
    pairs[::2] -= np.where(above, equal, 0.0)
    pairs = np.maximum(pairs, 0.0)
    return np.asarray(pairs / max(float(pairs.sum()), 1e-12))


def _of_pixels(
    level: NDArray[np.float64],
    above: NDArray[np.bool_],
    length: int,
    spectra: NDArray[np.float64],
) -> tuple[NDArray[np.complex128], NDArray[np.float64]]:
    """Squared Fourier transforms of some pixels, added up, and their counts."""
    squared = np.zeros(length // 2 + 1, dtype=np.complex128)
    for first in range(0, len(spectra), TOGETHER):
        some = spectra[first : first + TOGETHER]
        net = np.where(above, some - some.sum(axis=1, keepdims=True) * level, 0.0)
        squared += np.square(rfft(net, length, axis=1)).sum(axis=0)
    return squared, spectra.sum(axis=0)
