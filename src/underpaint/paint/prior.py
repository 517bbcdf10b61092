"""What paintings are made of, as far as one may know beforehand.

A painting is drawn first: its year, palette, ground and support, and what its own tubes of paint
hold (compositions vary from maker to maker, not from stroke to stroke). Its stratigraphies come
from it (see `stratigraphies.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.xray import ELEMENTS

from .formula import varied_mass_fractions
from .library import Ground, Library, Material, Pigment

WHITES = ("lead-white", "zinc-white", "titanium-white", "lithopone")
STRANGERS = ("Rb", "Y", "Zr", "Nb", "Ge", "Ga", "W", "La", "Ce", "I", "Pt", "Cl", "Br", "Mo",
             "V", "Ni", "Se", "U", "Th", "Cs", "Pd", "In")  # fmt: skip
INDEX = {symbol: i for i, symbol in enumerate(ELEMENTS)}


@dataclass(frozen=True, slots=True)
class PaintPrior:
    """Frequencies and ranges of the prior; ranges of sizes are drawn evenly in the logarithm.

    Attributes
    ----------
    years, modern : first and last year of a painting, and the year after which half of them are
    any_date : share of paintings whose palette ignores dates of use
    palette_size : fewest and most pigments on a palette
    paint_layers : relative frequency of one, two, three, four paint layers
    mixture : relative frequency of one, two, three, four pigments in a layer
    least_share : smallest weight fraction of a pigment among its layer's pigments
    with_white : share of layers mixed with the palette's white
    thickness_um : paint layers
    glaze : share of layers that are glazes, with a third of the pigment
    varnished : share of paintings with varnish; varnish_um its thickness
    no_ground : share of paintings without a ground
    supports : name to relative frequency; a copper plate is not among them, for its lines would
        pass for a pigment's in every pixel, and whoever scans a painting on copper knows it
    stranger : share of paintings with an element that belongs to no pigment;
        stranger_share its mass fraction in the materials it is in
    mixed_pixel : share of pixels that hold two or three stratigraphies
    """

    years: tuple[int, int] = (1300, 1990)
    modern: int = 1800
    any_date: float = 0.3
    palette_size: tuple[int, int] = (5, 20)
    paint_layers: tuple[float, ...] = (0.35, 0.35, 0.2, 0.1)
    mixture: tuple[float, ...] = (0.35, 0.35, 0.2, 0.1)
    least_share: float = 0.005
    with_white: float = 0.4
    thickness_um: tuple[float, float] = (3.0, 80.0)
    glaze: float = 0.12
    varnished: float = 0.6
    varnish_um: tuple[float, float] = (3.0, 40.0)
    no_ground: float = 0.08
    supports: tuple[tuple[str, float], ...] = (
        ("canvas-linen", 0.45), ("canvas-relined", 0.15), ("panel-poplar", 0.12),
        ("panel-oak", 0.12), ("paper", 0.06), ("cardboard", 0.06), ("hardboard", 0.04),
    )  # fmt: skip
    stranger: float = 0.3
    stranger_share: tuple[float, float] = (1e-4, 0.03)
    mixed_pixel: float = 0.4


@dataclass(frozen=True, eq=False)
class Coat:
    """One coat of a painting's ground, compositions settled."""

    composition: NDArray[np.float64]
    density_g_cm3: float
    thickness_um: tuple[float, float]
    pigments: dict[str, float]
    pigment_share: float


@dataclass(frozen=True, eq=False)
class Painting:
    """A painting before a stroke is made.

    Attributes
    ----------
    palette : pigments at hand
    weights : (pigment,) how often each is taken
    white : index of the palette's white
    compositions : (pigment, element) mass fractions of these very paints
    binder : (element,) mass fractions; binder_density in g/cm3
    varnish : (element,) mass fractions, or None; varnish_density in g/cm3
    coats : the ground, from the top
    support : (element,) mass fractions; support_density in g/cm3, support_um thickness
    """

    palette: tuple[Pigment, ...]
    weights: NDArray[np.float64]
    white: int
    compositions: NDArray[np.float64]
    binder: NDArray[np.float64]
    binder_density: float
    varnish: NDArray[np.float64] | None
    varnish_density: float
    coats: tuple[Coat, ...]
    support: NDArray[np.float64]
    support_density: float
    support_um: float


def dense(fractions: dict[str, float]) -> NDArray[np.float64]:
    """Mass fractions over the forward model's elements, (element,)."""
    vector = np.zeros(len(ELEMENTS))
    for element, fraction in fractions.items():
        vector[INDEX[element]] += fraction
    return vector


def log_uniform(
    random: np.random.Generator, limits: tuple[float, float], size: object = None
) -> NDArray[np.float64]:
    """Numbers drawn evenly in the logarithm between two limits."""
    low, high = np.log(limits[0]), np.log(limits[1])
    return np.exp(random.uniform(low, high, size))  # type: ignore[call-overload,no-any-return]


