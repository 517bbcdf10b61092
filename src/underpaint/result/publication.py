"""A finished folder takes its name; a process that dies on the way leaves one that is whole.

An older result of the name is put aside first, FOLDER.replaced, and removed last. What a process
that died left of this is put right by the next one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from underpaint.errors import OutputError

from .hdf5 import FILE_NAME

BLOCKS, JOB = "blocks", "job"
OWN_NAMES = frozenset(
    {FILE_NAME, "pigments.csv", "families.csv", "maps", "report.html", BLOCKS, JOB}
)


def partial_folder(folder: Path) -> Path:
    """Where a result lies until it is finished."""
    return folder.with_name(folder.name + ".partial")


def require_free(folder: Path, *, overwrite: bool) -> None:
    """OutputError where a result may not take this name."""
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
    for path in replaced.iterdir():
        if path.name not in OWN_NAMES and not (folder / path.name).exists():
            path.rename(folder / path.name)
    shutil.rmtree(replaced)


def _replaced(folder: Path) -> Path:
    return folder.with_name(folder.name + ".replaced")
