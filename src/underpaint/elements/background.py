"""The smooth continuum beneath the peaks of a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .excitation import LOWEST_KEV

CLIP_FWHM = 1.6
CONTINUUM_KNOTS = 12
FIRST_CLIPPED_KEV = 0.8


def snip(counts: NDArray[np.generic], half_width: NDArray[np.intp]) -> NDArray[np.float64]:
    """Estimate the continuum by statistics-sensitive non-linear iterative peak clipping.

    The width of the clipping window shrinks to one channel, and the counts are compressed by
    log(log(sqrt)) first, so that small peaks on a steep continuum survive (Ryan et al. 1988,
    doi 10.1016/0168-583X(88)90063-8; Morhac et al. 1997, doi 10.1016/S0168-9002(97)01023-1).

    Parameters
    ----------
    counts : (..., channel), counts, not negative
    half_width : (channel,) widest half window at each channel, channels

    Returns
    -------
    (..., channel) float64, counts
    """
    channels = counts.shape[-1]
    level = np.log(np.log(np.sqrt(np.maximum(counts, 0.0) + 1.0) + 1.0) + 1.0)
    index = np.arange(channels)
    reach = np.minimum(half_width, np.minimum(index, channels - 1 - index))
    for width in range(int(reach.max(initial=0)), 0, -1):
        inside = reach >= width
        first, last = int(inside.argmax()), channels - int(inside[::-1].argmax())
        below = level[..., first - width : last - width]
        middle = 0.5 * (below + level[..., first + width : last + width])
        own = level[..., first:last]
        np.minimum(own, middle, out=own, where=inside[first:last])
    return np.asarray((np.exp(np.exp(level) - 1.0) - 1.0) ** 2 - 1.0, dtype=np.float64)


def continuum(
    counts: NDArray[np.generic], calibration: EnergyCalibration, clip_fwhm: float = CLIP_FWHM
) -> NDArray[np.float64]:
    """Continuum of spectra on a known energy axis.

    Counts are first averaged over half a FWHM, otherwise SNIP follows the lower edge of the
    counting noise.

    Parameters
    ----------
    counts : (..., channel), counts
    calibration : energy axis and resolution
    clip_fwhm : half width of the clipping window over the FWHM

    Returns
    -------
    (..., channel) float64, counts
    """
    channels = counts.shape[-1]
    energy = np.maximum(calibration.energy(np.arange(channels)), FIRST_CLIPPED_KEV)
    fwhm = calibration.fwhm(energy) / calibration.gain
    smoothing = max(1, int(0.5 * float(np.median(fwhm))))
    smooth = running_mean(np.asarray(counts, dtype=np.float64), smoothing)
    return snip(smooth, np.maximum(1, np.rint(clip_fwhm * fwhm)).astype(np.intp))


def running_mean(values: NDArray[np.float64], half_width: int) -> NDArray[np.float64]:
    """Mean over 2 half_width + 1 channels, over fewer at the ends; (..., channel) float64."""
    channels = values.shape[-1]
    cumulative = np.zeros((*values.shape[:-1], channels + 1))
    np.cumsum(values, axis=-1, out=cumulative[..., 1:])
    first = np.maximum(np.arange(channels) - half_width, 0)
    last = np.minimum(np.arange(channels) + half_width + 1, channels)
    return np.asarray((cumulative[..., last] - cumulative[..., first]) / (last - first))


def continuum_tents(
    level: NDArray[np.float64], calibration: EnergyCalibration, knots: int = CONTINUUM_KNOTS
) -> NDArray[np.float64]:
    """A continuum cut into overlapping pieces that add up to it, (piece, channel) float64.

    Each spectrum mixes its own continuum from non-negative amounts of the pieces; each piece
    has one count.
    """
    smooth = np.maximum(level, 1e-3 * max(float(level.mean()), 1e-12))
    pieces = tents(calibration, len(level), knots) * smooth
    total = pieces.sum(axis=1, keepdims=True)
    return np.asarray(pieces[total[:, 0] > 0.0] / total[total[:, 0] > 0.0])


def tents(calibration: EnergyCalibration, channels: int, knots: int) -> NDArray[np.float64]:
    """Overlapping tents over the logarithm of energy that add up to 1, (knot, channel) float64."""
    if knots == 1:
        return np.ones((1, channels))
    energy = calibration.energy(np.arange(channels))
    nodes = np.geomspace(LOWEST_KEV, max(float(energy[-1]), 2.0 * LOWEST_KEV), knots)
    position = np.interp(energy, nodes, np.arange(knots, dtype=np.float64))
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(position - np.arange(knots)[:, None])))
