"""Layered samples drawn at random: paints, and hard cases from leaf to bulk metal."""

from __future__ import annotations

import numpy as np
import xraylib

from underpaint.xray import Layer

OIL = "C57H104O6"
PIGMENTS = {
    "lead white": "Pb3C2O8H2", "vermilion": "HgS", "azurite": "Cu3C2O8H2", "malachite": "Cu2CO5H2",
    "ochre": "FeO2H", "chalk": "CaCO3", "gypsum": "CaSO6H4", "zinc white": "ZnO",
    "titanium white": "TiO2", "barytes": "BaSO4", "zinc sulfide": "ZnS", "cadmium yellow": "CdS",
    "cadmium red": "Cd2SSe", "lead-tin yellow": "Pb2SnO4", "Naples yellow": "Pb2Sb2O7",
    "chrome yellow": "PbCrO4", "viridian": "Cr2O5H4", "cobalt blue": "CoAl2O4",
    "smalt": "Si9K2CoO20", "realgar": "AsS", "emerald green": "C4H6As6Cu4O16",
    "manganese black": "MnO2", "strontium yellow": "SrCrO4", "ultramarine": "Na7Al6Si6O24S3",
    "bone black": "Ca5P3O13H", "Prussian blue": "Fe7C18N18", "red lead": "Pb3O4",
    "talc": "Mg3Si4O12H2", "atacamite": "Cu2ClO3H3", "bismuth white": "BiOCl",
    "zirconia": "ZrO2", "molybdate orange": "PbMoO4", "nickel oxide": "NiO",
}  # fmt: skip
METALS = ("Al", "Si", "Ti", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "As", "Zr", "Mo", "Ag", "Cd",
          "Sn", "Sb", "Ba", "Au", "Hg", "Pb", "Bi", "Sr", "Ca", "K", "S")  # fmt: skip
EMITTERS = ("Na", "Mg", "P", "Cl", "Se", *METALS)
PAINT_G_CM2 = (5e-4, 0.06)
HARD_G_CM2 = (1e-5, 1.0)


def random_stacks(
    count: int, random: np.random.Generator, layers: tuple[int, ...] = (1, 2, 3, 4)
) -> list[tuple[str, list[Layer]]]:
    """Samples with their kind, "paint" or "hard" by turns, layers from the top.

    Parameters
    ----------
    count : how many
    random : where they are drawn from
    layers : how many layers a sample may have, each as often
    """
    samples = []
    for i in range(count):
        kind = ("paint", "hard")[i % 2]
        draw = _paint if kind == "paint" else _hard
        depth = layers[(i // 2) % len(layers)]
        samples.append((kind, [draw(random) for _ in range(depth)]))
    return samples


def formula_shares(formula: str) -> dict[str, float]:
    """Mass fractions of a compound by element."""
    parsed = xraylib.CompoundParser(formula)
    return {
        str(xraylib.AtomicNumberToSymbol(z)): float(share)
        for z, share in zip(parsed["Elements"], parsed["massFractions"], strict=True)
    }


def _mixture(parts: list[tuple[dict[str, float], float]]) -> dict[str, float]:
    total = sum(share for _, share in parts)
    mixed: dict[str, float] = {}
    for material, share in parts:
        for element, fraction in material.items():
            mixed[element] = mixed.get(element, 0.0) + fraction * share / total
    return mixed


def _thickness(bounds: tuple[float, float], random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(*np.log(bounds))))


def _paint(random: np.random.Generator) -> Layer:
    names = random.choice(sorted(PIGMENTS), size=random.integers(1, 4), replace=False)
    shares = random.dirichlet(np.ones(len(names)))
    oil = random.uniform(0.1, 0.6)
    parts = [
        (formula_shares(PIGMENTS[str(name)]), float(share) * (1.0 - oil))
        for name, share in zip(names, shares, strict=True)
    ]
    return _mixture([*parts, (formula_shares(OIL), oil)]), _thickness(PAINT_G_CM2, random)


def _hard(random: np.random.Generator) -> Layer:
    chosen = random.choice(METALS, size=random.integers(1, 5), replace=False)
    shares = random.dirichlet(np.ones(len(chosen)))
    material = {str(e): float(share) for e, share in zip(chosen, shares, strict=True)}
    return _mixture([(material, 1.0)]), _thickness(HARD_G_CM2, random)
