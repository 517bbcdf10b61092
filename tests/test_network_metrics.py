"""Metrics on cases that can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from underpaint.network import (
    average_precision,
    classwise_calibration,
    recall_at,
    reliability,
    reliability_curve,
    threshold_at,
)

SEEDS = st.integers(0, 2**32 - 1)
NONE = np.zeros(4, dtype=bool)


def ranked(*present: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Pixels from the likeliest down; 1 where the group is present."""
    return np.linspace(0.9, 0.1, len(present), dtype=np.float32), np.array(present, dtype=bool)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((1, 1, 0, 0), 1.0),
        ((1, 0, 1, 0), (1.0 + 2.0 / 3.0) / 2.0),
        ((0, 0, 0, 1), 0.25),
        ((0, 1, 0, 1, 1), (1.0 / 2.0 + 2.0 / 4.0 + 3.0 / 5.0) / 3.0),
        ((1, 1, 1), 1.0),
    ],
)
def test_average_precision_by_hand(order: tuple[int, ...], expected: float) -> None:
    assert average_precision(*ranked(*order)) == pytest.approx(expected)


def test_without_positives_there_is_no_precision_and_no_recall() -> None:
    probability = np.linspace(0.0, 1.0, 4)
    assert math.isnan(average_precision(probability, NONE))
    assert math.isnan(recall_at(probability, NONE, 0.01))


@given(seed=SEEDS, rate=st.floats(0.0, 1.0), share=st.floats(0.05, 0.95), coarse=st.booleans())
def test_no_more_false_alarms_than_allowed(
    seed: int, rate: float, share: float, coarse: bool
) -> None:
    random = np.random.default_rng(seed)
    probability = random.random(300).astype(np.float32)
    if coarse:
        probability = probability.round(1)
    present = random.random(300) < share
    absent = probability[~present]
    called = absent >= threshold_at(probability, present, rate)
    assert called.sum() <= rate * len(absent)
    if not coarse and len(absent):
        # and no fewer than that: the threshold is the lowest
        assert called.sum() == math.floor(rate * len(absent))


@pytest.mark.parametrize(
    ("order", "rate", "expected"),
    [((1, 1, 0, 0), 0.0, 1.0), ((1, 0, 1, 0), 0.0, 0.5), ((1, 0, 1, 0), 0.5, 1.0),
     ((0, 1, 1, 0), 0.0, 0.0)],
)  # fmt: skip
def test_recall_at_a_rate_of_false_alarms(
    order: tuple[int, ...], rate: float, expected: float
) -> None:
    assert recall_at(*ranked(*order), rate) == pytest.approx(expected)


