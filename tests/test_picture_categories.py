"""The picture of a map of kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from underpaint.picture import write_categories
from underpaint.picture.sheet import MARGIN, TITLE_ROW

KINDS = (("absent", "#eeeeea"), ("in the top paint layer", "#d55e00"), ("both", "#2b1140"))


def _colours(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_each_kind_has_its_colour_and_those_that_occur_a_key(tmp_path: Path) -> None:
    kinds = np.array([[0, 1], [0, 1]], dtype=np.uint8)
    write_categories(tmp_path / "map.png", "Vermilion", kinds, KINDS, (1.0, 1.0))
    sheet = _colours(tmp_path / "map.png")
    row = sheet[TITLE_ROW + 2]
    assert tuple(row[MARGIN]) == (0xEE, 0xEE, 0xEA)
    assert tuple(row[-MARGIN - 1]) == (0xD5, 0x5E, 0x00)
    below = {tuple(colour) for colour in sheet[-300:].reshape(-1, 3)}
    assert (0xD5, 0x5E, 0x00) in below
    assert (0x2B, 0x11, 0x40) not in below


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (900, 1)])
def test_a_key_of_many_kinds_has_room(tmp_path: Path, shape: tuple[int, int]) -> None:
    many = [(f"a kind of paint, number {number}", "#d55e00") for number in range(20)]
    kinds = (np.arange(np.prod(shape)) % 20).astype(np.uint8).reshape(shape)
    write_categories(tmp_path / "map.png", "Many", kinds, many)
    sheet = _colours(tmp_path / "map.png")
    assert (sheet[:, -MARGIN // 2 :] == 255).all()
    assert (sheet[-10:] == 255).all()
