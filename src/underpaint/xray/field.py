"""The field of photons that sources inside a sample make inside it: discrete ordinates.

Photons made or scattered in a layer run up and down through the others. The field is followed
along a few polar directions on either side (double Gauss quadrature, Sykes 1951,
doi 10.1093/mnras/111.4.377), slice by slice, each slice with an even source: the step
characteristic method of neutron transport (Lathrop 1969, J. Comput. Phys. 4, 475,
doi 10.1016/0021-9991(69)90015-1). Samples are wide against the paths of photons.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .tables import table

NEGLIGIBLE_DEPTH = 0.02


@table
def directions(count: int) -> tuple[Tensor, Tensor]:
    """Cosines of the polar angles on either side, and their weights, which add up to 1."""
    place, weight = np.polynomial.legendre.leggauss(count)
    return torch.from_numpy(0.5 * (place + 1.0)), torch.from_numpy(0.5 * weight)


class Passage:
    """What slices do to photons that cross them, along each direction.

    Parameters
    ----------
    depth : (slice, ray) optical depth of each slice at right angles, top slice first
    cosine : (direction,) cosines of the directions
    """

    def __init__(self, depth: Tensor, cosine: Tensor) -> None:
        self.cosine = cosine[:, None]
        x = depth[:, None, :] / self.cosine
        self.passed = torch.exp(-x)
        thick = x.clamp_min(NEGLIGIBLE_DEPTH)
        self.mean = torch.where(x > NEGLIGIBLE_DEPTH, -torch.expm1(-thick) / thick,
                                1.0 - 0.5 * x + x**2 / 6.0)  # fmt: skip
        self.kept = torch.where(x > NEGLIGIBLE_DEPTH, (1.0 - self.mean) / thick,
                                0.5 - x / 6.0 + x**2 / 24.0)  # fmt: skip

    def field(self, down: Tensor, up: Tensor) -> tuple[Tensor, Tensor]:
        """Mean radiance in each slice along each direction.

        Parameters
        ----------
        down, up : (slice, direction or 1, ray) photons emitted in each slice, per steradian, into
            the directions that lead down and up

        Returns
        -------
        (slice, direction, ray) twice, photons per steradian and area at right angles to the path
        """
        source = torch.cat(
            [down.expand(self.passed.shape), up.flip(0).expand(self.passed.shape)], 2
        )
        both = self._run(source / self.cosine)
        rays = self.passed.shape[2]
        return both[:, :, :rays], both[:, :, rays:].flip(0)

    def _run(self, emitted: Tensor) -> Tensor:
        """Follow what runs down, and beside it, in slices turned over, what runs up."""
        passed, mean, kept = self._both
        fresh = emitted * mean
        arriving = torch.zeros_like(fresh[0])
        entering = []
        for step, more in zip(passed.unbind(), fresh.unbind(), strict=True):
            entering.append(arriving)
            arriving = torch.addcmul(more, arriving, step)
        return torch.addcmul(emitted * kept, torch.stack(entering), mean)

    @cached_property
    def _both(self) -> tuple[Tensor, Tensor, Tensor]:
        passed, mean, kept = (
            torch.cat([each, each.flip(0)], dim=2) for each in (self.passed, self.mean, self.kept)
        )
        return passed, mean, kept
