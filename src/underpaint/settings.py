"""Settings as data: TOML tables read into dataclasses, every key known and present."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from dataclasses import field, fields
from functools import cache, partial
from importlib import resources
from pathlib import Path
from types import EllipsisType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from underpaint.errors import ConfigError

Settings = TypeVar("Settings")


def shipped_prior_path() -> Path:
    """The prior that comes with the program: what paintings, scanners and scans are like."""
    return Path(str(resources.files("underpaint").joinpath("prior.toml")))


def shipped(section: str, key: str) -> Any:
    """A dataclass field whose default is what the shipped prior says.

    Parameters
    ----------
    section, key : of prior.toml
    """
    return field(default_factory=partial(_shipped_value, section, key))


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises
    ------
    ConfigError : for a file that cannot be read or is no TOML
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error


def read_settings(kind: type[Settings], values: object, where: str) -> Settings:
    """A dataclass from a TOML table.

    Parameters
    ----------
    kind : a dataclass of numbers, texts, and tuples and dictionaries of these
    where : what error messages call the table

    Raises
    ------
    ConfigError : for an unknown or missing key, or a value of the wrong type
    """
    if not isinstance(values, dict):
        raise ConfigError(f"{where}: must be a table of keys and values")
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    for key in values:
        if key not in names:
            raise ConfigError(f"{where}: unknown key '{key}'; known are {', '.join(names)}")
    for name in names:
        if name not in values:
            raise ConfigError(f"{where}: the key '{name}' is missing")
    return kind(**{name: _value(hints[name], values[name], f"{where}, {name}") for name in names})


def require_shares(settings: object, *names: str) -> None:
    """ConfigError unless all of these attributes lie in 0 to 1."""
    for name in names:
        value = getattr(settings, name)
        if not 0.0 <= value <= 1.0:
            raise ConfigError(f"{name}: {value} is no share, which lies in 0 to 1")


def require_ranges(settings: object, *names: str) -> None:
    """ConfigError unless all of these attributes are ranges: above zero, the lower figure first."""
    for name in names:
        low, high = getattr(settings, name)
        if not 0.0 < low <= high:
            raise ConfigError(f"{name}: [{low}, {high}] must be above zero, the lower figure first")


def require_frequencies(name: str, frequencies: Iterable[float]) -> None:
    """ConfigError unless none is below zero, and one is above."""
    figures = list(frequencies)
    if min(figures, default=0.0) < 0.0 or sum(figures) <= 0.0:
        raise ConfigError(f"{name}: frequencies must not be below zero, and one above")


def _value(kind: Any, value: Any, where: str) -> Any:
    if get_origin(kind) is dict and isinstance(value, dict):
        inner = get_args(kind)[1]
        return {key: _value(inner, each, f"{where}, {key}") for key, each in value.items()}
    if get_origin(kind) is tuple and isinstance(value, list):
        kinds = get_args(kind)
        if isinstance(kinds[-1], EllipsisType):
            kinds = (kinds[0],) * len(value)
        if len(kinds) != len(value):
            raise ConfigError(f"{where}: needs {len(kinds)} values, but has {len(value)}")
        return tuple(_value(each, item, where) for each, item in zip(kinds, value, strict=True))
    if kind is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if kind in (int, str) and type(value) is kind:
        return value
    raise ConfigError(f"{where}: {value!r} is of the wrong type")


@cache
def _shipped() -> dict[str, Any]:
    return read_toml(shipped_prior_path())


def _shipped_value(section: str, key: str) -> Any:
    return _frozen(_shipped()[section][key])


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
