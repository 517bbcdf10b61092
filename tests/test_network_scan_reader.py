"""What reads a scan as a whole: whatever the order, whatever the pieces, and for the better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from underpaint.network import (
    Predictions,
    ScanReader,
    ScanShape,
    find_weights,
    gather,
    load_weights,
    possible_names,
    predict,
    read_whole,
    scan_context,
)
from underpaint.network.config import default_config_path, read_config
from underpaint.network.read_again import said_of
from underpaint.network.scan_reader import SUREST
from underpaint.network.simulation import Unseen
from underpaint.paint import load_library

LIBRARY = load_library()
MEMBER = LIBRARY.membership
FAMILIES, GROUPS = MEMBER.shape


@pytest.fixture(scope="module")
def reader() -> ScanReader:
    """Untrained, but for that it moves answers."""
    torch.manual_seed(2)
    made = ScanReader(ScanShape(GROUPS, FAMILIES, width=16, blocks=1)).eval()
    torch.nn.init.normal_(made.moved.weight, std=0.2)
    return made


@pytest.fixture(scope="module")
def answers() -> Predictions:
    random = np.random.default_rng(3)
    chance = random.random((700, 4, GROUPS)).astype(np.float32) ** 3
    chance[:, 0] = chance.max(axis=1)
    family = random.random((700, FAMILIES)).astype(np.float32)
    amount = 10.0 ** random.normal(-1.0, 0.7, (700, GROUPS)).astype(np.float32)
    return Predictions(chance, family, amount, 0.5 * amount)


COUNTS = np.geomspace(1e3, 1e6, 700).astype(np.float32)
ALL = np.ones(GROUPS, dtype=np.bool_)


def of(answers: Predictions, some: slice | np.ndarray) -> Predictions:
    return replace(answers, **{name: values[some] for name, values in vars(answers).items()})


def test_an_untrained_one_leaves_answers_as_they_are(answers: Predictions) -> None:
    untrained = ScanReader(ScanShape(GROUPS, FAMILIES, width=16, blocks=1)).eval()
    again = read_whole(untrained, answers, COUNTS, ALL, MEMBER)
    np.testing.assert_allclose(again.probability, answers.probability, atol=2e-6)
    np.testing.assert_array_equal(again.amount, answers.amount)


def test_neither_order_nor_pieces_of_a_scan_matter(
    reader: ScanReader, answers: Predictions
) -> None:
    possible = possible_names(torch.from_numpy(ALL[None]), MEMBER)
    whole = scan_context(reader, gather(reader, answers, COUNTS, possible), possible, MEMBER)
    order = np.random.default_rng(4).permutation(700)
    pieces = [gather(reader, of(answers, part), COUNTS[part], possible)
              for part in np.array_split(order, 3)]  # fmt: skip
    other = scan_context(reader, pieces[0] + pieces[1] + pieces[2], possible, MEMBER)
    torch.testing.assert_close(other.context, whole.context, atol=1e-4, rtol=1e-4)
    few = whole.read_again(of(answers, slice(0, 5)), COUNTS[:5])
    np.testing.assert_allclose(
        few.probability, whole.read_again(answers, COUNTS).probability[:5], atol=1e-5
    )


def test_other_pixels_change_what_is_said_of_one(reader: ScanReader, answers: Predictions) -> None:
    alone = read_whole(reader, of(answers, slice(0, 1)), COUNTS[:1], ALL, MEMBER)
    among = read_whole(reader, answers, COUNTS, ALL, MEMBER)
    assert np.abs(alone.probability[0] - among.probability[0]).max() > 0.01


def test_amounts_in_other_pixels_matter(reader: ScanReader, answers: Predictions) -> None:
    told = read_whole(reader, answers, COUNTS, ALL, MEMBER)
    other = replace(answers, amount=answers.amount.copy())
    other.amount[1:, 3] *= 10.0
    again = read_whole(reader, other, COUNTS, ALL, MEMBER)
    assert np.abs(told.probability[0] - again.probability[0]).max() > 0.001
    np.testing.assert_array_equal(again.amount, other.amount)


def test_what_the_palette_rules_out_stays_so_and_positions_agree(
    reader: ScanReader, answers: Predictions
) -> None:
    palette = np.arange(GROUPS) % 3 > 0
    again = read_whole(reader, answers, COUNTS, palette, MEMBER)
    assert not again.probability[:, :, ~palette].any()
    assert not again.family[:, ~(MEMBER @ palette)].any()
    assert (again.probability[:, :1] >= again.probability).all()
    for family, group in np.argwhere(MEMBER):
        assert (again.family[:, family] >= again.probability[:, 0, group]).all()


def test_no_answer_is_surer_than_one_in_a_million(answers: Predictions) -> None:
    sure = replace(answers, probability=np.round(answers.probability))
    logits = said_of(sure)[..., :4]
    assert logits.shape == (700, GROUPS + FAMILIES, 4)
    assert torch.isfinite(logits).all() and logits.abs().max() == pytest.approx(SUREST)
    assert torch.all(logits[:, GROUPS:, 1:] == -SUREST)


def test_amounts_are_told_as_logarithms(answers: Predictions) -> None:
    none = replace(answers, amount=answers.amount.copy())
    none.amount[0, 0] = 0.0
    amount, unsure = said_of(none)[..., 4:].unbind(dim=-1)
    np.testing.assert_allclose(10.0 ** amount[1:, :GROUPS], answers.amount[1:], rtol=1e-5)
    np.testing.assert_allclose(10.0 ** unsure[1:, :GROUPS], 0.5, rtol=1e-5)
    assert not amount[:, GROUPS:].any() and not unsure[:, GROUPS:].any()
    assert torch.isfinite(amount).all() and torch.isfinite(unsure).all()


def test_scans_never_seen_are_read_better_as_a_whole() -> None:
    weights = load_weights(find_weights(None), LIBRARY)
    assert weights.whole is not None
    config = replace(read_config(default_config_path()), seed=77)
    unseen = Unseen(LIBRARY, config)
    loss = {"by itself": 0.0, "as a whole": 0.0}
    for number in range(6):
        seen = unseen[number]
        told = seen.counts, seen.measured, seen.fwhm_kev, seen.scanner, seen.palette
        single = predict(weights.reader, *told, MEMBER)
        palette = seen.palette[0].numpy()
        counts = seen.counts.sum(dim=1).numpy()
        whole = read_whole(weights.whole.reader, single, counts, palette, MEMBER)
        truth = np.stack([seen.truth.anywhere, seen.truth.top, seen.truth.buried], axis=1)
        for name, answers in (("by itself", single), ("as a whole", whole)):
            chance = np.clip(answers.probability[:, :3], 1e-6, 1.0 - 1e-6)
            entropy = -np.where(truth, np.log(chance), np.log1p(-chance))[:, :, palette]
            loss[name] += float(entropy.sum(axis=(1, 2)).mean())
    assert loss["as a whole"] < 0.9 * loss["by itself"]
