"""Scenes: what is stated is what is scanned."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from board_builder import build_board, build_scene
from underpaint.errors import ConfigError, InstrumentError, LibraryError, StackError
from underpaint.paint import (
    SceneScan,
    load_library,
    paint_layer,
    plain_layer,
    read_scene,
    truth_of,
)

BOARD = Path(str(resources.files("underpaint.paint").joinpath("board.toml")))

LABELLED = """
title = "Three fields"
pixel_size_mm = 0.5
counts = 5000
channels = 1024
labels = "labels.png"

[axis]
gain = 0.04

[instrument]
kv = 40.0

[[base]]
kind = "support"
material = "canvas-linen"
thickness_um = 500

[[stratigraphy]]
value = 3
label = "vermilion"
layers = [{ kind = "paint", thickness_um = 20, pigments = { vermilion = 1.0 } }]

[[stratigraphy]]
value = 7
label = "bare canvas"
layers = []

[[patch]]
label = "azurite"
rows = [0, 2]
columns = [1, 3]
layers = [{ kind = "paint", thickness_um = 20, pigments = { azurite = 1.0 } }]
"""


def label_scene(folder: Path, values: NDArray[np.uint8], mode: str = "L", **changes: str) -> Path:
    """A scene's file and its label image, the text changed where that is wanted."""
    image = Image.fromarray(values, "L" if mode == "RGB" else mode)
    image.convert(mode).save(folder / "labels.png")
    text = LABELLED
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "scene.toml").write_text(text, encoding="utf-8")
    return folder / "scene.toml"


def test_the_shipped_board_reads_and_covers_every_pixel() -> None:
    scene = read_scene(BOARD, load_library())
    assert scene.shape == (36, 72)
    assert len(scene.patches) == 18
    assert (np.bincount(scene.where.ravel()) == 144).all()
    assert scene.patches[scene.where[30, 5]].label == "vermilion under yellow ochre"


@pytest.mark.parametrize(
    ("old", "new", "error", "named"),
    [
        ("channels = 2048", "chanels = 2048", ConfigError, "chanels"),
        ("vermilion = 0.7, lead-white = 0.3", "vermilion = 0.7", StackError, "add up"),
        ("vermilion = 0.7", "vermillion = 0.7", LibraryError, "vermilion"),
        ('material = "canvas-linen"', 'material = "granite"', StackError, "granite"),
        ("thickness_um = 120", "thickness_um = -1", StackError, "-1"),
        ("rows = [0, 12]", "rows = [12, 0]", ConfigError, "'vermilion': 'rows'"),
        ("rows = [0, 12]", "rows = [0, 11]", ConfigError, "row 11, column 0"),
        ("counts = 40000", "", ConfigError, "counts"),
        ("kv = 45.0", "kv = 1.0", InstrumentError, "1"),
    ],
)
def test_what_is_wrong_in_a_scene_is_named(
    tmp_path: Path, old: str, new: str, error: type[Exception], named: str
) -> None:
    text = BOARD.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "scene.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error, match=named) as raised:
        read_scene(path, load_library())
    assert "scene.toml" in str(raised.value)


@pytest.mark.parametrize("mode", ["L", "P"])
def test_values_of_a_label_image_name_stratigraphies(tmp_path: Path, mode: str) -> None:
    values = np.full((5, 6), 7, dtype=np.uint8)
    values[3:, :4] = 3
    image = Image.fromarray(values, mode)
    if mode == "P":
        image.putpalette([index for colour in range(256) for index in (colour, 99, 255 - colour)])
    (tmp_path / "scene.toml").write_text(LABELLED, encoding="utf-8")
    image.save(tmp_path / "labels.png")
    scene = read_scene(tmp_path / "scene.toml", load_library())
    there = np.array([patch.label for patch in scene.patches])[scene.where]
    assert (there[3:, :4] == "vermilion").all()
    assert (there[:2, 1:3] == "azurite").all()
    assert (there == "bare canvas").sum() == 30 - 8 - 4
    assert [layer.kind for layer in scene.patches[1].layers] == ["support"]


def test_labels_come_from_tiff_as_well(tmp_path: Path) -> None:
    values = np.full((4, 4), 3, dtype=np.uint8)
    path = label_scene(tmp_path, values, **{"labels.png": "labels.tif"})
    Image.fromarray(values, "L").save(tmp_path / "labels.tif")
    assert read_scene(path, load_library()).shape == (4, 4)


