"""Maps as figures for a paper: one or several on the same grid, with scale and scale bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from underpaint.result import Result, called_amount

from .layer_map import layer_map
from .names import element_title
from .palettes import LAYER_CATEGORIES, MAP_COLOURS, NOT_CALLED
from .scaling import PROBABILITY, Scale, clipped_scale, scale_bar

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL_WIDTH_IN = 3.4
TITLE_IN, PANEL_TITLE_IN, FOOT_IN, GAP_IN = 0.4, 0.28, 0.78, 0.3
INK = "#1d1d1b"


@dataclass(frozen=True, eq=False)
class Panel:
    """One map in a figure.

    Attributes
    ----------
    title : above it
    values : (y, x) float32, NaN where nothing is to be shown; or uint8 categories
    quantity : "probability", "amount", "counts" or "layers"
    scale : ends of the colours; not used for layers
    """

    title: str
    values: NDArray[Any]
    quantity: str
    scale: Scale = PROBABILITY


def group_panels(result: Result, index: int) -> tuple[Panel, ...]:
    """All maps of a group beside the element maps of its key lines."""
    panels = [
        Panel("Probability anywhere", result.probability[index], "probability"),
        Panel("Probability in the top layer", result.top[index], "probability"),
        Panel("Probability under other paint", result.buried[index], "probability"),
        Panel("Verdict", layer_map(result, index), "layers"),
    ]
    amount = called_amount(result, index)
    panels.append(Panel("Amount where present", amount, "amount", clipped_scale(amount, "mg/cm²")))
    key_lines = (name for name in result.groups[index].key_lines if name in result.element_index)
    return (*panels, *(element_panel(result, name) for name in key_lines))


def element_panel(result: Result, name: str) -> Panel:
    """The map of an element line family such as "Fe-K"."""
    counts = result.element_counts[result.element_index[name]]
    return Panel(element_title(name), counts, "counts", clipped_scale(counts, "counts"))


def maps_figure(result: Result, panels: Sequence[Panel], title: str, columns: int = 4) -> Figure:
    """Maps side by side on the same grid, each with its scale and one scale bar.

    Parameters
    ----------
    result : gives the pixel size and the object's title
    panels : what to show, from the upper left
    title : of the whole figure
    columns : panels in a row at most

    Returns
    -------
    matplotlib Figure with an Agg canvas.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    panel_height = PANEL_WIDTH_IN * _aspect(result)
    width = columns * PANEL_WIDTH_IN + (columns + 1) * GAP_IN
    height = TITLE_IN + rows * (PANEL_TITLE_IN + panel_height + FOOT_IN)
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    figure.text(GAP_IN / width, 1 - 0.25 / height, title, fontsize=11, color=INK, va="center")
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        left = GAP_IN + column * (PANEL_WIDTH_IN + GAP_IN)
        top = TITLE_IN + PANEL_TITLE_IN + row * (PANEL_TITLE_IN + panel_height + FOOT_IN)
        bottom = height - top - panel_height
        box = (left / width, bottom / height, PANEL_WIDTH_IN / width, panel_height / height)
        axes = figure.add_axes(box)
        _draw_panel(figure, axes, panel, result, (left, bottom, width, height))
    return figure


def object_title(result: Result) -> str:
    """The object as it stands on figures; empty where it has no name."""
    title = result.provenance.get("title") or (result.provenance.get("input") or {}).get("file")
    return str(title or "")


def _aspect(result: Result) -> float:
    height, width = result.shape
    pixel_width, pixel_height = result.pixel_size_mm or (1.0, 1.0)
    return height * pixel_height / (width * pixel_width)


def _draw_panel(
    figure: Any, axes: Any, panel: Panel, result: Result, place: tuple[float, ...]
) -> None:
    left, bottom, width, height = place
    axes.set_title(panel.title, fontsize=9, color=INK, loc="left", pad=4)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(color="#9a9a95", linewidth=0.6)
    if panel.quantity == "layers":
        _draw_layers(axes, panel, PANEL_WIDTH_IN * _aspect(result))
    else:
        image = _draw_values(axes, panel)
        box = (left + 0.5 * PANEL_WIDTH_IN, bottom - 0.16, 0.5 * PANEL_WIDTH_IN, 0.09)
        _draw_colour_bar(figure, image, panel, box, (width, height))
    _draw_scale_bar(axes, result, PANEL_WIDTH_IN * _aspect(result))


def _draw_values(axes: Any, panel: Panel) -> Any:
    import matplotlib

    colours = matplotlib.colormaps[MAP_COLOURS[panel.quantity]].with_extremes(bad=NOT_CALLED)
    return axes.imshow(
        np.ma.masked_invalid(panel.values),
        cmap=colours,
        vmin=panel.scale.low,
        vmax=panel.scale.high,
        aspect="auto",
    )


def _draw_layers(axes: Any, panel: Panel, panel_height: float) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    colours = [colour for _, colour in LAYER_CATEGORIES]
    last = len(colours) - 0.5
    axes.imshow(
        panel.values,
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=last,
        aspect="auto",
        interpolation="nearest",
    )
    shown = np.unique(panel.values)
    patches = [
        Patch(facecolor=LAYER_CATEGORIES[k][1], edgecolor="#9a9a95", linewidth=0.4,
              label=LAYER_CATEGORIES[k][0])
        for k in shown
    ]  # fmt: skip
    below = -0.33 / panel_height
    axes.legend(
        handles=patches,
        loc="upper left",
        bbox_to_anchor=(-0.01, below),
        fontsize=6.5,
        frameon=False,
        ncols=3,
        borderpad=0.0,
        handlelength=1.0,
        columnspacing=0.9,
        labelspacing=0.25,
    )


def _draw_colour_bar(
    figure: Any,
    image: Any,
    panel: Panel,
    box: tuple[float, float, float, float],
    size: tuple[float, float],
) -> None:
    left, bottom, wide, tall = box
    axes = figure.add_axes((left / size[0], bottom / size[1], wide / size[0], tall / size[1]))
    bar = figure.colorbar(image, cax=axes, orientation="horizontal")
    bar.outline.set(linewidth=0.4, edgecolor="#9a9a95")
    axes.tick_params(labelsize=7.5, length=2, width=0.4, colors=INK)
    _label_scale(axes, panel)


def _label_scale(axes: Any, panel: Panel) -> None:
    """Write the ends of a panel's scale, and what it cuts off, at its colour bar."""
    axes.set_xticks([panel.scale.low, panel.scale.high], labels=panel.scale.ends)
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        label.set_horizontalalignment(side)
    if panel.scale.statement:
        words = panel.scale.statement.replace("; ", "\n")
        axes.text(
            1, -3.1, words, transform=axes.transAxes, fontsize=6, ha="right", va="top",
            color="#6f6f6a",
        )  # fmt: skip


def _draw_scale_bar(axes: Any, result: Result, panel_height: float) -> None:
    bar = scale_bar(result.shape[1], result.pixel_size_mm)
    share = bar.pixels / result.shape[1]
    below = -0.12 / panel_height
    axes.plot(
        [0, share], [below, below], transform=axes.transAxes, color=INK, linewidth=2,
        solid_capstyle="butt", clip_on=False,
    )  # fmt: skip
    axes.text(
        0, below - 0.07 / panel_height, bar.label, transform=axes.transAxes, fontsize=7.5,
        va="top", color=INK,
    )  # fmt: skip
