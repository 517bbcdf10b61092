"""Verdicts: few wrong names, and absence only where presence would have shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from underpaint.network import (
    ABSENT,
    CANNOT_TELL,
    POSITIONS,
    PRESENT,
    Predictions,
    VerdictRules,
    fix_rules,
)
from underpaint.network.rules import (
    CERTAINTY,
    COUNT_EDGES,
    FEWEST,
    LEAST_PRESENT,
    MISSED,
    MOST_ABSENT,
    surely_few,
)
from underpaint.paint import Truth, joined

PIXELS, GROUPS = 6000, 3
MEMBERSHIP = np.array([[True, True, False]])
SEEDS = st.integers(0, 2**32 - 1)


def simulation(seed: int) -> tuple[Predictions, NDArray[np.float32], Truth]:
    """Answers of a network that knows something, the third group nothing."""
    random = np.random.default_rng(seed)
    top = random.random((PIXELS, GROUPS)) < 0.2
    buried = random.random((PIXELS, GROUPS)) < 0.2
    ground = random.random((PIXELS, GROUPS)) < 0.1
    share, below = (
        np.where(there, np.exp(random.uniform(np.log(0.005), 0.0, there.shape)), 0.0)
        for there in (top, buried)
    )
    amount = (top + buried + ground).astype(np.float32)
    truth = Truth(top, buried, ground, amount, share.astype(np.float32), below.astype(np.float32))
    skill = np.array([3.0, 1.5, 0.0])
    positions = np.stack([truth.anywhere, top, buried, ground], axis=1)
    odds = skill * (2.0 * positions - 1.0) + random.normal(0.0, 1.0, positions.shape)
    family = truth.anywhere @ MEMBERSHIP.T
    family_odds = 2.0 * (2.0 * family - 1.0) + random.normal(0.0, 1.0, family.shape)
    nothing = np.zeros((PIXELS, GROUPS), dtype=np.float32)
    predictions = Predictions(
        probability=(1.0 / (1.0 + np.exp(-odds))).astype(np.float32),
        family=(1.0 / (1.0 + np.exp(-family_odds))).astype(np.float32),
        amount=nothing,
        amount_sigma=nothing,
    )
    counts = np.exp(random.uniform(np.log(1e3), np.log(6e5), PIXELS)).astype(np.float32)
    return predictions, counts, truth


def all_possible(counts: NDArray[np.float32]) -> NDArray[np.bool_]:
    """A palette of everything in every pixel, (pixel, group)."""
    return np.ones((len(counts), GROUPS), dtype=np.bool_)


def fixed(
    predictions: Predictions,
    counts: NDArray[np.float32],
    truth: Truth,
    palette: NDArray[np.bool_] | None = None,
) -> VerdictRules:
    """Rules from pixels that each were seen by another scanner."""
    possible = all_possible(counts) if palette is None else palette
    return fix_rules(predictions, counts, truth, MEMBERSHIP, possible, np.arange(len(counts)))


def test_pixels_in_which_a_name_is_ruled_out_do_not_make_it_safer() -> None:
    predictions, counts, truth = simulation(3)
    open_ = fixed(predictions, counts, truth)
    twice = Predictions(**{
        name: np.concatenate([values, 0.0 * values]) for name, values in vars(predictions).items()
    })  # fmt: skip
    nothing = Truth(**{name: np.zeros_like(values) for name, values in vars(truth).items()})
    palette = np.repeat([True, False], PIXELS)[:, None] & np.ones(GROUPS, dtype=np.bool_)
    closed = fixed(twice, np.tile(counts, 2), joined([truth, nothing]), palette)
    np.testing.assert_array_equal(closed.present, open_.present)


def test_what_is_read_with_a_palette_is_promised_as_much_as_what_is_read_without() -> None:
    predictions, counts, truth = simulation(4)
    # half of the pixels are read with a palette that leaves out the third group, and in these the
    # network thinks the others likelier than they are
    narrow = np.arange(PIXELS) % 2 == 0
    palette = all_possible(counts)
    palette[narrow, 2] = False
    odds = np.log(predictions.probability / (1.0 - predictions.probability))
    odds[narrow] += 1.0
    bold = replace(predictions, probability=(1.0 / (1.0 + np.exp(-odds))).astype(np.float32))
    rules = fixed(bold, counts, truth, palette)
    for rows in (narrow, ~narrow):
        for position, there in enumerate((truth.anywhere, truth.top, truth.buried)):
            named = bold.probability[rows, position] >= rules.present[position]
            wrong = (named & ~there[rows])[:, :2].mean(axis=0)
            assert (wrong <= 1e-3).all()


@given(seed=SEEDS)
@settings(max_examples=10)
def test_one_wrong_name_in_a_thousand_pixels_at_most(seed: int) -> None:
    predictions, counts, truth = simulation(seed)
    rules = fixed(predictions, counts, truth)
    verdicts = rules.verdicts(predictions.probability[:, :3], counts)
    for i, there in enumerate((truth.anywhere, truth.top, truth.buried)):
        wrong = (verdicts[:, i] == PRESENT) & ~there
        assert np.all(wrong.sum(axis=0) <= 1e-3 * len(there))
    families = truth.anywhere @ MEMBERSHIP.T
    unnamed = np.zeros(families.shape, dtype=np.bool_)
    wrong = (rules.family_verdicts(predictions.family, counts, unnamed) == PRESENT) & ~families
    assert np.all(wrong.sum(axis=0) <= 1e-3 * len(families))


@given(seed=SEEDS, scanners=st.integers(1, 400), allowed=st.floats(0.0, 60.0))
@settings(max_examples=40)
def test_no_lower_threshold_leaves_room_for_other_scanners(
    seed: int, scanners: int, allowed: float
) -> None:
    random = np.random.default_rng(seed)
    probability = random.random(2000).astype(np.float32)
    scanner = random.integers(scanners, size=2000)

    def fits(threshold: float) -> bool:
        each = np.bincount(scanner[probability >= threshold], minlength=scanners)
        return bool(each.sum() + CERTAINTY * np.sqrt((each**2).sum()) <= allowed)

    threshold = surely_few(probability, scanner, allowed)
    assert fits(threshold)
    lower = probability[probability < threshold]
    assert not fits(float(lower.max()))


def test_all_may_be_named_where_all_are_allowed() -> None:
    assert surely_few(np.float32([0.1, 0.2]), np.arange(2), 100.0) == 0.0
    assert surely_few(np.float32([]), np.arange(0), 100.0) == 0.0


def test_few_wrong_names_are_promised_for_scanners_that_were_not_seen() -> None:
    random = np.random.default_rng(8)
    kept = 0
    for _ in range(200):
        # each scanner has a tendency of its own to mislead, so that wrong names come in clumps
        odds = random.normal(-6.0, 1.5, (600, 1)) + random.normal(0.0, 1.0, (600, 64))
        chance = (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)
        seen, others = chance[:300], chance[300:]
        scanner = np.repeat(np.arange(300), 64)
        threshold = surely_few(seen.ravel(), scanner, 0.01 * seen.size)
        kept += bool((others >= threshold).mean() <= 0.01)
    # the others are no more than were seen, and so as uncertain: 1.645 / sqrt(2) standard errors
    # leave 88 in a hundred
    assert kept >= 160


def test_a_network_that_knows_finds_most_and_one_that_guesses_hardly_any() -> None:
    predictions, counts, truth = simulation(1)
    rules = fixed(predictions, counts, truth)
    called = rules.verdicts(predictions.probability[:, :3], counts)[:, 0] == PRESENT
    recall = [float(called[truth.anywhere[:, g], g].mean()) for g in range(GROUPS)]
    assert recall[0] > 0.8 > recall[1] > 0.1 > recall[2]


@given(seed=SEEDS)
@settings(max_examples=10)
def test_absent_is_seldom_said_of_what_is_faintly_there(seed: int) -> None:
    predictions, counts, truth = simulation(seed)
    rules = fixed(predictions, counts, truth)
    verdicts = rules.verdicts(predictions.probability[:, :3], counts)[:, 0]
    faint = (truth.top_share >= 0.025) & (truth.top_share <= 0.1)
    level = np.searchsorted(COUNT_EDGES, counts)
    for g in range(GROUPS):
        for counts in range(len(rules.absent)):
            shown = verdicts[faint[:, g] & (level == counts), g]
            assert len(shown) >= FEWEST and (shown == ABSENT).sum() <= MISSED * len(shown) + 1
    assert np.all(rules.absent <= MOST_ABSENT)
    assert np.all(np.diff(rules.absent, axis=0) >= 0.0)


@given(seed=SEEDS)
@settings(max_examples=10)
def test_absent_is_seldom_said_of_what_is_faintly_there_beneath(seed: int) -> None:
    predictions, counts, truth = simulation(seed)
    rules = fixed(predictions, counts, truth)
    verdicts = rules.verdicts(predictions.probability[:, :3], counts)[:, 2]
    faint = (truth.buried_share >= 0.025) & (truth.buried_share <= 0.1) & ~truth.top
    level = np.searchsorted(COUNT_EDGES, counts)
    for g in range(GROUPS):
        for counts in range(len(rules.absent_buried)):
            shown = verdicts[faint[:, g] & (level == counts), g]
            assert len(shown) >= FEWEST and (shown == ABSENT).sum() <= MISSED * len(shown) + 1


def test_nothing_is_called_absent_beneath_where_covers_hide_it() -> None:
    predictions, counts, truth = simulation(6)
    # under a cover the network knows no more than that such groups occur
    hidden = np.random.default_rng(6).random(PIXELS) < 0.5
    predictions.probability[~truth.top[:, 0] & truth.buried[:, 0] & hidden, 2, 0] = 0.01
    predictions.probability[~truth.buried[:, 0], 2, 0] = 0.01
    rules = fixed(predictions, counts, truth)
    verdicts = rules.verdicts(predictions.probability[:, :3], counts)[..., 0]
    assert (verdicts[:, 0] == ABSENT).any() and (verdicts[:, 1] == ABSENT).any()
    assert not (verdicts[:, 2] == ABSENT).any()


def test_nothing_is_called_absent_where_faint_examples_are_too_few() -> None:
    predictions, counts, truth = simulation(2)
    rare = np.flatnonzero((truth.top_share[:, 0] >= 0.025) & (truth.top_share[:, 0] <= 0.1))
    truth.top_share[rare[FEWEST - 1 :], 0] = 0.0
    rules = fixed(predictions, counts, truth)
    assert not rules.absent[:, 0].any()


def test_a_group_without_absent_pixels_still_needs_even_odds() -> None:
    predictions, counts, truth = simulation(3)
    truth.top[:, 1] = True
    rules = fixed(predictions, counts, truth)
    assert rules.present[1, 1] == LEAST_PRESENT
    assert np.all(rules.present >= LEAST_PRESENT)


@pytest.fixture
def rules() -> VerdictRules:
    levels = len(COUNT_EDGES) + 1
    return VerdictRules(
        present=np.array([[0.8, 0.9]] * 3, dtype=np.float32),
        absent=np.repeat(np.linspace(0.0, 0.04, levels)[:, None], 2, axis=1).astype(np.float32),
        absent_buried=np.full((levels, 2), 0.02, dtype=np.float32),
        family_present=np.array([0.7], dtype=np.float32),
        family_absent=np.full((levels, 1), 0.02, dtype=np.float32),
    )


def test_verdicts_follow_thresholds_and_counts(rules: VerdictRules) -> None:
    probability = np.broadcast_to(np.float32([0.85, 0.03]), (2, 3, 2))
    few, many = rules.verdicts(probability, np.float32([1e3, 1e6]))
    assert few.tolist() == [[PRESENT, CANNOT_TELL]] * 3
    assert many.tolist() == [[PRESENT, ABSENT], [PRESENT, ABSENT], [PRESENT, CANNOT_TELL]]


def test_nothing_is_told_of_a_few_counts(rules: VerdictRules) -> None:
    probability = np.broadcast_to(np.float32([0.85, 0.0]), (1, 3, 2))
    dark = np.float32([40.0])
    assert (rules.verdicts(probability, dark) == CANNOT_TELL).all()
    sure, named = np.float32([[0.99]]), np.ones((1, 1), dtype=bool)
    assert (rules.family_verdicts(sure, dark, named) == CANNOT_TELL).all()


def test_a_position_is_present_only_where_the_group_is(rules: VerdictRules) -> None:
    probability = np.float32([[[0.79, 0.0], [0.95, 0.0], [0.95, 0.0]]])
    verdict = rules.verdicts(probability, np.float32([1e5]))
    assert verdict[0, :, 0].tolist() == [CANNOT_TELL] * 3


def test_a_position_is_absent_only_where_the_group_is(rules: VerdictRules) -> None:
    probability = np.float32([[[0.5, 0.01], [0.01, 0.5], [0.01, 0.01]]])
    verdict = rules.verdicts(probability, np.float32([1e6]))
    assert verdict[0].T.tolist() == [[CANNOT_TELL] * 3, [ABSENT] * 3]


def test_what_is_absent_above_may_lie_beneath_where_its_traces_would_not_show(
    rules: VerdictRules,
) -> None:
    probability = np.float32([[[0.01, 0.01], [0.01, 0.01], [0.025, 0.95]]])
    verdict = rules.verdicts(probability, np.float32([1e6]))
    assert verdict[0].tolist() == [[ABSENT] * 2, [ABSENT] * 2, [CANNOT_TELL] * 2]


def test_rules_without_thresholds_for_beneath_call_nothing_absent_there(
    rules: VerdictRules,
) -> None:
    values = rules.to_dict()
    del values["absent_buried"]
    probability = np.zeros((1, 3, 2), dtype=np.float32)
    verdict = VerdictRules.from_dict(values).verdicts(probability, np.float32([1e6]))
    assert verdict[0].tolist() == [[ABSENT] * 2, [ABSENT] * 2, [CANNOT_TELL] * 2]


def test_a_level_whose_faint_pixels_show_less_is_not_judged_by_a_lower_one() -> None:
    predictions, counts, truth = simulation(5)
    faint = (truth.top_share[:, 0] >= 0.025) & (truth.top_share[:, 0] <= 0.1)
    level = np.searchsorted(COUNT_EDGES, counts)
    shown = np.random.default_rng(5).uniform(0.0, 0.03, PIXELS).astype(np.float32)
    predictions.probability[faint, 0, 0] = np.where(level == 3, shown, np.float32(0.04))[faint]
    rules = fixed(predictions, counts, truth)
    verdicts = rules.verdicts(predictions.probability[:, :3], counts)[:, 0, 0]
    of_level = verdicts[faint & (level == 3)]
    assert 0 < (of_level == ABSENT).sum() <= MISSED * len(of_level) + 1


def test_levels_with_few_examples_are_judged_as_those_with_fewer_counts() -> None:
    predictions, counts, truth = simulation(4)
    highest = counts > COUNT_EDGES[-1]
    truth.top_share[highest] = 0.0
    rules = fixed(predictions, counts, truth)
    assert np.array_equal(rules.absent[-1], rules.absent[-2]) and rules.absent[-1].any()


def test_a_rare_groups_few_examples_are_judged_together_at_the_most_counts_among_them() -> None:
    predictions, counts, truth = simulation(7)
    faint = (truth.top_share[:, 0] >= 0.025) & (truth.top_share[:, 0] <= 0.1)
    level = np.searchsorted(COUNT_EDGES, counts)
    for each in range(len(COUNT_EDGES) + 1):
        truth.top_share[np.flatnonzero(faint & (level == each))[FEWEST // 2 :], 0] = 0.0
    rules = fixed(predictions, counts, truth)
    assert rules.absent[0, 0] == 0.0
    assert rules.absent[1, 0] > 0.0


def test_a_family_is_present_where_it_is_sure_or_a_group_of_it_is_named(
    rules: VerdictRules,
) -> None:
    probability = np.float32([[0.7], [0.5], [0.01], [0.5]])
    named = np.array([[False], [False], [False], [True]])
    family = rules.family_verdicts(probability, np.float32([1e4] * 4), named)
    assert family.ravel().tolist() == [PRESENT, CANNOT_TELL, ABSENT, PRESENT]


def test_rules_survive_json(rules: VerdictRules) -> None:
    again = VerdictRules.from_dict(rules.to_dict())
    for name, values in rules.to_dict().items():
        np.testing.assert_array_equal(getattr(again, name), np.float32(values))


def test_positions_begin_with_those_that_verdicts_are_given_on() -> None:
    assert POSITIONS[:3] == ("anywhere", "top", "buried")
