"""What files of scenes and of single stratigraphies state alike: scanner, energy axis, layers."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

from underpaint.errors import ConfigError, InstrumentError, LibraryError, StackError
from underpaint.spectrum import EnergyCalibration
from underpaint.xray import Instrument, edge_kev, exits, find_instrument, instrument_from_dict

from .layers import Layer, Stratigraphy, paint_layer, plain_layer, stated_layer
from .library import Library
from .table import Table

MOST_CHANNELS = 65536
USUAL_CHANNELS = 4096
USUAL_GAIN_KEV = 0.01
THICKEST_UM = 1e5
MOST_COUNTS = 1e12


def read_stated(path: Path) -> Table:
    """The table of a TOML file; ConfigError where it cannot be read."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ConfigError(f"{path}: {reason}; check the path") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML ({error}); correct it there") from error
    return Table(values, str(path), ConfigError)


def stated_instrument(table: Table, folder: Path) -> Instrument:
    """The scanner: a table of its figures, a name, or the path of its own file.

    Parameters
    ----------
    folder : where a relative path begins

    Raises
    ------
    InstrumentError, ConfigError : for what is missing or impossible
    """
    table.require("instrument")
    value = table.take("instrument")
    if isinstance(value, dict):
        return instrument_from_dict(value, table.where, folder)
    if not isinstance(value, str):
        raise table.wrong("'instrument' should be a table of figures, or a name in quotes")
    beside = folder / value
    try:
        return find_instrument(str(beside) if beside.is_file() else value)
    except InstrumentError as error:
        raise InstrumentError(f"{table.where}: {error}") from error


def stated_axis(table: Table, instrument: Instrument) -> tuple[EnergyCalibration, int]:
    """Energy axis and number of channels; resolution is the instrument's."""
    axis = Table(table.take("axis", {}), f"{table.where}, [axis]", ConfigError)
    zero = axis.number("zero", -5.0, 5.0, 0.0)
    gain = axis.number("gain", 1e-4, 1.0, USUAL_GAIN_KEV)
    axis.finish()
    channels = table.whole("channels", 16, MOST_CHANNELS, USUAL_CHANNELS)
    noise, fano = float(instrument.noise), float(instrument.fano)
    return EnergyCalibration(zero, gain, noise, fano), channels


def stated_layers(table: Table, key: str, library: Library) -> Stratigraphy:
    """Layers from the top down, each a table.

    Every layer has a `kind` and a `thickness_um`, and says what it is of: `pigments` by weight
    (with `binder` and `pvc` where they are not the usual ones), a `material` of the library, or
    `weight_fractions` of elements with a `density_g_cm3`.

    Raises
    ------
    ConfigError, StackError, LibraryError : for what is missing or impossible, with its place
    """
    return tuple(_layer(each, library) for each in table.tables(key, "layer"))


def _layer(table: Table, library: Library) -> Layer:
    table.require("kind", "thickness_um")
    kind = table.text("kind")
    thickness = _thickness(table)
    given = [key for key in ("pigments", "material", "weight_fractions") if key in table.unread]
    if len(given) != 1:
        raise table.wrong(
            "say what the layer is of, by 'pigments', by 'material' or by 'weight_fractions'"
            + (f", not by {' and '.join(given)}" if given else "")
        )
    try:
        layer = _material(table, given[0], kind, thickness, library)
    except (StackError, LibraryError) as error:
        raise type(error)(f"{table.where}: {error}") from error
    table.finish()
    return layer


def _thickness(table: Table) -> float:
    value = table.take("thickness_um")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise table.wrong(f"'thickness_um' should be a number of micrometres, not {value!r}")
    if not 0.0 <= value <= THICKEST_UM:
        raise StackError(
            f"{table.where}: a thickness of {value:g} micrometres cannot be; give one from 0 to "
            f"{THICKEST_UM:g}"
        )
    return float(value)


def _material(table: Table, given: str, kind: str, thickness: float, library: Library) -> Layer:
    if given == "material":
        if kind not in ("varnish", "support"):
            raise StackError(
                f"a {kind} layer has no 'material'; give its 'pigments', as "
                "{ lead-white = 0.5, chalk = 0.5 }"
            )
        return plain_layer(library, kind, table.text("material"), thickness)
    if given == "weight_fractions":
        if kind == "paint":
            raise StackError(
                "a paint layer is given by its 'pigments', for they are its truth; call a layer "
                "that is no paint varnish, ground or support"
            )
        table.require("density_g_cm3")
        density = table.number("density_g_cm3", 1e-5, 25.0)
        return stated_layer(kind, thickness, _fractions(table, given), density)
    if kind not in ("paint", "ground"):
        raise StackError(f"a {kind} layer has no pigments; give its 'material'")
    binder = table.text("binder", "linseed-oil")
    pvc = table.number("pvc", 0.0, 1.0) if "pvc" in table.unread else None
    return paint_layer(library, kind, thickness, _fractions(table, given), binder, pvc)


def _fractions(table: Table, key: str) -> dict[str, float]:
    value: Any = table.take(key)
    if not isinstance(value, dict) or not all(
        isinstance(share, int | float) and not isinstance(share, bool) and math.isfinite(share)
        for share in value.values()
    ):
        raise table.wrong(f"'{key}' should be written as {{ name = number }}, not {value!r}")
    return {name: float(share) for name, share in value.items()}


def require_fluorescence(
    stratigraphies: list[Stratigraphy], instrument: Instrument, where: str, what: str
) -> None:
    """Reject a tube voltage that is too low for every line of what is scanned.

    An object that has no lines at all, as acrylic, may be wanted for its scatter.

    Parameters
    ----------
    what : "stratigraphy" or "scene"
    """
    held = {
        element
        for layers in stratigraphies
        for layer in layers
        for element, fraction in layer.weight_fractions.items()
        if fraction > 0.0 and layer.thickness_um > 0.0
    }
    edges = {edge_kev(each, group.shell): each for each in held for group in exits(each)}
    if edges and min(edges) >= instrument.kv:
        raise StackError(
            f"{where}: at {float(instrument.kv):g} kV nothing in this {what} fluoresces; its "
            f"lowest absorption edge ({edges[min(edges)]}) is at {min(edges):.2f} keV, so raise "
            "the tube voltage above it"
        )
