"""What pure pigments look like under a scanner: the references of rules and of the dictionary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from underpaint.paint import Library, load_library, paint_layer, plain_layer
from underpaint.spectrum import standard_bins
from underpaint.xray import ForwardModel, Instrument, instrument_from_dict, make_stacks

THIN_UM, THICK_UM = 8.0, 200.0
SUPPORT, SUPPORT_UM = "canvas-linen", 500.0
LEAF_PVC = 1.0


@dataclass(frozen=True, eq=False)
class PurePigments:
    """Pure pigments on a neutral support under one scanner.

    Attributes
    ----------
    spectra : (atom, bin) float64, counts; each pigment thin, then each thick
    group : (atom,) int, group of each
    bare : (bin,) the support alone
    softness : group index -> (element, soft family over hard family of a thick layer)
    """

    spectra: NDArray[np.float64]
    group: NDArray[np.intp]
    bare: NDArray[np.float64]
    softness: Mapping[int, tuple[str, str, float]]


SOFT_AND_HARD = (
    ("Pb", "M", "L"), ("Hg", "M", "L"), ("Au", "M", "L"), ("Bi", "M", "L"), ("Sn", "L", "K"),
    ("Sb", "L", "K"), ("Cd", "L", "K"), ("Ag", "L", "K"), ("Ba", "L", "K"),
)  # fmt: skip


def pure_pigments(instrument: Instrument) -> PurePigments:
    """Pure pigments under an instrument without lines of its own parts and pile-up."""
    plain = instrument.but(own_lines={}, pulse_pair_us=0.0, zero_peak=0.0)
    return _pure(json.dumps(plain.to_dict()))


@lru_cache(maxsize=128)
def _pure(description: str) -> PurePigments:
    library = load_library()
    instrument = instrument_from_dict(json.loads(description), "the scan")
    order = {group.name: i for i, group in enumerate(library.groups)}
    pigments = [pigment for pigment in library.pigments.values() if pigment.group in order]
    support = plain_layer(library, "support", SUPPORT, SUPPORT_UM)
    stacks = [[support.for_model]]
    for thickness in (THIN_UM, THICK_UM):
        for pigment in pigments:
            pvc = LEAF_PVC if pigment.leaf_um is not None else float(np.mean(pigment.pvc))
            layer = paint_layer(library, "paint", thickness, {pigment.name: 1.0}, pvc=pvc)
            stacks.append([layer.for_model, support.for_model])
    model = ForwardModel(instrument, standard_bins())
    batch = make_stacks(stacks)
    lines, scatter = model.emitted(batch)
    spectra = model.detected(lines, scatter).double().numpy()
    seen = lines.double().numpy() * model.line_response.double().sum(dim=1).numpy()
    families: dict[tuple[str, str], list[int]] = {}
    for index, exit_ in enumerate(model.exits):
        families.setdefault((exit_.element, exit_.shell[0]), []).append(index)
    group = np.array([order[pigment.group] for pigment in pigments])
    thick = seen[1 + len(pigments) :]
    softness = {}
    for k, each in enumerate(library.groups):
        found = _softness(each.key_lines, thick[group == k].mean(axis=0), families)
        if found is not None:
            softness[k] = found
    return PurePigments(spectra[1:], np.tile(group, 2), spectra[0], softness)


def _softness(
    key_lines: tuple[str, ...],
    thick: NDArray[np.float64],
    families: dict[tuple[str, str], list[int]],
) -> tuple[str, str, float] | None:
    """Soft family, hard family, and their ratio for the first key element that has both."""
    elements = {name.split("-")[0] for key in key_lines for name in key.split("|")}
    for element, soft, hard in SOFT_AND_HARD:
        if element in elements:
            counts = [float(thick[families.get((element, f), [])].sum()) for f in (soft, hard)]
            if min(counts) > 0.0:
                return f"{element}-{soft}", f"{element}-{hard}", counts[0] / counts[1]
    return None


def groups_with_ratio(library: Library) -> NDArray[np.bool_]:
    """Groups for which a rule of position exists, (group,) bool."""
    known = {element for element, _, _ in SOFT_AND_HARD}
    return np.array(
        [
            bool({name.split("-")[0] for key in g.key_lines for name in key.split("|")} & known)
            for g in library.groups
        ]
    )
