"""What a scan file states about itself, and where it states it."""

from __future__ import annotations

from dataclasses import dataclass

ENERGY_CALIBRATION = "energy calibration"
ANODE = "anode"
TUBE_VOLTAGE = "tube voltage"
LIVE_TIME = "live time"
REAL_TIME = "real time"
PIXEL_SIZE = "pixel size"
STAGE = "stage coordinates"
INCIDENCE = "incidence angle"
TAKE_OFF = "take-off angle"
TITLE = "title"

FIGURES = (
    ENERGY_CALIBRATION,
    ANODE,
    TUBE_VOLTAGE,
    INCIDENCE,
    TAKE_OFF,
    LIVE_TIME,
    REAL_TIME,
    PIXEL_SIZE,
)
"""The figures that every scan is asked for; what a file states beyond them is kept as well."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a scan.

    Attributes
    ----------
    value : str or None
        The figure in words, with its unit; None where the file does not state it.
    source : str
        Where the figure was found, or why it is missing.
    """

    value: str | None
    source: str


def absent(reason: str) -> Fact:
    """A figure that the file does not state, and why that is known."""
    return Fact(None, reason)
