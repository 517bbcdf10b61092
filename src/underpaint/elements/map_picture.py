"""A map as a picture to look at: its colours, what they mean in counts, and a scale bar.

Drawn with Pillow alone: a plotting library takes longer to lay out one such picture than it takes
to fit ten thousand spectra.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import ImageFont

CLIP_PERCENTILE = 99.5
VIRIDIS = (
    "#440154", "#48186a", "#472d7b", "#424086", "#3b528b", "#33638d", "#2c728e", "#26828e",
    "#21918c", "#1fa088", "#28ae80", "#3fbc73", "#5ec962", "#84d44b", "#addc30", "#d8e219",
    "#fde725",
)  # fmt: skip
"""Every sixteenth colour of the map by Smith and van der Walt (CC0); even in lightness."""
GREYS, LEVELS = 16, 240
"""The palette: greys from paper to ink, for letters, then the map's colours."""
INK_GREY = 29
NOT_MEASURED_GREY = 4
"""Of the palette's greys, a light one."""
MAP_PIXELS, FEWEST_PIXELS = 720, 12
"""A map is enlarged to about so many pixels on its longer side; never made smaller."""
NARROWEST = 480
MARGIN, TITLE_ROW, BAR_ROW, WORDS_ROW = 24, 36, 18, 28
TITLE_SIZE, WORDS_SIZE = 20, 15
DPI = 150


def write_picture(
    path: Path,
    name: str,
    values: NDArray[np.float32],
    pixel_size_mm: tuple[float, float] | None = None,
    unit: str = "counts",
) -> None:
    """Write a map as a PNG.

    Parameters
    ----------
    name : above it, as "Fe-K"
    values : (y, x) float32; none below 0 is told from 0, and NaN, not measured, is grey
    pixel_size_mm : height and width of a pixel, mm
    unit : of the values
    """
    from PIL import Image

    measured = values[np.isfinite(values)]
    highest = float(measured.max(initial=0.0))
    high = float(np.percentile(measured, CLIP_PERCENTILE)) if measured.size else 0.0
    high = high if high > 0.0 else highest if highest > 0.0 else 1.0
    shown = _enlarged(_levels(values, high), pixel_size_mm)
    height, width = shown.shape
    wide = max(width, NARROWEST)
    sheet = np.zeros((TITLE_ROW + height + 2 * WORDS_ROW + BAR_ROW + MARGIN, wide + 2 * MARGIN))
    sheet = _lettered(
        sheet.astype(np.uint8), name, height, wide,
        f"{_said(high)} {unit}",
        f"full colour from the {CLIP_PERCENTILE:g}th percentile on; highest {_said(highest)}",
        _scale_bar(values.shape[1], width, pixel_size_mm),
    )  # fmt: skip
    sheet[TITLE_ROW : TITLE_ROW + height, MARGIN : MARGIN + width] = shown
    bar = np.linspace(GREYS, GREYS + LEVELS - 1, wide // 2).astype(np.uint8)
    below = TITLE_ROW + height + WORDS_ROW // 2
    sheet[below : below + BAR_ROW, MARGIN + wide - len(bar) : MARGIN + wide] = bar
    image = Image.fromarray(sheet)
    image.putpalette(_palette())
    image.save(path, format="PNG", compress_level=1, dpi=(DPI, DPI))


def _levels(values: NDArray[np.float32], high: float) -> NDArray[np.uint8]:
    """Places in the palette."""
    relative = np.clip(values * np.float32((LEVELS - 1) / high), 0.0, LEVELS - 1)
    levels = GREYS + np.rint(relative)
    return np.where(np.isfinite(values), levels, NOT_MEASURED_GREY).astype(np.uint8)


def _enlarged(
    levels: NDArray[np.uint8], pixel_size_mm: tuple[float, float] | None
) -> NDArray[np.uint8]:
    """Each pixel repeated, so that the map has its true shape and a fair size."""
    down, across = pixel_size_mm or (1.0, 1.0)
    tall, wide = np.array([down, across]) / min(down, across)
    height, width = levels.shape
    zoom = max(1, int(MAP_PIXELS / max(height * tall, width * wide)))
    rows = max(FEWEST_PIXELS, round(height * tall * zoom))
    columns = max(FEWEST_PIXELS, round(width * wide * zoom))
    y, x = np.arange(rows) * height // rows, np.arange(columns) * width // columns
    return np.asarray(levels[y][:, x])


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.2g}"


def _scale_bar(
    columns: int, width: int, pixel_size_mm: tuple[float, float] | None
) -> tuple[int, str]:
    """Length on the picture, and in words, of a round length below half of the map's width."""
    whole = columns * (1.0 if pixel_size_mm is None else pixel_size_mm[1])
    decade = 10.0 ** np.floor(np.log10(0.5 * whole))
    length = max(step * decade for step in (1.0, 2.0, 5.0) if step * decade <= 0.5 * whole)
    unit = "mm" if pixel_size_mm is not None else "pixels"
    return max(1, round(width * length / whole)), f"{length:g} {unit}"


def _lettered(
    sheet: NDArray[np.uint8],
    name: str,
    height: int,
    wide: int,
    full: str,
    cut_off: str,
    scale_bar: tuple[int, str],
) -> NDArray[np.uint8]:
    """Title, scale bar and the meaning of the colours on an empty sheet, as greys."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(sheet)
    draw = ImageDraw.Draw(image)
    left, right, below = MARGIN, MARGIN + wide, TITLE_ROW + height + WORDS_ROW // 2
    draw.text((left, TITLE_ROW // 2), name, fill=255, font=_font(TITLE_SIZE), anchor="lm")
    length, words = scale_bar
    draw.rectangle((left, below, left + length - 1, below + 3), fill=255)
    font = _font(WORDS_SIZE)
    line = below + BAR_ROW + 4
    draw.text((left, below + 8), words, fill=255, font=font, anchor="la")
    draw.text((right - wide // 2, line), "0", fill=255, font=font, anchor="la")
    draw.text((right, line), full, fill=255, font=font, anchor="ra")
    draw.text((right, line + 20), cut_off, fill=170, font=font, anchor="ra")
    return np.asarray(image, dtype=np.uint8) >> np.uint8(4)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


@cache
def _palette() -> bytes:
    greys = np.linspace(255, INK_GREY, GREYS).round().astype(np.uint8)
    stops = np.array([list(bytes.fromhex(colour[1:])) for colour in VIRIDIS], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, LEVELS)
    colours = [np.interp(at, np.arange(len(stops)), channel) for channel in stops.T]
    map_colours = np.stack(colours, axis=1).round().astype(np.uint8)
    return np.concatenate([np.repeat(greys[:, None], 3, axis=1), map_colours]).tobytes()
