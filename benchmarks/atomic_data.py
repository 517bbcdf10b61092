"""Where this project's atomic data (xraylib) and fisx's differ, by element and family of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from fisx_reference import FisxReference
from underpaint.xray.atomic import all_exits, attenuation, emission_sections
from underpaint.xray.periodic_table import INDEX

AT_KEV = (2.0, 4.0, 8.0, 15.0, 30.0)
NOTABLE = 0.05


def compare_data(reference: FisxReference, beam: Mapping[float, float]) -> dict[str, Any]:
    """Ratios xraylib / fisx.

    Returns
    -------
    "lines": rows of element and shell with the ratio of what a thin film emits under the beam and
    the energy and share of the brightest line on either side; "attenuation": rows of element with
    ratios at a few energies
    """
    photons = np.array(list(beam.values()))
    ours = emission_sections(tuple(beam)).numpy() @ photons
    theirs = reference.sections(list(beam)).numpy() @ photons
    shells = sorted({(peak.element, peak.shell) for peak in reference.peaks})
    rows = []
    for element, shell in sorted(shells, key=lambda pair: (INDEX[pair[0]], pair[1])):
        mine = [
            (line.rate / group.rate * float(ours[i]), line.name, line.energy_kev)
            for i, group in enumerate(all_exits())
            if group.element == element and group.shell == shell
            for line in group.lines
        ]
        peaks = [
            (float(theirs[i]), peak.name, peak.energy_kev)
            for i, peak in enumerate(reference.peaks)
            if peak[:2] == (element, shell)
        ]
        emitted = sum(strength for strength, *_ in peaks)
        if not mine or emitted <= 0.0 or not sum(strength for strength, *_ in mine):
            continue
        brightest = max(peaks)
        same = [line for line in mine if line[1] == brightest[1]] or [max(mine)]
        rows.append(
            {
                "element": element,
                "shell": shell,
                "ratio": sum(strength for strength, *_ in mine) / emitted,
                "line": brightest[1],
                "share": [
                    same[0][0] / sum(strength for strength, *_ in mine),
                    brightest[0] / emitted,
                ],
                "energy_kev": [same[0][2], brightest[2]],
            }
        )
    energies = torch.tensor(AT_KEV, dtype=torch.float64)
    theirs_through = reference.attenuation(list(AT_KEV)).numpy()
    through = attenuation(energies).numpy() / np.where(theirs_through > 0.0, theirs_through, np.nan)
    held = (*reference.light, *reference.elements)
    return {
        "lines": rows,
        "attenuation": [
            {"element": element, "ratio": through[INDEX[element]].tolist()}
            for element in sorted(held, key=INDEX.__getitem__)
        ],
    }


def print_data(data: Mapping[str, Sequence[dict[str, Any]]]) -> None:
    print("\nAtomic data: emission of a thin film under the beam, xraylib over fisx\n")
    print("| element | shell | ratio | brightest line | its share, xraylib, fisx | keV, both |")
    print("|---|---|---|---|---|---|")
    for row in data["lines"]:
        mark = "**" if abs(row["ratio"] - 1.0) > NOTABLE else ""
        print(
            f"| {row['element']} | {row['shell']} | {mark}{row['ratio']:.3f}{mark} "
            f"| {row['line']} | {row['share'][0]:.3f}, {row['share'][1]:.3f} "
            f"| {row['energy_kev'][0]:.4f}, {row['energy_kev'][1]:.4f} |"
        )
    print("\nMass attenuation, xraylib over fisx\n")
    print("| element | " + " | ".join(f"{energy:g} keV" for energy in AT_KEV) + " |")
    print("|---|" + "---|" * len(AT_KEV))
    for row in data["attenuation"]:
        print(
            f"| {row['element']} | " + " | ".join(f"{value:.3f}" for value in row["ratio"]) + " |"
        )
