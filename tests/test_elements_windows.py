"""Windows of energies and the misfit, mapped beside the lines."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from builders import ScanBuilder
from element_spectra import CALIBRATION, PAINT, family_spectrum
from underpaint.cli.app import app
from underpaint.elements import Window, element_maps
from underpaint.errors import CalibrationError

CHANNELS = 1024


@pytest.fixture(scope="module")
def cube() -> np.ndarray:
    """Noisy spectra of one paint; (4, 6, channel)."""
    expected = family_spectrum(PAINT, continuum=20.0).expectation()
    random = np.random.default_rng(3)
    return random.poisson(np.broadcast_to(expected, (4, 6, len(expected)))).astype(np.uint32)


def test_a_window_counts_what_lies_in_it(cube: np.ndarray) -> None:
    window = Window("roi-Fe", 6.2, 6.6)
    maps = element_maps(cube, CALIBRATION, tuple(PAINT), windows=[window])
    energy = CALIBRATION.energy(np.arange(cube.shape[2]))
    inside = (energy >= 6.2) & (energy <= 6.6)
    np.testing.assert_array_equal(maps.beside["roi-Fe"], cube[..., inside].sum(axis=2))


def test_the_misfit_is_one_where_noise_is_left_and_more_at_an_unknown_peak(
    cube: np.ndarray,
) -> None:
    strange = cube.copy()
    where = int(CALIBRATION.channel(17.5))
    strange[1, 2, where - 3 : where + 4] += 300
    maps = element_maps(strange, CALIBRATION, tuple(PAINT), with_misfit=True)
    misfit = maps.beside["misfit"]
    others = np.delete(misfit.ravel(), 1 * 6 + 2)
    assert 0.9 < np.median(others) < 1.1
    assert misfit[1, 2] > 3.0 * others.max()


@pytest.mark.parametrize("share", [0.003, 0.02, 0.15])
def test_the_misfit_of_noise_is_one_however_few_counts_there_are(share: float) -> None:
    expected = share * family_spectrum(PAINT, continuum=20.0).expectation()
    counts = np.random.default_rng(4).poisson(np.tile(expected, (12, 12, 1)))
    found = element_maps(counts, CALIBRATION, tuple(PAINT), with_misfit=True).beside["misfit"]
    assert np.median(found) == pytest.approx(1.0, abs=0.1)


def test_a_window_off_the_axis_is_named(cube: np.ndarray) -> None:
    with pytest.raises(CalibrationError, match=r"roi-far .* holds no channel"):
        element_maps(cube, CALIBRATION, tuple(PAINT), windows=[Window("roi-far", 900.0, 901.0)])


@pytest.mark.parametrize("text", ["Fe", "Fe=6.2", "Fe=7-6", "=1-2", "a/b=1-2", "Fe=x-y"])
def test_what_is_no_window_is_wrong_use(tmp_path: Path, text: str) -> None:
    done = CliRunner().invoke(app, ["elements", "x", "-o", str(tmp_path / "o"), "--roi", text])
    assert done.exit_code == 2
    assert "is no window" in done.stderr


def test_both_lie_in_the_folder(tmp_path: Path) -> None:
    expected = family_spectrum(PAINT, continuum=20.0).expectation()
    builder = ScanBuilder(height=3, width=4, calibration=CALIBRATION).everywhere(expected)
    scan = builder.poisson(np.random.default_rng(0)).write_mca_folder(tmp_path / "scan")
    out = tmp_path / "out"
    more = ["--roi", "Hg-La=9.8-10.2", "--misfit"]
    done = CliRunner().invoke(app, ["elements", str(scan), "-o", str(out), *more])
    assert done.exit_code == 0, done.output
    with h5py.File(out / "elements.h5") as file:
        window = file["beside/roi-Hg-La/values"][()]
        assert file["beside/misfit"].attrs["NX_class"] == "NXdata"
    np.testing.assert_array_equal(tifffile.imread(out / "maps" / "roi-Hg-La.tif"), window)
    assert (out / "maps" / "misfit.png").exists()
