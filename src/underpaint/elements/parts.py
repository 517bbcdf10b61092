"""All that one spectrum may be made of, with the freedom that real line ratios need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .background import tents
from .family import split_family
from .measured import Measured
from .products import PartSet
from .templates import branch_templates, family_templates, tails

MINOR_BRANCH = 0.08
PILE_UP_PIECES = 5
WIDER = 2.5
"""Widths of a line that peaks have which no element sends out: polycrystals diffract the tube's
continuum into such, by how far a focussed beam converges, and a crooked continuum leaves them."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Non-negative parts of a spectrum.

    Attributes
    ----------
    families : the line families asked for
    sets : the parts' shapes, those of one kind and family together
    owner : (part,) index into `families`, -1 for wide peaks, continuum, scatter and pile-up
    kind : (part,) "line", "tail", "wide", "continuum", "compton" or "pile-up"
    expected : (part,) share of its family that a part is expected to be; 0 for tails
    anode : the element whose lines come scattered from the tube, with ratios of their own
    """

    families: tuple[str, ...]
    sets: tuple[PartSet, ...]
    owner: NDArray[np.intp]
    kind: tuple[str, ...]
    expected: NDArray[np.float64]
    anode: str = ""

    def spectrum(self, amplitude: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
        """What parts of a kind add up to, (channel,) float64, for (part,) amplitudes."""
        chosen = self.of_kind(kind)
        spectrum = np.zeros(self._channels)
        for own, each in self._placed:
            if chosen[own].any():
                spectrum += amplitude[own] @ each.shapes
        return spectrum

    def of_families(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the parts of each family add up to, (family, channel) float64, for (part,) shares
        of each."""
        spectra = np.zeros((len(self.families), self._channels))
        for own, each in self._placed:
            if len(each.shapes) and self.owner[own.start] >= 0:
                spectra[self.owner[own.start]] += share[own] @ each.shapes
        return spectra

    @property
    def _channels(self) -> int:
        return int(self.sets[0].shapes.shape[1])

    @cached_property
    def _placed(self) -> list[tuple[slice, PartSet]]:
        ends = np.cumsum([len(each.shapes) for each in self.sets]).tolist()
        return [
            (slice(end - len(each.shapes), end), each)
            for end, each in zip(ends, self.sets, strict=True)
        ]

    def of_kind(self, *kinds: str) -> NDArray[np.bool_]:
        """Which parts are of one of these kinds, (part,) bool."""
        return np.asarray(np.isin(self._kinds, kinds))

    @cached_property
    def _kinds(self) -> NDArray[np.str_]:
        return np.array(self.kind)


def lay_out(
    measured: Measured,
    families: Sequence[str],
    *,
    loosened: Sequence[str] = (),
    split: Sequence[str] = (),
    beside_wide: Sequence[str] = (),
    pile_up_pieces: int = 1,
) -> Parts:
    """Parts of a spectrum: lines, wide peaks, continuum, Compton humps, sum peaks.

    Parameters
    ----------
    measured : the spectrum
    families : line families
    loosened : families that fall into branches (Ka and Kb; L3, L2 and L1) and tails
    split : families that fall into branches only
    beside_wide : families beside whose brightest branches peaks may be that are wider than lines
    pile_up_pieces : pieces of the energy axis in which sum peaks have a strength of their own
    """
    scatter, calibration, channels = measured.scatter, measured.calibration, len(measured.counts)
    sets: list[PartSet] = []
    owner: list[int] = []
    kind: list[str] = []
    expected: list[float] = []

    def add(
        what: str,
        rows: NDArray[np.float64],
        own: str = "",
        of: int = -1,
        share: Sequence[float] | None = None,
    ) -> None:
        sets.append(PartSet((what, own, len(rows)), rows))
        owner.extend([of] * len(rows))
        kind.extend([what] * len(rows))
        expected.extend([0.0] * len(rows) if share is None else share)

    anode = scatter.anode if scatter is not None else ""
    axis = (calibration, channels, measured.tube_kv)
    for index, family in enumerate(families):
        if family in loosened or family in split or split_family(family)[0] == anode:
            branches, shares = _branches(family, *axis)
            add("line", branches, f"{family} in branches", index, shares)
        else:
            add("line", _whole(family, *axis), family, index, [1.0])
        if family in loosened:
            add("tail", _tails(family, *axis), family, index)
    for family in beside_wide:
        add("wide", _wide(family, *axis), family)
    add("continuum", measured.continuum)
    add("compton", measured.humps)
    add("pile-up", tents(calibration, channels, pile_up_pieces) * measured.pile_up)
    return Parts(
        tuple(families),
        tuple(sets),
        np.asarray(owner, dtype=np.intp),
        tuple(kind),
        np.asarray(expected),
        anode,
    )


# One spectrum is taken apart again and again, each time with other families: their shapes are kept.


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
def _wide(
    family: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    peaks, expected = branch_templates(family, wider_than_lines(calibration), channels, tube_kv)
    return peaks[np.asarray(expected) > MINOR_BRANCH]


def wider_than_lines(calibration: EnergyCalibration) -> EnergyCalibration:
    """An energy axis on which lines would be as wide as peaks that are no element's."""
    noise, fano = WIDER * calibration.noise, WIDER**2 * calibration.fano
    return EnergyCalibration(calibration.zero, calibration.gain, noise, fano)


@lru_cache(maxsize=64)
def _tails(
    family: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    return tails(_whole(family, calibration, channels, tube_kv), calibration)
