"""Element intensities of spectra by the program's own linear fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from identification_conditions import Measured
from underpaint.elements import build_design, fit_design
from underpaint.errors import CalibrationError

FAMILIES = (
    "Al-K", "Si-K", "P-K", "S-K", "Cl-K", "Ar-K", "K-K", "Ca-K", "Ti-K", "V-K", "Cr-K", "Mn-K",
    "Fe-K", "Co-K", "Ni-K", "Cu-K", "Zn-K", "As-K", "Se-K", "Br-K", "Sr-K", "Zr-K", "Ag-K", "Ag-L",
    "Cd-K", "Cd-L", "Sn-K", "Sn-L", "Sb-K", "Sb-L", "Ba-K", "Ba-L", "Au-L", "Au-M", "Hg-L",
    "Hg-M", "Pb-L", "Pb-M", "Bi-L", "Bi-M",
)  # fmt: skip
"""Key lines of the library's groups, their softer companions, and what scanners add."""


def intensities(measured: Measured) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Net counts of `FAMILIES` and their standard errors, each (spectrum, family).

    One design for all spectra of one dose, as a scan of one dwell time would have; families that
    the tube does not excite have no counts.
    """
    counts = np.zeros((len(measured), len(FAMILIES)), dtype=np.float32)
    sigma = np.ones_like(counts)
    for dose in np.unique(measured.dose):
        rows = np.flatnonzero(measured.dose == dose)
        spectra = measured.counts[rows]
        try:
            design = build_design(
                spectra.sum(axis=0, dtype=np.float64), measured.calibration, FAMILIES,
                pixels=len(rows), tube_kv=float(measured.instrument.kv),
            )  # fmt: skip
        except CalibrationError:
            continue
        fit = fit_design(spectra, design)
        counts[rows] = fit.counts
        sigma[rows] = np.maximum(fit.sigma, 1e-3)
    return counts, sigma


def attributes(measured: Measured) -> NDArray[np.float32]:
    """What trees are given of spectra, (spectrum, attribute) float32.

    Each family's share of the counts, its significance, the counts, the tube voltage, the
    resolution.
    """
    counts, sigma = intensities(measured)
    total = np.maximum(measured.counts.sum(axis=1, keepdims=True), 1.0)
    others = np.stack(
        [
            np.log10(total[:, 0]),
            np.full(len(measured), float(measured.instrument.kv)),
            np.full(len(measured), float(measured.calibration.fwhm(5.9))),
        ],
        axis=1,
    )
    return np.concatenate([counts / total, counts / sigma, others], axis=1).astype(np.float32)
