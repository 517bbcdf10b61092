"""Instruments as TOML: the fields of `Instrument`, and where each figure comes from."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from underpaint.errors import InstrumentError

from .instrument import Instrument
from .tube_spectrum import TubeSpectrum, read_tube_spectrum

KEYS = frozenset(each.name for each in fields(Instrument))
SOURCES = "sources"
SPECTRUM_KEYS = {"continuum", "lines"}


def read_instrument(path: Path) -> Instrument:
    """An instrument from a TOML file.

    The keys are the fields of `Instrument`; what is not given stays at its default.
    `tube_spectrum = "tube.csv"` names a table for `read_tube_spectrum`, beside the TOML file. A
    table `[sources]` may say, field by field, where a figure comes from.

    Raises
    ------
    InstrumentError : where the file is missing, is no TOML, has a key that is no field, or
        describes no possible instrument
    """
    return instrument_from_dict(_values(path), str(path), path.parent)


def read_sources(path: Path) -> dict[str, str]:
    """Where the figures of a TOML file come from: field -> maker's data sheet, paper, assumption.

    Raises
    ------
    InstrumentError : where the file is missing or no TOML, or its sources are no such table
    """
    return _checked_sources(_values(path).get(SOURCES, {}), str(path))


def instrument_from_dict(
    values: dict[str, Any], source: str, folder: Path | None = None
) -> Instrument:
    """An instrument from plain values, as `Instrument.to_dict` and TOML give them.

    Parameters
    ----------
    values : field -> value; `sources` is checked and left out
    source : what error messages call the description
    folder : where a tube spectrum that is a file's name is sought; the current one by default

    Raises
    ------
    InstrumentError : for an unknown key, an impossible figure, an impossible tube spectrum
    """
    unknown = sorted(set(values) - KEYS - {SOURCES})
    if unknown:
        raise InstrumentError(f"{source}: unknown key '{unknown[0]}' in the instrument")
    _checked_sources(values.get(SOURCES, {}), source)
    given = {key: value for key, value in values.items() if key != SOURCES}
    try:
        if "name" in given and not isinstance(given["name"], str):
            raise InstrumentError(f"name is {given['name']!r}, but must be a text")
        if "filters" in given:
            given["filters"] = _pairs("filters", given["filters"], '[["Al", 100.0]]')
        if not isinstance(given.get("own_lines", {}), dict):
            raise InstrumentError("own_lines must be a table: {Fe = 0.001}")
        if given.get("tube_spectrum") is not None:
            given["tube_spectrum"] = _tube_spectrum(given["tube_spectrum"], folder or Path())
        return Instrument(**given)
    except InstrumentError as error:
        raise InstrumentError(f"{source}: {error}") from error


def _values(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InstrumentError(f"{path}: cannot be read as TOML ({error})") from error


def _checked_sources(sources: Any, source: str) -> dict[str, str]:
    if not isinstance(sources, dict):
        raise InstrumentError(f"{source}: sources must be a table, [sources]")
    for key, text in sources.items():
        if key not in KEYS:
            raise InstrumentError(f"{source}: '{key}' in [sources] is no field of an instrument")
        if not isinstance(text, str) or not text.strip():
            raise InstrumentError(f"{source}: the source of '{key}' must be a text")
    return dict(sources)


def _pairs(name: str, values: Any, example: str) -> tuple[tuple[Any, Any], ...]:
    if not isinstance(values, list | tuple) or any(
        not isinstance(pair, list | tuple) or len(pair) != 2 for pair in values
    ):
        raise InstrumentError(f"{name} must be a list of pairs: {example}")
    return tuple((pair[0], pair[1]) for pair in values)


def _tube_spectrum(value: Any, folder: Path) -> TubeSpectrum:
    if isinstance(value, TubeSpectrum):
        return value
    if isinstance(value, str):
        return read_tube_spectrum(folder / value)
    if not isinstance(value, dict) or set(value) != SPECTRUM_KEYS:
        raise InstrumentError("tube_spectrum must be a file's name, or a continuum and lines")
    continuum, lines = (
        _pairs(f"tube_spectrum.{key}", value[key], "[[10.0, 1.0]]")
        for key in ("continuum", "lines")
    )
    try:
        return TubeSpectrum(
            tuple((float(energy), float(photons)) for energy, photons in continuum),
            tuple((float(energy), float(photons)) for energy, photons in lines),
        )
    except (TypeError, ValueError) as error:
        raise InstrumentError("tube_spectrum holds something that is no number") from error
