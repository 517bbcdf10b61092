"""Line families of a few pixels, which neither the sum nor the maximum of all spectra shows.

In a sum over a painting the lines of one small patch drown in the uncertain shapes of what is
everywhere: orpiment's arsenic in lead, whose lines have the same energies, bromine of eosin beside
mercury. The maximum of all pixels adds up the brightest of each and hides as much. The sum of the
pixels in which a family stands out tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from underpaint.scan import in_order, total_counts
from underpaint.spectrum import EnergyCalibration

from .blocks import Blocks, spread_rows
from .design import Design, build_design
from .elimination import significance_beside, sum_peaks_beside
from .family import split_family
from .fit import READ_AT_ONCE
from .identify import Identification, identify_elements
from .measured import Measured
from .reach import out_of_reach
from .templates import family_templates
from .trial import CANDIDATES, COMMON

STANDS_OUT_SIGMA = (20.0, 10.0, 5.0)
"""Few pixels that hold much of it tell more than many in which it may be another's ratios."""
SUM_PEAKS_MATTER = 0.5
"""Counts of sum peaks, for one of a family's own, from which on it may be no more than these."""
NEEDED_SIGMA, NEEDED_SIGMA_RARE = 12.0, 18.0
"""More than in a sum of all pixels: these were chosen for what is sought. Elements that are rare in
art need more, in much the same proportion as there."""
NEEDED_COUNTS = 100.0
MOST_SPECTRA = 2**16
"""Rows evenly spread over a larger scan are enough to meet every place of some size."""


@dataclass(frozen=True, eq=False)
class _Reader:
    """How families are read off spectra, each beside all that was found.

    Attributes
    ----------
    rows, squares : (family, channel) float32, unconstrained counts and their variance
    first, last : channels used, [first, last)
    """

    rows: NDArray[np.float32]
    squares: NDArray[np.float32]
    first: int
    last: int


def with_rare(
    scan: Blocks,
    calibration: EnergyCalibration,
    spectra: Sequence[NDArray[np.float64]],
    found: Identification,
    *,
    pixels: int,
    unevenness: float,
    pairs: NDArray[np.float64] | None = None,
    executor: Executor | None = None,
) -> Identification:
    """Look for other families where they stand out, and add those that hold.

    Each family that was not found is fitted beside all that were, in every pixel. The pixels are
    added up in which it is 20, 10 and 5 standard errors. It is there if, in one of these sums, it
    passes what `identify_elements` asks of any family and is twelve standard errors or more,
    eighteen for an element that is rare in art. Where sum peaks lie under it, they must have fewer
    counts than it has beside those pixels, too: what stands out at the energy of sum peaks are the
    pixels that happen to have most of them.

    Parameters
    ----------
    scan : whose spectra were added up; up to 65,536 of them are read, in rows spread evenly
    calibration : energy axis and resolution
    spectra : (channel,) counts each, the sum and the maximum-pixel spectrum
    found : what they show
    pixels, unevenness, pairs : as for `build_design`
    executor : where rows are read; here if None

    Returns
    -------
    Identification : `found` itself where there is nothing else
    """
    design = build_design(
        spectra[0], calibration, found.names,
        pixels=pixels, unevenness=unevenness, tube_kv=found.tube_kv, scatter=found.scatter,
        pairs=pairs,
    )  # fmt: skip
    sought, reader = _look_beside(design, calibration, found, scan.shape[2])
    sums = np.zeros((len(sought), len(STANDS_OUT_SIGMA), 2, scan.shape[2]))
    for part in in_order(executor, partial(_standing_out, scan, reader), _spread_rows(scan)):
        for place, total in part.items():
            sums[place] += total
    # what stands out by more stands out by less, too
    np.cumsum(sums, axis=1, out=sums)
    added: dict[str, float] = {}
    for name, chosen in zip(sought, sums, strict=True):
        others = (*found.names, *added)
        for own, beside in chosen:
            if own.sum() < NEEDED_COUNTS:
                continue
            measured = Measured(own, calibration, found.tube_kv, found.scatter)
            significance = significance_beside(measured, name, others)
            if significance < (NEEDED_SIGMA if name in COMMON else NEEDED_SIGMA_RARE):
                continue
            if sum_peaks_beside(measured, name, others) > SUM_PEAKS_MATTER:
                around = replace(measured, counts=beside)
                if sum_peaks_beside(around, name, others) > 1.0:
                    continue
            added[name] = significance
            break
    if not added:
        return found
    names = (*found.names, *added)
    anode = None if found.scatter is None else found.scatter.anode
    every = identify_elements(
        spectra, calibration,
        tube_kv=found.tube_kv, anode=anode, candidates=names, certain=names, pairs=pairs,
    )  # fmt: skip
    in_sum = {family.name for family in found.families if family.in_sum}
    families = [
        replace(
            family,
            significance=max(family.significance, added.get(family.name, 0.0)),
            in_sum=family.name in in_sum,
        )
        for family in every.families
    ]
    families.sort(key=lambda family: -family.significance)
    return replace(every, families=tuple(families))


