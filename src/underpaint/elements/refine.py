"""The last electronvolts of an energy calibration: all four parameters by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from underpaint.spectrum import EnergyCalibration

from .axis_fit import AxisFit, Solved, is_soft
from .templates import branch_shares

ALL = np.ones(4, dtype=np.bool_)
REACH = 0.04
LOWER = np.array([-2.0, -2.0, 0.02, 0.05])
UPPER = np.array([2.0, 2.0, 0.30, 0.25])
AT_BOUND = 1e-4
USUAL = np.array([0.0, 0.0, 0.10, 0.115])
SPREAD = np.array([np.inf, np.inf, 0.05, 0.012])
WIDTH = np.array([False, False, True, True])
OUTLIER = 3.0
RATIO_SLACK = 0.15
"""By what share of its own a branch may stray: so much do tables and depth leave open."""
TABLES_KEV = 0.002


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

    Residuals beyond three standard errors count linearly only, so that scatter humps and unknown
    peaks do not pull.

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
    fit = AxisFit.of(counts, start, families, slice(first, last), tube_kv, slack, close)
    begin = np.clip(np.array([0.0, 0.0, start.noise, start.fano]), LOWER + 1e-6, UPPER - 1e-6)
    untied = np.zeros(sum(len(branch_shares(name, tube_kv)) for name in fit.loose))
    ties = _ties(fit.loose, families, fit.solve(begin, untied).amplitude, tube_kv)

    # slopes are asked for where the residuals were looked at last
    @lru_cache(maxsize=2)
    def solved(fitted: tuple[float, ...]) -> Solved:
        values: NDArray[np.float64] = begin.copy()
        values[free] = fitted
        return fit.solve(values, ties)

    def residual(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
        here = solved(tuple(fitted))
        prior = (here.values[2:] - USUAL[2:]) / SPREAD[2:]
        return np.concatenate([_robust(here.left), prior])

    def slopes(fitted: NDArray[np.float64]) -> NDArray[np.float64]:
        here = solved(tuple(fitted))
        lines = _robust_slope(here.left)[:, None] * fit.slopes(here, free)
        prior = np.eye(4)[2:, free] / SPREAD[2:, None]
        return np.concatenate([lines, prior])

    solution = least_squares(
        residual, begin[free], slopes, bounds=(LOWER[free], UPPER[free]), x_scale=REACH,
        max_nfev=25, xtol=1e-5, ftol=1e-6,
    )  # fmt: skip
    best, bins = solved(tuple(solution.x)), len(fit.binned)
    scatter = max(1.0, float(np.mean(solution.fun[:bins] ** 2)))
    information = solution.jac.T @ solution.jac
    covariance = np.zeros((4, 4))
    covariance[np.ix_(free, free)] = np.linalg.pinv(information) * scatter
    covariance[:2, :2] += np.eye(2) * TABLES_KEV**2
    return Refined(
        fit.calibration(best.values),
        _in_zero_and_gain(covariance, fit.anchors),
        best.amplitude[: len(families)],
        float(np.mean(best.left[:bins] ** 2)),
    )


def _robust(misfit: NDArray[np.float64]) -> NDArray[np.float64]:
    """The root of a Huber loss, with the sign of what is left: its square is quadratic near zero
    and linear beyond `OUTLIER` (Huber 1964, doi 10.1214/aoms/1177703732)."""
    size = np.abs(misfit)
    beyond = np.sqrt(np.maximum(2 * OUTLIER * size - OUTLIER**2, 0.0))
    return np.asarray(np.sign(misfit) * np.where(size > OUTLIER, beyond, size))


def _robust_slope(misfit: NDArray[np.float64]) -> NDArray[np.float64]:
    """How `_robust` changes with what is left."""
    size = np.maximum(np.abs(misfit), OUTLIER)
    return np.asarray(OUTLIER / np.sqrt(2 * OUTLIER * size - OUTLIER**2))


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
        free = is_soft(name, tube_kv)
        ties.append(np.zeros(len(share)) if free else 1.0 / (RATIO_SLACK * share * counts))
        begins += len(share)
    return np.concatenate(ties or [np.zeros(0)])


def _in_zero_and_gain(
    covariance: NDArray[np.float64], anchors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Covariance of (zero, gain, noise, fano) from that of the energies at two anchors."""
    span = anchors[1] - anchors[0]
    change = np.eye(4)
    change[1, :2] = np.array([-1.0, 1.0]) / span
    change[0, :2] = np.array([1.0 + anchors[0] / span, -anchors[0] / span])
    return np.asarray(change @ covariance @ change.T)
