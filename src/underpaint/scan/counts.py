"""What the counts of a scan must be able to do: be sliced, and say their shape."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class CountArray(Protocol):
    """A cube of counts [y, x, channel]: a NumPy array, a file of bare numbers or an HDF5 dataset.

    Slicing along the first axis gives a NumPy array; nothing else is promised.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(y, x, channel)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of one count, as stored."""

    def __getitem__(self, index: Any, /) -> Any:
        """Counts of some rows, pixels or channels."""
