"""Intervals of scores are as wide as few stratigraphies make them, however many the spectra."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.identify.score_intervals import score_intervals

STRATIGRAPHIES, NAMES = 40, 5


def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    chance = random.uniform(0.03, 0.97, (STRATIGRAPHIES, NAMES)).astype(np.float32)
    present = random.random(chance.shape) < chance
    return chance, chance > 0.7, present


def test_the_same_spectra_again_and_again_tell_no_more() -> None:
    chance, called, present = drawn()
    owner = np.arange(STRATIGRAPHIES)
    once = score_intervals(chance, called, present, present, owner)
    nine = [np.tile(each, (9, 1)) for each in (chance, called, present, present)]
    again = score_intervals(*nine, np.tile(owner, 9))
    for name in ("recall", "wrong_names", "slope"):
        one, other = getattr(once, name), getattr(again, name)
        assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high))
    others = score_intervals(*nine, np.arange(9 * STRATIGRAPHIES))
    for name in ("recall", "wrong_names", "slope"):
        one, other = getattr(once, name), getattr(others, name)
        assert other.high - other.low < 0.6 * (one.high - one.low)


def test_values_are_those_of_all_spectra() -> None:
    chance, called, present = drawn()
    found = score_intervals(chance, called, present, present, np.arange(STRATIGRAPHIES))
    assert found.recall.value == pytest.approx(called[present].mean())
    assert found.wrong_names.value == pytest.approx((called & ~present).sum() / STRATIGRAPHIES)
    assert found.slope.low < 1.0 < found.slope.high


def test_what_is_nowhere_has_no_recall() -> None:
    chance, called, _ = drawn()
    nowhere = np.zeros_like(called)
    found = score_intervals(chance, called, nowhere, nowhere, np.arange(STRATIGRAPHIES))
    assert np.isnan(found.recall.value) and np.isnan(found.slope.value)
    assert found.wrong_names.value == pytest.approx(called.sum() / STRATIGRAPHIES)
