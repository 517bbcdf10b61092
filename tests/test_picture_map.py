"""The picture of a map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from underpaint.picture import CIVIDIS, write_picture
from underpaint.picture.map_picture import FOOT
from underpaint.picture.sheet import DPI, MAP_PIXELS, MARGIN, TITLE_ROW

LOW, HIGH = (0x44, 0x01, 0x54), (0xFD, 0xE7, 0x25)


def _colours(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_colours_go_from_nothing_to_the_highest_counts(tmp_path: Path) -> None:
    write_picture(tmp_path / "map.png", "Fe-K", np.array([[0.0, 9.0]], dtype=np.float32))
    sheet = _colours(tmp_path / "map.png")
    row = sheet[TITLE_ROW + 2]
    assert tuple(row[MARGIN]) == LOW
    assert tuple(row[-MARGIN - 1]) == HIGH
    assert tuple(sheet[0, 0]) == (255, 255, 255)


def test_pixels_keep_their_shape(tmp_path: Path) -> None:
    write_picture(tmp_path / "map.png", "Fe-K", np.ones((4, 4), dtype=np.float32), (1.0, 0.5))
    sheet = _colours(tmp_path / "map.png")
    coloured = (sheet.max(axis=2) > sheet.min(axis=2))[: MAP_PIXELS + TITLE_ROW]
    tall, wide = np.count_nonzero(coloured.any(axis=1)), np.count_nonzero(coloured.any(axis=0))
    assert tall == 2 * wide


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (900, 1), (1000, 1200)])
def test_any_shape_and_an_empty_map_make_a_picture(tmp_path: Path, shape: tuple[int, int]) -> None:
    write_picture(tmp_path / "map.png", "Pb-M", np.zeros(shape, dtype=np.float32), None)
    sheet = _colours(tmp_path / "map.png")
    assert sheet.shape[0] > shape[0]
    assert sheet.shape[1] > shape[1]
    assert tuple(sheet[TITLE_ROW + 2, MARGIN + 2]) == LOW


def test_what_stands_above_and_what_is_full_can_be_given(tmp_path: Path) -> None:
    values = np.full((2, 2), 0.5, dtype=np.float32)
    write_picture(tmp_path / "whole.png", "A", values, full=0.5, colours=CIVIDIS)
    write_picture(tmp_path / "half.png", "A", values, full=1.0, subtitle="B", colours=CIVIDIS)
    whole, half = _colours(tmp_path / "whole.png"), _colours(tmp_path / "half.png")
    assert half.shape[0] > whole.shape[0]
    assert tuple(whole[TITLE_ROW + 2, MARGIN]) == (0xFE, 0xE8, 0x38)
    assert tuple(half[-FOOT - 10, MARGIN]) not in ((0xFE, 0xE8, 0x38), (0, 0x22, 0x4E))


def test_a_remark_stands_beneath_in_lines_as_wide_as_the_map(tmp_path: Path) -> None:
    values = np.ones((4, 4), dtype=np.float32)
    words = "Bare patches beside thicker paint, smaller than a pixel, look the same. " * 2
    heights = []
    for number, remark in enumerate(("", "short", words)):
        write_picture(tmp_path / f"{number}.png", "A", values, remark=remark)
        heights.append(_colours(tmp_path / f"{number}.png").shape[0])
    assert heights[0] < heights[1] < heights[2]


def test_the_bar_says_what_it_shows(tmp_path: Path) -> None:
    values = np.ones((4, 4), dtype=np.float32)
    write_picture(tmp_path / "with.png", "A", values, measure="amount, mg/cm²")
    write_picture(tmp_path / "without.png", "A", values, measure="")
    bare, told = _colours(tmp_path / "without.png"), _colours(tmp_path / "with.png")
    changed = (bare != told).any(axis=(0, 2)).nonzero()[0]
    assert len(changed) > 0
    assert bare.shape[1] // 2 < changed.min() and changed.max() < bare.shape[1] - MARGIN


def test_pixels_that_were_not_measured_are_grey(tmp_path: Path) -> None:
    values = np.array([[np.nan, 9.0]], dtype=np.float32)
    write_picture(tmp_path / "map.png", "Fe-K", values)
    row = _colours(tmp_path / "map.png")[TITLE_ROW + 2]
    red, green, blue = row[MARGIN]
    assert red == green == blue
    assert tuple(row[-MARGIN - 1]) == HIGH


def test_a_picture_is_fit_for_print(tmp_path: Path) -> None:
    write_picture(tmp_path / "map.png", "Fe-K", np.ones((45, 80), dtype=np.float32), (0.5, 0.5))
    with Image.open(tmp_path / "map.png") as image:
        assert image.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
        assert image.width / DPI * 25.4 == pytest.approx(90, abs=5)
    assert (tmp_path / "map.png").stat().st_size < 100_000


def test_a_title_without_room_is_cut_short(tmp_path: Path) -> None:
    values = np.ones((2, 2), dtype=np.float32)
    write_picture(tmp_path / "long.png", "A" * 500, values, subtitle="B" * 500)
    sheet = _colours(tmp_path / "long.png")
    assert (sheet[: 2 * TITLE_ROW // 2, -MARGIN:] == 255).all()
