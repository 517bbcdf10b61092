"""Several scans of one object as one, put together by where they lie on the stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from .binned import wide_enough
from .changed import ASKED_FOR
from .derived_counts import DerivedCounts
from .fact import LIVE_TIME, REAL_TIME, STAGE, Fact
from .row_sums import look_at_rows
from .same_measurement import require_same_measurement
from .scan import Scan
from .stage_place import StagePlace
from .words import stage_in_words, times_in_words

STITCHED = "stitched"
FIRST, SUM = "first", "sum"
OVERLAPS = (FIRST, SUM)
FURTHEST_OFF = 1.0
"""Pixels that a scan may be off the grid of the first at any of its corners."""
MOST_PIXELS = 2**26


@dataclass(frozen=True, eq=False)
class Part:
    """One scan in its place.

    Attributes
    ----------
    scan : the scan
    rows, columns : of the whole, where it lies
    taken : (y, x) bool, its pixels that are part of the whole
    """

    scan: Scan
    rows: slice
    columns: slice
    taken: NDArray[np.bool_]


class StitchedCounts(DerivedCounts):
    """Counts of several scans in their places, added up where several are taken; others have none.

    Parameters
    ----------
    parts : the scans
    shape : rows, columns
    """

    def __init__(self, parts: Sequence[Part], shape: tuple[int, int]) -> None:
        first = parts[0].scan.counts
        dtype = np.result_type(*(part.scan.counts.dtype.newbyteorder("=") for part in parts))
        if _shared(parts, shape):
            dtype = wide_enough(dtype, len(parts))
        super().__init__(first, (*shape, first.shape[2]), dtype)
        self.packed = any(getattr(part.scan.counts, "packed", False) for part in parts)
        self.parts = tuple(parts)

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        whole = np.zeros((stop - first, *self.shape[1:]), dtype=self.dtype)
        for part in self.parts:
            start, end = max(first, part.rows.start), min(stop, part.rows.stop)
            if start >= end:
                continue
            own = slice(start - part.rows.start, end - part.rows.start)
            taken = part.taken[own]
            if taken.any():
                place = whole[start - first : end - first, part.columns]
                place[taken] += np.asarray(part.scan.counts[own])[taken].astype(self.dtype)
        return whole


def stitch(
    scans: Sequence[Scan], overlap: str = FIRST, progress: Callable[[int], None] | None = None
) -> Scan:
    """Several scans as one; each is read once to see which of its pixels have counts.

    The grid is that of the first scan, and each lies at the nearest whole pixel. Where several
    have counts, those of the first named are taken, or they are added up, times as well. Pixels
    in which none has counts are left without, as not measured.

    Parameters
    ----------
    scans : of the same measurement, whose place on the stage is known
    overlap : "first" or "sum"
    progress : called with the number of rows after each block

    Raises
    ------
    ScanFileError
        A place on the stage is not known, or scans do not fit together.
    ValueError
        `overlap` is neither.
    """
    if overlap not in OVERLAPS:
        raise ValueError(f"overlaps are {' or '.join(OVERLAPS)}, not {overlap!r}")
    for other in scans[1:]:
        require_same_measurement(scans[0], other)
    corners, off = _corners(scans)
    top, left = corners.min(axis=0)
    shapes = np.array([scan.shape[:2] for scan in scans])
    height, width = (int(n) for n in (corners + shapes).max(axis=0) - (top, left))
    if height * width > MOST_PIXELS:
        raise ScanFileError(
            f"{scans[0].path} and the scans with it lie so far apart that together they would have "
            f"{height:,} by {width:,} pixels; check where each lies on the stage."
        )
    covered = np.zeros((height, width), dtype=np.bool_)
    parts = []
    for scan, (row, column) in zip(scans, corners - (top, left), strict=True):
        rows = slice(int(row), int(row) + scan.shape[0])
        columns = slice(int(column), int(column) + scan.shape[1])
        taken = _with_counts(scan, progress)
        if overlap == FIRST:
            taken &= ~covered[rows, columns]
        covered[rows, columns] |= taken
        parts.append(Part(scan, rows, columns, taken))
    begin = _stage_of(scans[0]).starting_at(float(top), float(left))
    return _whole(parts, covered, overlap, off, begin)


def _stage_of(scan: Scan) -> StagePlace:
    if scan.stage is None:
        raise ScanFileError(
            f"{scan.path} does not state where it lies on the stage; say where its first pixel "
            "lies with --at Y:X, once for each scan."
        )
    return scan.stage


def _corners(scans: Sequence[Scan]) -> tuple[NDArray[np.int64], float]:
    """Row and column of each scan's first pixel on the grid of the first, (scan, 2), and how far
    a corner of any is off a whole pixel at most."""
    grid = _stage_of(scans[0])
    steps = np.array([grid.down, grid.across]).T
    corners, furthest = [], 0.0
    for scan in scans:
        stage, (height, width, _) = _stage_of(scan), scan.shape
        ends = [(0, 0), (height - 1, 0), (0, width - 1), (height - 1, width - 1)]
        places = np.array([np.subtract(stage.at(*end), grid.first) for end in ends])
        found = np.linalg.solve(steps, places.T).T
        corner = np.rint(found[0]).astype(np.int64)
        off = float(np.abs(found - corner - np.array(ends)).max())
        if off > FURTHEST_OFF:
            raise ScanFileError(
                f"{scan.path} has pixels of another size or another direction than "
                f"{scans[0].path}; turn, mirror or bin one of them by itself with 'underpaint "
                "convert' first."
            )
        corners.append(corner)
        furthest = max(furthest, off)
    return np.array(corners), furthest


def _with_counts(scan: Scan, progress: Callable[[int], None] | None) -> NDArray[np.bool_]:
    found = np.zeros(scan.shape[:2], dtype=np.bool_)
    for rows in scan.spans():
        found[rows] = look_at_rows(scan, rows).pixel_counts > 0
        if progress is not None:
            progress(rows.stop - rows.start)
    return found


def _shared(parts: Sequence[Part], shape: tuple[int, int]) -> bool:
    """Whether any pixel is taken from more than one scan."""
    times = np.zeros(shape, dtype=np.uint16)
    for part in parts:
        times[part.rows, part.columns] += part.taken
    return bool((times > 1).any())


def _whole(
    parts: Sequence[Part],
    covered: NDArray[np.bool_],
    overlap: str,
    off: float,
    stage: StagePlace,
) -> Scan:
    first = parts[0].scan
    shape = covered.shape[0], covered.shape[1]
    told = [
        f"{part.scan.path.name} at row {part.rows.start}, column {part.columns.start}"
        for part in parts
    ]
    how = "the first with counts is taken" if overlap == FIRST else "counts and times are added up"
    words = (
        f"{len(parts)} scans ({'; '.join(told)}), to the nearest pixel, {off:.2f} off at most; "
        f"where they overlap {how}; {np.count_nonzero(~covered):,} pixels lie in none of them"
    )
    facts = {
        name: fact
        for name, fact in first.facts.items()
        if all(name in p.scan.facts and p.scan.facts[name].value == fact.value for p in parts)
    }
    times = {}
    for figure, field in ((LIVE_TIME, "live_time_s"), (REAL_TIME, "real_time_s")):
        seconds = times[field] = _times(parts, field, shape)
        source = first.facts[figure].source if figure in first.facts else ""
        lacking = Fact(None, "not every one of the scans states it")
        facts[figure] = lacking if seconds is None else Fact(times_in_words(seconds), source)
    source = first.facts[STAGE].source if STAGE in first.facts else ASKED_FOR
    # without a pixel size, places were given in pixels, which are none on the stage
    known = first.pixel_size_mm is not None
    facts.pop(STAGE, None)
    if known:
        facts[STAGE] = Fact(stage_in_words(stage), source)
    facts[STITCHED] = Fact(words, ASKED_FOR)
    return replace(
        first,
        counts=StitchedCounts(parts, shape),
        stage=stage if known else None,
        facts=facts,
        live_time_s=times["live_time_s"],
        real_time_s=times["real_time_s"],
    )


def _times(parts: Sequence[Part], field: str, shape: tuple[int, int]) -> NDArray[np.float64] | None:
    """Times of all pixels, (y, x) s, added up where several scans are; NaN where none is."""
    total = np.zeros(shape)
    for part in parts:
        seconds = getattr(part.scan, field)
        if seconds is None:
            return None
        total[part.rows, part.columns] += np.where(part.taken, seconds, 0.0)
    return np.where(total > 0.0, total, np.nan)
