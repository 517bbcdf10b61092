"""A scene: patches of paint on a support, under a scanner; simulated, with its truth."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.errors import ConfigError, StackError
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import ForwardModel, Instrument, instrument_from_dict, make_stacks

from .layers import Layer, Stratigraphy, paint_layer, plain_layer, truth_of
from .library import Library
from .pixels import LEAST_AREA
from .stratigraphies import Truth

SCENE_KEYS = {"title", "pixel_size_mm", "counts", "channels", "spot_pixels", "axis", "instrument",
              "base", "patch"}  # fmt: skip
PATCH_KEYS = {"label", "rows", "columns", "layers"}


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of one stratigraphy: rows and columns [first, last)."""

    label: str
    rows: tuple[int, int]
    columns: tuple[int, int]
    layers: Stratigraphy


@dataclass(frozen=True, slots=True)
class Scene:
    """What is scanned, and by what.

    Attributes
    ----------
    title : of the scene
    pixel_size_mm : of a square pixel
    counts : counts of the average pixel
    spot_pixels : standard deviation of the beam's spot, pixels
    calibration, channels : energy axis of the scan
    instrument : the scanner
    patches : from the first, which lies beneath all others, to the last
    """

    title: str
    pixel_size_mm: float
    counts: float
    spot_pixels: float
    calibration: EnergyCalibration
    channels: int
    instrument: Instrument
    patches: tuple[Patch, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (
            max(patch.rows[1] for patch in self.patches),
            max(patch.columns[1] for patch in self.patches),
        )


def read_scene(path: Path, library: Library) -> Scene:
    """A scene from a TOML file (see `board.toml`).

    Raises
    ------
    ConfigError, StackError, InstrumentError, LibraryError : for what is wrong in it
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error
    _reject_unknown(values, SCENE_KEYS, str(path))
    try:
        base = [_layer(layer, library) for layer in values["base"]]
        return Scene(
            title=values["title"],
            pixel_size_mm=float(values["pixel_size_mm"]),
            counts=float(values["counts"]),
            spot_pixels=float(values["spot_pixels"]),
            calibration=EnergyCalibration(**values["axis"]),
            channels=int(values["channels"]),
            instrument=instrument_from_dict(values["instrument"], str(path)),
            patches=tuple(_patch(patch, base, library, str(path)) for patch in values["patch"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: a key of the scene is missing or wrong ({error})") from error


def _reject_unknown(values: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"{where}: unknown key '{unknown[0]}'; known are {', '.join(known)}")


def _patch(values: dict[str, Any], base: list[Layer], library: Library, where: str) -> Patch:
    _reject_unknown(values, PATCH_KEYS, where)
    rows, columns = tuple(values["rows"]), tuple(values["columns"])
    if not (0 <= rows[0] < rows[1] and 0 <= columns[0] < columns[1]):
        raise ConfigError(f"{where}: the patch '{values['label']}' covers no pixel")
    layers = [_layer(layer, library) for layer in values["layers"]]
    return Patch(values["label"], rows, columns, (*layers, *base))


def _layer(values: dict[str, Any], library: Library) -> Layer:
    plain = dict(values)
    kind = plain.pop("kind")
    thickness = float(plain.pop("thickness_um"))
    if kind in ("varnish", "support"):
        return plain_layer(library, kind, plain["material"], thickness)
    try:
        return paint_layer(library, kind, thickness, **plain)
    except TypeError as error:
        raise StackError(f"a {kind} layer has a key that it cannot have ({error})") from error


def _coverage(scene: Scene) -> NDArray[np.float64]:
    """Share of each pixel's spot on each patch, (patch, y, x)."""
    from scipy.ndimage import gaussian_filter

    label = np.full(scene.shape, -1)
    for index, patch in enumerate(scene.patches):
        label[slice(*patch.rows), slice(*patch.columns)] = index
    if (label < 0).any():
        raise ConfigError(f"the scene '{scene.title}' has pixels that no patch covers")
    area = np.stack([(label == index).astype(float) for index in range(len(scene.patches))])
    if scene.spot_pixels > 0.0:
        area = np.stack([gaussian_filter(each, scene.spot_pixels, mode="nearest") for each in area])
    return np.asarray(area / area.sum(axis=0))


def simulate_scene(
    scene: Scene, library: Library, random: np.random.Generator
) -> tuple[NDArray[np.uint32], Truth]:
    """Scan a scene.

    Returns
    -------
    (y, x, channel) uint32 counts; the truth of its pixels, row by row
    """
    height, width = scene.shape
    axis = Bins(scene.calibration.edges(scene.channels))
    layers = [layer for patch in scene.patches for layer in patch.layers]
    held = {element for layer in layers for element in layer.weight_fractions}
    model = ForwardModel(scene.instrument, axis, (*held, "Ar", *scene.instrument.own_lines))
    stacks = make_stacks([[layer.for_model for layer in patch.layers] for patch in scene.patches])
    with torch.inference_mode():
        lines, scatter = model.lines(stacks), model.scatter(stacks)
        area = torch.from_numpy(_coverage(scene).reshape(len(scene.patches), -1).T).float()
        expected = model.detected(area @ lines, area @ scatter).clamp_min(0.0)
    above = torch.from_numpy(axis.centres > 1.0)
    mean = (expected * above).sum(dim=1).mean()
    counts = random.poisson((expected / mean * scene.counts).double().numpy()).astype(np.uint32)
    truth = truth_of([patch.layers for patch in scene.patches], library)
    share = area.numpy()
    seen = share >= LEAST_AREA
    pixels = Truth(
        top=(seen @ truth.top) > 0,
        buried=(seen @ truth.buried) > 0,
        ground=(seen @ truth.ground) > 0,
        amount=(share @ truth.amount).astype(np.float32),
        top_share=(share @ truth.top_share).astype(np.float32),
    )
    return counts.reshape(height, width, scene.channels), pixels
