"""Weights on disk come back as they were, or are refused in one sentence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from underpaint.errors import WeightsError
from underpaint.network import (
    Reader,
    ScanReader,
    ScanShape,
    Shape,
    VerdictRules,
    Weights,
    WholeScan,
    bins_hash,
    find_weights,
    load_weights,
    save_weights,
    shipped_weights,
)
from underpaint.network.rules import COUNT_EDGES
from underpaint.paint import load_library
from underpaint.spectrum import standard_bins

LIBRARY = load_library()
GROUPS, FAMILIES = len(LIBRARY.groups), len(LIBRARY.families)


@pytest.fixture(scope="module")
def weights() -> Weights:
    torch.manual_seed(1)
    levels = len(COUNT_EDGES) + 1
    return Weights(
        name="small-1",
        summary="Small, untrained.",
        reader=Reader(Shape(len(standard_bins()), GROUPS, FAMILIES, (2, 3, 2), 8, 8, 1)).eval(),
        groups=tuple(group.name for group in LIBRARY.groups),
        families=LIBRARY.families,
        rules=VerdictRules(
            np.full((3, GROUPS), 0.9, dtype=np.float32),
            np.full((levels, GROUPS), 0.01, dtype=np.float32),
            np.full((levels, GROUPS), 0.005, dtype=np.float32),
            np.full(FAMILIES, 0.8, dtype=np.float32),
            np.full((levels, FAMILIES), 0.02, dtype=np.float32),
        ),
        library_version=LIBRARY.version,
        bins_hash=bins_hash(),
        training={"config": {"seed": 3}, "loss": [[1, 2.5]]},
        whole=WholeScan(
            ScanReader(ScanShape(GROUPS, FAMILIES, 8, 1)).eval(),
            VerdictRules(
                np.full((3, GROUPS), 0.8, dtype=np.float32),
                np.full((levels, GROUPS), 0.03, dtype=np.float32),
                np.full((levels, GROUPS), 0.004, dtype=np.float32),
                np.full(FAMILIES, 0.7, dtype=np.float32),
                np.full((levels, FAMILIES), 0.01, dtype=np.float32),
            ),
        ),
    )


@pytest.fixture
def path(weights: Weights, tmp_path: Path) -> Path:
    file = tmp_path / "small-1.safetensors"
    save_weights(weights, file)
    return file


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as error:
        load_weights(path, LIBRARY)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def rewrite(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Write the same tensors under a changed header."""
    with safe_open(str(path), framework="pt") as file:
        header = json.loads(file.metadata()["underpaint"])
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    change(header)
    save_file(state, str(path), metadata={"underpaint": json.dumps(header)})


def test_weights_come_back_in_half_precision(weights: Weights, path: Path) -> None:
    again = load_weights(path, LIBRARY)
    for name in ("name", "summary", "groups", "families", "library_version", "training"):
        assert getattr(again, name) == getattr(weights, name)
    assert again.reader.shape == weights.reader.shape
    assert not again.reader.training
    for key, value in weights.reader.state_dict().items():
        assert torch.equal(again.reader.state_dict()[key], value.half().float())
    np.testing.assert_array_equal(again.rules.present, weights.rules.present)
    np.testing.assert_array_equal(again.rules.family_absent, weights.rules.family_absent)
    assert again.whole is not None and weights.whole is not None
    assert again.whole.reader.shape == weights.whole.reader.shape
    assert not again.whole.reader.training
    for key, value in weights.whole.reader.state_dict().items():
        assert torch.equal(again.whole.reader.state_dict()[key], value.half().float())
    np.testing.assert_array_equal(again.whole.rules.present, weights.whole.rules.present)


def test_weights_for_single_pixels_alone_are_read_as_before(
    weights: Weights, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.safetensors"
    save_weights(replace(weights, whole=None), alone)
    assert load_weights(alone, LIBRARY).whole is None
    rewrite(alone, lambda header: header.update(schema=3))
    again = load_weights(alone, LIBRARY)
    assert again.whole is None
    np.testing.assert_array_equal(again.rules.present, weights.rules.present)


def test_weights_saved_again_are_the_same_file(path: Path, tmp_path: Path) -> None:
    second = tmp_path / "again.safetensors"
    sha256 = save_weights(load_weights(path, LIBRARY), second)
    assert second.read_bytes() == path.read_bytes()
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert load_weights(second, LIBRARY).sha256 == sha256


def test_nothing_unfinished_stays_behind(path: Path) -> None:
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_other_bins_are_refused(path: Path) -> None:
    rewrite(path, lambda header: header.update(bins_hash="0" * 16))
    assert "other energy bins" in refusal(path)


@pytest.mark.parametrize("part", ["groups", "families"])
@pytest.mark.parametrize(
    "other", [lambda names: names[:-1], lambda names: names[::-1], lambda names: [*names, "new"]]
)
def test_other_groups_are_refused(
    path: Path, part: str, other: Callable[[list[str]], list[str]]
) -> None:
    rewrite(path, lambda header: header.update({part: other(header[part])}))
    message = refusal(path)
    assert "other pigment groups" in message
    assert "train anew" in message


def test_another_library_version_is_refused_and_its_fingerprint_is_not(path: Path) -> None:
    release = LIBRARY.version.split("+")[0]
    rewrite(path, lambda header: header.update(library_version=f"{release}+0123456789ab"))
    assert load_weights(path, LIBRARY).name == "small-1"
    rewrite(path, lambda header: header.update(library_version="0.0.1+0123456789ab"))
    assert f"was trained with library 0.0.1, and this is {release}" in refusal(path)


def test_a_later_form_of_the_file_is_refused(path: Path) -> None:
    rewrite(path, lambda header: header.update(schema=99))
    assert "this version can read" in refusal(path)


def test_tensors_without_a_header_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(3)}, str(path))
    assert "holds no weights" in refusal(path)


@pytest.mark.parametrize("length", [0, 5, 200, -100])
def test_a_file_cut_short_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    assert "damaged" in refusal(path)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "note.safetensors"
    path.write_text("not weights at all, but long enough to look like a file of something")
    assert "damaged or holds no weights" in refusal(path)
    assert "damaged or holds no weights" in refusal(tmp_path / "missing.safetensors")


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.pop("groups"),
        lambda header: header.pop("rules"),
        lambda header: header["shape"].update(width=16),
        lambda header: header["shape"].update(depth=3),
        lambda header: header["rules"].pop("present"),
        lambda header: header.pop("whole"),
        lambda header: header["whole"]["shape"].update(width=16),
        lambda header: header["whole"]["rules"].pop("absent"),
        lambda header: header.update(bins_hash=None, groups=3) or header.update(shape=None),
    ],
)
def test_a_header_that_does_not_fit_the_tensors_is_refused(
    path: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    rewrite(path, change)
    refusal(path)


def test_weights_of_another_library_s_size_are_refused(weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / "fewer.safetensors"
    save_weights(replace(weights, groups=weights.groups[:-1]), path)
    assert "other pigment groups" in refusal(path)


def test_weights_are_found_by_path_and_shipped_ones_by_name(path: Path, tmp_path: Path) -> None:
    assert find_weights(str(path)) == path
    for name in shipped_weights():
        assert find_weights(name).stem == name
    with pytest.raises(WeightsError, match="there are no weights 'nowhere'"):
        find_weights("nowhere")
    with pytest.raises(WeightsError, match="give a file"):
        find_weights(str(tmp_path))
