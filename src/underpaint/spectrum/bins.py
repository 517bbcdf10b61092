"""The one binning of the energy axis that the network sees.

Bins follow the resolution of a typical silicon drift detector, so that a line covers the same
number of bins everywhere; spectra of any gain are brought onto them, counts conserved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from .calibration import EnergyCalibration

LOWEST_KEV = 0.8
HIGHEST_KEV = 45.0
BINS_PER_FWHM = 3.0
BINS_PER_PIECE = 16
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


@dataclass(frozen=True, eq=False)
class Rebinning:
    """Channels of one energy axis onto bins: a band matrix, kept as small dense pieces.

    Attributes
    ----------
    pieces : (channels, bins, share) of neighbouring bins; share is (channel, bin) float32, how
        much of each of those channels falls into each of those bins
    bins : how many bins there are
    """

    pieces: tuple[tuple[slice, slice, NDArray[np.float32]], ...]
    bins: int

    def __call__(
        self, counts: NDArray[np.float32], out: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Bring spectra onto the bins.

        Parameters
        ----------
        counts : (n, channel) float32, counts
        out : (n, bin) float32, where to; a new array if None

        Returns
        -------
        (n, bin) float32, counts; bins outside the measured range hold 0.
        """
        binned = np.empty((len(counts), self.bins), dtype=np.float32) if out is None else out
        end = 0
        for channels, bins, share in self.pieces:
            binned[:, end : bins.start] = 0.0
            np.matmul(counts[:, channels], share, out=binned[:, bins])
            end = bins.stop
        binned[:, end:] = 0.0
        return binned


@lru_cache(maxsize=16)
def rebinning(calibration: EnergyCalibration, channels: int, bins: Bins) -> Rebinning:
    """How channels fall onto bins, each channel's counts spread evenly over its width.

    Parameters
    ----------
    calibration : the energy axis of the channels
    channels : how many there are
    bins : the bins to fill
    """
    edges = np.clip(calibration.channel(bins.edges) + 0.5, 0.0, channels)
    pieces = []
    for start in range(0, len(bins), BINS_PER_PIECE):
        own = edges[start : start + BINS_PER_PIECE + 1]
        first, last = int(own[0]), int(np.ceil(own[-1]))
        if last <= first:
            continue
        channel = np.arange(first, last)[:, None]
        share = np.minimum(own[1:], channel + 1) - np.maximum(own[:-1], channel)
        share = np.maximum(share, 0.0).astype(np.float32)
        pieces.append((slice(first, last), slice(start, start + len(own) - 1), share))
    return Rebinning(tuple(pieces), len(bins))


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
    onto = rebinning(calibration, counts.shape[-1], bins)
    spectra = np.asarray(counts, dtype=np.float32).reshape(-1, counts.shape[-1])
    return onto(spectra).reshape(*counts.shape[:-1], len(bins))
