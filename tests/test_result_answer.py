"""What a result answers first, and what chance may explain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc

from result_builder import build_result, with_changes
from underpaint.result import SURE, Chance, Result, answer_of, chance_of
from underpaint.result.chance import STEADINESS, most_by_chance

VERMILION, COPPER, EARTH = 1, 2, 3


def with_shares(index: int, **shares: float) -> Result:
    """The built result with other shares of the pixels for one group."""
    rows = list(build_result().summary)
    rows[index] = replace(rows[index], **shares)
    return with_changes(build_result(), summary=tuple(rows))


def test_names_beyond_chance_are_found_most_frequent_first() -> None:
    answer = answer_of(build_result())
    shares = [build_result().summary[i].share_present for i in answer.found]
    assert len(shares) == 5 and shares == sorted(shares, reverse=True)
    assert answer.few == ()
    assert answer.buried == (COPPER, EARTH)


def test_a_name_in_as_many_pixels_as_chance_makes_is_not_found() -> None:
    most = chance_of(build_result()).most
    for pixels, few in ((most, (VERMILION,)), (most + 1, ())):
        answer = answer_of(with_shares(VERMILION, share_present=pixels / 3456))
        assert answer.few == few
        assert (VERMILION in answer.found) == (not few)


@pytest.mark.parametrize("share_buried", [10 / 3456, 0.04])
def test_buried_paint_must_be_more_than_chance_and_than_uneven_cover_makes(
    share_buried: float,
) -> None:
    answer = answer_of(with_shares(COPPER, share_present=0.9, share_buried=share_buried))
    assert answer.buried == (EARTH,)


def test_a_name_that_no_line_confirms_is_neither_found_nor_chance() -> None:
    answer = answer_of(with_shares(VERMILION, confirmed=False))
    assert VERMILION not in (*answer.found, *answer.few)


def test_nothing_is_put_down_to_chance_where_the_result_promises_nothing() -> None:
    result = with_changes(with_shares(VERMILION, share_present=1 / 3456), provenance={})
    assert chance_of(result).most == 0
    assert answer_of(result).few == ()


def test_pixels_that_were_not_measured_do_not_count() -> None:
    probability = np.array(build_result().probability)
    probability[:, :24] = np.nan
    chance = chance_of(with_changes(build_result(), probability=probability))
    assert chance.pixels == 3456 // 2
    assert chance.most < chance_of(build_result()).most


def test_pixels_too_faint_to_read_leave_less_to_chance() -> None:
    result = build_result()
    faint = with_changes(result, provenance={**result.provenance, "pixels_read": 800})
    assert chance_of(faint).pixels == chance_of(result).pixels
    assert chance_of(faint).most == most_by_chance(800, 1e-3) < chance_of(result).most


def test_with_a_palette_chance_makes_more() -> None:
    result = build_result()
    possible = [m for group in result.groups[1:] for m in group.members]
    palette = {"pigments": possible, "source": "a test"}
    fewer = with_changes(result, provenance={**result.provenance, "palette": palette})
    assert chance_of(fewer).rate == 2.0 * chance_of(result).rate
    assert chance_of(fewer).most > chance_of(result).most


@given(pixels=st.integers(0, 5_000), rate=st.sampled_from([0.0, 1e-6, 1e-4, 1e-3, 2e-3, 0.05, 1.0]))
def test_the_most_by_chance_is_the_first_number_that_99_of_100_cases_stay_within(
    pixels: int, rate: float
) -> None:
    other = STEADINESS / (STEADINESS + pixels * rate)
    within = betainc(STEADINESS, np.arange(1.0, pixels + 1.0), other)
    assert most_by_chance(pixels, rate) == np.searchsorted(within, SURE)


def test_chance_makes_more_pixels_in_larger_scans_and_none_in_the_smallest() -> None:
    most = [most_by_chance(pixels, 1e-3) for pixels in (1, 10, 1_000, 100_000, 1_000_000)]
    assert most == sorted(most)
    assert most[0] == 0
    # clusters: far more than the mean, and than a Poisson process would make
    assert 10 * 1_000 < most[-1] < 40 * 1_000


def test_one_in_a_hundred_scans_has_more_than_chance_is_said_to_make(
    rng: np.random.Generator,
) -> None:
    rates = rng.gamma(STEADINESS, 2.5 / STEADINESS, 200_000)
    named = rng.poisson(rates)
    assert (named > most_by_chance(2_500, 1e-3)).mean() == pytest.approx(0.01, rel=0.1)


def test_shares_are_compared_in_whole_pixels() -> None:
    chance = Chance(pixels=3_600, read=3_600, rate=1e-3, most=3)
    assert chance.explains(3 / 3_600)
    assert not chance.explains(4 / 3_600)
