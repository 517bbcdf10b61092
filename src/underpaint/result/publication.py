"""A finished folder takes its name; a process that dies on the way leaves one that is whole.

An older result of the name is put aside first, FOLDER.replaced, and removed last. What a process
that died left of this is put right by the next one.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from underpaint.errors import OutputError

from .hdf5 import FILE_NAME

BLOCKS, JOB, MAPS = "blocks", "job", "maps"
OWN_NAMES = frozenset({FILE_NAME, "pigments.csv", "families.csv", MAPS, "report.html", BLOCKS, JOB})
OWN_MAPS = re.compile(r".+_(probability|amount|amount_sigma|verdict)\.(tif|png)")


def partial_folder(folder: Path) -> Path:
    """Where a result lies until it is finished."""
    return folder.with_name(folder.name + ".partial")


def require_free(folder: Path, *, overwrite: bool) -> None:
    """OutputError where a result may not take this name."""
    here = Path.cwd()
    if folder.resolve() in (here, *here.parents):
        raise OutputError(f"{folder} is the folder you work in, or above it; name a new one")
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not overwrite:
        raise OutputError(f"{folder} exists; choose another folder or add --overwrite")
    if not (folder / FILE_NAME).exists():
        raise OutputError(
            f"{folder} holds no result, so --overwrite leaves it alone; choose another folder"
        )


def publish(partial: Path, folder: Path, *, overwrite: bool) -> None:
    """Rename a finished result; files that are not underpaint's own survive an overwrite."""
    require_free(folder, overwrite=overwrite)
    if folder.exists():
        put_right(folder)
        folder.rename(_replaced(folder))
    partial.rename(folder)
    put_right(folder)


def put_right(folder: Path) -> None:
    """Finish what a process that died had begun once the result had its name."""
    shutil.rmtree(folder / BLOCKS, ignore_errors=True)
    (folder / JOB).unlink(missing_ok=True)
    replaced = _replaced(folder)
    if not replaced.is_dir():
        return
    for path in _strangers(replaced):
        kept = folder / path.relative_to(replaced)
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            path.rename(kept)
    shutil.rmtree(replaced)


def _strangers(folder: Path) -> list[Path]:
    """What lies in a result's folder and is not underpaint's own, its maps' folder included."""
    found = [path for path in folder.iterdir() if path.name not in OWN_NAMES]
    maps = folder / MAPS
    if maps.is_dir():
        found += [path for path in maps.iterdir() if not OWN_MAPS.fullmatch(path.name)]
    return found


def _replaced(folder: Path) -> Path:
    return folder.with_name(folder.name + ".replaced")
