"""Element maps: one image an element or line family."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class MapStack:
    """Element maps as a file holds them.

    Attributes
    ----------
    names : as the file has them, such as "Fe-K"
    maps : (map, y, x) numbers, in the unit of the program that wrote them
    path : the file
    format : name of the format that it was read as
    """

    names: tuple[str, ...]
    maps: NDArray[Any]
    path: Path
    format: str

    def __post_init__(self) -> None:
        if self.maps.ndim != 3 or len(self.names) != len(self.maps) or 0 in self.maps.shape:
            raise ValueError(f"{len(self.names)} names do not fit maps {self.maps.shape}")

    @property
    def ranges(self) -> list[tuple[float, float]]:
        """Least and largest finite value of each map; 0 where there is none."""
        finite = [values[np.isfinite(values)] for values in self.maps]
        return [
            (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
            for values in finite
        ]
