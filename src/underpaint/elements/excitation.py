"""The highest energy that excites, read off a spectrum's upper end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

LOWEST_KEV = 1.0
RANGE_KV = (5.0, 60.0)
BEYOND_SHARE = 1e-5
BEYOND_COUNTS = 30.0
AT_THE_END = 5
"""Channels at an axis's end, each with more counts than that if the spectrum goes on beyond."""
CUT_OFF_BEYOND = 1.2
"""How far beyond a cut-off axis the tube may reach: lines up to its end lie no further below their
edges, so that it hides none, and none is missed that would lie beyond."""
COUNTED_BEYOND = 1.2
"""Pile-up brings a few counts above the tube voltage, but not so far above."""
UNSEEN_BEYOND = 2.5
"""A lens or a filter can hide the upper part of what a tube sends out, but not more of it."""


def last_counted(counts: NDArray[np.float64]) -> int:
    """The last channel with counts, which is left out: electronics put all that overflows there."""
    return max(int(np.flatnonzero(counts > 0).max(initial=0)), 1)


def highest_excitation_kev(spectrum: NDArray[np.generic], calibration: EnergyCalibration) -> float:
    """Highest energy that counts reach, but for a few of pile-up and cosmic rays, keV.

    A fifth more where the axis ends before the spectrum does.

    Parameters
    ----------
    spectrum : (channel,) counts
    calibration : energy axis
    """
    counts = np.asarray(spectrum, dtype=np.float64)
    last = last_counted(counts)
    counts = counts[:last]
    energy = calibration.energy(np.arange(last))
    cumulative = np.cumsum(np.where(energy > LOWEST_KEV, counts, 0.0))
    total = float(cumulative[-1])
    if total <= 0.0:
        return RANGE_KV[1]
    if is_cut_off(counts, total):
        return float(np.clip(CUT_OFF_BEYOND * energy[last - 1], *RANGE_KV))
    reached = int(np.searchsorted(cumulative, total - _beyond(total)))
    return float(np.clip(energy[reached], *RANGE_KV))


def is_cut_off(counts: NDArray[np.float64], total: float) -> bool:
    """Whether the axis ends before the spectrum does.

    Parameters
    ----------
    counts : (channel,) counts below the last channel that has any
    total : counts above 1 keV
    """
    return bool(counts[-AT_THE_END:].min() > _beyond(total))


def _beyond(total: float) -> float:
    return max(BEYOND_SHARE * total, BEYOND_COUNTS)


def believable_kv(
    stated: float | None, spectrum: NDArray[np.generic], calibration: EnergyCalibration
) -> float | None:
    """The tube voltage that a file states; None where the spectrum says that it was another.

    Parameters
    ----------
    stated : kV, or None
    spectrum : (channel,) counts
    calibration : energy axis
    """
    if stated is None:
        return None
    seen = highest_excitation_kev(spectrum, calibration)
    most = max(UNSEEN_BEYOND * seen, RANGE_KV[1])
    return stated if seen / COUNTED_BEYOND <= stated <= most else None
