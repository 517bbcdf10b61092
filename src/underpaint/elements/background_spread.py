"""How far the background strays from pixel to pixel, learnt from pixels of the scan.

Where many lines crowd, as those of phosphorus, sulfur, lead and rhodium do between 2 and 3 keV, a
background that is quite free gives them its noise. But in the pixels of one scan it keeps together:
its pieces grow and shrink with one another. How they do shows in the pixels themselves, less their
noise; lines are then read beside a background that may stray so much and no more, as random effects
beside fixed ones (Henderson 1975, doi 10.2307/2529430). Lines stay as free as they were, so that
their counts are not drawn to any mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .blocks import Blocks
from .design import Design
from .spread_pixels import of_spread_pixels

FEWEST_PIXELS = 64
"""Fewer do not tell how a dozen pieces go together."""
LEAST_SPREAD = 1e-3
"""Of the usual spread, in any direction: pixels do not show a smaller one."""
LEAST_OF_MEAN = 0.03
"""How far, of its mean, any piece may stray at the least."""


@dataclass(frozen=True, eq=False)
class Moments:
    """What some pixels' backgrounds add up to.

    Attributes
    ----------
    pixels : how many
    squares : (piece, piece) float64, products of their amplitudes
    amplitude : (piece,) float64, their amplitudes
    counts : (channel,) float64, all their counts
    """

    pixels: int
    squares: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    counts: NDArray[np.float64]


def moments(design: Design, spectra: NDArray[np.float64]) -> Moments:
    """Of the backgrounds of (pixel, channel) counts; pixels without any are left out."""
    inside = spectra[:, design.first : design.last]
    inside = inside[inside.any(axis=1)]
    background = inside @ design.reader[design.lines :].T
    return Moments(
        len(inside), background.T @ background, background.sum(axis=0), inside.sum(axis=0)
    )


def hold_background(design: Design, scan: Blocks, executor: Executor | None = None) -> Design:
    """The same design, with a background that strays as it does in pixels of the scan.

    Parameters
    ----------
    design : with a free one
    scan : of which up to 4,096 pixels are read
    executor : where they are read; here if None
    """
    return held_by(design, of_spread_pixels(scan, partial(moments, design), executor))


def held_by(design: Design, seen: Iterable[Moments]) -> Design:
    """As `hold_background`, by what some pixels have shown."""
    every = list(seen)
    pixels = sum(each.pixels for each in every)
    pieces = len(design.parts) - design.lines
    if pixels < FEWEST_PIXELS or not pieces:
        return design
    counts = sum(each.counts for each in every) / pixels
    mean = sum(each.amplitude for each in every) / pixels
    reader = design.reader[design.lines :]
    noise = (reader * counts) @ reader.T
    spread = sum(each.squares for each in every) / pixels - noise
    least = np.square(LEAST_OF_MEAN * np.maximum(mean, 0.0)) + 1e-9
    scale = np.sqrt(np.maximum(np.diag(spread), least))
    value, direction = np.linalg.eigh(spread / np.outer(scale, scale))
    inverse = direction / np.maximum(value, LEAST_SPREAD) @ direction.T
    tied = np.zeros_like(design.gram)
    tied[design.lines :, design.lines :] = inverse / np.outer(scale, scale)
    return design.with_ties(tied)
