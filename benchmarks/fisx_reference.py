"""fisx as a reference: its rates for layered samples, and its atomic data in this model's shape.

fisx (Solé et al., https://github.com/vasole/fisx) follows de Boer 1990 (doi 10.1002/xrs.1300190306)
for secondary fluorescence. To its `secondary` rate it also adds fluorescence that elastically
scattered beam photons excite, which it takes as isotropic; that part is told apart here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import fisx
import fisx.DataDir
import torch
from torch import Tensor

from underpaint.xray import ELEMENTS, Layer

LOWEST_KEV = 0.9
SCATTER = "coherent scattering"
SHELLS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Ti", "Cr", "Mn", "Fe", "Co", "Ni"),
        ("K",),
    ),
    **dict.fromkeys(("Cu", "Zn", "As", "Se", "Sr", "Zr", "Mo"), ("K", "L1", "L2", "L3")),
    **dict.fromkeys(("Ag", "Cd", "Sn", "Sb", "Ba"), ("K", "L1", "L2", "L3")),
    **dict.fromkeys(
        ("Au", "Hg", "Pb", "Bi"), ("L1", "L2", "L3", "M1", "M2", "M3", "M4", "M5")
    ),
}  # fmt: skip
"""Shells whose lines a scanner sees, by element."""


class Peak(NamedTuple):
    """One line as fisx has it."""

    element: str
    shell: str
    name: str
    energy_kev: float


class Emission(NamedTuple):
    """Photons of one line into 4 pi for each beam photon, attenuated on their way out.

    Attributes
    ----------
    primary : excited by the beam
    enhanced : excited by the sample's own fluorescence
    scatter_excited : excited by elastically scattered beam photons, as fisx estimates them
    tertiary : fisx's estimate of what secondary fluorescence excites; 0 unless asked for
    """

    primary: float
    enhanced: float
    scatter_excited: float
    tertiary: float


class FisxReference:
    """fisx with its own data, for a choice of elements.

    Parameters
    ----------
    elements : those that emit lines, each a key of `SHELLS`
    beam_kev : highest energy that may excite, keV; sets which lines there are
    light : elements that only absorb
    """

    def __init__(
        self,
        elements: Sequence[str],
        beam_kev: float = 40.0,
        light: Sequence[str] = ("H", "C", "N", "O"),
    ) -> None:
        self.beam_kev = beam_kev
        self.elements = tuple(elements)
        self.light = tuple(light)
        self.library = fisx.Elements(fisx.DataDir.FISX_DATA_DIR)
        self.library.initializeAsPyMca()
        self.peaks: list[Peak] = [
            Peak(element, shell, name, line["energy"])
            for element in self.elements
            for name, line in self._factors(element, beam_kev).items()
            for shell in SHELLS[element]
            if name.startswith(shell) and line["energy"] >= LOWEST_KEV and line["rate"] > 0.0
        ]
        self.place = {(peak.element, peak.name): i for i, peak in enumerate(self.peaks)}

    def remember(self, energies: Sequence[float]) -> None:
        """Let fisx keep its data at these energies and at the lines': its fastest way."""
        lines = sorted({peak.energy_kev for peak in self.peaks})
        for element in (*self.elements, *self.light):
            self.library.updateCache(element, sorted(energies))
            self.library.updateCache(element, lines)
            self.library.setCacheEnabled(element, 1)
            self.library.setElementCascadeCacheEnabled(element, 1)

    def answer(
        self,
        layers: Sequence[Layer],
        beam: Mapping[float, float],
        angles: tuple[float, float],
        secondary: int,
    ) -> dict[str, Any]:
        """fisx's own answer for the lines of the elements that the layers hold.

        Parameters
        ----------
        layers : from the top
        beam : keV to photons
        angles : incidence and take-off, degrees
        secondary : 0 primary, 1 secondary as well, 2 an estimate of tertiary as well
        """
        xrf = fisx.XRF()
        xrf.setGeometry(*angles)
        energies = sorted(beam)
        xrf.setBeam(energies, weights=[beam[energy] for energy in energies])
        for i, (material, _) in enumerate(layers):
            entry = fisx.Material(f"layer{i}", 1.0, 1.0)
            entry.setComposition(dict(material))
            self.library.addMaterial(entry, errorOnReplace=0)
        xrf.setSample([[f"layer{i}", 1.0, mass] for i, (_, mass) in enumerate(layers)])
        held = {element for material, _ in layers for element in material}
        wanted = [f"{e} {shell}" for e in self.elements if e in held for shell in SHELLS[e]]
        result: dict[str, Any] = xrf.getMultilayerFluorescence(
            wanted,
            self.library,
            secondary=secondary,
            useMassFractions=1,
            useGeometricEfficiency=0,
            secondaryCalculationLimit=0.0,
        )
        return result

    def emission(
        self,
        layers: Sequence[Layer],
        beam: Mapping[float, float],
        angles: tuple[float, float],
        secondary: int = 1,
    ) -> dict[int, Emission]:
        """Emission of every line, by its place in `peaks`.

        fisx is asked energy by energy: what excites a line it tells for one energy only.
        """
        total = sum(beam.values())
        sums: dict[int, list[float]] = {}
        for energy, photons in beam.items():
            answer = self.answer(layers, {energy: 1.0}, angles, secondary)
            for family, by_layer in answer.items():
                element = family.split()[0]
                for lines in by_layer.values():
                    for name, line in lines.items():
                        at = self.place.get((element, name))
                        if at is not None and line.get("efficiency", 0.0) > 0.0:
                            parts = sums.setdefault(at, [0.0] * 4)
                            for k, part in enumerate(_parts(line)):
                                parts[k] += part * photons / total
        return {at: Emission(*parts) for at, parts in sums.items()}

    def sections(self, energies: Sequence[float]) -> Tensor:
        """Fluorescence cross sections of `peaks`, (peak, energy) float64, cm2/g."""
        table = torch.zeros(len(self.peaks), len(energies), dtype=torch.float64)
        for element in self.elements:
            for j, energy in enumerate(energies):
                for name, line in self._factors(element, energy).items():
                    at = self.place.get((element, name))
                    if at is not None:
                        table[at, j] = line["rate"]
        return table

    def attenuation(self, energies: Sequence[float]) -> Tensor:
        """Total mass attenuation, (element, energy) float64, cm2/g; 0 for elements not held."""
        table = torch.zeros(len(ELEMENTS), len(energies), dtype=torch.float64)
        for element in (*self.elements, *self.light):
            total = self.library.getMassAttenuationCoefficients(element, list(energies))["total"]
            table[ELEMENTS.index(element)] = torch.tensor(total)
        return table

    @cached_property
    def line_energies(self) -> list[float]:
        """Energies of `peaks`, keV."""
        return [peak.energy_kev for peak in self.peaks]

    @cached_property
    def attenuation_out(self) -> Tensor:
        """Total mass attenuation at the lines, (element, peak) float64, cm2/g."""
        return self.attenuation(self.line_energies)

    @cached_property
    def peak_element(self) -> Tensor:
        """Which of `ELEMENTS` emits each line, (peak,) int64."""
        return torch.tensor([ELEMENTS.index(peak.element) for peak in self.peaks])

    @cached_property
    def couplings(self) -> Tensor:
        """(exciting, excited) cm2/g: each line's cross section at the energy of every other."""
        return self.sections(self.line_energies).T.contiguous()

    def _factors(self, element: str, energy_kev: float) -> dict[str, Any]:
        """What fisx calls excitation factors, by line; their "rate" is in cm2/g."""
        found: list[dict[str, Any]] = self.library.getExcitationFactors(element, energy_kev, 1.0)
        return found[0]


def _parts(line: Mapping[str, float]) -> tuple[float, float, float, float]:
    seen = line["efficiency"]
    scatter = sum(value for key, value in line.items() if key.startswith(SCATTER))
    return (
        seen * line["primary"],
        seen * (line["secondary"] - scatter),
        seen * scatter,
        seen * line.get("tertiary", 0.0),
    )
