"""Colours that say the same to every eye, on screen and in grey print."""

from __future__ import annotations

from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

MAP_COLOURS = {"probability": "cividis", "amount": "viridis", "counts": "gray"}
NOT_CALLED = "#e9e9e6"


class Lies(IntEnum):
    """Where a group lies in a pixel: the values of a layer map, places in `LAYER_CATEGORIES`."""

    ABSENT = 0
    CANNOT_TELL = 1
    TOP = 2
    BURIED = 3
    BOTH = 4
    GROUND = 5
    GROUND_PERHAPS_PAINT = 6
    NOT_TOLD = 7
    NOT_MEASURED = 8


NOT_PRESENT = (Lies.ABSENT, Lies.CANNOT_TELL, Lies.NOT_MEASURED)
"""All other places are of a group that is present."""

LAYER_CATEGORIES = (
    ("absent", "#eeeeea"),
    ("cannot tell", "#f3d38c"),
    ("in the top paint layer", "#d55e00"),
    ("under other paint", "#0072b2"),
    ("both", "#2b1140"),
    ("probably in the ground, beneath all paint", "#0f3c1e"),
    ("probably in the ground, perhaps in paint too", "#45c9a0"),
    ("present, layer not told", "#777773"),
    ("not measured", "#aebfe8"),
)
"""Meaning and colour of each value of a layer map.

Hues after Okabe and Ito 2008, spaced so that every two differ by 20 in CIE L*a*b* to colour-blind
eyes as well.
"""


@cache
def map_palette(quantity: str) -> NDArray[np.uint8]:
    """Colours for a map of "probability", "amount" or "counts", (256, 3) uint8, low to high.

    All are even in lightness; cividis and viridis also to colour-blind eyes (Nuñez et al. 2018,
    doi 10.1371/journal.pone.0199239).
    """
    import matplotlib

    colours = matplotlib.colormaps[MAP_COLOURS[quantity]](np.linspace(0, 1, 256))
    return np.asarray(np.round(255 * colours[:, :3]), dtype=np.uint8)


def as_rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of a colour such as "#d55e00"."""
    value = int(colour.removeprefix("#"), 16)
    return value >> 16, value >> 8 & 255, value & 255
