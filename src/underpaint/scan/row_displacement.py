"""How far odd rows lie beside even ones, as in scans that run to and fro.

Rows are compared with the next below in broad windows of channels, as square roots of counts, whose
noise is the same everywhere (Anscombe 1948), so that bright and structured windows decide. The
correlation over all of these is taken at every whole displacement, of even and of odd rows alike: a
slanting edge draws the two in opposite directions and so cancels. Its maximum is found between
whole pixels by a cubic spline; the scatter between stretches of the scan gives the uncertainty.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .in_order import in_order
from .scan import Scan

WINDOWS = 32
FURTHEST = 8
"""Pixels; larger displacements are not looked for."""
ROWS_AT_MOST = 192
STRETCHES = 12
FEWEST_ROWS, FEWEST_COLUMNS = 8, 24
"""In scans of some 16 columns an edge along the rows may pass for a third of a pixel."""
FINENESS = 100
CLEAR_SIGMA, CLEAR_PIXELS = 6.0, 0.25
CLEAR_CORRELATION = 6.0
CLEAR_GAIN = 5.0
"""Both in units of what noise alone gives."""
VAGUE_PIXELS = 0.5


@dataclass(frozen=True, slots=True)
class RowDisplacement:
    """How far odd rows (the second, the fourth ...) lie to the right of even ones.

    Attributes
    ----------
    pixels : positive where what odd rows show must move left to lie in line; NaN where it cannot
        be told
    sigma : one standard deviation, pixels
    """

    pixels: float
    sigma: float

    @property
    def known(self) -> bool:
        """Whether the scan shows enough structure to tell."""
        return bool(np.isfinite(self.pixels)) and self.sigma <= VAGUE_PIXELS

    @property
    def clear(self) -> bool:
        """Whether rows are displaced beyond doubt."""
        return (
            self.known
            and abs(self.pixels) >= CLEAR_PIXELS
            and abs(self.pixels) >= CLEAR_SIGMA * self.sigma
        )

    @property
    def whole_pixels(self) -> int:
        """The nearest whole number of pixels; 0 where nothing is clear."""
        return round(self.pixels) if self.clear else 0

    @property
    def words(self) -> str:
        """What was found, in words."""
        if not self.known:
            return "cannot be told: too few rows, or too little to see in them"
        size = f"{abs(self.pixels):.2f} ± {self.sigma:.2f} pixels"
        if not self.clear:
            return f"none ({size})"
        side = "right" if self.pixels > 0 else "left"
        return f"odd rows lie {size} to the {side} of even ones"


UNKNOWN = RowDisplacement(float("nan"), float("inf"))


def find_row_displacement(
    scan: Scan, rows_at_most: int = ROWS_AT_MOST, executor: Executor | None = None
) -> RowDisplacement:
    """Find how far odd rows are displaced; reads some stretches of rows, spread over the scan.

    Parameters
    ----------
    executor : where rows are read and compared; here if None

    Raises
    ------
    ScanFileError
        The rows cannot be read, or hold counts that cannot be.
    """
    height, width, _ = scan.shape
    if height < FEWEST_ROWS or width < FEWEST_COLUMNS:
        return UNKNOWN
    furthest = min(FURTHEST, width // 4)
    compare = partial(_compare, scan, furthest)
    found = list(in_order(executor, compare, _stretches(height, rows_at_most)))
    parts = np.stack([part for part, _ in found])
    return _estimate(parts, furthest, sum(compared for _, compared in found))


def _compare(scan: Scan, furthest: int, rows: slice) -> tuple[NDArray[np.float64], int]:
    """Products of all neighbouring rows of a stretch, (odd above or below, 3, displacement), and
    how many pairs of values these are of."""
    roots = _roots(scan, rows)
    part = np.zeros((2, 3, 2 * furthest + 1))
    for upper in range(len(roots) - 1):
        parity = (rows.start + upper) % 2
        part[parity] += _products(roots[upper], roots[upper + 1], furthest, parity)
    return part, (len(roots) - 1) * roots.shape[1] * (scan.shape[1] - 2 * furthest)


def _stretches(height: int, rows_at_most: int) -> list[slice]:
    """Rows that are read: all, or even stretches over the whole height."""
    number = max(2, min(STRETCHES, height // FEWEST_ROWS * 2))
    long = max(2, min(height, rows_at_most) // number)
    starts = np.linspace(0, height - long, number).round().astype(int)
    stops = starts + long if height > rows_at_most else np.append(starts[1:] + 1, height)
    return [slice(int(a), int(min(b, height))) for a, b in zip(starts, stops, strict=True)]


def _roots(scan: Scan, rows: slice) -> NDArray[np.float64]:
    """Square roots of counts in each window, (row, window, x), less their mean along the row;
    pixels without counts are left at the mean."""
    channels = scan.shape[2]
    window = np.arange(channels) * WINDOWS // channels
    # a product with 0 and 1 adds up faster than sums over short stretches do
    windows = (window[:, None] == np.unique(window)).astype(np.float32)
    summed = np.empty((rows.stop - rows.start, scan.shape[1], windows.shape[1]))
    step = max(1, scan.whole_chunks(1))
    for first in range(rows.start, rows.stop, step):
        some = slice(first, min(first + step, rows.stop))
        block = scan.read(some)
        place = slice(some.start - rows.start, some.stop - rows.start)
        summed[place] = block.astype(np.float32) @ windows
    measured = summed.any(axis=2, keepdims=True)
    roots = np.sqrt(summed + 0.375)
    many = np.maximum(measured.sum(axis=1, keepdims=True), 1)
    mean = np.where(measured, roots, 0.0).sum(axis=1, keepdims=True) / many
    return np.ascontiguousarray(np.where(measured, roots - mean, 0.0).transpose(0, 2, 1))


def _products(
    upper: NDArray[np.float64], lower: NDArray[np.float64], furthest: int, parity: int
) -> NDArray[np.float64]:
    """Products of two rows at each displacement of the odd one, (3, displacement): of the two, of
    either with itself. The same pixels of the even row are compared at all displacements."""
    even, odd = (upper, lower) if parity == 0 else (lower, upper)
    width = even.shape[1]
    inner = even[:, furthest : width - furthest]
    found = np.empty((3, 2 * furthest + 1))
    for index, shift in enumerate(range(-furthest, furthest + 1)):
        moved = odd[:, furthest + shift : width - furthest + shift]
        found[:, index] = (inner * moved).sum(), (inner**2).sum(), (moved**2).sum()
    return found


def _estimate(parts: NDArray[np.float64], furthest: int, compared: int) -> RowDisplacement:
    """The displacement, and its uncertainty: by leaving out one stretch at a time (jackknife), and
    of the counts, whose noise alone gives a correlation of 1 / sqrt(compared)."""
    total = parts.sum(axis=0)
    found = _maximum(total, furthest, CLEAR_CORRELATION / np.sqrt(compared))
    if found is None:
        return UNKNOWN
    pixels, curvature, gain = found
    without = [_maximum(total - part, furthest, 0.0) for part in parts]
    places = np.array([each[0] for each in without if each is not None])
    if len(places) < len(parts):
        return UNKNOWN
    many = len(parts)
    spread = np.sqrt((many - 1) / many * ((places - places.mean()) ** 2).sum())
    noise = np.sqrt(0.5 / compared) / curvature
    sigma = float(np.hypot(spread, noise))
    if round(pixels) and gain < CLEAR_GAIN * np.sqrt(2.0 / compared):
        # a low hill of correlation, whose top noise may have put anywhere along it
        sigma = max(sigma, abs(pixels))
    return RowDisplacement(pixels, sigma)


def _maximum(
    products: NDArray[np.float64], furthest: int, least: float
) -> tuple[float, float, float] | None:
    """Displacement of the greatest correlation, pixels; how sharp that is, per square pixel; and by
    how much it is greater than that of rows in line. None where it is less than `least`, or lies at
    either end."""
    from scipy.interpolate import CubicSpline

    # each direction of step counts alike, however many of its rows were read
    scale = np.sqrt(products[:, 1] * products[:, 2])
    if not (scale > 0.0).all():
        return None
    correlation = (products[:, 0] / scale).mean(axis=0)
    best = int(correlation.argmax())
    if best in (0, 2 * furthest) or correlation[best] <= least:
        return None
    around = slice(best - 1, best + 2)
    curvature = float(-np.diff(correlation[around], 2)[0])
    shifts = np.arange(-furthest, furthest + 1)
    fine = np.linspace(shifts[best - 1], shifts[best + 1], 2 * FINENESS + 1)
    place = float(fine[CubicSpline(shifts, correlation)(fine).argmax()])
    gain = float(correlation[best] - correlation[furthest])
    return (place, curvature, gain) if curvature > 0.0 else None
