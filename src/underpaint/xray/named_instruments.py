"""The instruments that come with the program, and how a user's words find one."""

from __future__ import annotations

import difflib
import re
from functools import cache
from pathlib import Path

from underpaint.errors import InstrumentError

from .instrument import Instrument
from .instrument_file import read_instrument

FOLDER = Path(__file__).parent / "instruments"


@cache
def named_instruments() -> tuple[str, ...]:
    """Names of the instruments that come with the program, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def instrument_path(name_or_path: str) -> Path:
    """The TOML file of an instrument that comes with the program, or of a user's own.

    What ends in `.toml` or holds a path separator is a file's path; all else is a name.

    Raises
    ------
    InstrumentError : for a name that no instrument has, and for a path where no file is
    """
    if name_or_path in named_instruments():
        return FOLDER / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if path.suffix.lower() == ".toml" or len(path.parts) > 1:
        if path.is_file():
            return path
        raise InstrumentError(f"{path}: there is no such instrument file")
    nearest = max(named_instruments(), key=lambda name: _likeness(name_or_path, name))
    raise InstrumentError(
        f"no instrument is called '{name_or_path}': did you mean '{nearest}'? Known are "
        f"{', '.join(named_instruments())}; or give the path of a TOML file"
    )


def find_instrument(name_or_path: str) -> Instrument:
    """An instrument that comes with the program, by name, or a user's own, by its file's path.

    Raises
    ------
    InstrumentError : for an unknown name, a missing file, or a file that describes no instrument
    """
    return read_instrument(instrument_path(name_or_path))


def _likeness(asked: str, name: str) -> tuple[int, float]:
    """Words in common, then letters in common."""
    words = set(re.split(r"[^a-z0-9]+", asked.lower())) & set(name.split("-"))
    return len(words), difflib.SequenceMatcher(None, asked.lower(), name).ratio()
