"""`underpaint evaluate`: labelled spectra in, scores out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from underpaint.cli.app import app
from underpaint.identify.labelled_spectra import open_labelled
from underpaint.paint import load_library, paint_layer, stratigraphy_to_json
from underpaint.spectrum import Bins
from underpaint.xray import ForwardModel, Instrument, make_stacks

LIBRARY = load_library()
ENERGY = 0.02 * np.arange(2000)
INSTRUMENT = Instrument(kv=40.0, noise=0.09, fano=0.115)
STACKS = [
    (paint_layer(LIBRARY, "paint", 30.0, {"vermilion": 1.0}),),
    (
        paint_layer(LIBRARY, "paint", 20.0, {"zinc-white": 1.0}),
        paint_layer(LIBRARY, "paint", 20.0, {"vermilion": 1.0}),
    ),
    (paint_layer(LIBRARY, "paint", 30.0, {"lead-white": 1.0}),),
]


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    bins = Bins(np.append(ENERGY - 0.01, ENERGY[-1] + 0.01))
    model = ForwardModel(INSTRUMENT, bins, ["Hg", "S", "Zn", "Pb", "Ar"])
    stacks = make_stacks([[layer.for_model for layer in layers] for layers in STACKS])
    return model.expected(stacks).double().numpy()


def labelled(path: Path, spectra: np.ndarray, stacks: list[str] | None = None) -> Path:
    texts = stacks or [json.dumps(stratigraphy_to_json(layers)) for layers in STACKS]
    with h5py.File(path, "w") as file:
        file["spectra"], file["energy"] = spectra, ENERGY
        file.create_dataset("stacks", data=texts, dtype=h5py.string_dtype())
        file.attrs["instrument"] = json.dumps(INSTRUMENT.to_dict())
    return path


def test_expectations_are_counted_and_scored(tmp_path: Path, expected: np.ndarray) -> None:
    path = labelled(tmp_path / "three.h5", expected)
    done = run(path, "--counts", "10000,100000", "--repeats", 4, "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    low, high = report["evaluations"]
    assert (low["counts"], high["counts"]) == (10_000.0, 100_000.0)
    assert (low["spectra"], low["stratigraphies"]) == (12, 3)
    for place, score in high["overall"].items():
        between = high["intervals"][place]["recall"]
        assert between["value"] == pytest.approx(score["recall"])
        assert 0.0 <= between["low"] <= between["value"] <= between["high"] <= 1.0
    mercury = high["groups"]["mercury-sulfide"]
    assert mercury["anywhere"]["cases"] == 8
    assert mercury["top"]["cases"] == mercury["buried"]["cases"] == 4
    assert mercury["anywhere"]["average_precision"] == 1.0
    assert high["families"]["mercury"]["recall"] == 1.0
    assert high["groups"]["gold"]["anywhere"]["recall"] is None
    amounts = high["group_amounts"]["mercury-sulfide"]
    assert amounts["cases"] == 8
    assert 1.0 <= amounts["factor"] < 10.0 and 0.1 < amounts["ratio"] < 10.0
    assert "gold" not in high["group_amounts"]
    assert run(path, "--counts", "10000,100000", "--repeats", 4, "--json").stdout == done.stdout


def test_counts_are_read_as_they_are(tmp_path: Path, expected: np.ndarray) -> None:
    counts = np.random.default_rng(1).poisson(expected / expected.sum() * 1e5).astype(np.uint32)
    path = labelled(tmp_path / "counts.h5", counts)
    done = run(path)
    assert done.exit_code == 0, done.output
    assert "3 spectra of 3 stratigraphies with their own counts" in done.stdout
    assert "Vermilion\t2\t" in done.stdout
    assert "amounts where rightly named\tcases\tsaid over true" in done.stdout
    refused = run(path, "--counts", 1000)
    assert refused.exit_code == 2 and "counts already" in refused.stderr


def test_a_pixel_on_two_stratigraphies_holds_both(tmp_path: Path, expected: np.ndarray) -> None:
    first, _, last = (stratigraphy_to_json(layers) for layers in STACKS)
    mixed = json.dumps(first | {"area": 0.6, "beside": [{"area": 0.4} | last]})
    path = labelled(tmp_path / "mixed.h5", expected[:1], [mixed])
    found = open_labelled(path, LIBRARY)
    names = [group.name for group in LIBRARY.groups]
    held = {names[k] for k in np.flatnonzero(found.truth.top[0])}
    assert held == {"mercury-sulfide", "lead"}
    assert found.truth.top_share[0, names.index("lead")] == pytest.approx(0.4)
    assert not found.truth.buried_share.any()


def test_a_pixel_has_of_itself_what_the_others_leave(tmp_path: Path, expected: np.ndarray) -> None:
    first, last = (stratigraphy_to_json(STACKS[i]) for i in (0, 2))
    texts = [
        json.dumps(first | of_first | {"beside": [{"area": 0.4} | last]})
        for of_first in ({"area": 0.6}, {})
    ]
    stated, left = (
        open_labelled(labelled(tmp_path / f"{i}.h5", expected[:1], [text]), LIBRARY).truth
        for i, text in enumerate(texts)
    )
    np.testing.assert_allclose(left.top_share, stated.top_share)
    impossible = json.dumps(first | {"beside": [{"area": 1.4} | last]})
    done = run(labelled(tmp_path / "much.h5", expected[:1], [impossible]))
    assert done.exit_code == 3 and "cannot be those of one spot" in done.stderr


def test_values_that_are_no_numbers_are_named(tmp_path: Path, expected: np.ndarray) -> None:
    for value in (np.nan, np.inf):
        spectra = expected.copy()
        spectra[1, 100] = value
        done = run(labelled(tmp_path / f"{value}.h5", spectra), "--counts", "1000")
        assert done.exit_code == 3 and "no numbers" in done.stderr


def test_drawn_spectra_have_the_counts_that_were_asked(
    tmp_path: Path, expected: np.ndarray
) -> None:
    found = open_labelled(labelled(tmp_path / "three.h5", expected), LIBRARY)
    block = next(found.blocks(50_000.0, np.random.default_rng(2)))
    seen = block[:, (ENERGY > 1.0) & (ENERGY < 40.0)].sum(axis=1)
    assert np.abs(seen - 50_000.0).max() < 5.0 * math.sqrt(50_000.0)


def test_what_is_wrong_with_a_file_is_said_in_one_sentence(
    tmp_path: Path, expected: np.ndarray
) -> None:
    missing = run(tmp_path / "nowhere.h5")
    assert missing.exit_code == 3 and "no such file" in missing.stderr
    (tmp_path / "text.h5").write_text("none", encoding="utf-8")
    assert "cannot be read as HDF5" in run(tmp_path / "text.h5").stderr
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file["spectra"] = expected
    empty = run(tmp_path / "empty.h5").stderr
    assert "'/energy' is missing" in empty and "of a scene with --labelled" in empty
    unknown = json.dumps(stratigraphy_to_json(STACKS[0])).replace("vermilion", "vermillion")
    done = run(labelled(tmp_path / "unknown.h5", expected[:1], [unknown]))
    assert done.exit_code == 3
    assert "stack 0" in done.stderr and "did you mean vermilion" in done.stderr
    done = run(labelled(tmp_path / "short.h5", expected, ["{}"]))
    assert done.exit_code == 3 and "each spectrum needs one stack" in done.stderr
    done = run(labelled(tmp_path / "three.h5", expected), "--counts", "many")
    assert done.exit_code == 2 and "not one number" in done.stderr
