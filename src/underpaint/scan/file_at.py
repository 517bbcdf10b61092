"""Arrays in a file at known places; any thread may read and write elsewhere in it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_at(file: int, part: NDArray[Any], at: int) -> None:
    """Write a contiguous array from a byte of the file on; OSError where that cannot be."""
    rest = part.reshape(-1).view(np.uint8).data
    while len(rest):
        written = os.pwrite(file, rest, at)
        rest, at = rest[written:], at + written


def read_at(file: int, part: NDArray[Any], at: int) -> None:
    """Fill a contiguous array from a byte of the file on; OSError where the file ends too soon."""
    rest = part.reshape(-1).view(np.uint8).data
    while len(rest):
        read = os.preadv(file, [rest], at)
        if read == 0:
            raise OSError("the file ends too soon")
        rest, at = rest[read:], at + read
