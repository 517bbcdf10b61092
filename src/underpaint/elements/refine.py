"""The last electronvolts of an energy calibration: all four parameters by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, nnls

from underpaint.spectrum import EnergyCalibration

from .background import continuum, continuum_tents
from .pileup import coincidences, sum_peaks
from .templates import (
    all_branches,
    branch_shares,
    brightest_kev,
    escape_error,
    family_templates,
    tails,
)

ALL = np.ones(4, dtype=np.bool_)
STEP = np.array([0.004, 0.004, 0.004, 0.004])
LOWER = np.array([-2.0, -2.0, 0.02, 0.05])
UPPER = np.array([2.0, 2.0, 0.30, 0.25])
AT_BOUND = 1e-4
USUAL = np.array([0.0, 0.0, 0.10, 0.115])
SPREAD = np.array([np.inf, np.inf, 0.05, 0.012])
SHAPE_ERROR, SHAPE_ERROR_OF_WIDTH = 0.03, 0.01
"""By what share of their height lines may be of another shape. Held to the second, the brightest
line decides how wide lines are, and would decide where they are against all others."""
WIDTH = np.array([False, False, True, True])
OUTLIER = 3.0
BINS_PER_FWHM = 6.0
WITH_TAILS = 4
RATIO_SLACK = 0.15
"""By what share of its own a branch may stray: so much do tables and depth leave open."""
TABLES_KEV = 0.002
SOFT_KEV = 3.2


@dataclass(frozen=True, eq=False)
class Refined:
    """An energy calibration with the errors of its parameters.

    Attributes
    ----------
    calibration : the best axis and resolution
    covariance : (4, 4) float64 of zero (keV), gain (keV), noise (keV), fano; with 2 eV for
        what tables and peak shapes leave open
    amplitude : (family,) float64, counts
    misfit : mean squared residual over its expected variance
    """

    calibration: EnergyCalibration
    covariance: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    misfit: float

    def with_width_of(self, other: Refined) -> Refined:
        """This axis, with noise and fano as another fit has them, and their errors.

        As it is where the other ended at the narrowest or widest that lines may be: then they are
        no lines.
        """
        own, its = self.calibration, other.calibration
        width = np.array([its.noise, its.fano])
        if np.any(width < LOWER[2:] + AT_BOUND) or np.any(width > UPPER[2:] - AT_BOUND):
            return self
        covariance = np.zeros((4, 4))
        covariance[:2, :2] = self.covariance[:2, :2]
        covariance[2:, 2:] = other.covariance[2:, 2:]
        return replace(
            self,
            calibration=EnergyCalibration(own.zero, own.gain, its.noise, its.fano),
            covariance=covariance,
        )


@dataclass(frozen=True, eq=False)
class _Trials:
    """A spectrum, and what is fitted to it on every trial axis.

    Values of a trial are the energies at two anchors less those of the start, keV, noise, keV, and
    fano: the energies hardly depend on each other, as zero and gain do.

    Attributes
    ----------
    binned : (bin,) float64, counts
    root : (bin,) one over the standard deviation of each
    pieces : (piece, bin) of the continuum
    pairs : (2 bin - 1,) how often two photons come together, as `coincidences`
    first, binning : channel of the centre of the first bin, and channels of each
    anchors, anchored : two channels, and their energies at the start, keV
    families, loose : all, and those with branches of their own
    tube_kv : highest exciting energy, keV
    """

    binned: NDArray[np.float64]
    root: NDArray[np.float64]
    pieces: NDArray[np.float64]
    pairs: NDArray[np.float64]
    first: float
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
    ) -> _Trials:
        """As `refine` is given them."""
        first, last = channels.start, channels.stop
        binning = max(1, int(float(start.fwhm(4.0)) / start.gain / BINS_PER_FWHM))
        bins = (last - first) // binning
        spectrum = np.asarray(counts[first : first + bins * binning], dtype=np.float64)
        binned = spectrum.reshape(bins, binning).sum(axis=1)
        centre = first + 0.5 * (binning - 1)
        axis = _binned(start, centre, binning)
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
            first=centre,
            binning=binning,
            anchors=anchors,
            anchored=start.energy(anchors),
            families=families,
            loose=[name for name in families if name in slack or _is_soft(name, tube_kv)],
            tube_kv=tube_kv,
        )

    def calibration(self, values: NDArray[np.float64]) -> EnergyCalibration:
        """The axis of a trial, channel by channel."""
        low, high = self.anchored + values[:2]
        gain = float((high - low) / (self.anchors[1] - self.anchors[0]))
        zero = float(low - gain * self.anchors[0])
        return EnergyCalibration(zero, gain, float(values[2]), float(values[3]))

    def solve(
        self, values: NDArray[np.float64], ties: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Counts of all parts, branches last, and what is left over in standard errors.

        Parameters
        ----------
        values : of the trial
        ties : (branch,) as `_ties`, which are left over, too
        """
        bins, tube_kv = len(self.binned), self.tube_kv
        trial = _binned(self.calibration(values), self.first, self.binning)
        lines = family_templates(self.families, trial, bins, tube_kv)
        sums = sum_peaks(self.pairs, trial, bins)
        branches = all_branches(self.loose, trial, bins, tube_kv)
        parts = np.concatenate(
            [lines, tails(lines[:WITH_TAILS], trial), self.pieces, sums[None], branches]
        )
        weighted = parts * self.root
        gram = weighted @ weighted.T
        tied = np.arange(len(parts) - len(branches), len(parts))
        gram[tied, tied] += ties**2
        scale = np.sqrt(np.maximum(np.diag(gram), 1e-30))
        normal = gram / np.outer(scale, scale) + 1e-8 * np.eye(len(scale))
        upper = np.linalg.cholesky(normal).T
        target = weighted @ (self.binned * self.root) / scale
        amplitude, _ = nnls(upper, np.linalg.solve(upper.T, target))
        amplitude /= scale
        strayed = ties * amplitude[len(parts) - len(branches) :]
        left = (amplitude @ parts - self.binned) * self.root
        return amplitude, np.concatenate([left, strayed])


