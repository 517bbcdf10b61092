"""Sum peaks: two photons that the detector takes for one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from underpaint.spectrum import EnergyCalibration

from .excitation import LOWEST_KEV


def coincidences(
    net: NDArray[np.float64], other: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """How often two photons come together, by the sum of their channels.

    Parameters
    ----------
    net : (channel,) counts, continuum off: that of a scan piles up into a smooth curve
    other : (channel,) counts that the second photon comes from; the same if None

    Returns
    -------
    (2 channel - 1,) float64, one count in all
    """
    positive = np.maximum(net, 0.0)
    second = positive if other is None else np.maximum(other, 0.0)
    channels = len(positive) + len(second) - 1
    length = next_fast_len(channels, real=True)
    pairs = irfft(rfft(positive, length) * rfft(second, length), length)[:channels]
    pairs = np.maximum(pairs, 0.0)
    return np.asarray(pairs / max(float(pairs.sum()), 1e-12))


def own_coincidences(
    counts: NDArray[np.float64], level: NDArray[np.float64], calibration: EnergyCalibration
) -> NDArray[np.float64]:
    """`coincidences` of a spectrum less its continuum, as if all its photons were of one pixel.

    The zero peak adds nothing to a photon's energy: below 1 keV there are no sum peaks.
    """
    above = calibration.energy(np.arange(len(counts))) >= LOWEST_KEV
    return coincidences(np.where(above, counts - level, 0.0))


def sum_peaks(
    pairs: NDArray[np.float64], calibration: EnergyCalibration, channels: int
) -> NDArray[np.float64]:
    """Second-order pile-up on an energy axis.

    Two photons in channels i and j add up to the energy of channel i + j + zero / gain, so that
    sum peaks also tell where the axis has its zero.

    Parameters
    ----------
    pairs : from `coincidences`
    calibration : energy axis of the channels
    channels : number of channels

    Returns
    -------
    (channel,) float64, counts
    """
    position = np.arange(channels) - calibration.zero / calibration.gain
    return np.asarray(np.interp(position, np.arange(len(pairs)), pairs, left=0.0, right=0.0))
