"""What the network sees of a spectrum.

Logarithm and square root of the counts in each bin (the first keeps traces, the second has even
noise: Andric et al. 2024 found square roots to separate better), which bins were measured, how
many counts there are and how wide a line is.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

CHANNELS = 3
SCALARS = 2


def features(counts: Tensor, measured: Tensor, fwhm_kev: Tensor) -> tuple[Tensor, Tensor]:
    """Inputs of the network.

    Parameters
    ----------
    counts : (pixel, bin) float32, counts
    measured : (pixel, bin) bool
    fwhm_kev : (pixel,) float32, resolution at 5.9 keV

    Returns
    -------
    (pixel, 3, bin) float32 and (pixel, 2) float32
    """
    counts = counts * measured
    total = counts.sum(dim=1, keepdim=True).clamp_min(1.0)
    level = torch.log1p(counts) / 4.0
    shape = (counts / total).sqrt() * math.sqrt(counts.shape[1]) / 2.0
    image = torch.stack([level, shape, measured.to(counts.dtype)], dim=1)
    scalars = torch.cat([(total.log10() - 4.0) / 1.5, (fwhm_kev[:, None] - 0.15) / 0.02], dim=1)
    return image, scalars
