"""For how long each pixel was counted, compared with the others."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from ..spectrum import EnergyCalibration
from .fact import LIVE_TIME
from .in_order import in_order
from .row_sums import look_at_rows
from .scan import Scan
from .zero_peak import find_zero_peak

FEWEST_PULSES = 100.0


@dataclass(frozen=True, eq=False)
class Exposure:
    """Live time of each pixel over the mean of all.

    Attributes
    ----------
    relative : (y, x) float64; NaN where it is not known
    source : where it comes from, and how precise it is
    """

    relative: NDArray[np.float64]
    source: str


def find_exposure(
    scan: Scan,
    sum_spectrum: NDArray[np.float64],
    progress: Callable[[int], None] | None = None,
    executor: Executor | None = None,
    calibration: EnergyCalibration | None = None,
) -> Exposure:
    """Exposure from the live time, or where none is stated from the zero peak; reads it then once.

    Parameters
    ----------
    sum_spectrum : (channel,) float64, of all pixels, counts
    progress : called with the number of rows after each block
    executor : where blocks are read; here if None
    calibration : energy axis, where a better one than the stated is known

    Raises
    ------
    ScanFileError
        The scan states no live time, and has no zero peak that would do instead.
    """
    if scan.live_time_s is not None:
        stated = scan.facts[LIVE_TIME].source if LIVE_TIME in scan.facts else "the file"
        return Exposure(_relative(scan.live_time_s), f"live time, from {stated}")
    axis = calibration or scan.calibration
    channels = None if axis is None else find_zero_peak(sum_spectrum, axis)
    if channels is None:
        raise ScanFileError(
            f"{scan.path} states no live time and shows no zero peak that could tell it; leave "
            "--normalise off."
        )
    pulses = np.zeros(scan.shape[:2])
    look = partial(_look, scan, channels)
    for rows, counted in in_order(executor, look, scan.spans()):
        pulses[rows] = counted
        if progress is not None:
            progress(rows.stop - rows.start)
    mean = float(pulses[pulses > 0].mean()) if pulses.any() else 0.0
    if mean < FEWEST_PULSES:
        raise ScanFileError(
            f"{scan.path} states no live time, and its zero peak has but {mean:.0f} counts a "
            "pixel, too few to tell it; leave --normalise off."
        )
    return Exposure(
        _relative(np.where(pulses > 0, pulses, np.nan)),
        f"zero peak, channels {channels.start} to {channels.stop - 1}, {mean:,.0f} counts a pixel: "
        f"within {100.0 / np.sqrt(mean):.1f} %",
    )


def _relative(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values / float(np.nanmean(values))


def _look(scan: Scan, channels: slice, rows: slice) -> tuple[slice, NDArray[Any]]:
    return rows, look_at_rows(scan, rows, channels).pixel_counts
