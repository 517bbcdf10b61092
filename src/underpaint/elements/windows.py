"""Maps beside the fitted lines: counts in a window of energies, and how far the fit is off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import CalibrationError
from underpaint.spectrum import EnergyCalibration

from .design import Design
from .fit import LineFit

MISFIT = "misfit"
LEAST_EXPECTED = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """A region of interest.

    Attributes
    ----------
    name : of its map
    low_kev, high_kev : its ends, keV
    """

    name: str
    low_kev: float
    high_kev: float

    def channels(self, calibration: EnergyCalibration, channels: int) -> slice:
        """The channels whose centres lie in it.

        Raises
        ------
        CalibrationError : there are none
        """
        energy = calibration.energy(np.arange(channels))
        inside = np.flatnonzero((energy >= self.low_kev) & (energy <= self.high_kev))
        if len(inside) == 0:
            raise CalibrationError(
                f"the window {self.name} from {self.low_kev:g} to {self.high_kev:g} keV holds no "
                f"channel: the energy axis goes from {energy[0]:.2f} to {energy[-1]:.2f} keV"
            )
        return slice(int(inside[0]), int(inside[-1]) + 1)


def window_counts(spectra: NDArray[np.generic], windows: list[slice]) -> NDArray[np.float32]:
    """All counts in each window, background included, (window, n) float32."""
    sums = [spectra[:, window].sum(axis=1, dtype=np.float64) for window in windows]
    return np.array(sums, dtype=np.float32).reshape(len(windows), len(spectra))


def misfit(spectra: NDArray[np.generic], design: Design, fit: LineFit) -> NDArray[np.float32]:
    """Mean square of counts less fit over what counting noise makes of it, (n,) float32.

    1 where only noise is left. Each channel weighs by the noise of the fitted spectrum, that of
    one count at least, so that single counts in empty channels weigh little.

    Parameters
    ----------
    spectra : (n, channel) counts
    design : that was fitted
    fit : of these spectra, with its model
    """
    if fit.model is None:
        raise ValueError("the fit has no model")
    inside = slice(design.first, design.last)
    model: NDArray[Any] = np.maximum(fit.model[:, inside], 0.0)
    left, weight = spectra[:, inside] - model, 1.0 / np.maximum(model, 1.0)
    expected = np.maximum((model * weight).sum(axis=1), LEAST_EXPECTED)
    return np.asarray((left**2 * weight).sum(axis=1) / expected, dtype=np.float32)
