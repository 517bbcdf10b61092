"""Scans whose counts may stand side by side, or be added up."""

from __future__ import annotations

import numpy as np

from ..errors import ScanFileError
from .scan import Scan

CHANNELS_APART = 0.1
"""Channels by which two energy axes may differ at either end."""


BIN = "bin the channels of one of them with 'underpaint convert --bin-channels' first"
APART = "identify them one by one"


def require_same_measurement(
    first: Scan, other: Scan, remedy: str = "", first_name: str = "", other_name: str = ""
) -> None:
    """Raise ScanFileError where channels, energy axis, anode or voltage of two scans differ.

    Counts are never put into other channels: they would be counts no more.

    Parameters
    ----------
    remedy : what to do about it, where that is always the same
    first_name, other_name : how the scans are called; by their files if left
    """
    found = _difference(first, other)
    if found is None:
        return
    what, advice = found
    raise ScanFileError(
        f"{other_name or other.path} has {what}, unlike {first_name or first.path}, so that their "
        f"counts do not belong together; {remedy or advice}."
    )


def _difference(first: Scan, other: Scan) -> tuple[str, str] | None:
    """What the other scan has instead, and what to do about it."""
    channels = first.shape[2]
    if other.shape[2] != channels:
        return f"{other.shape[2]} channels and not {channels}", BIN
    axis, second = first.calibration, other.calibration
    if (axis is None) != (second is None):
        return "an energy axis stated for only one of the two", APART
    if axis is not None and second is not None:
        ends = np.array([0.0, channels - 1.0])
        apart = float(np.abs(axis.channel(second.energy(ends)) - ends).max())
        if apart > CHANNELS_APART:
            return f"an energy axis off by {apart:.1f} channels", APART
    for name, one, two in (
        ("anode", first.anode, other.anode),
        ("tube voltage in kV", first.tube_voltage_kv, other.tube_voltage_kv),
    ):
        if one is not None and two is not None and one != two:
            return f"{name} {two} and not {one}", APART
    return None
