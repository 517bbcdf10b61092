"""One map after another on the same sheet: what they share is laid out and drawn but once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from underpaint.result import Result

from .map_figure import Panel, label_scale, maps_figure, title_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class MapSheet:
    """A figure of one map whose values, titles and scale are exchanged.

    Laying out a figure takes matplotlib longer than drawing it, and what all maps share longer
    than what changes.

    Parameters
    ----------
    result, panel, title : as for `maps_figure`; the panel's quantity is that of all maps to come
    """

    def __init__(self, result: Result, panel: Panel, title: str) -> None:
        self._figure: Figure = maps_figure(result, [panel], title)
        self._axes, self._bar = self._figure.axes
        self._quantity, self._scale = panel.quantity, panel.scale
        self._shared: Any = None
        axes: Any = self._axes
        titles = [axes.title, axes._left_title, self._figure.texts[0]]
        self._changing: list[Any] = [
            axes.images[0], *axes.spines.values(), *titles,
        ]  # fmt: skip
        for artist in self._changing:
            artist.set_animated(True)

    def drawn(self, panel: Panel, title: str, dpi: int) -> NDArray[np.uint8]:
        """The figure of a map, (y, x, 4) uint8: red, green, blue, opacity; until the next one.

        Raises
        ------
        ValueError where the map shows another quantity than the first.
        """
        if panel.quantity != self._quantity:
            raise ValueError(f"a sheet for {self._quantity} does not show {panel.quantity}")
        image = self._axes.images[0]
        image.set_data(np.ma.masked_invalid(panel.values))
        title_map(self._axes, panel)
        self._figure.texts[0].set_text(title)
        canvas: Any = self._figure.canvas
        if self._shared is None or panel.scale != self._scale or dpi != self._figure.dpi:
            self._scale = panel.scale
            image.set_clim(panel.scale.low, panel.scale.high)
            label_scale(self._bar, panel)
            self._figure.set_dpi(dpi)
            canvas.draw()
            self._shared = canvas.copy_from_bbox(self._figure.bbox)
        else:
            canvas.restore_region(self._shared)
        for artist in self._changing:
            self._figure.draw_artist(artist)
        return np.asarray(canvas.buffer_rgba())
