"""A stratigraphy that somebody plans to scan: what lies there, with which scanner, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from underpaint.xray import Instrument, find_instrument

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


@dataclass(frozen=True, slots=True)
class Plan:
    """A stratigraphy, the scanner, and the counts of one pixel.

    Attributes
    ----------
    title : of the stratigraphy
    layers : from the top down
    instrument : the scanner
    scanner : what the scanner is called
    counts : from 1 keV to the tube voltage
    """

    title: str
    layers: Stratigraphy
    instrument: Instrument
    scanner: str
    counts: float


def read_plan(
    path: Path, library: Library, instrument: str | None = None, counts: float | None = None
) -> Plan:
    """A stratigraphy from a TOML file as `read_point` takes it.

    The file need not state what is given here; energy axis and channels, if stated, do not matter.

    Parameters
    ----------
    instrument : name or file of the scanner, instead of the file's
    counts : instead of the file's

    Raises
    ------
    ConfigError, StackError, InstrumentError, LibraryError : for what is wrong or missing in it
    """
    table = read_stated(path)
    of_scene = [key for key in ("patch", "labels", "stratigraphy", "base") if key in table.unread]
    if of_scene:
        raise table.wrong(
            f"'{of_scene[0]}' makes it a scene, but a limit is that of one stratigraphy; give its "
            "layers as [[layer]] tables, top first"
        )
    table.require("layer")
    if instrument is None and "instrument" not in table.unread:
        raise table.wrong("no scanner is stated; add 'instrument', or name one by --instrument")
    if counts is None and "counts" not in table.unread:
        raise table.wrong("no counts are stated; add 'counts', or give them by --counts")
    if instrument is None:
        scanner = stated_instrument(table, path.parent)
    else:
        table.take("instrument")
        scanner = find_instrument(instrument)
    stated = table.number("counts", 1.0, MOST_COUNTS) if "counts" in table.unread else 0.0
    stated_axis(table, scanner)
    layers = stated_layers(table, "layer", library)
    title = table.text("title") or path.stem
    table.finish()
    if not any(layer.mass_thickness > 0.0 for layer in layers):
        raise table.wrong("no layer has any thickness; give one 'thickness_um' above 0")
    require_fluorescence([layers], scanner, str(path), "stratigraphy")
    name = scanner.name or f"{scanner.anode} tube at {float(scanner.kv):g} kV"
    return Plan(title, layers, scanner, name, stated if counts is None else counts)
