"""All that one spectrum may be made of, with the freedom that real line ratios need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .background import continuum, snip
from .pileup import coincidences, sum_peaks
from .scatter import Scatter
from .templates import branch_templates, family_templates, split_family, tails

CONTINUUM_KNOTS = 12
LOWEST_KEV = 1.0
NARROW_CLIP_FWHM = 1.6
HUMP_CLIP_KEV = 1.6


@dataclass(frozen=True, eq=False)
class Parts:
    """Non-negative parts of a spectrum.

    Attributes
    ----------
    families : the line families asked for
    shapes : (part, channel) float64
    owner : (part,) index into `families`, -1 for continuum, scatter and pile-up
    kind : (part,) "line", "tail", "continuum", "compton" or "pile-up"
    expected : (part,) share of its family that a part is expected to be; 0 for tails
    anode : the element whose lines come scattered from the tube, with ratios of their own
    """

    families: tuple[str, ...]
    shapes: NDArray[np.float64]
    owner: NDArray[np.intp]
    kind: tuple[str, ...]
    expected: NDArray[np.float64]
    anode: str = ""

    def of_kind(self, *kinds: str) -> NDArray[np.bool_]:
        """Which parts are of one of these kinds, (part,) bool."""
        return np.asarray(np.isin(self._kinds, kinds))

    @cached_property
    def _kinds(self) -> NDArray[np.str_]:
        return np.array(self.kind)


def smooth_continuum(
    spectrum: NDArray[np.float64],
    calibration: EnergyCalibration,
    scatter: Scatter | None,
    tube_kv: float,
) -> NDArray[np.float64]:
    """Continuum by SNIP, clipped widely where Compton humps are to be parts of their own."""
    level = continuum(spectrum, calibration, NARROW_CLIP_FWHM)
    if scatter is None:
        return level
    channels = len(spectrum)
    humps = _humps(scatter, calibration, channels, tube_kv).max(axis=0)
    wide = snip(spectrum, np.full(channels, max(2, int(HUMP_CLIP_KEV / calibration.gain)), np.intp))
    # A sudden change from one to the other would itself look like a peak.
    within = np.clip(humps / (0.2 * max(float(humps.max(initial=0.0)), 1e-12)), 0.0, 1.0)
    return np.asarray(level + within * (np.minimum(level, wide) - level))


def continuum_tents(
    level: NDArray[np.float64], calibration: EnergyCalibration, knots: int = CONTINUUM_KNOTS
) -> NDArray[np.float64]:
    """A continuum cut into overlapping pieces that add up to it, (piece, channel) float64.

    Each spectrum mixes its own continuum from non-negative amounts of the pieces; each piece
    has one count.
    """
    smooth = np.maximum(level, 1e-3 * max(float(level.mean()), 1e-12))
    pieces = tents(calibration, len(level), knots) * smooth
    total = pieces.sum(axis=1, keepdims=True)
    return np.asarray(pieces[total[:, 0] > 0.0] / total[total[:, 0] > 0.0])


def tents(calibration: EnergyCalibration, channels: int, knots: int) -> NDArray[np.float64]:
    """Overlapping tents over the logarithm of energy that add up to 1, (knot, channel) float64."""
    if knots == 1:
        return np.ones((1, channels))
    energy = calibration.energy(np.arange(channels))
    nodes = np.geomspace(LOWEST_KEV, max(float(energy[-1]), 2.0 * LOWEST_KEV), knots)
    position = np.interp(energy, nodes, np.arange(knots, dtype=np.float64))
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(position - np.arange(knots)[:, None])))


def lay_out(
    spectrum: NDArray[np.float64],
    calibration: EnergyCalibration,
    families: Sequence[str],
    tube_kv: float,
    *,
    scatter: Scatter | None = None,
    loosened: Sequence[str] = (),
    split: Sequence[str] = (),
    pile_up_pieces: int = 1,
) -> Parts:
    """Parts of a spectrum: lines, continuum, Compton humps, sum peaks.

    Parameters
    ----------
    spectrum : (channel,) counts
    families : line families
    scatter : scattered tube lines, if known
    loosened : families that fall into branches (Ka and Kb; L3, L2 and L1) and tails
    split : families that fall into branches only
    pile_up_pieces : pieces of the energy axis in which sum peaks have a strength of their own
    """
    channels = len(spectrum)
    pieces, pile_up = _smooth_parts(spectrum.tobytes(), calibration, scatter, tube_kv)
    shapes: list[NDArray[np.float64]] = []
    owner: list[int] = []
    kind: list[str] = []
    expected: list[float] = []

    def add(rows: NDArray[np.float64], share: Sequence[float], of: int, what: str) -> None:
        shapes.append(rows)
        owner.extend([of] * len(rows))
        kind.extend([what] * len(rows))
        expected.extend(share)

    anode = scatter.anode if scatter is not None else ""
    axis = (calibration, channels, tube_kv)
    for index, family in enumerate(families):
        if family in loosened or family in split or split_family(family)[0] == anode:
            add(*_branches(family, *axis), index, "line")
        else:
            add(_whole(family, *axis), [1.0], index, "line")
        if family in loosened:
            add(_tails(family, *axis), [0.0, 0.0], index, "tail")
    add(pieces, [0.0] * len(pieces), -1, "continuum")
    if scatter is not None:
        humps = _humps(scatter, *axis)
        add(humps, [0.0] * len(humps), -1, "compton")
    sums = tents(calibration, channels, pile_up_pieces) * pile_up
    add(sums, [0.0] * len(sums), -1, "pile-up")
    return Parts(
        tuple(families),
        np.concatenate(shapes),
        np.asarray(owner, dtype=np.intp),
        tuple(kind),
        np.asarray(expected),
        anode,
    )


# One spectrum is taken apart again and again, each time with other families: what does not depend
# on them is kept.


@lru_cache(maxsize=4)
def _smooth_parts(
    spectrum: bytes, calibration: EnergyCalibration, scatter: Scatter | None, tube_kv: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pieces of the continuum, (piece, channel), and sum peaks, (channel,), of float64 counts."""
    counts = np.frombuffer(spectrum)
    channels = len(counts)
    level = smooth_continuum(counts, calibration, scatter, tube_kv)
    # The zero peak adds nothing to a photon's energy: below 1 keV there are no sum peaks.
    above = calibration.energy(np.arange(channels)) >= LOWEST_KEV
    pairs = coincidences(np.where(above, counts - level, 0.0))
    return continuum_tents(level, calibration), sum_peaks(pairs, calibration, channels)


@lru_cache(maxsize=256)
def _whole(
    family: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    return family_templates([family], calibration, channels, tube_kv)


@lru_cache(maxsize=64)
def _branches(
    family: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> tuple[NDArray[np.float64], list[float]]:
    return branch_templates(family, calibration, channels, tube_kv)


@lru_cache(maxsize=64)
def _tails(
    family: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    return tails(_whole(family, calibration, channels, tube_kv), calibration)


@lru_cache(maxsize=4)
def _humps(
    scatter: Scatter, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    return scatter.compton(calibration, channels, tube_kv)