@pytest.mark.parametrize(
    ("changes", "mode", "named"),
    [
        ({"value = 7": "value = 8"}, "L", "value 7"),
        ({"value = 7": "value = 3"}, "L", "value 3 already"),
        ({"value = 7": "value = 7.5"}, "L", "whole number"),
        ({"rows = [0, 2]": "rows = [0, 20]"}, "L", "beyond the label image"),
        ({"labels.png": "none.png"}, "L", "none.png"),
        ({"labels.png": "scene.toml"}, "L", "no image"),
        ({'labels = "labels.png"': ""}, "L", "go together"),
        ({}, "RGB", "8-bit greyscale"),
    ],
)
def test_what_is_wrong_with_labels_is_named(
    tmp_path: Path, changes: dict[str, str], mode: str, named: str
) -> None:
    values = np.full((5, 6), 7, dtype=np.uint8)
    values[0] = 3
    path = label_scene(tmp_path, values, mode, **changes)
    with pytest.raises(ConfigError, match=named):
        read_scene(path, load_library())


def test_an_instrument_comes_from_its_own_file_or_by_name(tmp_path: Path) -> None:
    values = np.full((5, 6), 7, dtype=np.uint8)
    table = "[instrument]\nkv = 40.0\n"
    (tmp_path / "mine.toml").write_text('anode = "Mo"\nkv = 35.0\n', encoding="utf-8")
    path = label_scene(
        tmp_path, values, **{table: "", "counts =": 'instrument = "mine.toml"\ncounts ='}
    )
    assert read_scene(path, load_library()).instrument.anode == "Mo"
    named = path.read_text(encoding="utf-8").replace("mine.toml", "bruker-m6-jetstream")
    path.write_text(named, encoding="utf-8")
    assert read_scene(path, load_library()).instrument.kv > 0
    path.write_text(named.replace("jetstream", "jetstram"), encoding="utf-8")
    with pytest.raises(InstrumentError, match=r"scene\.toml.*bruker-m6-jetstream"):
        read_scene(path, load_library())


@settings(max_examples=15)
@given(
    rows=st.integers(1, 9),
    spot=st.sampled_from([0.0, 0.4, 1.3]),
    cut=st.integers(0, 8),
)
def test_a_scan_does_not_depend_on_how_it_is_cut(rows: int, spot: float, cut: int) -> None:
    scan = SceneScan(replace(build_scene(), spot_pixels=spot), load_library(), seed=3)
    whole, block = scan[:], slice(cut, cut + rows)
    np.testing.assert_array_equal(whole[block], scan[block])
    np.testing.assert_allclose(
        scan.areas(slice(None))[:, block], scan.areas(block), rtol=1e-6, atol=1e-7
    )


def test_a_wide_spot_mixes_neighbours_as_its_gaussian_says() -> None:
    spot = 1.1
    scene = replace(build_scene(), spot_pixels=spot)
    area = SceneScan(scene, load_library()).areas(slice(0, 1))[:, 0]
    np.testing.assert_allclose(area.sum(axis=0), 1.0, rtol=1e-6)
    # A sampled Gaussian centred on the first pixel of the second patch, the first patch beside it.
    weights = np.exp(-0.5 * (np.arange(-4, 5) / spot) ** 2)
    beside = weights[:4].sum() / weights.sum()
    assert area[0, 6] == pytest.approx(beside, rel=0.01)
    assert area[1, 5] == pytest.approx(beside, rel=0.01)


def test_pixels_on_two_patches_hold_the_pigments_of_both() -> None:
    scan = SceneScan(replace(build_scene(), spot_pixels=1.0), load_library())
    groups = [group.name for group in scan.library.groups]
    group = scan.library.pigment("zinc-white").group
    zinc = scan.truth(slice(0, 1)).top[:, groups.index(group)]
    assert zinc[12:].all() and zinc[11] and not zinc[:9].any()


def test_noise_is_poisson_about_what_is_expected() -> None:
    scene = build_scene()
    expected = SceneScan(scene, load_library(), None)[:].astype(np.float64)
    counts = SceneScan(scene, load_library(), 5)[:].astype(np.float64)
    bright = expected > 5.0
    pulls = ((counts - expected) / np.sqrt(expected.clip(1e-9)))[bright]
    assert pulls.mean() == pytest.approx(0.0, abs=5 / np.sqrt(bright.sum()))
    assert pulls.std() == pytest.approx(1.0, abs=0.02)
    assert (SceneScan(scene, load_library(), 6)[:] != counts).any()


def test_the_truth_of_a_scene_follows_its_patches() -> None:
    scene, counts, truth = build_board()
    names = [group.name for group in load_library().groups]
    mercury = names.index("mercury-sulfide")
    shape = scene.shape
    assert counts.shape == (*shape, scene.channels)
    assert truth.top[:, mercury].reshape(shape)[:, :6].all()
    assert not truth.anywhere[:, mercury].reshape(shape)[:, 6:12].any()
    assert truth.buried[:, mercury].reshape(shape)[:, 12:].all()
    assert truth.ground[:, names.index("lead")].all()


