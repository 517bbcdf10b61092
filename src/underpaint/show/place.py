"""Where in the picture something lies, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROWS = ("upper", "middle", "lower")
COLUMNS = ("left", "centre", "right")
BANDS = {
    (0,): ("along the top", "along the left edge"),
    (1,): ("across the middle", "down the middle"),
    (2,): ("along the bottom", "along the right edge"),
    (0, 1): ("in the upper two thirds", "in the left two thirds"),
    (1, 2): ("in the lower two thirds", "in the right two thirds"),
    (0, 2): ("along the top and the bottom", "along both sides"),
}
EVERYWHERE = "over the whole scan"
SEVERAL = "in several places, most densely at the"


def describe_place(mask: NDArray[np.bool_], measured: NDArray[np.bool_]) -> str:
    """Say where the true pixels of a map, (y, x) bool, lie, as "mainly at the lower right".

    The map is cut into nine fields; those at least half as dense as the densest are named. Only
    pixels that were `measured`, (y, x) bool, count. A map of one or two rows or columns is all one
    band that way.
    """
    mask = mask & measured
    if not mask.any():
        return "nowhere"
    if mask.sum() > 0.9 * measured.sum():
        return EVERYWHERE
    pixels, of = _ninths(mask), _ninths(measured)
    density = pixels / np.maximum(of, 1)
    chosen = density >= 0.5 * density.max()
    known = of > 0
    if (~chosen & known).sum() <= known.sum() // 8:
        return "spread over the whole scan"
    words = _name_fields(chosen, density)
    if words.startswith(SEVERAL) or pixels[chosen].sum() >= 0.85 * pixels.sum():
        return words
    return f"mainly {words}"


def _ninths(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many pixels of each ninth of a map are true."""
    height, width = mask.shape
    mask = mask.repeat(3 if height < 3 else 1, axis=0).repeat(3 if width < 3 else 1, axis=1)
    return np.array(
        [
            [int(field.sum()) for field in np.array_split(band, 3, axis=1)]
            for band in np.array_split(mask, 3, axis=0)
        ]
    )


def _name_fields(chosen: NDArray[np.bool_], density: NDArray[np.float64]) -> str:
    full_rows = tuple(int(row) for row in np.flatnonzero(chosen.all(axis=1)))
    full_columns = tuple(int(column) for column in np.flatnonzero(chosen.all(axis=0)))
    if chosen.sum() == 3 * len(full_rows):
        return BANDS[full_rows][0]
    if chosen.sum() == 3 * len(full_columns):
        return BANDS[full_columns][1]
    fields = [(int(row), int(column)) for row, column in np.argwhere(chosen)]
    if len(fields) <= 3:
        return f"at the {_and([_field(*field) for field in fields])}"
    densest = np.unravel_index(int(density.argmax()), density.shape)
    return f"{SEVERAL} {_field(int(densest[0]), int(densest[1]))}"


def _field(row: int, column: int) -> str:
    if (row, column) == (1, 1):
        return "centre"
    if row == 1:
        return f"middle {COLUMNS[column]}"
    return f"{ROWS[row]} {COLUMNS[column]}"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
