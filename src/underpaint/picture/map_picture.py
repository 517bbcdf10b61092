"""A map of numbers as a picture: its colours, and what they mean."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .sheet import KEY_TOP, MARGIN, NARROWEST, REMARK_ROW, WORDS_SIZE, write_sheet
from .strip import FAINT, FAINTER, GREYS, Strip, wrapped

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
LEVELS = 240
"""Colours of the map, beside the greys."""
NOTHING_GREY = 2
"""Of the palette's greys, a light one, for pixels of which nothing is told."""
BAR_ROW, FOOT = 60, 310


def write_picture(
    path: Path,
    title: str,
    values: NDArray[np.float32],
    pixel_size_mm: tuple[float, float] | None = None,
    measure: str = "counts",
    *,
    subtitle: str = "",
    remark: str = "",
    full: float | None = None,
    nothing: str = "not measured",
    colours: tuple[str, ...] = VIRIDIS,
) -> None:
    """Write a map as a PNG for print.

    Parameters
    ----------
    title, subtitle : above it, as "Fe-K"
    remark : beneath it, what a reader must know beside the colours
    values : (y, x) float32; none below 0 is told from 0, and NaN is grey
    pixel_size_mm : height and width of a pixel, mm
    measure : what the values are, with their unit, as "amount, mg/cm²"
    full : the value from which on colours are full; the 99.5th percentile if None
    nothing : what NaN means
    colours : from 0 to full, evenly
    """
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
    remarks = wrapped(remark, WORDS_SIZE, NARROWEST)

    def draw_key(strip: Strip) -> None:
        right = strip.width - MARGIN
        long = (right - MARGIN) // 2
        bar = np.linspace(GREYS, GREYS + LEVELS - 1, long).astype(np.uint8)
        strip.patch(right - long, KEY_TOP, np.tile(bar, (BAR_ROW, 1)))
        line = KEY_TOP + BAR_ROW + 14
        strip.write("0", (right - long, line), WORDS_SIZE)
        strip.write(measure, (right - long // 2, line), WORDS_SIZE, anchor="ma")
        strip.write(_said(high), (right, line), WORDS_SIZE, anchor="ra")
        strip.write("; ".join(words), (right, line + 72), WORDS_SIZE, FAINTER, "ra")
        for number, each in enumerate(remarks):
            strip.write(each, (MARGIN, FOOT - 20 + number * REMARK_ROW), WORDS_SIZE, FAINT)

    places = _levels(values, high)
    foot = FOOT + len(remarks) * REMARK_ROW
    write_sheet(path, (title, subtitle), places, _colours(colours), pixel_size_mm, foot, draw_key)


def _levels(values: NDArray[np.float32], high: float) -> NDArray[np.uint8]:
    """Places in the palette."""
    relative = np.clip(values * np.float32((LEVELS - 1) / high), 0.0, LEVELS - 1)
    levels = GREYS + np.rint(relative)
    return np.where(np.isfinite(values), levels, NOTHING_GREY).astype(np.uint8)


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.2g}"


@cache
def _colours(colours: tuple[str, ...]) -> NDArray[np.uint8]:
    """Colours between those given, (level, 3) uint8."""
    stops = np.array([list(bytes.fromhex(colour[1:])) for colour in colours], dtype=np.float64)
    at = np.linspace(0, len(stops) - 1, LEVELS)
    channels = [np.interp(at, np.arange(len(stops)), channel) for channel in stops.T]
    return np.stack(channels, axis=1).round().astype(np.uint8)
