"""This model's lines beside fisx's, sample by sample, on the same atomic data."""

from __future__ import annotations

import math
from bisect import bisect
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fisx_cases import BEAM, Case
from fisx_reference import FisxReference, Peak
from underpaint.xray import Fineness, StackBatch, make_stacks
from underpaint.xray.enhancement import enhanced_lines
from underpaint.xray.fluorescence import primary_lines
from underpaint.xray.lines import EXIT_SPREAD, common_edges

Array = NDArray[np.float64]
SECONDARY_SHARE = 0.01
FISX_OPAQUE = 1e-3
FISX_THIN, FISX_THICK = 0.01, 10.0


@dataclass(frozen=True, eq=False)
class Groups:
    """fisx's lines gathered as this model gathers its own.

    Attributes
    ----------
    member : (peak,) group of each line
    energy_kev : (group,) mean of the lines' energies, weighted by their cross sections
    share : (group, peak) a line's share in its group
    """

    member: NDArray[np.int64]
    energy_kev: Array
    share: Tensor


@dataclass(frozen=True, eq=False)
class Lines:
    """Intensities of one sample's lines by each side, photons into 4 pi for a beam photon.

    Attributes
    ----------
    peaks : the lines
    member : (line,) group of each
    primary, enhanced : side to (line,); the sides are "fisx", "integrated", "ours" and, by
        group, "grouped"
    depth_in : (layer, node) optical depth of the layers along the beam
    depth_out : (layer, line) the same on the way out
    holding : (layer, line) whether a layer holds the element of a line
    refused : fisx has no answer with secondary fluorescence
    """

    peaks: list[Peak]
    member: NDArray[np.int64]
    primary: dict[str, Array]
    enhanced: dict[str, Array]
    depth_in: Array
    depth_out: Array
    holding: NDArray[np.bool_]
    refused: bool

    def bright(self, against: str, faintest: float) -> NDArray[np.int64]:
        """Places of the lines, or groups, that count."""
        total = self.primary[against] + self.enhanced[against]
        return np.flatnonzero(total > faintest * total.max(initial=0.0))

    def errors(self, side: str, against: str, part: str, faintest: float) -> Array:
        """Relative errors of the lines brighter than a share of the brightest.

        `part` is "primary", "total", or "secondary", which takes lines of which it is over 1 %.
        """
        if self.refused and "fisx" in (side, against):
            return np.zeros(0)
        name = against
        if side == "grouped":
            name = f"{against} by group"
        at = self.bright(name, faintest)
        first, then = self.primary[name][at], self.enhanced[name][at]
        mine, more = self.primary[side][at], self.enhanced[side][at]
        if part == "primary":
            return np.asarray(np.abs(mine - first) / first.clip(1e-300))
        if part == "total":
            return np.asarray(np.abs(mine + more - first - then) / (first + then))
        much = then > SECONDARY_SHARE * (first + then)
        return np.asarray(np.abs(more - then)[much] / then[much])

    def why(self, line: int) -> str:
        """Which of fisx's short cuts this line meets, if any."""
        cuts = set()
        for a in np.flatnonzero(self.holding[:, line]):
            into, out = self.depth_in[a], self.depth_out[a, line]
            if a + 1 < len(self.depth_out) and math.exp(-out) < FISX_OPAQUE:
                cuts.add("fisx leaves out what comes from below an opaque layer")
            if (into + out > FISX_THICK).any():
                cuts.add("fisx takes a layer as endless")
            if (into + out < FISX_THIN).any():
                cuts.add("fisx leaves out secondary fluorescence of a thin layer")
        return "; ".join(sorted(cuts)) or "none of fisx's short cuts"


