"""Element maps of a scan: net counts of every line family in every pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import CalibrationError
from underpaint.spectrum import EnergyCalibration

from .excitation import LOWEST_KEV
from .fit import Design, build_design, fit_design, unevenness

ROWS_PER_BLOCK = 16


class Blocks(Protocol):
    """Counts of a scan, read block by block, as `underpaint.scan.Scan` gives them."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        ...

    def blocks(self, rows: int | None = None) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Rows and their counts (row, x, channel), from the top down."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayBlocks:
    """A cube in memory, read like a scan.

    Attributes
    ----------
    counts : (y, x, channel) counts
    """

    counts: NDArray[Any]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, channels."""
        height, width, channels = self.counts.shape
        return height, width, channels

    def blocks(self, rows: int | None = None) -> Iterator[tuple[slice, NDArray[Any]]]:
        """Rows and their counts (row, x, channel), from the top down."""
        step = rows or ROWS_PER_BLOCK
        for first in range(0, self.shape[0], step):
            taken = slice(first, min(first + step, self.shape[0]))
            yield taken, self.counts[taken]


@dataclass(frozen=True, eq=False)
class ElementMaps:
    """Net counts of line families in every pixel.

    Attributes
    ----------
    names : line families, as "Fe-K"
    counts : (family, y, x) float32, net counts of the whole family
    sigma : (family, y, x) float32, one standard deviation from counting noise
    calibration : the energy axis and resolution they were fitted with
    """

    names: tuple[str, ...]
    counts: NDArray[np.float32]
    sigma: NDArray[np.float32]
    calibration: EnergyCalibration


def element_maps(
    scan: Blocks | NDArray[Any],
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    tube_kv: float | None = None,
    nonnegative: bool = True,
    progress: Callable[[int], None] | None = None,
) -> ElementMaps:
    """Fit all families in all pixels, reading the scan twice, block by block.

    The first pass adds up the spectrum from which line shapes, continuum, scatter and pile-up
    are learned; the second is one matrix product a block.

    Parameters
    ----------
    scan : a scan, or counts (y, x, channel)
    calibration : energy axis and resolution
    families : line families, as "Fe-K"
    tube_kv : highest exciting energy, keV; from the sum spectrum's upper end if None
    nonnegative : whether amplitudes below zero are forbidden
    progress : called with the number of rows after each block of either pass

    Raises
    ------
    ValueError : a name that is no family
    CalibrationError : no channels above 1 keV
    """
    source: Blocks = ArrayBlocks(scan) if isinstance(scan, np.ndarray) else scan
    design = learn_design(source, calibration, families, tube_kv=tube_kv, progress=progress)
    height, width, _ = source.shape
    counts = np.zeros((len(families), height, width), dtype=np.float32)
    sigma = np.zeros_like(counts)
    for rows, block in source.blocks():
        fit = fit_design(block.reshape(-1, block.shape[-1]), design, nonnegative=nonnegative)
        counts[:, rows] = fit.counts.T.reshape(len(families), -1, width)
        sigma[:, rows] = fit.sigma.T.reshape(len(families), -1, width)
        if progress is not None:
            progress(rows.stop - rows.start)
    return ElementMaps(tuple(families), counts, sigma, calibration)


def learn_design(
    scan: Blocks,
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    tube_kv: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Design:
    """The design for all pixels of a scan, from its sum spectrum; reads the scan once."""
    height, width, channels = scan.shape
    total = np.zeros(channels)
    each = np.zeros((height, width))
    above = calibration.energy(np.arange(channels)) >= LOWEST_KEV
    if not above.any():
        raise CalibrationError(
            f"the energy axis ends below {LOWEST_KEV} keV, so that no line lies on it: check the "
            "energy calibration"
        )
    first = int(np.argmax(above))
    for rows, block in scan.blocks():
        total += block.sum(axis=(0, 1), dtype=np.float64)
        each[rows] = block[..., first:].sum(axis=2, dtype=np.float64)
        if progress is not None:
            progress(rows.stop - rows.start)
    return build_design(
        total, calibration, families,
        pixels=height * width, unevenness=unevenness(each), tube_kv=tube_kv,
    )  # fmt: skip
