"""Element maps as they would be, had all pixels been counted for as long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .maps import ElementMaps
from .windows import MISFIT


def per_live_time(maps: ElementMaps, relative: NDArray[np.float64]) -> ElementMaps:
    """The maps, their errors, and counts in windows, over the exposure of each pixel.

    Parameters
    ----------
    relative : (y, x) float64, live time over the mean of all pixels; NaN where it is not known
    """
    factor = (1.0 / relative).astype(np.float32)
    beside = {name: each if name == MISFIT else each * factor for name, each in maps.beside.items()}
    return replace(maps, counts=maps.counts * factor, sigma=maps.sigma * factor, beside=beside)
