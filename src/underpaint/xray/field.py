"""The field of photons that sources inside a sample make inside it: discrete ordinates.

Photons made or scattered in a layer run up and down through the others. The field is followed
along a few polar directions on either side (double Gauss quadrature, Sykes 1951,
doi 10.1093/mnras/111.4.377), slice by slice, each slice with an even source: the step
characteristic method of neutron transport (Lathrop 1969, J. Comput. Phys. 4, 475,
doi 10.1016/0021-9991(69)90015-1). Samples are wide against the paths of photons.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

DIRECTIONS = 3
NEGLIGIBLE_DEPTH = 0.02


@cache
def directions(count: int = DIRECTIONS) -> tuple[Tensor, Tensor]:
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
        return self._run(down, range(len(down))), self._run(up, range(len(up) - 1, -1, -1))

    def _run(self, source: Tensor, order: range) -> Tensor:
        emitted = source / self.cosine
        own, fresh = emitted * self.kept, emitted * self.mean
        arriving = torch.zeros_like(own[0])
        radiance: list[Tensor] = [arriving] * len(source)
        for i in order:
            radiance[i] = arriving * self.mean[i] + own[i]
            arriving = arriving * self.passed[i] + fresh[i]
        return torch.stack(radiance)
