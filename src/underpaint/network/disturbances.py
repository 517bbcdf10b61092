"""What the forward model does not know: crystals that diffract the tube's radiation.

A crystal that is large against the spot, or a textured layer, throws a narrow peak at the
detector where Bragg's condition is met: at a tube line's energy, or anywhere in the continuum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import Instrument, Line, shell_lines

from .scan_prior import ScanPrior

AT_A_TUBE_LINE = 0.5
LOWEST_KEV = 2.0
WIDTH_KEV = (0.03, 0.3)
"""FWHM of a peak from the continuum, beyond the detector's: the detector sees many angles."""


@dataclass(frozen=True, eq=False)
class Crystals:
    """Which of a painting's crystals diffract in one scan.

    Attributes
    ----------
    share : share of pixels that diffract; 0 for most scans
    shapes : (peak, bin) float32, each adding up to 1
    """

    share: float
    shapes: NDArray[np.float32]


def draw_crystals(
    instrument: Instrument, bins: Bins, prior: ScanPrior, random: np.random.Generator
) -> Crystals:
    """The diffraction peaks of one scan; none in most.

    Parameters
    ----------
    bins : those of the spectra as recorded, errors of the axis included
    """
    if random.random() >= prior.diffraction:
        return Crystals(0.0, np.zeros((0, len(bins.centres)), dtype=np.float32))
    share = float(np.exp(random.uniform(*np.log(prior.diffracting))))
    tube = [
        line
        for shell in ("K", "L3", "L2", "L1")
        for line in shell_lines(instrument.anode, shell)
        if LOWEST_KEV < line.energy_kev < float(instrument.kv)
    ]
    axis = EnergyCalibration(0.0, 0.01, float(instrument.noise), float(instrument.fano))
    shapes = []
    for _ in range(2 * prior.peaks):
        at_line = bool(tube) and random.random() < AT_A_TUBE_LINE
        energy = _tube_line(tube, random) if at_line else _continuum(instrument, random)
        wide = 0.0 if at_line else float(np.exp(random.uniform(*np.log(WIDTH_KEV))))
        sigma = np.hypot(float(axis.fwhm(energy)), wide) / 2.355
        shape = np.exp(-0.5 * ((bins.centres - energy) / sigma) ** 2) * bins.widths
        shapes.append((shape / max(shape.sum(), 1e-30)).astype(np.float32))
    return Crystals(share, np.stack(shapes))


def diffracted(
    crystals: Crystals, prior: ScanPrior, count: int, random: np.random.Generator
) -> Tensor:
    """What crystals add to the spectra of pixels, (pixel, bin) float32, as shares of all counts."""
    added = np.zeros((count, crystals.shapes.shape[1]), dtype=np.float32)
    if crystals.share == 0.0 or not len(crystals.shapes):
        return torch.from_numpy(added)
    for pixel in np.nonzero(random.random(count) < crystals.share)[0]:
        for peak in random.integers(len(crystals.shapes), size=random.integers(1, prior.peaks + 1)):
            strength = np.exp(random.uniform(*np.log(prior.peak_share)))
            added[pixel] += strength * crystals.shapes[peak]
    return torch.from_numpy(added)


def _tube_line(lines: Sequence[Line], random: np.random.Generator) -> float:
    """The energy of one of the lines, the bright ones more often, keV."""
    rate = np.array([line.rate for line in lines])
    return lines[int(random.choice(len(lines), p=rate / rate.sum()))].energy_kev


def _continuum(instrument: Instrument, random: np.random.Generator) -> float:
    """An energy where a tube's continuum is strong, evenly in the logarithm, keV."""
    return float(np.exp(random.uniform(np.log(LOWEST_KEV), np.log(0.7 * float(instrument.kv)))))
