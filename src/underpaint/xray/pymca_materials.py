"""Materials as PyMca's configurations name them: formulas, and mixtures that the file defines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xraylib

from underpaint.errors import InstrumentError

from .periodic_table import INDEX


def mass_fractions(name: str, materials: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Mass fractions by element of a material or a chemical formula, adding up to 1.

    A material of the file goes before a formula of the same name, its parts may be materials
    again, and its fractions are by mass and of any one scale: as PyMca takes them.

    Parameters
    ----------
    name : material or formula, `Kapton`, `SiO2`, `Al1`
    materials : the sections [materials.NAME] of the file, by name

    Raises
    ------
    InstrumentError : for what is neither, for a mixture of itself, for impossible fractions
    """
    return _fractions(name, materials, ())


def _fractions(
    name: str, materials: Mapping[str, Mapping[str, Any]], within: tuple[str, ...]
) -> dict[str, float]:
    if name not in materials:
        return _formula(name)
    if name in within:
        raise InstrumentError(f"the material '{name}' is a mixture of itself")
    parts = _listed(materials[name].get("CompoundList"))
    weights = _listed(materials[name].get("CompoundFraction"))
    total = sum(weight for weight in weights if isinstance(weight, int | float))
    if not parts or len(parts) != len(weights) or not total > 0.0:
        raise InstrumentError(
            f"the material '{name}' needs one fraction above zero for each of its compounds"
        )
    mixed: dict[str, float] = {}
    for part, weight in zip(parts, weights, strict=True):
        if not isinstance(weight, int | float) or not weight >= 0.0:
            raise InstrumentError(f"the material '{name}' has the fraction '{weight}' of {part}")
        for element, fraction in _fractions(str(part), materials, (*within, name)).items():
            mixed[element] = mixed.get(element, 0.0) + fraction * weight / total
    return mixed


def _formula(name: str) -> dict[str, float]:
    try:
        parsed = xraylib.CompoundParser(name)
    except ValueError as error:
        raise InstrumentError(
            f"'{name}' is neither a material of the file nor a chemical formula"
        ) from error
    symbols = [xraylib.AtomicNumberToSymbol(z) for z in parsed["Elements"]]
    unknown = [symbol for symbol in symbols if symbol not in INDEX]
    if unknown:
        raise InstrumentError(f"'{name}' holds {unknown[0]}, which this model has no data for")
    return dict(zip(symbols, map(float, parsed["massFractions"]), strict=True))


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [value]
