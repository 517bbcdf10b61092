"""PNG files with a palette."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from underpaint.picture import indexed_png


@pytest.mark.parametrize("dots", [None, [3] * 7, [1, 4, 1, 1, 2, 5, 3]])
def test_a_palette_png_holds_the_colours_of_its_pixels(
    rng: np.random.Generator, dots: list[int] | None
) -> None:
    image = rng.integers(0, 5, (7, 11), dtype=np.uint8)
    palette = rng.integers(0, 256, (5, 3), dtype=np.uint8)
    high = None if dots is None else np.array(dots)
    shown = image.repeat(1 if high is None else high, axis=0)
    with Image.open(io.BytesIO(indexed_png(image, palette, dots=high))) as read:
        np.testing.assert_array_equal(np.asarray(read.convert("RGB")), palette[shown])
        assert "dpi" not in read.info


def test_its_size_in_print_is_told() -> None:
    png = indexed_png(np.zeros((2, 2), dtype=np.uint8), np.zeros((1, 3), dtype=np.uint8), dpi=600)
    with Image.open(io.BytesIO(png)) as read:
        assert read.info["dpi"] == pytest.approx((600, 600), abs=0.1)
