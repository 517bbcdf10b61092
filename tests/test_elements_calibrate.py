"""The energy axis is found from peaks, near a stated axis, far from it, and with none."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from builders import SpectrumBuilder
from element_spectra import CALIBRATION, CHANNELS, PAINT, TUBE_KV, family_spectrum
from underpaint.elements import find_calibration
from underpaint.elements.calibrate import is_believable
from underpaint.elements.templates import line_shares
from underpaint.errors import CalibrationError
from underpaint.scan import open_scan
from underpaint.spectrum import EnergyCalibration

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
CHECKED_KEV = np.array([3.0, 6.0, 12.0])


def paint_spectrum(seed: int = 0) -> NDArray[np.int64]:
    return family_spectrum(PAINT).counts(np.random.default_rng(seed))


def error_ev(found: EnergyCalibration, truth: EnergyCalibration = CALIBRATION) -> float:
    return float(np.abs(found.energy(truth.channel(CHECKED_KEV)) - CHECKED_KEV).max() * 1000)


def test_an_axis_60_ev_off_is_put_right() -> None:
    stated = EnergyCalibration(CALIBRATION.zero - 0.06, CALIBRATION.gain)
    found = find_calibration(paint_spectrum(), stated)
    assert error_ev(found.calibration) < 5.0
    assert found.shift_kev(6.0) == pytest.approx(0.06, abs=0.005)
    assert {"Pb-L", "Fe-K", "Ca-K", "Cu-K"} <= set(found.families)


def test_resolution_is_found() -> None:
    found = find_calibration(paint_spectrum(), CALIBRATION).calibration
    assert found.fwhm(6.4) == pytest.approx(float(CALIBRATION.fwhm(6.4)), rel=0.04)
    assert found.fwhm(12.6) == pytest.approx(float(CALIBRATION.fwhm(12.6)), rel=0.04)


def test_no_stated_axis_is_needed() -> None:
    found = find_calibration(paint_spectrum(), None)
    assert error_ev(found.calibration) < 8.0
    assert np.isnan(found.shift_kev(6.0))


@settings(max_examples=3, deadline=None)
@given(st.floats(-0.1, 0.1), st.floats(-0.015, 0.015), st.integers(0, 99))
def test_any_start_nearby_leads_to_the_same_axis(zero: float, gain: float, seed: int) -> None:
    stated = EnergyCalibration(CALIBRATION.zero + zero, CALIBRATION.gain * (1 + gain))
    assert error_ev(find_calibration(paint_spectrum(seed), stated).calibration) < 8.0


@pytest.mark.parametrize(("zero", "gain"), [(-0.4, 1.0), (1.0, 1.0), (0.0, 0.5), (0.0, 2.0)])
def test_an_axis_far_from_the_stated_one_is_found(zero: float, gain: float) -> None:
    # as of channels that were put together, or an offset of the electronics
    stated = EnergyCalibration(CALIBRATION.zero + zero, CALIBRATION.gain * gain)
    found = find_calibration(paint_spectrum(), stated)
    assert error_ev(found.calibration) < 8.0 and not found.doubtful
    assert found.shift_kev(6.0) == pytest.approx(
        float(CALIBRATION.energy(stated.channel(6.0))) - 6.0, abs=0.02
    )


def test_zero_peak_and_sum_peaks_do_not_mislead() -> None:
    truth = EnergyCalibration(-0.5, 0.02, 0.08, 0.115)
    builder = family_spectrum(PAINT, truth).line(0.0, 400000.0).lines({21.1: 700.0, 23.17: 800.0})
    counts = builder.counts(np.random.default_rng(1))
    stated = EnergyCalibration(truth.zero + 0.05, truth.gain * 1.01)
    assert error_ev(find_calibration(counts, stated).calibration, truth) < 6.0
    assert error_ev(find_calibration(counts, None).calibration, truth) < 10.0


OFFSET = EnergyCalibration(-0.5, 0.02, 0.08, 0.115)


@pytest.mark.parametrize("zero_peak", [0.0, 4e5])
@pytest.mark.parametrize(
    "stated",
    [
        pytest.param(EnergyCalibration(-50.0, 0.02), id="no channel above 1 keV"),
        pytest.param(EnergyCalibration(-20.0, 0.02), id="few counts above 1 keV"),
        pytest.param(EnergyCalibration(0.0, 1e-5), id="gain of nearly 0"),
        pytest.param(EnergyCalibration(0.0, 0.001), id="low gain"),
        pytest.param(EnergyCalibration(-500.0, 20.0), id="electronvolts"),
    ],
)
def test_an_axis_on_which_the_spectrum_lies_elsewhere_is_not_believed(
    stated: EnergyCalibration, zero_peak: float
) -> None:
    expected = family_spectrum(PAINT, OFFSET).line(0.0, zero_peak).expectation()
    assert not is_believable(stated, expected)


def test_a_stated_axis_that_cannot_be_right_is_ignored_and_said_so() -> None:
    counts = family_spectrum(PAINT, OFFSET).line(0.0, 4e5).counts(np.random.default_rng(1))
    found = find_calibration(counts, EnergyCalibration(-50.0, 0.02))
    assert error_ev(found.calibration, OFFSET) < 10.0
    assert found.stated is None
    assert found.message.endswith(
        "the stated axis (zero -50 keV, gain 0.02 keV a channel) cannot be right"
    )


@pytest.mark.parametrize("strength", [0.0, 4e5, 4e7])
@pytest.mark.parametrize("zero", [-0.1, -0.5, -2.5])
def test_a_zero_peak_of_any_strength_does_not_discredit_the_stated_axis(
    strength: float, zero: float
) -> None:
    truth = EnergyCalibration(zero, 0.02, 0.08, 0.115)
    counts = family_spectrum(PAINT, truth).line(0.0, strength).counts(np.random.default_rng(1))
    assert is_believable(truth, counts.astype(np.float64))


@pytest.mark.parametrize("channels", [0, 1, 2, 3])
def test_few_channels_below_1_kev_are_no_trouble(channels: int) -> None:
    stated = EnergyCalibration(1.0 - 0.3 * channels, 0.3)
    assert is_believable(stated, np.full(128, 10.0))


def test_a_scan_of_a_million_pixels_is_as_well_explained_as_a_small_one() -> None:
    """Faults of the lines' shapes, which many counts show, are not peaks to be explained."""
    lines = family_spectrum(PAINT).expectation()
    lines *= 1e10 / lines.sum()
    for away, share in ((4, 0.03), (12, 0.02), (30, 0.01)):
        lines = lines + share * np.roll(lines, -away)
    found = find_calibration(np.random.default_rng(0).poisson(lines), CALIBRATION)
    assert found.explained > 0.7
    assert set(found.families[:5]) == set(PAINT)
    assert error_ev(found.calibration) < 3.0


