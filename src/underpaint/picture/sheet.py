"""The sheet that a map stands on: titles above, a scale bar and a key below, ready for print.

Drawn with Pillow alone: a plotting library takes longer to lay out one such picture than it takes
to fit ten thousand spectra. Lengths are dots of print.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .png_file import indexed_png
from .strip import FAINT, GREYS, Strip

DPI = 600
MAP_PIXELS, FEWEST_PIXELS = 2000, 40
"""A map is enlarged to about so many dots on its longer side, 85 mm, the width of a journal's
column; never made smaller."""
NARROWEST = 1800
MARGIN, TITLE_ROW, SUBTITLE_ROW = 80, 120, 75
TITLE_SIZE, WORDS_SIZE = 75, 46
"""9 and 5.5 points."""
KEY_TOP = 46
"""Where what stands below a map begins."""
LONGEST_BAR = 0.45
REMARK_ROW = 66
INK_GREY = 29


def write_sheet(
    path: Path,
    titles: tuple[str, str],
    places: NDArray[np.uint8],
    colours: NDArray[np.uint8],
    pixel_size_mm: tuple[float, float] | None,
    foot: int,
    draw_key: Callable[[Strip], None],
) -> None:
    """Write a map on its sheet as a PNG.

    Parameters
    ----------
    titles : title and subtitle; the second may be empty
    places : (y, x) uint8, places in the palette, of which greys come first
    colours : (colour, 3) uint8, the rest of the palette
    pixel_size_mm : height and width of a pixel, mm
    foot : height of the strip below the map
    draw_key : says there what the colours mean
    """
    down, across = _enlarged(places.shape, pixel_size_mm)
    wide = max(len(across), NARROWEST)
    head = Strip(TITLE_ROW + (SUBTITLE_ROW if titles[1] else 0), wide + 2 * MARGIN)
    head.write(titles[0], (MARGIN, TITLE_ROW // 2), TITLE_SIZE, anchor="lm", room=wide)
    head.write(titles[1], (MARGIN, TITLE_ROW), WORDS_SIZE, FAINT, room=wide)
    key = Strip(foot, head.width)
    _draw_scale_bar(key, places.shape[1], len(across), pixel_size_mm)
    draw_key(key)
    shown = np.zeros((len(places), head.width), dtype=np.uint8)
    shown[:, MARGIN : MARGIN + len(across)] = places[:, across]
    sheet = np.concatenate([head.finished(), shown, key.finished()])
    dots = np.ones(len(sheet), dtype=np.intp)
    dots[head.height : head.height + len(places)] = down
    greys = np.linspace(255, INK_GREY, GREYS).round().astype(np.uint8)
    palette = np.concatenate([np.repeat(greys[:, None], 3, axis=1), colours])
    path.write_bytes(indexed_png(sheet, palette, dots=dots, dpi=DPI))


def _enlarged(
    shape: tuple[int, ...], pixel_size_mm: tuple[float, float] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """How many dots high each row of a map is, (y,), and which column each dot shows, (dot,), so
    that the map has its true shape and a fair size."""
    high, across = pixel_size_mm or (1.0, 1.0)
    tall, wide = np.array([high, across]) / min(high, across)
    height, width = shape
    zoom = max(1, int(MAP_PIXELS / max(height * tall, width * wide)))
    rows = max(FEWEST_PIXELS, round(height * tall * zoom))
    columns = max(FEWEST_PIXELS, round(width * wide * zoom))
    edges = -(np.arange(height + 1) * -rows // height)
    return np.diff(edges), np.arange(columns) * width // columns


def _draw_scale_bar(
    strip: Strip, columns: int, width: int, pixel_size_mm: tuple[float, float] | None
) -> None:
    """A round length at the left, that leaves the right half to a bar of colours."""
    whole = columns * (1.0 if pixel_size_mm is None else pixel_size_mm[1])
    most = LONGEST_BAR * whole
    decade = 10.0 ** np.floor(np.log10(most))
    length = max(step * decade for step in (1.0, 2.0, 5.0) if step * decade <= most)
    unit = "mm" if pixel_size_mm is not None else "pixels"
    strip.ink(MARGIN, KEY_TOP, max(1, round(width * length / whole)), 12)
    strip.write(f"{length:g} {unit}", (MARGIN, KEY_TOP + 26), WORDS_SIZE)
