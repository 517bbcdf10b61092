"""A painting before a stroke is made: its paints, ground, support and varnish.

A painting is drawn first, and its stratigraphies from it: compositions vary from maker to maker,
not from stroke to stroke.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .formula import varied_mass_fractions
from .library import Ground, GroundLayer, Library, Material, Pigment
from .painters_palette import UPPER, Tubes, draw_tubes, draw_year
from .prior import (
    INDEX,
    PaintPrior,
    choose,
    column,
    dense,
    log_uniform,
    mixture_density,
    pigment_mass_share,
)

SUPPORT_UM = (500.0, 5000.0)
LEAST_TONE = 0.05
COAT_UNEVEN = (0.1, 0.5)


@dataclass(frozen=True, eq=False)
class Coat:
    """One coat of a painting's ground, compositions settled.

    Attributes
    ----------
    thickness_um : least and most for coats of its kind
    usual_um : usual thickness of this coat
    uneven : standard deviation of the logarithm of its thickness from place to place
    pigments : name to weight fraction among the coat's pigments
    pigment_share : mass fraction of all pigments
    """

    composition: NDArray[np.float64]
    density_g_cm3: float
    thickness_um: tuple[float, float]
    usual_um: float
    uneven: float
    pigments: dict[str, float]
    pigment_share: float


@dataclass(frozen=True, eq=False)
class Painting:
    """A painting before a stroke is made.

    Attributes
    ----------
    year : None where dates are ignored
    palette : pigments at hand, in all its parts
    part_weights : (part, pigment) how often each is taken in each part; see `painters_palette`
    part_white : (part,) index of the part's white
    compositions : (pigment, element) mass fractions of these very paints
    binder : (element,) mass fractions; binder_density in g/cm3
    varnish : (element,) mass fractions, or None; varnish_density in g/cm3
    coats : the ground, from the top; the imprimatura is the first where there is one
    underpainted : whether the lowest paint layer is an underpaint
    beneath : whether it lies over another painting; between is the ground in between, or None
    retouched : share of its surface that is retouched
    support : (element,) mass fractions; support_density in g/cm3, support_um thickness
    """

    year: int | None
    palette: tuple[Pigment, ...]
    part_weights: NDArray[np.float64]
    part_white: NDArray[np.intp]
    compositions: NDArray[np.float64]
    binder: NDArray[np.float64]
    binder_density: float
    varnish: NDArray[np.float64] | None
    varnish_density: float
    coats: tuple[Coat, ...]
    underpainted: bool
    beneath: bool
    between: Coat | None
    retouched: float
    support: NDArray[np.float64]
    support_density: float
    support_um: float

    @property
    def weights(self) -> NDArray[np.float64]:
        """(pigment,) how often each is taken in the painting itself."""
        return np.asarray(self.part_weights[UPPER])

    @property
    def preparation(self) -> tuple[Coat, ...]:
        """All coats of ground, that between two paintings included."""
        return self.coats if self.between is None else (*self.coats, self.between)

    @property
    def white(self) -> int:
        """Index of the painting's white."""
        return int(self.part_white[UPPER])


def sample_painting(library: Library, prior: PaintPrior, random: np.random.Generator) -> Painting:
    """Draw a painting from the prior."""
    year = draw_year(prior, random)
    period = None if year is None else prior.period(year)
    beneath = bool(random.random() < prior.beneath)
    retouched = 0.0
    if random.random() < prior.retouched:
        retouched = float(log_uniform(random, prior.retouched_area))
    tubes = draw_tubes(library, prior, year, beneath, retouched > 0.0, random)
    binder = library.binders[choose(_known(column(prior.binders, period), library.binders), random)]
    varnishes = list(library.varnishes.values())
    varnish = varnishes[int(random.integers(len(varnishes)))]
    has_varnish = random.random() < prior.varnished
    between = None
    if beneath and random.random() < prior.beneath_ground:
        between = next(iter(_ground(library, prior, year, random)), None)
    supports = _known(column(prior.supports, period), library.supports)
    support = library.supports[choose(supports, random)]
    return Painting(
        year=year,
        palette=tubes.pigments,
        part_weights=tubes.weights,
        part_white=tubes.white,
        compositions=_specimens(tubes, prior, random),
        binder=specimen(binder, random),
        binder_density=binder.density_g_cm3,
        varnish=specimen(varnish, random) if has_varnish else None,
        varnish_density=varnish.density_g_cm3,
        coats=_coats(library, prior, year, random),
        underpainted=bool(random.random() < prior.underpaint),
        beneath=beneath,
        between=between,
        retouched=retouched,
        support=specimen(support, random),
        support_density=support.density_g_cm3,
        support_um=float(log_uniform(random, support.thickness_um or SUPPORT_UM)),
    )


