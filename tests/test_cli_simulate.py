"""`underpaint simulate`: what is stated is simulated, and what is wrong is said in a sentence."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from underpaint.cli.app import app
from underpaint.paint import load_library, read_scene, stratigraphy_from_json, truth_of
from underpaint.scan import open_scan, summarise

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"
SIMULATED = sorted(
    path.name for path in EXAMPLES.glob("*.toml") if not path.name.startswith("train-")
)

STRATIGRAPHY = """
title = "Vermilion on chalk"
counts = 30000
channels = 1024

[axis]
gain = 0.04

[instrument]
kv = 40.0
count_rate_kcps = 40.0
pulse_pair_us = 0.3
own_lines = { Cu = 0.001 }

[[layer]]
kind = "paint"
thickness_um = 20
pigments = { vermilion = 1.0 }

[[layer]]
kind = "support"
thickness_um = 1000
weight_fractions = { Ca = 0.4, C = 0.12, O = 0.48 }
density_g_cm3 = 2.0
"""

SCENE = """
title = "Two fields"
pixel_size_mm = 0.5
counts = 3000
channels = 1024
spot_pixels = 0.5

[axis]
gain = 0.04

[instrument]
kv = 40.0

[[patch]]
label = "lead white"
rows = [0, 6]
columns = [0, 9]
layers = [{ kind = "paint", thickness_um = 30, pigments = { lead-white = 1.0 } }]

[[patch]]
label = "vermilion under zinc white"
rows = [0, 6]
columns = [4, 9]
layers = [
  { kind = "paint", thickness_um = 10, pigments = { zinc-white = 1.0 } },
  { kind = "paint", thickness_um = 30, pigments = { vermilion = 1.0 } },
]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "stated.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["simulate", *map(str, arguments)])


def rows_of(path: Path) -> tuple[list[str], np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    return names, np.array(rows, dtype=np.float64)


def test_a_stratigraphy_becomes_a_labelled_spectrum(tmp_path: Path) -> None:
    done = run(write(tmp_path, STRATIGRAPHY), "-o", tmp_path / "a.h5")
    assert done.exit_code == 0, done.output
    assert "Vermilion on chalk" in done.stdout
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["spectra"].shape == (1, 1024)
        energy = file["energy"][()]
        np.testing.assert_allclose(energy, 0.04 * np.arange(1024), atol=1e-12)
        counts = file["spectra"][0].astype(np.float64)
        stack = json.loads(file["stacks"].asstr()[0])
        instrument = json.loads(file.attrs["instrument"])
    counted = (energy > 1.0) & (energy < 40.0)
    assert counts[counted].sum() == pytest.approx(30_000, abs=5 * np.sqrt(30_000))
    assert instrument["kv"] == 40.0
    assert [layer["kind"] for layer in stack["layers"]] == ["paint", "support"]
    assert stack["layers"][0]["pigments"] == {"vermilion": 1.0}
    library = load_library()
    top = truth_of([stratigraphy_from_json(stack)], library).top[0]
    assert [library.groups[i].name for i in np.flatnonzero(top)] == ["mercury-sulfide"]


def test_a_table_has_a_column_for_each_part_and_they_add_up(tmp_path: Path) -> None:
    done = run(write(tmp_path, STRATIGRAPHY), "-o", tmp_path / "a.csv", "--expected")
    assert done.exit_code == 0, done.output
    names, table = rows_of(tmp_path / "a.csv")
    assert names[:2] == ["energy_kev", "counts"]
    assert {"Hg", "Ca", "S", "Rayleigh", "Compton", "scanner", "pile_up"} <= set(names)
    np.testing.assert_allclose(table[:, 2:].sum(axis=1), table[:, 1], rtol=1e-4, atol=1e-4)
    mercury = table[:, names.index("Hg")]
    assert table[mercury.argmax(), 0] == pytest.approx(9.99, abs=0.06)


def test_noise_follows_from_the_seed(tmp_path: Path) -> None:
    path = write(tmp_path, STRATIGRAPHY)
    for name, options in (("a", ()), ("b", ()), ("c", ("--seed", 1)), ("d", ("--expected",))):
        assert run(path, "-o", tmp_path / f"{name}.csv", *options).exit_code == 0
    first, again, other, smooth = (rows_of(tmp_path / f"{n}.csv")[1][:, 1] for n in "abcd")
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first == np.round(first)).all() and (smooth != np.round(smooth)).any()


