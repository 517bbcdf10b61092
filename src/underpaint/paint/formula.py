"""What a material is made of: chemical formulae, phases, and mass fractions of elements.

Atomic weights are those of xraylib (Schoonjans et al. 2011, doi 10.1016/j.sab.2011.09.011).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import xraylib

_PART = re.compile(r"(\d+(?:\.\d+)?)?([A-Z(].*)")
FAINTEST_IMPURITY = 0.01


@dataclass(frozen=True, slots=True)
class Phase:
    """One compound or mineral of a material.

    Attributes
    ----------
    name : as "goethite"
    formula : as "FeO(OH)"; empty where only the elements are known
    weight : typical mass fraction of this phase in the material
    low, high : lowest and highest weight met in practice, before weights are made to add up to 1
    mass_fractions : element symbol to mass fraction within the phase, adding up to 1
    """

    name: str
    formula: str
    weight: float
    low: float
    high: float
    mass_fractions: dict[str, float]


@cache
def _formula_fractions(formula: str) -> tuple[tuple[str, float], ...]:
    mass: dict[str, float] = {}
    for part in formula.split("·"):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"'{formula}' cannot be read as a chemical formula")
        try:
            compound = xraylib.CompoundParser(match[2])
        except ValueError as error:
            raise ValueError(f"'{formula}' cannot be read as a chemical formula") from error
        moles = float(match[1] or 1.0)
        for z, fraction in zip(compound["Elements"], compound["massFractions"], strict=True):
            symbol = xraylib.AtomicNumberToSymbol(z)
            mass[symbol] = mass.get(symbol, 0.0) + moles * compound["molarMass"] * fraction
    total = sum(mass.values())
    return tuple((symbol, value / total) for symbol, value in mass.items())


def mass_fractions(formula: str) -> dict[str, float]:
    """Mass fractions of the elements in a compound.

    Parameters
    ----------
    formula : element symbols with whole or decimal counts and round brackets; "·" joins the
        parts of hydrates and double salts, each with a number in front, as "2PbCO3·Pb(OH)2"

    Returns
    -------
    element symbol to mass fraction, adding up to 1

    Raises
    ------
    ValueError : the formula cannot be read
    """
    return dict(_formula_fractions(formula))


def mixed(parts: Sequence[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Mass fractions of a mixture of `(weight, mass fractions)`; weights need not add up to 1."""
    mass: dict[str, float] = {}
    for weight, fractions in parts:
        for element, fraction in fractions.items():
            mass[element] = mass.get(element, 0.0) + weight * fraction
    total = sum(mass.values())
    return {element: value / total for element, value in mass.items() if value > 0.0}


def typical_mass_fractions(phases: Sequence[Phase]) -> dict[str, float]:
    """Mass fractions of a material whose phases have their typical weights."""
    return mixed([(phase.weight, phase.mass_fractions) for phase in phases])


def extreme_mass_fractions(
    phases: Sequence[Phase], impurities: Mapping[str, float]
) -> list[dict[str, float]]:
    """Mass fractions of the specimens that lie furthest from a material's typical one.

    Each phase as much and as little of the whole as it gets, the others going the other way; and
    each impurity at its upper mass fraction. Mixtures of these are specimens as well.

    Parameters
    ----------
    phases, impurities : of the material, as for `varied_mass_fractions`

    Returns
    -------
    element symbol to mass fraction, adding up to 1, of each
    """
    found = []
    for phase in phases if len(phases) > 1 else ():
        for most in (True, False):
            weights = [each.high if (each is phase) == most else each.low for each in phases]
            if sum(weights) > 0.0:
                parts = zip(weights, (each.mass_fractions for each in phases), strict=True)
                found.append(mixed(list(parts)))
    typical = typical_mass_fractions(phases)
    for element, upper in impurities.items():
        found.append(mixed([(1.0, typical), (upper, {element: 1.0})]))
    return found


def varied_mass_fractions(
    phases: Sequence[Phase], impurities: Mapping[str, float], random: np.random.Generator
) -> dict[str, float]:
    """Mass fractions of one specimen as it might be met, drawn at random.

    The weight of each phase lies as often below its typical weight as above, evenly between that
    and the limit, before weights are made to add up to 1. Each impurity lies evenly on a
    logarithmic scale between a hundredth of its upper mass fraction and that fraction.

    Parameters
    ----------
    phases : of the material
    impurities : element symbol to upper mass fraction
    random : source of random numbers

    Returns
    -------
    element symbol to mass fraction, adding up to 1
    """
    weights = [_drawn_weight(phase, random) for phase in phases]
    total = sum(weights)
    if total > 0.0:
        parts = [
            (weight / total, phase.mass_fractions)
            for weight, phase in zip(weights, phases, strict=True)
        ]
    else:
        parts = [(phase.weight, phase.mass_fractions) for phase in phases]
    traces = [
        (upper * FAINTEST_IMPURITY ** float(random.random()), {element: 1.0})
        for element, upper in impurities.items()
    ]
    return mixed([*parts, *traces])


def _drawn_weight(phase: Phase, random: np.random.Generator) -> float:
    limit = phase.low if random.random() < 0.5 else phase.high
    return phase.weight + float(random.random()) * (limit - phase.weight)
