"""The result of an identification."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .evidence import FamilySummary, GroupInfo, GroupSummary, Peak
from .frame import Findings, ResultFrame, RowBlock, dtype_of
from .provenance import pixel_size_mm, possible_pigments
from .stored import StoredArray

Array = NDArray[Any] | StoredArray
ROWS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class Result:
    """Pigment maps of a scan with all that is needed to judge them.

    The pixel arrays are numpy arrays, or arrays on disk that are read when indexed
    (`result.probability[3]` is one group's map).

    Attributes
    ----------
    groups, families, elements : in the order of the maps; elements as "Fe-K"
    probability, top, buried, ground : (group, y, x) float32, 0 to 1; probability: anywhere
    verdict, verdict_top, verdict_buried : (group, y, x) uint8: 0 absent, 1 cannot tell, 2 present;
        of a pixel without counts nothing can be told, and its other maps are NaN
    amount, amount_sigma : (group, y, x) float32, mg/cm2, anywhere
    family : (family, y, x) float32, 0 to 1
    verdict_family : (family, y, x) uint8, as the others
    element_counts : (element, y, x) float32, counts
    energy : (channel,) float64, keV
    sum_spectrum, maximum_spectrum : (channel,) float64, counts
    binned : (y, x, bin) float32, counts
    bin_edges : (bin + 1,) float64, keV
    summary : one a group
    family_summary : one a family
    unexplained : peaks that nothing in the library explains
    notes : remarks for the reader in plain words
    provenance : see `Provenance`
    single_probability, single_top, single_buried, single_ground : (group, y, x) float32, 0 to 1,
        what each pixel says by itself, where pixels were read in the light of their scan, or None

    Raises
    ------
    ValueError where the parts do not fit together.
    """

    groups: tuple[GroupInfo, ...]
    families: tuple[str, ...]
    elements: tuple[str, ...]
    probability: Array
    top: Array
    buried: Array
    ground: Array
    verdict: Array
    verdict_top: Array
    verdict_buried: Array
    amount: Array
    amount_sigma: Array
    family: Array
    verdict_family: Array
    element_counts: Array
    energy: NDArray[np.float64]
    sum_spectrum: NDArray[np.float64]
    maximum_spectrum: NDArray[np.float64]
    binned: Array
    bin_edges: NDArray[np.float64]
    summary: tuple[GroupSummary, ...]
    family_summary: tuple[FamilySummary, ...]
    unexplained: tuple[Peak, ...]
    notes: tuple[str, ...]
    provenance: dict[str, Any]
    single_probability: Array | None = None
    single_top: Array | None = None
    single_buried: Array | None = None
    single_ground: Array | None = None

    def __post_init__(self) -> None:
        for name in self.frame.arrays:
            shape = getattr(getattr(self, name), "shape", None)
            wanted = self.frame.array_shape(name)
            if shape != wanted:
                raise ValueError(f"{name} has shape {shape}, expected {wanted}")
        self.findings.require_fits(self.frame)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the scan."""
        return int(self.probability.shape[1]), int(self.probability.shape[2])

    @property
    def pixel_size_mm(self) -> tuple[float, float] | None:
        """Width and height of a pixel, mm; None where it is not known."""
        return pixel_size_mm(self.provenance)

    @cached_property
    def measured(self) -> NDArray[np.bool_]:
        """Where something was measured, (y, x) bool."""
        return np.asarray(~np.isnan(self.probability[0]))

    @property
    def pixels_measured(self) -> int:
        """Pixels that something was measured in."""
        return int(np.count_nonzero(self.measured))

    @property
    def frame(self) -> ResultFrame:
        """What was fixed before the first pixel."""
        return ResultFrame(
            self.groups,
            self.families,
            self.elements,
            self.shape,
            self.bin_edges,
            as_whole=self.single_probability is not None,
        )

    @property
    def findings(self) -> Findings:
        """What was known after the last pixel."""
        return Findings(
            self.energy,
            self.sum_spectrum,
            self.maximum_spectrum,
            self.summary,
            self.family_summary,
            self.unexplained,
            self.notes,
            self.provenance,
        )

    @cached_property
    def group_index(self) -> dict[str, int]:
        """Position of each group in the maps."""
        return {group.name: index for index, group in enumerate(self.groups)}

    @cached_property
    def looked_for(self) -> tuple[bool, ...]:
        """Of each group, whether the palette held any of its pigments possible."""
        pigments = possible_pigments(self.provenance)
        return tuple(
            pigments is None or not pigments.isdisjoint(group.members) for group in self.groups
        )

    @cached_property
    def ruled_out(self) -> tuple[tuple[str, ...], ...]:
        """Of each group, those of its pigments that the palette rules out."""
        pigments = possible_pigments(self.provenance)
        return tuple(
            ()
            if pigments is None
            else tuple(name for name in group.members if name not in pigments)
            for group in self.groups
        )

    @cached_property
    def family_index(self) -> dict[str, int]:
        """Position of each family in the maps."""
        return {name: index for index, name in enumerate(self.families)}

    @cached_property
    def element_index(self) -> dict[str, int]:
        """Position of each element line family, as "Fe-K", in the element maps."""
        return {name: index for index, name in enumerate(self.elements)}

    def blocks(self, rows: int = ROWS_AT_ONCE) -> Iterator[RowBlock]:
        """The pixel arrays in blocks of rows, from the top."""
        for y0 in range(0, self.shape[0], rows):
            span = slice(y0, y0 + rows)
            parts = {}
            for name in self.frame.arrays:
                array: Any = getattr(self, name)
                part = array[span] if name == "binned" else array[:, span]
                parts[name] = np.asarray(part, dtype=dtype_of(name))
            yield RowBlock(y0, **parts)
