"""Second-order pile-up: two photons counted as one of their summed energy.

The spectrum of sums is the spectrum's convolution with itself (Datlowe 1977,
doi 10.1016/0029-554X(77)90292-0); it is worked out on an even grid and brought back to the bins.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GRID_KEV = 0.04


class PileUp:
    """Sums of two photons on a given binning.

    Parameters
    ----------
    edges_kev : (bin + 1,) bin edges, keV
    """

    def __init__(self, edges_kev: Tensor) -> None:
        edges = np.asarray(edges_kev.cpu().numpy(), dtype=np.float64)
        self.points = int(np.ceil(edges[-1] / GRID_KEV)) + 1
        grid_edges = (np.arange(self.points + 1) - 0.5) * GRID_KEV
        onto = _overlap(edges, grid_edges)
        back = _overlap(grid_edges, edges)
        self.onto_grid = torch.from_numpy(onto).to(edges_kev.dtype)
        self.onto_bins = torch.from_numpy(back).to(edges_kev.dtype)

    def sums(self, spectrum: Tensor) -> Tensor:
        """Spectrum of sums of two photons, (sample, bin), as many counts as pairs in range.

        Parameters
        ----------
        spectrum : (sample, bin) counts, scaled to add up to 1
        """
        even = spectrum @ self.onto_grid
        transformed = torch.fft.rfft(even, n=2 * self.points)
        pairs: Tensor = torch.fft.irfft(transformed**2, n=2 * self.points)[:, : self.points]
        return pairs.clamp_min(0.0) @ self.onto_bins

    def apply(self, spectrum: Tensor, share: Tensor | float) -> Tensor:
        """Replace a share of the counts by sums of two, (sample, bin).

        Parameters
        ----------
        spectrum : (sample, bin) counts
        share : (sample, 1) or a number, sums as a share of all counts
        """
        total = spectrum.sum(dim=1, keepdim=True).clamp_min(1e-30)
        return (1.0 - 2.0 * share) * spectrum + share * total * self.sums(spectrum / total)


def _overlap(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """Share of each source interval that falls in each target interval."""
    lower = np.maximum(source[:-1, None], target[None, :-1])
    upper = np.minimum(source[1:, None], target[None, 1:])
    shared = np.clip(upper - lower, 0.0, None)
    return np.asarray(shared / np.diff(source)[:, None])
