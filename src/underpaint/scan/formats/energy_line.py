"""The straight energy axis through the points that a file states."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...spectrum import EnergyCalibration
from .. import fact
from ..figures import Figures

LARGEST_GAIN_KEV = 0.2
"""Channels of real detectors are 0.5 to 100 eV wide: a larger figure is in eV, not in keV."""

POSSIBLE_GAIN_KEV = (1e-4, 2.0)
"""Even of channels that were added up: beyond it, the stated unit is not that of the figure."""

KEV_PER_UNIT = {"kev": 1.0, "ev": 1e-3, "mev": 1e3}


def line_through(channel: ArrayLike, energy_kev: ArrayLike) -> tuple[EnergyCalibration, float]:
    """Least-squares line through calibration points.

    Parameters
    ----------
    channel : (n,), channel of each point
    energy_kev : (n,), its energy, keV

    Returns
    -------
    calibration : EnergyCalibration
    deviation : float, keV, largest distance of a point from the line

    Raises
    ------
    ValueError
        Fewer than two different channels, values that are no numbers, or energy that falls.
    """
    x = np.asarray(channel, dtype=np.float64)
    y = np.asarray(energy_kev, dtype=np.float64)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("values that are no numbers")
    if len(np.unique(x)) < 2:
        raise ValueError("fewer than two different channels")
    centred = x - x.mean()
    gain = float(centred @ (y - y.mean()) / (centred @ centred))
    zero = float(y.mean() - gain * x.mean())
    if not (math.isfinite(gain) and math.isfinite(zero)) or gain <= 0.0:
        raise ValueError("an energy that does not rise with the channel")
    return EnergyCalibration(zero=zero, gain=gain), float(np.abs(y - zero - gain * x).max())


def unit_in_kev(unit: str | None, gain: float) -> tuple[float, str]:
    """Size of an energy unit, and a remark where it had to be told from the gain.

    Parameters
    ----------
    unit : the unit as stated, None where it is not
    gain : energy per channel in that unit

    Raises
    ------
    ValueError
        The unit is stated and is no energy, or no detector has channels so wide in it.
    """
    if unit is not None and unit.strip():
        size = KEV_PER_UNIT.get(unit.strip().lower())
        if size is None:
            raise ValueError(f"the unit {unit.strip()!r}, which is neither keV nor eV")
        if gain > 0.0 and not POSSIBLE_GAIN_KEV[0] <= gain * size <= POSSIBLE_GAIN_KEV[1]:
            raise ValueError(f"{gain:g} {unit.strip()} a channel, which no detector has")
        return size, ""
    if gain > LARGEST_GAIN_KEV:
        return 1e-3, ", unit not stated, eV by its size"
    return 1.0, ", unit not stated, keV by its size"


def is_unit(word: str) -> bool:
    """Whether a word is a unit of energy."""
    return word.strip().lower() in KEV_PER_UNIT


def in_words(calibration: EnergyCalibration) -> str:
    """The energy axis in words."""
    return f"zero {calibration.zero:.5f} keV, gain {calibration.gain:.7f} keV a channel"


def from_channel(coefficients: Sequence[float], first: float) -> list[float]:
    """The polynomial of an axis, with channel `first` as channel 0: a part of them is stored."""
    zero, gain, bend = [*coefficients, 0.0][:3]
    return [zero + first * (gain + bend * first), gain + 2.0 * bend * first, bend]


def state_polynomial(
    figures: Figures, coefficients: Sequence[float], source: str, unit: str | None = None
) -> None:
    """Take zero, gain and quadratic term of an energy axis, of which the last is left out.

    Coefficients that make no energy axis, or say nothing (0 and 1), leave it missing.
    """
    zero, gain = coefficients[:2]
    says_nothing = zero == 0.0 and gain == 1.0 and unit is None
    if not all(map(math.isfinite, coefficients)) or says_nothing:
        figures.lack(fact.ENERGY_CALIBRATION, f"{source} makes no energy axis")
        return
    remark = ", its quadratic term left out" if any(coefficients[2:]) else ""
    state_line(figures, zero, gain, source, unit, remark)


def state_line(
    figures: Figures,
    zero: float | None,
    gain: float,
    source: str,
    unit: str | None = None,
    remark: str = "",
) -> None:
    """Take zero and gain of an energy axis in a unit; a zero that is not stated is 0.

    A gain that cannot be leaves the axis missing.
    """
    if gain <= 0.0:
        figures.lack(fact.ENERGY_CALIBRATION, f"{source} makes no energy axis, with gain {gain:g}")
        return
    try:
        size, told = unit_in_kev(unit, gain)
    except ValueError as error:
        figures.lack(fact.ENERGY_CALIBRATION, f"{source}: {error}")
        return
    if zero is None:
        told += ", zero not stated and taken as 0"
    line = EnergyCalibration(zero=(zero or 0.0) * size, gain=gain * size)
    figures.calibration(line, in_words(line), source + told + remark)


def state_energies(
    figures: Figures, energy: ArrayLike, source: str, unit: str | None = None
) -> None:
    """Take the straight line nearest to the energies of all channels."""
    values = np.asarray(energy, dtype=np.float64)
    try:
        gain = float(values[-1] - values[0]) / max(1, len(values) - 1)
        size, remark = unit_in_kev(unit, gain)
        line, deviation = line_through(np.arange(len(values)), values * size)
    except ValueError as error:
        figures.lack(fact.ENERGY_CALIBRATION, f"{source} makes no energy axis: {error}")
        return
    if deviation > 0.01 * line.gain:
        remark += f", straight line within {1e3 * deviation:.1f} eV of a curved axis"
    figures.calibration(line, in_words(line), source + remark)
