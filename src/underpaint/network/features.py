"""What the network sees of a spectrum.

Logarithm and square root of the counts in each bin (the first keeps traces, the second has even
noise: Andric et al. 2024 found square roots to separate better), how far each bin stands out of its
surroundings in units of noise, which bins were measured, how many counts there are and how wide a
line is. The small network sees the square roots alone.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

CHANNELS = 4
SCALARS = 4
PEAK_SIGMA, AROUND_SIGMA, REACH = 1.46, 3.2, 9
"""Widths in bins of the Gaussians whose difference is the contrast: a line is three bins wide."""


def image_of(counts: Tensor, measured: Tensor) -> Tensor:
    """Logarithm, square root, contrast and what was measured, (pixel, bin, 4) float32.

    Parameters
    ----------
    counts : (pixel, bin) float32, counts; 0 in bins that were not measured
    measured : (pixel, bin) bool, or one row for all
    """
    inside = measured.to(counts.dtype).expand_as(counts)
    level = torch.log1p(counts) / 4.0
    return torch.stack([level, roots_of(counts), contrast(counts) * inside, inside], dim=2)


def roots_of(counts: Tensor) -> Tensor:
    """Square roots of each bin's share of the counts, (pixel, bin) float32; as `image_of`."""
    total = counts.sum(dim=1, keepdim=True).clamp_min(1.0)
    return counts.sqrt() * (math.sqrt(counts.shape[1]) / 2.0 / total.sqrt())


def scalars_of(counts: Tensor, measured: Tensor, fwhm_kev: Tensor) -> Tensor:
    """How many counts, how wide a line, and where the measured range ends, (pixel, 4) float32.

    Parameters
    ----------
    counts, measured : as for `image_of`
    fwhm_kev : (pixel,) float32, resolution at 5.9 keV
    """
    bins = counts.shape[1]
    total = counts.sum(dim=1).clamp_min(1.0)
    first = measured.int().argmax(dim=1) / bins
    last = measured.int().flip(1).argmax(dim=1) / bins
    each = (total.log10() - 4.0) / 1.5, (fwhm_kev - 0.15) / 0.02, 10.0 * first, 2.0 * last
    return torch.stack([values.expand(len(counts)) for values in each], dim=1)


def contrast(counts: Tensor) -> Tensor:
    """How far each bin and its neighbours stand out of what surrounds them, (pixel, bin).

    Anscombe's root of Poisson counts has unit noise everywhere; its filter by a peak less a
    wider one (weights of unit norm) is then in standard errors. Compressed by asinh.

    Parameters
    ----------
    counts : (pixel, bin) float32
    """
    root = 2.0 * (counts + 0.375).sqrt()
    return _asinh(root @ _contrast_filter(counts.shape[1], root.device)) / 2.0


def _asinh(values: Tensor) -> Tensor:
    """By its logarithm: torch's own takes a single value at a time, and ten times as long."""
    size = values.abs()
    square = size.square()
    # as near 0 as elsewhere, where |x| + sqrt(x^2 + 1) would lose x beside 1
    return torch.log1p(size + square / (1.0 + (square + 1.0).sqrt())).copysign(values)


@cache
def _contrast_filter(bins: int, device: torch.device) -> Tensor:
    """The filter as a band matrix, (bin, bin); beyond either end the last bin goes on."""
    place = np.arange(-REACH, REACH + 1)
    peak, around = (np.exp(-0.5 * (place / s) ** 2) for s in (PEAK_SIGMA, AROUND_SIGMA))
    kernel = peak / peak.sum() - around / around.sum()
    kernel = kernel / np.linalg.norm(kernel)
    column = np.arange(bins)
    matrix = np.zeros((bins, bins), dtype=np.float32)
    for shift, weight in zip(place, kernel, strict=True):
        np.add.at(matrix, (np.clip(column + shift, 0, bins - 1), column), weight)
    # kept for training, too, which cannot use what inference mode made
    with torch.inference_mode(False):
        return torch.from_numpy(matrix).to(device)
