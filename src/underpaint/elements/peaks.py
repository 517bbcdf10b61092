"""Peaks of a spectrum, found without knowing its energy axis or its resolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import FWHM_PER_SIGMA

from .background import snip

FIRST_SIGMAS = (1.5, 3.0, 6.0, 12.0)
WIDEST_SIGMA = 25.0
ROUNDS = 6
MEASURED_PEAKS = 10
SHARP_QUANTILE = 0.35
SIGNIFICANT = 8.0


@dataclass(frozen=True, eq=False)
class Peaks:
    """Peaks in channels, the most significant first.

    Attributes
    ----------
    channel : (peak,) float64, position
    fwhm : (peak,) float64, full width at half of the height above the continuum, channels
    significance : (peak,) float64, response over its counting error
    typical_fwhm : width of a single line among them, channels
    """

    channel: NDArray[np.float64]
    fwhm: NDArray[np.float64]
    significance: NDArray[np.float64]
    typical_fwhm: float

    def __len__(self) -> int:
        return len(self.channel)


def find_peaks(
    counts: NDArray[np.generic], first: int = 0, significant: float = SIGNIFICANT
) -> Peaks:
    """Find peaks by the second derivative, smoothed over the width of the peaks themselves.

    The width is not known beforehand: it starts narrow and follows the sharpest of the
    strongest peaks until both agree (Mariscotti 1967, doi 10.1016/0029-554X(67)90058-4).

    Parameters
    ----------
    counts : (channel,) counts
    first : peaks in channels below are ignored
    significant : the least response over its counting error
    """
    spectrum = np.asarray(counts, dtype=np.float64)
    peaks = Peaks(np.zeros(0), np.zeros(0), np.zeros(0), FWHM_PER_SIGMA * FIRST_SIGMAS[0])
    for start in FIRST_SIGMAS:
        peaks = _follow_width(spectrum, start, first, significant)
        if len(peaks) > 0:
            break
    return peaks


def _follow_width(
    spectrum: NDArray[np.float64], start: float, first: int, significant: float
) -> Peaks:
    sigma = start
    peaks = Peaks(np.zeros(0), np.zeros(0), np.zeros(0), FWHM_PER_SIGMA * sigma)
    for _ in range(ROUNDS):
        where, response = _maxima(spectrum, sigma, first, significant)
        if len(where) == 0:
            return peaks
        width = _widths(spectrum, where, sigma)
        typical = float(np.quantile(width[:MEASURED_PEAKS], SHARP_QUANTILE))
        position = where + _offset(spectrum, where, sigma)
        peaks = Peaks(position, width, response, typical)
        following = float(np.clip(typical / FWHM_PER_SIGMA, FIRST_SIGMAS[0], WIDEST_SIGMA))
        if abs(following / sigma - 1.0) < 0.05:
            break
        sigma = following
    return peaks


def _response(spectrum: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    reach = max(3, int(np.ceil(4.0 * sigma)))
    offset = np.arange(-reach, reach + 1) / sigma
    kernel = (1.0 - offset**2) * np.exp(-0.5 * offset**2)
    kernel -= kernel.mean()
    padded = np.pad(spectrum, reach, mode="edge")
    signal = np.convolve(padded, kernel, mode="valid")
    variance = np.convolve(padded, kernel**2, mode="valid")
    return np.asarray(signal / np.sqrt(np.maximum(variance, np.sum(kernel**2))))


def _maxima(
    spectrum: NDArray[np.float64], sigma: float, first: int, significant: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Channels of the significant local maxima, two sigma apart at least, strongest first."""
    response = _response(spectrum, sigma)
    inner = response[1:-1]
    top = (inner > response[:-2]) & (inner >= response[2:]) & (inner > significant)
    where = np.flatnonzero(top) + 1
    where = where[(where >= first) & (where >= 2) & (where < len(spectrum) - 2)]
    kept: list[int] = []
    for channel in where[np.argsort(-response[where])]:
        if all(abs(channel - other) > 2.0 * sigma for other in kept):
            kept.append(int(channel))
    chosen = np.asarray(kept, dtype=np.intp)
    return chosen, response[chosen]


def _widths(
    spectrum: NDArray[np.float64], where: NDArray[np.intp], sigma: float
) -> NDArray[np.float64]:
    """Full width at half of each peak's height above the continuum, channels."""
    channels = len(spectrum)
    window = np.full(channels, max(8, int(8.0 * sigma)), dtype=np.intp)
    net = spectrum - snip(spectrum, window)
    widths = np.empty(len(where))
    for index, channel in enumerate(where):
        half = 0.5 * float(net[channel - 1 : channel + 2].mean())
        right = channel
        while right < channels - 2 and net[right + 1] > half:
            right += 1
        left = channel
        while left > 1 and net[left - 1] > half:
            left -= 1
        above = max(float(net[right] - net[right + 1]), 1e-12)
        below = max(float(net[left] - net[left - 1]), 1e-12)
        widths[index] = (
            right - left + np.clip((net[right] - half) / above, 0, 1)
            + np.clip((net[left] - half) / below, 0, 1)
        )  # fmt: skip
    return widths


def _offset(
    spectrum: NDArray[np.float64], where: NDArray[np.intp], sigma: float
) -> NDArray[np.float64]:
    """Where each maximum lies between channels, from a parabola through the response."""
    response = _response(spectrum, sigma)
    left, middle, right = response[where - 1], response[where], response[where + 1]
    bend = np.minimum(left - 2.0 * middle + right, -1e-12)
    return np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
