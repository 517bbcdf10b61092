"""The sum and the maximum-pixel spectrum, with everything in them named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from underpaint.result import Peak, Result

from .markers import Marker, markers
from .peak_labels import PeakLabel, draw_peak_labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOWEST_KEV = 0.9
INK = "#1d1d1b"
KIND_COLOURS = {
    "line": "#1d1d1b",
    "minor line": "#6f6f6a",
    "scatter": "#0072b2",
    "escape": "#a3568a",
    "pile-up": "#a3568a",
    "unexplained": "#c04a00",
}
LEGEND = {
    "line": "element lines",
    "scatter": "scatter of the tube's lines",
    "escape": "escape and sum peaks",
    "unexplained": "unexplained",
}


def spectrum_figure(result: Result, width_in: float = 11.0, height_in: float = 6.0) -> Figure:
    """Counts on a logarithmic axis against energy in keV, with labelled lines.

    Parameters
    ----------
    result : whose sum and maximum-pixel spectrum are drawn
    width_in, height_in : size of the figure, inches

    Returns
    -------
    matplotlib Figure with an Agg canvas.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.065, 0.085, 0.925, 0.67))
    low, high = _shown_range(result)
    _draw_spectra(axes, result, low, high)
    unexplained = [_unexplained(peak) for peak in result.unexplained]
    names = [m for m in (*markers(result), *unexplained) if low < m.energy_kev < high]
    _draw_labels(axes, names, result)
    _draw_legend(axes, {marker.kind for marker in names})
    return figure


def _shown_range(result: Result) -> tuple[float, float]:
    """From 0.9 keV to a little over the tube voltage, or to the end of the axis."""
    instrument = result.provenance.get("instrument") or {}
    end = float(result.energy[-1])
    return LOWEST_KEV, min(end, 1.04 * float(instrument.get("kv") or end))


def _draw_spectra(axes: Any, result: Result, low: float, high: float) -> None:
    from matplotlib.ticker import AutoMinorLocator

    inside = (result.energy >= low) & (result.energy <= high)
    energy = result.energy[inside]
    for spectrum, colour, label in (
        (result.sum_spectrum, INK, "sum of all pixels"),
        (result.maximum_spectrum, "#b07d2b", "highest pixel in each channel"),
    ):
        shown = np.where(spectrum > 0, spectrum, np.nan)[inside]
        axes.plot(energy, shown, color=colour, linewidth=0.9, label=label)
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(*_count_range(result, inside))
    axes.set_xlabel("Energy (keV)", fontsize=10, color=INK)
    axes.set_ylabel("Counts per channel", fontsize=10, color=INK)
    axes.tick_params(labelsize=9, colors=INK)
    axes.xaxis.set_minor_locator(AutoMinorLocator())
    axes.spines[["top", "right"]].set_visible(False)


def _count_range(result: Result, inside: NDArray[np.bool_]) -> tuple[float, float]:
    top = max(1.0, float(result.sum_spectrum[inside].max(initial=1.0)))
    positive = result.maximum_spectrum[inside & (result.maximum_spectrum > 0)]
    bottom = float(np.percentile(positive, 2)) if positive.size else 1.0
    return max(0.7, 0.5 * bottom), 1.6 * top


def _unexplained(peak: Peak) -> Marker:
    return Marker(peak.energy_kev, f"{peak.energy_kev:.2f} keV ?", "unexplained")


def _draw_labels(axes: Any, names: Sequence[Marker], result: Result) -> None:
    labels = [
        PeakLabel(
            marker.energy_kev,
            marker.label,
            KIND_COLOURS[marker.kind],
            float(np.interp(marker.energy_kev, result.energy, result.sum_spectrum)),
            bold=marker.kind == "unexplained",
            spare=marker.kind == "minor line",
        )
        for marker in names
    ]
    draw_peak_labels(axes, labels)


def _draw_legend(axes: Any, kinds: set[str]) -> None:
    from matplotlib.lines import Line2D

    handles, labels = axes.get_legend_handles_labels()
    if "pile-up" in kinds:
        kinds = kinds | {"escape"}
    for kind, label in LEGEND.items():
        if kind in kinds:
            handles.append(Line2D([], [], color=KIND_COLOURS[kind], linewidth=0.6))
            labels.append(label)
    axes.figure.legend(
        handles, labels, frameon=False, fontsize=8.5, loc="upper left",
        bbox_to_anchor=(0.055, 1.0), ncols=len(labels), columnspacing=1.6, handlelength=1.6,
    )  # fmt: skip
