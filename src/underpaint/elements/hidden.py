"""Families beneath brighter lines or sum peaks, where little of these is much of the family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .spectrum_fit import SpectrumFit
from .templates import line_shares

HIDDEN_CAUTION = 2.0
HIDDEN_BY = ((1.2, 8.0), (2.5, 60.0))
"""Within so many FWHM of a line that is so many times brighter: on the flank of a strong one half a
percent of it can be its own shape."""
SUMS_FWHM = 0.6


def hidden_families(fit: SpectrumFit, calibration: EnergyCalibration) -> set[str]:
    """Families whose brightest line lies under, or on the flank of, a much brighter line of
    another, or under sum peaks."""
    energy, counts, begins = fitted_lines(fit)
    top = brightest_of_each(counts, begins)
    fwhm = calibration.fwhm(energy[top])
    away = np.abs(energy - energy[top][:, None]) / fwhm[:, None]
    hidden = sums_over_own(fit, calibration, range(len(top)), energy[top]) > 1.0
    for near, times in HIDDEN_BY:
        by_family = np.add.reduceat(np.where(away < near, counts, 0.0), begins, axis=1)
        np.fill_diagonal(by_family, 0.0)
        hidden |= np.any(by_family > times * counts[top][:, None], axis=1)
    return {fit.families[index] for index in np.flatnonzero(hidden)}


def flank_caution(
    fit: SpectrumFit, calibration: EnergyCalibration, energy_kev: float, counts: float
) -> float:
    """How much more is asked of a peak of no element that may be a strong line's own shape."""
    energy, brightness, _ = fitted_lines(fit)
    away = np.abs(energy - energy_kev) / float(calibration.fwhm(energy_kev))
    near, times = HIDDEN_BY[-1]
    return HIDDEN_CAUTION if np.any(brightness[away < near] > times * counts) else 1.0


def sums_over_own(
    fit: SpectrumFit,
    calibration: EnergyCalibration,
    families: Sequence[int],
    energy: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Counts of sum peaks about some families' brightest lines, for one count of their own.

    How strong a sum peak is beside another is not known well: it depends on where in the scan the
    two photons' elements lie. Twice Pb Lb has the energy of Sn Ka.

    Parameters
    ----------
    families, energy : by their place in the fit, and where each is brightest, keV
    """
    inside = np.abs(calibration.energy(np.arange(len(fit.pile_up))) - energy[:, None])
    inside = inside < SUMS_FWHM * calibration.fwhm(energy)[:, None]
    lines = fit.counts[families, None] * fit.templates[families]
    own = np.where(inside, lines, 0.0).sum(axis=1)
    return np.asarray((inside @ fit.pile_up) / np.maximum(own, 1e-12))


def fitted_lines(
    fit: SpectrumFit,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Energy in keV and counts of all lines, (line,), and where each family's begin."""
    shares = [line_shares(name, fit.tube_kv) for name in fit.families]
    begins = np.cumsum([0, *(len(each.share) for each in shares)])[:-1]
    brightness = [each.share * counts for each, counts in zip(shares, fit.counts, strict=True)]
    energy = [each.energy_kev for each in shares]
    return np.concatenate([*energy, []]), np.concatenate([*brightness, []]), begins


def brightest_of_each(counts: NDArray[np.float64], begins: NDArray[np.intp]) -> list[int]:
    """Each family's brightest line, by its place among all."""
    own = np.split(counts, begins[1:])
    return [int(begin) + int(np.argmax(each)) for begin, each in zip(begins, own, strict=True)]
