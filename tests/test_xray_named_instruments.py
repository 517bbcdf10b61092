"""Instruments that come with the program: found by name, every figure with its source."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from underpaint.errors import InstrumentError
from underpaint.spectrum import standard_bins
from underpaint.xray import (
    ForwardModel,
    Instrument,
    find_instrument,
    instrument_from_dict,
    instrument_path,
    make_stacks,
    named_instruments,
    read_sources,
)

WANTED = {"bruker-m6-jetstream", "bruker-m4-tornado", "bruker-crono", "xglab-elio",
          "amptek-mini-x-rh", "amptek-mini-x-ag", "horiba-xgt-7200"}  # fmt: skip
SOURCE_OF_A_FIGURE = r"files?: |measured: |worked out from |assumed: |IPERION HS|Amptek|the "


def test_the_scanners_of_museums_are_there() -> None:
    assert set(named_instruments()) >= WANTED
    assert list(named_instruments()) == sorted(named_instruments())


@pytest.mark.parametrize("name", sorted(WANTED))
def test_every_figure_has_a_source_and_every_source_a_figure(name: str) -> None:
    values = tomllib.loads(instrument_path(name).read_text(encoding="utf-8"))
    sources = read_sources(instrument_path(name))
    assert set(sources) == set(values) - {"sources"}
    assert all(re.match(SOURCE_OF_A_FIGURE, text) for text in sources.values()), sources


@pytest.mark.parametrize("name", sorted(WANTED))
def test_each_gives_a_spectrum_and_comes_back_from_plain_values(name: str) -> None:
    instrument = find_instrument(name)
    assert instrument.name
    assert instrument_from_dict(instrument.to_dict(), "itself") == instrument
    lead_white = make_stacks([[({"Pb": 0.8, "O": 0.15, "C": 0.05}, 0.02)]])
    bins = standard_bins()
    expected = ForwardModel(instrument, bins).expected(lead_white)[0]
    assert torch.isfinite(expected).all()
    centres = 0.5 * (bins.edges[1:] + bins.edges[:-1])
    strongest = centres[(centres > 8.0) & (centres < 16.0)][
        int(expected[torch.from_numpy((centres > 8.0) & (centres < 16.0))].argmax())
    ]
    assert min(abs(strongest - 10.55), abs(strongest - 12.61)) < 0.1


@pytest.mark.parametrize("unknown", ["m6", "Bruker M6", "bruker_m6_jetstream", "elio", "xrf"])
def test_a_wrong_name_is_refused_with_the_names_that_exist(unknown: str) -> None:
    with pytest.raises(InstrumentError) as refusal:
        find_instrument(unknown)
    message = str(refusal.value)
    assert unknown in message and "\n" not in message
    assert all(name in message for name in named_instruments())


def test_a_wrong_name_gets_the_nearest_one() -> None:
    for unknown, nearest in (
        ("Bruker M6", "bruker-m6-jetstream"),
        ("m4", "bruker-m4-tornado"),
        ("elio", "xglab-elio"),
        ("horiba_xgt7200", "horiba-xgt-7200"),
    ):
        with pytest.raises(InstrumentError, match=f"did you mean '{nearest}'"):
            find_instrument(unknown)


def test_a_path_is_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('anode = "Mo"\nkv = 45.0\n')
    assert find_instrument(str(path)) == Instrument(anode="Mo", kv=45.0)
    with pytest.raises(InstrumentError, match="no such instrument file"):
        find_instrument(str(tmp_path / "theirs.toml"))


def _spx(path: Path, *tags: str) -> dict[str, float]:
    text = path.read_text(encoding="cp1252")
    found = {tag: re.search(rf"<{tag}>([^<]+)</{tag}>", text) for tag in tags}
    assert all(found.values()), found
    return {tag: float(match.group(1)) for tag, match in found.items() if match}


def _layer_um(path: Path, tag: str) -> float:
    text = path.read_text(encoding="cp1252")
    match = re.search(rf'<{tag}>.*?Thickness(?:="|>)([0-9.E+]+)', text, re.DOTALL)
    assert match
    return float(match.group(1))


@pytest.mark.parametrize(
    ("name", "file", "pressure_mbar"),
    [
        ("bruker-m6-jetstream", "bruker/bruker_m6_jetstream_file_example.spx", 1000.0),
        (
            "bruker-m4-tornado",
            "nist-m4/acrylic_scatter/20170510_D1_Rh_50kv_100mA_acryl_f1 0.spx",
            20.0,
        ),
    ],
)
def test_brukers_figures_are_those_of_real_files(
    shared_data: Path, name: str, file: str, pressure_mbar: float
) -> None:
    path = shared_data / file
    stated = _spx(
        path, "Voltage", "TubeIncidentAngle", "TubeTakeOffAngle", "ExcitationAngle",
        "DetectionAngle", "ExcitationPathLength", "DetectionPathLength", "DetectorThickness",
        "SiDeadLayerThickness", "SigmaAbs", "SigmaLin", "Anode", "ChamberPressure", "RealTime",
        "LifeTime", "CalibAbs", "CalibLin",
    )  # fmt: skip
    instrument = find_instrument(name)
    figures: dict[str, Any] = {
        "kv": stated["Voltage"],
        "tube_incidence_deg": stated["TubeIncidentAngle"],
        "tube_take_off_deg": stated["TubeTakeOffAngle"],
        "tube_window_um": _layer_um(path, "TubeWindow"),
        "incidence_deg": stated["ExcitationAngle"],
        "take_off_deg": stated["DetectionAngle"],
        "path_in_cm": stated["ExcitationPathLength"] / 10.0,
        "path_out_cm": stated["DetectionPathLength"] / 10.0,
        "crystal_um": stated["DetectorThickness"] * 1e3,
        "dead_layer_um": stated["SiDeadLayerThickness"],
        "detector_window_um": _layer_um(path, "WindowLayers"),
    }
    assert {key: getattr(instrument, key) for key in figures} == pytest.approx(figures)
    assert stated["Anode"] == 45 and instrument.anode == "Rh"
    assert stated["ChamberPressure"] == pytest.approx(pressure_mbar, abs=1.0)
    assert instrument.noise == pytest.approx(2.3548 * stated["SigmaAbs"] ** 0.5, rel=0.01)
    assert instrument.fano == pytest.approx(stated["SigmaLin"] / 0.00385, rel=0.01)
    channels = re.search(r"<Channels>([^<]*)</Channels>", path.read_text(encoding="cp1252"))
    assert channels
    counts = np.array([float(each) for each in channels.group(1).split(",") if each.strip()])
    energy = stated["CalibAbs"] + stated["CalibLin"] * np.arange(len(counts))
    dead_ms = stated["RealTime"] - stated["LifeTime"]
    assert instrument.dead_time_us == pytest.approx(
        dead_ms * 1e3 / counts[energy > 0.3].sum(), rel=0.05
    )


def test_horibas_figures_are_those_of_real_spectra(shared_data: Path) -> None:
    instrument = find_instrument("horiba-xgt-7200")
    text = (shared_data / "horiba-xgt" / "Fe.txt").read_text(encoding="latin-1")
    header = dict(re.findall(r"#+(\S+?)\s*:\s*(.*)", text))
    rows = [line.split(",")[:2] for line in text.splitlines() if line and line[0] not in "#"]
    energy, counts = np.array(rows, dtype=float).T
    assert float(header["ELEVANGLE"]) == instrument.take_off_deg
    live, real = float(header["LIVETIME"]), float(header["REALTIME"])
    # of a paralysable counter: live is real time times exp(-rate x dead time)
    dead_us = np.log(real / live) * live / counts[energy > 0.3].sum() * 1e6
    assert instrument.dead_time_us == pytest.approx(dead_us, rel=0.03)

    def net(centre: float, half_width: float) -> float:
        apart = np.abs(energy - centre)
        inside = apart < half_width
        beside = counts[(apart >= half_width) & (apart < half_width + 0.12)].mean()
        return float(counts[inside].sum() - beside * inside.sum())

    pairs_us = net(12.80, 0.22) * live / net(6.40, 0.20) ** 2 * 1e6
    assert instrument.pulse_pair_us == pytest.approx(pairs_us, rel=0.06)
