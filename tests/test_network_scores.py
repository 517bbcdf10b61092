"""Scores are those of pixels in which a group is possible, position by position."""

from __future__ import annotations

import numpy as np

from underpaint.network import POSITIONS, Predictions, average_precision
from underpaint.network.scores import FEWEST_POSITIVES, scores
from underpaint.paint import Truth

PIXELS = 4000
GROUPS = ("known", "guessed", "rare")


def drawn(seed: int) -> tuple[Predictions, Truth]:
    """Probabilities that mean what they say of the first group, and nothing of the second."""
    random = np.random.default_rng(seed)
    chance = random.random((PIXELS, len(POSITIONS), len(GROUPS))).astype(np.float32)
    there = random.random(chance.shape) < chance
    there[:, :, 1] = random.random((PIXELS, len(POSITIONS))) < 0.3
    there[:, :, 2] = np.arange(PIXELS)[:, None] < FEWEST_POSITIVES - 1
    top, buried, ground = (there[:, POSITIONS.index(name)] for name in POSITIONS[1:])
    chance[:, 0] = chance.max(axis=1)
    nothing = np.zeros((PIXELS, len(GROUPS)), dtype=np.float32)
    truth = Truth(top, buried, ground, nothing, nothing, nothing)
    return Predictions(chance, nothing, nothing, nothing), truth


def test_each_position_has_its_own_scores() -> None:
    predictions, truth = drawn(1)
    every = np.ones((PIXELS, len(GROUPS)), dtype=np.bool_)
    every[:, 1:] = False
    found = scores(predictions, truth, every, GROUPS)
    for place, position in enumerate(POSITIONS[1:], start=1):
        there = getattr(truth, position)[:, 0]
        chance = predictions.probability[:, place, 0]
        assert abs(found[position]["average_precision"] - average_precision(chance, there)) < 1e-4
        assert abs(found[position]["slope"] - 1.0) < 0.15
        assert found[position]["calibration_error"] < 0.05
        assert sum(found[position]["answers"]) == PIXELS
        np.testing.assert_allclose(found[position]["stated"], found[position]["observed"], atol=0.1)


def test_pixels_in_which_a_group_is_ruled_out_do_not_count() -> None:
    predictions, truth = drawn(2)
    palette = np.ones((PIXELS, len(GROUPS)), dtype=np.bool_)
    palette[PIXELS // 2 :, 1] = False
    found = scores(predictions, truth, palette, GROUPS)
    predictions.probability[PIXELS // 2 :, :, 1] = 1.0
    assert scores(predictions, truth, palette, GROUPS) == found


def test_a_rare_group_is_not_judged_and_what_cannot_be_told_is_nothing() -> None:
    predictions, truth = drawn(3)
    every = np.ones((PIXELS, len(GROUPS)), dtype=np.bool_)
    assert set(scores(predictions, truth, every, GROUPS)["groups"]) == {"known", "guessed"}
    predictions.probability[...] = 0.999
    found = scores(predictions, truth, every, GROUPS)["top"]
    assert found["slope"] is None and found["stated"][0] is None
    assert found["answers"][-1] == PIXELS * len(GROUPS)
