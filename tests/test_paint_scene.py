"""Scenes: what is stated is what is scanned."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from board_builder import build_board, build_scene
from underpaint.errors import ConfigError, LibraryError, StackError
from underpaint.paint import load_library, paint_layer, plain_layer, read_scene, truth_of

BOARD = Path(str(resources.files("underpaint.paint").joinpath("board.toml")))


def test_the_shipped_board_reads_and_covers_every_pixel() -> None:
    scene = read_scene(BOARD, load_library())
    assert scene.shape == (36, 72)
    covered = np.zeros(scene.shape, dtype=int)
    for patch in scene.patches:
        covered[slice(*patch.rows), slice(*patch.columns)] += 1
    assert (covered == 1).all()


@pytest.mark.parametrize(
    ("old", "new", "error", "named"),
    [
        ("channels = 2048", "chanels = 2048", ConfigError, "chanels"),
        ("vermilion = 0.7, lead-white = 0.3", "vermilion = 0.7", StackError, "add up"),
        ("vermilion = 0.7", "vermillion = 0.7", LibraryError, "vermilion"),
        ('material = "canvas-linen"', 'material = "granite"', StackError, "granite"),
        ("thickness_um = 120", "thickness_um = -1", StackError, "-1"),
        ("rows = [0, 12]", "rows = [12, 0]", ConfigError, "no pixel"),
        ("counts = 40000", "", ConfigError, "counts"),
    ],
)
def test_what_is_wrong_in_a_scene_is_named(
    tmp_path: Path, old: str, new: str, error: type[Exception], named: str
) -> None:
    text = BOARD.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "scene.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error, match=named):
        read_scene(path, load_library())


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


def test_layers_that_cannot_be_are_refused() -> None:
    library = load_library()
    with pytest.raises(StackError, match="binder"):
        paint_layer(library, "paint", 20.0, {"vermilion": 1.0}, binder="honey")
    with pytest.raises(StackError, match="concentration"):
        paint_layer(library, "paint", 20.0, {"vermilion": 1.0}, pvc=1.5)
    with pytest.raises(StackError, match="varnish"):
        plain_layer(library, "varnish", "shoe-polish", 10.0)
    assert build_scene().shape == (8, 18)
