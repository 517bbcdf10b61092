"""What Compton scatter leaves of a photon's energy, without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

ELECTRON_KEV = 510.99895
"""Rest energy of the electron (CODATA 2018)."""


def compton_kev(
    energy_kev: ArrayLike, angle_deg: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Energy after Compton scatter by an electron at rest, keV (Compton 1923,
    doi 10.1103/PhysRev.21.483)."""
    energy, turned = np.asarray(energy_kev), 1.0 - np.cos(np.deg2rad(angle_deg))
    return np.asarray(energy / (1.0 + energy / ELECTRON_KEV * turned))