def test_without_counts_the_spectrum_is_that_of_one_photon(tmp_path: Path) -> None:
    path = write(tmp_path, STRATIGRAPHY.replace("counts = 30000", ""))
    done = run(path, "-o", tmp_path / "a.csv")
    assert done.exit_code == 0 and "one photon" in done.stdout
    assert 0.0 < rows_of(tmp_path / "a.csv")[1][:, 1].sum() < 1.0


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_a_figure_is_drawn_alone_or_beside(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path, STRATIGRAPHY)
    beside = run(path, "-o", tmp_path / "a.h5", "--figure", tmp_path / f"b{suffix}")
    assert beside.exit_code == 0, beside.output
    start = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}[suffix]
    assert (tmp_path / f"b{suffix}").read_bytes().startswith(start)
    assert (tmp_path / "a.h5").exists()


def test_a_scene_becomes_a_scan_that_opens(tmp_path: Path) -> None:
    done = run(write(tmp_path, SCENE), "-o", tmp_path / "a.h5")
    assert done.exit_code == 0, done.output
    scan = open_scan(tmp_path / "a.h5")
    assert scan.shape == (6, 9, 1024)
    assert scan.calibration is not None and scan.calibration.gain == pytest.approx(0.04)
    assert (scan.anode, scan.tube_voltage_kv) == ("Rh", 40.0)
    assert scan.pixel_size_mm == pytest.approx((0.5, 0.5))
    pixels = summarise(scan).pixel_counts
    assert pixels.mean() == pytest.approx(3000, rel=0.01)
    info = CliRunner().invoke(app, ["info", str(tmp_path / "a.h5")])
    assert info.exit_code == 0 and "Rh" in info.stdout


def test_pymca_opens_a_simulated_scan(tmp_path: Path) -> None:
    stack_module = pytest.importorskip("PyMca5.PyMcaIO.HDF5Stack1D")
    assert run(write(tmp_path, SCENE), "-o", tmp_path / "a.h5").exit_code == 0
    stack = stack_module.HDF5Stack1D([str(tmp_path / "a.h5")], {"y": "/scan/data/counts"})
    assert stack.data.shape == (6, 9, 1024)


def test_a_scan_carries_its_truth(tmp_path: Path) -> None:
    path = write(tmp_path, SCENE)
    assert run(path, "-o", tmp_path / "a.h5").exit_code == 0
    library = load_library()
    with h5py.File(tmp_path / "a.h5") as file:
        truth = file["truth"]
        groups = list(truth["groups"].asstr())
        assert groups == [group.name for group in library.groups]
        mercury = groups.index("mercury-sulfide")
        lead = groups.index(library.pigment("lead-white").group)
        buried, top = truth["buried"][mercury], truth["top"][lead]
        area = truth["area"][()]
        amount = truth["amount"][mercury]
        stacks = [json.loads(text) for text in truth["stacks"].asstr()]
        assert list(truth["patches"].asstr()) == ["lead white", "vermilion under zinc white"]
        assert json.loads(truth.attrs["instrument"])["kv"] == 40.0
    assert buried[:, 6:].all() and not buried[:, :2].any()
    assert top[:, :2].all() and not top[:, 7:].any()
    np.testing.assert_allclose(area.sum(axis=0), 1.0, rtol=1e-5)
    layers = stratigraphy_from_json(stacks[1])
    pigment = layers[1].mass_thickness * 1000.0
    assert 0.5 * pigment < amount[0, 8] < pigment
    assert amount[0, 0] == 0.0
    scene = read_scene(path, library)
    assert [len(patch.layers) for patch in scene.patches] == [1, 2]


