"""Pixels: area-weighted mixtures of stratigraphies, as a scanner's spot sees them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from underpaint.xray import StackBatch

from .layer_order import PAINT
from .library import Library
from .painting import Painting
from .prior import PaintPrior
from .stratigraphies import Truth, sample_stratigraphies

LEAST_AREA = 0.005
"""A group counts as present in a pixel where it covers at least this share of its area."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """Stratigraphies of one painting, some of them twins of others in another thickness.

    Attributes
    ----------
    stacks : the stratigraphies
    truth : of each
    twin : (stack,) int, another thickness of the same layers; the stratigraphy itself where there
        is none
    """

    stacks: StackBatch
    truth: Truth
    twin: NDArray[np.intp]


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


def sample_strokes(
    painting: Painting, prior: PaintPrior, library: Library, count: int, random: np.random.Generator
) -> Strokes:
    """Draw stratigraphies of a painting, and for one in five a twin: strokes are uneven.

    Half of the twins are thicker or thinner in all layers but the support, half in the uppermost
    paint alone, as where it was worn or laid on thickly.
    """
    twins = count // 5
    single = count - twins
    drawn = sample_stratigraphies(painting, prior, library, single, random)
    origin = random.choice(single, size=twins, replace=False)
    index = np.concatenate([np.arange(single), origin])
    factor = np.exp(random.normal(0.0, prior.uneven, twins))
    rest = np.where(random.random(twins) < 0.5, factor, 1.0)
    first = np.argmax(drawn.kind == PAINT, axis=1)[origin]
    scale = np.repeat(rest[:, None], drawn.kind.shape[1], axis=1)
    scale[np.arange(twins), first] = factor
    scale[:, -1] = 1.0
    masses = drawn.stacks.mass_thickness[index]
    masses[single:] *= masses.new_tensor(scale)
    truth = Truth(**{each.name: getattr(drawn.truth, each.name)[index] for each in fields(Truth)})
    amount = (drawn.amounts[origin] * scale[..., None]).sum(axis=1)
    truth.amount[single:] = amount
    twin = np.arange(count)
    twin[origin] = single + np.arange(twins)
    twin[single:] = origin
    return Strokes(StackBatch(drawn.stacks.fractions[index], masses), truth, twin)


def blend(strokes: Strokes, prior: PaintPrior, count: int, random: np.random.Generator) -> Pixels:
    """Draw pixels of a painting; a share of them mixes two or three stratigraphies.

    Half of the mixed pixels blend a stratigraphy with its twin, where it has one.
    """
    stacks = len(strokes.twin)
    order = np.concatenate([random.permutation(stacks) for _ in range(-(-count // stacks))])
    main = order[:count]
    mixed = random.random(count) < prior.mixed_pixel
    own = np.where(mixed, random.uniform(0.3, 0.97, count), 1.0)
    split = np.where(random.random(count) < 0.35, random.uniform(0.2, 0.8, count), 1.0)
    first, second = (main + 1 + random.integers(stacks - 1, size=(2, count))) % stacks
    twin = strokes.twin[main]
    first = np.where((twin != main) & (random.random(count) < 0.5), twin, first)
    area = np.zeros((count, stacks), dtype=np.float32)
    pixel = np.arange(count)
    np.add.at(area, (pixel, main), own)
    np.add.at(area, (pixel, first), (1.0 - own) * split)
    np.add.at(area, (pixel, second), (1.0 - own) * (1.0 - split))
    seen, each = (area >= LEAST_AREA).astype(np.float32), strokes.truth
    return Pixels(
        stacks=strokes.stacks,
        area=area,
        truth=Truth(
            top=(seen @ each.top) > 0,
            buried=(seen @ each.buried) > 0,
            ground=(seen @ each.ground) > 0,
            amount=(area @ each.amount).astype(np.float32),
            top_share=(area @ each.top_share).astype(np.float32),
            buried_share=(area @ each.buried_share).astype(np.float32),
        ),
    )


def sample_pixels(
    painting: Painting, prior: PaintPrior, library: Library, count: int, random: np.random.Generator
) -> Pixels:
    """Draw a painting's stratigraphies, a quarter more than pixels, and blend pixels from them."""
    strokes = sample_strokes(painting, prior, library, count + max(count // 4, 1), random)
    return blend(strokes, prior, count, random)
