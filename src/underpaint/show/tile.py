"""Small maps for the report: an image, its colours and scale bar as parts of the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from underpaint.picture import indexed_png
from underpaint.result import Result, called_amount

from .figures import percent
from .layer_map import layer_map
from .map_remarks import amount_remark, buried_remark
from .names import element_title
from .palettes import LAYER_CATEGORIES, NOT_CALLED, as_rgb, map_palette
from .png import data_uri
from .reduce import reduce_layers, reduce_map
from .scaling import PROBABILITY, Scale, clipped_scale

LEVELS = 255
BYTES_PER_PIXEL = 1.0
SMALLEST, LARGEST = 96, 480


@dataclass(frozen=True, slots=True)
class Tile:
    """A map as the page shows it.

    Attributes
    ----------
    title : above the map
    alt : the map in words, for those who do not see it
    image : data URI
    gradient : CSS colours of the scale; empty for a map of categories
    scale : ends of the colours
    legend : (meaning, colour) of the categories that occur
    remark : beneath the map, what a reader must know beside the colours
    """

    title: str
    alt: str
    image: str
    gradient: str = ""
    scale: Scale = PROBABILITY
    legend: tuple[tuple[str, str], ...] = ()
    remark: str = ""


class TileMaker:
    """Makes the tiles of one report, all on the same grid and reduced alike.

    Parameters
    ----------
    result : gives the maps
    tiles : how many will be made
    budget_bytes : for all of them together
    """

    def __init__(self, result: Result, tiles: int, budget_bytes: int) -> None:
        self._result = result
        height, width = result.shape
        pixels = budget_bytes / max(tiles, 1) / BYTES_PER_PIXEL
        longest = np.clip(np.sqrt(pixels * max(height, width) / min(height, width)),
                          SMALLEST, LARGEST)  # fmt: skip
        self.step = max(1, int(np.ceil(max(height, width) / longest)))

    @property
    def as_whole(self) -> bool:
        """Whether pixels were read in the light of their scan."""
        return self._result.frame.as_whole

    @property
    def shown_shape(self) -> tuple[int, int]:
        """Rows and columns of the images."""
        height, width = self._result.shape
        return -(-height // self.step), -(-width // self.step)

    def probability(self, name: str, index: int, title: str) -> Tile:
        """A group's "probability", "top", "buried" or "single_probability" map."""
        values = getattr(self._result, name)[index]
        label = self._result.groups[index].label
        tile = self._values(title, f"{title} of {label}", values, "probability", PROBABILITY)
        if name != "buried":
            return tile
        return replace(tile, remark=buried_remark(self._result.summary[index]))

    def family(self, index: int, shown: NDArray[np.bool_]) -> Tile:
        """A family's probability in some of the pixels, (y, x) bool."""
        name = self._result.families[index]
        values = np.where(shown, self._result.family[index], np.float32(np.nan))
        title = f"Probability of any {name} pigment, where none is named"
        return self._values(title, title, values, "probability", PROBABILITY)

    def amount(self, index: int) -> Tile:
        """A group's amount where it is present."""
        values = called_amount(self._result, index)
        label = self._result.groups[index].label
        title = "Amount where present"
        tile = self._values(
            title, f"Amount of {label} where present", values, "amount",
            clipped_scale(values, "mg/cm²"),
        )  # fmt: skip
        return replace(tile, remark=amount_remark(self._result.summary[index]))

    def element(self, name: str) -> Tile:
        """The counts of an element line family such as "Fe-K"."""
        values = self._result.element_counts[self._result.element_index[name]]
        title = element_title(name)
        alt = f"Element map: {title}"
        return self._values(title, alt, values, "counts", clipped_scale(values, "counts"))

    def layers(self, index: int) -> Tile:
        """Where a group lies on top, under other paint, or cannot be told."""
        layers = layer_map(self._result, index)
        shown = reduce_layers(layers, self.step)
        palette = np.array([as_rgb(colour) for _, colour in LAYER_CATEGORIES], dtype=np.uint8)
        shares = np.bincount(layers.ravel(), minlength=len(LAYER_CATEGORIES)) / layers.size
        legend = tuple(LAYER_CATEGORIES[k] for k in np.unique(shown))
        told = ", ".join(
            f"{LAYER_CATEGORIES[k][0]} in {percent(float(shares[k]))}"
            for k in np.flatnonzero(shares)
        )
        return Tile(
            title="Verdict",
            alt=f"Verdicts for {self._result.groups[index].label}: {told} of the pixels",
            image=data_uri(indexed_png(shown, palette), "image/png"),
            legend=legend,
        )

    def _values(
        self, title: str, alt: str, values: NDArray[np.float32], quantity: str, scale: Scale
    ) -> Tile:
        shown = reduce_map(values, self.step)
        known = np.isfinite(shown)
        relative = np.where(known, scale.relative(np.nan_to_num(shown)), 0.0)
        image = np.where(known, 1 + np.round(relative * (LEVELS - 1)), 0).astype(np.uint8)
        colours = map_palette(quantity)
        palette = np.vstack([as_rgb(NOT_CALLED), colours[:LEVELS]]).astype(np.uint8)
        stops = ",".join("#{:02x}{:02x}{:02x}".format(*colours[k]) for k in range(0, 256, 15))
        low, high = scale.ends
        words = f"{alt}; scale from {low} to {high}"
        return Tile(title, words, data_uri(indexed_png(image, palette), "image/png"), stops, scale)


def legend_of(tiles: Iterable[Tile]) -> tuple[tuple[str, str], ...]:
    """Meaning and colour of the categories that occur in any of some layer maps."""
    occurring = {category for tile in tiles for category in tile.legend}
    return tuple(category for category in LAYER_CATEGORIES if category in occurring)
