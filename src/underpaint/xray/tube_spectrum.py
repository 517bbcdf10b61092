"""The spectrum of a tube that somebody has measured or calculated, as data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from underpaint.errors import InstrumentError


@dataclass(frozen=True, slots=True)
class TubeSpectrum:
    """Photons behind the tube's window, before filters, optic and gas; any one scale.

    Attributes
    ----------
    continuum : (keV, photons per keV), energies ascending; linear between them, 0 outside
    lines : (keV, photons)
    """

    continuum: tuple[tuple[float, float], ...]
    lines: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        energies = np.array([energy for energy, _ in self.continuum])
        if len(energies) < 2 or not (np.diff(energies) > 0.0).all() or energies[0] <= 0.0:
            raise InstrumentError(
                "a tube spectrum needs two or more continuum energies, ascending and above 0 keV"
            )
        figures = np.array([*self.continuum, *self.lines])
        if not np.isfinite(figures).all() or (figures < 0.0).any() or not figures[:, 1].any():
            raise InstrumentError("a tube spectrum needs photons: finite, none below zero")
