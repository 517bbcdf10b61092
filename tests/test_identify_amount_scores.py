"""Scores of amounts: what is counted, and how far off they are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from underpaint.identify.amount_scores import score_amounts

NAMES = ["lead", "zinc", "gold"]


def test_only_what_was_rightly_called_and_is_known_counts() -> None:
    there = np.array([[2.0, np.nan, 0.0], [4.0, 1.0, 0.0]])
    said = np.array([[1.0, 5.0, 5.0], [8.0, 3.0, 5.0]])
    sigma = np.array([[1.5, 9.0, 9.0], [1.0, 2.0, 9.0]])
    called = np.array([[True, True, True], [True, True, True]])
    every, each = score_amounts(said, sigma, there, called, NAMES)
    assert every.cases == 3 and set(each) == {"lead", "zinc"}
    assert every.ratio == pytest.approx(2.0)
    assert each["lead"].ratio == pytest.approx(1.0)
    assert each["lead"].factor == pytest.approx(2.0)
    assert each["lead"].within_two == 1.0 and each["lead"].covered == 0.5
    assert each["zinc"].within_two == 0.0 and each["zinc"].covered == 1.0


def test_nothing_called_scores_nothing() -> None:
    ones = np.ones((2, 3))
    every, each = score_amounts(ones, ones, ones, np.zeros((2, 3), dtype=bool), NAMES)
    assert every.cases == 0 and each == {}
    assert math.isnan(every.ratio) and math.isnan(every.covered)
