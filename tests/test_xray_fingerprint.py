"""Fingerprints of scanners: the same figures for every kind."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.xray import FINGERPRINT, Instrument, InstrumentPrior, fingerprint, sample_instrument
from underpaint.xray.fingerprint import EDGES_KEV, FAINTEST, LINES_KEV

ABOVE, COUNTED = slice(0, len(EDGES_KEV)), slice(len(EDGES_KEV), len(EDGES_KEV) + len(LINES_KEV))


def test_any_scanner_has_finite_figures_of_the_order_of_one() -> None:
    random = np.random.default_rng(0)
    for _ in range(40):
        figures = fingerprint(sample_instrument(InstrumentPrior(), random))
        assert figures.shape == (FINGERPRINT,)
        assert np.isfinite(figures).all() and np.abs(figures).max() < 12.0


def test_fewer_photons_lie_above_a_higher_energy_and_none_above_the_voltage() -> None:
    above = fingerprint(Instrument(kv=25.0))[ABOVE]
    assert (np.diff(above) <= 0.0).all() and above[0] > -0.1
    beyond = np.array(EDGES_KEV) > 25.0
    assert (above[beyond] == np.log10(np.float32(FAINTEST))).all()
    assert (above[~beyond] > np.log10(FAINTEST)).all()


def test_a_filter_hardens_the_beam_and_an_optic_softens_it() -> None:
    plain = fingerprint(Instrument())[ABOVE]
    assert (fingerprint(Instrument(filters=(("Al", 500.0),)))[ABOVE] >= plain).all()
    assert (fingerprint(Instrument(optic_cutoff_kev=12.0))[ABOVE] <= plain).all()


def test_helium_lets_soft_photons_through() -> None:
    air, helium = (
        fingerprint(Instrument(path_out_cm=3.0, atmosphere=gas))[COUNTED]
        for gas in ("air", "helium")
    )
    assert helium[0] > air[0] + 0.5
    assert helium[-1] == pytest.approx(air[-1], abs=0.01)


def test_grazing_angles_are_longer_paths() -> None:
    figures = fingerprint(Instrument(incidence_deg=30.0, take_off_deg=90.0))
    assert figures[-3] == pytest.approx(1.0) and figures[-2] == pytest.approx(0.0)
