"""How often the prior puts each group into paintings and pixels, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import Library, PaintPrior, sample_painting, sample_pixels

PIXELS = 64
POSITIONS = ("anywhere", "top", "buried", "ground")
ANY_DATE = "any date"
SHARES = (0.0, 0.02, 0.05, 0.2, 1.0 + 1e-6)


@dataclass(frozen=True, eq=False)
class Frequencies:
    """Counts over drawn paintings.

    Attributes
    ----------
    groups : names
    periods : of the prior, and "any date" last
    drawn : (period,) paintings
    paintings : (period, position, group) share of paintings with a pixel that holds it there
    pixels : (period, position, group) share of pixels
    shares : share of all (pixel, group) on top by weight fraction among the layer's pigments
    """

    groups: tuple[str, ...]
    periods: tuple[str, ...]
    drawn: NDArray[np.int64]
    paintings: NDArray[np.float64]
    pixels: NDArray[np.float64]
    shares: dict[str, float]

    def overall(self, of: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean over all paintings, (position, group)."""
        return np.asarray(np.average(of, axis=0, weights=self.drawn))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "groups": self.groups,
            "periods": self.periods,
            "positions": POSITIONS,
            "drawn": self.drawn.tolist(),
            "paintings": self.paintings.tolist(),
            "pixels": self.pixels.tolist(),
            "shares_on_top": self.shares,
        }


def measure(library: Library, prior: PaintPrior, count: int, seed: int) -> Frequencies:
    """Draw paintings of 64 pixels each, and count."""
    periods = (*prior.periods, ANY_DATE)
    shape = (len(periods), len(POSITIONS), len(library.groups))
    paintings, pixels = np.zeros(shape), np.zeros(shape)
    drawn = np.zeros(len(periods), dtype=np.int64)
    bins = np.zeros(len(SHARES) - 1)
    for number in range(count):
        random = np.random.default_rng((seed, number))
        painting = sample_painting(library, prior, random)
        truth = sample_pixels(painting, prior, library, PIXELS, random).truth
        period = -1 if painting.year is None else prior.period(painting.year)
        held = np.stack([truth.anywhere, truth.top, truth.buried, truth.ground])
        paintings[period] += held.any(axis=1)
        pixels[period] += held.mean(axis=1)
        drawn[period] += 1
        bins += np.histogram(truth.top_share[truth.top], SHARES)[0]
    each = np.maximum(drawn, 1)[:, None, None]
    names = ("below 2 %", "2-5 %", "5-20 %", "above 20 %")
    return Frequencies(
        groups=tuple(group.name for group in library.groups),
        periods=periods,
        drawn=drawn,
        paintings=paintings / each,
        pixels=pixels / each,
        shares=dict(zip(names, (bins / bins.sum()).tolist(), strict=True)),
    )


def table(frequencies: Frequencies) -> str:
    """A table in Markdown: pixels by position, paintings by period, in percent."""
    pixels = frequencies.overall(frequencies.pixels)
    paintings = frequencies.overall(frequencies.paintings)
    short = ["pixels", *POSITIONS[1:], "paintings", *frequencies.periods]
    lines = [
        "| group, % | " + " | ".join(short) + " |",
        "|---|" + "---:|" * len(short),
    ]
    for i in np.argsort(-paintings[0]):
        row = [*pixels[:, i], paintings[0, i], *frequencies.paintings[:, 0, i]]
        figures = " | ".join(
            f"{100 * each:.1f}" if each < 0.1 else f"{100 * each:.0f}" for each in row
        )
        lines.append(f"| {frequencies.groups[i]} | {figures} |")
    return "\n".join(lines)
