"""The palette: the pigments held possible in one painting."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from underpaint.errors import LibraryError

from .library import Library, suggestion
from .table import Table

_YEARS = re.compile(r"\s*(\d{1,4})\s*(?:[-–]\s*(\d{1,4})\s*)?")
LAST_YEAR = 2100


@dataclass(frozen=True, slots=True)
class Palette:
    """Pigments held possible.

    Attributes
    ----------
    pigments : names, in the order of the library
    groups : names of the visible groups that have a pigment here, in the order of
        `Library.groups`; none of them for a palette of carbon black, indigo and red lakes
    source : what the palette was made from, in words
    dropped : pigments asked for by name or group that were not in use at the time
    """

    pigments: tuple[str, ...]
    groups: tuple[str, ...]
    source: str
    dropped: tuple[str, ...] = ()


def parse_palette(spec: str | Path | None, library: Library, made: str | None = None) -> Palette:
    """The palette that a user means.

    Parameters
    ----------
    spec : names of pigments or groups joined by commas; or a TOML file with
        `pigments = ["name", ...]` and, if wanted, `made = "1890-1905"`; None for all pigments.
        Where a pigment and a group share a name, the pigment is meant
    library : where the names come from
    made : year or years of the painting, as "1896" or "1890-1905": pigments that were not in
        use then are left out; it overrides the file's

    Raises
    ------
    LibraryError : a name is unknown, the file cannot be read, the years make no sense, or no
        pigment is left
    """
    if spec is None:
        names: Sequence[str] = list(library.pigments)
        source = "all pigments of the library"
    elif isinstance(spec, Path) or _names_a_file(spec):
        names, file_made = _read(Path(spec))
        made = made if made is not None else file_made
        source = f"file {Path(spec).name}"
    else:
        names = [name for name in (part.strip() for part in spec.split(",")) if name]
        source = ", ".join(names)
    if not names:
        raise LibraryError(
            "The palette is empty; name its pigments or groups, as 'lead-white,copper'"
        )

    asked = _members(names, library)
    dropped: tuple[str, ...] = ()
    if made is not None:
        first, last = parse_years(made)
        kept = [name for name in asked if library.pigments[name].used_between(first, last)]
        dropped = tuple(name for name in asked if name not in kept)
        source += f", in use {first}-{last}"
        if not kept:
            raise LibraryError(
                f"No pigment of the palette was in use in {made}; correct the years or the names"
            )
        asked = kept
    present = {library.pigments[name].group for name in asked}
    groups = tuple(group.name for group in library.groups if group.name in present)
    return Palette(tuple(asked), groups, source, dropped)


def parse_years(made: str) -> tuple[int, int]:
    """First and last year of "1890-1905" or "1896"; LibraryError for anything else."""
    match = _YEARS.fullmatch(made)
    if match is None:
        raise LibraryError(f"'{made}' is not a year or years; write 1896 or 1890-1905")
    first = int(match[1])
    last = int(match[2] or match[1])
    if first > last:
        raise LibraryError(f"'{made}' ends before it begins; write the earlier year first")
    if first < 1 or last > LAST_YEAR:
        raise LibraryError(f"'{made}' has a year outside 1 to {LAST_YEAR}; correct it")
    return first, last


def _names_a_file(spec: str) -> bool:
    return spec.endswith(".toml") or "/" in spec or "\\" in spec


def _read(path: Path) -> tuple[tuple[str, ...], str | None]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise LibraryError(f"Palette {path}: {reason}; check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LibraryError(f"Palette {path} is not valid TOML ({error}); correct it") from error
    except ValueError as error:  # a path that no file can have
        raise LibraryError(f"Palette {str(path)!r}: {error}; check the path") from error
    table = Table(values, f"Palette {path.name}")
    table.require("pigments")
    names = table.texts("pigments")
    made = table.text("made") or None
    table.finish()
    return names, made


def _members(names: Sequence[str], library: Library) -> list[str]:
    groups = [group.name for group in (*library.groups, *library.unseen)]
    chosen: set[str] = set()
    for written in names:
        name = "-".join(written.lower().split())  # "Lead white", as reports have it
        if name in library.pigments:
            chosen.add(name)
        elif name in groups:
            chosen.update(pigment.name for pigment in library.members(name))
        else:
            known = [*library.pigments, *groups]
            raise LibraryError(f"There is no pigment or group '{written}'{suggestion(name, known)}")
    return [name for name in library.pigments if name in chosen]
