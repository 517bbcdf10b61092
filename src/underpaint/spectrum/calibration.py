"""Where a channel lies on the energy axis, and how wide a line is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FWHM_PER_SIGMA = 2.0 * float(np.sqrt(2.0 * np.log(2.0)))
PAIR_ENERGY_KEV = 0.00385
"""Energy per electron-hole pair in silicon, keV, as PyMca takes it."""
GAIN_KEV = (0.005, 0.05)
"""Least and most that a channel of a detector is wide, keV."""


@dataclass(frozen=True, slots=True)
class EnergyCalibration:
    """Linear energy axis and resolution of a detector, with PyMca's names and meanings.

    Attributes
    ----------
    zero : float
        Energy of the centre of channel 0, keV.
    gain : float
        Energy per channel, keV.
    noise : float
        Electronic noise, FWHM in keV.
    fano : float
        Fano factor of the crystal, dimensionless.
    """

    zero: float
    gain: float
    noise: float = 0.1
    fano: float = 0.115

    def energy(self, channel: ArrayLike) -> NDArray[np.float64]:
        """Energy at the centre of each channel, keV."""
        return self.zero + self.gain * np.asarray(channel, dtype=np.float64)

    def channel(self, energy_kev: ArrayLike) -> NDArray[np.float64]:
        """Fractional channel at each energy (keV)."""
        return (np.asarray(energy_kev, dtype=np.float64) - self.zero) / self.gain

    def edges(self, channels: int) -> NDArray[np.float64]:
        """Edges of `channels` channels, shape (channels + 1,), keV."""
        return self.energy(np.arange(channels + 1) - 0.5)

    def fwhm(self, energy_kev: ArrayLike) -> NDArray[np.float64]:
        """Full width at half maximum of a line at each energy, keV.

        FWHM^2 = noise^2 + 8 ln 2 * 3.85 eV * fano * E (Solé et al. 2007, PyMca,
        doi 10.1016/j.sab.2006.12.002).
        """
        energy = np.clip(np.asarray(energy_kev, dtype=np.float64), 0.0, None)
        statistical = FWHM_PER_SIGMA**2 * PAIR_ENERGY_KEV * self.fano * energy
        return np.asarray(np.sqrt(self.noise**2 + statistical))