def _look_beside(
    design: Design, calibration: EnergyCalibration, found: Identification, channels: int
) -> tuple[tuple[str, ...], _Reader]:
    """Families that were not found, K before L before M, and how they are read.

    What the design can explain of a family's shape is taken off it, and the rest read by least
    squares (Frisch and Waugh 1933, doi 10.2307/1907330).
    """
    window = slice(design.first, design.last)
    hidden = out_of_reach(CANDIDATES, calibration, channels, found.tube_kv, window)
    unfound = [name for name in CANDIDATES if name not in (*found.names, *hidden)]
    others = tuple(sorted(unfound, key=lambda name: split_family(name)[1]))
    shapes = family_templates(others, calibration, channels, found.tube_kv)[:, window]
    own = shapes - (shapes @ design.reader.T) @ design.parts
    weighted = own * design.weight
    rows = weighted / np.maximum(np.sum(weighted * shapes, axis=1), 1e-30)[:, None]
    reader = _Reader(
        rows.astype(np.float32), (rows**2).astype(np.float32), design.first, design.last
    )
    return others, reader


def _spread_rows(scan: Blocks) -> list[slice]:
    height, width, _ = scan.shape
    if height * width <= MOST_SPECTRA:
        return list(scan.spans())
    return [slice(row, row + 1) for row in spread_rows(height, MOST_SPECTRA / width)]


def _standing_out(
    scan: Blocks, reader: _Reader, rows: slice
) -> dict[tuple[int, int, int], NDArray[np.float64]]:
    """Sums of spectra, (channel,), by family, by how far it stands out (the first of
    `STANDS_OUT_SIGMA` that it reaches), and by whether it does itself (0) or beside one (1).

    Places without any are left out.
    """
    block = scan.read(rows)
    spectra = block.reshape(-1, block.shape[-1])
    times_error = np.empty((len(reader.rows), len(spectra)), dtype=np.float32)
    for start in range(0, len(spectra), READ_AT_ONCE):
        some = slice(start, start + READ_AT_ONCE)
        inside = spectra[some, reader.first : reader.last].astype(np.float32)
        times_error[:, some] = (reader.rows @ inside.T) / np.sqrt(
            np.maximum(reader.squares @ inside.T, 1e-30)
        )
    sums = {}
    before = np.zeros((2, *times_error.shape), dtype=np.bool_)
    for number, least in enumerate(STANDS_OUT_SIGMA):
        chosen = times_error > least
        both = np.stack([chosen, _beside(chosen, block.shape[1])])
        new = both & ~before
        for which, family in np.argwhere(new.any(axis=2)).tolist():
            sums[family, number, which] = total_counts(spectra[new[which, family]], 0)
        before = both
    return sums


def _beside(chosen: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Pixels of which the one before or after in the row is chosen; themselves in a single column.

    Paint reaches beyond one pixel, and the noise of these was not chosen with them.
    """
    if width == 1:
        return chosen
    rows = chosen.reshape(len(chosen), chosen.shape[1] // width, width)
    beside = np.zeros_like(rows)
    beside[..., 1:] |= rows[..., :-1]
    beside[..., :-1] |= rows[..., 1:]
    return beside.reshape(chosen.shape)