def test_error_bars_hold_the_error() -> None:
    pulls = []
    for seed in range(3):
        found = find_calibration(paint_spectrum(seed), CALIBRATION)
        at = float(found.calibration.energy(CALIBRATION.channel(6.4))) - 6.4
        pulls.append(at / found.sigma_kev(6.4))
    assert np.max(np.abs(pulls)) < 4.0


@pytest.mark.parametrize("factor", [0.0, 2.0])
def test_a_faint_line_of_lead_that_differs_from_the_tables_does_not_move_the_axis(
    factor: float,
) -> None:
    builder = SpectrumBuilder(CALIBRATION, CHANNELS).exponential(2000.0, 12.0)
    for family, amount in (("Pb-L", 6e6), ("Pb-M", 6e5)):
        shares = line_shares(family, TUBE_KV)
        for energy, share, label in zip(shares.energy_kev, shares.share, shares.label, strict=True):
            changed = factor if label.startswith("Lb5") else 1.0
            builder.line(float(energy), amount * float(share) * changed)
    found = find_calibration(builder.counts(np.random.default_rng(3)), CALIBRATION)
    assert error_ev(found.calibration) < 4.0


def test_humps_wider_than_lines_are_called_doubtful() -> None:
    """Scatter alone has no lines: the finder must say so."""
    wide = EnergyCalibration(CALIBRATION.zero, CALIBRATION.gain, noise=0.35, fano=0.115)
    builder = family_spectrum({}).lines({2.7: 4000.0})
    builder.calibration = wide
    counts = builder.lines({19.0: 90000.0, 20.2: 40000.0}).counts(np.random.default_rng(3))
    assert find_calibration(counts, None).doubtful
    assert not find_calibration(paint_spectrum(), None).doubtful


