"""The names of what stands in a spectrum: element lines, tube scatter, escape, pile-up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from underpaint.result import Result
from underpaint.spectrum import EnergyCalibration
from underpaint.xray import compton_kev

ESCAPE_KEV = 1.742
LINE_CLASSES = {"a": "α", "b": "β", "g": "γ", "l": "ℓ"}
FAINTEST_SHOWN = 0.015
STRONGEST_LINES = 5
ARTEFACT_SIGMA = 6.0
RAYLEIGH = " Rayleigh"


@dataclass(frozen=True, slots=True)
class Marker:
    """A name at an energy.

    Attributes
    ----------
    energy_kev : keV
    label : as "Fe Kα"
    kind : "line", "minor line", "scatter", "escape" or "pile-up"
    """

    energy_kev: float
    label: str
    kind: str


def markers(result: Result) -> tuple[Marker, ...]:
    """All that can be named in a result's spectra, by ascending energy.

    A line of the tube is named once, as scattered.
    """
    scattered = scatter_markers(result)
    tube = {marker.label.removesuffix(RAYLEIGH) for marker in scattered}
    lines = [marker for marker in line_markers(result) if marker.label not in tube]
    named = [*lines, *scattered]
    artefacts = artefact_markers(result, named)
    seen = (result.energy[0], result.energy[-1])
    inside = [m for m in (*named, *artefacts) if seen[0] < m.energy_kev < seen[1]]
    return tuple(sorted(inside, key=lambda marker: marker.energy_kev))


def line_markers(result: Result) -> list[Marker]:
    """The α, β, γ and ℓ lines of every element line family in the result."""
    tube_kev = _tube_kev(result)
    found = []
    for name in result.elements:
        element, _, family = name.partition("-")
        for label, energy, share in line_classes(element, family, tube_kev):
            kind = "line" if "α" in label else "minor line"
            if share >= FAINTEST_SHOWN:
                found.append(Marker(energy, f"{element} {label}", kind))
    return found


def scatter_markers(result: Result) -> list[Marker]:
    """Rayleigh and, where the angle is known, Compton scatter of the tube's own lines."""
    instrument = result.provenance.get("instrument") or {}
    anode = instrument.get("anode")
    if anode is None:
        return []
    angle_deg = instrument.get("scatter_deg")
    if angle_deg is None and {"incidence_deg", "take_off_deg"} <= set(instrument):
        angle_deg = instrument["incidence_deg"] + instrument["take_off_deg"]
    tube_kev = _tube_kev(result)
    families = [f for f in ("K", "L") if line_classes(anode, f, tube_kev)]
    found = []
    for label, energy, share in line_classes(anode, families[0], tube_kev) if families else ():
        if share < 0.1:
            continue
        found.append(Marker(energy, f"{anode} {label}{RAYLEIGH}", "scatter"))
        if angle_deg is not None and families[0] == "K":
            compton = float(compton_kev(energy, angle_deg))
            found.append(Marker(compton, f"{anode} {label} Compton", "scatter"))
    return found


def artefact_markers(result: Result, named: list[Marker]) -> list[Marker]:
    """Escape peaks and sum peaks of the strongest lines that do stand out in the sum spectrum."""
    calibration = _resolution(result)
    taken = [m.energy_kev for m in named] + [peak.energy_kev for peak in result.unexplained]
    lines = _strongest(result, named, calibration)
    candidates = [
        Marker(line.energy_kev - ESCAPE_KEV, f"{line.label} escape", "escape") for line in lines
    ]
    for first, second in combinations_with_replacement(lines, 2):
        label = f"2 × {first.label}" if first is second else f"{first.label} + {second.label}"
        candidates.append(Marker(first.energy_kev + second.energy_kev, label, "pile-up"))
    found: list[Marker] = []
    for candidate in candidates:
        width = float(calibration.fwhm(candidate.energy_kev))
        apart = all(abs(candidate.energy_kev - energy) > 0.8 * width for energy in taken)
        if apart and _stands_out(result, candidate.energy_kev, width):
            found.append(candidate)
            taken.append(candidate.energy_kev)
    return found


def _strongest(result: Result, named: list[Marker], calibration: EnergyCalibration) -> list[Marker]:
    """The lines with the highest peaks, one name a peak."""
    chosen: list[Marker] = []
    lines = [marker for marker in named if marker.kind in ("line", "minor line")]
    for line in sorted(lines, key=lambda marker: -_height(result, marker.energy_kev)):
        width = float(calibration.fwhm(line.energy_kev))
        if all(abs(line.energy_kev - other.energy_kev) > width for other in chosen):
            chosen.append(line)
    return chosen[:STRONGEST_LINES]


def line_classes(element: str, family: str, tube_kev: float) -> list[tuple[str, float, float]]:
    """Label, mean energy (keV) and share of the α, β, γ and ℓ lines of a family."""
    from underpaint.xray import family_lines

    classes: dict[str, list[tuple[float, float]]] = {}
    for member in family_lines(element, family, tube_kev):
        greek = LINE_CLASSES.get(member.line.siegbahn[1:2])
        if greek is not None:
            lines = classes.setdefault(family + greek, [])
            lines.append((member.line.energy_kev, member.intensity))
    found = []
    for label, lines in classes.items():
        energies, shares = np.array(lines).T
        found.append((label, float(np.average(energies, weights=shares)), float(shares.sum())))
    return found


def _stands_out(result: Result, energy_kev: float, width: float) -> bool:
    """Whether the sum spectrum has a maximum here above the straight line through both sides."""
    offset = (result.energy - energy_kev) / width
    centre, low, high = (
        result.sum_spectrum[(offset >= start) & (offset < end)]
        for start, end in ((-0.5, 0.5), (-1.5, -0.75), (0.75, 1.5))
    )
    if min(len(centre), len(low), len(high)) == 0:
        return False
    below = 0.5 * (low.mean() + high.mean())
    variance = centre.sum() + 0.25 * len(centre) ** 2 * (
        low.mean() / len(low) + high.mean() / len(high)
    )
    excess = centre.sum() - len(centre) * below
    peaked = centre.mean() > max(low.mean(), high.mean())
    return bool(peaked and excess > ARTEFACT_SIGMA * np.sqrt(max(variance, 1.0)))


def _height(result: Result, energy_kev: float) -> float:
    return float(np.interp(energy_kev, result.energy, result.sum_spectrum))


def _tube_kev(result: Result) -> float:
    instrument = result.provenance.get("instrument") or {}
    return float(instrument.get("kv") or result.energy[-1])


def _resolution(result: Result) -> EnergyCalibration:
    found = (result.provenance.get("calibration") or {}).get("found") or {}
    return EnergyCalibration(**{"zero": 0.0, "gain": 0.01} | found)
