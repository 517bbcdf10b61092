"""A simulated spectrum as a table, with a column for each of its parts."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from .point import PointSpectrum


def write_parts_table(spectrum: PointSpectrum, path: Path) -> None:
    """Write CSV: energy_kev, counts, then each part's expected counts; the parts add up.

    Where there is counting noise it is in `counts` alone: the sum of the parts is what `counts`
    scatter about.
    """
    names = list(spectrum.parts)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["energy_kev", "counts", *(re.sub("[ -]", "_", name) for name in names)])
        for row, energy in enumerate(spectrum.energy_kev):
            counts = spectrum.counts[row]
            writer.writerow(
                [
                    f"{energy:.6g}",
                    f"{counts:.0f}" if spectrum.noisy else f"{counts:.6g}",
                    *(f"{spectrum.parts[name][row]:.6g}" for name in names),
                ]
            )
