"""From values to colours: the range shown, and in words what was cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLIP_PERCENTILE = 99.5


@dataclass(frozen=True, slots=True)
class Scale:
    """The values at both ends of a map's colours.

    Attributes
    ----------
    low, high : in the map's unit
    unit : empty for a probability
    measure : what the values are, where their unit does not say so
    statement : what was cut off, in words; empty where nothing was
    """

    low: float
    high: float
    unit: str = ""
    statement: str = ""
    measure: str = ""

    def relative(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Values as 0 (low end) to 1 (high end), NaN kept; same shape, float64."""
        return np.clip((values.astype(np.float64) - self.low) / (self.high - self.low), 0.0, 1.0)

    @property
    def ends(self) -> tuple[str, str]:
        """Both ends with the unit, ready to print."""
        return f"{self.low:g}", f"{readable(self.high)} {self.unit}".strip()


PROBABILITY = Scale(0.0, 1.0, measure="probability")


def clipped_scale(values: NDArray[np.float32], unit: str) -> Scale:
    """A scale from 0 to the 99.5th percentile of the finite values, (y, x), and what it cuts."""
    finite = values[np.isfinite(values)]
    if finite.size == 0 or finite.max() <= 0.0:
        return Scale(0.0, 1.0, unit)
    highest = float(finite.max())
    high = float(np.percentile(finite, CLIP_PERCENTILE))
    if high <= 0.0:
        return Scale(0.0, highest, unit)
    if high >= highest:
        return Scale(0.0, high, unit)
    statement = f"Scale to the {CLIP_PERCENTILE:g}th percentile; maximum {readable(highest)} {unit}"
    return Scale(0.0, high, unit, statement.strip())


def readable(value: float) -> str:
    """A figure with three digits that count, thousands separated."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A length to draw under a map.

    Attributes
    ----------
    pixels : its length in pixels of the scan
    label : its length in words
    """

    pixels: float
    label: str


def scale_bar(width: int, pixel_size_mm: tuple[float, float] | None) -> ScaleBar:
    """A bar of a round length, a fifth to a half of a map `width` pixels wide.

    It is in millimetres, or centimetres from 100 mm on; in pixels where their size is unknown.
    """
    pixel = 1.0 if pixel_size_mm is None else pixel_size_mm[0]
    longest = 0.5 * width * pixel
    decade = 10.0 ** np.floor(np.log10(longest))
    length = float(decade * max(step for step in (1.0, 2.0, 5.0) if step * decade <= longest))
    if pixel_size_mm is None:
        length = max(1.0, length)
        return ScaleBar(length, "1 pixel" if length == 1.0 else f"{length:g} pixels")
    label = f"{length / 10:g} cm" if length >= 100 else f"{length:g} mm"
    return ScaleBar(length / pixel, label)
