"""A table of a TOML file read key by key, so that what is wrong can be named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from underpaint.errors import LibraryError, UnderpaintError
from underpaint.xray.lines import atomic_number

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Table:
    """One TOML table and where it stands, as "mine.toml, pigment 'smalt'".

    Each method takes one key out of the table; `finish` rejects those that nothing asked for.
    All methods raise `error`, a `LibraryError` where no other is named, for what is missing or
    impossible.
    """

    def __init__(
        self, values: object, where: str, error: type[UnderpaintError] = LibraryError
    ) -> None:
        if not isinstance(values, Mapping):
            raise error(f"{where} should be a table of keys and values")
        self.where = where
        self._values = dict(values)
        self._error = error

    def wrong(self, what: str) -> UnderpaintError:
        """The error to raise: where it is, and what."""
        return self._error(f"{self.where}: {what}")

    def finish(self) -> None:
        """Reject keys that nothing has asked for."""
        if self._values:
            names = ", ".join(sorted(f"'{key}'" for key in self._values))
            raise self.wrong(f"unknown key {names}; remove it or correct its spelling")

    def require(self, *keys: str) -> None:
        """Name all the keys that are missing, at once."""
        missing = [f"'{key}'" for key in keys if key not in self._values]
        if missing:
            raise self.wrong(f"{', '.join(missing)} missing; add it")

    @property
    def unread(self) -> list[str]:
        """The keys that nothing has asked for yet."""
        return list(self._values)

    def take(self, key: str, default: Any = None) -> Any:
        """The value as TOML has it."""
        return self._values.pop(key, default)

    def text(self, key: str, default: str = "") -> str:
        value = self.take(key, default)
        if not isinstance(value, str):
            raise self.wrong(f"'{key}' should be text in quotes, not {value!r}")
        return value.strip()

    def name(self, key: str = "name") -> str:
        value = self.text(key)
        if not _NAME.fullmatch(value):
            raise self.wrong(f"'{key}' should be lower-case words joined by '-', not '{value}'")
        return value

    def colour(self, key: str = "colour") -> str:
        value = self.text(key)
        if not _COLOUR.fullmatch(value):
            raise self.wrong(f"'{key}' should be written as '#1f4fa3', not '{value}'")
        return value.lower()

    def truth(self, key: str, default: bool) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise self.wrong(f"'{key}' should be true or false, not {value!r}")
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        return self._number(key, self.take(key, default), low, high)

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A number without a fraction."""
        value = self.number(key, low, high, default)
        if value % 1:
            raise self.wrong(f"'{key}' should be a whole number, not {value:g}")
        return int(value)

    def pair(
        self, key: str, low: float, high: float, default: tuple[float, float] | None = None
    ) -> tuple[float, float]:
        """Two numbers, the lower one first."""
        value = self.take(key, default)
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise self.wrong(f"'{key}' should be [lowest, highest], not {value!r}")
        first, second = (self._number(key, item, low, high) for item in value)
        if first > second:
            raise self.wrong(f"'{key}' should have its lower number first, not {value!r}")
        return first, second

    def year(self, key: str) -> int | None:
        """A year AD, or None where the key is absent."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 2100:
            raise self.wrong(f"'{key}' should be a year such as 1814, not {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(f"'{key}' should be a list of names in quotes, not {value!r}")
        return tuple(value)

    def numbers(self, key: str, low: float, high: float) -> dict[str, float]:
        """An inline table of names and numbers."""
        value = self.take(key, {})
        if not isinstance(value, Mapping):
            raise self.wrong(f"'{key}' should be written as {{ name = number }}, not {value!r}")
        return {
            name: self._number(f"{key}.{name}", item, low, high) for name, item in value.items()
        }

    def elements(self, key: str) -> dict[str, float]:
        """An inline table of element symbols and mass fractions."""
        found = self.numbers(key, 0.0, 1.0)
        for element in found:
            try:
                atomic_number(element)
            except ValueError as error:
                raise self.wrong(f"'{key}': {error}") from error
        return found

    def tables(self, key: str, what: str) -> list[Table]:
        """A list of tables, each to be read in turn."""
        value = self.take(key, [])
        if not isinstance(value, list):
            raise self.wrong(f"'{key}' should be a list of tables, not {value!r}")
        return [
            Table(item, f"{self.where}, {_title(item, what, n)}", self._error)
            for n, item in enumerate(value, 1)
        ]

    def _number(self, key: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(f"'{key}' should be a number, not {value!r}")
        if not low <= value <= high:
            raise self.wrong(f"'{key}' should lie between {low:g} and {high:g}, not {value:g}")
        return float(value)


def _title(item: object, what: str, n: int) -> str:
    for key in ("name", "phase", "label"):
        if isinstance(item, Mapping) and isinstance(item.get(key), str):
            return f"{what} '{item[key]}'"
    return f"{what} {n}"