def test_counts_of_a_scene_are_those_asked_for() -> None:
    scene, counts, _ = build_board()
    above = scene.calibration.energy(np.arange(scene.channels)) > 1.0
    assert counts[..., above].sum(axis=2).mean() == pytest.approx(scene.counts, rel=0.02)


def test_mercury_lines_stand_where_vermilion_lies_on_top() -> None:
    scene, counts, _ = build_board()
    channel = round(float(scene.calibration.channel(9.99)))
    line = counts[..., channel - 3 : channel + 4].sum(axis=2)
    assert line[:, :6].mean() > line[:, 12:].mean() > 3 * line[:, 6:12].mean()


def test_amounts_are_pigment_mass_per_area() -> None:
    library = load_library()
    layer = paint_layer(library, "paint", 20.0, {"vermilion": 0.5, "chalk": 0.5}, pvc=0.3)
    truth = truth_of([(layer, plain_layer(library, "support", "panel-oak", 8000.0))], library)
    names = [group.name for group in library.groups]
    mass = 20e-4 * layer.density_g_cm3 * layer.pigment_share * 0.5 * 1000.0
    assert truth.amount[0, names.index("mercury-sulfide")] == pytest.approx(mass)
    assert truth.amount[0].sum() == pytest.approx(2 * mass)


@pytest.mark.parametrize("binder", ["linseed-oil", "egg-tempera", "animal-glue"])
def test_where_the_pigment_share_is_not_stated_heavy_elements_tell_it(binder: str) -> None:
    library = load_library()
    pigments = {"vermilion": 0.2, "chalk": 0.3, "azurite": 0.4, "indigo": 0.1}
    layer = paint_layer(library, "paint", 20.0, pigments, binder=binder, pvc=0.3)
    stated, told = truth_of(
        [(layer,), (replace(layer, pigment_share=float("nan")),)], library
    ).amount
    np.testing.assert_allclose(told, stated, rtol=0.03)
    assert stated.max() > 0.5


def test_the_largest_share_of_a_group_below_the_uppermost_paint_is_its_buried_share() -> None:
    library = load_library()
    names = [group.name for group in library.groups]
    layers = [
        paint_layer(library, "paint", 20.0, {"lead-white": 1.0}),
        paint_layer(library, "paint", 20.0, {"vermilion": 0.1, "lead-white": 0.9}),
        paint_layer(library, "paint", 20.0, {"vermilion": 0.3, "chalk": 0.7}),
        paint_layer(library, "ground", 100.0, {"chalk": 1.0}),
    ]
    share = truth_of([tuple(layers)], library).buried_share[0]
    assert share[names.index("mercury-sulfide")] == pytest.approx(0.3)
    assert share[names.index("lead")] == pytest.approx(0.9)
    assert share[names.index("calcium-carbonate")] == pytest.approx(0.7)


def test_paint_that_xrf_cannot_see_is_no_top_layer() -> None:
    library = load_library()
    mercury = [group.name for group in library.groups].index("mercury-sulfide")
    glaze = paint_layer(library, "paint", 10.0, {"red-lake": 0.8, "carbon-black": 0.2})
    tinted = paint_layer(library, "paint", 10.0, {"red-lake": 0.8, "zinc-white": 0.2})
    red = paint_layer(library, "paint", 20.0, {"vermilion": 1.0})
    truth = truth_of([(glaze, red, red), (tinted, red), (glaze, glaze)], library)
    np.testing.assert_array_equal(truth.top[:, mercury], [True, False, False])
    np.testing.assert_array_equal(truth.buried[:, mercury], [True, True, False])
    np.testing.assert_array_equal(truth.top_share[:, mercury], [1.0, 0.0, 0.0])
    assert not truth.anywhere[2].any()
    ground = paint_layer(library, "ground", 100.0, {"chalk": 1.0})
    beneath = truth_of([(glaze, ground, red)], library)
    assert beneath.buried[0, mercury]
    assert not beneath.top[0].any()


def test_layers_that_cannot_be_are_refused() -> None:
    library = load_library()
    with pytest.raises(StackError, match="binder"):
        paint_layer(library, "paint", 20.0, {"vermilion": 1.0}, binder="honey")
    with pytest.raises(StackError, match="concentration"):
        paint_layer(library, "paint", 20.0, {"vermilion": 1.0}, pvc=1.5)
    with pytest.raises(StackError, match="varnish"):
        plain_layer(library, "varnish", "shoe-polish", 10.0)
    assert build_scene().shape == (8, 18)
