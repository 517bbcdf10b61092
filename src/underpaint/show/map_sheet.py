"""One map after another on the same sheet: its frame and scale are laid out but once."""

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

    Laying out a figure takes matplotlib longer than drawing it.

    Parameters
    ----------
    result, panel, title : as for `maps_figure`; the panel's quantity is that of all maps to come
    """

    def __init__(self, result: Result, panel: Panel, title: str) -> None:
        self._figure: Figure = maps_figure(result, [panel], title)
        self._axes, self._bar = self._figure.axes
        self._quantity = panel.quantity

    def drawn(self, panel: Panel, title: str, dpi: int) -> NDArray[np.uint8]:
        """The figure of a map, (y, x, 4) uint8: red, green, blue, opacity.

        Raises
        ------
        ValueError where the map shows another quantity than the first.
        """
        if panel.quantity != self._quantity:
            raise ValueError(f"a sheet for {self._quantity} does not show {panel.quantity}")
        image = self._axes.images[0]
        image.set_data(np.ma.masked_invalid(panel.values))
        image.set_clim(panel.scale.low, panel.scale.high)
        title_map(self._axes, panel)
        self._figure.texts[0].set_text(title)
        label_scale(self._bar, panel)
        canvas: Any = self._figure.canvas
        self._figure.set_dpi(dpi)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())
