"""A simulated spectrum taken apart: which element, which scatter makes which peak."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from underpaint.xray import COMPTON, MULTIPLE, OWN_LINES, RAYLEIGH, ZERO_PEAK

from .part_labels import FAINTEST, OTHER_COLOURS, part_colour, part_labels
from .peak_labels import PeakLabel, draw_peak_labels
from .stratigraphy_drawing import INK, draw_stratigraphy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from underpaint.paint import Library, PointSpectrum

LOWEST_KEV = 0.7
WITH_ZERO_PEAK_KEV = -0.3
LINEAR_LABEL = 0.04
"""Peaks above this share of the highest are named in the linear panel too."""
TEXT_REACH_KEV = 2.0
LETTER_POINTS = 4.6
SCATTERED = (MULTIPLE, COMPTON, RAYLEIGH)
BENEATH = (*SCATTERED, OWN_LINES)


def parts_figure(
    spectrum: PointSpectrum, library: Library, width_in: float = 11.0, height_in: float = 7.6
) -> Figure:
    """The spectrum on a logarithmic scale with each part as a curve of its own, and stacked.

    Above, on a logarithmic scale, the parts overlap: each has its true height. Below, on a linear
    one, they are stacked: each has its true area. At the side, the stratigraphy.

    Parameters
    ----------
    library : that the pigments of the stratigraphy are from
    width_in, height_in : size of the figure, inches

    Returns
    -------
    matplotlib Figure with an Agg canvas.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if spectrum.point.counts is None:
        spectrum = _per_million(spectrum)
    figure = Figure(figsize=(width_in, height_in))
    FigureCanvasAgg(figure)
    upper = figure.add_axes((0.07, 0.37, 0.75, 0.42))
    lower = figure.add_axes((0.07, 0.075, 0.75, 0.265), sharex=upper)
    side = figure.add_axes((0.845, 0.075, 0.145, 0.715))
    shown = _shown(spectrum)
    for axes in (upper, lower):
        axes.set_xlim(*shown)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=9, colors=INK)
    _draw_parts(upper, spectrum, shown)
    _draw_stacked(lower, spectrum, shown)
    labels = [each for each in part_labels(spectrum) if shown[0] < each.energy_kev < shown[1]]
    draw_peak_labels(upper, labels)
    names = _Names(upper)
    _name_others(upper, spectrum, labels, names)
    _name_continua(upper, spectrum, labels, names)
    _name_highest(lower, spectrum, labels)
    draw_stratigraphy(side, spectrum.point.layers, library)
    side.set_title("not to scale", fontsize=7.5, color="#6f6f6a", loc="right", pad=3)
    _draw_title(figure, spectrum)
    return figure


def _shown(spectrum: PointSpectrum) -> tuple[float, float]:
    first, last = (float(spectrum.energy_kev[i]) for i in (0, -1))
    low = WITH_ZERO_PEAK_KEV if ZERO_PEAK in spectrum.parts else LOWEST_KEV
    return max(low, first), min(last, 1.02 * float(spectrum.point.instrument.kv))


def _inside(spectrum: PointSpectrum, shown: tuple[float, float]) -> NDArray[np.bool_]:
    return (spectrum.energy_kev >= shown[0]) & (spectrum.energy_kev <= shown[1])


def _draw_parts(axes: Any, spectrum: PointSpectrum, shown: tuple[float, float]) -> None:
    from matplotlib.ticker import AutoMinorLocator

    inside = _inside(spectrum, shown)
    energy, expected = spectrum.energy_kev[inside], spectrum.expected[inside]
    top = float(expected.max())
    bottom = FAINTEST * top
    if spectrum.point.counts is not None:
        bottom = max(0.3, bottom)
    if spectrum.noisy:
        counted = np.where(spectrum.counts[inside] > 0, spectrum.counts[inside], np.nan)
        axes.plot(energy, counted, ".", color="#b9b9b4", markersize=1.6, zorder=1, label="counted")
    for name, part in sorted(spectrum.parts.items(), key=lambda item: -item[1].sum()):
        height = np.where(part[inside] > bottom, part[inside], bottom)
        colour = part_colour(name)
        axes.fill_between(energy, bottom, height, color=colour, alpha=0.16, linewidth=0, zorder=2)
        visible = np.where(part[inside] > bottom, part[inside], np.nan)
        axes.plot(energy, visible, color=colour, linewidth=0.9, zorder=3)
    axes.plot(energy, expected, color=INK, linewidth=0.7, alpha=0.9, zorder=4, label="expected")
    if spectrum.noisy:
        axes.legend(frameon=False, fontsize=8, loc="upper right", markerscale=4)
    axes.set_yscale("log")
    axes.set_ylim(bottom, 1.7 * top)
    axes.set_ylabel(_unit(spectrum), fontsize=10, color=INK)
    axes.xaxis.set_minor_locator(AutoMinorLocator())
    axes.tick_params(labelbottom=False)


def _draw_stacked(axes: Any, spectrum: PointSpectrum, shown: tuple[float, float]) -> None:
    inside = _inside(spectrum, shown)
    energy = spectrum.energy_kev[inside]
    beneath = np.zeros(len(energy))
    for name in _stacking(spectrum):
        above = beneath + spectrum.parts[name][inside].clip(min=0.0)
        axes.fill_between(energy, beneath, above, color=part_colour(name), alpha=0.85, linewidth=0)
        beneath = above
    axes.plot(energy, spectrum.expected[inside], color=INK, linewidth=0.5)
    axes.set_ylim(0.0, 1.14 * float(spectrum.expected[inside].max()))
    axes.set_xlabel("Energy (keV)", fontsize=10, color=INK)
    axes.set_ylabel("stacked, linear", fontsize=10, color=INK)


