"""The identification benchmark, part by part, on a handful of spectra."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from identification_answers import Answers, Situation
from identification_conditions import COUNTS, OFF_KEV, PILE_UP, Condition, measure
from identification_dictionary import descend
from identification_scans import Plan, Scan, load_scans, save_scan, scan_of, scanners_in_turn
from identification_scores import Judged, draws, recalls
from identification_splits import splits, there_in
from identification_stratigraphies import (
    BURIED,
    POSITIONS,
    draw_stratigraphies,
    joined_labels,
    labels_of,
)
from identification_work import RIVALS
from underpaint.paint import (
    PaintPrior,
    load_library,
    paint_layer,
    sample_painting,
    sample_stratigraphies,
)

LIBRARY = load_library()
GROUP = {group.name: k for k, group in enumerate(LIBRARY.groups)}
PLAN = Plan(seed=5, scans=2, paintings=2, stratigraphies=6)


@pytest.fixture(scope="module")
def scan() -> Scan:
    name, instrument, number = scanners_in_turn(PLAN)[1]
    return scan_of(PLAN, number, LIBRARY, instrument, name)


def test_shares_and_cover_are_those_of_the_layers() -> None:
    stratigraphy = (
        paint_layer(LIBRARY, "paint", 10.0, {"lead-white": 0.97, "vermilion": 0.03}),
        paint_layer(LIBRARY, "paint", 20.0, {"lead-white": 1.0}),
        paint_layer(LIBRARY, "paint", 5.0, {"vermilion": 0.4, "lead-white": 0.6}),
        paint_layer(LIBRARY, "ground", 100.0, {"chalk": 1.0}, "animal-glue"),
    )
    labels = labels_of([stratigraphy], LIBRARY)
    mercury, lead = GROUP["mercury-sulfide"], GROUP["lead"]
    assert labels.share[0, :, mercury] == pytest.approx([0.4, 0.03, 0.4])
    assert labels.share[0, :, GROUP["calcium-carbonate"]] == pytest.approx([1.0, 0.0, 0.0])
    assert labels.cover_um[0, mercury] == pytest.approx(30.0)
    assert labels.cover_um[0, lead] == pytest.approx(10.0)
    assert not there_in(labels, BURIED)[0, mercury]
    glaze = paint_layer(LIBRARY, "paint", 8.0, {"red-lake": 1.0})
    glazed = labels_of([(glaze, *stratigraphy)], LIBRARY)
    np.testing.assert_array_equal(glazed.share, labels.share)
    assert glazed.cover_um[0, lead] == pytest.approx(18.0)


def test_labels_agree_with_the_prior_that_draws_stratigraphies() -> None:
    for seed in range(6):
        painting = sample_painting(LIBRARY, PaintPrior(), np.random.default_rng(seed))
        layers = draw_stratigraphies(painting, LIBRARY, 20, np.random.default_rng(seed))
        drawn = sample_stratigraphies(
            painting, PaintPrior(), LIBRARY, 20, np.random.default_rng(seed)
        )
        found = labels_of(layers, LIBRARY).truth
        for name in ("top", "buried", "ground"):
            assert np.array_equal(getattr(found, name), getattr(drawn.truth, name)), name


def test_a_scan_comes_back_from_its_file(scan: Scan, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "set.h5", "w") as file:
        save_scan(scan, file, "00000")
    again = load_scans(tmp_path / "set.h5")[0]
    assert np.array_equal(again.single, scan.single)
    assert again.axes == scan.axes and again.name == scan.name
    assert again.instrument == scan.instrument
    assert again.stratigraphies[3][0].pigments == scan.stratigraphies[3][0].pigments
    assert json.dumps(again.instrument.to_dict()) == json.dumps(scan.instrument.to_dict())


def test_spectra_have_the_counts_of_their_dose_and_the_axis_is_found(scan: Scan) -> None:
    read = measure(scan, LIBRARY, Condition(axis=True), seed=1)
    counted = read.counts[:, scan.counted].sum(axis=1)
    assert np.allclose(counted, read.dose, atol=6.0 * np.sqrt(read.dose))
    assert sorted(set(read.dose)) == list(COUNTS)
    true = scan.axes.true
    assert abs(float(read.calibration.energy(true.channel(6.0))) - 6.0) < 0.01
    stated = measure(scan, LIBRARY, Condition(axis=True, calibrated=False), seed=1)
    off = float(stated.calibration.energy(true.channel(0.0)))
    assert abs(off) == pytest.approx(OFF_KEV, abs=1e-4)
    assert np.array_equal(stated.counts, read.counts)


def test_pile_up_moves_its_share_of_the_counts_up(scan: Scan) -> None:
    plain, piled = (
        measure(scan, LIBRARY, Condition(pile_up=some, calibrated=False), 1).counts.sum(axis=0)
        for some in (False, True)
    )
    mean = float((plain * scan.axes.true.energy(np.arange(len(plain)))).sum() / plain.sum())
    more = float((piled * scan.axes.true.energy(np.arange(len(plain)))).sum() / piled.sum())
    # records are fewer by the share that joined others, and the energy is the same
    assert more / mean == pytest.approx(1.0 / (1.0 - PILE_UP), abs=0.25 * PILE_UP)


def test_own_lines_stand_where_they_should(scan: Scan) -> None:
    energy = scan.axes.true.energy(np.arange(len(scan.more_lines)))
    assert 0.0 < scan.more_lines.sum() < 0.02
    inside = (energy > 4.0) & (energy < 10.2)
    assert scan.more_lines[inside].sum() > 0.9 * scan.more_lines.sum()


def test_blended_pixels_hold_what_their_parts_hold(scan: Scan) -> None:
    plain = measure(scan, LIBRARY, Condition(calibrated=False), 1).labels
    blended = measure(scan, LIBRARY, Condition(blended=True, calibrated=False), 1).labels
    assert (blended.truth.anywhere >= plain.truth.anywhere).all()
    assert blended.truth.anywhere.sum() > plain.truth.anywhere.sum()


def test_descent_finds_the_non_negative_solution() -> None:
    random = np.random.default_rng(3)
    shapes = random.random((4, 30))
    amount = np.array([[2.0, 0.0, 1.0, 0.0], [0.0, 3.0, 0.0, 0.0]]).T
    counts = shapes.T @ amount
    free = np.ones((4, 2), dtype=np.bool_)
    start = np.zeros((4, 2))
    found = descend(start, shapes @ shapes.T, shapes @ counts, free, sweeps=3000)
    assert np.allclose(found, amount, atol=1e-3)
    free[0, 0] = False
    without = descend(start, shapes @ shapes.T, shapes @ counts, free, sweeps=3000)
    assert without[0, 0] == 0.0 and without[1:, 0].min() >= 0.0
    assert np.allclose(without[:, 1], found[:, 1])


def judged_by_hand() -> tuple[Situation, np.ndarray]:
    stratigraphies = [
        (
            paint_layer(LIBRARY, "paint", 15.0, {"zinc-white": 1.0}),
            paint_layer(LIBRARY, "paint", 10.0, {"vermilion": 1.0}),
        ),
        (paint_layer(LIBRARY, "paint", 10.0, {"vermilion": 0.01, "zinc-white": 0.99}),),
    ]
    labels = joined_labels([labels_of(stratigraphies, LIBRARY)] * 2)
    dose = np.array([3_000.0, 3_000.0, 30_000.0, 30_000.0])
    limit = np.full((2, len(RIVALS), 3, len(LIBRARY.groups), len(COUNTS)), np.nan)
    root = np.sqrt(np.array(COUNTS) / 30_000.0)
    for rivals, D in enumerate((8.0, 4.0, 2.0)):
        limit[0, rivals, :, GROUP["mercury-sulfide"]] = D * root
    which = np.array([0, 1, 0, 1])
    return Situation(labels, dose, which, np.zeros((1, 2)), 0 * which, ("one 1",)), limit


def test_splits_hold_the_right_cases() -> None:
    situation, limit = judged_by_hand()
    found = {split.name: int(split.there.sum()) for split in splits(situation, limit)}
    assert found["anywhere"] == 8
    assert found["buried"] == 2 and found["buried, beneath 10 to 25 um"] == 2
    assert found["top, under 2 % of the layer"] == 2
    assert found["buried, 3,000 counts"] == 1
    # D is 8 at 30,000 counts, and 8 times the root of a tenth at 3,000
    assert found["buried, D 5 to 10"] == 1 and found["buried, D under 3"] == 1
    assert found["buried, D 3 to 5, pixel uneven"] == 1
    assert found["buried, D under 3, pixel uneven"] == 1
    assert found["buried, D under 3, strengths unsure"] == 2


def test_recall_over_the_ideal_is_that_of_the_called_cases() -> None:
    situation, limit = judged_by_hand()
    called = np.zeros((4, 3, len(LIBRARY.groups)), dtype=bool)
    called[2, :, GROUP["mercury-sulfide"]] = True
    answers = Answers(called.astype(np.float32), seconds=0.0)
    judged = Judged(answers, situation, called, np.ones(called.shape[1:], dtype=bool))
    table = recalls(judged, limit, draws(situation, 50, 1))
    assert table["buried"]["recall"]["value"] == pytest.approx(0.5)
    assert table["buried, D 5 to 10"]["over_ideal"]["value"] == pytest.approx(1.0, abs=1e-6)
    assert table["anywhere, 3,000 counts"]["recall"]["value"] == 0.0
    assert set(POSITIONS) <= set(table)
