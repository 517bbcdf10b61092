"""The last electronvolts of an energy calibration: all four parameters by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, nnls

from underpaint.spectrum import EnergyCalibration

from .background import continuum, continuum_tents
from .pileup import coincidences, sum_peaks
from .templates import all_branches, branch_shares, brightest_kev, family_templates, tails

ALL = np.ones(4, dtype=np.bool_)
STEP = np.array([0.004, 0.004, 0.004, 0.004])
LOWER = np.array([-2.0, -2.0, 0.02, 0.05])
UPPER = np.array([2.0, 2.0, 0.30, 0.25])
USUAL = np.array([0.0, 0.0, 0.10, 0.115])
SPREAD = np.array([np.inf, np.inf, 0.05, 0.012])
SHAPE_ERROR = 0.03
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


def refine(
    counts: NDArray[np.generic],
    start: EnergyCalibration,
    families: Sequence[str],
    first: int,
    last: int,
    tube_kv: float,
    free: NDArray[np.bool_] = ALL,
    slack: Sequence[str] = (),
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
    """
    binning = max(1, int(float(start.fwhm(4.0)) / start.gain / BINS_PER_FWHM))
    bins = (last - first) // binning
    spectrum = np.asarray(counts[first : first + bins * binning], dtype=np.float64)
    binned = spectrum.reshape(bins, binning).sum(axis=1)
    centre = first + 0.5 * (binning - 1)
    anchors = np.array([first + 0.15 * (last - first), first + 0.6 * (last - first)])
    anchored = start.energy(anchors)
    axis = _binned(start, centre, binning)
    level = continuum(binned, axis)
    pieces = continuum_tents(level, axis)
    loose = [name for name in families if name in slack or _is_soft(name, tube_kv)]
    net = np.maximum(binned - level, 0.0)
    pairs = coincidences(net)
    height = binned + (SHAPE_ERROR * net) ** 2 + 1.0
    root = 1.0 / np.sqrt(height)

    def calibration_of(values: NDArray[np.float64]) -> EnergyCalibration:
        low, high = anchored + values[:2]
        gain = float((high - low) / (anchors[1] - anchors[0]))
        return EnergyCalibration(
            float(low - gain * anchors[0]), gain, float(values[2]), float(values[3])
        )

    def solve(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        trial = _binned(calibration_of(values), centre, binning)
        lines = family_templates(families, trial, bins, tube_kv)
        sums = sum_peaks(pairs, trial, bins)
        branches = all_branches(loose, trial, bins, tube_kv)
        parts = np.concatenate(
            [lines, tails(lines[:WITH_TAILS], trial), pieces, sums[None], branches]
        )
        weighted = parts * root
        gram = weighted @ weighted.T
        tied = np.arange(len(parts) - len(branches), len(parts))
        gram[tied, tied] += ties**2
        scale = np.sqrt(np.maximum(np.diag(gram), 1e-30))
        normal = gram / np.outer(scale, scale) + 1e-8 * np.eye(len(scale))
        upper = np.linalg.cholesky(normal).T
        target = weighted @ (binned * root) / scale
        amplitude, _ = nnls(upper, np.linalg.solve(upper.T, target))
        amplitude /= scale
        strayed = ties * amplitude[len(parts) - len(branches) :]
        return amplitude, np.concatenate([(amplitude @ parts - binned) * root, strayed])

    begin = np.clip(np.array([0.0, 0.0, start.noise, start.fano]), LOWER + 1e-6, UPPER - 1e-6)
    ties = np.zeros(sum(len(branch_shares(name, tube_kv)) for name in loose))
    ties = _ties(loose, families, solve(begin)[0], tube_kv)

    def with_held(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
        values: NDArray[np.float64] = begin.copy()
        values[free] = fitted
        return values

    def residual(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
        values = with_held(fitted)
        _, misfit = solve(values)
        # The square root of a Huber loss: quadratic near zero, linear beyond.
        size = np.abs(misfit)
        robust = np.where(
            size > OUTLIER, np.sqrt(np.maximum(2 * OUTLIER * size - OUTLIER**2, 0.0)), size
        )
        prior = (values[2:] - USUAL[2:]) / SPREAD[2:]
        return np.concatenate([np.sign(misfit) * robust, prior])

    solution = least_squares(
        residual, begin[free], bounds=(LOWER[free], UPPER[free]), x_scale=STEP[free] * 10,
        diff_step=1e-4, max_nfev=25, xtol=1e-5, ftol=1e-6,
    )  # fmt: skip
    best = with_held(solution.x)
    amplitude, misfit = solve(best)
    scatter = max(1.0, float(np.mean(residual(solution.x)[:bins] ** 2)))
    information = solution.jac.T @ solution.jac
    covariance = np.zeros((4, 4))
    covariance[np.ix_(free, free)] = np.linalg.pinv(information) * scatter
    covariance[:2, :2] += np.eye(2) * TABLES_KEV**2
    return Refined(
        calibration_of(best),
        _in_zero_and_gain(covariance, anchors),
        amplitude[: len(families)],
        float(np.mean(misfit[:bins] ** 2)),
    )


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
