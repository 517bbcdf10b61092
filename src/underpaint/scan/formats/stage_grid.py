"""The even grid that the stage positions of single measurements make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.1
"""How far a position may be from its place on the grid, in steps."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Positions that fill an even grid.

    Attributes
    ----------
    axes : names of the axes of rows and of columns
    shape : rows, columns
    steps : distance of rows and of columns, in the unit of the positions
    order : (pixel,) which measurement belongs to each pixel, row by row
    """

    axes: tuple[str, str]
    shape: tuple[int, int]
    steps: tuple[float, float]
    order: NDArray[np.intp]


def even_step(places: NDArray[np.float64], tolerance: float) -> float | None:
    """The mean step between places, (place,), without its sign; None where there is none.

    Parameters
    ----------
    tolerance : how much a step may differ from the mean, as a part of it
    """
    if len(places) < 2:
        return None
    steps = np.diff(places)
    step = float(steps.mean())
    if not np.isfinite(step) or step == 0.0 or np.abs(steps / step - 1.0).max() > tolerance:
        return None
    return abs(step)


def find_grid(positions: Sequence[Mapping[str, float]]) -> Grid | None:
    """The grid of some positions, axis by axis; None where they fill none.

    Axes named x and y are those of columns and rows, and another one, such as that of the focus,
    may move beside them. Where two others move, that which changes between the first two
    measurements is the axis of the columns. Rows measured in alternating direction are put in
    order.
    """
    names = list(positions[0]) if positions else []
    if len(positions) < 4 or any(list(position) != names for position in positions):
        return None
    places = np.array([[position[name] for name in names] for position in positions])
    if not np.isfinite(places).all():
        return None
    moving = [at for at in range(len(names)) if np.ptp(places[:, at]) > 0.0]
    named = {names[at].strip().lower(): at for at in moving}
    if "x" in named and "y" in named:
        column, row = named["x"], named["y"]
    elif len(moving) == 2:
        change = np.abs(places[1] - places[0]) / np.maximum(np.ptp(places, axis=0), 1e-30)
        column, row = sorted(moving, key=lambda at: change[at], reverse=True)
    else:
        return None
    found = [_indices(places[:, at]) for at in (row, column)]
    if found[0] is None or found[1] is None:
        return None
    (rows, row_step), (columns, column_step) = found[0], found[1]
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    cells = rows * shape[1] + columns
    if shape[0] * shape[1] != len(cells) or len(np.unique(cells)) != len(cells):
        return None
    return Grid((names[row], names[column]), shape, (row_step, column_step), np.argsort(cells))


def _indices(place: NDArray[np.float64]) -> tuple[NDArray[np.intp], float] | None:
    """The step number of each place along an axis, and the step; None where steps are uneven.

    An axis counts up in the direction in which the measurement started along it.
    """
    jumps = np.abs(np.diff(np.sort(place)))
    coarse = jumps[jumps > jumps.max() * 0.5]
    step = float(np.median(coarse))
    forward = place[np.flatnonzero(np.abs(place - place[0]) > 0.5 * step)[0]] > place[0]
    along = (place - place.min() if forward else place.max() - place) / step
    numbers = np.rint(along)
    if np.abs(along - numbers).max() > TOLERANCE * max(1.0, numbers.max() * 0.1):
        return None
    return numbers.astype(np.intp), step