def grouped_lines(reference: FisxReference) -> Groups:
    """Gather fisx's lines of a shell as `underpaint.xray.lines.exits` does.

    Those within 6 % of the brightest left, and between the same absorption edges.
    """
    strength = reference.sections([reference.beam_kev])[:, 0].numpy()
    member = np.full(len(reference.peaks), -1)
    edges = common_edges()
    count = 0
    for i in np.argsort(-strength):
        if member[i] >= 0:
            continue
        first = reference.peaks[i]
        between = bisect(edges, first.energy_kev)
        for j, peak in enumerate(reference.peaks):
            near = abs(peak.energy_kev / first.energy_kev - 1.0) < EXIT_SPREAD
            near = near and bisect(edges, peak.energy_kev) == between
            if member[j] < 0 and peak[:2] == first[:2] and near:
                member[j] = count
        count += 1
    owner = np.eye(count)[member].T * strength
    share = owner / owner.sum(axis=1, keepdims=True)
    return Groups(member, share @ np.array(reference.line_energies), torch.from_numpy(share))


@cache
def _beam_data(reference: FisxReference) -> tuple[Tensor, Tensor, Tensor]:
    photons = torch.tensor(list(BEAM.values()), dtype=torch.float64)
    return (
        photons / photons.sum(),
        reference.attenuation(list(BEAM)),
        reference.sections(list(BEAM)),
    )


@cache
def _group_data(reference: FisxReference, groups: Groups) -> tuple[Tensor, ...]:
    """Cross sections, attenuation, elements and couplings of groups."""
    owner = (groups.share > 0.0).to(torch.float64)
    energies = groups.energy_kev.tolist()
    first = [int(np.flatnonzero(groups.member == g)[0]) for g in range(len(energies))]
    return (
        owner @ _beam_data(reference)[2],
        reference.attenuation(energies),
        reference.peak_element[first],
        (owner @ reference.sections(energies)).T.contiguous(),
    )


def measure(reference: FisxReference, groups: Groups, case: Case) -> Lines:
    """This model's lines of one sample beside the reference's."""
    stack = make_stacks([case.layers], torch.float64)
    photons, attenuation, sections = _beam_data(reference)
    emits = stack.fractions[0].any(dim=0)
    at = torch.nonzero(emits[reference.peak_element])[:, 0]
    lines = _ours(
        stack,
        (photons, attenuation, sections[at], reference.attenuation_out[:, at]),
        reference.peak_element[at],
        reference.couplings[at][:, at],
        case.angles,
    )
    group_sections, group_out, group_element, couplings = _group_data(reference, groups)
    chosen = torch.nonzero(emits[group_element])[:, 0]
    gathered = _ours(
        stack,
        (photons, attenuation, group_sections[chosen], group_out[:, chosen]),
        group_element[chosen],
        couplings[chosen][:, chosen],
        case.angles,
    )
    place = at.numpy()
    owner = np.equal.outer(chosen.numpy(), groups.member[place]).astype(np.float64)
    primary = {"ours": lines[0], "grouped": gathered[0]}
    enhanced = {"ours": lines[1], "grouped": gathered[1]}
    for name, then in (("fisx", case.enhanced), ("integrated", case.integrated)):
        primary[name], enhanced[name] = case.primary[place], then[place]
        primary[f"{name} by group"] = owner @ primary[name]
        enhanced[f"{name} by group"] = owner @ enhanced[name]
    mass = stack.mass_thickness[0, :, None].numpy()
    fractions = stack.fractions[0].numpy()
    sines = [math.sin(math.radians(angle)) for angle in case.angles]
    return Lines(
        peaks=[reference.peaks[i] for i in place],
        member=groups.member[place],
        primary=primary,
        enhanced=enhanced,
        depth_in=fractions @ attenuation.numpy() * mass / sines[0],
        depth_out=fractions @ reference.attenuation_out[:, at].numpy() * mass / sines[1],
        holding=fractions[:, reference.peak_element[at].numpy()] > 0.0,
        refused=case.refused,
    )


def _ours(
    stack: StackBatch,
    given: tuple[Tensor, ...],
    element: Tensor,
    couplings: Tensor,
    angles: tuple[float, float],
) -> tuple[Array, Array]:
    """Primary and secondary lines, photons into 4 pi for a beam photon."""
    primary = primary_lines(stack, *given, element, *angles)
    secondary = enhanced_lines(
        stack, *given, element, couplings, *angles, fineness=Fineness(orders=1)
    )
    solid = 4.0 * math.pi
    return solid * primary[0].numpy(), solid * secondary[0].numpy()
