"""Measured spectra with what their files say of time, for tests of detector and electronics."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))


@dataclass(frozen=True)
class Measured:
    """One spectrum: counts in even channels around energies in keV, times in seconds."""

    energy_kev: NDArray[np.float64]
    counts: NDArray[np.float64]
    live_s: float
    real_s: float

    @property
    def photons(self) -> float:
        """Counts above the zero peak."""
        return float(self.counts[self.energy_kev > 0.3].sum())

    @property
    def zero_counts(self) -> float:
        """Counts in the zero peak."""
        return float(self.counts[self.energy_kev <= 0.3].sum())

    def near(self, energy_kev: float, half_kev: float) -> NDArray[np.bool_]:
        """Which channels lie that near an energy."""
        return np.abs(self.energy_kev - energy_kev) < half_kev

    def peaks(
        self, energies: list[float], fwhms: list[float], window: tuple[float, float], degree: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Counts of Gaussian peaks of known place and width on a polynomial, and their sigmas."""
        inside = (self.energy_kev > window[0]) & (self.energy_kev < window[1])
        at, counts = self.energy_kev[inside], self.counts[inside]
        gain = self.energy_kev[1] - self.energy_kev[0]
        columns = []
        for energy, fwhm in zip(energies, fwhms, strict=True):
            sigma = fwhm / FWHM_PER_SIGMA
            gauss = np.exp(-0.5 * ((at - energy) / sigma) ** 2) / (sigma * np.sqrt(2.0 * np.pi))
            columns.append(gain * gauss)
        middle = 0.5 * sum(window)
        columns += [(at - middle) ** power for power in range(degree + 1)]
        design, variance = np.stack(columns, axis=1), np.maximum(counts, 4.0)
        for _ in range(3):
            weighted = design / np.sqrt(variance)[:, None]
            found = np.linalg.lstsq(weighted, counts / np.sqrt(variance), rcond=None)[0]
            variance = np.maximum(design @ found, 2.0)
        spread = np.sqrt(np.diag(np.linalg.inv(weighted.T @ weighted)))
        return found[: len(energies)], spread[: len(energies)]


def read_emsa(path: Path) -> Measured:
    """An EMSA file with one figure or one pair of figures a channel."""
    text = path.read_text(encoding="latin-1")
    header, _, body = text.partition("#SPECTRUM")
    lines = [line for line in body.splitlines()[1:] if line.strip() and not line.startswith("#")]
    values = [[float(part) for part in re.split(r"[,\s]+", line.strip(" ,"))] for line in lines]
    pairs = "DATATYPE    : XY" in header
    counts = np.array([row[1] for row in values] if pairs else [v for row in values for v in row])

    def figure(key: str) -> float:
        found = re.search(rf"#{key}[^:]*: *([-+.\dEe]+)", header)
        assert found is not None
        return float(found[1])

    energy = figure("OFFSET") + figure("XPERCHAN") * np.arange(len(counts))
    return Measured(energy, counts, figure("LIVETIME"), figure("REALTIME"))


def read_spx(path: Path) -> Measured:
    """A Bruker .spx file."""
    text = path.read_text(encoding="latin-1")

    def figure(key: str) -> str:
        found = re.search(f"<{key}>(.*?)</{key}>", text, re.DOTALL)
        assert found is not None
        return found[1]

    counts = np.array([float(value) for value in figure("Channels").split(",")])
    energy = float(figure("CalibAbs")) + float(figure("CalibLin")) * np.arange(len(counts))
    live, real = (float(figure(key)) * 1e-3 for key in ("LifeTime", "RealTime"))
    return Measured(energy, counts, live, real)