def _specimen(material: Pigment | Material, random: np.random.Generator) -> NDArray[np.float64]:
    return dense(varied_mass_fractions(material.phases, material.impurities, random))


def _year(prior: PaintPrior, random: np.random.Generator) -> int:
    first, last = prior.years
    return int(
        random.integers(*((prior.modern, last) if random.random() < 0.5 else (first, prior.modern)))
    )


def _choose_palette(
    library: Library, prior: PaintPrior, random: np.random.Generator
) -> tuple[list[Pigment], int | None]:
    year = None if random.random() < prior.any_date else _year(prior, random)
    allowed = [
        pigment
        for pigment in library.pigments.values()
        if year is None or pigment.used_between(year, year)
    ]
    size = min(int(random.integers(prior.palette_size[0], prior.palette_size[1] + 1)), len(allowed))
    palette = [allowed[i] for i in random.choice(len(allowed), size=size, replace=False)]
    whites = [pigment for pigment in allowed if pigment.name in WHITES]
    chance = np.array([0.6 if pigment.name == "lead-white" else 0.2 for pigment in whites])
    white = whites[int(random.choice(len(whites), p=chance / chance.sum()))]
    if white not in palette:
        palette.append(white)
    return palette, year


def mixture_density(densities: Sequence[float], weights: Sequence[float]) -> float:
    """Density of a mixture without voids, g/cm3, from weight fractions that add up to 1."""
    return 1.0 / sum(weight / density for weight, density in zip(weights, densities, strict=True))


def pigment_mass_share(pvc: float, pigment_density: float, binder_density: float) -> float:
    """Mass fraction of pigment in a paint of a given pigment volume concentration."""
    pigment = pvc * pigment_density
    return pigment / (pigment + (1.0 - pvc) * binder_density)


def _coats(ground: Ground, library: Library, random: np.random.Generator) -> tuple[Coat, ...]:
    coats = []
    for layer in ground.layers:
        pigments = [library.pigments[name] for name in layer.pigments]
        weights = list(layer.pigments.values())
        binder = library.binders[layer.binder]
        density = mixture_density([pigment.density_g_cm3 for pigment in pigments], weights)
        pvc = float(random.uniform(*layer.pvc))
        share = pigment_mass_share(pvc, density, binder.density_g_cm3)
        solid = sum(
            weight * _specimen(pigment, random)
            for weight, pigment in zip(weights, pigments, strict=True)
        )
        composition = share * np.asarray(solid) + (1.0 - share) * _specimen(binder, random)
        coats.append(
            Coat(
                composition=composition,
                density_g_cm3=pvc * density + (1.0 - pvc) * binder.density_g_cm3,
                thickness_um=layer.thickness_um,
                pigments=layer.pigments,
                pigment_share=share,
            )
        )
    return tuple(coats)


def _add_stranger(
    compositions: NDArray[np.float64], prior: PaintPrior, random: np.random.Generator
) -> None:
    element = INDEX[str(random.choice(STRANGERS))]
    share = float(log_uniform(random, prior.stranger_share))
    rows = random.random(len(compositions)) < 0.3
    compositions[rows] *= 1.0 - share
    compositions[rows, element] += share


def sample_painting(library: Library, prior: PaintPrior, random: np.random.Generator) -> Painting:
    """Draw a painting from the prior."""
    palette, year = _choose_palette(library, prior, random)
    weights = np.exp(random.normal(0.0, 0.7, len(palette)))
    white = next(i for i, pigment in enumerate(palette) if pigment.name in WHITES)
    compositions = np.stack([_specimen(pigment, random) for pigment in palette])
    if random.random() < prior.stranger:
        _add_stranger(compositions, prior, random)
    binder = list(library.binders.values())[int(random.integers(len(library.binders)))]
    varnishes = list(library.varnishes.values())
    varnish = varnishes[int(random.integers(len(varnishes)))]
    has_varnish = random.random() < prior.varnished
    grounds = [
        ground for ground in library.grounds.values() if year is None or _in_use(ground, year)
    ]
    coats: tuple[Coat, ...] = ()
    if grounds and random.random() >= prior.no_ground:
        coats = _coats(grounds[int(random.integers(len(grounds)))], library, random)
    names = [name for name, _ in prior.supports]
    frequency = np.array([weight for _, weight in prior.supports])
    support = library.supports[str(random.choice(names, p=frequency / frequency.sum()))]
    thickness = support.thickness_um or (500.0, 5000.0)
    return Painting(
        palette=tuple(palette),
        weights=weights,
        white=white,
        compositions=compositions,
        binder=_specimen(binder, random),
        binder_density=binder.density_g_cm3,
        varnish=_specimen(varnish, random) if has_varnish else None,
        varnish_density=varnish.density_g_cm3,
        coats=coats,
        support=_specimen(support, random),
        support_density=support.density_g_cm3,
        support_um=float(log_uniform(random, thickness)),
    )


def _in_use(ground: Ground, year: int) -> bool:
    return (ground.used_from or year) <= year <= (ground.used_until or year)
