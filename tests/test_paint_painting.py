"""Paintings are of their time: pigments, grounds and restorers' paints keep to their dates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from underpaint.paint import (
    Library,
    PaintPrior,
    load_library,
    sample_painting,
    sample_pixels,
)
from underpaint.paint.painters_palette import (
    BENEATH,
    RETOUCH,
    UPPER,
    draw_palette,
    draw_tubes,
    draw_year,
)
from underpaint.paint.painting import Painting
from underpaint.paint.prior import WHITES, choose, column

LIBRARY = load_library()
PRIOR = PaintPrior()
DATED = replace(PRIOR, any_date=0.0)


def paintings(prior: PaintPrior, count: int, library: Library = LIBRARY) -> list[Painting]:
    return [
        sample_painting(library, prior, np.random.default_rng((7, seed))) for seed in range(count)
    ]


def test_a_painting_holds_only_what_was_in_use() -> None:
    for painting in paintings(replace(DATED, retouched=0.0), 60):
        assert painting.year is not None
        for pigment, weight in zip(painting.palette, painting.weights, strict=True):
            assert weight == 0.0 or pigment.used_between(painting.year, painting.year)
        for pigment, weight in zip(painting.palette, painting.part_weights[BENEATH], strict=True):
            assert weight == 0.0 or (pigment.used_from or 0) <= painting.year


@pytest.mark.parametrize(
    ("year", "usual", "never"),
    [
        (1450, "lead-tin-yellow", "prussian-blue"),
        (1650, "smalt", "titanium-white"),
        (1760, "prussian-blue", "cadmium-yellow"),
        (1880, "zinc-white", "titanium-white"),
        (1970, "titanium-white", "smalt"),
    ],
)
def test_palettes_are_those_of_their_period(year: int, usual: str, never: str) -> None:
    random = np.random.default_rng(year)
    palettes = [draw_palette(LIBRARY, PRIOR, year, random) for _ in range(200)]
    share = np.mean([usual in palette for palette in palettes])
    assert share == pytest.approx(column(PRIOR.pigments, PRIOR.period(year))[usual], abs=0.12)
    assert not any(never in palette for palette in palettes)
    assert all(set(palette) & set(WHITES) for palette in palettes)
    assert max(map(len, palettes)) <= PRIOR.palette_size[1]


def test_where_dates_are_ignored_every_pigment_may_come() -> None:
    random = np.random.default_rng(1)
    palettes = [draw_palette(LIBRARY, PRIOR, None, random) for _ in range(300)]
    assert {name for palette in palettes for name in palette} == set(LIBRARY.pigments)


def test_retouching_is_later_than_the_painting() -> None:
    random = np.random.default_rng(2)
    titanium = 0
    for _ in range(60):
        tubes = draw_tubes(LIBRARY, PRIOR, 1650, False, True, random)
        names = [pigment.name for pigment in tubes.pigments]
        if "titanium-white" in names:
            place = names.index("titanium-white")
            assert tubes.weights[UPPER, place] == 0.0 < tubes.weights[RETOUCH, place]
            titanium += 1
    assert titanium > 3


def test_years_follow_the_periods() -> None:
    random = np.random.default_rng(3)
    years = [draw_year(PRIOR, random) for _ in range(3000)]
    dated = [year for year in years if year is not None]
    assert 1.0 - len(dated) / len(years) == pytest.approx(PRIOR.any_date, abs=0.03)
    total = sum(often for _, _, often in PRIOR.periods.values())
    for i, (_, _, often) in enumerate(PRIOR.periods.values()):
        share = np.mean([PRIOR.period(year) == i for year in dated])
        assert share == pytest.approx(often / total, abs=0.03)


def test_a_support_without_a_frequency_is_never_drawn() -> None:
    copper = LIBRARY.supports["copper-plate"].density_g_cm3
    assert not any(painting.support_density == copper for painting in paintings(PRIOR, 200))


def test_names_are_chosen_by_frequency() -> None:
    random = np.random.default_rng(4)
    drawn = [choose({"never": 0.0, "often": 3.0, "seldom": 1.0}, random) for _ in range(2000)]
    assert "never" not in drawn
    assert np.mean([name == "often" for name in drawn]) == pytest.approx(0.75, abs=0.04)


def test_every_group_is_in_at_least_two_paintings_of_a_hundred() -> None:
    held = np.zeros(len(LIBRARY.groups))
    count = 300
    for seed in range(count):
        random = np.random.default_rng((8, seed))
        painting = sample_painting(LIBRARY, PRIOR, random)
        truth = sample_pixels(painting, PRIOR, LIBRARY, 64, random).truth
        held += truth.anywhere.any(axis=0)
    assert held.min() / count >= 0.02


def test_traces_are_as_common_as_an_even_logarithm_makes_them() -> None:
    share = []
    for seed in range(60):
        random = np.random.default_rng((9, seed))
        painting = sample_painting(LIBRARY, PRIOR, random)
        pixels = sample_pixels(painting, replace(PRIOR, mixed_pixel=0.0), LIBRARY, 64, random)
        share.append(pixels.truth.top_share[pixels.truth.top])
    shares = np.concatenate(share)
    assert shares.min() >= PRIOR.least_share - 1e-6
    assert ((shares < 0.02).mean() > 0.06) and ((shares < 0.05).mean() > 0.12)
