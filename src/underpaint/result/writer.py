"""Writing a result block by block, so that memory stays bounded and a stopped run goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from underpaint.errors import OutputError, ResultError

from .frame import Findings, ResultFrame
from .hdf5 import FILE_NAME, job_of, read_result, write_file
from .kept_block import is_whole, keep_block, kept_beside, kept_block
from .packing import PackedBlock, pack_block, rows_together, slabs_of
from .publication import (
    BLOCKS,
    JOB,
    UNFINISHED_JOB,
    partial_folder,
    publish,
    put_right,
    require_free,
    require_startable,
)
from .result import Result
from .revision import Verdicts, revised
from .room import written_to


class ResultWriter:
    """Gathers blocks of rows in FOLDER.partial and gives the finished result its name.

    Attributes
    ----------
    folder : where the result will lie
    partial : where it lies until it is finished; exports may be written here before `publish`
    finished : the result, where the job that is to be resumed was done to its end already

    Raises
    ------
    OutputError where the folder, or an unfinished run beside it, is there already, or where the
        disk is full, here and in what writes.
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
        self._job = _fingerprint(frame)
        self.finished = self._done_before() if resume else None
        if self.finished is not None:
            return
        require_free(self.folder, overwrite=overwrite)
        with written_to(self.partial):
            if not self._goes_on(resume):
                self._begin()

    def _done_before(self) -> Result | None:
        """The result under its own name, where it is that of this job."""
        if job_of(self.folder / FILE_NAME) != self._job:
            return None
        with written_to(self.folder):
            put_right(self.folder)
        return read_result(self.folder)

    def _goes_on(self, resume: bool) -> bool:
        """Whether an unfinished run is there and is gone on with."""
        if not self.partial.exists():
            return False
        job = self.partial / JOB
        if resume and (job.exists() or self._blocks.exists()):
            if not self._is_begun():
                raise ResultError(
                    f"{self.partial} was begun with another scan, other weights or other options; "
                    "repeat that command to resume it, or start again with --overwrite"
                )
            self._blocks.mkdir(exist_ok=True)
            return True
        require_startable(self.folder, resume=resume, overwrite=self._overwrite)
        shutil.rmtree(self.partial)
        return False

    def _begin(self) -> None:
        """A new folder; blocks are kept there only once it says of which job they are."""
        self.partial.mkdir(parents=True)
        unfinished = self.partial / UNFINISHED_JOB
        unfinished.write_text(self._job, encoding="utf-8")
        unfinished.replace(self.partial / JOB)
        self._blocks.mkdir()

    def _is_begun(self) -> bool:
        """Whether the unfinished run is that of this job."""
        job = self.partial / JOB
        return job.exists() and job.read_text(encoding="utf-8") == self._job

    @property
    def done(self) -> tuple[tuple[int, int], ...]:
        """The blocks that are written, as (first row, row after the last), from the top."""
        blocks = sorted(self._blocks.glob(f"*.{self._mark}"))
        return tuple(_span(path) for path in blocks if is_whole(path))

    def missing(self) -> Iterator[tuple[int, int]]:
        """The blocks still to be written, as (first row, row after), each as chunks lie."""
        height, rows = self.frame.shape[0], rows_together(self.frame.shape)
        done = set(self.done)
        for y in range(0, height, rows):
            span = y, min(y + rows, height)
            if span not in done:
                yield span

    def write(self, block: PackedBlock, beside: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Keep a block.

        Parameters
        ----------
        block : packed rows
        beside : arrays by name that are kept with the block until the result is gathered

        Raises
        ------
        OutputError where another run has come to write in this one's place.
        """
        path = self._path(block.y0, block.y0 + block.rows)
        if not self._is_begun() or (path.exists() and is_whole(path)):
            raise OutputError(
                f"{self.partial} is written to by another run as well; this one stops here"
            )
        with written_to(self.partial):
            keep_block(path, block, beside or {})

    def beside(self) -> Iterator[dict[str, NDArray[Any]]]:
        """What was kept beside each block, by name, from the top."""
        for span in self.done:
            yield kept_beside(self._path(*span))

    def gather(
        self,
        findings: Findings | Callable[[], Findings],
        revise: Callable[[Verdicts], Verdicts] | None = None,
    ) -> Result:
        """Write result.h5 in the partial folder and open it; what is opened lasts until `publish`.

        Parameters
        ----------
        findings : what the blocks together have shown, or what tells it after the last of them
        revise : given the verdict maps of some rows by name, tells those that are to be others,
            as where no line confirms a name

        Raises
        ------
        ValueError where rows are missing.
        """
        blocks = (kept_block(self._path(*span)) for span in self.done)
        if revise is not None:
            blocks = (revised(block, self.frame, revise) for block in blocks)
        with written_to(self.partial):
            write_file(self.partial / FILE_NAME, self.frame, findings, blocks, self._job)
        return read_result(self.partial)

    def publish(self) -> Result:
        """Give the gathered result its name in one rename, and open it there."""
        with written_to(self.partial):
            publish(self.partial, self.folder, overwrite=self._overwrite)
        return read_result(self.folder)

    def finish(
        self, findings: Findings, revise: Callable[[Verdicts], Verdicts] | None = None
    ) -> Result:
        """Gather and publish."""
        self.gather(findings, revise)
        return self.publish()

    @property
    def _blocks(self) -> Path:
        return self.partial / BLOCKS

    def _path(self, start: int, end: int) -> Path:
        return self._blocks / f"{start:07d}-{end:07d}.{self._mark}"

    @property
    def _mark(self) -> str:
        """What blocks of this job end in: another's, come here while both ran, are none of it."""
        return f"{self._job[:12]}.block"


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
        frame = result.frame
        slabs = slabs_of(result.blocks(), rows_together(frame.shape), frame)
        packed = (pack_block(slab, frame) for slab in slabs)
        write_file(partial / FILE_NAME, frame, result.findings, packed)
        publish(partial, folder, overwrite=overwrite)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder / FILE_NAME


def _span(path: Path) -> tuple[int, int]:
    start, end = path.name.split(".")[0].split("-")
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