def test_a_scene_becomes_labelled_spectra_pixel_by_pixel(tmp_path: Path) -> None:
    path = write(tmp_path, SCENE)
    assert run(path, "-o", tmp_path / "scan.h5").exit_code == 0
    assert run(path, "-o", tmp_path / "flat.h5", "--labelled").exit_code == 0
    counts = open_scan(tmp_path / "scan.h5").counts[:]
    with h5py.File(tmp_path / "flat.h5") as file:
        np.testing.assert_array_equal(file["spectra"][()], counts.reshape(-1, 1024))
        np.testing.assert_allclose(file["energy"][()], 0.04 * np.arange(1024), atol=1e-12)
        stacks = [json.loads(text) for text in file["stacks"].asstr()]
        assert "kv" in file.attrs["instrument"]
    assert len(stacks) == 54
    assert len(stacks[0]["layers"]) == 1 and "beside" not in stacks[0]
    mixed = stacks[4]
    assert len(mixed["layers"]) == 2 and len(mixed["beside"][0]["layers"]) == 1
    assert mixed["area"] > 0.5
    assert mixed["area"] + mixed["beside"][0]["area"] == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("thickness_um = 20", "thicknes_um = 20", "thickness_um"),
        ("thickness_um = 20", 'thickness_um = 20\ncolour = "red"', "unknown key 'colour'"),
        ("thickness_um = 20", "thickness_um = -20", "-20 micrometres cannot be"),
        ("thickness_um = 20", "thickness_um = nan", "cannot be"),
        ("vermilion = 1.0", "vermillion = 1.0", "did you mean vermilion"),
        ("vermilion = 1.0", "vermilion = 0.6", "add up to 0.6"),
        ("Ca = 0.4", "Ca = 0.2", "add up to 0.8"),
        ("Ca = 0.4", "Pu = 0.4", "no data for 'Pu'"),
        ("density_g_cm3 = 2.0", "", "density_g_cm3"),
        ('kind = "support"', 'kind = "paint"', "'pigments'"),
        ('kind = "support"', 'kind = "canvas"', "no kind of layer"),
        ("kv = 40.0", "kv = 40.0\nkilovolts = 3", "kilovolts"),
        ("counts = 30000", "counts = -1", "counts"),
        ("counts = 30000", "count = 30000", "unknown key 'count'"),
        ("gain = 0.04", "gain = 0.0", "gain"),
        ("[[layer]]", "[[layers]]", "[[layer]]"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_file(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert old in STRATIGRAPHY
    done = run(write(tmp_path, STRATIGRAPHY.replace(old, new)), "-o", tmp_path / "a.h5")
    assert done.exit_code == 3
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1
    assert named in done.stderr and "stated.toml" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stated.toml"]


@pytest.mark.parametrize(("kv", "status"), [("4.5", 3), ("5.5", 0)])
def test_a_voltage_below_every_edge_is_refused(tmp_path: Path, kv: str, status: int) -> None:
    # Of titanium white only the K lines can be seen, and the K edge is at 4.97 keV.
    text = """
    title = "Titanium white"
    instrument = { kv = KV }
    [[layer]]
    kind = "ground"
    thickness_um = 50
    weight_fractions = { Ti = 0.6, O = 0.4 }
    density_g_cm3 = 2.0
    """
    done = run(write(tmp_path, text.replace("KV", kv)), "-o", tmp_path / "a.h5")
    assert done.exit_code == status
    if status:
        assert "at 4.5 kV nothing in this stratigraphy fluoresces" in done.stderr
        assert "(Ti) is at 4.97 keV" in done.stderr


@pytest.mark.parametrize("text", [STRATIGRAPHY, SCENE])
def test_an_axis_without_a_photon_is_refused(tmp_path: Path, text: str) -> None:
    short = text.replace("channels = 1024", "channels = 16")
    done = run(write(tmp_path, short), "-o", tmp_path / "a.h5")
    assert done.exit_code == 3
    assert "no photon" in done.stderr and not (tmp_path / "a.h5").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "none.toml", "-o", tmp_path / "a.h5")
    assert done.exit_code == 3
    assert "none.toml" in done.stderr and "check the path" in done.stderr


@pytest.mark.parametrize(
    ("text", "output", "options", "named"),
    [
        (STRATIGRAPHY, "a.txt", (), ".csv"),
        (STRATIGRAPHY, "a.csv", ("--figure", "b.jpg"), ".svg"),
        (SCENE, "a.csv", (), ".h5"),
        (SCENE, "a.h5", ("--figure", "b.png"), "one stratigraphy"),
    ],
)
def test_an_output_that_cannot_be_is_wrong_use(
    tmp_path: Path, text: str, output: str, options: tuple[str, ...], named: str
) -> None:
    done = run(write(tmp_path, text), "-o", tmp_path / output, *options)
    assert done.exit_code == 2
    assert named in " ".join(done.stderr.replace("│", " ").split())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_text("precious")
    path = write(tmp_path, STRATIGRAPHY)
    done = run(path, "-o", tmp_path / "a.h5", "--figure", tmp_path / "b.png")
    assert done.exit_code == 2 and "exists already" in done.stderr
    assert (tmp_path / "b.png").read_text() == "precious"
    assert not (tmp_path / "a.h5").exists()


def test_an_interrupted_scene_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from underpaint.paint import SceneScan

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SceneScan, "truth", interrupt)
    done = run(write(tmp_path, SCENE), "-o", tmp_path / "a.h5")
    assert done.exit_code == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stated.toml"]


