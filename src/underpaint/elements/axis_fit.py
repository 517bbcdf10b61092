"""A spectrum fitted on trial energy axes: what is left over on each, and how that changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from underpaint.spectrum import EnergyCalibration, coarser_axis

from .background import continuum, continuum_tents
from .pileup import coincidences, sum_peaks
from .templates import (
    all_branches,
    brightest_kev,
    escape_error,
    family_templates,
    tails,
)

SHAPE_ERROR, SHAPE_ERROR_OF_WIDTH = 0.03, 0.01
"""By what share of their height lines may be of another shape. Held to the second, the brightest
line decides how wide lines are, and would decide where they are against all others."""
BINS_PER_FWHM = 6.0
WITH_TAILS = 4
SOFT_KEV = 3.2
STEP = 4e-6
"""Of a trial's values, for slopes: far below what any is known to, far above rounding."""


@dataclass(frozen=True, eq=False)
class Solved:
    """The best fit on one trial axis.

    Attributes
    ----------
    values, ties : of the trial
    amplitude : (part,) float64, counts
    weighted : (part, bin) over standard errors
    gram : (part, part) of the weighted parts and ties
    left : (bin and branch,) what is left over, in standard errors
    """

    values: NDArray[np.float64]
    ties: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    weighted: NDArray[np.float64]
    gram: NDArray[np.float64]
    left: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AxisFit:
    """A spectrum, and what is fitted to it on every trial axis.

    Values of a trial are the energies at two anchors less those of the start, keV, noise, keV, and
    fano: the energies hardly depend on each other, as zero and gain do.

    Variable projection: amplitudes are solved anew for every trial axis (Golub and Pereyra 1973,
    doi 10.1137/0710036).

    Attributes
    ----------
    binned : (bin,) float64, counts
    root : (bin,) one over the standard deviation of each
    pieces : (piece, bin) of the continuum
    pairs : (2 bin - 1,) how often two photons come together, as `coincidences`
    first, binning : first channel of bin 0, and channels of each bin
    anchors, anchored : two channels, and their energies at the start, keV
    families, loose : all, and those with branches of their own
    tube_kv : highest exciting energy, keV
    """

    binned: NDArray[np.float64]
    root: NDArray[np.float64]
    pieces: NDArray[np.float64]
    pairs: NDArray[np.float64]
    first: int
    binning: int
    anchors: NDArray[np.float64]
    anchored: NDArray[np.float64]
    families: Sequence[str]
    loose: Sequence[str]
    tube_kv: float

    @classmethod
    def of(
        cls,
        counts: NDArray[np.generic],
        start: EnergyCalibration,
        families: Sequence[str],
        channels: slice,
        tube_kv: float,
        slack: Sequence[str],
        close: bool,
    ) -> AxisFit:
        """As `refine` is given them."""
        first, last = channels.start, channels.stop
        binning = max(1, int(float(start.fwhm(4.0)) / start.gain / BINS_PER_FWHM))
        bins = (last - first) // binning
        spectrum = np.asarray(counts[first : first + bins * binning], dtype=np.float64)
        binned = spectrum.reshape(bins, binning).sum(axis=1)
        axis = coarser_axis(start, binning, first)
        level = continuum(binned, axis)
        net = np.maximum(binned - level, 0.0)
        shape = SHAPE_ERROR * net
        if close:
            shape = np.hypot(SHAPE_ERROR_OF_WIDTH * net, escape_error(net, axis))
        anchors = np.array([first + 0.15 * (last - first), first + 0.6 * (last - first)])
        return cls(
            binned=binned,
            root=1.0 / np.sqrt(binned + shape**2 + 1.0),
            pieces=continuum_tents(level, axis),
            pairs=coincidences(net),
            first=first,
            binning=binning,
            anchors=anchors,
            anchored=start.energy(anchors),
            families=families,
            loose=[name for name in families if name in slack or is_soft(name, tube_kv)],
            tube_kv=tube_kv,
        )

    def calibration(self, values: NDArray[np.float64]) -> EnergyCalibration:
        """The axis of a trial, channel by channel."""
        low, high = self.anchored + values[:2]
        gain = float((high - low) / (self.anchors[1] - self.anchors[0]))
        zero = float(low - gain * self.anchors[0])
        return EnergyCalibration(zero, gain, float(values[2]), float(values[3]))

    def parts(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """All that is fitted on the axis of a trial, (part, bin), branches last."""
        bins, tube_kv = len(self.binned), self.tube_kv
        trial = coarser_axis(self.calibration(values), self.binning, self.first)
        lines = family_templates(self.families, trial, bins, tube_kv)
        sums = sum_peaks(self.pairs, trial, bins)
        branches = all_branches(self.loose, trial, bins, tube_kv)
        return np.concatenate(
            [lines, tails(lines[:WITH_TAILS], trial), self.pieces, sums[None], branches]
        )

    def solve(self, values: NDArray[np.float64], ties: NDArray[np.float64]) -> Solved:
        """The best non-negative amplitudes on the axis of a trial.

        Parameters
        ----------
        values : of the trial
        ties : (branch,) one over what each branch may have beyond its share, counts
        """
        parts = self.parts(values)
        weighted = parts * self.root
        gram = weighted @ weighted.T
        tied = np.arange(len(parts) - len(ties), len(parts))
        gram[tied, tied] += ties**2
        scale = np.sqrt(np.maximum(np.diag(gram), 1e-30))
        normal = gram / np.outer(scale, scale) + 1e-8 * np.eye(len(scale))
        upper = np.linalg.cholesky(normal).T
        target = weighted @ (self.binned * self.root) / scale
        amplitude, _ = nnls(upper, np.linalg.solve(upper.T, target))
        amplitude /= scale
        fitted = amplitude @ parts
        left = np.concatenate([(fitted - self.binned) * self.root, ties * amplitude[tied]])
        return Solved(values, ties, amplitude, weighted, normal * np.outer(scale, scale), left)

    def slopes(self, solved: Solved, free: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How what is left over changes with some values of a trial, (bin and branch, value).

        Amplitudes that are above zero follow; what changes in them by the change of the parts'
        own projection is left out (Kaufman 1975, doi 10.1007/BF01932995), so that nothing has to
        be solved anew.

        Parameters
        ----------
        solved : the fit there
        free : (4,) bool, of which values
        """
        amplitude = solved.amplitude
        here = amplitude @ solved.weighted
        bins, chosen = len(self.binned), np.flatnonzero(free)
        moved = np.zeros((bins + len(solved.ties), len(chosen)))
        for place, number in enumerate(chosen):
            values = solved.values.copy()
            values[number] += STEP
            moved[:bins, place] = (amplitude @ self.parts(values) * self.root - here) / STEP
        above = np.flatnonzero(amplitude > 0.0)
        follow = np.linalg.solve(
            solved.gram[np.ix_(above, above)], solved.weighted[above] @ moved[:bins]
        )
        moved[:bins] -= solved.weighted[above].T @ follow
        branch = above - (len(amplitude) - len(solved.ties))
        loose = branch >= 0
        moved[bins + branch[loose]] -= solved.ties[branch[loose], None] * follow[loose]
        return moved


def is_soft(name: str, tube_kv: float) -> bool:
    """Whether a family's ratios hang on absorption so much that its branches must be free."""
    return not name.endswith("-K") and brightest_kev(name, tube_kv) < SOFT_KEV
