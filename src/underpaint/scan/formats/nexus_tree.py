"""Finding one's way in an HDF5 file of unknown layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .hdf5_access import attribute, whole

if TYPE_CHECKING:
    import h5py

MM_PER_UNIT = {
    "mm": 1.0,
    "millimeter": 1.0,
    "um": 1e-3,
    "µm": 1e-3,
    "μm": 1e-3,
    "micrometer": 1e-3,
    "cm": 10.0,
    "m": 1e3,
}
S_PER_UNIT = {"s": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6}
DEEPEST = 20


def text_attribute(node: Any, name: str) -> str | None:
    """A text attribute of a group or dataset, None where it has none or it is no text."""
    value = attribute(node, name)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def scalar(group: h5py.Group, name: str) -> h5py.Dataset | None:
    """A dataset of a single value, None where there is none of that name."""
    found = group.get(name)
    return found if getattr(found, "shape", None) in ((), (1,)) else None


def text_of(dataset: h5py.Dataset) -> str:
    """The value of a scalar dataset as text."""
    value = whole(dataset) if dataset.shape == () else whole(dataset)[0]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.strip()


def length_in_mm(unit: str | None) -> float | None:
    """Size of a unit of length, mm; None for what is none."""
    return None if unit is None else MM_PER_UNIT.get(unit.strip().lower())


def time_in_s(unit: str | None) -> float | None:
    """Size of a unit of time, s, which is meant where none is stated; None for what is none."""
    return S_PER_UNIT.get((unit or "s").strip().lower())


def walk(file: h5py.File) -> Iterator[h5py.Group | h5py.Dataset]:
    """All groups and datasets once each, links followed and broken ones passed over."""
    import h5py

    seen: set[Any] = set()

    def visit(node: Any, depth: int) -> Iterator[Any]:
        # h5o.get_info would go through the index of all chunks, without end where it is damaged
        info = h5py.h5g.get_objinfo(node.id)
        if (info.fileno, info.objno) in seen or depth > DEEPEST:
            return
        seen.add((info.fileno, info.objno))
        yield node
        if isinstance(node, h5py.Group):
            # Hard links first, so that a dataset goes by its own name and not by an alias.
            names = sorted(
                node, key=lambda n: not isinstance(node.get(n, getlink=True), h5py.HardLink)
            )
            for name in names:
                if missing_target(node, name):
                    continue
                try:
                    child = node[name]
                except (KeyError, OSError):
                    continue
                yield from visit(child, depth + 1)

    yield from visit(file["/"], 0)


def missing_target(group: h5py.Group, name: str) -> str | None:
    """The file that an external link names and that is not there, None for all other names."""
    import h5py

    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.ExternalLink):
        return None
    there = (Path(group.file.filename).parent / link.filename).is_file()
    return None if there else str(link.filename)


def missing_targets(file: h5py.File) -> list[str]:
    """The files that external links name and that are not there."""
    groups = [node for node in walk(file) if hasattr(node, "keys")]
    gone = {missing_target(group, name) for group in groups for name in group}
    return sorted(name for name in gone if name)


def follow(file: h5py.File, inside: str) -> Any:
    """What lies at a path inside a file; None where nothing does, or a link leads nowhere."""
    node: Any = file["/"]
    for name in filter(None, inside.split("/")):
        if not hasattr(node, "keys") or missing_target(node, name):
            return None
        node = node.get(name)
    return node


def groups_of_class(file: h5py.File, nexus_class: str) -> list[h5py.Group]:
    """The groups of one NeXus class."""
    return [node for node in walk(file) if text_attribute(node, "NX_class") == nexus_class]


def near(dataset: h5py.Dataset, name: str) -> h5py.Dataset | None:
    """A dataset of that name beside another, in `info` beside it, or in its NXdetector.

    These are the places where PyMca looks for what belongs to a spectrum.
    """
    import h5py

    group = dataset.parent
    places = [group]
    if isinstance(group.get("info"), h5py.Group):
        places.append(group["info"])
    if group.name != "/" and text_attribute(group.parent, "NX_class") == "NXdetector":
        places.append(group.parent)
    for place in places:
        found = place.get(name)
        if isinstance(found, h5py.Dataset):
            return found
    return None
