"""A map as a picture to look at: its colours, what they mean, and a scale bar.

Drawn with Pillow alone: a plotting library takes longer to lay out one such picture than it takes
to fit ten thousand spectra.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import ImageFont

CLIP_PERCENTILE = 99.5
VIRIDIS = (
    "#440154", "#48186a", "#472d7b", "#424086", "#3b528b", "#33638d", "#2c728e", "#26828e",
    "#21918c", "#1f9f88", "#27ad81", "#3dbc74", "#5cc863", "#81d34d", "#aadc32", "#d5e21a",
    "#fde725",
)  # fmt: skip
"""Every sixteenth colour of the map by Smith and van der Walt (CC0); even in lightness."""
CIVIDIS = (
    "#00224e", "#002e6a", "#1a386f", "#32436d", "#434e6c", "#535a6d", "#61656f", "#6f7073",
    "#7d7c78", "#8b8778", "#9a9376", "#aaa073", "#bbad6d", "#ccba64", "#ddc858", "#efd748",
    "#fee838",
)  # fmt: skip
"""The same of the map by Nuñez, Anderton and Renslow (2018, doi 10.1371/journal.pone.0199239)."""
GREYS, LEVELS = 16, 240
"""The palette: greys from paper to ink, for letters, then the map's colours."""
INK_GREY = 29
NOTHING_GREY = 2
"""Of the palette's greys, a light one, for pixels of which nothing is told."""
MAP_PIXELS, FEWEST_PIXELS = 720, 12
"""A map is enlarged to about so many pixels on its longer side; never made smaller."""
NARROWEST = 480
MARGIN, TITLE_ROW, SUBTITLE_ROW, BAR_ROW, WORDS_ROW = 24, 36, 22, 18, 28
TITLE_SIZE, WORDS_SIZE = 19, 13
DPI = 150


def write_picture(
    path: Path,
    title: str,
    values: NDArray[np.float32],
    pixel_size_mm: tuple[float, float] | None = None,
    unit: str = "counts",
    *,
    subtitle: str = "",
    full: float | None = None,
    nothing: str = "not measured",
    colours: tuple[str, ...] = VIRIDIS,
) -> None:
    """Write a map as a PNG.

    Parameters
    ----------
    title, subtitle : above it, as "Fe-K"
    values : (y, x) float32; none below 0 is told from 0, and NaN is grey
    pixel_size_mm : height and width of a pixel, mm
    unit : of the values
    full : the value from which on colours are full; the 99.5th percentile if None
    nothing : what NaN means
    colours : from 0 to full, evenly
    """
    from PIL import Image

    told = values[np.isfinite(values)]
    highest = float(told.max(initial=0.0))
    high, words = full, []
    if high is None:
        high = float(np.percentile(told, CLIP_PERCENTILE)) if told.size else 0.0
        high = high if high > 0.0 else highest if highest > 0.0 else 1.0
        words.append(
            f"full colour from the {CLIP_PERCENTILE:g}th percentile on; highest {_said(highest)}"
        )
    if told.size < values.size:
        words.append(f"grey: {nothing}")
    shown = _enlarged(_levels(values, high), pixel_size_mm)
    height, width = shown.shape
    wide = max(width, NARROWEST)
    top = TITLE_ROW + (SUBTITLE_ROW if subtitle else 0)
    sheet = np.zeros((top + height + 2 * WORDS_ROW + BAR_ROW + MARGIN, wide + 2 * MARGIN))
    sheet = _lettered(
        sheet.astype(np.uint8), (title, subtitle), top + height, wide,
        f"{_said(high)} {unit}".strip(), "; ".join(words),
        _scale_bar(values.shape[1], width, pixel_size_mm),
    )  # fmt: skip
    sheet[top : top + height, MARGIN : MARGIN + width] = shown
    bar = np.linspace(GREYS, GREYS + LEVELS - 1, wide // 2).astype(np.uint8)
    below = top + height + WORDS_ROW // 2
    sheet[below : below + BAR_ROW, MARGIN + wide - len(bar) : MARGIN + wide] = bar
    image = Image.fromarray(sheet)
    image.putpalette(_palette(colours))
    image.save(path, format="PNG", compress_level=1, dpi=(DPI, DPI))


def _levels(values: NDArray[np.float32], high: float) -> NDArray[np.uint8]:
    """Places in the palette."""
    relative = np.clip(values * np.float32((LEVELS - 1) / high), 0.0, LEVELS - 1)
    levels = GREYS + np.rint(relative)
    return np.where(np.isfinite(values), levels, NOTHING_GREY).astype(np.uint8)


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
    titles: tuple[str, str],
    foot: int,
    wide: int,
    full: str,
    words: str,
    scale_bar: tuple[int, str],
) -> NDArray[np.uint8]:
    """Titles, scale bar and the meaning of the colours on an empty sheet, as greys."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(sheet)
    draw = ImageDraw.Draw(image)
    left, right, below = MARGIN, MARGIN + wide, foot + WORDS_ROW // 2
    font, small = _font(TITLE_SIZE), _font(WORDS_SIZE)
    draw.text((left, TITLE_ROW // 2), titles[0], fill=255, font=font, anchor="lm")
    draw.text((left, TITLE_ROW), titles[1], fill=200, font=small, anchor="la")
    length, said = scale_bar
    draw.rectangle((left, below, left + length - 1, below + 3), fill=255)
    line = below + BAR_ROW + 4
    draw.text((left, below + 8), said, fill=255, font=small, anchor="la")
    draw.text((right - wide // 2, line), "0", fill=255, font=small, anchor="la")
    draw.text((right, line), full, fill=255, font=small, anchor="ra")
    draw.text((right, line + 20), words, fill=170, font=small, anchor="ra")
    return np.asarray(image, dtype=np.uint8) >> np.uint8(4)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which has letters for most scripts; it comes with matplotlib."""
    from PIL import ImageFont

    # found without loading matplotlib, which takes longer than all pictures
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    return ImageFont.truetype(Path(found.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf", size)


@cache
def _palette(colours: tuple[str, ...]) -> bytes:
    greys = np.linspace(255, INK_GREY, GREYS).round().astype(np.uint8)
    stops = np.array([list(bytes.fromhex(colour[1:])) for colour in colours], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, LEVELS)
    channels = [np.interp(at, np.arange(len(stops)), channel) for channel in stops.T]
    map_colours = np.stack(channels, axis=1).round().astype(np.uint8)
    return np.concatenate([np.repeat(greys[:, None], 3, axis=1), map_colours]).tobytes()
