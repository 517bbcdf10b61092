"""A single spectrum as a scan of one pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ScanFileError
from ..figures import Figures
from .byte_order_mark import without_mark

ONE_PIXEL = (1, 1)
LARGEST_FILE = 64 * 2**20
LARGEST_WHOLE = 2**32
HIGHEST_OF_ZERO_PEAK_KEV = 1.0
SMALL_SHARE = 1e-3


def read_text(path: Path) -> str:
    """The text of a small file, byte for byte as Latin-1 but for a byte order mark.

    Raises
    ------
    ScanFileError
        The file is too large for one spectrum, or cannot be read.
    """
    return without_mark(read_small(path)).decode("latin-1")


def read_small(path: Path) -> bytes:
    """The bytes of a small file.

    Raises
    ------
    ScanFileError
        The file is too large for one spectrum, or cannot be read.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise ScanFileError(
            f"{path} is too large for a single spectrum ({path.stat().st_size:,} bytes); give the "
            "file that the scanner wrote."
        )
    try:
        return path.read_bytes()
    except PermissionError:
        raise
    except OSError as error:
        raise ScanFileError(f"{path} cannot be read ({error}); copy it again.") from error


def numbers_of(words: list[str], path: Path) -> NDArray[np.float64]:
    """Words as numbers, (n,) float64.

    Raises
    ------
    ScanFileError
        A word is no number.
    """
    try:
        return np.array(words, dtype=np.float64)
    except ValueError:
        wrong = next(word for word in words if not _is_number(word))
    raise ScanFileError(
        f"{path} holds {wrong[:20]!r} among its counts, which is no number; copy or export the "
        "spectrum again."
    )


def as_pixel(values: ArrayLike, path: Path, figures: Figures) -> NDArray[Any]:
    """One spectrum as counts (1, 1, channel): uint32 where all are whole numbers, else float64.

    Bruker's ESPRIT takes the zero peak off and may leave a few counts below zero there: these are
    set to 0, and the figures say so.

    Raises
    ------
    ScanFileError
        There are fewer than two channels, or counts that cannot be.
    """
    counts = np.array(values, dtype=np.float64, ndmin=1)
    if counts.size < 2:
        raise ScanFileError(f"{path} holds no spectrum; copy or export it again.")
    below = np.flatnonzero(counts < 0.0)
    if not np.isfinite(counts).all() or not _is_left_of_zero_peak(counts, below, figures):
        raise ScanFileError(
            f"{path} holds negative counts or values that are no numbers; export the spectrum "
            "again as raw counts, without background subtraction or other processing."
        )
    if below.size:
        words = f"{below.size} of {counts[below].min():g} and more, set to 0"
        counts[below] = 0.0
        figures.note("negative counts", words, f"channels {below[0]} to {below[-1]}")
    whole = counts.max() < LARGEST_WHOLE and bool((counts == np.floor(counts)).all())
    return (counts.astype(np.uint32) if whole else counts).reshape(1, 1, -1)


def _is_left_of_zero_peak(
    counts: NDArray[np.float64], below: NDArray[np.intp], figures: Figures
) -> bool:
    if not below.size:
        return True
    line = figures.energy_line
    near_zero = line is not None and float(line.energy(below[-1])) < HIGHEST_OF_ZERO_PEAK_KEV
    return near_zero and -counts[below].sum() < SMALL_SHARE * counts.sum()


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
