"""Families that lie under one another."""

from __future__ import annotations

import numpy as np

from element_spectra import CALIBRATION, TUBE_KV, family_spectrum
from underpaint.elements import fit_spectrum
from underpaint.elements.overlap import overlapping


def test_arsenic_lies_under_lead_and_lead_not_under_arsenic() -> None:
    paint = {"Pb-L": 600_000.0, "As-K": 20_000.0, "Ca-K": 90_000.0, "Fe-K": 120_000.0}
    counts = family_spectrum(paint).counts(np.random.default_rng(0))
    fit = fit_spectrum(counts, CALIBRATION, list(paint), tube_kv=TUBE_KV)
    assert overlapping(fit, CALIBRATION) == {
        "Pb-L": (),
        "As-K": ("Pb-L",),
        "Ca-K": (),
        "Fe-K": (),
    }
