"""A block of rows: the same whichever way it is cut, with the spectra of what it names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from board_builder import build_board_scan
from underpaint.identify import Plan, blocks, make_plan, read_block, sum_called
from underpaint.identify.summary import tally
from underpaint.network import CANNOT_TELL, PRESENT, find_weights, load_weights
from underpaint.paint import load_library, parse_palette
from underpaint.scan import summarise
from underpaint.spectrum import rebin


@pytest.fixture(scope="module")
def plan() -> Plan:
    library, scan = load_library(), build_board_scan()
    weights = load_weights(find_weights(None), library)
    seen = summarise(scan)
    made = make_plan(scan, seen, library, weights, parse_palette(None, library), None)
    return replace(made, arithmetic=torch.float32)


def test_the_number_of_spectra_at_once_changes_nothing(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = build_board_scan().read(slice(0, 8))
    whole = read_block(plan, 0, counts).maps
    monkeypatch.setattr(blocks, "SPECTRA_AT_ONCE", 7)
    parts = read_block(plan, 0, counts).maps
    np.testing.assert_allclose(parts.probability, whole.probability, atol=1e-4)
    np.testing.assert_allclose(parts.amount, whole.amount, rtol=1e-3)
    np.testing.assert_array_equal(parts.binned, whole.binned)


def test_coarser_arithmetic_tells_nearly_the_same(plan: Plan) -> None:
    counts = build_board_scan().read(slice(0, 8))
    fine = read_block(plan, 0, counts).maps
    coarse = read_block(replace(plan, arithmetic=torch.bfloat16), 0, counts).maps
    assert np.abs(coarse.probability - fine.probability).max() < 0.05
    assert np.abs(coarse.probability - fine.probability).mean() < 0.001
    assert (coarse.verdict != fine.verdict).mean() < 0.005


def test_called_spectra_are_those_of_the_pixels_called_present(plan: Plan) -> None:
    counts = build_board_scan().read(slice(0, 8))
    halves = [read_block(plan, y, counts[y : y + 4]) for y in (0, 4)]
    groups, families = sum_called((half.called for half in halves), len(plan.library.groups))
    verdict = np.concatenate([half.maps.verdict for half in halves], axis=1)
    for index, spectrum in enumerate(groups.spectra):
        called = verdict[index] == PRESENT
        assert groups.pixels[index] == called.sum()
        np.testing.assert_allclose(spectrum, counts[called].sum(axis=0), rtol=1e-5)
    assert len(families.spectra) == len(plan.library.families)
    assert families.pixels.max() == verdict[0].size


def test_bins_are_those_of_the_counts(plan: Plan) -> None:
    counts = build_board_scan().read(slice(0, 2))
    found = read_block(plan, 0, counts).maps.binned
    np.testing.assert_allclose(found, rebin(counts, plan.calibration, plan.bins), rtol=1e-6)


def test_nothing_is_told_of_pixels_without_counts(plan: Plan) -> None:
    counts = build_board_scan().read(slice(0, 4)).copy()
    counts[1, 3] = 0
    counts[2] = 0
    found = read_block(plan, 0, counts).maps
    empty = counts.sum(axis=2) == 0
    assert empty.sum() == counts.shape[1] + 1
    for name in ("probability", "top", "buried", "ground", "amount", "family", "element_counts"):
        np.testing.assert_array_equal(
            np.isnan(getattr(found, name)), np.broadcast_to(empty, getattr(found, name).shape)
        )
    for verdict in (found.verdict, found.verdict_top, found.verdict_buried, found.verdict_family):
        assert (verdict[:, empty] == CANNOT_TELL).all()


def test_shares_are_those_of_the_pixels_that_have_counts(plan: Plan) -> None:
    counts = build_board_scan().read(slice(0, 4)).copy()
    whole = tally([read_block(plan, 0, counts).maps], plan.library.membership)
    more = np.concatenate([counts, np.zeros_like(counts)])
    found = tally([read_block(plan, 0, more).maps], plan.library.membership)
    assert found.pixels == whole.pixels
    for name in ("present", "unsure", "family_unsure", "together", "amount", "variance"):
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name), rtol=1e-5)
