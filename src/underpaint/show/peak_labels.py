"""Names above a spectrum: upright, moved apart, each with a leader down to its peak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LABEL_POINTS = 7.5
LABEL_SPACING = 1.28
MOST_MOVED = 4.0
"""So many of their widths may labels stand beside their peaks before spare ones are left out."""


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
    spare : whether it may be left out where names crowd
    """

    energy_kev: float
    text: str
    colour: str
    height: float
    bold: bool = False
    spare: bool = False


def draw_peak_labels(axes: Any, labels: Sequence[PeakLabel], points: float = LABEL_POINTS) -> None:
    """Put labels above axes with a logarithmic count scale; none may lie outside its energies.

    Parameters
    ----------
    axes : whose size and limits are final
    points : size of the text
    """
    if not labels:
        return
    low, high = axes.get_xlim()
    width = axes.get_window_extent().width * 72.0 / axes.figure.dpi
    distance = points * LABEL_SPACING * (high - low) / width
    ordered = uncrowded(labels, distance, low, high)
    places = spread(_energies(ordered), distance, low, high)
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


def uncrowded(
    labels: Sequence[PeakLabel], distance: float, low: float, high: float
) -> list[PeakLabel]:
    """Labels by energy: all that are needed, and as many spare ones, those of the highest peaks
    first, as can be put beside them without moving any far from its peak.

    Parameters
    ----------
    distance, low, high : as for `spread`
    """
    kept = sorted((label for label in labels if not label.spare), key=_energy)
    most = max(MOST_MOVED * distance, _farthest(kept, distance, low, high))
    for label in sorted((each for each in labels if each.spare), key=lambda each: -each.height):
        more = sorted([*kept, label], key=_energy)
        if _farthest(more, distance, low, high) <= most:
            kept = more
    return kept


def _farthest(labels: Sequence[PeakLabel], distance: float, low: float, high: float) -> float:
    """How far the label that is moved most stands from its peak."""
    energies = _energies(labels)
    return float(np.abs(spread(energies, distance, low, high) - energies).max(initial=0.0))


def _energies(labels: Sequence[PeakLabel]) -> NDArray[np.float64]:
    return np.array([label.energy_kev for label in labels], dtype=np.float64)


def _energy(label: PeakLabel) -> float:
    return label.energy_kev


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
    if not len(places):
        return places
    steps = distance * np.arange(len(places))
    moved = isotonic_regression(places - steps).x
    return np.asarray(np.clip(moved, low, high - steps[-1]) + steps)
