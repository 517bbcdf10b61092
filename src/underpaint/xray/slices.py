"""Layers cut into slices, for what depends on the field of photons inside a sample.

Slices are thin where layers face the beam and grow downwards, so that photons of any energy meet
some that are thin to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .fluorescence import escape_fraction

FINENESS = 3.0
"""The first slices resolve photons that are absorbed this much more than the beam on average."""


@dataclass(frozen=True, eq=False)
class Slices:
    """A batch of layered samples in slices, top first.

    Attributes
    ----------
    share : (sample, layer, slice) share of the layer's mass
    mass : (sample, layer, slice) g/cm2
    """

    share: Tensor
    mass: Tensor

    @property
    def above(self) -> Tensor:
        """Share of the layer's mass above each slice, (sample, layer, slice)."""
        return self.share.cumsum(dim=2) - self.share


def cut(mass_thickness: Tensor, attenuation: Tensor, slices: int) -> Slices:
    """Cut every layer into as many slices, borders evenly spaced in log(1 + optical depth).

    Parameters
    ----------
    mass_thickness : (sample, layer) g/cm2
    attenuation : (sample, layer) of the beam on average, cm2/g
    """
    scaled = (FINENESS * attenuation * mass_thickness)[..., None]
    step = torch.arange(slices + 1, dtype=scaled.dtype, device=scaled.device) / slices
    border = torch.expm1(step * torch.log1p(scaled)) / scaled.clamp_min(1e-9)
    border = torch.where(scaled > 1e-3, border, step + 0.5 * scaled * step * (step - 1.0))
    share = border.diff(dim=2)
    return Slices(share, share * mass_thickness[..., None])


def mean_transmission(depth: Tensor, slices: Slices) -> Tensor:
    """Mean over each slice of what comes down to it, or gets out of it.

    Parameters
    ----------
    depth : (sample, layer, energy) optical depth of whole layers along the path

    Returns
    -------
    (sample, layer, slice, energy)
    """
    before = (depth.cumsum(dim=1) - depth)[:, :, None] + slices.above[..., None] * depth[:, :, None]
    return torch.exp(-before) * escape_fraction(slices.share[..., None] * depth[:, :, None])
