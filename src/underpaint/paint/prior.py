"""What paintings are made of, as far as one may know beforehand.

The figures live in the package's `prior.toml`, table [painting]; a user's own file of the same
form takes its place. `painting.py` draws paintings from it, `stratigraphies.py` their layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from underpaint.errors import ConfigError
from underpaint.settings import require_frequencies, require_ranges, require_shares, shipped
from underpaint.xray import ELEMENTS

WHITES = ("lead-white", "zinc-white", "titanium-white", "lithopone")
INDEX = {symbol: i for i, symbol in enumerate(ELEMENTS)}
SHARES = ("any_date", "with_white", "glaze", "varnished", "no_ground", "imprimatura", "underpaint",
          "beneath", "beneath_ground", "retouched", "over_varnish", "stranger", "mixed_pixel",
          "unlisted", "least_share")  # fmt: skip
RANGES = ("palette_size", "thickness_um", "glaze_um", "varnish_um", "imprimatura_um", "older_by",
          "retouched_area", "retouched_um", "stranger_share")  # fmt: skip
COLUMN_TABLES = ("pigments", "grounds", "supports", "binders")
Columns = dict[str, tuple[float, ...]]
"""Name to a frequency for each period."""


@dataclass(frozen=True, slots=True)
class PaintPrior:
    """Frequencies and ranges of the prior; ranges of sizes are drawn evenly in the logarithm.

    By default those of the shipped `prior.toml`, which says more of each.

    Attributes
    ----------
    any_date : share of paintings whose palette heeds neither date nor custom
    palette_size : fewest and most pigments on such a palette; the most on any
    paint_layers : relative frequency of one, two, three, four paint layers
    mixture : relative frequency of one, two, three, four pigments in a layer
    least_share : smallest weight fraction of a pigment among its layer's pigments
    with_white : share of layers mixed with the palette's white
    thickness_um : paint layers
    glaze : share of layers that are glazes, with a third of the pigment; glaze_um their thickness
    varnished : share of paintings with varnish; varnish_um its thickness
    no_ground : share of paintings without a ground
    imprimatura : share of grounds with a thin toned layer on top; imprimatura_um its thickness
    underpaint : share of paintings whose lowest paint layer uses the palette otherwise
    beneath, beneath_ground, older_by : share of paintings over another one; share of these with a
        ground in between; fewest and most years by which it is older
    retouched, retouched_area, retouched_um : share of paintings with retouching, the share of
        their surface that it covers, its thickness
    over_varnish : share of retouching that lies on the varnish; the rest fills losses
    stranger, stranger_share, strangers : share of paintings with an element that belongs to no
        pigment, its mass fraction in the materials it is in, which elements
    mixed_pixel : share of pixels that hold two or three stratigraphies
    uneven : standard deviation of the logarithm of thickness within a pixel
    periods : name to first year, last year, frequency
    pigments : name to the share of palettes that hold it, a figure a period
    unlisted : that share, for pigments of the library that are not in `pigments`
    grounds, supports, binders : name to frequency, a figure a period
    imprimatura_pigments : name to frequency
    underpaint_pigments : name to how many times as often it is taken in an underpaint

    Raises
    ------
    ConfigError : for a share outside 0 to 1, a range that is none, a table that has not one figure
        a period
    """

    any_date: float = shipped("painting", "any_date")
    palette_size: tuple[int, int] = shipped("painting", "palette_size")
    paint_layers: tuple[float, float, float, float] = shipped("painting", "paint_layers")
    mixture: tuple[float, float, float, float] = shipped("painting", "mixture")
    least_share: float = shipped("painting", "least_share")
    with_white: float = shipped("painting", "with_white")
    thickness_um: tuple[float, float] = shipped("painting", "thickness_um")
    glaze: float = shipped("painting", "glaze")
    glaze_um: tuple[float, float] = shipped("painting", "glaze_um")
    varnished: float = shipped("painting", "varnished")
    varnish_um: tuple[float, float] = shipped("painting", "varnish_um")
    no_ground: float = shipped("painting", "no_ground")
    imprimatura: float = shipped("painting", "imprimatura")
    imprimatura_um: tuple[float, float] = shipped("painting", "imprimatura_um")
    underpaint: float = shipped("painting", "underpaint")
    beneath: float = shipped("painting", "beneath")
    beneath_ground: float = shipped("painting", "beneath_ground")
    older_by: tuple[int, int] = shipped("painting", "older_by")
    retouched: float = shipped("painting", "retouched")
    retouched_area: tuple[float, float] = shipped("painting", "retouched_area")
    retouched_um: tuple[float, float] = shipped("painting", "retouched_um")
    over_varnish: float = shipped("painting", "over_varnish")
    stranger: float = shipped("painting", "stranger")
    stranger_share: tuple[float, float] = shipped("painting", "stranger_share")
    strangers: tuple[str, ...] = shipped("painting", "strangers")
    mixed_pixel: float = shipped("painting", "mixed_pixel")
    uneven: float = shipped("painting", "uneven")
    unlisted: float = shipped("painting", "unlisted")
    periods: dict[str, tuple[int, int, float]] = shipped("painting", "periods")
    pigments: Columns = shipped("painting", "pigments")
    grounds: Columns = shipped("painting", "grounds")
    supports: Columns = shipped("painting", "supports")
    binders: Columns = shipped("painting", "binders")
    imprimatura_pigments: dict[str, float] = shipped("painting", "imprimatura_pigments")
    underpaint_pigments: dict[str, float] = shipped("painting", "underpaint_pigments")

    def __post_init__(self) -> None:
        require_shares(self, *SHARES)
        require_ranges(self, *RANGES)
        for name in ("paint_layers", "mixture"):
            require_frequencies(name, getattr(self, name))
        for name in ("imprimatura_pigments", "underpaint_pigments"):
            require_frequencies(name, getattr(self, name).values())
        require_frequencies("periods", [often for _, _, often in self.periods.values()])
        for name, (first, last, _) in self.periods.items():
            if not first < last:
                raise ConfigError(f"periods, {name}: {first} to {last} is no span of years")
        for symbol in self.strangers:
            if symbol not in INDEX:
                raise ConfigError(f"strangers: '{symbol}' is no element that the model knows")
        columns = len(self.periods)
        for table in COLUMN_TABLES:
            rows: Columns = getattr(self, table)
            for name, row in rows.items():
                if len(row) != columns:
                    raise ConfigError(
                        f"{table}, {name}: needs {columns} figures, one a period, not {len(row)}"
                    )
                if table == "pigments" and not 0.0 <= min(row) <= max(row) <= 1.0:
                    raise ConfigError(f"{table}, {name}: shares lie in 0 to 1")
            if table != "pigments":
                for i, period in enumerate(self.periods):
                    require_frequencies(f"{table}, {period}", [row[i] for row in rows.values()])

    def period(self, year: int) -> int:
        """Index of the period that a year is in: the latest that has begun."""
        begun = [i for i, (first, _, _) in enumerate(self.periods.values()) if first <= year]
        return begun[-1] if begun else 0


def column(table: Columns, period: int | None) -> dict[str, float]:
    """The frequencies of a period; their mean over all periods where there is none."""
    if period is None:
        return {name: sum(row) / len(row) for name, row in table.items()}
    return {name: row[period] for name, row in table.items()}


def choose(table: dict[str, float], random: np.random.Generator) -> str:
    """A name drawn by its frequency."""
    weights = np.array(list(table.values()))
    place = int(np.searchsorted(np.cumsum(weights), random.random() * weights.sum(), side="right"))
    return list(table)[min(place, len(weights) - 1)]


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


def mixture_density(densities: Sequence[float], weights: Sequence[float]) -> float:
    """Density of a mixture without voids, g/cm3, from weight fractions that add up to 1."""
    return 1.0 / sum(weight / density for weight, density in zip(weights, densities, strict=True))


def pigment_mass_share(pvc: float, pigment_density: float, binder_density: float) -> float:
    """Mass fraction of pigment in a paint of a given pigment volume concentration."""
    pigment = pvc * pigment_density
    return pigment / (pigment + (1.0 - pvc) * binder_density)
