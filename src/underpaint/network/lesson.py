"""What a network that reads whole scans learns from at a step.

It sees some pixels of a few paintings together, often not all of them and sometimes a handful, and
answers to others, so that it learns how much so many pixels may say. Of some paintings it sees a
detail: pixels that have a paint in common, as those of a painted face have. What they share need
not be their ground.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .answered_scans import AnsweredScans
from .architecture import POSITIONS

FEWEST_TOGETHER = 4
"""Pixels of a painting that are seen together, at least."""
ALL_TOGETHER = 0.25
"""Share of steps that see all of them."""
READ = 32
"""Pixels of each painting that are answered at a step."""
FEWEST_OF_DETAIL = 8
"""Pixels that have a group in their paint, at least, where they are a detail."""
OFTEN = 2
"""A pixel of a detail is seen so many times at most: other pixels like it cannot be had."""
BESIDE = 0.3
"""Pixels of a detail without the group, at most, as a part of those with it."""

IN_PAINT = [POSITIONS.index("top"), POSITIONS.index("buried")]


@dataclass(frozen=True, eq=False)
class Lesson:
    """Some pixels of some scans that are seen together, and others that are answered.

    Attributes
    ----------
    seen, read : (scan, pixel, name, value) float32, as `said_of` gives it
    seen_counts, read_counts : (scan, pixel) float32
    palette : (scan, group) bool
    truth : (scan, pixel, group, position) float32, of those that are answered
    """

    seen: Tensor
    seen_counts: Tensor
    read: Tensor
    read_counts: Tensor
    palette: Tensor
    truth: Tensor

    def on(self, device: torch.device) -> Lesson:
        """The same in the memory of a device."""
        return Lesson(**{each.name: getattr(self, each.name).to(device) for each in fields(self)})


def draw_lesson(
    scans: AnsweredScans,
    number: NDArray[np.integer],
    details: float,
    random: np.random.Generator,
) -> Lesson:
    """Draw one.

    Parameters
    ----------
    number : (scan,) which scans
    details : share of them of which a detail is seen
    """
    together = _how_many(scans.counts.shape[1], random)
    shown = [_shown(scans.truth[each], details, together, random) for each in number]
    rows = number[:, None]
    seen = rows, np.stack([_some(pixels, together, random) for pixels in shown])
    read = rows, np.stack([_some(pixels, READ, random) for pixels in shown])
    return Lesson(
        seen=torch.from_numpy(scans.said[seen]).float(),
        seen_counts=torch.from_numpy(scans.counts[seen]),
        read=torch.from_numpy(scans.said[read]).float(),
        read_counts=torch.from_numpy(scans.counts[read]),
        palette=torch.from_numpy(scans.palette[number]),
        truth=torch.from_numpy(scans.truth[read]).float(),
    )


def _shown(
    truth: NDArray[np.bool_], details: float, together: int, random: np.random.Generator
) -> NDArray[np.intp]:
    """Pixels of a painting that are scanned: all, or where it is a detail, such as are alike.

    Parameters
    ----------
    truth : (pixel, group, position) bool
    details : share of paintings of which a detail is scanned
    together : pixels that will be drawn from them
    """
    everything = np.arange(len(truth))
    if random.random() >= details:
        return everything
    in_paint = np.logical_or.reduce(truth[..., IN_PAINT], axis=-1)
    fewest = max(FEWEST_OF_DETAIL, together / OFTEN)
    common = np.flatnonzero(in_paint.sum(axis=0) >= fewest)
    if not len(common):
        return everything
    with_it = in_paint[:, random.choice(common)]
    beside = random.permutation(everything[~with_it])
    kept = int(random.uniform(0.0, BESIDE) * with_it.sum())
    return np.concatenate([everything[with_it], beside[:kept]])


def _some(pixels: NDArray[np.intp], wanted: int, random: np.random.Generator) -> NDArray[np.intp]:
    """So many pixels by chance, sorted, none again before all were drawn."""
    rounds = [random.permutation(pixels) for _ in range(-(-wanted // len(pixels)))]
    return np.sort(np.concatenate(rounds)[:wanted])


def _how_many(pixels: int, random: np.random.Generator) -> int:
    """How many pixels are seen together at a step."""
    if random.random() < ALL_TOGETHER:
        return pixels
    return int(np.exp(random.uniform(np.log(min(FEWEST_TOGETHER, pixels)), np.log(pixels + 1))))
