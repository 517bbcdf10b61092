"""The energy axis of channels that are added up."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from .calibration import EnergyCalibration
from .stated_axis import StatedAxis

Axis = TypeVar("Axis", EnergyCalibration, StatedAxis)


def coarser_axis(line: Axis, channels: int, first: int = 0) -> Axis:
    """The energy axis of bins of so many channels, from channel `first` on; energies are those of
    their middles."""
    zero = line.zero + line.gain * (first + (channels - 1) / 2)
    return replace(line, zero=zero, gain=line.gain * channels)
