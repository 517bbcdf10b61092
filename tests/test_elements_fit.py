"""The linear fit: unbiased, with honest errors, for many spectra at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from element_spectra import CALIBRATION, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import fit_lines, fit_spectrum
from underpaint.elements.design import companions
from underpaint.elements.scatter import Scatter
from underpaint.elements.templates import line_shares
from underpaint.errors import CalibrationError
from underpaint.spectrum import EnergyCalibration

FAMILIES = (*PAINT, "Zn-K", "S-K")
PIXELS = 400


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.int64]:
    """Pixels of about a thousand counts each."""
    scaled = {family: counts / 100.0 for family, counts in PAINT.items()}
    expectation = family_spectrum(scaled, continuum=0.4).expectation()
    return np.random.default_rng(5).poisson(expectation, (PIXELS, len(expectation)))


def test_counts_are_unbiased_and_errors_honest(pixels: NDArray[np.int64]) -> None:
    fit = fit_lines(pixels, CALIBRATION, FAMILIES, tube_kv=TUBE_KV, nonnegative=False)
    for name, counts, sigma in zip(fit.names, fit.counts.T, fit.sigma.T, strict=True):
        truth = PAINT.get(name, 0.0) / 100.0
        pull = (counts - truth) / sigma
        assert abs(counts.mean() - truth) < max(0.06 * truth, 5 * sigma.mean() / PIXELS**0.5), name
        assert 0.8 < pull.std() < 1.25, name


def test_amounts_are_never_negative(pixels: NDArray[np.int64]) -> None:
    fit = fit_lines(pixels, CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    assert fit.counts.min() >= 0.0
    assert fit.counts.shape == fit.sigma.shape == (PIXELS, len(FAMILIES))
    assert fit.counts.dtype == np.float32


def test_model_follows_the_spectra(pixels: NDArray[np.int64]) -> None:
    fit = fit_lines(pixels, CALIBRATION, FAMILIES, tube_kv=TUBE_KV, with_model=True)
    assert fit.model is not None
    assert fit.background is not None
    used = slice(60, 1500)
    assert fit.model[:, used].sum() == pytest.approx(pixels[:, used].sum(), rel=0.01)
    assert np.all(fit.background <= fit.model + 1e-4)


@settings(max_examples=5, deadline=None)
@given(st.permutations(FAMILIES))
def test_the_order_of_families_changes_nothing(order: list[str]) -> None:
    counts = family_spectrum(PAINT).counts(np.random.default_rng(6))[None]
    first = fit_lines(counts, CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    other = fit_lines(counts, CALIBRATION, order, tube_kv=TUBE_KV)
    for name, value in zip(other.names, other.counts[0], strict=True):
        expected = float(first.counts[0, first.names.index(name)])
        assert value == pytest.approx(expected, rel=0.02, abs=40.0)


@settings(max_examples=5, deadline=None)
@given(st.floats(0.2, 30.0))
def test_counts_scale_with_the_dose(dose: float) -> None:
    once = family_spectrum(PAINT).expectation()[None]
    fit = fit_lines(once, CALIBRATION, tuple(PAINT), tube_kv=TUBE_KV)
    more = fit_lines(dose * once, CALIBRATION, tuple(PAINT), tube_kv=TUBE_KV)
    np.testing.assert_allclose(more.counts / dose, fit.counts, rtol=0.03)


def test_sum_peaks_are_taken_off_pixels() -> None:
    """Pixels that pile up with the square of their counts show no strontium."""
    from underpaint.elements.pileup import coincidences, sum_peaks

    lines = family_spectrum({"Ca-K": 4000.0, "Pb-L": 8000.0}, continuum=2.0).expectation()
    sums = sum_peaks(coincidences(lines), CALIBRATION, len(lines))
    dose = np.linspace(0.3, 2.0, 60)[:, None]
    expectation = dose * lines + dose**2 * 250.0 * sums
    spectra = np.random.default_rng(8).poisson(expectation)
    fit = fit_lines(
        spectra, CALIBRATION, ("Ca-K", "Pb-L", "Sr-K"), tube_kv=TUBE_KV, nonnegative=False
    )
    strontium = fit.counts[:, 2] / fit.sigma[:, 2]
    assert abs(strontium.mean()) < 0.5


def test_softer_lines_of_an_element_are_not_taken_for_others() -> None:
    calcium = family_spectrum({"Pb-L": 2000.0, "Ca-K": 300.0}, continuum=0.4).expectation()
    antimony = {"Pb-L": 2000.0, "Sb-K": 300.0, "Sb-L": 300.0}
    spectra = np.repeat([calcium, family_spectrum(antimony, continuum=0.4).expectation()], 50, 0)
    counts = np.random.default_rng(8).poisson(spectra)
    fit = fit_lines(counts, CALIBRATION, ("Pb-L", "Ca-K", "Sb-K"), tube_kv=TUBE_KV)
    assert fit.names == ("Pb-L", "Ca-K", "Sb-K")
    found = fit.counts[:, 1]
    assert found[:50].mean() == pytest.approx(300.0, rel=0.1)
    assert found[50:].mean() < 60.0


def test_softer_lines_come_along_with_what_is_there() -> None:
    spectrum = family_spectrum({**PAINT, "Sb-K": 5000.0}).expectation()

    def found(*families: str) -> tuple[str, ...]:
        return companions(fit_spectrum(spectrum, CALIBRATION, families, tube_kv=TUBE_KV))

    assert found("Sb-K", "Pb-L", "Ca-K", "Fe-K", "Cu-K", "Sn-K") == ("Sb-L", "Pb-M")
    assert found("Sb-K", "Sb-L", "Pb-L", "Pb-M", "Ca-K") == ()


def test_a_faint_line_of_the_tube_does_not_grow_into_another_peak() -> None:
    # at 2.38 keV lies rhodium's Ll, 2 % of its L lines; sulfur and lead lie beside it
    paint = {"Rh-L": 50_000.0, "Rh-K": 5000.0, "Fe-K": 50_000.0, "S-K": 5000.0}
    spectrum = family_spectrum(paint).line(2.38, 2000.0).expectation()
    tube = Scatter(anode="Rh", family="Rh-K", angle_deg=140.0, significance=50.0)
    fit = fit_spectrum(spectrum, CALIBRATION, tuple(paint), tube_kv=TUBE_KV, scatter=tube)
    energy = CALIBRATION.energy(np.arange(len(spectrum)))
    assert fit.templates[0][(energy > 2.30) & (energy < 2.45)].sum() < 0.043
    assert fit.counts[3] > 5000.0


def test_a_single_spectrum_is_taken_apart() -> None:
    counts = family_spectrum(PAINT).counts(np.random.default_rng(9))
    fit = fit_spectrum(counts, CALIBRATION, FAMILIES, tube_kv=TUBE_KV)
    for name, found, sigma in zip(fit.families, fit.counts, fit.sigma, strict=True):
        assert abs(found - PAINT.get(name, 0.0)) < 4.0 * sigma + 0.02 * PAINT.get(name, 0.0), name
    assert fit.reduced_chi_square < 1.3
    whole = fit.background + fit.pile_up + fit.counts @ fit.templates
    np.testing.assert_allclose(whole, fit.model, rtol=1e-6, atol=1e-6)


def iron_without_escape(counts: float) -> NDArray[np.float64]:
    """As where a scanner's software has taken escape peaks away."""
    builder = family_spectrum({}, continuum=8e-6 * counts)
    shares = line_shares("Fe-K", TUBE_KV)
    own = ~shares.is_escape
    for energy, share in zip(shares.energy_kev[own], shares.share[own], strict=True):
        builder = builder.line(float(energy), counts * float(share))
    return builder.expectation()