def specimen(material: Pigment | Material, random: np.random.Generator) -> NDArray[np.float64]:
    """Mass fractions of one specimen of a material, (element,)."""
    return dense(varied_mass_fractions(material.phases, material.impurities, random))


def _known(table: dict[str, float], names: Mapping[str, object]) -> dict[str, float]:
    return {name: often for name, often in table.items() if name in names}


def _specimens(tubes: Tubes, prior: PaintPrior, random: np.random.Generator) -> NDArray[np.float64]:
    compositions = np.stack([specimen(pigment, random) for pigment in tubes.pigments])
    if random.random() < prior.stranger:
        element = INDEX[str(random.choice(prior.strangers))]
        share = float(log_uniform(random, prior.stranger_share))
        rows = random.random(len(compositions)) < 0.3
        compositions[rows] *= 1.0 - share
        compositions[rows, element] += share
    return compositions


def _coats(
    library: Library, prior: PaintPrior, year: int | None, random: np.random.Generator
) -> tuple[Coat, ...]:
    if random.random() < prior.no_ground:
        return ()
    coats = _ground(library, prior, year, random)
    if random.random() < prior.imprimatura:
        return (_imprimatura(library, prior, year, random), *coats)
    return coats


def _ground(
    library: Library, prior: PaintPrior, year: int | None, random: np.random.Generator
) -> tuple[Coat, ...]:
    """The coats of a ground, from the top; none where the library has no ground of that year."""
    usual = column(prior.grounds, None if year is None else prior.period(year))
    possible = {
        name: 1.0 if year is None else usual.get(name, 0.0)
        for name, ground in library.grounds.items()
        if year is None or _in_use(ground, year)
    }
    if not any(possible.values()):
        return ()
    chosen = library.grounds[choose(possible, random)]
    return tuple(_coat(layer, library, random) for layer in chosen.layers)


def _imprimatura(
    library: Library, prior: PaintPrior, year: int | None, random: np.random.Generator
) -> Coat:
    table = {
        name: often
        for name, often in _known(prior.imprimatura_pigments, library.pigments).items()
        if year is None or library.pigments[name].used_between(year, year)
    }
    names = {choose(table, random) for _ in range(int(random.integers(1, 4)))}
    shares = random.uniform(LEAST_TONE, 1.0, len(names))
    layer = GroundLayer(
        pigments=dict(zip(sorted(names), (shares / shares.sum()).tolist(), strict=True)),
        binder="linseed-oil",
        pvc=(0.15, 0.45),
        thickness_um=prior.imprimatura_um,
    )
    return _coat(layer, library, random)


def _coat(layer: GroundLayer, library: Library, random: np.random.Generator) -> Coat:
    pigments = [library.pigments[name] for name in layer.pigments]
    weights = list(layer.pigments.values())
    binder = library.binders[layer.binder]
    density = mixture_density([pigment.density_g_cm3 for pigment in pigments], weights)
    pvc = float(random.uniform(*layer.pvc))
    share = pigment_mass_share(pvc, density, binder.density_g_cm3)
    solid = sum(
        weight * specimen(pigment, random)
        for weight, pigment in zip(weights, pigments, strict=True)
    )
    return Coat(
        composition=share * np.asarray(solid) + (1.0 - share) * specimen(binder, random),
        density_g_cm3=pvc * density + (1.0 - pvc) * binder.density_g_cm3,
        thickness_um=layer.thickness_um,
        usual_um=float(log_uniform(random, layer.thickness_um)),
        uneven=float(random.uniform(*COAT_UNEVEN)),
        pigments=layer.pigments,
        pigment_share=share,
    )


def _in_use(ground: Ground, year: int) -> bool:
    return (ground.used_from or year) <= year <= (ground.used_until or year)
