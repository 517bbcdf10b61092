"""Training examples: noisy spectra of random paintings under random scanners, with the truth.

A batch is a handful of scans: each has a painting, an instrument that its file misstates a
little, and a dose. Everything follows from the seed, so that a batch can be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.paint import (
    Library,
    Painting,
    PaintPrior,
    Pixels,
    Strokes,
    Truth,
    blend,
    joined,
    sample_painting,
    sample_strokes,
)

from .disturbances import diffracted
from .scan_prior import ScanPrior, sample_dose
from .scanner import Scanner
from .stated_palette import sample_palette


@dataclass(frozen=True, eq=False)
class Examples:
    """Spectra as the network sees them, and what is true of them.

    Attributes
    ----------
    counts : (pixel, bin) float32, counts; 0 outside the measured range
    measured : (pixel, bin) bool, bins inside the measured range
    fwhm_kev : (pixel,) float32, stated resolution at 5.9 keV
    scanner : (pixel, figure) float32, as `told` gives it
    palette : (pixel, group) bool, groups held possible
    truth : of each pixel
    """

    counts: Tensor
    measured: Tensor
    fwhm_kev: Tensor
    scanner: Tensor
    palette: Tensor
    truth: Truth


@dataclass(frozen=True, eq=False)
class LitPainting:
    """A painting under a scanner's beam; pixels can be drawn from it again and again.

    Attributes
    ----------
    painting, scanner : of which and under which
    strokes : stratigraphies of the painting
    lines : (stack, exit) photons of each group of lines that leave each stratigraphy
    scatter : (stack, channel) scattered photons
    """

    painting: Painting
    scanner: Scanner
    strokes: Strokes
    lines: Tensor
    scatter: Tensor


def lit(painting: Painting, scanner: Scanner, strokes: Strokes) -> LitPainting:
    """Shine a scanner's beam on a painting; the slow part of making spectra."""
    lines, scatter = scanner.model.emitted(strokes.stacks)
    return LitPainting(painting, scanner, strokes, lines, scatter)


def _recorded(scanner: Scanner, pixels: Pixels, lines: Tensor, scatter: Tensor) -> Tensor:
    area = torch.from_numpy(pixels.area)
    lines = (area @ lines) * scanner.line_error
    scatter = (area @ scatter) * scanner.scatter_error
    spectrum = scanner.model.detected(lines, scatter, scanner.model.rates(lines, scatter))
    return spectrum + spectrum.sum(dim=1, keepdim=True) * scanner.background


def count_photons(
    scanner: Scanner, expected: Tensor, counts: NDArray[np.float64], random: np.random.Generator
) -> Tensor:
    """Poisson counts of spectra scaled to given numbers of counts, (pixel, bin) float32.

    Parameters
    ----------
    expected : (pixel, bin), any scale
    counts : (pixel,) counts from 1 keV to the tube voltage
    """
    total = (expected * scanner.counted).sum(dim=1, keepdim=True).clamp_min(1e-30)
    wanted = torch.from_numpy(counts.astype(np.float32))[:, None]
    mean = (expected / total * wanted).clamp_min(0.0).double().numpy() * scanner.measured
    return torch.from_numpy(random.poisson(np.minimum(mean, 1e9)).astype(np.float32))


def sample_counts(
    expected: Tensor, prior: ScanPrior, random: np.random.Generator
) -> NDArray[np.float64]:
    """Counts of each pixel of one scan: a dose for all, and each pixel's own brightness."""
    dose = sample_dose(prior, random)
    total = expected.sum(dim=1).double().numpy()
    bright = np.clip(total / max(float(np.median(total)), 1e-30), 0.2, 5.0)
    return np.asarray(np.clip(dose * bright, *prior.counts))


def draw_examples(
    seen: LitPainting,
    library: Library,
    paint: PaintPrior,
    scan: ScanPrior,
    count: int,
    random: np.random.Generator,
) -> Examples:
    """Pixels of a lit painting: areas, dose, noise and palette drawn at random."""
    scanner = seen.scanner
    pixels = blend(seen.strokes, paint, count, random)
    expected = _recorded(scanner, pixels, seen.lines, seen.scatter)
    peaks = diffracted(scanner.crystals, scan, count, random)
    expected = expected + expected.sum(dim=1, keepdim=True) * peaks
    dose = sample_counts(expected, scan, random)
    there = np.asarray(pixels.truth.anywhere.any(axis=0))
    palette = sample_palette(seen.painting, there, library, scan, random)
    return Examples(
        counts=count_photons(scanner, expected, dose, random),
        measured=torch.from_numpy(np.tile(scanner.measured, (count, 1))),
        fwhm_kev=torch.full((count,), scanner.fwhm_kev),
        scanner=torch.from_numpy(np.tile(scanner.told, (count, 1))),
        palette=torch.from_numpy(np.tile(palette, (count, 1))),
        truth=pixels.truth,
    )


def make_examples(
    library: Library,
    paint: PaintPrior,
    scan: ScanPrior,
    scanners: Sequence[Scanner],
    pixels_each: int,
    random: np.random.Generator,
) -> Examples:
    """A batch: one painting for each scanner, `pixels_each` pixels of it."""
    drawn = []
    for scanner in scanners:
        painting = sample_painting(library, paint, random)
        stacks = pixels_each + pixels_each // 4
        strokes = sample_strokes(painting, paint, library, stacks, random)
        seen = lit(painting, scanner, strokes)
        drawn.append(draw_examples(seen, library, paint, scan, pixels_each, random))
    return join_examples(drawn)


def join_examples(parts: Sequence[Examples]) -> Examples:
    """Several batches as one, pixel after pixel."""
    return Examples(
        counts=torch.cat([part.counts for part in parts]),
        measured=torch.cat([part.measured for part in parts]),
        fwhm_kev=torch.cat([part.fwhm_kev for part in parts]),
        scanner=torch.cat([part.scanner for part in parts]),
        palette=torch.cat([part.palette for part in parts]),
        truth=joined([part.truth for part in parts]),
    )