def test_pigments_of_ones_own_can_be_simulated(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        "[[pigment]]\n"
        'name = "my-vermilion"\nlabel = "My vermilion"\ngroup = "mercury-sulfide"\n'
        'formula = "HgS"\ncomposition = [{ phase = "cinnabar", formula = "HgS" }]\n'
        'density_g_cm3 = 8.1\npvc = [0.2, 0.5]\ncolour = "#e03020"\n',
        encoding="utf-8",
    )
    path = write(tmp_path, STRATIGRAPHY.replace("{ vermilion", "{ my-vermilion"))
    assert run(path, "-o", tmp_path / "a.h5").exit_code == 3
    done = run(path, "-o", tmp_path / "a.h5", "--with", own)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("name", SIMULATED)
def test_the_examples_work(tmp_path: Path, name: str) -> None:
    done = run(EXAMPLES / name, "-o", tmp_path / "a.h5")
    assert done.exit_code == 0, done.output


def test_a_large_scene_is_worked_on_in_blocks(tmp_path: Path) -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    values = np.full((600, 400), 1, dtype=np.uint8)
    values[300:] = 2
    Image.fromarray(values, "L").save(tmp_path / "labels.png")
    text = SCENE.replace("spot_pixels = 0.5", 'spot_pixels = 0.5\nlabels = "labels.png"')
    text = text.replace("channels = 1024", "channels = 256").replace("gain = 0.04", "gain = 0.16")
    text = text.replace("rows = [0, 6]\n", "").replace("columns = [0, 9]\n", "value = 1\n")
    text = text.replace("columns = [4, 9]\n", "value = 2\n").replace(
        "[[patch]]", "[[stratigraphy]]"
    )
    from underpaint.cli.simulate import write_scene
    from underpaint.paint import SceneScan

    library = load_library()
    scan = SceneScan(read_scene(write(tmp_path, text), library), library)
    _ = scan[:1]
    tracemalloc.start()
    write_scene(scan, tmp_path / "a.h5")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    whole = 600 * 400 * 256 * 4
    assert peak < 0.7 * whole, f"{peak / 2**20:.0f} MiB for a cube of {whole / 2**20:.0f} MiB"
