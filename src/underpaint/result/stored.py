"""An array in a result file that is read when it is indexed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import ResultError


@dataclass(frozen=True)
class StoredArray:
    """A dataset of a result file.

    The file is open only while it is read: a result may be pickled to workers, and lie on a
    share that goes to sleep.

    Attributes
    ----------
    path : the result file
    name : of the dataset
    shape, dtype : as of a numpy array
    opened : the dataset of the open file, while somebody keeps it open; see `kept_open`
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    opened: Any = None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> NDArray[Any]:
        import h5py

        try:
            if self.opened is not None:
                return np.asarray(self.opened[index])
            with h5py.File(self.path, "r") as file:
                return np.asarray(file[self.name][index])
        except (OSError, KeyError) as error:
            raise ResultError(
                f"{self.path}: {self.name} cannot be read ({error}); "
                "restore the file or run identify again"
            ) from error

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("an array on disk cannot be had without a copy")
        array = self[...]
        return array if dtype is None else array.astype(dtype, copy=False)
