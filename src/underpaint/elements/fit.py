"""Net counts of line families in many spectra at once by linear fit.

All spectra share one design, so that the least-squares solution is a single matrix product for any
number of pixels. Weights that followed each pixel's own noise would bias its amplitudes low; those
of the sum do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.scan import CompactRows
from underpaint.spectrum import EnergyCalibration

from .background_spread import held_by, moments
from .design import Design, build_design, unevenness
from .non_negative import non_negative
from .spread_pixels import MOST_SPECTRA

SPECTRA_AT_ONCE = 4096
"""Amplitudes of so many stay in the cache, and are enough for a step of the fit to pay."""
READ_AT_ONCE = 256
"""Spectra of so many stay in the cache."""


@dataclass(frozen=True, eq=False)
class LineFit:
    """Net counts of line families in spectra.

    Attributes
    ----------
    names : the families, as "Fe-K"
    counts : (n, family) float32, net counts of the whole family, escape peaks excluded
    sigma : (n, family) float32, one standard deviation of `counts` from counting noise
    background : (n, channel) float32, continuum and scatter, counts; None unless asked for
    model : (n, channel) float32, background, lines and sum peaks, counts; None unless asked for
    """

    names: tuple[str, ...]
    counts: NDArray[np.float32]
    sigma: NDArray[np.float32]
    background: NDArray[np.float32] | None = None
    model: NDArray[np.float32] | None = None


def read_amplitudes(
    spectra: NDArray[np.generic] | CompactRows, design: Design
) -> NDArray[np.float32]:
    """What the design reads off spectra before sum peaks are taken off and signs are looked at.

    Parameters
    ----------
    spectra : (n, channel) counts, or rows of a scan in little room
    design : from `build_design`, for the same channels

    Returns
    -------
    (row, n) float32, counts, for `settle`
    """
    inside = slice(design.first, design.last)
    read = np.empty((len(design.rows), len(spectra)), dtype=np.float32)
    for some in _together(len(spectra), READ_AT_ONCE):
        if isinstance(spectra, CompactRows):
            counts = spectra.spectra(some)[:, inside]
        else:
            counts = spectra[some, inside].astype(np.float32, copy=False)
        np.matmul(design.rows, counts.T, out=read[:, some])
    return read


def settle(read: NDArray[np.float32], design: Design) -> NDArray[np.float32]:
    """Net counts of line families, none below 0, without their errors.

    Parameters
    ----------
    read : (row, n) float32, from `read_amplitudes`; the more spectra at once, the less each of
        them takes

    Returns
    -------
    (family, n) float32, as `LineFit.counts` on its side
    """
    found = np.empty((len(design.families), read.shape[1]), dtype=np.float32)
    for some in _together(read.shape[1], SPECTRA_AT_ONCE):
        amplitude = non_negative(_free(read[:, some], design).amplitude, design.gram)
        found[:, some] = amplitude[: len(found)]
    return found


def fit_design(
    spectra: NDArray[np.generic] | CompactRows,
    design: Design,
    *,
    nonnegative: bool = True,
    with_model: bool = False,
) -> LineFit:
    """Fit spectra with a design laid out before.

    Parameters
    ----------
    spectra : (n, channel) counts, or rows of a scan in little room
    design : from `build_design`, for the same channels
    nonnegative : whether amplitudes below zero are forbidden; without, noise around zero is
        kept and the counts are unbiased
    with_model : whether background and model are returned

    Returns
    -------
    LineFit
    """
    pixels, families, all_lines = len(spectra), len(design.families), design.lines
    lines = np.zeros((pixels, families), dtype=np.float32)
    sigma = np.zeros_like(lines)
    background = model = None
    if with_model:
        background = np.zeros((pixels, len(design.sum_fit.model)), dtype=np.float32)
        model = np.zeros_like(background)
    inside = slice(design.first, design.last)
    read = read_amplitudes(spectra, design)
    for rows in _together(pixels, SPECTRA_AT_ONCE):
        free = _free(read[:, rows], design)
        sigma[rows] = _sigma(free, design).T
        amplitude = free.amplitude
        if nonnegative:
            amplitude = non_negative(amplitude, design.gram)
        lines[rows] = amplitude[:families].T
        if background is not None and model is not None:
            background[rows, inside] = amplitude[all_lines:].T @ design.parts[all_lines:]
            model[rows, inside] = background[rows, inside]
            model[rows, inside] += amplitude[:all_lines].T @ design.parts[:all_lines]
            if design.ratios is not None:
                model[rows, inside] += free.strayed.T @ design.ratios.shape
            if design.pile_up is not None:
                model[rows, inside] += free.sums.T @ design.pile_up.shape
    return LineFit(design.families, lines, sigma, background, model)


def _together(pixels: int, most: int) -> Iterator[slice]:
    for start in range(0, pixels, most):
        yield slice(start, min(start + most, pixels))


@dataclass(frozen=True, eq=False)
class _Free:
    """What is read off spectra, without sum peaks and with the ratios of each, signs as they fall.

    Attributes
    ----------
    amplitude : (part, n) float32, counts
    sums : (pair, n) float32, counts of sum peaks
    strayed, unsure : (change, n) float32, by how much line ratios stray, and its variance
    """

    amplitude: NDArray[np.float32]
    sums: NDArray[np.float32]
    strayed: NDArray[np.float32]
    unsure: NDArray[np.float32]


def _free(read: NDArray[np.float32], design: Design) -> _Free:
    parts, none = len(design.parts), np.zeros((0, read.shape[1]), dtype=np.float32)
    sums = strayed = unsure = none
    if design.pile_up is not None:
        sums = design.pile_up.counts(np.maximum(read[: design.lines], 0.0))
        read = read - design.pile_up.reading.T.astype(np.float32) @ sums
    amplitude = read[:parts]
    if design.ratios is not None:
        strayed, unsure = design.ratios.strayed(read[parts:], amplitude)
        amplitude = amplitude - design.ratios.taken.T.astype(np.float32) @ strayed
    return _Free(amplitude, sums, strayed, unsure)


def _sigma(free: _Free, design: Design) -> NDArray[np.float64]:
    """Errors of the families, (family, n), from the fit's own counts: where a pixel happens to have
    none, they are not small."""
    variance = design.spread @ np.maximum(free.amplitude, 0.0)
    variance = np.maximum(variance, design.least_variance[:, None])
    if design.ratios is not None:
        own = design.ratios.taken[:, : len(variance)]
        variance += np.square(own).T @ free.unsure
    return np.asarray(np.sqrt(variance))


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
    each = spectra.sum(axis=1, dtype=np.float64)
    every = max(1, -(-len(spectra) // MOST_SPECTRA))
    design = build_design(
        spectra.sum(axis=0, dtype=np.float64), calibration, families,
        pixels=len(spectra), unevenness=unevenness(each), tube_kv=tube_kv,
    )  # fmt: skip
    design = held_by(design, [moments(design, np.asarray(spectra[::every], dtype=np.float64))])
    return fit_design(spectra, design, nonnegative=nonnegative, with_model=with_model)
