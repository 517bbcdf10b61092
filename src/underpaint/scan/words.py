"""Figures of a scan in words, as its facts have them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .stage_place import StagePlace


def times_in_words(seconds: NDArray[np.float64]) -> str:
    """The range of times, (y, x) s; NaN where it is not stated."""
    known = seconds[np.isfinite(seconds)]
    if not known.size:
        return "of no pixel"
    low, high = float(known.min()), float(known.max())
    words = f"{low:g} s a pixel" if low == high else f"{low:g} to {high:g} s a pixel"
    return words if known.size == seconds.size else f"{words}, where stated"


def size_in_words(pixel_size_mm: tuple[float, float]) -> str:
    """Height and width of a pixel, mm."""
    return f"{pixel_size_mm[0]:g} mm high, {pixel_size_mm[1]:g} mm wide"


def stage_in_words(stage: StagePlace) -> str:
    """Where the first pixel lies, and which way rows and columns run."""
    (y, x), down, across = stage.first, stage.down, stage.across
    return (
        f"first pixel at y {y:g}, x {x:g} mm; each row {_step(down)}, each column {_step(across)}"
    )


def _step(step: tuple[float, float]) -> str:
    parts = [f"{name} {length:+g}" for name, length in zip("yx", step, strict=True) if length]
    return " and ".join(parts) + " mm"
