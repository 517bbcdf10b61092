"""A map of kinds as a picture, with a key to their colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .sheet import KEY_TOP, MARGIN, NARROWEST, REMARK_ROW, WORDS_SIZE, write_sheet
from .strip import FAINT, GREYS, Strip, length_of, wrapped

SWATCH, GAP, LINE = 60, 24, 90
FRAME_GREY = 8
KEY_BELOW = KEY_TOP + 120


def write_categories(
    path: Path,
    title: str,
    kinds: NDArray[np.uint8],
    categories: Sequence[tuple[str, str]],
    pixel_size_mm: tuple[float, float] | None = None,
    *,
    subtitle: str = "",
    remark: str = "",
) -> None:
    """Write a map of kinds as a PNG for print; its key has those that occur.

    Parameters
    ----------
    title, subtitle : above it
    remark : beneath it, what a reader must know beside the colours
    kinds : (y, x) uint8, places in the categories
    categories : meaning and colour, as ("absent", "#eeeeea")
    pixel_size_mm : height and width of a pixel, mm
    """
    colours = np.array([list(bytes.fromhex(each[1:])) for _, each in categories], dtype=np.uint8)
    occurring = [categories[kind][0] for kind in np.unique(kinds)]
    lines, remarks = _lines(occurring), wrapped(remark, WORDS_SIZE, NARROWEST)
    below = KEY_BELOW + len(lines) * LINE
    index = {meaning: place for place, (meaning, _) in enumerate(categories)}

    def draw_key(strip: Strip) -> None:
        for number, line in enumerate(lines):
            left, top = MARGIN, KEY_BELOW + number * LINE
            for meaning in line:
                swatch = np.full((SWATCH, SWATCH), FRAME_GREY, dtype=np.uint8)
                swatch[3:-3, 3:-3] = GREYS + index[meaning]
                strip.patch(left, top, swatch)
                strip.write(
                    meaning, (left + SWATCH + GAP, top + SWATCH // 2), WORDS_SIZE, anchor="lm"
                )
                left += _room(meaning)
        for number, each in enumerate(remarks):
            strip.write(each, (MARGIN, below + number * REMARK_ROW), WORDS_SIZE, FAINT)

    foot = below + len(remarks) * REMARK_ROW + MARGIN // 2
    places = (kinds + np.uint8(GREYS)).astype(np.uint8)
    write_sheet(path, (title, subtitle), places, colours, pixel_size_mm, foot, draw_key)


def _lines(meanings: Sequence[str]) -> list[list[str]]:
    """Entries of a key, as many a line as there is room for on the narrowest sheet."""
    lines: list[list[str]] = [[]]
    left = 0
    for meaning in meanings:
        room = _room(meaning)
        if lines[-1] and left + room > NARROWEST + GAP:
            lines.append([])
            left = 0
        lines[-1].append(meaning)
        left += room
    return lines


def _room(meaning: str) -> int:
    return SWATCH + 3 * GAP + round(length_of(meaning, WORDS_SIZE))
