"""What a TOML file asks to simulate: a stratigraphy or a scene."""

from __future__ import annotations

from pathlib import Path

from .library import Library
from .point import Point, read_point
from .scene import Scene, read_scene
from .stated import read_stated


def read_simulation(path: Path, library: Library) -> Point | Scene:
    """A stratigraphy where the file has [[layer]] tables, a scene where it has patches.

    Raises
    ------
    ConfigError, StackError, InstrumentError, LibraryError : for what is wrong in it
    """
    table = read_stated(path)
    of_point = "layer" in table.unread
    of_scene = [key for key in ("patch", "labels", "stratigraphy", "base") if key in table.unread]
    if of_point and of_scene:
        raise table.wrong(
            f"[[layer]] makes it a stratigraphy, '{of_scene[0]}' a scene; keep one of them"
        )
    if not of_point and not of_scene:
        raise table.wrong(
            "nothing to simulate; add [[layer]] tables for a stratigraphy, or [[patch]] tables or "
            "'labels' for a scene"
        )
    return read_point(path, library) if of_point else read_scene(path, library)
