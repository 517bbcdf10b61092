"""The zero (strobe) peak: pulses that the electronics make at a steady rate while they can count.

They lie at 0 keV, and their number in a pixel is as its live time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..spectrum import EnergyCalibration

SEARCHED_KEV = 0.3
WIDEST_KEV = 0.3
"""At half its height; noise that rises towards the first channel is no peak."""
REACH = 1.3
"""Full widths at half maximum to either side that are added up: all of a Gaussian but 0.2 %."""
FLOOR_SHARE = 0.02


def find_zero_peak(spectrum: NDArray[np.float64], calibration: EnergyCalibration) -> slice | None:
    """The channels of the zero peak; None where there is none that stands free.

    Parameters
    ----------
    spectrum : (channel,) float64, sum of the whole scan, counts
    calibration : energy axis, right within 0.3 keV
    """
    centre = float(calibration.channel(0.0))
    reach = SEARCHED_KEV / calibration.gain
    low, high = max(0, int(np.ceil(centre - reach))), min(len(spectrum), int(centre + reach) + 1)
    if high - low < 3:
        return None
    top = low + int(spectrum[low:high].argmax())
    half = spectrum[top] / 2.0
    below, above = np.flatnonzero(spectrum[:top] < half), np.flatnonzero(spectrum[top:] < half)
    if spectrum[top] <= 0.0 or not below.size or not above.size:
        return None
    width = int(above[0]) + top - int(below[-1])
    first, last = top - round(REACH * width), top + round(REACH * width) + 1
    if width * calibration.gain > WIDEST_KEV or first < 0 or last > len(spectrum):
        return None
    floor = max(spectrum[first], spectrum[last - 1]) * (last - first)
    return slice(first, last) if floor < FLOOR_SHARE * spectrum[first:last].sum() else None
