"""Scans whose counts may stand side by side, or be added up."""

from __future__ import annotations

import numpy as np

from ..errors import ScanFileError
from .scan import Scan

CHANNELS_APART = 0.1
"""Channels by which two energy axes may differ at either end."""


def require_same_measurement(first: Scan, other: Scan) -> None:
    """Raise ScanFileError where channels, energy axis, anode or voltage of two scans differ.

    Counts are never put into other channels: they would be counts no more.
    """
    channels = first.shape[2]
    if other.shape[2] != channels:
        raise _unlike(first, other, f"{other.shape[2]} channels and not {channels}", BIN)
    axis, second = first.calibration, other.calibration
    if (axis is None) != (second is None):
        raise _unlike(first, other, "an energy axis that only one of them states", APART)
    if axis is not None and second is not None:
        ends = np.array([0.0, channels - 1.0])
        apart = float(np.abs(axis.channel(second.energy(ends)) - ends).max())
        if apart > CHANNELS_APART:
            raise _unlike(first, other, f"an energy axis off by {apart:.1f} channels", APART)
    for name, one, two in (
        ("anode", first.anode, other.anode),
        ("tube voltage in kV", first.tube_voltage_kv, other.tube_voltage_kv),
    ):
        if one is not None and two is not None and one != two:
            raise _unlike(first, other, f"{name} {two} and not {one}", APART)


BIN = "bin the channels of one of them with 'underpaint convert --bin-channels' first"
APART = "identify them one by one"


def _unlike(first: Scan, other: Scan, what: str, remedy: str) -> ScanFileError:
    return ScanFileError(
        f"{other.path} has {what}, unlike {first.path}, so that they make no one scan; {remedy}."
    )
