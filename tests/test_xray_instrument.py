"""Instruments come from TOML; impossible ones are refused in one sentence."""

from __future__ import annotations

import json
import math
from dataclasses import fields
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
    InstrumentPrior,
    instrument_from_dict,
    make_stacks,
    read_instrument,
    read_sources,
    sample_instrument,
)
from underpaint.xray.tube_spectrum import TubeSpectrum

DESCRIPTION = """
anode = "Mo"
kv = 50
filters = [["Al", 200.0], ["Ti", 25]]
incidence_deg = 70.0
atmosphere = "helium"
own_lines = { Fe = 0.001, Cu = 0.0005 }
"""


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"anode": "C"}, "anode 'C'"),
        ({"anode": "Xx"}, "anode 'Xx'"),
        ({"kv": 0.0}, "tube voltage of 0.0 kV must be above 2 kV and at most 60"),
        ({"kv": 200.0}, "tube voltage of 200.0 kV must be above 2 kV and at most 60"),
        ({"kv": math.nan}, "tube voltage of nan kV"),
        ({"atmosphere": "argon"}, "'argon' is unknown: use air, helium, vacuum"),
        ({"incidence_deg": 0.0}, "incidence_deg = 0.0 must be above 0 and at most 90 degrees"),
        ({"take_off_deg": 120.0}, "take_off_deg = 120.0 must be above 0"),
        ({"path_in_cm": -1.0}, "path_in_cm is -1.0"),
        ({"detector_window_um": math.inf}, "detector_window_um is inf"),
        ({"tail_kev": -0.1}, "tail_kev is -0.1"),
        ({"tail": 0.7}, "tail = 0.7 must be below 0.5"),
        ({"pulse_pair_us": -0.1}, "pulse_pair_us is -0.1"),
        ({"noise": 0.0}, "noise = 0.0 must be above zero"),
        ({"crystal_um": math.nan}, "crystal_um = nan must be above zero"),
        ({"kv": torch.tensor([40.0, 50.0])}, "kv is a tensor, but not one floating-point number"),
        ({"noise": torch.tensor(-0.1)}, "must be above zero"),
        ({"filters": (("Unobtainium", 10.0),)}, "'Unobtainium' in filters is not the symbol"),
        ({"filters": (("Al", -10.0),)}, "Al in filters is -10.0"),
        ({"own_lines": {"Fe": -0.1}}, "Fe in own_lines is -0.1"),
        ({"own_lines": {"Fe": 0.9}}, "Fe in own_lines = 0.9 must be below 0.5"),
    ],
)
def test_impossible_figures_are_named(figures: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InstrumentError) as refusal:
        Instrument(**figures)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("anode = 'Rh'\nvoltage = 40", "unknown key 'voltage'"),
        ("kv = 'forty'", "kv is 'forty', but must be a number"),
        ("filters = ['Al']", "filters must be a list of pairs"),
        ("filters = [['Al', 'thick']]", "Al in filters is 'thick', but must be a number"),
        ("own_lines = ['Fe']", "own_lines must be a table"),
        ("filters = [[['Al'], 100.0]]", "is not the symbol of an element"),
        ("anode = 45", "anode '45' is no metal"),
        ("name = 45", "name is 45, but must be a text"),
        ("noise = true", "noise is True, but must be a number"),
        ("tube_spectrum = 3", "tube_spectrum must be a file's name"),
        ("tube_spectrum = 'none.csv'", "none.csv"),
        ("sources = 'the maker'", "sources must be a table"),
        ("[sources]\nvoltage = 'the maker'", "'voltage' in [sources] is no field"),
        ("[sources]\nkv = 50", "the source of 'kv' must be a text"),
        ("kv = 90", "above 2 kV and at most 60"),
        ("kv = ", "cannot be read as TOML"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "scanner.toml"
    path.write_text(text)
    with pytest.raises(InstrumentError) as refusal:
        read_instrument(path)
    assert sentence in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(bytes(range(128, 256)))
    for path in (tmp_path / "none.toml", binary):
        with pytest.raises(InstrumentError, match="cannot be read as TOML"):
            read_instrument(path)


def test_figures_of_a_file_arrive(tmp_path: Path) -> None:
    path = tmp_path / "scanner.toml"
    path.write_text(DESCRIPTION)
    instrument = read_instrument(path)
    assert (instrument.anode, instrument.kv, instrument.atmosphere) == ("Mo", 50, "helium")
    assert instrument.filters == (("Al", 200.0), ("Ti", 25.0))
    assert instrument.own_lines == {"Fe": 0.001, "Cu": 0.0005}
    assert instrument.scatter_deg == 115.0
    assert instrument.crystal_um == Instrument().crystal_um


def test_plain_values_make_the_same_instrument_again() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        instrument = sample_instrument(InstrumentPrior(), random)
        assert instrument_from_dict(instrument.to_dict(), "itself") == instrument


def test_gradients_are_left_behind_in_plain_values() -> None:
    fitted = Instrument().but(
        kv=torch.tensor(45.5, dtype=torch.float64, requires_grad=True) * 1.0,
        filters=(("Al", torch.tensor(12.5, dtype=torch.float64, requires_grad=True)),),
        tube_spectrum=TubeSpectrum(continuum=((1.0, 2.0), (40.0, 0.0)), lines=((20.2, 5.0),)),
    )
    values = json.loads(json.dumps(fitted.to_dict()))
    assert instrument_from_dict(values, "itself") == Instrument(
        kv=45.5, filters=(("Al", 12.5),), tube_spectrum=fitted.tube_spectrum
    )


def test_a_tube_spectrum_lies_beside_the_description(tmp_path: Path) -> None:
    (tmp_path / "tube.csv").write_text(
        "energy_kev,photons_per_kev\n1.0,2.0\n40.0,0.0\nenergy_kev,photons\n20.2,5.0\n"
    )
    path = tmp_path / "scanner.toml"
    path.write_text('tube_spectrum = "tube.csv"')
    spectrum = read_instrument(path).tube_spectrum
    assert spectrum == TubeSpectrum(((1.0, 2.0), (40.0, 0.0)), ((20.2, 5.0),))


def test_sources_are_read_apart_from_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "scanner.toml"
    path.write_text("kv = 45.0\n[sources]\nkv = 'the logbook'\n")
    assert read_instrument(path) == Instrument(kv=45.0)
    assert read_sources(path) == {"kv": "the logbook"}


def test_the_same_seed_draws_the_same_instrument() -> None:
    one, same, other = (
        sample_instrument(InstrumentPrior(), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one == same != other


def test_drawn_instruments_are_possible_and_of_every_anode() -> None:
    prior, random = InstrumentPrior(), np.random.default_rng(3)
    drawn = [sample_instrument(prior, random) for _ in range(300)]
    assert {each.anode for each in drawn} == set(prior.anodes)
    assert all(prior.kv[0] <= each.kv <= prior.kv[1] for each in drawn)
    assert all(each.scatter_deg <= 179.0 for each in drawn)
    stacks = make_stacks([[({"Pb": 0.6, "O": 0.4}, 0.01), ({"C": 0.5, "O": 0.5}, 0.1)]])
    for instrument in drawn[:6]:
        expected = ForwardModel(instrument, standard_bins()).expected(stacks)
        assert torch.isfinite(expected).all()
        assert expected.min() >= 0.0 < expected.sum()


def test_changes_leave_the_other_figures_alone() -> None:
    changed = Instrument().but(kv=50.0)
    differing = [
        each.name
        for each in fields(Instrument)
        if getattr(changed, each.name) != getattr(Instrument(), each.name)
    ]
    assert differing == ["kv"]
