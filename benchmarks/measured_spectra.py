"""The reference measurements: readers of EMSA text, Bruker .spx and SPEC text, counts of peaks."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration

ZERO_PEAK_KEV = 0.3


@dataclass(frozen=True, eq=False)
class Measured:
    """A measured spectrum and what its file says of it.

    Attributes
    ----------
    name : what was measured
    counts : (channel,) float64, counts as stored
    calibration : the axis that the file states
    live_s, real_s : live and real time, s; NaN where the file has none
    head : further keys of the file, as text
    """

    name: str
    counts: NDArray[np.float64]
    calibration: EnergyCalibration
    live_s: float = float("nan")
    real_s: float = float("nan")
    head: dict[str, str] = field(default_factory=dict)

    @property
    def energy_kev(self) -> NDArray[np.float64]:
        """Energy of each channel, (channel,) keV."""
        return np.asarray(self.calibration.energy(np.arange(len(self.counts))))

    @property
    def photons(self) -> float:
        """Counts above the zero peak."""
        return float(self.counts[self.energy_kev > ZERO_PEAK_KEV].sum())

    @property
    def zero_counts(self) -> float:
        """Counts in the zero peak."""
        return float(self.counts[self.energy_kev <= ZERO_PEAK_KEV].sum())

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

    def above(self, low_kev: float) -> float:
        """Counts above an energy, the electronics' own peak left out."""
        first = int(np.ceil(float(self.calibration.channel(low_kev))))
        return float(self.counts[max(first, 0) :].sum())


def read_emsa(path: Path) -> Measured:
    """A spectrum in the EMSA/MAS text format (ISO 22029), values alone or with energies."""
    text = path.read_text(errors="replace")
    head, body = text.split("#SPECTRUM", 1)
    body = body.split("\n", 1)[1].split("#END")[0]
    keys = dict(re.findall(r"^#+\s*([A-Z]+)[^:\n]*:\s*(.*?)\s*$", head, re.MULTILINE))
    if keys.get("DATATYPE") == "XY":
        values = [float(row.split(",")[1]) for row in body.splitlines() if "," in row]
    else:
        values = [float(value) for value in body.replace(",", " ").split()]
    calibration = EnergyCalibration(float(keys["OFFSET"]), float(keys["XPERCHAN"]))
    live, real = (float(keys.get(key, "nan")) for key in ("LIVETIME", "REALTIME"))
    return Measured(path.stem, np.array(values), calibration, live, real, keys)


def read_spx(path: Path) -> Measured:
    """A spectrum in Bruker's XML; every element of its headers that holds a text becomes a key."""
    root = ElementTree.fromstring(path.read_bytes())
    spectrum = next(n for n in root.iter("ClassInstance") if n.get("Type") == "TRTSpectrum")
    counts = np.array(spectrum.findtext("Channels", "").split(","), dtype=np.float64)
    headers = [n for n in spectrum.iter("ClassInstance") if "Header" in n.get("Type", "")]
    keys = {
        leaf.tag: leaf.text
        for header in headers
        for leaf in header.iter()
        if len(leaf) == 0 and leaf.text and leaf.text.strip()
    }
    for tube in (n for header in headers for n in header.iter("ExcitationFilter")):
        keys["Filters"] = ";".join(
            tube.findtext(key, "") for key in ("AtomicNumber", "Thickness")
        ).strip(";")
    calibration = EnergyCalibration(float(keys["CalibAbs"]), float(keys["CalibLin"]))
    times = (float(keys[key]) / 1000.0 for key in ("LifeTime", "RealTime"))
    return Measured(path.stem, counts, calibration, *times, keys)


def read_spe(path: Path) -> Measured:
    """A spectrum in the text format that opens with $SPEC_ID; it states no axis."""
    text = path.read_text()
    counts = np.array(text.split("$DATA:")[1].split("$")[0].split()[2:], dtype=np.float64)
    return Measured(path.stem, counts, EnergyCalibration(0.0, 1.0))