def test_a_strong_line_counts_whole_without_its_escape_peak() -> None:
    counts = np.random.default_rng(1).poisson(iron_without_escape(5e6))
    fit = fit_spectrum(counts, CALIBRATION, ["Fe-K", "Ca-K"], tube_kv=TUBE_KV)
    assert fit.counts[0] == pytest.approx(5e6, rel=0.02)
    assert fit.counts[1] < 2000.0


def test_pixels_count_whole_without_escape_peaks_and_with_them() -> None:
    random = np.random.default_rng(2)
    missing = random.poisson(iron_without_escape(2e4), (200, 2048))
    usual = random.poisson(
        family_spectrum({"Fe-K": 2e4}, continuum=0.16).expectation(), (200, 2048)
    )
    for pixels in (missing, usual):
        fit = fit_lines(pixels, CALIBRATION, ["Fe-K", "Ca-K"], tube_kv=TUBE_KV)
        assert fit.counts[:, 0].mean() == pytest.approx(2e4, rel=0.02)


def test_unknown_families_and_wrong_axes_are_refused() -> None:
    counts = np.ones((2, 64))
    with pytest.raises(ValueError, match="family"):
        fit_lines(counts, CALIBRATION, ["Fe"])
    with pytest.raises(CalibrationError, match="too few"):
        fit_lines(counts, EnergyCalibration(0.0, 0.001), ["Fe-K"])
    with pytest.raises(ValueError, match="channel"):
        fit_lines(np.ones(64), CALIBRATION, ["Fe-K"])
