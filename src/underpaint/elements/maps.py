"""Element maps of a scan: net counts of every line family in every pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import CalibrationError
from underpaint.scan import in_order, total_counts
from underpaint.spectrum import EnergyCalibration

from .background_spread import hold_background
from .blocks import SPECTRA_PER_BLOCK, ArrayBlocks, Blocks
from .design import Design, build_design, unevenness
from .excitation import LOWEST_KEV
from .fit import LineFit, fit_design
from .windows import MISFIT, Window, misfit, window_counts

MOST_BLOCK_COUNTS = 2**23


@dataclass(frozen=True, eq=False)
class ElementMaps:
    """Net counts of line families in every pixel.

    Attributes
    ----------
    names : line families, as "Fe-K"
    counts : (family, y, x) float32, net counts of the whole family
    sigma : (family, y, x) float32, one standard deviation from counting noise
    calibration : the energy axis and resolution they were fitted with
    beside : maps (y, x) float32 of windows by name, and of the misfit, where they were asked for
    """

    names: tuple[str, ...]
    counts: NDArray[np.float32]
    sigma: NDArray[np.float32]
    calibration: EnergyCalibration
    beside: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def of(self, names: Sequence[str]) -> ElementMaps:
        """The maps of some families, in that order.

        Raises
        ------
        ValueError : one that was not mapped
        """
        rows = [self.names.index(name) for name in names]
        return replace(self, names=tuple(names), counts=self.counts[rows], sigma=self.sigma[rows])


def element_maps(
    scan: Blocks | NDArray[Any],
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    tube_kv: float | None = None,
    design: Design | None = None,
    nonnegative: bool = True,
    windows: Sequence[Window] = (),
    with_misfit: bool = False,
    progress: Callable[[int], None] | None = None,
    executor: Executor | None = None,
) -> ElementMaps:
    """Fit all families in all pixels, block by block.

    A first pass adds up the spectrum from which line shapes, continuum, scatter and pile-up
    are learned, unless they are given; the second is one matrix product a block.

    Parameters
    ----------
    scan : a scan, or counts (y, x, channel)
    calibration : energy axis and resolution
    families : line families, as "Fe-K"
    tube_kv : highest exciting energy, keV; from the sum spectrum's upper end if None
    design : for these families, laid out before; learned here if None
    nonnegative : whether amplitudes below zero are forbidden
    windows : whose counts are mapped beside
    with_misfit : whether a map says how far the fit is off
    progress : called with the number of rows after each block of either pass
    executor : where blocks are read and fitted, threads or processes; here if None

    Raises
    ------
    ValueError : a name that is no family
    CalibrationError : no channels above 1 keV, or in a window
    """
    source: Blocks = ArrayBlocks(scan) if isinstance(scan, np.ndarray) else scan
    if design is None:
        design = learn_design(
            source, calibration, families, tube_kv=tube_kv, progress=progress, executor=executor
        )
    height, width, channels = source.shape
    together = min(SPECTRA_PER_BLOCK, MOST_BLOCK_COUNTS // channels) // width
    named = [*(window.name for window in windows), *([MISFIT] if with_misfit else [])]
    regions = [window.channels(calibration, channels) for window in windows]
    counts = np.zeros((len(families), height, width), dtype=np.float32)
    sigma = np.zeros_like(counts)
    beside = np.zeros((len(named), height, width), dtype=np.float32)
    fit_rows = partial(_fit_rows, source, design, nonnegative, regions, with_misfit)
    for rows, fit, more in in_order(executor, fit_rows, _joined(source.spans(), together)):
        read = rows.stop - rows.start
        counts[:, rows] = fit.counts.T.reshape(len(families), read, width)
        sigma[:, rows] = fit.sigma.T.reshape(len(families), read, width)
        beside[:, rows] = more.reshape(len(named), read, width)
        if progress is not None:
            progress(read)
    return ElementMaps(
        tuple(families), counts, sigma, calibration, dict(zip(named, beside, strict=True))
    )


def _joined(spans: Iterable[slice], rows: int) -> Iterator[slice]:
    """Blocks put together until they have so many rows."""
    first = last = 0
    for span in spans:
        last = span.stop
        if last - first >= rows:
            yield slice(first, last)
            first = last
    if first < last:
        yield slice(first, last)


def _fit_rows(
    scan: Blocks,
    design: Design,
    nonnegative: bool,
    windows: list[slice],
    with_misfit: bool,
    rows: slice,
) -> tuple[slice, LineFit, NDArray[np.float32]]:
    if not windows and not with_misfit:
        compact = scan.compact(rows)
        if compact is not None:
            fit = fit_design(compact, design, nonnegative=nonnegative)
            return rows, fit, np.zeros((0, len(compact)), dtype=np.float32)
    block = scan.read(rows)
    spectra = block.reshape(-1, block.shape[-1])
    fit = fit_design(spectra, design, nonnegative=nonnegative, with_model=with_misfit)
    more = window_counts(spectra, windows)
    if with_misfit:
        more = np.concatenate([more, misfit(spectra, design, fit)[None]])
    return rows, replace(fit, background=None, model=None), more


def learn_design(
    scan: Blocks,
    calibration: EnergyCalibration,
    families: Sequence[str],
    *,
    tube_kv: float | None = None,
    progress: Callable[[int], None] | None = None,
    executor: Executor | None = None,
) -> Design:
    """The design for all pixels of a scan, from its sum spectrum; reads the scan once.

    Parameters
    ----------
    scan : counts (y, x, channel), read in blocks of rows
    calibration : energy axis and resolution
    families : to be fitted, as "Fe-K"
    tube_kv : highest exciting energy, keV; from the spectrum's upper end if None
    progress : called with the number of rows after each block
    executor : where blocks are added up; here if None

    Raises
    ------
    CalibrationError : the energy axis ends below any line
    """
    height, width, channels = scan.shape
    total = np.zeros(channels)
    each = np.zeros((height, width))
    above = calibration.energy(np.arange(channels)) >= LOWEST_KEV
    if not above.any():
        raise CalibrationError(
            f"the energy axis ends below {LOWEST_KEV} keV, so that no line lies on it: check the "
            "energy calibration"
        )
    add_rows = partial(_add_rows, scan, int(np.argmax(above)))
    for rows, (spectrum, pixels) in in_order(executor, add_rows, scan.spans()):
        total += spectrum
        each[rows] = pixels
        if progress is not None:
            progress(rows.stop - rows.start)
    design = build_design(
        total, calibration, families,
        pixels=height * width, unevenness=unevenness(each), tube_kv=tube_kv,
    )  # fmt: skip
    return hold_background(design, scan, executor)


def _add_rows(
    scan: Blocks, first: int, rows: slice
) -> tuple[slice, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    block = scan.read(rows)
    return rows, (total_counts(block, (0, 1)), total_counts(block[..., first:], 2))
