"""The pigments that one painter had at hand, drawn by date and custom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .library import Library, Pigment
from .prior import WHITES, PaintPrior, choose, column

UPPER, UNDER, BENEATH, RETOUCH = range(4)
"""What a layer belongs to: the painting, its underpaint, the painting beneath, retouching."""

LATEST = 2000
YEARS_TO_RETOUCHING = 20


@dataclass(frozen=True, eq=False)
class Tubes:
    """All paints of a painting.

    Attributes
    ----------
    pigments : in the order of the columns below
    weights : (part, pigment) how often each is taken in each part; see UPPER
    white : (part,) index of the white that is mixed into other paints
    """

    pigments: tuple[Pigment, ...]
    weights: NDArray[np.float64]
    white: NDArray[np.intp]


def draw_year(prior: PaintPrior, random: np.random.Generator) -> int | None:
    """The year of a painting; None for one that heeds no date."""
    if random.random() < prior.any_date:
        return None
    first, last, _ = prior.periods[
        choose({name: period[2] for name, period in prior.periods.items()}, random)
    ]
    return int(random.integers(first, last))


def draw_tubes(
    library: Library,
    prior: PaintPrior,
    year: int | None,
    beneath: bool,
    retouched: bool,
    random: np.random.Generator,
) -> Tubes:
    """The paints of a painting, of the one beneath it, and of its restorers.

    Parameters
    ----------
    year : as `draw_year` gives it
    beneath, retouched : whether there are such parts
    """
    palettes = {UPPER: draw_palette(library, prior, year, random)}
    if beneath:
        older = int(random.integers(prior.older_by[0], prior.older_by[1] + 1))
        then = None if year is None else year - older
        palettes[BENEATH] = draw_palette(library, prior, then, random)
    if retouched:
        later = None
        if year is not None:
            later = int(random.integers(min(year + YEARS_TO_RETOUCHING, LATEST - 1), LATEST))
        palettes[RETOUCH] = draw_palette(library, prior, later, random)
    names = list(dict.fromkeys(name for palette in palettes.values() for name in palette))
    place = {name: i for i, name in enumerate(names)}
    weights = np.zeros((4, len(names)))
    white = np.zeros(4, dtype=np.intp)
    for part, palette in palettes.items():
        there = [place[name] for name in palette]
        weights[part, there] = np.exp(random.normal(0.0, 0.7, len(there)))
        white[part] = next(place[name] for name in palette if name in WHITES)
    taken = np.array([prior.underpaint_pigments.get(name, 1.0) for name in names])
    weights[UNDER] = (weights[UPPER] > 0.0) * taken * np.exp(random.normal(0.0, 0.7, len(names)))
    white[UNDER] = white[UPPER]
    return Tubes(tuple(library.pigments[name] for name in names), weights, white)


def draw_palette(
    library: Library, prior: PaintPrior, year: int | None, random: np.random.Generator
) -> list[str]:
    """Names of pigments on a palette, always with a white.

    Parameters
    ----------
    year : None for a palette that is drawn from the whole library, all pigments alike
    """
    most = prior.palette_size[1]
    if year is None:
        names = list(library.pigments)
        size = min(int(random.integers(prior.palette_size[0], most + 1)), len(names))
        palette = [names[i] for i in random.choice(len(names), size=size, replace=False)]
        usual = {name: 0.6 if name == "lead-white" else 0.2 for name in WHITES}
    else:
        share = column(prior.pigments, prior.period(year))
        usual = {
            name: share.get(name, prior.unlisted)
            for name, pigment in library.pigments.items()
            if pigment.used_between(year, year)
        }
        drawn = random.random(len(usual))
        palette = [
            name for name, draw, often in zip(usual, drawn, usual.values(), strict=True)
            if draw < often
        ]  # fmt: skip
        palette = [palette[i] for i in random.permutation(len(palette))[:most]]
    whites = {name: usual[name] for name in WHITES if usual.get(name, 0.0) > 0.0}
    if not set(whites) & set(palette):
        palette[most - 1 :] = [choose(whites or {"lead-white": 1.0}, random)]
    return palette
