"""Element maps say nothing about pixels that were not measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .maps import ElementMaps


def without_gaps(maps: ElementMaps, measured: NDArray[np.bool_]) -> ElementMaps:
    """The maps with NaN in all of them where nothing was measured.

    Parameters
    ----------
    measured : (y, x) bool
    """
    if measured.all():
        return maps
    nothing = np.float32(np.nan)
    return replace(
        maps,
        counts=np.where(measured, maps.counts, nothing),
        sigma=np.where(measured, maps.sigma, nothing),
        beside={name: np.where(measured, each, nothing) for name, each in maps.beside.items()},
    )
