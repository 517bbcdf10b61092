"""The library of pigments, their groups, and the materials around them.

The figures live in `pigments.toml` and `materials.toml`, each with its source. A user's own
pigments come in as a TOML file of the same form.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import LibraryError

from .entries import (
    Ground,
    GroundLayer,
    Group,
    Material,
    Pigment,
    alternatives,
    check_pigment_shows_key_lines,
    read_ground,
    read_group,
    read_material,
    read_pigment,
)
from .table import Table

__all__ = [
    "Ground",
    "GroundLayer",
    "Group",
    "Library",
    "Material",
    "Pigment",
    "alternatives",
    "load_library",
    "suggestion",
]


Entry = TypeVar("Entry", Pigment, Group)


@dataclass(frozen=True, eq=False)
class Library:
    """All that is known of paint.

    Attributes
    ----------
    pigments : by name, in the order of the file
    groups : those that XRF can see, in alphabetical order of their names: the order of the
        network's classes and of all maps
    unseen : groups with no line of their own, which are never guessed
    families : key elements in words, in alphabetical order
    binders, varnishes, grounds, supports : by name
    references : citation key to reference
    version : semantic version, "+", and the first twelve digits of the SHA-256 of the content
    """

    pigments: dict[str, Pigment]
    groups: tuple[Group, ...]
    unseen: tuple[Group, ...]
    families: tuple[str, ...]
    binders: dict[str, Material]
    varnishes: dict[str, Material]
    grounds: dict[str, Ground]
    supports: dict[str, Material]
    references: dict[str, str]
    version: str

    def group(self, name: str) -> Group:
        """A group by name, seen or unseen; LibraryError with close names where there is none."""
        for group in (*self.groups, *self.unseen):
            if group.name == name:
                return group
        names = [group.name for group in (*self.groups, *self.unseen)]
        raise LibraryError(f"There is no group '{name}'{suggestion(name, names)}")

    def pigment(self, name: str) -> Pigment:
        """A pigment by name; LibraryError with close names where there is none."""
        if name not in self.pigments:
            raise LibraryError(f"There is no pigment '{name}'{suggestion(name, self.pigments)}")
        return self.pigments[name]

    @cached_property
    def membership(self) -> NDArray[np.bool_]:
        """Which visible groups belong to which family, (family, group) bool."""
        return np.array([[name in g.families for g in self.groups] for name in self.families])

    def family_key_lines(self, family: str) -> tuple[str, ...]:
        """The key lines that all groups of a family share, in their order.

        Where they share none as a whole, those that are alternatives at least in all of them.
        """
        members = [group.key_lines for group in self.groups if family in group.families]
        shared = tuple(key for key in members[0] if all(key in lines for lines in members))
        if shared:
            return shared
        single = [[one for key in lines for one in key.split("|")] for lines in members]
        return tuple(dict.fromkeys(
            one for one in single[0] if all(one in lines for lines in single)
        ))  # fmt: skip

    def members(self, group: str) -> tuple[Pigment, ...]:
        """The pigments of a group."""
        return tuple(item for item in self.pigments.values() if item.group == group)


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the closest known ones, or where to look."""
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return "; 'underpaint pigments list' shows all names"


def load_library(path: Path | None = None) -> Library:
    """The library, with the pigments of the user's own file where one is given.

    Parameters
    ----------
    path : TOML file with [[pigment]] tables and, where these need them, [[group]] tables and
        [references], in the form of the project's own `pigments.toml`

    Raises
    ------
    LibraryError : the file cannot be read, a key is unknown or missing, a figure is impossible,
        or a name is taken already
    """
    return _built_in() if path is None else _build(Path(path))


@cache
def _built_in() -> Library:
    return _build(None)


def _build(own: Path | None) -> Library:
    folder = resources.files("underpaint.paint")
    contents = {
        name: tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))
        for name in ("pigments.toml", "materials.toml")
    }
    semantic = contents["pigments.toml"]["version"]
    tables = [Table(contents["pigments.toml"], "pigments.toml")]
    tables[0].text("version")
    if own is not None:
        contents["own"] = _read_toml(own)
        tables.append(Table(contents["own"], own.name))
        if not {"pigment", "group"} & set(contents["own"]):
            raise tables[1].wrong("there is no [[pigment]] table; add one")

    groups: dict[str, Group] = {}
    pigments: dict[str, Pigment] = {}
    references: dict[str, str] = {}
    for table in tables:
        references |= _references(table)
        for item in table.tables("group", "group"):
            _add(groups, read_group(item), item, "group")
        for item in table.tables("pigment", "pigment"):
            _add_pigment(pigments, item, groups, references)
        table.finish()
    _reject_empty_groups(tables[-1], groups, pigments)
    seen = tuple(sorted((g for g in groups.values() if g.visible), key=lambda g: g.name))
    materials = Table(contents["materials.toml"], "materials.toml")
    binders = _materials(materials, "binder", layer=False)
    library = Library(
        pigments=pigments,
        groups=seen,
        unseen=tuple(group for group in groups.values() if not group.visible),
        families=tuple(sorted({family for group in seen for family in group.families})),
        binders=binders,
        varnishes=_materials(materials, "varnish", layer=True),
        grounds={
            ground.name: ground
            for ground in (
                read_ground(item, pigments, binders)
                for item in materials.tables("ground", "ground")
            )
        },
        supports=_materials(materials, "support", layer=True),
        references=references,
        version=f"{semantic}+{_digest(contents)}",
    )
    materials.finish()
    return library


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise LibraryError(f"{path}: {reason}; check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LibraryError(f"{path} is not valid TOML ({error}); correct it there") from error


def _references(table: Table) -> dict[str, str]:
    values = Table(table.take("references", {}), f"{table.where}, [references]")
    return {key: values.text(key) for key in values.unread}


def _add_pigment(
    pigments: dict[str, Pigment],
    table: Table,
    groups: dict[str, Group],
    references: dict[str, str],
) -> None:
    pigment = read_pigment(table)
    if pigment.group not in groups:
        raise table.wrong(f"there is no group '{pigment.group}'{suggestion(pigment.group, groups)}")
    check_pigment_shows_key_lines(table, pigment, groups[pigment.group])
    for key in pigment.references:
        if key not in references:
            raise table.wrong(f"reference '{key}' is not in [references]; add it there")
    alone = all(other.group != pigment.group for other in pigments.values())
    if pigment.name in groups and not (pigment.name == pigment.group and alone):
        raise table.wrong("a group has this name already; choose another")
    _add(pigments, pigment, table, "pigment")


def _add(known: dict[str, Entry], entry: Entry, table: Table, what: str) -> None:
    if entry.name in known:
        raise table.wrong(f"the library has a {what} of this name already; choose another")
    known[entry.name] = entry


def _reject_empty_groups(
    table: Table, groups: dict[str, Group], pigments: dict[str, Pigment]
) -> None:
    used = {pigment.group for pigment in pigments.values()}
    for name in groups:
        if name not in used:
            raise table.wrong(f"group '{name}' has no pigment; add one or remove the group")


def _materials(table: Table, key: str, *, layer: bool) -> dict[str, Material]:
    found = (read_material(item, layer=layer) for item in table.tables(key, key))
    return {material.name: material for material in found}


def _digest(contents: dict[str, Any]) -> str:
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
