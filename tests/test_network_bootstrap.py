"""Intervals on cases whose spread is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from underpaint.network.bootstrap import difference, interval, resample, share


def test_every_draw_is_of_as_many_samples() -> None:
    drawn = resample(40, 25, np.random.default_rng(1))
    assert drawn.shape == (25, 40)
    assert (drawn.sum(axis=1) == 40).all()


def test_recall_by_hand() -> None:
    drawn = np.array([[2, 0], [1, 1], [0, 2]])
    found = share(np.array([1, 3]), np.array([2, 4]), drawn)
    assert found.value == pytest.approx(4.0 / 6.0)
    assert found.low == pytest.approx(np.quantile([0.5, 4.0 / 6.0, 0.75], 0.025))


def test_a_share_spreads_as_scipys_bootstrap_says() -> None:
    random = np.random.default_rng(2)
    whole = random.integers(1, 6, 300)
    part = random.binomial(whole, 0.6)
    ours = share(part, whole, resample(300, 4000, random))
    theirs = scipy.stats.bootstrap(
        (part, whole), lambda a, b, axis: a.sum(axis) / b.sum(axis), paired=True,
        vectorized=True, method="percentile", n_resamples=4000, rng=random,
    ).confidence_interval  # fmt: skip
    assert ours.low == pytest.approx(theirs.low, abs=0.006)
    assert ours.high == pytest.approx(theirs.high, abs=0.006)


def test_a_pair_on_the_same_samples_is_surer_than_two_apart() -> None:
    random = np.random.default_rng(3)
    whole = np.full(200, 4)
    part = random.binomial(whole, random.uniform(0.1, 0.9, 200))
    better = np.minimum(part + (random.random(200) < 0.1), whole)
    drawn = resample(200, 1000, random)
    paired = difference(better, part, whole, drawn)
    assert paired.value == pytest.approx((better - part).sum() / 800)
    assert 0.0 < paired.low < paired.high
    alone = share(better, whole, drawn)
    assert paired.high - paired.low < 0.5 * (alone.high - alone.low)


def test_without_a_whole_there_is_no_share() -> None:
    drawn = resample(3, 10, np.random.default_rng(0))
    found = share(np.zeros(3), np.zeros(3), drawn)
    assert math.isnan(found.value) and math.isnan(found.low)


def test_unknown_resamples_are_left_out() -> None:
    assert interval(1.0, np.array([1.0, np.nan, 1.0])).high == 1.0
