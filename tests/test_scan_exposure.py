"""How long each pixel was counted: as the file states, or as the zero peak shows."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from builders import ScanBuilder, SpectrumBuilder
from underpaint.cli.app import app
from underpaint.errors import ScanFileError
from underpaint.scan import Scan, find_exposure, find_zero_peak, open_scan
from underpaint.spectrum import EnergyCalibration

AXIS = EnergyCalibration(zero=-0.5, gain=0.02)


def strobed(pulses: float, generator: np.random.Generator) -> Scan:
    """A scan whose right half was counted for half as long."""
    whole = SpectrumBuilder(AXIS).line(0.0, pulses).line(6.4, 500).flat(0.5).expectation()
    builder = ScanBuilder(6, 8, AXIS).everywhere(whole)
    return builder.region(slice(None), slice(4, 8), whole / 2).poisson(generator).scan()


def test_a_stated_live_time_is_taken() -> None:
    seconds = np.arange(1.0, 13.0).reshape(3, 4)
    scan = ScanBuilder().scan(live_time_s=seconds)
    found = find_exposure(scan, scan.sum_spectrum())
    np.testing.assert_allclose(found.relative, seconds / seconds.mean())
    assert found.source.startswith("live time")


def test_the_zero_peak_stands_in_for_it(rng: np.random.Generator) -> None:
    scan = strobed(10_000.0, rng)
    scan.counts[0, 0] = 0  # type: ignore[index]
    found = find_exposure(scan, scan.sum_spectrum())
    assert np.isnan(found.relative[0, 0])
    assert np.nanmean(found.relative) == pytest.approx(1.0)
    np.testing.assert_allclose(found.relative[1:, :4], 4 / 3, rtol=0.06)
    np.testing.assert_allclose(found.relative[:, 4:], 2 / 3, rtol=0.08)
    assert "zero peak" in found.source
    assert "within 1." in found.source


def test_all_of_the_zero_peak_is_counted() -> None:
    spectrum = SpectrumBuilder(AXIS).line(0.0, 1e6).flat(1.0).expectation()
    channels = find_zero_peak(spectrum, AXIS)
    assert channels is not None
    assert spectrum[channels].sum() == pytest.approx(1e6, rel=0.005)


@pytest.mark.parametrize(
    "spectrum",
    [
        SpectrumBuilder(AXIS).line(6.4, 1e6).flat(100.0),
        SpectrumBuilder(AXIS).exponential(1e6, 0.1),
        SpectrumBuilder(EnergyCalibration(zero=0.2, gain=0.02)).line(0.3, 1e6),
    ],
    ids=["flat", "noise at the first channels", "axis above zero"],
)
def test_what_is_no_zero_peak_is_not_taken_for_one(spectrum: SpectrumBuilder) -> None:
    assert find_zero_peak(spectrum.expectation(), spectrum.calibration) is None


def test_where_neither_tells_it_is_refused(rng: np.random.Generator) -> None:
    weak = strobed(20.0, rng)
    with pytest.raises(ScanFileError, match=r"(?s)zero peak.*leave --normalise off"):
        find_exposure(weak, weak.sum_spectrum())
    bare = ScanBuilder().scan()
    with pytest.raises(ScanFileError, match="states no live time"):
        find_exposure(bare, bare.sum_spectrum())


def test_converted_counts_stay_counts_with_the_exposure_beside_them(tmp_path: Path) -> None:
    folder = ScanBuilder().write_mca_folder(tmp_path / "scan", live_time_s=2.5)
    target = tmp_path / "scan.h5"
    command = ["convert", str(folder), "-o", str(target), "--normalise"]
    assert CliRunner().invoke(app, command).exit_code == 0
    np.testing.assert_array_equal(open_scan(target).counts[()], ScanBuilder().counts)
    with h5py.File(target) as file:
        assert (file["scan/data/relative_exposure"][()] == 1.0).all()


def test_the_zero_peak_of_real_spectra_is_as_their_live_time(data: Path) -> None:
    rates = []
    for path in sorted(data.rglob("*.msa")) + sorted(data.rglob("*.spx")):
        scan = open_scan(path)
        if scan.calibration is None or scan.live_time_s is None:
            continue
        spectrum = scan.sum_spectrum()
        channels = find_zero_peak(spectrum, scan.calibration)
        if channels is not None:
            rates.append(spectrum[channels].sum() / scan.live_time_s.mean())
    assert len(rates) >= 2
    np.testing.assert_allclose(rates, np.median(rates), rtol=0.005)
