"""Net counts of line families by linear fit, for one spectrum or many at once.

All spectra share one design matrix and one set of channel weights, so that the least-squares
solution is a single matrix product for any number of pixels. Weights come from the spectra's
sum, never from a single noisy pixel: weights that follow a pixel's own noise would bias its
amplitudes low.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import CalibrationError
from underpaint.spectrum import EnergyCalibration

from .background import continuum, running_mean
from .templates import family_templates

LOWEST_KEV = 1.0
HIGHEST_TUBE_KV = 60.0
CONTINUUM_KNOTS = 9
SWEEPS = 60
SETTLED = 1e-4
FLOOR_COUNTS = 1.0
BEYOND_SHARE = 1e-5
BEYOND_COUNTS = 30.0


@dataclass(frozen=True, eq=False)
class Design:
    """What a spectrum may be made of, and how to read amplitudes off it.

    Attributes
    ----------
    families : names of the line families, the first rows of `parts`
    others : names of the remaining rows: continuum pieces and scatter
    parts : (part, channel) float64; families at one count each
    gram : (part, part) float64, weighted by the inverse variance of the mean spectrum
    reader : (part, channel) float64; amplitudes of unconstrained least squares are
        ``reader @ counts``
    projector : (part, channel) float64, ``weights * parts``
    first, last : channels used, [first, last)
    calibration : the energy axis of those channels
    """

    families: tuple[str, ...]
    others: tuple[str, ...]
    parts: NDArray[np.float64]
    gram: NDArray[np.float64]
    reader: NDArray[np.float64]
    projector: NDArray[np.float64]
    first: int
    last: int
    calibration: EnergyCalibration


@dataclass(frozen=True, eq=False)
class LineFit:
    """Net counts of line families in spectra.

    Attributes
    ----------
    names : the families, as "Fe-K"
    counts : (n, family) float32, net counts of the whole family, escape peaks excluded
    sigma : (n, family) float32, one standard deviation of `counts` from counting noise
    background : (n, channel) float32, continuum and scatter, counts; None unless asked for
    model : (n, channel) float32, background and all lines, counts; None unless asked for
    """

    names: tuple[str, ...]
    counts: NDArray[np.float32]
    sigma: NDArray[np.float32]
    background: NDArray[np.float32] | None = None
    model: NDArray[np.float32] | None = None


def highest_excitation_kev(spectrum: NDArray[np.generic], calibration: EnergyCalibration) -> float:
    """Highest energy that counts reach above the pile-up's tail: about the tube voltage, keV."""
    counts = np.asarray(spectrum, dtype=np.float64)
    energy = calibration.energy(np.arange(len(counts)))
    cumulative = np.cumsum(np.where(energy > LOWEST_KEV, counts, 0.0))
    total = float(cumulative[-1])
    if total <= 0.0:
        return HIGHEST_TUBE_KV
    beyond = max(BEYOND_SHARE * total, BEYOND_COUNTS)
    reached = int(np.searchsorted(cumulative, total - beyond))
    return float(np.clip(energy[reached], 5.0, HIGHEST_TUBE_KV))


