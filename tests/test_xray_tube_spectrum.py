"""Tube spectra as data: what is read, and what is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from underpaint.errors import InstrumentError
from underpaint.xray.tube_spectrum import (
    TubeSpectrum,
    read_tube_spectrum,
    with_peaks_as_lines,
)

CONTINUUM = ((2.0, 10.0), (10.0, 40.0), (30.0, 0.0))
LINES = ((2.7, 100.0), (20.2, 25.0))


def written(folder: Path, text: str) -> Path:
    path = folder / "tube.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "energy_kev,photons_per_kev\n2,10\n10,40\n30,0\nenergy_kev,photons\n2.7,100\n20.2,25\n",
            id="two sections",
        ),
        pytest.param(
            "# Rh, 30 kV\nenergy_kev,photons\n2.7,100\n20.2,25\n\n"
            "energy_kev,photons_per_kev\n2,10\n10,40 # the hump\n30,0\n",
            id="lines first, comments",
        ),
        pytest.param(
            "kind,energy_kev,photons\ncontinuum,2,10\nline,2.7,100\ncontinuum,10,40\n"
            "line,20.2,25\ncontinuum,30,0\n",
            id="a column of kinds",
        ),
        pytest.param(
            "\ufeffKind;Energy_keV;Photons\r\ncontinuum;2;10\r\ncontinuum;10;40\r\n"
            "continuum;30;0\r\nline;2.7;100\r\nline;20.2;25\r\n",
            id="as a spreadsheet writes it",
        ),
    ],
)
def test_continuum_and_lines_are_read(tmp_path: Path, text: str) -> None:
    assert read_tube_spectrum(written(tmp_path, text)) == TubeSpectrum(CONTINUUM, LINES)


def test_two_plain_columns_are_a_continuum(tmp_path: Path) -> None:
    path = written(tmp_path, "# another program's\n2.0  1.0e1\n10.0\t40\n30.0  0\n")
    assert read_tube_spectrum(path) == TubeSpectrum(CONTINUUM, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "two or more continuum energies", id="empty"),
        pytest.param("energy,counts\n1,2\n2,3\n", "line 1 is no row", id="another header"),
        pytest.param("1,2\n2,3,4\n", "line 2 is no row", id="a column too many"),
        pytest.param("1,2\n2,many\n", "line 2 is no row", id="no number"),
        pytest.param("kind,energy_kev,photons\nshelf,1,2\n", "line 2 is no row", id="unknown kind"),
        pytest.param("1,2\n1,3\n", "ascending", id="an energy twice"),
        pytest.param("3,2\n1,3\n", "ascending", id="falling energies"),
        pytest.param("0,2\n1,3\n", "not above 0 keV", id="zero energy"),
        pytest.param("1,2\n2,-3\n", "none below zero", id="negative photons"),
        pytest.param("1,2\n2,nan\n", "finite", id="not a number"),
        pytest.param("1,0\n2,0\n", "needs photons", id="dark"),
        pytest.param("1000,2\n20000,3\n", "give energies in keV", id="electronvolts"),
        pytest.param(
            "energy_kev,photons\n2.7,100\n", "two or more continuum energies", id="lines alone"
        ),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InstrumentError, match=said) as caught:
        read_tube_spectrum(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"none\.csv: cannot be read as text"):
        read_tube_spectrum(tmp_path / "none.csv")


def test_peaks_of_a_continuum_are_lines_and_keep_their_photons() -> None:
    energy = np.arange(1.0, 30.0, 0.05)
    smooth = energy * np.exp(-energy / 6.0) * np.where(energy > 11.0, 0.4, 1.0)
    peaks = {6.4: 3.0, 7.06: 0.5, 20.2: 1.0}
    drawn = smooth.copy()
    for at, photons in peaks.items():
        shape = np.exp(-0.5 * ((energy - at) / 0.06) ** 2)
        drawn += photons * shape / (shape.sum() * 0.05)
    stated = TubeSpectrum(tuple(zip(energy, drawn, strict=True)), ())
    found = with_peaks_as_lines(stated)
    assert [energy for energy, _ in found.lines] == pytest.approx(list(peaks), abs=0.03)
    # the foot of a peak stays in the continuum
    assert [photons for _, photons in found.lines] == pytest.approx(list(peaks.values()), abs=0.06)
    left = np.array(found.continuum)[:, 1]
    assert np.abs(left - smooth).max() < 0.3 * smooth.max()
    kept = left.sum() * 0.05 + sum(photons for _, photons in found.lines)
    assert kept == pytest.approx(drawn.sum() * 0.05)


def test_a_continuum_without_peaks_has_no_lines() -> None:
    energy = np.linspace(0.5, 40.0, 500)
    humps = np.exp(-(((energy - 12.0) / 4.0) ** 2)) * (energy < 25.0) + 1e-9
    stated = TubeSpectrum(tuple(zip(energy, humps, strict=True)), ())
    assert with_peaks_as_lines(stated).lines == ()
