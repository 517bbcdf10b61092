"""Maps with fewer pixels, for the page: a block of pixels becomes one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .palettes import NOT_PRESENT, Lies


def reduce_map(values: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Mean of the known values in blocks of `step` by `step` pixels; (y, x) float32, NaN kept."""
    if step == 1:
        return values
    known = np.isfinite(values)
    if known.all():
        return np.asarray(_summed(values, step) / _pixels(values.shape, step), dtype=np.float32)
    count = _summed(known, step)
    mean = np.full(count.shape, np.nan)
    summed = _summed(np.where(known, values, np.float32(0.0)), step)
    np.divide(summed, count, out=mean, where=count > 0)
    return mean.astype(np.float32)


def reduce_layers(layers: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """What speaks for each block of `step` by `step` pixels of a layer map; (y, x) uint8.

    Of the ways to be present the most frequent, where as many pixels are present as a line of one
    pixel through the block has; else the most frequent of the others. So lines and spots stay, and
    single pixels, as chance names them, do not grow.
    """
    if step == 1:
        return layers
    counts = np.stack([_summed(layers == kind, step) for kind in Lies])
    others = np.isin(list(Lies), NOT_PRESENT)
    present = counts[~others].sum(axis=0) * step >= _pixels(layers.shape, step)
    counts[others] *= ~present
    counts[~others] *= present
    return np.asarray(counts.argmax(axis=0), dtype=np.uint8)


def _summed(array: NDArray[Any], step: int) -> NDArray[np.float64]:
    rows, columns = (np.arange(0, length, step) for length in array.shape)
    down = np.add.reduceat(array, rows, axis=0, dtype=np.float64)
    return np.add.reduceat(down, columns, axis=1)


def _pixels(shape: tuple[int, ...], step: int) -> NDArray[np.int64]:
    """How many pixels each block has: fewer at the right and the bottom."""
    heights, widths = (np.diff([*range(0, length, step), length]) for length in shape)
    return np.asarray(np.outer(heights, widths))