def continuum_parts(
    spectrum: NDArray[np.float64],
    calibration: EnergyCalibration,
    knots: int = CONTINUUM_KNOTS,
    scatter: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """The continuum of a spectrum cut into overlapping tents that add up to it.

    Each spectrum then mixes its own continuum from non-negative amounts of the pieces.
    """
    energy = calibration.energy(np.arange(len(spectrum)))
    smooth = np.maximum(continuum(spectrum, calibration), 1e-3 * max(spectrum.mean(), 1e-12))
    top = max(float(energy[-1]), LOWEST_KEV * 2)
    nodes = np.geomspace(LOWEST_KEV, top, knots)
    position = np.interp(energy, nodes, np.arange(knots, dtype=np.float64))
    tents = np.maximum(0.0, 1.0 - np.abs(position - np.arange(knots)[:, None]))
    pieces = tents * smooth
    total = pieces.sum(axis=1, keepdims=True)
    pieces = pieces[total[:, 0] > 0.0] / total[total[:, 0] > 0.0]
    return pieces if scatter is None else np.concatenate([pieces, scatter])


def build_design(
    spectrum: NDArray[np.generic],
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    tube_kv: float | None = None,
    lowest_kev: float = LOWEST_KEV,
    extra: NDArray[np.float64] | None = None,
    extra_names: Sequence[str] = (),
) -> Design:
    """Lay out the parts that spectra like this one are made of.

    Parameters
    ----------
    spectrum : (channel,) counts, the sum or mean that stands for all spectra to be fitted
    calibration : energy axis and resolution
    families : line families, as "Fe-K"
    tube_kv : highest exciting energy, keV; taken from the spectrum's upper end if None
    lowest_kev : channels below are left out: strobe peak and noise, keV
    extra : (part, channel) further non-negative parts, as scatter humps

    Raises
    ------
    ValueError : a name that is no family
    CalibrationError : fewer than ten channels of the spectrum lie above `lowest_kev`
    """
    total = np.asarray(spectrum, dtype=np.float64)
    channels = len(total)
    kv = tube_kv if tube_kv is not None else highest_excitation_kev(total, calibration)
    first = int(np.clip(np.ceil(calibration.channel(lowest_kev)), 0, channels))
    last = min(channels, int(np.flatnonzero(total > 0).max(initial=0)) + 1)
    if last - first < 10:
        raise CalibrationError(
            f"only {max(last - first, 0)} channels with counts lie above {lowest_kev} keV, too "
            "few to fit lines: check the energy calibration"
        )
    lines = family_templates(families, calibration, channels, kv)
    pieces = continuum_parts(total, calibration)
    parts = np.concatenate([lines, pieces] + ([] if extra is None else [extra]))[:, first:last]
    names = [f"continuum {index}" for index in range(len(pieces))] + list(extra_names)
    smoothing = max(1, int(0.25 * float(calibration.fwhm(5.0)) / calibration.gain))
    variance = np.maximum(running_mean(total, smoothing), FLOOR_COUNTS)[first:last]
    projector = parts / variance
    gram = projector @ parts.T
    reader = np.asarray(np.linalg.solve(regular(gram), projector), dtype=np.float64)
    return Design(
        tuple(families), tuple(names), parts, gram, reader, projector, first, last, calibration
    )


def regular(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix with just enough on its diagonal that parts without any counts stay at zero."""
    diagonal = np.diag(gram)
    return gram + np.diag(1e-9 * diagonal + (diagonal <= 0.0) + 1e-12 * diagonal.max())


def non_negative(
    start: NDArray[np.float64], gram: NDArray[np.float64], projected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Non-negative least squares for all spectra at once by cyclic coordinate descent.

    Minimises a'Ga/2 - a'p for each spectrum; only spectra whose unconstrained solution has a
    negative amplitude are worked on (Franc et al. 2005, doi 10.1007/11556121_50).

    Parameters
    ----------
    start : (n, part) unconstrained solutions
    gram : (part, part)
    projected : (n, part), weighted projections of the spectra on the parts

    Returns
    -------
    (n, part) float64, none below 0
    """
    solution = np.maximum(start, 0.0)
    active = np.flatnonzero((start < 0.0).any(axis=1))
    diagonal = np.diag(gram)
    movable = np.flatnonzero(diagonal > 0.0)
    current = solution[active].T.copy()
    slope = gram @ current - projected[active].T
    scale = np.sqrt(diagonal)[:, None]
    for _ in range(SWEEPS):
        largest = 0.0
        for part in movable:
            step = np.maximum(-slope[part] / diagonal[part], -current[part])
            current[part] += step
            slope += np.outer(gram[part], step)
            largest = max(largest, float(np.abs(step).max(initial=0.0)) * float(scale[part, 0]))
        if largest < SETTLED:
            break
    solution[active] = current.T
    return solution


def fit_design(
    spectra: NDArray[np.generic],
    design: Design,
    *,
    nonnegative: bool = True,
    with_model: bool = False,
) -> LineFit:
    """Fit spectra with a design laid out before.

    Parameters
    ----------
    spectra : (n, channel) counts
    design : from `build_design`, for the same channels
    nonnegative : whether amplitudes below zero are forbidden; without, noise around zero is
        kept and the counts are unbiased
    with_model : whether background and model are returned

    Returns
    -------
    LineFit
    """
    counts = np.asarray(spectra[:, design.first : design.last], dtype=np.float32)
    amplitude = (counts @ design.reader.T.astype(np.float32)).astype(np.float64)
    families = len(design.families)
    square = (design.reader[:families] ** 2).T.astype(np.float32)
    sigma = np.sqrt(counts @ square)
    if nonnegative:
        amplitude = non_negative(amplitude, design.gram, amplitude @ design.gram)
    lines = amplitude[:, :families]
    background = model = None
    if with_model:
        channels = spectra.shape[-1]
        background = np.zeros((len(counts), channels), dtype=np.float32)
        model = np.zeros_like(background)
        inside = slice(design.first, design.last)
        background[:, inside] = amplitude[:, families:] @ design.parts[families:]
        model[:, inside] = background[:, inside] + lines @ design.parts[:families]
    return LineFit(
        design.families, lines.astype(np.float32), sigma.astype(np.float32), background, model
    )


def fit_lines(
    spectra: NDArray[np.generic],
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    tube_kv: float | None = None,
    nonnegative: bool = True,
    with_model: bool = False,
) -> LineFit:
    """Net counts of line families in each of several spectra.

    Parameters
    ----------
    spectra : (n, channel) counts
    calibration : energy axis and resolution
    families : line families, as "Fe-K"
    tube_kv : highest exciting energy, keV; taken from the spectra's upper end if None
    nonnegative : whether amplitudes below zero are forbidden
    with_model : whether background and model are returned

    Raises
    ------
    ValueError : a name that is no family, or spectra of the wrong shape
    CalibrationError : no channels above 1 keV
    """
    if spectra.ndim != 2:
        raise ValueError(f"spectra must have the shape (n, channel), not {spectra.shape}")
    total = spectra.sum(axis=0, dtype=np.float64)
    design = build_design(total, calibration, families, tube_kv=tube_kv)
    return fit_design(spectra, design, nonnegative=nonnegative, with_model=with_model)
