"""A network that reads whole scans sees paintings, details of them, many pixels and few."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.network.answered_scans import AnsweredScans
from underpaint.network.architecture import POSITIONS
from underpaint.network.lesson import READ, Lesson, draw_lesson

SCANS, PIXELS, GROUPS = 6, 64, 3
COMMON, RARE, EVERYWHERE = range(GROUPS)
TOP, GROUND = POSITIONS.index("top"), POSITIONS.index("ground")


@pytest.fixture(scope="module")
def answered() -> AnsweredScans:
    """One group in the paint of half of the pixels, one in that of four, one in every ground."""
    truth = np.zeros((SCANS, PIXELS, GROUPS, len(POSITIONS)), dtype=bool)
    truth[:, ::2, COMMON, TOP] = truth[:, :4, RARE, TOP] = truth[:, :, EVERYWHERE, GROUND] = True
    truth[..., 0] = truth[..., 1:].any(axis=-1)
    # each pixel is told apart by its counts
    counts = np.tile(np.arange(PIXELS, dtype=np.float32), (SCANS, 1))
    said = np.zeros((SCANS, PIXELS, GROUPS + 1, 6), dtype=np.float16)
    return AnsweredScans(said, counts, np.ones((SCANS, GROUPS), dtype=bool), truth)


def lessons(answered: AnsweredScans, details: float) -> list[Lesson]:
    random = np.random.default_rng(4)
    return [draw_lesson(answered, np.array([1, 4]), details, random) for _ in range(40)]


def test_no_pixel_of_a_whole_painting_is_seen_twice(answered: AnsweredScans) -> None:
    drawn = lessons(answered, 0.0)
    for lesson in drawn:
        for counts in (*lesson.seen_counts, *lesson.read_counts):
            assert len(counts.unique()) == len(counts)
    together = {lesson.seen_counts.shape[1] for lesson in drawn}
    assert PIXELS in together
    assert min(together) < PIXELS / 4
    assert {lesson.read_counts.shape[1] for lesson in drawn} == {READ}


def test_most_pixels_of_a_detail_have_the_same_paint(answered: AnsweredScans) -> None:
    for lesson in lessons(answered, 1.0):
        with_it = lesson.seen_counts % 2 == 0
        assert with_it.float().mean() > 0.6
        _, again = lesson.seen_counts[0].unique(return_counts=True)
        assert again.max() <= 2


def test_what_is_answered_is_of_the_same_detail(answered: AnsweredScans) -> None:
    found = [float(lesson.truth[..., COMMON, TOP].mean()) for lesson in lessons(answered, 1.0)]
    assert min(found) > 0.6
    whole = [float(lesson.truth[..., COMMON, TOP].mean()) for lesson in lessons(answered, 0.0)]
    assert np.mean(whole) == pytest.approx(0.5, abs=0.05)


def test_truth_and_counts_stay_with_their_pixels(answered: AnsweredScans) -> None:
    for lesson in lessons(answered, 0.5):
        assert ((lesson.read_counts % 2 == 0) == (lesson.truth[..., COMMON, TOP] > 0)).all()


def test_a_group_of_the_ground_alone_makes_no_detail(answered: AnsweredScans) -> None:
    truth = answered.truth.copy()
    truth[:, :, [COMMON, RARE]] = False
    bare = AnsweredScans(answered.said, answered.counts, answered.palette, truth)
    for lesson in lessons(bare, 1.0):
        assert len(lesson.seen_counts[0].unique()) == lesson.seen_counts.shape[1]
