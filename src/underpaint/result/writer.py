"""Writing a result block by block, so that memory stays bounded and a stopped run goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import OutputError, ResultError

from .frame import PIXEL_ARRAYS, Findings, ResultFrame, RowBlock, dtype_of
from .hdf5 import FILE_NAME, read_result, write_file
from .result import Result

BESIDE = "beside "
OWN_NAMES = frozenset({FILE_NAME, "pigments.csv", "maps", "report.html"})


class ResultWriter:
    """Gathers blocks of rows in FOLDER.partial and gives the finished result its name.

    Attributes
    ----------
    folder : where the result will lie
    partial : where it lies until it is finished; exports may be written here before `publish`

    Raises
    ------
    OutputError where the folder, or an unfinished run beside it, is there already.
    ResultError where the unfinished run that is to be resumed is another job.
    """

    def __init__(
        self,
        folder: Path | str,
        frame: ResultFrame,
        *,
        resume: bool = False,
        overwrite: bool = False,
    ) -> None:
        self.folder = Path(folder)
        self.frame = frame
        self.partial = partial_folder(self.folder)
        self._overwrite = overwrite
        require_free(self.folder, overwrite=overwrite)
        if self.partial.exists():
            if resume:
                self._require_same_job()
                return
            if not overwrite:
                raise OutputError(
                    f"{self.partial} holds an unfinished run; "
                    "continue it with --resume or start again with --overwrite"
                )
            shutil.rmtree(self.partial)
        try:
            self._blocks.mkdir(parents=True)
            (self.partial / "job").write_text(_fingerprint(frame), encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{self.partial} cannot be made: {error.strerror}") from error

    @property
    def done(self) -> tuple[tuple[int, int], ...]:
        """The blocks that are written, as (first row, row after the last), from the top."""
        return tuple(_span(path) for path in sorted(self._blocks.glob("*.npz")))

    def missing(self, rows: int) -> Iterator[tuple[int, int]]:
        """The blocks of at most `rows` rows still to be written, as (first row, row after)."""
        y = 0
        for start, end in (*self.done, (self.frame.shape[0], self.frame.shape[0])):
            while y < start:
                yield y, min(y + rows, start)
                y = min(y + rows, start)
            y = max(y, end)

    def write(self, block: RowBlock, beside: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Keep a block; one that is there already in full, or in part, is a ValueError.

        Parameters
        ----------
        block : pixel arrays of some rows
        beside : arrays by name that are kept with the block until the result is gathered
        """
        block.require_fits(self.frame)
        end = block.y0 + block.rows
        if any(block.y0 < other_end and start < end for start, other_end in self.done):
            raise ValueError(f"rows {block.y0} to {end} are partly written already")
        path = self._blocks / f"{block.y0:07d}-{end:07d}.npz"
        unfinished = path.with_suffix(".unfinished")
        arrays = {n: np.asarray(a, dtype=dtype_of(n)) for n, a in block.arrays.items()}
        arrays |= {BESIDE + name: array for name, array in (beside or {}).items()}
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        unfinished.replace(path)

    def blocks(self) -> Iterator[RowBlock]:
        """The blocks that are written, from the top."""
        for start, end in self.done:
            path = self._blocks / f"{start:07d}-{end:07d}.npz"
            with np.load(path) as arrays:
                yield RowBlock(start, **{name: arrays[name] for name in PIXEL_ARRAYS})

    def beside(self, *names: str) -> Iterator[tuple[NDArray[Any], ...]]:
        """What was kept beside each block under these names, from the top."""
        for start, end in self.done:
            with np.load(self._blocks / f"{start:07d}-{end:07d}.npz") as arrays:
                yield tuple(arrays[BESIDE + name] for name in names)

    def gather(
        self,
        findings: Findings | Callable[[], Findings],
        revise: Callable[[RowBlock], RowBlock] | None = None,
        executor: Executor | None = None,
    ) -> Result:
        """Write result.h5 in the partial folder and open it; what is opened lasts until `publish`.

        Parameters
        ----------
        findings : what the blocks together have shown, or what tells it after the last of them
        revise : what is changed in a block, as a verdict that no line confirms
        executor : where arrays are packed; here if None

        Raises
        ------
        ValueError where rows are missing.
        """
        blocks = self.blocks() if revise is None else map(revise, self.blocks())
        write_file(self.partial / FILE_NAME, self.frame, findings, blocks, executor)
        return read_result(self.partial)

    def publish(self) -> Result:
        """Give the gathered result its name in one rename, and open it there."""
        shutil.rmtree(self._blocks)
        (self.partial / "job").unlink()
        publish(self.partial, self.folder, overwrite=self._overwrite)
        return read_result(self.folder)

    def finish(
        self, findings: Findings, revise: Callable[[RowBlock], RowBlock] | None = None
    ) -> Result:
        """Gather and publish."""
        self.gather(findings, revise)
        return self.publish()

    @property
    def _blocks(self) -> Path:
        return self.partial / "blocks"

    def _require_same_job(self) -> None:
        job = self.partial / "job"
        if not job.exists() or job.read_text(encoding="utf-8") != _fingerprint(self.frame):
            raise ResultError(
                f"{self.partial} was begun with another scan, other weights or other options; "
                "repeat that command to resume it, or start again with --overwrite"
            )
        self._blocks.mkdir(exist_ok=True)


def write_result(result: Result, folder: Path | str, *, overwrite: bool = False) -> Path:
    """Write a result that is in memory, and return the path of its result.h5.

    Raises
    ------
    OutputError where the folder exists and `overwrite` is not set, or cannot be made.
    """
    folder = Path(folder)
    require_free(folder, overwrite=overwrite)
    partial = partial_folder(folder)
    if partial.exists():
        raise OutputError(f"{partial} holds an unfinished run; finish or remove it first")
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{partial} cannot be made: {error.strerror}") from error
    try:
        write_file(partial / FILE_NAME, result.frame, result.findings, result.blocks())
        publish(partial, folder, overwrite=overwrite)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder / FILE_NAME


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
    if not folder.exists():
        partial.rename(folder)
        return
    replaced = folder.with_name(folder.name + ".replaced")
    folder.rename(replaced)
    partial.rename(folder)
    for path in replaced.iterdir():
        if path.name not in OWN_NAMES:
            path.rename(folder / path.name)
    shutil.rmtree(replaced)


def _span(path: Path) -> tuple[int, int]:
    start, end = path.stem.split("-")
    return int(start), int(end)


def _fingerprint(frame: ResultFrame) -> str:
    parts = {
        "groups": [asdict(group) for group in frame.groups],
        "families": frame.families,
        "elements": frame.elements,
        "shape": frame.shape,
        "bin_edges": frame.bin_edges.tolist(),
        "job": frame.job,
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
