"""Batches of layered samples, as the forward model takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from underpaint.errors import StackError

from .periodic_table import ELEMENTS, INDEX


@dataclass(frozen=True, eq=False)
class StackBatch:
    """Layered samples, top layer first; unused layers have no mass.

    Attributes
    ----------
    fractions : (sample, layer, element) mass fractions over `ELEMENTS`
    mass_thickness : (sample, layer) g/cm2
    """

    fractions: Tensor
    mass_thickness: Tensor

    def __post_init__(self) -> None:
        if self.fractions.shape[:2] != self.mass_thickness.shape:
            raise StackError("a stack needs one thickness a layer: shapes do not agree")

    def __len__(self) -> int:
        return len(self.fractions)

    def __getitem__(self, chosen: slice | Tensor) -> StackBatch:
        """Some of the samples."""
        return StackBatch(self.fractions[chosen], self.mass_thickness[chosen])


Layer = tuple[Mapping[str, float], float]
"""Mass fractions by element, and mass thickness in g/cm2."""


def composition(fractions: Mapping[str, float]) -> Tensor:
    """Mass fractions over `ELEMENTS`, (element,) float64.

    Raises
    ------
    StackError : for an unknown element, a negative fraction, or a sum that is not 1 within 1 %
    """
    unknown = sorted(set(fractions) - set(INDEX))
    if unknown:
        raise StackError(f"'{unknown[0]}' is not an element that this model has data for")
    dense = torch.zeros(len(ELEMENTS), dtype=torch.float64)
    for element, fraction in fractions.items():
        if not fraction >= 0.0:
            raise StackError(f"the weight fraction of {element} is {fraction}, below zero")
        dense[INDEX[element]] = fraction
    total = float(dense.sum())
    if abs(total - 1.0) > 0.01:
        raise StackError(f"weight fractions add up to {total:.4g} instead of 1")
    return dense / total


def make_stacks(
    samples: Sequence[Sequence[Layer]], dtype: torch.dtype = torch.float32
) -> StackBatch:
    """Samples given layer by layer, top first.

    Raises
    ------
    StackError : for an empty sample, a negative or infinite thickness, or an impossible composition
    """
    if not samples or any(not layers for layers in samples):
        raise StackError("a sample needs at least one layer")
    depth = max(len(layers) for layers in samples)
    fractions = torch.zeros(len(samples), depth, len(ELEMENTS), dtype=torch.float64)
    mass = torch.zeros(len(samples), depth, dtype=torch.float64)
    for i, layers in enumerate(samples):
        for j, (material, mass_thickness) in enumerate(layers):
            if not 0.0 <= mass_thickness < math.inf:
                raise StackError(
                    f"layer {j + 1} has a mass thickness of {mass_thickness} g/cm2: "
                    "give a finite one, zero or more"
                )
            fractions[i, j] = composition(material)
            mass[i, j] = mass_thickness
    return StackBatch(fractions.to(dtype), mass.to(dtype))
