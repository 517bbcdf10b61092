"""A finished folder takes its name; a process that dies on the way leaves one that is whole.

An older result of the name is put aside first, FOLDER.replaced, and removed last. What a process
that died left of this is put right by the next one.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from underpaint.errors import OutputError

from .hdf5 import FILE_NAME

BLOCKS, JOB, MAPS = "blocks", "job", "maps"
UNFINISHED_JOB = f"{JOB}.unfinished"


@dataclass(frozen=True)
class Contents:
    """What a command writes into its folder: only this is ever replaced or removed.

    Attributes
    ----------
    words : what it is, for messages
    mark : the file without which a folder is not one of these
    names : of files and folders
    maps : the names of files in its maps' folder
    unfinished : those of the names that a finished folder does not keep
    """

    words: str
    mark: str
    names: frozenset[str]
    maps: re.Pattern[str]
    unfinished: tuple[str, ...] = ()


RESULT = Contents(
    "result",
    FILE_NAME,
    frozenset({FILE_NAME, "pigments.csv", "families.csv", MAPS, "report.html", BLOCKS, JOB}),
    re.compile(r".+_(probability|amount|amount_sigma|verdict)\.(tif|png)"),
    (BLOCKS, JOB),
)
ELEMENT_MAPS = Contents(
    "element maps",
    "elements.h5",
    frozenset({"elements.h5", "elements.csv", MAPS}),
    re.compile(r"([A-Z][a-z]?-[KLM]|roi-[\w-]+|misfit)\.(tif|png)"),
)


def partial_folder(folder: Path) -> Path:
    """Where a result lies until it is finished."""
    return _beside(folder, ".partial")


def require_free(folder: Path, *, overwrite: bool, contents: Contents = RESULT) -> None:
    """OutputError where a result may not take this name."""
    here = Path.cwd()
    if folder.resolve() in (here, *here.parents):
        raise OutputError(f"{folder} is the folder you work in, or above it; name a new one")
    try:
        # a name may be too long with its ending
        partial_folder(folder).exists()
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not overwrite:
        raise OutputError(f"{folder} exists; choose another folder or add --overwrite")
    if not (folder / contents.mark).exists():
        raise OutputError(
            f"{folder} holds no {contents.words}, so --overwrite leaves it alone; choose another "
            "folder"
        )


def require_abandoned(folder: Path, contents: Contents) -> None:
    """OutputError where FOLDER.partial holds anything but what a dead process left of these."""
    partial = partial_folder(folder)
    if partial.exists() and (not partial.is_dir() or strangers(partial, contents)):
        raise OutputError(
            f"{partial} is in the way, and holds something other than unfinished "
            f"{contents.words}; move it elsewhere, or choose another folder"
        )


def require_startable(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """OutputError where FOLDER.partial keeps a result from being begun or gone on with: it is no
    unfinished run, or one that is neither to be resumed nor to be overwritten."""
    partial = partial_folder(folder)
    if not partial.exists():
        return
    kept = {path.name for path in partial.iterdir()} if partial.is_dir() else {""}
    if kept and not kept & {JOB, BLOCKS, UNFINISHED_JOB}:
        raise OutputError(f"{partial} is in the way, and is no unfinished run; move it elsewhere")
    if not resume and not overwrite:
        raise OutputError(
            f"{partial} holds an unfinished run; "
            "continue it with --resume or start again with --overwrite"
        )


def begin_anew(folder: Path, contents: Contents) -> Path:
    """An empty FOLDER.partial, in place of what a dead process left.

    Raises
    ------
    OutputError where it holds anything else
    """
    require_abandoned(folder, contents)
    partial = partial_folder(folder)
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    return partial


def publish(partial: Path, folder: Path, *, overwrite: bool, contents: Contents = RESULT) -> None:
    """Rename a finished result; files that are not underpaint's own survive an overwrite."""
    require_free(folder, overwrite=overwrite, contents=contents)
    folder = _followed(folder)
    if folder.exists():
        put_right(folder, contents)
        folder.rename(_replaced(folder))
    partial.rename(folder)
    put_right(folder, contents)


def put_right(folder: Path, contents: Contents = RESULT) -> None:
    """Finish what a process that died had begun once the result had its name."""
    for name in contents.unfinished:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    replaced = _replaced(folder)
    if not replaced.is_dir():
        return
    for path in strangers(replaced, contents):
        kept = _unused(folder / path.relative_to(replaced))
        kept.parent.mkdir(exist_ok=True)
        path.rename(kept)
    shutil.rmtree(replaced)


def strangers(folder: Path, contents: Contents) -> list[Path]:
    """What lies in a folder and is not underpaint's own, its maps' folder included."""
    found = [path for path in folder.iterdir() if path.name not in contents.names]
    maps = folder / MAPS
    if maps.is_dir():
        found += [path for path in maps.iterdir() if not contents.maps.fullmatch(path.name)]
    return found


def _unused(path: Path) -> Path:
    """The path, or one like it where another file has come to lie."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return free


def _replaced(folder: Path) -> Path:
    return _beside(folder, ".replaced")


def _beside(folder: Path, ending: str) -> Path:
    real = _followed(folder)
    return real.with_name(real.name + ending)


def _followed(folder: Path) -> Path:
    """Where a link leads, so that the link stays, and results lie on the disk that it leads to."""
    return folder.resolve() if folder.is_symlink() else folder
