"""The energy axis that a user states, with as much of the resolution as is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatedAxis:
    """Zero and gain that hold; what is None is found from a scan's peaks.

    Attributes
    ----------
    zero, gain : keV, keV per channel, as in `EnergyCalibration`
    noise : FWHM in keV, or None
    fano : Fano factor, or None
    """

    zero: float
    gain: float
    noise: float | None = None
    fano: float | None = None
