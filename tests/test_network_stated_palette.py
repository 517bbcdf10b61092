"""Palettes as people state them: what is held possible, and no more of the answer than that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from underpaint.network.scan_prior import ScanPrior
from underpaint.network.stated_palette import sample_palette
from underpaint.paint import Painting, PaintPrior, load_library, sample_painting

LIBRARY = load_library()
GROUPS = len(LIBRARY.groups)
NOTHING = np.zeros(GROUPS, dtype=np.bool_)
ALWAYS = ScanPrior(any_palette=0.0)


def painting(seed: int) -> Painting:
    """A painting that heeds its date, or not, as the prior has it."""
    return sample_painting(LIBRARY, PaintPrior(), np.random.default_rng(seed))


def test_a_palette_holds_what_is_there() -> None:
    for seed in range(20):
        random = np.random.default_rng(seed)
        there = random.random(GROUPS) < 0.2
        palette = sample_palette(painting(seed), there, LIBRARY, ALWAYS, random)
        assert palette[there].all()


@pytest.mark.parametrize("dated", [0.0, 1.0])
def test_what_else_a_palette_holds_does_not_depend_on_what_is_there(dated: float) -> None:
    prior = replace(ALWAYS, dated=dated)
    there = np.arange(GROUPS) % 7 == 0
    for seed in range(20):
        bare, held = (
            sample_palette(painting(seed), those, LIBRARY, prior, np.random.default_rng(seed))
            for those in (NOTHING, there)
        )
        np.testing.assert_array_equal(bare | there, held)


def test_a_painter_had_at_hand_what_is_not_in_these_pixels() -> None:
    prior = replace(ALWAYS, dated=0.0)
    for seed in range(20):
        one = painting(seed)
        own = {pigment.group for pigment in one.palette}
        palette = sample_palette(one, NOTHING, LIBRARY, prior, np.random.default_rng(seed))
        assert all(held for group, held in zip(LIBRARY.groups, palette, strict=True)
                   if group.name in own)  # fmt: skip


def test_years_leave_out_what_was_not_in_use_then() -> None:
    prior = replace(ALWAYS, dated=1.0)
    titanium = [group.name for group in LIBRARY.groups].index("titanium")
    old = replace(painting(1), year=1650)
    for seed in range(20):
        palette = sample_palette(old, NOTHING, LIBRARY, prior, np.random.default_rng(seed))
        assert not palette[titanium] and palette.any() and not palette.all()