def _stacking(spectrum: PointSpectrum) -> list[str]:
    """Scatter beneath, then the elements with the brightest first, pile-up on top."""
    beneath = [name for name in BENEATH if name in spectrum.parts]
    elements = [name for name in spectrum.parts if name not in OTHER_COLOURS]
    elements.sort(key=lambda name: -spectrum.parts[name].sum())
    rest = [name for name in spectrum.parts if name not in (*beneath, *elements)]
    return [*beneath, *elements, *rest]


class _Names:
    """Texts on curves that never cover one another."""

    def __init__(self, axes: Any) -> None:
        self._axes = axes
        self._taken: list[Any] = []

    def put(self, energy_kev: float, height: float, text: str, part: str, **place: str) -> bool:
        """Write a text; False, and nothing written, where another is in the way."""
        from matplotlib.patheffects import withStroke

        written = self._axes.text(
            energy_kev, height, text, fontsize=7.5, color=part_colour(part), zorder=5,
            path_effects=[withStroke(linewidth=2.5, foreground="white")], **place,
        )  # fmt: skip
        box = written.get_window_extent(self._axes.figure.canvas.get_renderer())
        if any(box.overlaps(other) for other in self._taken):
            written.remove()
            return False
        self._taken.append(box)
        return True


def _name_others(
    axes: Any, spectrum: PointSpectrum, labels: list[PeakLabel], names: _Names
) -> None:
    """Names of the parts that can be seen but make no peak of their own, at their maxima."""
    named = {label.colour for label in labels}
    low, high = axes.get_xlim()
    inside = _inside(spectrum, (low, high))
    for name, part in spectrum.parts.items():
        height = float(part[inside].max())
        if name in SCATTERED or part_colour(name) in named or height < 3.0 * axes.get_ylim()[0]:
            continue
        place = float(spectrum.energy_kev[inside][part[inside].argmax()])
        own = ", ".join(spectrum.point.instrument.own_lines)
        text = f"{own} (scanner)" if name == OWN_LINES else name
        side = "left" if place < 0.5 * (low + high) else "right"
        names.put(place, 1.1 * height, text, name, ha=side, va="bottom")


def _name_continua(
    axes: Any, spectrum: PointSpectrum, labels: list[PeakLabel], names: _Names
) -> None:
    """Names of the scattered continua, under their curves where they stand clear of peaks."""
    low, high = axes.get_xlim()
    peaks = np.array([label.energy_kev for label in labels])
    centres = np.arange(low + 1.5, high - 1.5, 0.1)
    for name in SCATTERED:
        if name not in spectrum.parts:
            continue
        height = np.interp(centres, spectrum.energy_kev, spectrum.parts[name])
        share = height / np.interp(centres, spectrum.energy_kev, spectrum.expected).clip(1e-300)
        if peaks.size:
            near = np.abs(centres[:, None] - peaks).min(axis=1)
            share = share * np.clip(near / 1.5, 0.2, 1.0)
        for best in np.argsort(-share)[::5]:
            beside = np.abs(centres - centres[best]) < TEXT_REACH_KEV
            beneath = 0.7 * float(height[beside].min())
            if beneath > 2.0 * axes.get_ylim()[0] and names.put(
                centres[best], beneath, _scatter_name(name), name, ha="center", va="top"
            ):
                break


def _scatter_name(part: str) -> str:
    return part if part == MULTIPLE else f"{part} scatter"


def _name_highest(axes: Any, spectrum: PointSpectrum, labels: list[PeakLabel]) -> None:
    """Names beside the highest peaks of the linear panel, where they touch nothing."""
    low, high = axes.get_xlim()
    limit = axes.get_ylim()[1]
    letter = LETTER_POINTS * (high - low) / (axes.get_window_extent().width * 72 / axes.figure.dpi)
    taken: list[tuple[float, float, float]] = []
    for label in sorted(labels, key=lambda each: -each.height):
        if label.height < LINEAR_LABEL * limit:
            break
        long = letter * len(label.text)
        for start in (-0.5 * long, -long + 0.5 * letter, -0.5 * letter):
            left, right = label.energy_kev + start, label.energy_kev + start + long
            under = (spectrum.energy_kev > left) & (spectrum.energy_kev < right)
            clear = spectrum.expected[under].max(initial=0.0) <= 1.02 * label.height and all(
                right < other_left or left > other_right or abs(label.height - height) > 0.1 * limit
                for other_left, other_right, height in taken
            )
            if clear and low < left and right < high:
                taken.append((left, right, label.height))
                axes.text(
                    left, label.height + 0.015 * limit, label.text, fontsize=7.5, va="bottom",
                    color=label.colour,
                )  # fmt: skip
                break


def _per_million(spectrum: PointSpectrum) -> PointSpectrum:
    parts = {name: 1e6 * part for name, part in spectrum.parts.items()}
    return replace(spectrum, counts=1e6 * spectrum.counts, parts=parts)


def _unit(spectrum: PointSpectrum) -> str:
    if spectrum.point.counts is None:
        return "per million photons, sr and channel"
    return "Counts per channel"


def _draw_title(figure: Figure, spectrum: PointSpectrum) -> None:
    point = spectrum.point
    instrument = point.instrument
    name = f"{instrument.name}: " if instrument.name else ""
    counts = "" if point.counts is None else f", {point.counts:,.0f} counts"
    tube = f"{name}{instrument.anode} tube, {float(instrument.kv):g} kV, {instrument.atmosphere}"
    figure.text(0.07, 0.975, point.title, fontsize=11, fontweight="bold", color=INK, va="top")
    figure.text(0.99, 0.975, tube + counts, fontsize=8.5, color="#6f6f6a", va="top", ha="right")
