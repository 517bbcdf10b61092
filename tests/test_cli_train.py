"""`underpaint train`: a configuration in, weights and their card out."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from underpaint.cli.app import app
from underpaint.network import default_config_path, load_weights
from underpaint.paint import load_library

SMALLER = {
    "steps = 32271": "steps = 4",
    "scans = 16": "scans = 2",
    "paintings = 192": "paintings = 6",
    "checkpoint_every = 2000": "checkpoint_every = 2",
    "workers = 15": "workers = 0",
    "filters = [24, 32, 32]": "filters = [4, 4, 4]",
    "width = 512": "width = 16",
    "blocks = 3": "blocks = 1",
    "filters = [48, 64, 96]": "filters = [4, 8]",
    "width = 1024": "width = 24",
    "hidden = 2048": "hidden = 16",
    "blocks = 4": "blocks = 1",
    "scanners = 2000": "scanners = 2",
    "paintings = 8 ": "paintings = 2 ",
    "pixels = 128 ": "pixels = 8 ",
    "epochs = 10 ": "epochs = 1 ",
    "scans = 16 ": "scans = 2 ",
    "scanners = 8000": "scanners = 2",
    "pixels = 64                 #": "pixels = 8                 #",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    text = default_config_path().read_text(encoding="utf-8")
    for old, new in SMALLER.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    path = tmp_path / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_weights_and_their_card_appear_and_nothing_else(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny.safetensors"
    done = CliRunner().invoke(app, ["train", str(config), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {
        "tiny.toml", "tiny.safetensors", "tiny.md", "tiny-small.safetensors", "tiny-small.md",
        "tiny-teacher.safetensors", "tiny-teacher.md",
    }  # fmt: skip
    weights = load_weights(out, load_library())
    assert weights.training["loss"][-1][0] == 4
    small = load_weights(tmp_path / "tiny-small.safetensors", load_library())
    assert small.reader.shape.filters == ()
    teacher = load_weights(tmp_path / "tiny-teacher.safetensors", load_library())
    assert (teacher.name, teacher.reader.shape.width) == (weights.name + "-teacher", 24)
    for each in (weights, small, teacher):
        assert f"sha256 {each.sha256}" in done.stdout
    card = out.with_suffix(".md").read_text(encoding="utf-8")
    assert weights.sha256 in card and "only: 64 pixels" in card

    again = CliRunner().invoke(app, ["train", str(config), "-o", str(out)])
    assert again.exit_code == 2 and "exists" in again.stderr


def test_other_steps_may_be_asked_for(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "tiny.safetensors"
    done = CliRunner().invoke(app, ["train", str(config), "-o", str(out), "--steps", "2"])
    assert done.exit_code == 0, done.output
    assert load_weights(out, load_library()).training["loss"][-1][0] == 2


def test_the_small_network_is_taught_alone(config: Path, tmp_path: Path) -> None:
    large, small = tmp_path / "tiny.safetensors", tmp_path / "tiny-small.safetensors"
    first = CliRunner().invoke(app, ["train", str(config), "-o", str(large)])
    assert first.exit_code == 0, first.output
    onward = config.with_name("onward.toml")
    seed = next(line for line in config.read_text(encoding="utf-8").splitlines() if "seed" in line)
    onward.write_text(config.read_text(encoding="utf-8").replace(seed, "seed = 987"))
    further = ["train", str(onward), "--teacher", str(large), "--steps", "2", "--from"]
    out = tmp_path / "further.safetensors"
    done = CliRunner().invoke(app, [*further, str(small), "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.glob("further*")} == {
        "further.safetensors", "further.md",
    }  # fmt: skip
    library = load_library()
    before, after = (load_weights(path, library) for path in (small, out))
    assert after.name == before.name and after.reader.shape == before.reader.shape
    assert after.sha256 != before.sha256

    wrong = CliRunner().invoke(app, [*further, str(large), "-o", str(tmp_path / "w.safetensors")])
    assert wrong.exit_code == 3 and "another size" in wrong.stderr


def test_an_unknown_key_is_refused_by_name(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8") + "\nmomentum = 1\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["train", str(config), "-o", str(tmp_path / "w.safetensors")])
    assert done.exit_code == 3
    assert "momentum" in done.stderr