def draws(stated: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.random.default_rng(8).random(len(stated)) < true


def test_honest_probabilities_have_slope_one() -> None:
    stated = np.random.default_rng(9).uniform(0.0, 1.0, 40_000)
    found = reliability(stated, draws(stated, stated))
    assert found.slope == pytest.approx(1.0, abs=0.05)
    assert found.calibration_error < 0.01
    assert found.brier_skill == pytest.approx(1.0 / 3.0, abs=0.02)
    assert found.count == int(((stated > 0.02) & (stated < 0.98)).sum())


@pytest.mark.parametrize("boast", [0.5, 2.0])
def test_overstated_odds_have_the_inverse_slope(boast: float) -> None:
    true = np.random.default_rng(9).uniform(0.05, 0.95, 40_000)
    odds = np.log(true / (1.0 - true))
    stated = 1.0 / (1.0 + np.exp(-boast * odds))
    found = reliability(stated, draws(stated, true), low=1e-4, high=1.0 - 1e-4)
    assert found.slope == pytest.approx(1.0 / boast, abs=0.05)
    assert found.calibration_error > 0.03


def test_a_constant_shift_shows_as_calibration_error() -> None:
    true = np.random.default_rng(9).uniform(0.1, 0.7, 40_000)
    found = reliability(true + 0.2, draws(true, true))
    assert found.calibration_error == pytest.approx(0.2, abs=0.01)


def test_stating_the_mean_has_no_skill() -> None:
    present = np.tile([True, False, False, False], 100)
    assert reliability(np.full(400, 0.25), present).brier_skill == pytest.approx(0.0, abs=1e-9)


def test_too_few_unsure_answers_have_no_slope() -> None:
    stated, present = np.array([0.001, 0.999, 0.5]), np.array([False, True, True])
    found = reliability(stated, present)
    assert math.isnan(found.slope) and found.count == 1
    assert found.brier_skill > 0.0


def test_weights_count_as_copies_do() -> None:
    random = np.random.default_rng(5)
    stated = random.uniform(0.03, 0.97, 400)
    present = draws(stated, stated)
    weight = random.integers(0, 4, 400)
    copies = np.repeat(np.arange(400), weight)
    weighted = reliability(stated, present, weight=weight)
    copied = reliability(stated[copies], present[copies])
    assert weighted.slope == pytest.approx(copied.slope)
    assert weighted.calibration_error == pytest.approx(copied.calibration_error)
    assert weighted.brier_skill == pytest.approx(copied.brier_skill)


def test_classes_are_calibrated_one_by_one() -> None:
    true = np.random.default_rng(9).uniform(0.3, 0.6, (30_000, 2))
    stated = true + np.array([0.1, -0.1])
    present = np.random.default_rng(10).random(true.shape) < true
    # one class boasts as much as the other is modest: together they look right
    assert reliability(stated.ravel(), present.ravel()).calibration_error < 0.095
    found = classwise_calibration(stated, present)
    assert found.error == pytest.approx(0.1, abs=0.01) and found.classes == 2
    assert math.isnan(classwise_calibration(np.zeros((30, 2)), np.zeros((30, 2), bool)).error)


@pytest.mark.parametrize("answers", [300, 1200, 4800])
@pytest.mark.parametrize("skew", [1.0, 3.0])
def test_few_answers_look_badly_calibrated_by_as_much_as_stated(answers: int, skew: float) -> None:
    random = np.random.default_rng(11)
    # with the second most are near 0, as a network's are
    stated = 0.02 + 0.96 * random.random((answers, 150)) ** skew
    found = classwise_calibration(stated, random.random(stated.shape) < stated)
    assert found.error == pytest.approx(found.by_chance, rel=0.1)


def test_the_curve_by_hand() -> None:
    stated, observed, count = reliability_curve(
        np.array([0.05, 0.15, 0.17, 1.0]), np.array([False, True, False, True])
    )
    assert count.tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert observed[[0, 1, 9]].tolist() == [0.0, 0.5, 1.0]
    assert stated[1] == pytest.approx(0.16) and math.isnan(stated[2])


def test_average_precision_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    random = np.random.default_rng(4)
    stated, present = random.random(500), random.random(500) < 0.2
    weight = random.integers(1, 5, 500)
    assert average_precision(stated, present) == pytest.approx(
        metrics.average_precision_score(present, stated)
    )
    assert average_precision(stated, present, weight) == pytest.approx(
        metrics.average_precision_score(present, stated, sample_weight=weight)
    )


def test_equal_answers_count_together_in_whatever_order_they_come() -> None:
    present = np.arange(100) < 10
    alike = np.full(100, 0.3)
    for order in (present, present[::-1]):
        assert average_precision(alike, order) == pytest.approx(0.1)
    some = np.random.default_rng(1).integers(0, 5, 300) / 5.0
    there = np.random.default_rng(2).random(300) < 0.2 + 0.1 * some
    backwards = average_precision(some[::-1], there[::-1])
    assert average_precision(some, there) == pytest.approx(backwards)


def test_a_slope_that_nothing_tells_is_not_given() -> None:
    stated = np.linspace(0.05, 0.95, 30)
    assert np.isnan(reliability(stated, stated > 0.5).slope)