@pytest.mark.parametrize(
    "counts",
    [np.zeros(512), np.full(1024, 30.0), np.random.default_rng(2).poisson(12.0, 2048)],
    ids=["empty", "flat", "noise"],
)
def test_a_spectrum_without_peaks_is_an_input_error(counts: NDArray[np.float64]) -> None:
    for stated in (None, CALIBRATION):
        with pytest.raises(CalibrationError, match="peaks") as raised:
            find_calibration(counts, stated)
        assert "\n" not in str(raised.value)
        assert "no clear peaks" in str(raised.value)


@pytest.mark.parametrize("counts", [np.full((2, 64), 1.0), np.array([1.0, np.nan, 2.0])])
def test_what_is_no_spectrum_is_refused(counts: NDArray[np.float64]) -> None:
    with pytest.raises(CalibrationError, match="finite"):
        find_calibration(counts)


@pytest.mark.parametrize("metal", ["Cr", "Fe", "Ni"])
def test_a_metals_one_line_is_no_wider_than_it_was_measured(metal: str) -> None:
    path = SHARED / "nist-m4" / f"{metal}_50kv_50_ma_Rh_vac_D1.msa"
    if not path.exists():
        pytest.skip("the spectra of metals are not beside the repository (shared/data/nist-m4)")
    scan = open_scan(path)
    counts, stated = scan.read(slice(0, 1))[0, 0].astype(np.float64), scan.calibration
    assert stated is not None
    found = find_calibration(counts, stated).calibration
    top = int(np.argmax(np.where(found.energy(np.arange(len(counts))) > 1.0, counts, 0.0)))
    above = np.flatnonzero(counts > 0.5 * counts[top])
    fwhm_kev = (above[-1] - above[0] + 1) * stated.gain
    assert found.fwhm(float(found.energy(top))) < 1.06 * fwhm_kev


@pytest.fixture(scope="module")
def painting() -> NDArray[np.float64]:
    archive = SHARED / "painting-scan" / "hands-of-adam-45x80.tar.xz"
    if not archive.exists():
        pytest.skip("the real scan is not beside the repository (shared/data/painting-scan)")
    total = np.zeros(1024)
    with tarfile.open(archive) as files:
        for member in files:
            if member.name.endswith(".mca"):
                body = files.extractfile(member).read().split(b"<<DATA>>")[1]
                total += np.array(body.split(b"<<END>>")[0].split(), dtype=np.float64)
    return total


def test_a_real_scan_60_ev_low_is_put_right(painting: NDArray[np.float64]) -> None:
    stated = EnergyCalibration(-0.0690, 0.029166)
    found = find_calibration(painting, stated)
    assert found.shift_kev(6.0) == pytest.approx(0.060, abs=0.008)
    centroids = {"Ca Ka": (126.95, 3.690), "Fe Ka": (219.7, 6.399), "Cu Ka": (275.8, 8.041)}
    for channel, energy in centroids.values():
        assert float(found.calibration.energy(channel)) == pytest.approx(energy, abs=0.012)
    blind = find_calibration(painting, None)
    assert blind.calibration.energy(219.7) == pytest.approx(6.399, abs=0.012)


def test_monte_carlo_axis_is_found_without_a_start() -> None:
    h5py = pytest.importorskip("h5py")
    path = SHARED / "xmimsim" / "dev-rh40.h5"
    if not path.exists():
        pytest.skip("the Monte Carlo spectra are not beside the repository (shared/data/xmimsim)")
    with h5py.File(path) as file:
        expectation, energy = file["spectra"][3], file["energy"][()]
    truth = EnergyCalibration(float(energy[0]), float(energy[1] - energy[0]))
    counts = np.random.default_rng(0).poisson(expectation / expectation[100:].sum() * 1e5)
    assert error_ev(find_calibration(counts, None).calibration, truth) < 10.0
