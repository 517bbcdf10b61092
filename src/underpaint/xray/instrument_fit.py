"""An instrument's figures from the measured spectrum of a known sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from underpaint.errors import InstrumentError, StackError
from underpaint.spectrum import Bins, EnergyCalibration

from .fit_problem import FitProblem
from .free_figures import FreeFigures, Sample
from .instrument import Instrument
from .stack import Layer

FREE = ("optic_cutoff_kev", "noise", "fano", "zero", "gain", "tail", "shelf")
STEP = 1e-3
LEAST_COUNTS = 100.0
UNDETERMINED = 0.5
"""Standard error, relative to the figure, from which the spectrum is said not to tell it."""
ENTANGLED = 0.995
"""Correlation from which two figures are said to stand for each other."""
REGIONS = {"1 to 3 keV": (1.0, 3.0), "3 to 8 keV": (3.0, 8.0), "8 to 16 keV": (8.0, 16.0),
           "16 to 24 keV": (16.0, 24.0), "above 24 keV": (24.0, 60.0)}  # fmt: skip


@dataclass(frozen=True, eq=False)
class InstrumentFit:
    """A fitted instrument, and how well it tells the spectrum.

    Attributes
    ----------
    instrument : with the fitted figures
    calibration : energy axis, noise and Fano factor included
    scale : counts, over `ForwardModel.expected`, which is for one photon on the sample
    traces : mass fractions of the trace elements that were fitted
    mass_thickness : of the lowest layer, g/cm2, as given or fitted
    figures : free figure -> its value and standard error, which the misfit widens
    chi2 : region -> deviance a bin; about 1 where the model is as good as the counts
    bins : where the spectrum was compared
    counts, expected : (bin,) measured, and told by the model
    notes : a sentence for every figure that the spectrum does not determine
    """

    instrument: Instrument
    calibration: EnergyCalibration
    scale: float
    traces: dict[str, float]
    mass_thickness: float
    figures: dict[str, tuple[float, float]]
    chi2: dict[str, float]
    bins: Bins
    counts: NDArray[np.float64]
    expected: NDArray[np.float64]
    notes: tuple[str, ...]


def fit_instrument(
    instrument: Instrument,
    spectrum: ArrayLike,
    calibration: EnergyCalibration,
    layers: Sequence[Layer],
    free: Sequence[str] = FREE,
    *,
    traces: Mapping[str, float] | None = None,
    range_kev: tuple[float, float] = (1.0, 60.0),
    leave_out_kev: Sequence[tuple[float, float]] = (),
    model_error: float = 0.0,
    regions: Mapping[str, tuple[float, float]] = REGIONS,
) -> InstrumentFit:
    """Fit figures of an instrument to the spectrum of a known sample, by maximum likelihood.

    A model error keeps a few bright lines, whose counts are better than any model, from
    outweighing all else: see `FitProblem.residuals`.

    Parameters
    ----------
    instrument : first guess; figures that are not free stay
    spectrum : (channel,) counts as measured
    calibration : first guess of zero and gain; noise and Fano factor are the instrument's
    layers : the sample, top first: (mass fractions by element, g/cm2)
    free : what to fit: numbers of `Instrument` by name, "zero", "gain", "filter:Al",
        "own_lines:Fe", "mass_thickness" of the lowest layer; the scale is always free
    traces : element -> first guess of its mass fraction in the top layer, fitted as well
    range_kev : energies to fit
    leave_out_kev : ranges within it to leave out, such as a diffraction peak
    model_error : relative error that the model may have in every bin
    regions : name -> range for which the misfit is told

    Raises
    ------
    InstrumentError : where the spectrum is empty or negative, a name is no figure, or there is
        nothing to fit in the range
    StackError : where the layers are impossible
    """
    if not layers:
        raise StackError("a fit needs a known sample: give at least one layer")
    if not 0.0 <= model_error < 1.0:
        raise InstrumentError(f"a model error of {model_error} is outside 0 to 1")
    problem = FitProblem(instrument, calibration, spectrum, layers, model_error)
    centres = problem.bins(calibration).centres
    used = (centres >= range_kev[0]) & (centres < range_kev[1])
    for low, high in leave_out_kev:
        used &= (centres < low) | (centres >= high)
    measured = float(problem.counts[used].sum())
    if measured < LEAST_COUNTS:
        raise InstrumentError(
            f"the spectrum has fewer than {LEAST_COUNTS:g} counts from {range_kev[0]:g} to "
            f"{range_kev[1]:g} keV: there is nothing to fit"
        )
    start = Sample(instrument, calibration, dict(traces or {}), layers[-1][1], 1.0)
    told = float(problem.expected(start)[used].sum())
    if not told > 0.0:
        raise InstrumentError("the model expects no counts in the range: check tube and sample")
    figures = FreeFigures(start.scaled(measured / told), free)
    if used.sum() <= len(figures.names):
        raise InstrumentError(f"{used.sum()} bins cannot tell {len(figures.names)} figures")

    def residuals(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        return problem.residuals(figures.at(vector))[used]

    def jacobian(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        steps = np.where(vector + STEP < figures.upper, STEP, -STEP)
        here = residuals(vector)
        moved = [residuals(vector + step) - here for step in np.diag(steps)]
        return np.stack(moved, axis=1) / steps

    found = least_squares(
        residuals,
        figures.first,
        jac=jacobian,
        bounds=(figures.lower, figures.upper),
        x_scale="jac",
        ftol=1e-5,
        xtol=1e-5,
        max_nfev=80,
    )
    best = figures.at(found.x)
    deviation, correlation = _covariance(found.jac, found.fun)
    deviance = problem.residuals(best) ** 2
    return InstrumentFit(
        instrument=best.instrument,
        calibration=best.calibration,
        scale=best.scale,
        traces=best.traces,
        mass_thickness=best.mass_thickness,
        figures={
            name: (figures.value(name, best), figures.error(name, best, float(each)))
            for name, each in zip(figures.names, deviation, strict=True)
        },
        chi2={
            name: float(deviance[inside].mean())
            for name, (low, high) in regions.items()
            if (inside := used & (centres >= low) & (centres < high)).any()
        },
        bins=problem.bins(best.calibration),
        counts=problem.counts,
        expected=problem.expected(best),
        notes=tuple(_notes(figures, found.x, deviation, correlation)),
    )


def _covariance(
    jacobian: NDArray[np.float64], residuals: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Standard deviations (figure,) and correlations (figure, figure) of the coordinates."""
    length = np.linalg.norm(jacobian, axis=0)
    unit = jacobian / np.where(length > 0.0, length, 1.0)
    inverse = np.linalg.pinv(unit.T @ unit, rcond=1e-10)
    misfit = float(residuals @ residuals) / max(len(residuals) - jacobian.shape[1], 1)
    spread = np.sqrt(np.maximum(np.diag(inverse), 1e-300))
    correlation = inverse / spread[:, None] / spread
    deviation = np.where(length > 0.0, spread / np.where(length > 0.0, length, 1.0), np.inf)
    return deviation * np.sqrt(max(misfit, 1.0)), correlation


def _notes(
    figures: FreeFigures,
    vector: NDArray[np.float64],
    deviation: NDArray[np.float64],
    correlation: NDArray[np.float64],
) -> list[str]:
    best, notes = figures.at(vector), []
    for i, name in enumerate(figures.names):
        if name in ("zero", "gain", "scale"):
            continue
        value = figures.value(name, best)
        if min(vector[i] - figures.lower[i], figures.upper[i] - vector[i]) < 1e-3:
            notes.append(f"{name} ran to the end of its range, {value:.3g}")
        elif deviation[i] > UNDETERMINED:
            notes.append(
                f"{name} is not determined by this spectrum: {value:.3g} with a standard error of "
                f"{100.0 * deviation[i]:.0f} %"
            )
        others = np.abs(correlation[i, :i])
        if i and others.max() > ENTANGLED:
            partner = figures.names[int(others.argmax())]
            notes.append(f"{name} and {partner} cannot be told apart by this spectrum")
    return notes
