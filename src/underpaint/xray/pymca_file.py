"""PyMca's configuration files as nested dictionaries (its ConfigDict form of INI)."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Any

from underpaint.errors import InstrumentError

Section = dict[str, Any]


def read_sections(path: Path) -> Section:
    """Sections of a PyMca configuration; `[a.b]` becomes the section b of the section a.

    Values are int, float or str, or lists of those where they hold commas.

    Raises
    ------
    InstrumentError : where the file is missing or has no such form
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, configparser.Error) as error:
        reason = str(error).splitlines()[0]
        raise InstrumentError(
            f"{path}: cannot be read as a PyMca configuration ({reason})"
        ) from error
    sections: Section = {}
    for name in parser.sections():
        section = sections
        for part in name.split("."):
            section = section.setdefault(part.replace("_|_", "."), {})
        section.update({key: _value(text) for key, text in parser.items(name)})
    return sections


def section_of(sections: Section, name: str) -> Section:
    """A section, empty where the file has none; InstrumentError where the name is a value."""
    found = sections.get(name, {})
    if not isinstance(found, dict):
        raise InstrumentError(f"[{name}] is no section")
    return found


def row_of(name: str, value: Any, columns: int) -> list[Any]:
    """A value that is a list; InstrumentError where it has fewer than `columns` entries."""
    if not isinstance(value, list) or len(value) < columns:
        raise InstrumentError(f"'{name}' needs {columns} values or more, parted by commas")
    return value


def column_of(section: Section, key: str, default: list[Any] | None = None) -> list[Any]:
    """A value as a list, also where the file gives one word; `default` where it gives none."""
    value = section.get(key, default or [])
    return value if isinstance(value, list) else [value]


def number_of(where: str, value: Any) -> float:
    """A value as a number; InstrumentError where it is none."""
    if not isinstance(value, int | float):
        raise InstrumentError(f"{where} has '{value}' where a number is wanted")
    return float(value)


def figure_of(sections: Section, name: str, key: str) -> float:
    """A number that the file must give; InstrumentError where it does not."""
    if key not in section_of(sections, name):
        raise InstrumentError(f"[{name}] has no '{key}'")
    return number_of(f"{name}.{key}", sections[name][key])


def _value(text: str) -> Any:
    lines = [_line(line) for line in text.splitlines()]
    return "" if not lines else lines[0] if len(lines) == 1 else lines


def _line(line: str) -> Any:
    if "," not in line:
        return _word(line.strip())
    return [_word(word.strip()) for word in line.removesuffix(",").split(",")]


def _word(word: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word
