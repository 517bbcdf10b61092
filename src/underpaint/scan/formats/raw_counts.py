"""Bare numbers on disk, read when they are sliced."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPECTRA, IMAGES = "yxc", "cyx"


@dataclass(frozen=True)
class RawCounts:
    """A cube of counts in a file of bare numbers.

    The file is mapped anew for each slice and let go after it: a map that stayed would count
    every page ever read as memory in use.

    Attributes
    ----------
    shape : (y, x, channel)
    dtype : type of one count, with its byte order
    offset : bytes before the first count
    stored : order of the axes in the file, slowest first: "yxc" for one spectrum after the other,
        "cyx" for one image a channel, "ycx" for rows of one channel after the other
    """

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    stored: str = SPECTRA

    def __getitem__(self, index: Any) -> Any:
        """A copy of some counts, as NumPy would slice them."""
        shape = tuple(self.shape[SPECTRA.index(axis)] for axis in self.stored)
        numbers = np.memmap(self.path, self.dtype, mode="r", offset=self.offset, shape=shape)
        taken = numbers.transpose([self.stored.index(axis) for axis in SPECTRA])[index]
        return np.array(taken, order="C") if isinstance(taken, np.ndarray) else taken

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("counts on disk cannot be had without a copy")
        whole: NDArray[Any] = self[...]
        return whole if dtype is None else whole.astype(dtype)
