"""Bruker ARTAX projects (.rtx): many spectra in one XML file, each with its stage position."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .bruker_spectrum import channels_of, seconds_of, state
from .one_spectrum import LARGEST_WHOLE
from .scan_format import ScanFormat
from .stage_grid import Grid, find_grid

NAME = "Bruker ARTAX project (.rtx)"
MM_PER_UNIT = {"mm": 1.0, "um": 1e-3, "µm": 1e-3, "cm": 10.0}


@dataclass
class _Spectra:
    """What is gathered from the spectra of a project, in the order of the file."""

    counts: list[NDArray[np.uint32]] = field(default_factory=list)
    positions: list[dict[str, float]] = field(default_factory=list)
    units: set[str] = field(default_factory=set)
    seconds: dict[str, list[float | None]] = field(
        default_factory=lambda: {"LifeTime": [], "RealTime": []}
    )


def recognises(path: Path) -> bool:
    """A file that ends in .rtx."""
    return path.is_file() and path.suffix.lower() == ".rtx"


def read(path: Path, inside: str = "") -> Scan:
    """Read an ARTAX project; all counts are parsed at once, as unsigned integers.

    Raises
    ------
    ScanFileError
        It is no such XML, is cut off, or its spectra differ in length.
    """
    if inside:
        raise ScanFileError(f"{path} is one project and holds no {inside!r}; leave it off.")
    figures = Figures(f"{path.name} does not state it")
    spectra = _Spectra()
    try:
        for node in _spectra_of(path):
            if not spectra.counts:
                state(figures, node, " of the first spectrum")
            _gather(spectra, node, path)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise ScanFileError(
            f"{path} is no ARTAX project, or a damaged one ({error}); copy it again."
        ) from error
    if not spectra.counts:
        raise ScanFileError(f"{path} holds no spectra; export the project again.")
    _leave_out_sum(spectra, figures)
    grid = find_grid(spectra.positions)
    return _scan(spectra, grid, figures, path)


def _spectra_of(path: Path) -> Iterator[ET.Element]:
    """The spectra of the file one by one; those within a spectrum's results are left alone."""
    depth = 0
    for event, node in ET.iterparse(path, events=("start", "end")):
        if node.tag != "ClassInstance" or node.get("Type") != "TRTSpectrum":
            continue
        depth += 1 if event == "start" else -1
        if event == "end" and depth == 0:
            yield node
            node.clear()


def _gather(spectra: _Spectra, node: ET.Element, path: Path) -> None:
    counts = channels_of(node, path)
    if not np.isfinite(counts).all() or counts.min() < 0.0 or counts.max() >= LARGEST_WHOLE:
        raise ScanFileError(
            f"{path} holds negative counts or values that are no numbers in its spectrum "
            f"{len(spectra.counts) + 1}; export it again as raw counts."
        )
    if spectra.counts and len(counts) != len(spectra.counts[0]):
        raise ScanFileError(
            f"{path} holds spectra of {len(spectra.counts[0])} and of {len(counts)} channels; "
            "export those of one measurement."
        )
    spectra.counts.append(counts.astype(np.uint32))
    position = {}
    for axis in node.iterfind(".//ClassInstance[@Type='TRTAxesHeader']//AxesParameter/*"):
        place = (axis.get("AxisPosition") or "").replace(",", ".")
        if axis.get("AxisName") and place:
            position[str(axis.get("AxisName"))] = float(place)
            spectra.units.add((axis.get("AxisUnit") or "").lower())
    spectra.positions.append(position)
    for tag, values in spectra.seconds.items():
        values.append(seconds_of(node, tag))


def _leave_out_sum(spectra: _Spectra, figures: Figures) -> None:
    """A processed project ends with the sum of its spectra, which has no position."""
    positions = spectra.positions
    if len(positions) > 1 and not positions[-1] and all(positions[:-1]):
        figures.note("left out", "the last spectrum, a sum", "it has no position")
        gathered: list[list[Any]] = [spectra.counts, positions, *spectra.seconds.values()]
        for values in gathered:
            values.pop()


def _scan(spectra: _Spectra, grid: Grid | None, figures: Figures, path: Path) -> Scan:
    cube = np.stack(spectra.counts)
    order: Any = slice(None)
    shape = (1, len(cube))
    if grid is not None:
        order, shape = grid.order, grid.shape
        words = f"{shape[0]} rows by {shape[1]} columns"
        figures.note("rows and columns", words, f"positions {grid.axes[0]} and {grid.axes[1]}")
        scale = MM_PER_UNIT.get(next(iter(spectra.units))) if len(spectra.units) == 1 else None
        if scale is not None:
            figures.pixel_size(grid.steps[0] * scale, grid.steps[1] * scale, "stage positions")
        else:
            figures.lack(fact.PIXEL_SIZE, "the unit of the stage positions is not stated")
    else:
        words = "one row, in the order of the file"
        figures.note("rows and columns", words, "the positions make no even grid of two axes")
    for figure, tag in ((fact.LIVE_TIME, "LifeTime"), (fact.REAL_TIME, "RealTime")):
        seconds = np.array([np.nan if s is None else s for s in spectra.seconds[tag]])
        if np.isfinite(seconds).any():
            figures.times(figure, seconds[order].reshape(shape), shape, f"{tag} of each spectrum")
    return figures.scan(cube[order].reshape(*shape, -1), path, NAME)


FORMAT = ScanFormat(NAME, recognises, read)
