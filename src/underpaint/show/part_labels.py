"""What the peaks of a simulated spectrum are, from the parts that it was made of."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from underpaint.xray import COMPTON, MULTIPLE, OWN_LINES, PILE_UP, RAYLEIGH, ZERO_PEAK, compton_kev

from .element_colours import element_colour
from .markers import ESCAPE_KEV, line_classes
from .peak_labels import PeakLabel

if TYPE_CHECKING:
    from underpaint.paint import PointSpectrum

OTHER_COLOURS = {
    RAYLEIGH: "#0072b2",
    COMPTON: "#56b4e9",
    MULTIPLE: "#8fb3c9",
    OWN_LINES: "#5c7a29",
    PILE_UP: "#cc79a7",
    ZERO_PEAK: "#6f6f6a",
}
LEAST_SHARE = 0.2
"""A part names a peak where it makes at least this share of the counts there."""
SEEN_SIGMA = 4.0
FAINTEST = 3e-6
"""Without counting noise, peaks lower than this share of the highest one are not named."""
COMPTON_WIDE = 3.0
"""Compton peaks are widened by the electrons' momentum."""
FAINTEST_SCATTERED = 0.1
"""Scatter of weaker lines of the tube, by their share of the family, is not named."""
MOST_LABELS = 48
STRONGEST = 6


def part_colour(name: str) -> str:
    """The colour of a part of a spectrum."""
    return OTHER_COLOURS.get(name) or element_colour(name)


def part_labels(spectrum: PointSpectrum) -> list[PeakLabel]:
    """Names for the peaks that can be seen: element lines, scatter, sum and escape peaks."""
    peaks = Peaks(spectrum)
    instrument = spectrum.point.instrument
    kv = float(instrument.kv)
    held = {each for layer in spectrum.point.layers for each in layer.weight_fractions}
    lines: list[PeakLabel] = []
    for symbol in spectrum.parts:
        if symbol in OTHER_COLOURS:
            continue
        note = "" if symbol in held else f" ({instrument.atmosphere})"
        lines += peaks.lines(symbol, symbol, note, kv)
    for symbol in instrument.own_lines:
        lines += peaks.lines(OWN_LINES, symbol, " (scanner)", kv)
    labels = [*lines, *_scatter(peaks, spectrum)]
    strongest = sorted(lines, key=lambda label: -label.height)[:STRONGEST]
    labels += _escapes(peaks, strongest, labels)
    labels += _sums(peaks, strongest, labels)
    labels.sort(key=lambda label: -label.height)
    return labels[:MOST_LABELS]


class Peaks:
    """Asks of a spectrum whether a part makes a peak that can be seen at an energy."""

    def __init__(self, spectrum: PointSpectrum) -> None:
        self.energy_kev = spectrum.energy_kev
        self.parts = spectrum.parts
        self.total = spectrum.expected
        self._calibration = spectrum.point.calibration
        self._counted = spectrum.point.counts is not None
        self._floor = FAINTEST * float(self.total[self.energy_kev > 1.0].max())

    def fwhm(self, energy_kev: float) -> float:
        """Resolution, keV."""
        return float(self._calibration.fwhm(energy_kev))

    def label(self, part: str, energy_kev: float, text: str, wide: float = 1.0) -> PeakLabel | None:
        """A label where the part makes a peak, None where it does not.

        Parameters
        ----------
        wide : width of the peak in units of the resolution
        """
        if part not in self.parts:
            return None
        energy_kev = self._highest(part, energy_kev)
        inside = self._within(energy_kev, 0.5 * wide)
        sides = self._within(energy_kev, 1.6 * wide) & ~self._within(energy_kev, 0.9 * wide)
        if not inside.any() or not sides.any():
            return None
        here, all_here = self.parts[part][inside], self.total[inside]
        peak = here.sum() - self.parts[part][sides].mean() * inside.sum()
        faint = SEEN_SIGMA * np.sqrt(all_here.sum()) if self._counted else 0.0
        seen = peak > faint and all_here.max() > self._floor
        if not seen or peak < LEAST_SHARE * all_here.sum():
            return None
        return PeakLabel(energy_kev, text, part_colour(part), float(all_here.max()))

    def lines(self, part: str, symbol: str, note: str, kv: float) -> list[PeakLabel]:
        """The α, β, γ and ℓ lines of an element that make peaks of their own."""
        return self.distinct(
            self.label(part, energy, f"{symbol} {name}{note}")
            for family in "KLM"
            for name, energy, _ in line_classes(symbol, family, kv)
        )

    def distinct(self, labels: Iterable[PeakLabel | None]) -> list[PeakLabel]:
        """The labels that there are, the first of those that name one peak."""
        found: list[PeakLabel] = []
        for label in labels:
            if label is not None and self.apart(label, found, 0.5):
                found.append(label)
        return found

    def apart(self, label: PeakLabel, others: Iterable[PeakLabel], widths: float = 1.0) -> bool:
        """Whether a label stands at no other's peak."""
        distance = widths * self.fwhm(label.energy_kev)
        return all(abs(label.energy_kev - other.energy_kev) > distance for other in others)

    def _highest(self, part: str, energy_kev: float) -> float:
        """Where the part is highest within one resolution of an energy, keV."""
        near = np.flatnonzero(self._within(energy_kev, 1.0))
        if near.size == 0:
            return energy_kev
        return float(self.energy_kev[near[self.parts[part][near].argmax()]])

    def _within(self, energy_kev: float, widths: float) -> NDArray[np.bool_]:
        away = np.abs(self.energy_kev - energy_kev)
        return np.asarray(away <= widths * self.fwhm(energy_kev), dtype=np.bool_)


def _scatter(peaks: Peaks, spectrum: PointSpectrum) -> list[PeakLabel]:
    instrument = spectrum.point.instrument
    rayleigh: list[PeakLabel | None] = []
    compton: list[PeakLabel | None] = []
    for family in "KL":
        for name, energy, share in line_classes(instrument.anode, family, float(instrument.kv)):
            if share >= FAINTEST_SCATTERED:
                after = float(compton_kev(energy, float(instrument.scatter_deg)))
                text = f"{instrument.anode} {name}"
                rayleigh.append(peaks.label(RAYLEIGH, energy, f"{text} Rayleigh"))
                compton.append(peaks.label(COMPTON, after, f"{text} Compton", COMPTON_WIDE))
    return [*peaks.distinct(rayleigh), *peaks.distinct(compton)]


def _escapes(peaks: Peaks, strongest: list[PeakLabel], taken: list[PeakLabel]) -> list[PeakLabel]:
    found: list[PeakLabel] = []
    for line in strongest:
        energy = line.energy_kev - ESCAPE_KEV
        label = peaks.label(line.text.split()[0], energy, f"{line.text} escape")
        if label is not None and peaks.apart(label, [*taken, *found]):
            found.append(label)
    return found


def _sums(peaks: Peaks, strongest: list[PeakLabel], taken: list[PeakLabel]) -> list[PeakLabel]:
    """Sum peaks, each named once, by the strongest pair of lines that gives it."""
    found: list[PeakLabel] = []
    pairs = sorted(
        combinations_with_replacement(strongest, 2),
        key=lambda pair: -pair[0].height * pair[1].height,
    )
    for first, second in pairs:
        text = f"2 × {first.text}" if first is second else f"{first.text} + {second.text}"
        label = peaks.label(PILE_UP, first.energy_kev + second.energy_kev, text)
        if label is not None and peaks.apart(label, [*taken, *found]):
            found.append(label)
    return found
