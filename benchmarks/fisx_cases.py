"""Random samples with what fisx and plain integration say of them, kept in a file as they come."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fisx
import numpy as np
import torch
from numpy.typing import NDArray

from depth_integration import Data, enhanced_lines
from fisx_reference import FisxReference
from random_stacks import random_stacks
from underpaint.xray import Layer, make_stacks

BEAM = {2.697: 3.0, 3.9: 1.0, 4.9: 1.4, 5.9: 1.7, 7.4: 2.0, 8.8: 2.0, 10.2: 1.9, 11.7: 1.8,
        13.6: 1.6, 15.5: 1.5, 17.6: 1.3, 20.2: 3.0, 22.7: 0.8, 26.0: 0.6, 30.0: 0.4,
        36.0: 0.15}  # fmt: skip
"""keV to relative photons: what a rhodium tube at 40 kV sends, told in a few energies."""

ANGLES = ((60.0, 45.0), (90.0, 45.0), (45.0, 60.0), (75.0, 30.0))
FAINTEST_KEPT = 1e-7
LEVELS, POINTS = 9, 5


@dataclass(frozen=True, eq=False)
class Case:
    """A sample and the reference answers.

    Attributes
    ----------
    number : place in the draw
    kind : "paint" or "hard"
    layers : from the top
    angles : incidence and take-off, degrees
    primary, enhanced, scatter_excited : (line,) fisx's photons into 4 pi for a beam photon
    integrated : (line,) secondary fluorescence by plain integration, the same unit
    refused : fisx breaks off with an error, so that `enhanced` is not known
    """

    number: int
    kind: str
    layers: list[Layer]
    angles: tuple[float, float]
    primary: NDArray[np.float64]
    enhanced: NDArray[np.float64]
    scatter_excited: NDArray[np.float64]
    integrated: NDArray[np.float64]
    refused: bool


def beam_and_data(
    reference: FisxReference, beam: Mapping[float, float], angles: tuple[float, float]
) -> Data:
    """fisx's atomic data for a beam, as numpy arrays."""
    photons = np.array(list(beam.values()))
    return Data(
        photons / photons.sum(),
        reference.attenuation(list(beam)).numpy(),
        reference.sections(list(beam)).numpy(),
        reference.attenuation_out.numpy(),
        reference.peak_element.numpy(),
        reference.couplings.numpy(),
        *angles,
    )


def make_cases(reference: FisxReference, count: int, seed: int, cache: Path | None) -> list[Case]:
    """Draw samples and ask fisx and plain integration about each, unless the cache knows."""
    known = _read(cache)
    data = {angles: beam_and_data(reference, BEAM, angles) for angles in ANGLES}
    cases = []
    for i, (kind, layers) in enumerate(random_stacks(count, np.random.default_rng(seed))):
        angles = ANGLES[(i // 8) % len(ANGLES)]
        key = _key(layers, angles)
        if key not in known:
            known[key] = _ask(reference, layers, angles, data[angles])
            if cache:
                with cache.open("a") as file:
                    file.write(json.dumps({"key": key, "lines": known[key]}) + "\n")
            if sys.stderr.isatty():
                print(f"\rsample {i + 1} of {count}", end="", file=sys.stderr)
        parts = np.zeros((4, len(reference.peaks)))
        for name, values in known[key].items():
            element, line = name.split()
            parts[:, reference.place[element, line]] = values
        refused = bool(np.isnan(parts[1]).any())
        cases.append(Case(i, kind, layers, angles, *parts, refused))
    return cases


def _ask(
    reference: FisxReference, layers: list[Layer], angles: tuple[float, float], data: Data
) -> dict[str, list[float]]:
    try:
        rates = reference.emission(layers, BEAM, angles, secondary=1)
    except RuntimeError:
        rates = {
            at: line._replace(enhanced=math.nan)
            for at, line in reference.emission(layers, BEAM, angles, secondary=0).items()
        }
    stack = make_stacks([layers], torch.float64)
    integrated = 4.0 * math.pi * enhanced_lines(stack, 0, data, levels=LEVELS, points=POINTS)
    brightest = max(line.primary for line in rates.values())
    return {
        f"{reference.peaks[at].element} {reference.peaks[at].name}": [
            line.primary,
            line.enhanced,
            line.scatter_excited,
            float(integrated[at]),
        ]
        for at, line in rates.items()
        if line.primary > FAINTEST_KEPT * brightest
    }


def _read(cache: Path | None) -> dict[str, dict[str, list[float]]]:
    if cache is None or not cache.is_file():
        return {}
    rows: list[dict[str, Any]] = []
    for line in cache.read_text().splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return {row["key"]: row["lines"] for row in rows}


def _key(layers: list[Layer], angles: tuple[float, float]) -> str:
    """What the answers depend on, hashed."""
    told = json.dumps(
        [[dict(material), mass] for material, mass in layers]
        + [angles, sorted(BEAM.items()), LEVELS, POINTS, fisx.__version__]
    )
    return hashlib.sha256(told.encode()).hexdigest()[:24]
