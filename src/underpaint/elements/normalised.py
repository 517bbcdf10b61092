"""Element maps as they would be, had all pixels been counted for as long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .maps import ElementMaps


def per_live_time(maps: ElementMaps, relative: NDArray[np.float64]) -> ElementMaps:
    """The maps, and their errors, over the exposure of each pixel.

    Parameters
    ----------
    relative : (y, x) float64, live time over the mean of all pixels; NaN where it is not known
    """
    factor = (1.0 / relative).astype(np.float32)
    return replace(maps, counts=maps.counts * factor, sigma=maps.sigma * factor)
