"""A scan: counts, energy calibration, and what the file states about the measurement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanFileError
from ..spectrum import EnergyCalibration
from .compact_rows import CompactRows
from .counts import CountArray
from .fact import FIGURES, TITLE, Fact
from .stage_place import StagePlace

BLOCK_BYTES = 8 * 2**20
"""Small enough that memory goes from block to block, instead of to the system and back."""
MOST_BLOCK_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Scan:
    """The X-ray fluorescence scan of a painting, as its file states it.

    Attributes
    ----------
    counts : (y, x, channel) CountArray
        Read when sliced, where the format allows; integers stay integers.
    path : Path
        The file or folder that the user named.
    format : str
        Name of the format that it was read as.
    calibration : EnergyCalibration or None
        Energy axis as stored, noise and fano at their defaults; it may be wrong.
    anode : str or None
        Symbol of the tube's anode, such as "Rh".
    tube_voltage_kv : float or None
    live_time_s, real_time_s : (y, x) float64 or None, seconds per pixel
        NaN where a pixel was not measured, or its time is not stated.
    pixel_size_mm : (float, float) or None
        Height and width of a pixel, mm.
    stage : StagePlace or None
        Where the pixels lie on the scanner's stage.
    incidence_deg, take_off_deg : float or None
        Beam and detector axis, degrees from the object's surface.
    facts : mapping of str to Fact
        For each figure what the file says and where; also what it says beyond `FIGURES`.
    """

    counts: CountArray
    path: Path
    format: str
    calibration: EnergyCalibration | None = None
    anode: str | None = None
    tube_voltage_kv: float | None = None
    live_time_s: NDArray[np.float64] | None = None
    real_time_s: NDArray[np.float64] | None = None
    pixel_size_mm: tuple[float, float] | None = None
    stage: StagePlace | None = None
    incidence_deg: float | None = None
    take_off_deg: float | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.counts.shape) != 3 or 0 in self.counts.shape:
            raise ValueError(f"counts must be (y, x, channel), not {self.counts.shape}")
        for times in (self.live_time_s, self.real_time_s):
            if times is not None and times.shape != self.shape[:2]:
                raise ValueError(f"times must be {self.shape[:2]}, not {times.shape}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        rows, columns, channels = self.counts.shape
        return rows, columns, channels

    @property
    def title(self) -> str:
        """The object, as file or user names it; empty where nobody does."""
        stated = self.facts.get(TITLE)
        return (stated.value if stated else None) or ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The figures of `FIGURES` that the file does not state."""
        return tuple(
            figure
            for figure in FIGURES
            if figure not in self.facts or self.facts[figure].value is None
        )

    def blocks(self, rows: int | None = None) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Read the scan in blocks of whole rows, from the top down.

        Parameters
        ----------
        rows : rows a block; None for as many as fit in 8 MiB, but no chunk of the file cut

        Yields
        ------
        rows : slice, the rows of this block
        counts : (row, x, channel), the stored type or a smaller one, every value finite and not
            negative

        Raises
        ------
        ScanFileError
            The file cannot be read any further, or holds counts that cannot be.
        """
        for taken in self.spans(rows):
            yield taken, self.read(taken)

    def spans(self, rows: int | None = None) -> Iterator[slice]:
        """The rows of each block, as `blocks` has them."""
        height = self.shape[0]
        step = rows or self.whole_chunks(max(1, BLOCK_BYTES // self._row_bytes))
        for first in range(0, height, step):
            yield slice(first, min(first + step, height))

    def whole_chunks(self, rows: int) -> int:
        """Rows a block, raised so that blocks end where the file's chunks do, within reason."""
        together = (getattr(self.counts, "chunks", None) or (1,))[0]
        whole = -(-rows // together) * together
        return whole if whole * self._row_bytes <= MOST_BLOCK_BYTES else rows

    def read(self, rows: slice) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel), checked; any thread may read.

        Raises
        ------
        ScanFileError
            The rows cannot be read, or hold counts that cannot be.
        """
        with self._reading(rows):
            block = np.asarray(self.counts[rows])
        self._require_counts(block, rows)
        return block

    def compact(self, rows: slice) -> CompactRows | None:
        """Counts of some rows in little room; any thread may read.

        None where the scan does not hold them so, or they are not whole: `read` has them.

        Raises
        ------
        ScanFileError
            The rows cannot be read, or hold counts that cannot be.
        """
        own = getattr(self.counts, "compact", None)
        if own is None:
            return None
        with self._reading(rows):
            found: CompactRows | None = own(rows)
        return found

    @contextmanager
    def _reading(self, rows: slice) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise ScanFileError(
                f"{self.path} is damaged: rows {rows.start + 1} to {rows.stop} cannot be "
                f"read ({error}); copy the file again from where it was measured."
            ) from error

    def part(self, rows: slice) -> ScanRows:
        """Some rows of the scan, read and checked as they are sliced."""
        return ScanRows(self, rows)

    @property
    def _row_bytes(self) -> int:
        _, width, channels = self.shape
        return width * channels * self.counts.dtype.itemsize

    def sum_spectrum(self) -> NDArray[np.float64]:
        """Sum over all pixels, (channel,) float64, counts; reads the scan once."""
        total = np.zeros(self.shape[2])
        for _, block in self.blocks():
            total += block.sum(axis=(0, 1), dtype=np.float64)
        return total

    def maximum_spectrum(self) -> NDArray[np.float64]:
        """Largest count of any pixel in each channel, (channel,) float64; reads the scan once."""
        largest = np.zeros(self.shape[2])
        for _, block in self.blocks():
            np.maximum(largest, block.max(axis=(0, 1)), out=largest)
        return largest

    def _require_counts(self, block: NDArray[Any], rows: slice) -> None:
        if block.dtype.kind == "u":
            return
        fault = None
        if not np.isfinite(block.max()) or not np.isfinite(block.min()):
            fault = "values that are no numbers (NaN or infinite)"
        elif block.min() < 0:
            fault = f"negative counts (down to {block.min()})"
        if fault is not None:
            raise ScanFileError(
                f"{self.path} holds {fault} between rows {rows.start + 1} and {rows.stop}; export "
                "the scan again as raw counts, without background subtraction or other processing."
            )


@dataclass(frozen=True, eq=False)
class ScanRows:
    """A CountArray of some rows of a scan; any thread may slice it.

    Attributes
    ----------
    scan : the scan
    rows : from which row of it to which
    """

    scan: Scan
    rows: slice

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        return (self.rows.stop - self.rows.start, *self.scan.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of one count, as stored."""
        return self.scan.counts.dtype

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        first, last, _ = rows.indices(self.shape[0])
        return self.scan.read(slice(self.rows.start + first, self.rows.start + last))

    def compact(self, rows: slice) -> CompactRows | None:
        """Counts of some rows in little room, where they are held so."""
        first, last, _ = rows.indices(self.shape[0])
        return self.scan.compact(slice(self.rows.start + first, self.rows.start + last))
