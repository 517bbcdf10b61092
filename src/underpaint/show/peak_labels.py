"""Names above a spectrum: upright, moved apart, each with a leader down to its peak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LABEL_POINTS = 7.5
LABEL_SPACING = 1.28


@dataclass(frozen=True, slots=True)
class PeakLabel:
    """A name at an energy.

    Attributes
    ----------
    energy_kev : of the peak, keV
    text : as "Fe Kα"
    colour : of text and leader
    height : counts at the peak, where the leader ends
    bold : whether it stands out
    """

    energy_kev: float
    text: str
    colour: str
    height: float
    bold: bool = False


def draw_peak_labels(axes: Any, labels: Sequence[PeakLabel], points: float = LABEL_POINTS) -> None:
    """Put labels above axes with a logarithmic count scale; none may lie outside its energies.

    Parameters
    ----------
    axes : whose size and limits are final
    points : size of the text
    """
    if not labels:
        return
    ordered = sorted(labels, key=lambda label: label.energy_kev)
    low, high = axes.get_xlim()
    width = axes.get_window_extent().width * 72.0 / axes.figure.dpi
    energies = np.array([label.energy_kev for label in ordered])
    places = spread(energies, points * LABEL_SPACING * (high - low) / width, low, high)
    blend = axes.get_xaxis_transform()
    for label, place in zip(ordered, places, strict=True):
        axes.plot(
            [label.energy_kev, label.energy_kev, place],
            [_axes_height(axes, label.height), 1.005, 1.045],
            transform=blend,
            color=label.colour,
            linewidth=0.5,
            alpha=0.75,
            clip_on=False,
        )
        axes.text(
            place,
            1.055,
            label.text,
            transform=blend,
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=points,
            color=label.colour,
            fontweight="bold" if label.bold else "normal",
        )


def _axes_height(axes: Any, counts: float) -> float:
    """Where counts stand, as a share of the axes, a little above the curve."""
    low, high = np.log(axes.get_ylim())
    height = (np.log(max(counts, 1e-30)) - low) / (high - low)
    return float(np.clip(height + 0.015, 0.0, 1.0))


def spread(
    places: NDArray[np.float64], distance: float, low: float, high: float
) -> NDArray[np.float64]:
    """Move places apart by as little as possible (least squares).

    Parameters
    ----------
    places : (n,) float64, ascending
    distance : what neighbours shall keep; less where there is no room for it
    low, high : the ends that no place may cross

    Returns
    -------
    (n,) float64, ascending.
    """
    from scipy.optimize import isotonic_regression

    if len(places) > 1:
        distance = min(distance, (high - low) / (len(places) - 1))
    steps = distance * np.arange(len(places))
    moved = isotonic_regression(places - steps).x
    return np.asarray(np.clip(moved, low, high - steps[-1]) + steps)
