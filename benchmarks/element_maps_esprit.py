"""Net counts of a point that a Bruker scanner measured, by ESPRIT, by this project, by PyMca."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from identify_speed_pymca import fitted
from measured_m6 import HEAVY, esprit_counts
from measured_spectra import read_spx
from underpaint.elements import find_calibration, fit_lines

PYMCA = {
    "PyMca, SNIP": (True, False),
    "PyMca, SNIP, weighted": (True, True),
    "PyMca, polynomial": (False, False),
    "PyMca, polynomial, weighted": (False, True),
}
"""Whether SNIP takes the continuum off, and whether channels are weighted."""


def compare_esprit(path: Path) -> list[dict[str, Any]]:
    """A row a family; M lines are fitted beside the L lines stated, as ESPRIT takes all lines of an
    element together."""
    net = esprit_counts(path)
    measured = read_spx(path)
    families = [f"{element}-{'L' if element in HEAVY else 'K'}" for element in net]
    every = [*families, *(f"{element}-M" for element in net if element in HEAVY)]
    axis = find_calibration(measured.counts, measured.calibration).calibration
    fit = fit_lines(measured.counts[None], axis, every)
    figures = {"zero_kev": axis.zero, "gain_kev": axis.gain, "noise_kev": axis.noise}
    figures["fano"] = axis.fano
    cube = np.asarray(measured.counts, dtype=np.float64)[None, None]
    others = {
        name: fitted(cube, figures, every, snip=snip, weighted=weighted)
        for name, (snip, weighted) in PYMCA.items()
    }
    return [
        {"family": family, "ESPRIT": theirs, "ours": float(ours), "sigma": float(error)}
        | {name: float(areas[family].item()) for name, areas in others.items()}
        for family, theirs, ours, error in zip(
            families, net.values(), *(row[0, : len(net)] for row in (fit.counts, fit.sigma)),
            strict=True,
        )
    ]  # fmt: skip
