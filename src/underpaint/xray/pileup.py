"""Pile-up: photons that come too close together count as one of their summed energy.

A photon joins the one before where it follows within the pulse-pair time, so a record of k photons
has the probability (1 - s) s^(k - 1) with s = 1 - exp(-rate x time): the paralysable busy period
(Knoll, Radiation Detection and Measurement, chapters on dead time and pulse pile-up). The
spectrum of k photons is the spectrum's k-fold convolution with itself (Datlowe 1977,
doi 10.1016/0029-554X(77)90292-0), so in Fourier space a geometric series holds all orders at once.
Sums are worked out on an even grid and brought back to the bins; counts of single photons never
leave theirs.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
import torch
from numpy.typing import NDArray
from torch import Tensor

GRID_KEV = 0.04
BLOCK = 96


class PileUp:
    """Sums of photons on a given binning.

    Parameters
    ----------
    edges_kev : (bin + 1,) bin edges, keV; counts below 0 keV take no part in sums
    """

    def __init__(self, edges_kev: Tensor) -> None:
        self.edges_kev = edges_kev
        edges = np.asarray(edges_kev.cpu().numpy(), dtype=np.float64)
        self.points = int(np.ceil(edges[-1] / GRID_KEV)) + 1
        # twice the range, so that sums of two beyond the last bin do not come round to the first
        self.length = int(scipy.fft.next_fast_len(2 * self.points, real=True))
        grid_edges = (np.arange(self.points + 1) - 0.5) * GRID_KEV
        self.onto_grid = _Spread(edges, grid_edges, edges_kev.dtype)
        self.onto_bins = _Spread(grid_edges, edges, edges_kev.dtype)

    def sums(self, spectrum: Tensor, share: Tensor | float = 0.0) -> Tensor:
        """Spectrum of records of two photons and more, (sample, bin).

        Parameters
        ----------
        spectrum : (sample, bin) counts, scaled to add up to 1
        share : (sample, 1) or a number, 0 to 1: photons that join the one before

        Returns
        -------
        Counts for one pair; with each further photon `share` times as many. With a share of 0,
        the spectrum of pairs alone.
        """
        transformed = torch.fft.rfft(self.onto_grid(spectrum), n=self.length)
        several = transformed**2 / (1.0 - share * transformed)
        even: Tensor = torch.fft.irfft(several, n=self.length)[:, : self.points]
        return self.onto_bins(even.clamp_min(0.0))

    def apply(self, spectrum: Tensor, share: Tensor | float) -> Tensor:
        """The spectrum as it is recorded, (sample, bin): fewer counts, some of them sums.

        Of n photons, n (1 - share)^2 are recorded alone, n (1 - share)^2 share in twos, and so
        on: n (1 - share) records altogether.

        Parameters
        ----------
        spectrum : (sample, bin) counts of single photons
        share : (sample, 1) or a number, 0 to 1: photons that join the one before,
            1 - exp(-rate x pulse-pair time)
        """
        total = spectrum.sum(dim=1, keepdim=True).clamp_min(1e-30)
        several = share * total * self.sums(spectrum / total, share)
        return (1.0 - share) ** 2 * (spectrum + several)


class _Spread:
    """Counts of one binning spread evenly over another, block by block along the diagonal."""

    def __init__(
        self, source: NDArray[np.floating], target: NDArray[np.floating], dtype: torch.dtype
    ) -> None:
        lower = np.maximum(source[:-1, None], target[None, :-1])
        upper = np.minimum(source[1:, None], target[None, 1:])
        share = np.clip(upper - lower, 0.0, None) / np.diff(source)[:, None]
        self.blocks: list[tuple[slice, Tensor]] = []
        for start in range(0, share.shape[1], BLOCK):
            block = share[:, start : start + BLOCK]
            met = np.flatnonzero(block.any(axis=1))
            rows = slice(int(met[0]), int(met[-1]) + 1) if len(met) else slice(0, 0)
            self.blocks.append((rows, torch.from_numpy(block[rows].copy()).to(dtype)))

    def __call__(self, counts: Tensor) -> Tensor:
        """Counts on the target, (sample, target) for (sample, source)."""
        return torch.cat([counts[:, rows] @ share for rows, share in self.blocks], dim=1)
