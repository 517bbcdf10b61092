"""Pictures of element maps, one after another in a figure that is laid out but once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLIP_PERCENTILE = 99.5
COLOUR_MAP = "viridis"
NOT_MEASURED = "#d9d9d6"
INCHES_WIDE = 5.0
DPI = 150


class MapDrawing:
    """Draws maps of one scan.

    Laying out a figure takes matplotlib longer than drawing it.

    Parameters
    ----------
    shape : (y, x) of all maps
    pixel_size_mm : height and width of a pixel, mm
    """

    def __init__(self, shape: tuple[int, int], pixel_size_mm: tuple[float, float] | None) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        height, width = shape
        down, across = pixel_size_mm or (1.0, 1.0)
        ratio = float(np.clip(height * down / (width * across), 0.2, 4.0))
        size = (INCHES_WIDE, 1.2 + 0.8 * INCHES_WIDE * ratio)
        self._figure: Figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        self._canvas: Any = FigureCanvasAgg(self._figure)  # its stubs lack types
        self._axes = self._figure.subplots()
        self._axes.set_facecolor(NOT_MEASURED)
        self._image = self._axes.imshow(
            np.zeros(shape, dtype=np.float32), cmap=COLOUR_MAP, vmin=0.0, vmax=88888.0,
            extent=(0.0, width * across, height * down, 0.0), interpolation="nearest",
        )  # fmt: skip
        self._axes.set_xlabel("mm" if pixel_size_mm is not None else "pixels")
        self._axes.set_title("X-K")
        self._bar = self._figure.colorbar(self._image, ax=self._axes, label="net counts")
        self._bar.ax.tick_params(labelsize=8)
        self._below = self._figure.supxlabel("0 to 0", fontsize=8)
        # The widest numbers decide the layout; from here on it stays.
        self._figure.draw_without_rendering()
        self._figure.set_layout_engine("none")

    def draw(
        self, path: Path, name: str, values: NDArray[np.float32], label: str = "net counts"
    ) -> None:
        """Write the picture of a map, (y, x), NaN where not measured, as PNG."""
        from PIL import Image

        highest = float(np.nanmax(values))
        high = float(np.nanpercentile(values, CLIP_PERCENTILE)) or highest or 1.0
        self._image.set_data(values)
        self._image.set_clim(0.0, high)
        self._axes.set_title(name)
        self._bar.set_label(label)
        self._below.set_text(
            f"0 to {_said(high)}, the {CLIP_PERCENTILE:g}th percentile; maximum {_said(highest)}"
        )
        self._canvas.draw()
        drawn = np.asarray(self._canvas.buffer_rgba())[..., :3]
        Image.fromarray(drawn).save(path, "PNG", compress_level=1, dpi=(DPI, DPI))


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 100.0 else f"{value:.3g}"
