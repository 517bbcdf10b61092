"""Random layered samples, and fisx's atomic data, as the tests of transport share them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor

from underpaint.xray import StackBatch

if TYPE_CHECKING:
    from fisx_reference import Emission, FisxReference

ANGLES = (60.0, 45.0)
BEAM = {4.5: 1.0, 8.0: 3.0, 11.0: 2.0, 14.0: 2.0, 20.0: 1.0, 35.0: 0.5}
HEAVY = ("Al", "As", "Ba", "Ca", "Cd", "Co", "Cu", "Fe", "Hg", "Pb", "S", "Sn", "Sr", "Ti", "Zn")
LIGHT = ("C", "O")
Layers = list[tuple[dict[str, float], float]]


def random_stacks(count: int) -> list[Layers]:
    random = np.random.default_rng(7)
    stacks = []
    for _ in range(count):
        layers = []
        for _ in range(random.integers(1, 5)):
            metals = random.choice(HEAVY, size=random.integers(1, 4), replace=False)
            shares = random.dirichlet(np.ones(len(metals) + len(LIGHT)))
            material = dict(zip((*map(str, metals), *LIGHT), map(float, shares), strict=True))
            layers.append((material, float(np.exp(random.uniform(np.log(1e-4), np.log(0.05))))))
        stacks.append(layers)
    return stacks


def make_reference() -> FisxReference:
    """fisx with the data of these elements; the test is skipped where there is no fisx."""
    pytest.importorskip("fisx", reason="fisx, which checks this, is missing")
    from fisx_reference import FisxReference

    return FisxReference(HEAVY, light=LIGHT)


def arguments(reference: FisxReference, beam: Mapping[float, float]) -> tuple[Tensor, ...]:
    """Beam and fisx's atomic data, as `primary_lines` takes them."""
    photons = torch.tensor([beam[energy] for energy in beam], dtype=torch.float64)
    return (
        photons / photons.sum(),
        reference.attenuation(list(beam)),
        reference.sections(list(beam)),
        reference.attenuation_out,
        reference.peak_element,
    )


def compared(
    reference: FisxReference, batch: StackBatch, which: int, layers: Layers
) -> Iterator[tuple[int, Emission]]:
    """fisx's lines above 1e-4 of the brightest, but for those that fisx cuts short.

    fisx leaves out what comes from below a layer that lets less than 0.1 % of a line out.
    """
    depth = batch.mass_thickness[which, :, None] * (
        batch.fractions[which] @ reference.attenuation_out
    )
    most = depth.amax(dim=0) / math.sin(math.radians(ANGLES[1]))
    rates = reference.emission(layers, BEAM, ANGLES)
    brightest = max(line.primary for line in rates.values())
    for at, line in rates.items():
        if line.primary > 1e-4 * brightest and most[at] < -math.log(1e-3):
            yield at, line
