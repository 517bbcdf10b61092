"""Training learns, and an interrupted run goes on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from underpaint.errors import ConfigError
from underpaint.network import (
    POSITIONS,
    Reader,
    Weights,
    bins_hash,
    default_config_path,
    forget_run,
    load_weights,
    parts_of,
    read_config,
    save_weights,
    simulation,
    train,
)
from underpaint.network.card import write_card
from underpaint.network.config import (
    CalibrationConfig,
    NetworkConfig,
    ScanReaderConfig,
    SmallConfig,
    TeacherConfig,
)
from underpaint.network.learner import Learner
from underpaint.network.prior_file import default_prior
from underpaint.network.simulation import FEWEST_STRATIGRAPHIES, Batch, Simulation, WholeScans
from underpaint.network.train import loss_of, shapes_of, taught
from underpaint.network.weights import initial_reader
from underpaint.paint import Library, Painting, PaintPrior, Strokes, load_library, sample_strokes

LIBRARY = load_library()
STEPS, SAVED_EVERY, STOPPED_AT = 18, 5, 13
SHIPPED = read_config(default_config_path())
SMALL = replace(
    SHIPPED,
    name="small-1",
    seed=4,
    network=NetworkConfig(filters=(2, 2, 2), width=16, hidden=16, blocks=1),
    small=SmallConfig(width=12, hidden=8, blocks=1, learning_rate=0.03),
    training=replace(
        SHIPPED.training,
        steps=STEPS,
        scans=2,
        pixels=8,
        learning_rate=0.03,
        average=0.8,
        paintings=4,
        fresh=2,
        scanner_paintings=3,
        checkpoint_every=SAVED_EVERY,
        workers=0,
    ),
    scan_reader=ScanReaderConfig(
        scanners=2,
        paintings=2,
        pixels=6,
        epochs=3,
        details=0.5,
        patchy=0.5,
        boards=0.5,
        scans=2,
        width=8,
        blocks=1,
        learning_rate=0.01,
    ),
    calibration=CalibrationConfig(scanners=2, pixels=16),
    teacher=None,
)
PARTS = STEPS + 2 + 2 * 3
TEACHER = TeacherConfig(filters=(3, 4), width=20, hidden=16, blocks=2, learning_rate=0.03)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def losses() -> list[float]:
    return []


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, losses: list[float]
) -> tuple[Weights, Weights]:
    """An uninterrupted run."""
    folder = tmp_path_factory.mktemp("whole")
    return train(SMALL, LIBRARY, folder, lambda _, loss: losses.append(loss))


@pytest.fixture(scope="module")
def whole(trained: tuple[Weights, Weights]) -> Weights:
    """The network."""
    return trained[0]


def inputs(batch: Batch) -> tuple[Tensor, ...]:
    return batch.counts, batch.measured, batch.fwhm_kev, batch.scanner, batch.palette


def held_out_loss(reader: Reader) -> float:
    """Loss on batches of another seed."""
    other = Simulation(LIBRARY, replace(SMALL, seed=99))
    with torch.no_grad():
        batches = [other[step] for step in (0, 1, 2)]
        said = [loss_of(reader(*inputs(b)), b, 0.05) for b in batches]
    return float(torch.stack(said).mean())


def test_training_lowers_the_loss_on_pixels_never_seen(
    trained: tuple[Weights, Weights], losses: list[float]
) -> None:
    assert losses[STEPS - 1] < losses[0]
    assert len(losses) == PARTS == parts_of(SMALL)
    for weights, (shape, _) in zip(trained, shapes_of(SMALL, LIBRARY).values(), strict=True):
        untrained = initial_reader(shape, SMALL.seed)
        assert held_out_loss(weights.reader) < 0.85 * held_out_loss(untrained)


def test_the_small_network_learns_from_truth_and_from_what_the_large_one_says(
    trained: tuple[Weights, Weights],
) -> None:
    large, small = trained
    assert (small.name, small.reader.shape.filters) == ("small-1-small", ())
    batch = Simulation(LIBRARY, SMALL)[0]
    with torch.no_grad():
        answers = large.reader(*inputs(batch))
    half = taught(batch, answers, 0.5)
    expected = (batch.positions + torch.sigmoid(answers.logits)) / 2.0
    torch.testing.assert_close(half.positions, expected)
    assert torch.equal(taught(batch, answers, 0.0).families, batch.families)
    assert torch.equal(half.log_amount, batch.log_amount)


def test_a_teacher_learns_beside_and_its_learning_is_not_changed_by_whom_it_teaches(
    trained: tuple[Weights, Weights], tmp_path: Path
) -> None:
    with_teacher = replace(SMALL, teacher=TEACHER)
    large, small, teacher = train(with_teacher, LIBRARY, tmp_path / "both", lambda *_: None)
    assert [each.name for each in (large, small, teacher)] == [
        "small-1", "small-1-small", "small-1-teacher",
    ]  # fmt: skip
    # a network of the teacher's sizes that learns from the truth alone learns the same
    sizes = NetworkConfig(TEACHER.filters, TEACHER.width, TEACHER.hidden, TEACHER.blocks)
    alone, _ = train(replace(SMALL, network=sizes), LIBRARY, tmp_path / "alone", lambda *_: None)
    expected = alone.reader.state_dict()
    for name, values in teacher.reader.state_dict().items():
        assert torch.equal(values, expected[name]), name
    # what is taught differs from the truth, and so do those that learn it
    for taught_one, untaught in zip((large, small), trained, strict=True):
        before, after = untaught.reader.state_dict(), taught_one.reader.state_dict()
        assert any(not torch.equal(before[name], after[name]) for name in before)
        shape = taught_one.reader.shape
        assert held_out_loss(taught_one.reader) < 0.85 * held_out_loss(initial_reader(shape, 4))


@pytest.mark.parametrize(
    ("stopped_at", "goes_on_at"),
    [
        (STOPPED_AT, STOPPED_AT // SAVED_EVERY * SAVED_EVERY + 1),
        (STEPS + 1, STEPS + 1),  # the first scanner's paintings are answered
        (STEPS + 4, STEPS + 1),  # two epochs of what reads scans as a whole are done
    ],
)
def test_an_interrupted_run_ends_with_the_same_weights(
    trained: tuple[Weights, Weights], tmp_path: Path, stopped_at: int, goes_on_at: int
) -> None:
    def interrupt(step: int, _loss: float) -> None:
        if step == stopped_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(SMALL, LIBRARY, tmp_path, interrupt)
    resumed_at: list[int] = []
    resumed = train(SMALL, LIBRARY, tmp_path, lambda step, _: resumed_at.append(step))
    assert resumed_at == list(range(goes_on_at, PARTS + 1))
    for again, first in zip(resumed, trained, strict=True):
        assert_same(again.reader, first.reader)
        assert again.whole is not None and first.whole is not None
        assert_same(again.whole.reader, first.whole.reader)
        np.testing.assert_array_equal(again.rules.present, first.rules.present)
        np.testing.assert_array_equal(again.whole.rules.present, first.whole.rules.present)
        assert again.training == first.training


def assert_same(found: nn.Module, wanted: nn.Module) -> None:
    expected = wanted.state_dict()
    for name, values in found.state_dict().items():
        assert torch.equal(values, expected[name]), name


def test_what_was_answered_is_not_simulated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(SMALL, training=replace(SMALL.training, steps=1))
    train(short, LIBRARY, tmp_path, lambda *_: None)
    monkeypatch.setattr(WholeScans, "__getitem__", lambda *_: pytest.fail("simulated again"))
    monkeypatch.setattr(Learner, "learn", lambda *_: pytest.fail("learnt again"))
    again = train(short, LIBRARY, tmp_path, lambda *_: None)
    assert all(each.whole is not None for each in again)


def test_a_finished_run_leaves_nothing_behind(tmp_path: Path) -> None:
    short = replace(SMALL, training=replace(SMALL.training, steps=1))
    train(short, LIBRARY, tmp_path / "run", lambda *_: None)
    forget_run(tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    short = replace(SMALL, training=replace(SMALL.training, steps=2))
    steps: list[int] = []
    first, _ = train(short, LIBRARY, tmp_path, lambda step, _: steps.append(step))
    second, _ = train(short, LIBRARY, tmp_path, lambda step, _: steps.append(step))
    assert steps[:2] == [1, 2] and len(steps) == 2 * (2 + PARTS - STEPS) - 2
    for name, values in first.reader.state_dict().items():
        assert torch.equal(values, second.reader.state_dict()[name])


def test_a_run_sets_out_from_networks_that_it_is_given(whole: Weights, tmp_path: Path) -> None:
    still = replace(SMALL, training=replace(SMALL.training, steps=1, learning_rate=0.0))
    still = replace(still, small=replace(SMALL.small, learning_rate=0.0), seed=SMALL.seed + 1)
    _, beside = train(still, LIBRARY, tmp_path / "other", lambda *_: None)
    onward = replace(still, seed=SMALL.seed + 2)
    begun = train(onward, LIBRARY, tmp_path / "onward", lambda *_: None, [beside, whole])
    for found, given in zip(begun, (whole, beside), strict=True):
        for name, values in found.reader.state_dict().items():
            torch.testing.assert_close(values, given.reader.state_dict()[name])
    write_card(begun[0], "0" * 64, tmp_path / "card.md")
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert f"It began with the weights {beside.name} and {whole.name}." in card


def test_a_card_says_what_its_network_is_worth_on_scanners_that_it_never_saw(
    whole: Weights, tmp_path: Path
) -> None:
    scores = whole.training["scores"]
    pixels = SMALL.calibration.scanners * SMALL.calibration.pixels
    for position in POSITIONS:
        answers = scores[position]["answers"]
        assert 0 < sum(answers) <= pixels * len(LIBRARY.groups)
        for stated, observed, count in zip(
            scores[position]["stated"], scores[position]["observed"], answers, strict=True
        ):
            assert (stated is None) == (observed is None) == (count == 0)
    assert set(scores["groups"]) <= set(whole.groups)
    assert 0.0 < scores["anywhere"]["average_precision"] < 1.0
    sha256 = save_weights(whole, tmp_path / "w.safetensors")
    assert load_weights(tmp_path / "w.safetensors", LIBRARY).training["scores"] == scores
    write_card(whole, sha256, tmp_path / "card.md")
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert f"| average precision | {scores['anywhere']['average_precision']:.3f} |" in card
    assert "| 90% to 100% |" in card
    again = whole.training["scores_whole"]["anywhere"]["average_precision"]
    assert f"| average precision | {again:.3f} |" in card
    words = " ".join(card.split())
    assert "of 4 paintings, 3 times over. Of these 50% were mock-ups, and 50% of the" in words


def test_weights_that_say_no_scores_have_a_card_without(whole: Weights, tmp_path: Path) -> None:
    record = {key: value for key, value in whole.training.items() if "scores" not in key}
    write_card(replace(whole, training=record), "0" * 64, tmp_path / "card.md")
    assert "# Scores" not in (tmp_path / "card.md").read_text(encoding="utf-8")


def test_a_network_of_other_sizes_to_set_out_from_is_refused(
    whole: Weights, tmp_path: Path
) -> None:
    wider = replace(SMALL, network=replace(SMALL.network, width=2 * SMALL.network.width))
    with pytest.raises(ConfigError, match="of another size"):
        train(wider, LIBRARY, tmp_path, lambda *_: None, [whole])


def test_weights_never_learn_twice_from_the_same_spectra(whole: Weights, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has learnt from the spectra of"):
        train(SMALL, LIBRARY, tmp_path, lambda *_: None, [whole])


def test_a_run_is_not_taken_up_with_another_teacher(whole: Weights, tmp_path: Path) -> None:
    short = replace(SMALL, training=replace(SMALL.training, steps=1))
    train(short, LIBRARY, tmp_path, lambda *_: None)
    with pytest.raises(ConfigError, match="another teacher"):
        train(short, LIBRARY, tmp_path, lambda *_: None, teacher=whole)


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    short = replace(SMALL, training=replace(SMALL.training, steps=1))
    train(short, LIBRARY, tmp_path, lambda *_: None)
    with pytest.raises(ConfigError, match="holds a run of another configuration"):
        train(replace(short, seed=5), LIBRARY, tmp_path, lambda *_: None)


def test_trained_weights_know_what_they_were_trained_for(whole: Weights, tmp_path: Path) -> None:
    assert whole.groups == tuple(group.name for group in LIBRARY.groups)
    assert whole.library_version == LIBRARY.version
    assert whole.bins_hash == bins_hash()
    assert whole.training["config"]["seed"] == SMALL.seed
    assert [step for step, _ in whole.training["loss"]] == [5, 10, 15, 18]
    assert whole.rules.present.shape == (3, len(LIBRARY.groups))
    save_weights(whole, tmp_path / "small-1.safetensors")
    again = load_weights(tmp_path / "small-1.safetensors", LIBRARY)
    assert held_out_loss(again.reader) == pytest.approx(held_out_loss(whole.reader), rel=0.02)


def test_a_batch_follows_from_seed_and_step_alone() -> None:
    one, other = Simulation(LIBRARY, SMALL), Simulation(LIBRARY, SMALL)
    for step in range(3):
        first = one[step]
    second = other[2]
    for name, values in vars(first).items():
        assert torch.equal(values, getattr(second, name)), name
    assert not torch.equal(one[1].counts, second.counts)


def test_targets_say_where_each_group_is() -> None:
    batch = Simulation(LIBRARY, SMALL)[0]
    anywhere, places = batch.positions[:, 0], batch.positions[:, 1:]
    assert torch.equal(anywhere, places.amax(dim=1))
    assert torch.all(batch.palette[anywhere > 0.0])
    assert anywhere.any()
    assert torch.all(batch.log_amount[anywhere > 0.0] > -6.0)
    assert torch.all(batch.counts[~batch.measured] == 0.0)
    member = torch.from_numpy(LIBRARY.membership).float()
    assert torch.equal(batch.families, (anywhere @ member.T > 0.0).float())


def test_pixels_of_a_painting_follow_each_other_and_are_read_with_one_palette() -> None:
    first, again = (WholeScans(LIBRARY, SMALL)[1] for _ in range(2))
    assert torch.equal(first.counts, again.counts)
    each = SMALL.scan_reader.pixels
    assert len(first.counts) == SMALL.scan_reader.paintings * each
    for start in range(0, len(first.counts), each):
        own = first.palette[start : start + each]
        assert torch.equal(own, own[:1].expand_as(own))
        there = torch.from_numpy(first.truth.anywhere[start : start + each].any(axis=0))
        assert torch.all(own[0][there])
    with pytest.raises(IndexError):
        WholeScans(LIBRARY, SMALL)[SMALL.scan_reader.scanners]


@pytest.mark.parametrize(
    ("patchy", "boards", "all_of_many"), [(0.0, 0.0, True), (1.0, 0.0, False), (0.0, 1.0, False)]
)
def test_paintings_of_few_paints_and_mock_ups_show_few_stratigraphies(
    monkeypatch: pytest.MonkeyPatch, patchy: float, boards: float, all_of_many: bool
) -> None:
    shown = []

    def noting(
        painting: Painting, paint: PaintPrior, library: Library, count: int,
        random: np.random.Generator,
    ) -> Strokes:  # fmt: skip
        shown.append((paint, count))
        return sample_strokes(painting, paint, library, count, random)

    monkeypatch.setattr(simulation, "sample_strokes", noting)
    wanted = replace(
        SMALL.scan_reader, scanners=1, paintings=12, pixels=48, patchy=patchy, boards=boards
    )
    WholeScans(LIBRARY, replace(SMALL, scan_reader=wanted))[0]
    prior = default_prior()
    assert all(paint == (prior.board if boards else prior.paint) for paint, _ in shown)
    counts = [count for _, count in shown]
    if all_of_many:
        assert set(counts) == {60}
    else:
        assert FEWEST_STRATIGRAPHIES <= min(counts) < 15
        assert len(set(counts)) > 6
        assert max(counts) <= 60
