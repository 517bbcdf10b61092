"""A scan is seen as a whole before its pixels are named, and what each says by itself is kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from board_builder import build_board_scan
from underpaint.cli.app import app
from underpaint.errors import WeightsError
from underpaint.identify import Plan, make_plan, read_block, run
from underpaint.identify.whole_scan import MOST_PIXELS, see_whole, spread_spans
from underpaint.network import (
    ScanReader,
    ScanShape,
    Weights,
    WholeScan,
    find_weights,
    load_weights,
    read_whole,
    save_weights,
)
from underpaint.network.predict import Predictions
from underpaint.paint import load_library, parse_palette
from underpaint.result import SINGLE_MAPS, read_result
from underpaint.scan import summarise

LIBRARY = load_library()


@contextmanager
def quietly(_words: str, _rows: int) -> Iterator[object]:
    yield lambda _done: None


@pytest.fixture(scope="module")
def weights() -> Weights:
    return load_weights(find_weights("spectrum-15-small"), LIBRARY)


@pytest.fixture(scope="module")
def plan(weights: Weights) -> Plan:
    """Of the board, to be read in the light of it by a network that has learnt nothing."""
    torch.manual_seed(5)
    reader = ScanReader(ScanShape(len(LIBRARY.groups), len(LIBRARY.families), 16, 1)).eval()
    torch.nn.init.normal_(reader.moved.weight, std=0.2)
    scan = build_board_scan()
    whole = replace(weights, whole=WholeScan(reader, weights.rules))
    palette = parse_palette(None, LIBRARY)
    made = make_plan(scan, summarise(scan), LIBRARY, whole, palette, None)
    return seen(replace(made, arithmetic=torch.float32))


def seen(plan: Plan) -> Plan:
    with ThreadPoolExecutor(2) as executor:
        return see_whole(build_board_scan(), plan, executor, quietly)


def test_pixels_are_read_in_the_light_of_all_and_by_themselves(plan: Plan) -> None:
    counts = build_board_scan().read(slice(0, 8))
    alone = read_block(replace(plan, context=None), 0, counts).maps
    light = read_block(plan, 0, counts).maps
    assert alone.single_probability is None
    for name, own in zip(SINGLE_MAPS, ("probability", "top", "buried", "ground"), strict=True):
        np.testing.assert_array_equal(getattr(light, name), getattr(alone, own))
        assert np.abs(getattr(light, own) - getattr(alone, own)).max() > 0.01
    np.testing.assert_array_equal(light.amount, alone.amount)


def test_what_a_small_scan_says_is_what_all_its_pixels_say(plan: Plan) -> None:
    whole = plan.weights.whole
    scan = build_board_scan()
    assert whole is not None and scan.shape[0] * scan.shape[1] < MOST_PIXELS
    light = read_block(plan, 0, scan.read(slice(0, scan.shape[0]))).maps
    flat = {name: array.reshape(len(array), -1).T for name, array in light.arrays.items()
            if name != "binned"}  # fmt: skip
    single = Predictions(
        np.stack([flat[name] for name in SINGLE_MAPS], axis=1),
        # what is said of families by themselves is not kept; they are taken from a plan without
        read_block(replace(plan, context=None), 0, scan.read(slice(0, scan.shape[0])))
        .maps.family.reshape(len(LIBRARY.families), -1).T,
        flat["amount"], flat["amount_sigma"],
    )  # fmt: skip
    dose = light.binned.reshape(len(single.amount), -1) @ plan.measured.astype(np.float32)
    again = read_whole(whole.reader, single, dose, plan.palette_mask, LIBRARY.membership)
    np.testing.assert_allclose(again.probability[:, 0], flat["probability"], atol=1e-4)
    np.testing.assert_allclose(again.family, flat["family"], atol=1e-4)


def test_a_large_scan_is_seen_by_rows_spread_over_it() -> None:
    for height, width in ((1, 5), (30, 40), (5_000, 3), (2_000, 1_000), (7, 100_000)):
        spans = spread_spans(height, width)
        rows = [row for span in spans for row in range(span.start, span.stop)]
        assert rows == sorted(set(rows)) and rows[-1] < height
        if height * width <= MOST_PIXELS:
            assert len(rows) == height
        else:
            assert len(rows) * width <= max(1.02 * MOST_PIXELS, width)
            least = -(-height // len(spans))
            assert rows[0] <= least and height - rows[-1] <= least + 1


def test_pixels_without_counts_say_nothing_of_the_scan(plan: Plan) -> None:
    scan = build_board_scan()
    counts = np.concatenate([scan.read(slice(0, scan.shape[0])), np.zeros_like(scan.counts[:9])])
    with ThreadPoolExecutor(1) as executor:
        other = see_whole(replace(scan, counts=counts), replace(plan, context=None), executor,
                          quietly)  # fmt: skip
        assert other.context is not None and plan.context is not None
        torch.testing.assert_close(other.context.context, plan.context.context)
        nothing = replace(scan, counts=np.zeros_like(counts))
        assert see_whole(nothing, replace(plan, context=None), executor, quietly).context is None


def test_weights_that_read_single_pixels_only_are_refused(plan: Plan) -> None:
    with pytest.raises(WeightsError, match="leave out --adapt, or use other weights"):
        seen(replace(plan, weights=replace(plan.weights, whole=None)))


def test_they_are_refused_before_the_scan_is_read(
    weights: Weights, board: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "alone.safetensors"
    save_weights(replace(weights, whole=None), alone)
    monkeypatch.setattr(run, "summarise", lambda *_, **__: pytest.fail("the scan was read"))
    asked = [
        "identify",
        str(board),
        "-o",
        str(tmp_path / "out"),
        "--adapt",
        "--weights",
        str(alone),
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 3 and "leave out --adapt" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_command_keeps_both_readings(board: Path, tmp_path: Path) -> None:
    arguments = ["identify", str(board), "-o", str(tmp_path / "out"), "--adapt"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    found = read_result(tmp_path / "out")
    assert found.frame.as_whole and found.single_probability is not None
    assert found.provenance["options"]["adapt"] is True
    assert any("in the light of the whole scan" in note for note in found.notes)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "each pixel in the light of the whole scan" in page
    assert "Each pixel by itself, anywhere" in page
    assert "wrong names come together" in page
    plain = CliRunner().invoke(app, [*arguments[:-2], str(tmp_path / "plain")])
    assert plain.exit_code == 0, plain.output
    single = read_result(tmp_path / "plain")
    np.testing.assert_allclose(found.single_probability[...], single.probability[...], atol=1e-6)
    assert single.single_probability is None and not single.frame.as_whole


def test_a_run_by_single_pixels_is_not_resumed_as_a_whole(board: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert CliRunner().invoke(app, ["identify", str(board), "-o", str(out)]).exit_code == 0
    again = CliRunner().invoke(app, ["identify", str(board), "-o", str(out), "--adapt", "--resume"])
    assert again.exit_code == 2 and "exists" in again.stderr
