"""The rows and columns of a scan that BLISS, the control system of the ESRF, keeps as points.

A mesh is kept point by point. How many rows and columns it has is told by its title
(`amesh fast start stop intervals slow start stop intervals time`) or, of a continuous scan, by
`instrument/fscan_parameters`; which rows were measured backwards by where the motors were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .nexus_tree import scalar, text_of

if TYPE_CHECKING:
    import h5py

MOTOR = r"\s+([A-Za-z]\w*)\s+\S+\s+\S+\s+([0-9]{1,7})"
"""Name, start, stop, and how many intervals or points."""
TITLE = re.compile(rf"([\w.]+){MOTOR}{MOTOR}\s+[0-9.]")
MESHES = ("amesh", "dmesh")
CONTINUOUS = "instrument/fscan_parameters"
ZIGZAG = "ZIGZAG"
MOST_PIXELS = 2**26
Stated = tuple[tuple[str, str], tuple[int, int]]
"""Motors of rows and of columns, and how many of each there are."""


@dataclass(frozen=True, eq=False)
class Raster:
    """Points that lie in rows, of which the last may be missing.

    Attributes
    ----------
    shape : rows, columns
    points : how many there are
    backwards : (row,) bool, whether a row was measured from its last column to its first
    motors : names of those that move from row to row, and from column to column
    """

    shape: tuple[int, int]
    points: int
    backwards: NDArray[np.bool_]
    motors: tuple[str, str] | None = None

    def rows(self, values: Any, first: int, stop: int, missing: float = 0) -> NDArray[Any]:
        """Rows `first` to `stop` of values of the points, (point, ...), as (row, column, ...).

        Parameters
        ----------
        values : read when it is sliced
        missing : stands for points that there are not
        """
        width = self.shape[1]
        begin, end = (min(row * width, self.points) for row in (first, stop))
        taken = np.asarray(values[begin:end])
        filled = np.full(((stop - first) * width, *taken.shape[1:]), missing, dtype=taken.dtype)
        filled[: len(taken)] = taken
        rows = filled.reshape(stop - first, width, *taken.shape[1:])
        turned = self.backwards[first:stop]
        rows[turned] = rows[turned, ::-1]
        return rows

    def whole(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the points, (point,), as (row, column) float64; NaN where there is none."""
        return self.rows(np.asarray(values, dtype=np.float64), 0, self.shape[0], np.nan)


def one_row(points: int) -> Raster:
    """All points in one row, in the order in which they were measured."""
    return Raster((1, points), points, np.zeros(1, dtype=np.bool_))


def find_raster(scan: h5py.Group, points: int) -> Raster | None:
    """The rows and columns of a scan; None where its file tells none that fit its points."""
    for motors, (height, width) in _of_continuous(scan) or _of_title(scan, points):
        if 0 < points <= height * width <= MOST_PIXELS:
            forwards = Raster((height, width), points, np.zeros(height, dtype=np.bool_), motors)
            if _moves_from_row_to_row(scan, forwards):
                return replace(forwards, backwards=_backwards(scan, forwards))
    return None


def positions_of(scan: h5py.Group, motor: str, points: int) -> h5py.Dataset | None:
    """Where a motor was at each point, (point or more,); None where that is not kept."""
    for place in (f"instrument/{motor}/value", f"measurement/{motor}"):
        found = scan.get(place)
        if holds(found, points):
            return found
    return None


def holds(node: Any, points: int) -> bool:
    """Whether a dataset has a number for every point; it may have more than there are spectra."""
    shape: tuple[int, ...] = getattr(node, "shape", None) or ()
    return len(shape) == 1 and shape[0] >= points and node.dtype.kind in "uif"


def title_of(scan: h5py.Group) -> str:
    """What was typed to start a scan; empty where that is not kept."""
    stated = scalar(scan, "title")
    return "" if stated is None else text_of(stated)


def _of_continuous(scan: h5py.Group) -> list[Stated]:
    stated = scan.get(CONTINUOUS)
    if not hasattr(stated, "keys"):
        return []
    names = [f"{axis}_{what}" for what in ("motor", "npoints") for axis in ("slow", "fast")]
    found = [scalar(stated, name) for name in names]
    words = [text_of(each) for each in found if each is not None]
    if len(words) < len(names) or not all(re.fullmatch("[0-9]{1,7}", n) for n in words[2:]):
        return []
    return [((words[0], words[1]), (int(words[2]), int(words[3])))]


def _of_title(scan: h5py.Group, points: int) -> list[Stated]:
    """Of a mesh, whose title counts intervals, or points in old files; of other scans of two motors
    only what fits the number of points, and only if it is known where they were."""
    found = TITLE.match(re.sub("[(),]", " ", title_of(scan)))
    if not found:
        return []
    motors, (width, height) = (found[4], found[2]), (int(found[3]), int(found[5]))
    exact = [
        (motors, (height + more, width + more))
        for more in (0, 1)
        if (height + more) * (width + more) == points
    ]
    if found[1] in MESHES:
        return [(motors, (height + 1, width + 1)), *exact]
    return exact if positions_of(scan, motors[0], points) is not None else []


def _moves_from_row_to_row(scan: h5py.Group, raster: Raster) -> bool:
    """Whether the motor of the rows moved less within them than from one to the next, as far as is
    known."""
    motor = raster.motors[0] if raster.motors else ""
    stated = positions_of(scan, motor, raster.points)
    whole = raster.points // raster.shape[1]
    if stated is None or whole < 2:
        return True
    places = raster.whole(stated[: raster.points])[:whole]
    step = np.median(np.abs(np.diff(places.mean(axis=1))))
    return bool(np.median(np.ptp(places, axis=1)) < 0.5 * step)


def _backwards(scan: h5py.Group, raster: Raster) -> NDArray[np.bool_]:
    """Which rows begin nearer to where the first one ends than to where it begins."""
    motor = raster.motors[1] if raster.motors else ""
    stated = positions_of(scan, motor, raster.points)
    if stated is None or raster.points < raster.shape[1]:
        mode = scan.get(f"{CONTINUOUS}/fast_motor_mode")
        zigzag = getattr(mode, "shape", None) == () and text_of(mode).upper() == ZIGZAG
        return np.arange(raster.shape[0]) % 2 == 1 if zigzag else raster.backwards
    places = raster.whole(stated[: raster.points])
    begins, (start, end) = places[:, 0], places[0, [0, -1]]
    return np.asarray(np.abs(begins - end) < np.abs(begins - start))
