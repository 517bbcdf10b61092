"""What the spectra of a scan are made of, as their sum shows it, and how to read it off them.

All spectra share one design: line shapes, continuum and scatter as the sum of the spectra shows
them, and one set of channel weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .background import continuum_tents, running_mean
from .escape import with_escape_as_seen
from .family import split_family
from .pileup import coincidences, sum_peaks
from .ratios import Ratios, find_ratios
from .scatter import Scatter
from .spectrum_fit import SpectrumFit, fit_spectrum
from .templates import brightest_kev, family_templates

SHORT_TAILS = 0.002
"""Less than where one spectrum alone is to be explained: a tail that takes up continuum would make
it follow the peak from pixel to pixel, while continuum that takes up a tail is let go in each."""
SOFTER = {"K": "L", "L": "M"}
COMPANION_SIGMA = 10.0
COMPANION_KEV = (2.0, 8.0)
"""Where the brightest line of a softer family must lie for it to be fitted beside a harder one."""
PILING_FAMILIES = 6
FLOOR_COUNTS = 1.0


@dataclass(frozen=True, eq=False)
class PileUp:
    """Second-order pile-up between the strongest families of each pixel.

    Attributes
    ----------
    first, second : (pair,) families that come together
    reading : (pair, row) float64, what the design's rows read off one sum count
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
    ratios : of lines, as they stray from pixel to pixel; None where none is seen to
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
    ratios: Ratios | None
    pile_up: PileUp | None
    first: int
    last: int
    sum_fit: SpectrumFit

    @cached_property
    def rows(self) -> NDArray[np.float32]:
        """All that is read off a spectrum, parts and then ratios, (row, channel in use) float32."""
        return np.ascontiguousarray(_rows(self.reader, self.ratios), dtype=np.float32)

    def with_ties(self, tied: NDArray[np.float64]) -> Design:
        """The same parts, held together.

        Parameters
        ----------
        tied : (part, part) float64, inverse covariance of what they may be beforehand; 0 for those
            that are free
        """
        gram = self.gram + tied
        weighted = self.parts * self.weight
        reader = np.asarray(np.linalg.solve(_regular(gram), weighted), dtype=np.float64)
        ratios, pile_up = self.ratios, self.pile_up
        if ratios is not None:
            ratios = Ratios.of(ratios.family, ratios.shape, self.parts, self.weight, reader)
        if pile_up is not None:
            pile_up = replace(pile_up, reading=pile_up.shape @ _rows(reader, ratios).T)
        spread, least = _spread(self.sum_fit, self.parts, reader)
        return replace(
            self, gram=gram, reader=reader, spread=spread, least_variance=least, ratios=ratios,
            pile_up=pile_up,
        )  # fmt: skip


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
    ratios = find_ratios(fit, calibration, parts, weight, reader)
    pile_up = _pile_up(fit, calibration, _rows(reader, ratios), pixels, unevenness)
    return Design(
        tuple(families), len(families) + len(beside), parts, weight, gram, reader,
        *_spread(fit, parts, reader), ratios, pile_up, fit.first, fit.last, fit,
    )  # fmt: skip


def _spread(
    fit: SpectrumFit, parts: NDArray[np.float64], reader: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance of each family's counts for one count of each part, and for one of continuum."""
    window = slice(fit.first, fit.last)
    square = reader[: len(fit.families)] ** 2
    level = fit.continuum[window] / max(float(fit.continuum[window].sum()), 1e-12)
    return square @ parts.T, square @ level


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


def _rows(reader: NDArray[np.float64], ratios: Ratios | None) -> NDArray[np.float64]:
    return reader if ratios is None else np.concatenate([reader, ratios.reader])


def _regular(gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix with just enough on its diagonal that parts without counts stay at zero."""
    diagonal = np.diag(gram)
    return np.asarray(gram + np.diag(1e-9 * diagonal + (diagonal <= 0.0)))


def _pile_up(
    fit: SpectrumFit,
    calibration: EnergyCalibration,
    rows: NDArray[np.float64],
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
    return PileUp(first, second, shape @ rows.T, shape, sums / pairs)


def unevenness(pixel_counts: NDArray[np.generic]) -> float:
    """Mean square of pixels' counts, of any shape, over the square of their mean, at least 1."""
    counts = np.asarray(pixel_counts, dtype=np.float64)
    mean = float(counts.mean())
    return float(np.mean(counts**2)) / mean**2 if mean > 0.0 else 1.0
