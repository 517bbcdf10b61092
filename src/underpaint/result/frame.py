"""What a result is made of: known before the first pixel, for each block of rows, at the end."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .evidence import FamilySummary, GroupInfo, GroupSummary, Peak

ABSENT, CANNOT_TELL, PRESENT = 0, 1, 2

GROUP_MAPS = (
    "probability",
    "top",
    "buried",
    "ground",
    "verdict",
    "verdict_top",
    "verdict_buried",
    "amount",
    "amount_sigma",
)
VERDICT_MAPS = ("verdict", "verdict_top", "verdict_buried", "verdict_family")
SINGLE_MAPS = ("single_probability", "single_top", "single_buried", "single_ground")
"""What each pixel says by itself, where pixels were read in the light of their scan."""


def pixel_arrays(*, as_whole: bool) -> tuple[str, ...]:
    """Names of a result's pixel arrays, of a scan that was read as a whole or pixel by pixel."""
    single = SINGLE_MAPS if as_whole else ()
    return (*GROUP_MAPS, "family", "verdict_family", "element_counts", "binned", *single)


def dtype_of(name: str) -> np.dtype[Any]:
    """The type in which a pixel array is stored: uint8 for verdicts, float32 for all else."""
    return np.dtype(np.uint8 if name in VERDICT_MAPS else np.float32)


@dataclass(frozen=True, eq=False)
class ResultFrame:
    """What is fixed before the first pixel is looked at.

    Attributes
    ----------
    groups, families, elements : in the order of the maps; elements as "Fe-K"
    shape : rows and columns of the scan
    bin_edges : (bin + 1,) float64, keV
    job : names input, weights and options, so that only the same job is resumed
    as_whole : whether pixels are read in the light of their scan
    """

    groups: tuple[GroupInfo, ...]
    families: tuple[str, ...]
    elements: tuple[str, ...]
    shape: tuple[int, int]
    bin_edges: NDArray[np.float64]
    job: str = ""
    as_whole: bool = False

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the pixel arrays."""
        return pixel_arrays(as_whole=self.as_whole)

    def array_shape(self, name: str, rows: int | None = None) -> tuple[int, ...]:
        """Shape of a pixel array, for all rows or for a block of `rows`."""
        height, width = self.shape if rows is None else (rows, self.shape[1])
        if name == "binned":
            return height, width, len(self.bin_edges) - 1
        families = len(self.families)
        depth = {
            "family": families,
            "verdict_family": families,
            "element_counts": len(self.elements),
        }
        return depth.get(name, len(self.groups)), height, width


@dataclass(frozen=True, eq=False)
class RowBlock:
    """All pixel arrays for the rows y0 to y0 + rows of a scan.

    Attributes
    ----------
    y0 : the first row
    probability, top, buried, ground : (group, rows, x) float32, 0 to 1
    verdict, verdict_top, verdict_buried : (group, rows, x) uint8: absent, cannot tell, present; of
        a pixel without counts nothing can be told, and its probabilities, amounts and element
        counts are NaN
    amount, amount_sigma : (group, rows, x) float32, mg/cm2
    family : (family, rows, x) float32, 0 to 1
    verdict_family : (family, rows, x) uint8, as the others
    element_counts : (element, rows, x) float32, counts
    binned : (rows, x, bin) float32, counts
    single_probability, single_top, single_buried, single_ground : (group, rows, x) float32, 0 to 1,
        what each pixel says by itself, where pixels are read in the light of their scan, or None
    """

    y0: int
    probability: NDArray[np.float32]
    top: NDArray[np.float32]
    buried: NDArray[np.float32]
    ground: NDArray[np.float32]
    verdict: NDArray[np.uint8]
    verdict_top: NDArray[np.uint8]
    verdict_buried: NDArray[np.uint8]
    amount: NDArray[np.float32]
    amount_sigma: NDArray[np.float32]
    family: NDArray[np.float32]
    verdict_family: NDArray[np.uint8]
    element_counts: NDArray[np.float32]
    binned: NDArray[np.float32]
    single_probability: NDArray[np.float32] | None = None
    single_top: NDArray[np.float32] | None = None
    single_buried: NDArray[np.float32] | None = None
    single_ground: NDArray[np.float32] | None = None

    @property
    def rows(self) -> int:
        """How many rows the block holds."""
        return int(self.binned.shape[0])

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The pixel arrays by name."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return {name: array for name, array in arrays.items() if array is not None}

    def require_fits(self, frame: ResultFrame) -> None:
        """ValueError where an array has not the shape that the frame asks for."""
        if self.rows < 1 or self.y0 < 0 or self.y0 + self.rows > frame.shape[0]:
            raise ValueError(f"rows {self.y0} to {self.y0 + self.rows} lie outside {frame.shape}")
        if set(self.arrays) != set(frame.arrays):
            raise ValueError("a block and its frame do not agree on what a scan is read by")
        for name, array in self.arrays.items():
            wanted = frame.array_shape(name, self.rows)
            if array.shape != wanted:
                raise ValueError(f"{name} has shape {array.shape}, its frame asks for {wanted}")


@dataclass(frozen=True, eq=False)
class Findings:
    """What is known after the last pixel.

    Attributes
    ----------
    energy : (channel,) float64, keV, channel centres on the axis that was found
    sum_spectrum, maximum_spectrum : (channel,) float64, counts
    summary : one a group, in the order of the maps
    family_summary : one a family, in the order of the maps
    unexplained : peaks that nothing in the library explains
    notes : remarks for the reader in plain words
    provenance : everything needed to repeat the run; see `Provenance`
    """

    energy: NDArray[np.float64]
    sum_spectrum: NDArray[np.float64]
    maximum_spectrum: NDArray[np.float64]
    summary: tuple[GroupSummary, ...]
    family_summary: tuple[FamilySummary, ...]
    unexplained: tuple[Peak, ...]
    notes: tuple[str, ...]
    provenance: dict[str, Any]

    def require_fits(self, frame: ResultFrame) -> None:
        """ValueError where spectra differ in length or the summary is not one a group."""
        if not self.energy.shape == self.sum_spectrum.shape == self.maximum_spectrum.shape:
            raise ValueError("energy, sum and maximum spectrum differ in length")
        names = tuple(group.name for group in frame.groups)
        if tuple(row.name for row in self.summary) != names:
            raise ValueError("the summary does not name the groups in the order of the maps")
        if tuple(row.name for row in self.family_summary) != frame.families:
            raise ValueError("the summary does not name the families in the order of the maps")
