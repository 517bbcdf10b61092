"""A strip of a sheet with letters, scale bars and patches of colour."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import ImageFont

GREYS = 16
"""The first places of the palette: greys from paper to ink, for letters."""
INK, FAINT, FAINTER = 255, 200, 170


class Strip:
    """A part of a sheet above or below a map.

    Parameters
    ----------
    height, width : in pixels of print
    """

    def __init__(self, height: int, width: int) -> None:
        from PIL import Image, ImageDraw

        self.height, self.width = height, width
        self._image = Image.new("L", (width, height))
        self._draw = ImageDraw.Draw(self._image)
        self._patches: list[tuple[int, int, NDArray[np.uint8]]] = []

    def write(
        self,
        words: str,
        place: tuple[float, float],
        size: int,
        grey: int = INK,
        anchor: str = "la",
        room: float | None = None,
    ) -> None:
        """Letters at (x, y), pixels; cut short where they need more room than that, pixels."""
        font = _font(size)
        if room is not None and font.getlength(words) > room:
            while words and font.getlength(words + "…") > room:
                words = words[:-1]
            words = words.rstrip() + "…"
        self._draw.text(place, words, fill=grey, font=font, anchor=anchor)

    def ink(self, left: int, top: int, width: int, height: int) -> None:
        """A box of ink."""
        self._draw.rectangle((left, top, left + width - 1, top + height - 1), fill=INK)

    def patch(self, left: int, top: int, places: NDArray[np.uint8]) -> None:
        """A box of the palette's colours, (y, x) uint8."""
        self._patches.append((left, top, places))

    def finished(self) -> NDArray[np.uint8]:
        """The strip as places in the palette, (y, x) uint8."""
        strip = np.asarray(self._image, dtype=np.uint8) >> np.uint8(4)
        for left, top, places in self._patches:
            strip[top : top + places.shape[0], left : left + places.shape[1]] = places
        return strip


def length_of(words: str, size: int) -> float:
    """How long words are, pixels."""
    return float(_font(size).getlength(words))


def wrapped(words: str, size: int, room: float) -> list[str]:
    """Words in lines no longer than that, pixels."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length_of(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which has letters for most scripts; it comes with matplotlib."""
    from PIL import ImageFont

    # found without loading matplotlib, which takes longer than all pictures
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    return ImageFont.truetype(Path(found.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf", size)
