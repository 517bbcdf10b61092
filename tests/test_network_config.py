"""A training configuration has every key, no other, and possible values."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.errors import ConfigError
from underpaint.network import TrainConfig, default_config_path, read_config

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"


@pytest.fixture
def text() -> str:
    return default_config_path().read_text()


def reading(text: str, folder: Path) -> TrainConfig:
    path = folder / "train.toml"
    path.write_text(text)
    return read_config(path)


def refusal(text: str, folder: Path) -> str:
    with pytest.raises(ConfigError) as error:
        reading(text, folder)
    message = str(error.value)
    assert str(folder / "train.toml") in message
    assert "\n" not in message
    return message


def changed(text: str, key: str, value: str | None) -> str:
    """The text with another value where a key is first, or without that key."""
    lines = text.splitlines()
    at, *_ = [i for i, line in enumerate(lines) if line.split("=")[0].strip() == key]
    lines[at] = "" if value is None else f"{key} = {value}"
    return "\n".join(lines)


def test_the_shipped_configuration_is_read(text: str, tmp_path: Path) -> None:
    config = reading(text, tmp_path)
    assert config == read_config(default_config_path())
    assert config.training.steps > 1000
    assert len(config.network.filters) == 3
    assert config.teacher is not None and config.teacher.width > config.network.width


def test_a_teacher_may_be_left_out_but_no_part_of_it(text: str, tmp_path: Path) -> None:
    before, after = text.split("\n[teacher]")
    assert reading(before + "\n[small]" + after.split("[small]")[1], tmp_path).teacher is None
    assert "the key 'blocks' is missing" in refusal(text.replace("blocks = 4\n", ""), tmp_path)


def test_the_example_for_two_cores_is_read() -> None:
    config = read_config(EXAMPLES / "train-two-cores.toml")
    assert (config.training.workers, config.teacher) == (2, None)


@pytest.mark.parametrize("key", ["name", "steps", "filters", "weight_decay", "workers"])
def test_a_missing_key_is_named(text: str, tmp_path: Path, key: str) -> None:
    assert f"the key '{key}' is missing" in refusal(changed(text, key, None), tmp_path)


def test_a_missing_section_is_named(text: str, tmp_path: Path) -> None:
    without = text.split("[calibration]")[0]
    assert "the key 'calibration' is missing" in refusal(without, tmp_path)


@pytest.mark.parametrize(
    ("addition", "key"),
    [("\nepochs = 3\n", "epochs"), ("\n[optimiser]\nkind = 'x'\n", "optimiser")],
)
def test_an_unknown_key_is_named_with_those_known(
    text: str, tmp_path: Path, addition: str, key: str
) -> None:
    message = refusal(text + addition, tmp_path)
    assert f"unknown key '{key}'; known are " in message


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("steps", "'many'", "steps: 'many' is of the wrong type"),
        ("steps", "0", "steps: 0 must be 1 or more"),
        ("steps", "true", "steps: True is of the wrong type"),
        ("steps", "10.5", "steps: 10.5 is of the wrong type"),
        ("steps", "[1, 2, 3]", "steps: [1, 2, 3] is of the wrong type"),
        ("checkpoint_every", "0", "checkpoint_every: 0 must be 1 or more"),
        ("weight_decay", "-1", "weight_decay: -1.0 must be 0 or more"),
        ("weight_decay", "nan", "weight_decay: nan must be 0 or more"),
        ("filters", "[]", "filters: [] is of the wrong type"),
        ("filters", "[16, 1.5]", "filters: 1.5 is of the wrong type"),
        ("filters", "[16, 0, 32]", "filters: 0 must be 1 or more"),
        ("name", "3", "name: 3 is of the wrong type"),
    ],
)
def test_an_impossible_value_is_named_with_its_key(
    text: str, tmp_path: Path, key: str, value: str, sentence: str
) -> None:
    assert sentence in refusal(changed(text, key, value), tmp_path)


def test_a_whole_number_may_stand_for_a_fraction(text: str, tmp_path: Path) -> None:
    assert reading(changed(text, "weight_decay", "0"), tmp_path).training.weight_decay == 0.0


def test_no_toml_is_named(tmp_path: Path) -> None:
    assert "cannot be read as TOML" in refusal("steps = ", tmp_path)
    with pytest.raises(ConfigError, match="cannot be read as TOML"):
        read_config(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("scans = 16 ", "scans = 400 ", "cannot be more than the paintings"),
        ("pixels = 64 ", "pixels = 1 ", "pixels must be 2 or more"),
        ("pixels = 128 ", "pixels = 1 ", "pixels must be 2 or more"),
        ("scanners = 2000", "scanners = 1", "scanners times paintings = 8"),
        ("width = 64", "width = 63", "must be a multiple of 4"),
        ("details = 0.3", "details = 1.3", "details = 1.3 of scan_reader must be a share"),
        ("boards = 0.15", "boards = 1.3", "boards = 1.3 of scan_reader must be a share"),
    ],
)
def test_figures_that_do_not_go_together_are_named(
    text: str, tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in text
    assert words in refusal(text.replace(old, new), tmp_path)
