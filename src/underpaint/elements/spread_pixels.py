"""Some pixels of a scan, spread evenly over it: enough to meet every place of some size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from underpaint.scan import in_order

from .blocks import Blocks, spread_rows

MOST_ROWS, MOST_SPECTRA = 64, 4096

Found = TypeVar("Found")


def of_spread_pixels(
    scan: Blocks, look: Callable[[NDArray[np.float64]], Found], executor: Executor | None = None
) -> Iterator[Found]:
    """What is found in up to 4,096 pixels of up to 64 rows.

    Parameters
    ----------
    scan : to read
    look : called with (pixel, channel) counts of a row, threads or processes away
    executor : where rows are read; here if None
    """
    height, width, _ = scan.shape
    step = max(1, -(-min(height, MOST_ROWS) * width // MOST_SPECTRA))
    of_row = partial(_of_row, scan, look, step)
    yield from in_order(executor, of_row, spread_rows(height, MOST_ROWS))


def _of_row(
    scan: Blocks, look: Callable[[NDArray[np.float64]], Found], step: int, row: int
) -> Found:
    return look(scan.read(slice(row, row + 1))[0, row % step :: step].astype(np.float64))
