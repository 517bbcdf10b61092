"""EDF stacks (.edf): one file of all spectra, or a folder of files, one a row."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from .. import fact
from ..counts import CountArray
from ..figures import Figures
from ..rowwise import RowwiseCounts
from ..scan import Scan
from .edf_header import EdfFrame, read_frames
from .energy_line import state_polynomial
from .raw_counts import RawCounts
from .scan_format import ScanFormat
from .spectral_axis import FEWEST_CHANNELS

NAME = "EDF stack (.edf), a file or a folder of one file a row"
NUMBERED = re.compile(r"(.*?)([0-9]{1,9})\.edf", re.IGNORECASE)
NAMED_AT_MOST = 6
CALIBRATION = ("mca a", "mca b", "mca c")


@dataclass(frozen=True)
class EdfRows(RowwiseCounts):
    """Counts of which each row is a frame of its own.

    Attributes
    ----------
    frames : one a row, all of one shape (x, channel) and one type
    """

    frames: tuple[EdfFrame, ...]

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """(y, x, channel)."""
        return (len(self.frames), *self.frames[0].shape)

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """Type of one count."""
        return self.frames[0].dtype

    def read_rows(self, first: int, stop: int) -> NDArray[Any]:
        """Counts of rows `first` to `stop`, (row, x, channel)."""
        rows = np.empty((stop - first, *self.shape[1:]), dtype=self.dtype)
        for row, frame in zip(rows, self.frames[first:stop], strict=True):
            numbers = np.fromfile(frame.path, self.dtype, row.size, offset=frame.offset)
            if numbers.size != row.size:
                raise OSError(f"{frame.path.name} has become shorter")
            row[...] = numbers.reshape(row.shape)
        return rows


def recognises(path: Path) -> bool:
    """A file that ends in .edf, or a folder of such files."""
    if path.is_dir():
        return any(NUMBERED.fullmatch(beside.name) for beside in path.iterdir())
    return path.suffix.lower() == ".edf"


def read(path: Path, inside: str = "") -> Scan:
    """Read an EDF stack; the counts stay on disk until they are sliced.

    Parameters
    ----------
    inside : start of the names of one series, where a folder holds several

    Raises
    ------
    ScanFileError
        It holds no spectra, rows are missing or differ, or a file is cut off.
    """
    if path.is_dir():
        frames = _frames_of_folder(path, inside)
        source = frames[0].path.name
    elif inside:
        raise ScanFileError(f"{path} is one file and holds no {inside!r}; leave it off.")
    else:
        frames, source = read_frames(path), path.name
    figures = Figures(f"{source} does not state it")
    counts = _counts(frames, path)
    _state(figures, frames[0].header, source)
    rows = f"{counts.shape[0]} rows of {source}" if path.is_file() else f"{len(frames)} files"
    figures.note("rows", rows, "one array" if len(frames) == 1 else "one a frame")
    return figures.scan(counts, path, NAME)


def _frames_of_folder(folder: Path, inside: str) -> list[EdfFrame]:
    series: dict[str, dict[int, Path]] = defaultdict(dict)
    for path in folder.iterdir():
        if found := NUMBERED.fullmatch(path.name):
            series[found[1]][int(found[2])] = path
    first = {name: read_frames(files[min(files)], 1)[0] for name, files in series.items()}
    spectra = [name for name, frame in first.items() if frame.shape[-1] >= FEWEST_CHANNELS]
    chosen = [name for name in spectra if name.startswith(inside)] if inside else sorted(spectra)
    if inside and inside in chosen:
        chosen = [inside]
    if len(chosen) != 1:
        held = ", ".join(sorted(spectra)) or "none"
        which = f"no series {inside!r}" if inside and not chosen else f"{len(chosen)} series"
        raise ScanFileError(
            f"{folder} holds {which} of EDF files of spectra ({held}); name one, such as "
            f"'{folder}::{next(iter(sorted(spectra)), 'scan_')}'."
        )
    return _rows(series[chosen[0]], folder, chosen[0])


def _rows(files: dict[int, Path], folder: Path, prefix: str) -> list[EdfFrame]:
    numbers = range(min(files), max(files) + 1)
    gap = next((number for number in numbers if number not in files), None)
    if gap is not None:
        raise ScanFileError(
            f"{folder} lacks row {gap} of the series {prefix!r}; copy the missing file."
        )
    frames = []
    for number in numbers:
        found = read_frames(files[number])
        if len(found) != 1:
            raise ScanFileError(
                f"{files[number]} holds {len(found)} frames, but a row of a stack is one; give "
                "that file by itself."
            )
        frames += found
    return frames


def _counts(frames: list[EdfFrame], path: Path) -> CountArray:
    first = frames[0]
    shape = first.shape
    if shape[-1] < FEWEST_CHANNELS:
        raise ScanFileError(
            f"{path} holds images of {' x '.join(map(str, shape))} and no spectra; give the EDF "
            "files of the spectra, with the channels along Dim_1."
        )
    if path.is_file() and _are_maps(frames):
        names = ", ".join(frame.header["title"] for frame in frames[:NAMED_AT_MOST])
        raise ScanFileError(
            f"{path} holds images of their own titles ({names}) and no spectra; give the EDF files "
            "of the spectra."
        )
    for frame in frames:
        if frame.shape != shape or frame.dtype != first.dtype:
            raise ScanFileError(
                f"{frame.path} holds {' x '.join(map(str, frame.shape))} {frame.dtype}, but the "
                f"first row {' x '.join(map(str, shape))} {first.dtype}; copy or export it again."
            )
    if len(shape) == 3 and len(frames) == 1:
        return RawCounts(first.path, (shape[0], shape[1], shape[2]), first.dtype, first.offset)
    if len(shape) == 3:
        raise ScanFileError(
            f"{path} holds {len(frames)} cubes of spectra; give one of them, in a file of its own."
        )
    if len(shape) == 1:
        frames = [
            EdfFrame(frame.path, (1, *shape), frame.dtype, frame.offset, frame.header)
            for frame in frames
        ]
    return EdfRows(tuple(frames))


def _are_maps(frames: list[EdfFrame]) -> bool:
    """Whether each frame has a title of its own, as element maps have, and none an energy axis."""
    titles = {frame.header.get("title", "") for frame in frames}
    calibrated = any(key in frames[0].header for key in CALIBRATION)
    return 1 < len(frames) == len(titles) and "" not in titles and not calibrated


def _state(figures: Figures, header: dict[str, str], source: str) -> None:
    try:
        coefficients = [float(header[key]) for key in CALIBRATION if key in header]
    except ValueError:
        coefficients = []
    if len(coefficients) >= 2:
        state_polynomial(figures, coefficients, f"MCA a, b and c of {source}")
    else:
        figures.lack(fact.ENERGY_CALIBRATION, f"no MCA a and MCA b in {source}")
    for key in ("title", "date", "samplename"):
        figures.note(key, header.get(key, ""), source)


FORMAT = ScanFormat(NAME, recognises, read)