def refine(
    counts: NDArray[np.generic],
    start: EnergyCalibration,
    families: Sequence[str],
    first: int,
    last: int,
    tube_kv: float,
    free: NDArray[np.bool_] = ALL,
    slack: Sequence[str] = (),
    close: bool = False,
) -> Refined:
    """Fit zero, gain, noise and fano with non-negative lines over a free continuum.

    Variable projection: amplitudes are solved anew for every trial axis (Golub and Pereyra
    1973, doi 10.1137/0710036). Residuals beyond three standard errors count linearly only, so
    that scatter humps and unknown peaks do not pull.

    Parameters
    ----------
    counts : (channel,) counts
    start : axis within half a FWHM of the truth
    families : line families that may be present, strongest first
    first, last : channels used, [first, last)
    tube_kv : highest exciting energy, keV
    free : (4,) bool, which of zero, gain, noise and fano are fitted; zero and gain only together
    slack : families whose lines may stray from the tables' ratios by 15 %
    close : whether lines are held close to their shape, as where the axis is held too
    """
    trials = _Trials.of(counts, start, families, slice(first, last), tube_kv, slack, close)
    begin = np.clip(np.array([0.0, 0.0, start.noise, start.fano]), LOWER + 1e-6, UPPER - 1e-6)
    untied = np.zeros(sum(len(branch_shares(name, tube_kv)) for name in trials.loose))
    ties = _ties(trials.loose, families, trials.solve(begin, untied)[0], tube_kv)

    def with_held(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = begin.copy()
        values[free] = fitted
        return values

    def residual(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
        values = with_held(fitted)
        _, misfit = trials.solve(values, ties)
        prior = (values[2:] - USUAL[2:]) / SPREAD[2:]
        return np.concatenate([_robust(misfit), prior])

    solution = least_squares(
        residual, begin[free], bounds=(LOWER[free], UPPER[free]), x_scale=STEP[free] * 10,
        diff_step=1e-4, max_nfev=25, xtol=1e-5, ftol=1e-6,
    )  # fmt: skip
    best, bins = with_held(solution.x), len(trials.binned)
    amplitude, misfit = trials.solve(best, ties)
    scatter = max(1.0, float(np.mean(residual(solution.x)[:bins] ** 2)))
    information = solution.jac.T @ solution.jac
    covariance = np.zeros((4, 4))
    covariance[np.ix_(free, free)] = np.linalg.pinv(information) * scatter
    covariance[:2, :2] += np.eye(2) * TABLES_KEV**2
    return Refined(
        trials.calibration(best),
        _in_zero_and_gain(covariance, trials.anchors),
        amplitude[: len(families)],
        float(np.mean(misfit[:bins] ** 2)),
    )


def _robust(misfit: NDArray[np.float64]) -> NDArray[np.float64]:
    """The root of a Huber loss, with the sign of what is left: its square is quadratic near zero
    and linear beyond `OUTLIER` (Huber 1964, doi 10.1214/aoms/1177703732)."""
    size = np.abs(misfit)
    beyond = np.sqrt(np.maximum(2 * OUTLIER * size - OUTLIER**2, 0.0))
    return np.asarray(np.sign(misfit) * np.where(size > OUTLIER, beyond, size))


def _ties(
    loose: Sequence[str],
    families: Sequence[str],
    amplitude: NDArray[np.float64],
    tube_kv: float,
) -> NDArray[np.float64]:
    """One over what each branch may have beyond its share, counts; 0 where it is free.

    Parameters
    ----------
    loose : families with branches of their own
    families, amplitude : all families, and counts of all parts, branches last
    """
    shares = [np.asarray(branch_shares(name, tube_kv)) for name in loose]
    begins = len(amplitude) - sum(len(share) for share in shares)
    ties = []
    for name, share in zip(loose, shares, strict=True):
        own = amplitude[begins : begins + len(share)].sum()
        counts = max(float(amplitude[families.index(name)] + own), 1.0)
        free = _is_soft(name, tube_kv)
        ties.append(np.zeros(len(share)) if free else 1.0 / (RATIO_SLACK * share * counts))
        begins += len(share)
    return np.concatenate(ties or [np.zeros(0)])


def _is_soft(name: str, tube_kv: float) -> bool:
    """Whether a family's ratios hang on absorption so much that its branches must be free."""
    return not name.endswith("-K") and brightest_kev(name, tube_kv) < SOFT_KEV


def _binned(calibration: EnergyCalibration, centre: float, binning: int) -> EnergyCalibration:
    return EnergyCalibration(
        float(calibration.energy(centre)),
        calibration.gain * binning,
        calibration.noise,
        calibration.fano,
    )


def _in_zero_and_gain(
    covariance: NDArray[np.float64], anchors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Covariance of (zero, gain, noise, fano) from that of the energies at two anchors."""
    span = anchors[1] - anchors[0]
    change = np.eye(4)
    change[1, :2] = np.array([-1.0, 1.0]) / span
    change[0, :2] = np.array([1.0 + anchors[0] / span, -anchors[0] / span])
    return np.asarray(change @ covariance @ change.T)
