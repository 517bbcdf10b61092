"""Arm: non-negative fit of a dictionary of simulated pigment spectra.

Each pigment thin and thick on a neutral support under the scan's stated instrument, the bare
support, and smooth pieces of background. A group's score is by how much the fit gets worse without
its pigments (the likelihood ratio of Gaussian noise), or its share of the fitted counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from identification_conditions import Measured
from identification_pure import pure_pigments
from identification_stratigraphies import ANYWHERE
from underpaint.paint import Library
from underpaint.spectrum import standard_bins

SETTINGS = ("likelihood ratio", "likelihood ratio, 3 % model error", "share of the fit")
MODEL_ERROR = 0.03
PIECES = 10
LEAST_VARIANCE = 0.3
SWEEPS, SWEEPS_WITHOUT = 60, 12
USED = 1e-6


@dataclass(frozen=True, eq=False)
class Dictionary:
    """The fit under one setting."""

    library: Library
    setting: str

    def scores(self, measured: Measured) -> NDArray[np.float32]:
        """(spectrum, 3, group) float32; a dictionary knows no position, so NaN there."""
        pure = pure_pigments(measured.instrument)
        centres = standard_bins().centres
        used = measured.measured & (centres > 1.0) & (centres < float(measured.instrument.kv))
        tents = _tents(centres[used]) * standard_bins().widths[used]
        shapes = np.concatenate([pure.spectra[:, used], pure.bare[None, used], tents])
        shapes = shapes / np.maximum(shapes.sum(axis=1, keepdims=True), 1e-30)
        groups = np.full(len(shapes), -1)
        groups[: len(pure.group)] = pure.group
        scores = np.full((len(measured), 3, len(self.library.groups)), np.nan, dtype=np.float32)
        for dose in np.unique(measured.dose):
            rows = np.flatnonzero(measured.dose == dose)
            scores[rows, ANYWHERE] = self._of(measured.binned[rows][:, used], shapes, groups)
        return scores

    def _of(
        self, counts: NDArray[np.float32], shapes: NDArray[np.float64], groups: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        mean = counts.mean(axis=0, dtype=np.float64)
        error = MODEL_ERROR * mean if self.setting == SETTINGS[1] else 0.0
        weight = 1.0 / np.maximum(mean + error**2, LEAST_VARIANCE)
        weighted = shapes * weight
        gram, projected = weighted @ shapes.T, weighted @ counts.T.astype(np.float64)
        free = np.ones(projected.shape, dtype=np.bool_)
        fit = descend(np.zeros_like(projected), gram, projected, free, SWEEPS)
        held = np.arange(len(self.library.groups))[:, None] == groups
        share = held @ fit / np.maximum(fit.sum(axis=0), 1e-30)
        if self.setting == SETTINGS[2]:
            return np.asarray(share.T)
        group, row = np.nonzero(share > USED)
        free = ~held[group].T
        start, wanted = np.where(free, fit[:, row], 0.0), projected[:, row]
        without = descend(start, gram, wanted, free, SWEEPS_WITHOUT)
        less = _loss(without, gram, wanted) - _loss(fit, gram, projected)[row]
        found = np.zeros((len(counts), len(held)))
        found[row, group] = np.maximum(less, 0.0)
        return found


def descend(
    start: NDArray[np.float64],
    gram: NDArray[np.float64],
    projected: NDArray[np.float64],
    free: NDArray[np.bool_],
    sweeps: int,
) -> NDArray[np.float64]:
    """Non-negative least squares by cyclic coordinate descent, (atom, spectrum).

    Parameters
    ----------
    start : (atom, spectrum) where it begins; 0 for atoms that are not free
    gram, projected : (atom, atom) and (atom, spectrum)
    free : (atom, spectrum) bool, atoms that a spectrum may be made of
    """
    current = start.copy()
    diagonal = np.diag(gram)
    for _ in range(sweeps):
        for atom in np.flatnonzero(diagonal > 0.0):
            slope = gram[atom] @ current - projected[atom]
            best = np.maximum(current[atom] - slope / diagonal[atom], 0.0)
            current[atom] = best * free[atom]
    return current


def _loss(
    fit: NDArray[np.float64], gram: NDArray[np.float64], projected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Chi-square of the fit, less a constant of each spectrum, (spectrum,)."""
    return np.asarray((fit * (gram @ fit)).sum(axis=0) - 2.0 * (fit * projected).sum(axis=0))


def _tents(energy_kev: NDArray[np.float64]) -> NDArray[np.float64]:
    """Triangles that add up to one, evenly spaced in the logarithm of the energy."""
    place = np.log(energy_kev)
    knots = np.linspace(place[0], place[-1], PIECES)
    tents = 1.0 - np.abs(place - knots[:, None]) / (knots[1] - knots[0])
    return np.asarray(np.maximum(tents, 0.0))
