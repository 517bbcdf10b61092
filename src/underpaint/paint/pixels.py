"""Pixels: area-weighted mixtures of stratigraphies, as a scanner's spot sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.xray import StackBatch

from .library import Library
from .prior import Painting, PaintPrior
from .stratigraphies import Truth, sample_stratigraphies

LEAST_AREA = 0.005
"""A group counts as present in a pixel where it covers at least this share of its area."""


@dataclass(frozen=True, eq=False)
class Pixels:
    """Pixels as mixtures of stratigraphies.

    Attributes
    ----------
    stacks : the stratigraphies
    area : (pixel, stack) float32, share of the pixel's area; rows add up to 1
    truth : of the pixels
    """

    stacks: StackBatch
    area: NDArray[np.float32]
    truth: Truth


def sample_pixels(
    painting: Painting, prior: PaintPrior, library: Library, count: int, random: np.random.Generator
) -> Pixels:
    """Draw pixels of a painting; a share of them mixes two or three stratigraphies.

    The first `count` stratigraphies belong to one pixel each; a quarter as many more lend part
    of their area to mixed pixels, and half of these are the pixel's own layers in another
    thickness, for strokes are uneven.
    """
    extra = max(count // 4, 1)
    drawn = sample_stratigraphies(painting, prior, library, count + extra, random)
    stacks, truth = drawn.stacks, drawn.truth
    uneven = count + np.arange(extra)[: extra // 2]
    origin = random.integers(count, size=len(uneven))
    factor = np.exp(random.normal(0.0, 0.5, len(uneven)))
    fractions, masses = stacks.fractions.clone(), stacks.mass_thickness.clone()
    fractions[uneven] = fractions[origin]
    masses[uneven] = masses[origin]
    masses[uneven, :-1] *= masses.new_tensor(factor)[:, None]
    top, buried, ground = truth.top.copy(), truth.buried.copy(), truth.ground.copy()
    amount, share = truth.amount.copy(), truth.top_share.copy()
    for kept in (top, buried, ground, amount, share):
        kept[uneven] = kept[origin]
    amount[uneven] *= factor[:, None].astype(np.float32)

    area = np.zeros((count, count + extra), dtype=np.float32)
    pixel = np.arange(count)
    mixed = random.random(count) < prior.mixed_pixel
    partners = 1 + (random.random(count) < 0.35)
    own = np.where(mixed, random.uniform(0.3, 0.97, count), 1.0)
    area[pixel, pixel] = own
    first, second = (count + random.integers(extra, size=count) for _ in range(2))
    split = np.where(partners == 2, random.uniform(0.2, 0.8, count), 1.0)
    np.add.at(area, (pixel, first), (1.0 - own) * split)
    np.add.at(area, (pixel, second), (1.0 - own) * (1.0 - split))
    for i, source in zip(uneven, origin, strict=True):
        if mixed[source]:
            area[source, i] += area[source, source] * 0.5
            area[source, source] *= 0.5

    seen = area >= LEAST_AREA
    return Pixels(
        stacks=StackBatch(fractions, masses),
        area=area,
        truth=Truth(
            top=(seen @ top) > 0,
            buried=(seen @ buried) > 0,
            ground=(seen @ ground) > 0,
            amount=(area @ amount).astype(np.float32),
            top_share=(area @ share).astype(np.float32),
        ),
    )
