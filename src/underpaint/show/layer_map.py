"""One map that says where a group lies on top, where under other paint, and where nobody knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.result import ABSENT, CANNOT_TELL, PRESENT, Result

from .palettes import Lies

IN_GROUND = 0.5
"""Probability from which a group that is on no paint layer is said to be in the ground."""


def layer_map(result: Result, index: int) -> NDArray[np.uint8]:
    """Where one group lies, (y, x) uint8: values of `Lies`.

    Beneath all paint is only what both paint layers are sure not to hold.
    """
    anywhere = result.verdict[index]
    in_top, in_buried = result.verdict_top[index], result.verdict_buried[index]
    present, top, buried = (each == PRESENT for each in (anywhere, in_top, in_buried))
    ground = present & (result.ground[index] >= IN_GROUND)
    layers = np.full(anywhere.shape, Lies.ABSENT, dtype=np.uint8)
    layers[anywhere == CANNOT_TELL] = Lies.CANNOT_TELL
    layers[present] = Lies.NOT_TOLD
    layers[ground] = Lies.GROUND_PERHAPS_PAINT
    layers[ground & (in_top == ABSENT) & (in_buried == ABSENT)] = Lies.GROUND
    layers[top] = Lies.TOP
    layers[buried] = Lies.BURIED
    layers[top & buried] = Lies.BOTH
    layers[np.isnan(result.probability[index])] = Lies.NOT_MEASURED
    return layers
