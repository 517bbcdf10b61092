"""A scene: patches of paint under a scanner, as rectangles, as a label image, or as both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import ConfigError
from underpaint.spectrum import EnergyCalibration
from underpaint.xray import Instrument

from .label_image import read_label_image
from .layers import Stratigraphy
from .library import Library
from .stated import (
    MOST_COUNTS,
    read_stated,
    require_fluorescence,
    stated_axis,
    stated_instrument,
    stated_layers,
)
from .table import Table

LONGEST_SIDE = 100_000
NO_PATCH = -1


@dataclass(frozen=True, slots=True)
class Patch:
    """One stratigraphy of a scene, and its name."""

    label: str
    layers: Stratigraphy


@dataclass(frozen=True, eq=False)
class Scene:
    """What is scanned, and by what.

    Attributes
    ----------
    title : of the scene
    pixel_size_mm : of a square pixel
    counts : of the average pixel, from 1 keV to the tube voltage
    spot_pixels : standard deviation of the beam's spot, pixels
    calibration, channels : energy axis of the scan
    instrument : the scanner
    patches : the stratigraphies
    where : (y, x) int16, which of the patches lies in each pixel
    """

    title: str
    pixel_size_mm: float
    counts: float
    spot_pixels: float
    calibration: EnergyCalibration
    channels: int
    instrument: Instrument
    patches: tuple[Patch, ...]
    where: NDArray[np.int16]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.where.shape
        return rows, columns


def read_scene(path: Path, library: Library) -> Scene:
    """A scene from a TOML file (see `board.toml`).

    Raises
    ------
    ConfigError, StackError, InstrumentError, LibraryError : for what is wrong in it
    """
    table = read_stated(path)
    table.require("title", "pixel_size_mm", "counts", "instrument")
    instrument = stated_instrument(table, path.parent)
    calibration, channels = stated_axis(table, instrument)
    patches, where = _patches(table, path.parent, library)
    scene = Scene(
        title=table.text("title"),
        pixel_size_mm=table.number("pixel_size_mm", 1e-4, 1000.0),
        counts=table.number("counts", 1.0, MOST_COUNTS),
        spot_pixels=table.number("spot_pixels", 0.0, 100.0, 0.0),
        calibration=calibration,
        channels=channels,
        instrument=instrument,
        patches=patches,
        where=where,
    )
    table.finish()
    require_fluorescence([patch.layers for patch in patches], instrument, str(path), "scene")
    return scene


def _patches(
    table: Table, folder: Path, library: Library
) -> tuple[tuple[Patch, ...], NDArray[np.int16]]:
    base = stated_layers(table, "base", library)
    image = table.text("labels")
    named = table.tables("stratigraphy", "stratigraphy")
    rectangles = table.tables("patch", "patch")
    if bool(image) != bool(named):
        raise table.wrong("'labels' (an image) and [[stratigraphy]] tables go together; give both")
    if not (image or rectangles):
        raise table.wrong("nothing is painted; give 'labels' (an image) or [[patch]] tables")
    patches: list[Patch] = []
    values: dict[int, int] = {}
    for each in named:
        each.require("value")
        value = each.whole("value", 0, 255)
        if value in values:
            raise each.wrong(f"another stratigraphy has the value {value} already")
        values[value] = len(patches)
        patches.append(_patch(each, base, library))
    areas = []
    for each in rectangles:
        areas.append(tuple(_span(each, key) for key in ("rows", "columns")))
        patches.append(_patch(each, base, library))
    if image:
        where = _named_values(read_label_image(folder / image), values, f"{folder / image}")
    else:
        shape = [max(span[side].stop for span in areas) for side in (0, 1)]
        where = np.full(shape, NO_PATCH, dtype=np.int16)
    for index, area in enumerate(areas, len(named)):
        if area[0].stop > where.shape[0] or area[1].stop > where.shape[1]:
            raise table.wrong(
                f"the patch '{patches[index].label}' goes beyond the label image of "
                f"{where.shape[0]} rows and {where.shape[1]} columns"
            )
        where[area] = index
    if (where == NO_PATCH).any():
        row, column = np.argwhere(where == NO_PATCH)[0]
        raise table.wrong(
            f"{int((where == NO_PATCH).sum())} pixels are covered by no patch, the first in row "
            f"{row}, column {column}; add one beneath all others"
        )
    return tuple(patches), where


def _patch(table: Table, base: Stratigraphy, library: Library) -> Patch:
    table.require("label", "layers")
    layers = stated_layers(table, "layers", library)
    patch = Patch(table.text("label"), (*layers, *base))
    if not patch.layers:
        raise table.wrong("it has no layer; add one, or a [[base]]")
    table.finish()
    return patch


def _span(table: Table, key: str) -> slice:
    table.require(key)
    first, last = table.pair(key, -LONGEST_SIDE, LONGEST_SIDE)
    if not 0 <= first < last or first % 1 or last % 1:
        raise table.wrong(
            f"'{key}' = [{first:g}, {last:g}] covers no pixels; give the first, and the one behind "
            "the last"
        )
    return slice(round(first), round(last))


def _named_values(
    image: NDArray[np.uint8], values: dict[int, int], source: str
) -> NDArray[np.int16]:
    place = np.full(256, NO_PATCH, dtype=np.int16)
    place[list(values)] = list(values.values())
    where = place[image]
    unnamed = np.unique(image[where == NO_PATCH])
    if unnamed.size:
        count = int((image == unnamed[0]).sum())
        raise ConfigError(
            f"{source}: {count} pixels have the value {unnamed[0]}, which no [[stratigraphy]] has; "
            f"add one with value = {unnamed[0]}"
        )
    return np.asarray(where)
