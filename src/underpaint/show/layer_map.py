"""One map that says where a group lies on top, where under other paint, and where nobody knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.result import CANNOT_TELL, PRESENT, Result

from .palettes import LAYER_CATEGORIES

IN_GROUND = 0.5
"""Probability from which a group that is on no paint layer is said to be in the ground."""


def legend_of(result: Result) -> tuple[tuple[str, str], ...]:
    """Meaning and colour of what layer maps show; pixels not measured only where there are any."""
    gaps = bool(np.isnan(result.probability[:1]).any())
    return LAYER_CATEGORIES if gaps else LAYER_CATEGORIES[:-1]


def layer_map(result: Result, index: int) -> NDArray[np.uint8]:
    """Where one group lies, (y, x) uint8: positions in `LAYER_CATEGORIES`."""
    anywhere = result.verdict[index]
    top = result.verdict_top[index] == PRESENT
    buried = result.verdict_buried[index] == PRESENT
    layers = np.zeros(anywhere.shape, dtype=np.uint8)
    layers[anywhere == CANNOT_TELL] = 1
    layers[anywhere == PRESENT] = 6
    layers[(anywhere == PRESENT) & (result.ground[index] >= IN_GROUND)] = 5
    layers[top] = 2
    layers[buried] = 3
    layers[top & buried] = 4
    layers[np.isnan(result.probability[index])] = 7
    return layers
