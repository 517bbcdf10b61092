"""The arms of the identification benchmark, on paint that any of them must recognise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from identification_answers import Store
from identification_arms import OURS, Budget, load_arm, mean_recall, train_arm
from identification_cnn import SETTINGS as PLAIN_SETTINGS
from identification_cnn import load_plain, train_plain
from identification_conditions import CONDITIONS, Condition, Measured, measure
from identification_dictionary import SETTINGS as DICTIONARY_SETTINGS
from identification_dictionary import Dictionary
from identification_expert import SETTINGS as EXPERT_SETTINGS
from identification_expert import Expert
from identification_goals import goals
from identification_scanners import Axes
from identification_scans import Scan, simulate
from identification_training import TrainingSet, add_scan, load_training_set, training_scan
from identification_trees import SETTINGS as TREE_SETTINGS
from identification_trees import load_trees, train_trees
from underpaint.paint import load_library, paint_layer, plain_layer
from underpaint.spectrum import EnergyCalibration
from underpaint.xray import Instrument

LIBRARY = load_library()
GROUP = {group.name: k for k, group in enumerate(LIBRARY.groups)}
PIGMENTS = ("vermilion", "lead-white", "zinc-white", "azurite", "chalk", "viridian")


@pytest.fixture(scope="module")
def scan() -> Scan:
    """Pure pigments: each alone; vermilion under lead white last."""
    canvas = plain_layer(LIBRARY, "support", "canvas-linen", 500.0)
    layers = {name: paint_layer(LIBRARY, "paint", 40.0, {name: 1.0}) for name in PIGMENTS}
    alone = [(layer, canvas) for layer in layers.values()]
    cover = paint_layer(LIBRARY, "paint", 15.0, {"zinc-white": 1.0})
    axis = EnergyCalibration(0.0, 0.02, 0.09, 0.115)
    instrument = Instrument(kv=40.0, noise=0.09, fano=0.115)
    paintings = [[*alone, (cover, layers["vermilion"], canvas)]]
    return simulate("pure", instrument, Axes(axis, axis), paintings, None)


@pytest.fixture(scope="module")
def measured(scan: Scan) -> Measured:
    return measure(scan, LIBRARY, Condition(), seed=3, repeats=2)


@pytest.fixture(scope="module")
def training() -> TrainingSet:
    return training_scan(7, 0, 8, LIBRARY)


def best(scores: np.ndarray, group: str, measured: Measured) -> bool:
    """Whether spectra with a group have higher scores than all others."""
    k = GROUP[group]
    there = measured.labels.truth.anywhere[:, k]
    return bool(scores[there, 0, k].min() > scores[~there, 0, k].max())


@pytest.mark.parametrize("setting", EXPERT_SETTINGS)
def test_rules_tell_pure_pigments_by_their_lines(setting: str, measured: Measured) -> None:
    scores = Expert(LIBRARY, setting).scores(measured)
    assert best(scores, "mercury-sulfide", measured) and best(scores, "lead", measured)
    assert np.isnan(scores[:, 1:, GROUP["zinc"]]).all()
    mercury = scores[:, :, GROUP["mercury-sulfide"]]
    place = measured.labels.truth
    top, buried = (each[:, GROUP["mercury-sulfide"]] for each in (place.top, place.buried))
    assert mercury[top, 1].min() > mercury[buried, 1].max()
    assert mercury[buried, 2].min() > mercury[top, 2].max()


@pytest.mark.parametrize("setting", DICTIONARY_SETTINGS)
def test_the_dictionary_tells_pure_pigments(setting: str, measured: Measured) -> None:
    scores = Dictionary(LIBRARY, setting).scores(measured)
    assert best(scores, "mercury-sulfide", measured) and best(scores, "zinc", measured)
    assert np.isnan(scores[:, 1:]).all()


def test_training_spectra_are_as_the_arms_want_them(training: TrainingSet, tmp_path: Path) -> None:
    assert len(training) == 32
    assert np.isfinite(training.attributes).all()
    assert (training.expected >= 0.0).all()
    assert (training.present[:, 0] >= training.present[:, 1]).all()
    # a single layer without scatter and continuum has most of its bins empty
    level = training.layer / training.layer.max(axis=1, keepdims=True)
    assert np.median((level < 1e-4).mean(axis=1)) > 0.2
    add_scan(tmp_path / "training.h5", 0, training)
    again = load_training_set(tmp_path / "training.h5", 32)
    assert np.array_equal(again.expected, training.expected)
    assert np.array_equal(again.layer_present, training.layer_present)


@pytest.mark.parametrize("alone", [False, True])
def test_a_plain_network_learns_and_comes_back(
    alone: bool, training: TrainingSet, measured: Measured, tmp_path: Path
) -> None:
    plain = train_plain(training, PLAIN_SETTINGS[1], 3, 0, alone)
    scores = plain.scores(measured)
    assert np.isnan(scores[:, 2]).all() == alone
    assert not np.isnan(scores[:, :2]).any()
    plain.save(tmp_path / "plain.model")
    assert np.array_equal(load_plain(tmp_path / "plain.model").scores(measured), scores, True)


def test_trees_learn_and_come_back(
    training: TrainingSet, measured: Measured, tmp_path: Path
) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    few = replace(training, present=training.present[:, :1, :5])
    trees = train_trees(few, next(iter(TREE_SETTINGS)), 0)
    scores = trees.scores(measured)
    assert scores.shape == (len(measured), 1, 5)
    assert (scores >= 0.0).all() and (scores <= 1.0).all()
    trees.save(tmp_path / "trees.model")
    assert np.array_equal(load_trees(tmp_path / "trees.model").scores(measured), scores)


def test_an_arm_keeps_its_best_setting_and_is_not_tried_again(
    measured: Measured, tmp_path: Path
) -> None:
    def none() -> TrainingSet:
        raise AssertionError("rules learn nothing")

    budget = Budget(10, 1, 0)
    record = train_arm("expert rules", none, lambda: [measured], tmp_path, LIBRARY, budget)
    tried = {name: each["score"] for name, each in record["tried"].items()}
    assert set(tried) == set(EXPERT_SETTINGS)
    assert tried[record["chosen"]] == max(tried.values())

    def never() -> list[Measured]:
        raise AssertionError("all settings are tried already")

    assert train_arm("expert rules", none, never, tmp_path, LIBRARY, budget) == record
    arm = load_arm("expert rules", tmp_path, LIBRARY)
    assert mean_recall(arm, [measured]) == pytest.approx(max(tried.values()))
    with pytest.raises(SystemExit, match="another budget"):
        train_arm("expert rules", none, never, tmp_path, LIBRARY, Budget(20, 1, 0))


def test_answers_are_kept_until_what_they_rest_on_changes(scan: Scan, tmp_path: Path) -> None:
    arm = {"expert rules": Expert(LIBRARY, EXPERT_SETTINGS[0])}
    store = Store(tmp_path, {"expert rules": "one"})
    store.answer(arm, "test", "plain", [scan, scan], LIBRARY, 5, 1)
    found, situation = (
        store.answers("expert rules", "test", "plain"),
        store.situation("test", "plain"),
    )
    assert len(found.scores) == len(situation.dose) == 2 * 4 * len(scan)
    assert situation.stratigraphy.max() == 2 * len(scan) - 1
    assert np.abs(situation.axis_ev).max() < 10.0
    assert store.has("expert rules", "test", "plain")
    assert not Store(tmp_path, {"expert rules": "two"}).has("expert rules", "test", "plain")


def test_goals_say_what_was_wanted() -> None:
    row = {"recall": {"value": 0.5}, "over_ideal": {"value": 0.97}, "positives": 60}
    plain = {
        "recall": {"anywhere, D over 10": row},
        "ranking": {
            p: {"slope": 1.2, "classwise_calibration_error": 0.04, "brier_skill": 0.1}
            for p in ("anywhere", "top", "buried")
        },
        "verdicts": {"anywhere": {"wrong_names": {"value": 0.06}}},
        "groups": {
            name: {"top": {"count": count, "slope": slope, "calibration_error": 0.01,
                           "brier_skill": 0.2, "wrong_names": wrong}}
            for name, count, slope, wrong in (
                ("lead", 500, 1.0, 0.0), ("zinc", 500, 1.3, 0.002), ("gold", 3, 5.0, 0.0)
            )
        },
    }  # fmt: skip
    found = {
        "situations": {"test": {"plain": {OURS: plain}}},
        "sets": {"test": "test", "monte_carlo": "mc", "same_by_ours": "same"},
        "lost": {"test": {"axis": {OURS: {"anywhere": {"value": 2.5}}}}},
        "monte_carlo_lower": {OURS: {"top": {"value": 1.0}}},
    }
    met = {(goal["goal"], goal["wanted"]): goal["met"] for goal in goals(found)}
    assert met["recall over ideal, anywhere, D over 10", ">= 0.98"] is False
    assert met["slope, test, anywhere", ">= 0.9"] is True
    assert met["slope, test, anywhere", "<= 1.1"] is False
    assert met["points of recall lost, test, axis, anywhere", "<= 2"] is False
    assert met["points of recall lower on Monte Carlo, top", "<= 3"] is True
    assert met["wrong names, test, plain, anywhere", "<= 0.05"] is False
    assert met["share of 2 groups with slope in 0.9 to 1.1, top", ">= 1"] is False
    assert met["share of 2 groups with Brier skill above 0, top", ">= 1"] is True
    shares = {goal["goal"]: goal["value"] for goal in goals(found) if "share of" in goal["goal"]}
    assert shares["share of 3 groups with wrong names at most 0.001 a pixel, top"] == (
        pytest.approx(2 / 3)
    )
    assert shares["share of 2 groups with slope in 0.9 to 1.1, top"] == pytest.approx(0.5)


def test_a_palette_is_that_of_each_painting(scan: Scan) -> None:
    read = measure(scan, LIBRARY, CONDITIONS["palette"], 5)
    there = read.labels.truth.anywhere
    assert read.palette[there].all() and not read.palette.all()
    places = np.tile(scan.painting, len(read) // len(scan))
    for number in np.unique(places):
        assert (read.palette[places == number] == read.palette[places == number][0]).all()
    assert measure(scan, LIBRARY, CONDITIONS["plain"], 5).palette.all()
