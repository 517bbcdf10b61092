"""Net counts of line families in many spectra at once by linear fit.

All spectra share one design: line shapes, continuum and scatter as the sum of the spectra shows
them, and one set of channel weights. The least-squares solution is then a single matrix product
for any number of pixels. Weights that followed each pixel's own noise would bias its amplitudes
low; these do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .background import continuum_tents, running_mean
from .coordinate_descent import non_negative
from .escape import with_escape_as_seen
from .pileup import coincidences, sum_peaks
from .scatter import Scatter
from .spectrum_fit import SpectrumFit, fit_spectrum
from .templates import brightest_kev, family_templates, split_family

SHORT_TAILS = 0.002
"""Less than where one spectrum alone is to be explained: a tail that takes up continuum would make
it follow the peak from pixel to pixel, while continuum that takes up a tail is let go in each."""
SOFTER = {"K": "L", "L": "M"}
COMPANION_SIGMA = 10.0
COMPANION_KEV = (2.0, 8.0)
"""Where the brightest line of a softer family must lie for it to be fitted beside a harder one."""
PILING_FAMILIES = 6
FLOOR_COUNTS = 1.0
SPECTRA_AT_ONCE = 4096
"""Amplitudes of so many stay in the cache, and are enough for a step of the fit to pay."""
READ_AT_ONCE = 256
"""Spectra of so many stay in the cache."""


@dataclass(frozen=True, eq=False)
class PileUp:
    """Second-order pile-up between the strongest families of each pixel.

    Attributes
    ----------
    first, second : (pair,) families that come together
    reading : (pair, part) float64, what the design reads off one sum count
    shape : (pair, channel) float64, one count each
    rate : sum counts for each product of two families' counts in a pixel
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    reading: NDArray[np.float64]
    shape: NDArray[np.float64]
    rate: float

    def counts(self, lines: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum counts of each pair, (pair, n) float32, from net counts (family, n)."""
        rate = self.rate * np.where(self.first == self.second, 1.0, 2.0)
        both = lines[self.first] * lines[self.second]
        both *= rate[:, None].astype(np.float32)
        return both


@dataclass(frozen=True, eq=False)
class Design:
    """What the spectra of a scan are made of, and how to read amplitudes off them.

    Attributes
    ----------
    families : line families that were asked for, the first rows of `parts`
    lines : how many rows of `parts` are line families; the last of them are those that come along
        with what was asked for
    parts : (part, channel) float64, one count each; then continuum pieces and scatter
    weight : (channel,) float64, inverse variance of the mean spectrum, for the channels in use
    gram : (part, part) float64, so weighted
    reader : (part, channel) float64; unconstrained amplitudes are ``reader @ counts``
    spread : (family, part) float64, variance of each family's counts for one count of a part
    least_variance : (family,) float64, variance with one count in all of the continuum
    pile_up : sum peaks, None where the sum spectrum has none
    first, last : channels used, [first, last)
    sum_fit : the fit of the sum spectrum that the shapes were taken from
    """

    families: tuple[str, ...]
    lines: int
    parts: NDArray[np.float64]
    weight: NDArray[np.float64]
    gram: NDArray[np.float64]
    reader: NDArray[np.float64]
    spread: NDArray[np.float64]
    least_variance: NDArray[np.float64]
    pile_up: PileUp | None
    first: int
    last: int
    sum_fit: SpectrumFit

    @cached_property
    def rows(self) -> NDArray[np.float32]:
        """The reader in single precision, (part, channel in use) float32."""
        return np.ascontiguousarray(self.reader, dtype=np.float32)


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


def build_design(
    spectrum: NDArray[np.generic],
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    pixels: int = 1,
    unevenness: float = 1.0,
    tube_kv: float | None = None,
    scatter: Scatter | None = None,
    pairs: NDArray[np.float64] | None = None,
) -> Design:
    """Learn line shapes, continuum, scatter and pile-up from the sum of spectra.

    Where an element shows its K lines its L lines are there as well, and its M lines where it shows
    its L lines, though a sum spectrum may not tell them from others (antimony's L from calcium's
    K): left out, they would be taken for those others. So they are fitted too, without a map.

    Parameters
    ----------
    spectrum : (channel,) counts, the sum of all spectra to be fitted
    calibration : energy axis and resolution
    families : line families, as "Fe-K"
    pixels : how many spectra the sum holds
    unevenness : mean square of the pixels' counts over the square of their mean; pile-up grows
        with the square
    tube_kv : highest exciting energy, keV; from the spectrum's upper end if None
    scatter : scattered tube lines; looked for if None
    pairs : how photons of one pixel come together, from `pixel_coincidences`; as in the sum if None

    Raises
    ------
    ValueError : a name that is no family
    CalibrationError : fewer than ten channels with counts lie above 1 keV
    """
    total = np.maximum(np.asarray(spectrum, dtype=np.float64), 0.0)
    fit = fit_spectrum(
        total, calibration, families,
        tube_kv=tube_kv, scatter=scatter, tail_slack=SHORT_TAILS, pairs=pairs,
    )  # fmt: skip
    fit = with_escape_as_seen(fit, calibration)
    window = slice(fit.first, fit.last)
    beside = family_templates(companions(fit), calibration, len(total), fit.tube_kv)
    pieces = [fit.templates, beside, continuum_tents(fit.continuum, calibration)]
    if fit.compton.sum() > 0.0:
        pieces.append((fit.compton / fit.compton.sum())[None])
    parts = np.concatenate(pieces)[:, window]
    fwhm = float(calibration.fwhm(5.0)) / calibration.gain
    smooth = running_mean(total, max(1, int(0.25 * fwhm)))[window]
    weight = pixels / np.maximum(smooth, FLOOR_COUNTS)
    weighted = parts * weight
    gram = weighted @ parts.T
    reader = np.asarray(np.linalg.solve(_regular(gram), weighted), dtype=np.float64)
    pile_up = _pile_up(fit, calibration, reader, pixels, unevenness)
    square = reader[: len(families)] ** 2
    level = fit.continuum[window] / max(float(fit.continuum[window].sum()), 1e-12)
    return Design(
        tuple(families), len(families) + len(beside), parts, weight, gram, reader,
        square @ parts.T, square @ level, pile_up, fit.first, fit.last, fit,
    )  # fmt: skip


def companions(fit: SpectrumFit) -> tuple[str, ...]:
    """Softer line families, as "Sb-L", of elements of which a spectrum shows the harder ones.

    Those that lie in the spectrum and were not fitted; the tube's own scattered lines bring none.
    """
    lowest, highest = COMPANION_KEV
    anode = fit.scatter.anode if fit.scatter is not None else ""
    softer = []
    for name, significance in zip(fit.families, fit.significance, strict=True):
        element, kind = split_family(name)
        if kind in SOFTER and element != anode and significance > COMPANION_SIGMA:
            softer.append(f"{element}-{SOFTER[kind]}")
    return tuple(
        name
        for name in dict.fromkeys(softer)
        if name not in fit.families and lowest < brightest_kev(name, fit.tube_kv) < highest
    )


def _regular(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix with just enough on its diagonal that parts without counts stay at zero."""
    diagonal = np.diag(gram)
    return np.asarray(gram + np.diag(1e-9 * diagonal + (diagonal <= 0.0)))


def _pile_up(
    fit: SpectrumFit,
    calibration: EnergyCalibration,
    reader: NDArray[np.float64],
    pixels: int,
    unevenness: float,
) -> PileUp | None:
    sums = float(fit.pile_up.sum())
    strong = np.argsort(-fit.counts)[:PILING_FAMILIES]
    strong = strong[fit.counts[strong] > 0.0]
    if sums <= 0.0 or len(strong) == 0:
        return None
    channels = len(fit.model)
    first, second = (strong[index] for index in np.triu_indices(len(strong)))
    shape = np.array(
        [
            sum_peaks(coincidences(fit.templates[one], fit.templates[other]), calibration, channels)
            for one, other in zip(first, second, strict=True)
        ]
    )[:, fit.first : fit.last]
    pairs = float(fit.counts[strong].sum()) ** 2 / pixels * unevenness
    return PileUp(first, second, shape @ reader.T, shape, sums / pairs)


def read_amplitudes(spectra: NDArray[np.generic], design: Design) -> NDArray[np.float32]:
    """What the design reads off spectra before sum peaks are taken off and signs are looked at.

    Parameters
    ----------
    spectra : (n, channel) counts
    design : from `build_design`, for the same channels

    Returns
    -------
    (part, n) float32, counts, for `settle`
    """
    amplitude = np.empty((len(design.rows), len(spectra)), dtype=np.float32)
    for some in _together(len(spectra), READ_AT_ONCE):
        counts = spectra[some, design.first : design.last].astype(np.float32, copy=False)
        np.matmul(design.rows, counts.T, out=amplitude[:, some])
    return amplitude


def settle(amplitude: NDArray[np.float32], design: Design) -> NDArray[np.float32]:
    """Net counts of line families, none below 0, without their errors.

    Parameters
    ----------
    amplitude : (part, n) float32, from `read_amplitudes`; the more spectra at once, the less each
        of them takes

    Returns
    -------
    (family, n) float32, as `LineFit.counts` on its side
    """
    found = np.empty((len(design.families), amplitude.shape[1]), dtype=np.float32)
    for some in _together(amplitude.shape[1], SPECTRA_AT_ONCE):
        read = amplitude[:, some]
        found[:, some] = _fitted(read, _sums(read, design), design, True)[: len(found)]
    return found


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
    pixels, families, all_lines = len(spectra), len(design.families), design.lines
    lines = np.zeros((pixels, families), dtype=np.float32)
    sigma = np.zeros_like(lines)
    background = model = None
    if with_model:
        background = np.zeros(spectra.shape, dtype=np.float32)
        model = np.zeros_like(background)
    inside = slice(design.first, design.last)
    for rows in _together(pixels, SPECTRA_AT_ONCE):
        read = read_amplitudes(spectra[rows], design)
        sums = _sums(read, design)
        sigma[rows] = _sigma(read.T, design)
        amplitude = _fitted(read, sums, design, nonnegative).T
        lines[rows] = amplitude[:, :families]
        if background is not None and model is not None:
            background[rows, inside] = amplitude[:, all_lines:] @ design.parts[all_lines:]
            model[rows, inside] = background[rows, inside]
            model[rows, inside] += amplitude[:, :all_lines] @ design.parts[:all_lines]
            if design.pile_up is not None:
                model[rows, inside] += sums.T @ design.pile_up.shape
    return LineFit(design.families, lines, sigma, background, model)


def _together(pixels: int, most: int) -> Iterator[slice]:
    for start in range(0, pixels, most):
        yield slice(start, min(start + most, pixels))


def _sums(amplitude: NDArray[np.float32], design: Design) -> NDArray[np.float32]:
    """Counts of sum peaks, (pair, n) float32."""
    if design.pile_up is None:
        return np.zeros((0, amplitude.shape[1]), dtype=np.float32)
    return design.pile_up.counts(np.maximum(amplitude[: design.lines], 0.0))


def _fitted(
    amplitude: NDArray[np.float32],
    sums: NDArray[np.float32],
    design: Design,
    nonnegative: bool,
) -> NDArray[np.float32]:
    """Amplitudes without sum peaks, (part, n) float32."""
    if design.pile_up is not None:
        amplitude = amplitude - design.pile_up.reading.T.astype(np.float32) @ sums
    if nonnegative:
        projected = design.gram.astype(np.float32) @ amplitude
        return non_negative(amplitude, design.gram, projected)
    return amplitude


def _sigma(amplitude: NDArray[np.floating[Any]], design: Design) -> NDArray[np.float64]:
    """Errors from the fit's own counts: where a pixel happens to have none, they are not small."""
    variance = np.maximum(amplitude, 0.0) @ design.spread.T
    return np.asarray(np.sqrt(np.maximum(variance, design.least_variance)))


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
    design = build_design(
        spectra.sum(axis=0, dtype=np.float64), calibration, families,
        pixels=len(spectra), unevenness=unevenness(each), tube_kv=tube_kv,
    )  # fmt: skip
    return fit_design(spectra, design, nonnegative=nonnegative, with_model=with_model)


def unevenness(pixel_counts: NDArray[np.generic]) -> float:
    """Mean square of pixels' counts, of any shape, over the square of their mean, at least 1."""
    counts = np.asarray(pixel_counts, dtype=np.float64)
    mean = float(counts.mean())
    return float(np.mean(counts**2)) / mean**2 if mean > 0.0 else 1.0
