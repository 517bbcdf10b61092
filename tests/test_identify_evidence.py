"""The lines behind a name: none is confirmed by noise that its own pixels were chosen for."""

from __future__ import annotations

import numpy as np
import pytest

from board_builder import build_board_scan
from underpaint.identify import Called, make_plan, selection_bias, support
from underpaint.identify.evidence import Support, with_members
from underpaint.network import find_weights, load_weights
from underpaint.paint import load_library, parse_palette
from underpaint.scan import summarise
from underpaint.spectrum import FWHM_PER_SIGMA


def test_selection_bias_is_what_the_noisiest_pixels_add_up_to(rng: np.random.Generator) -> None:
    noise = np.sort(rng.normal(size=200_000))[::-1]
    for chosen in (200, 4_000, 100_000):
        feigned = noise[:chosen].sum() / np.sqrt(chosen)
        assert selection_bias(chosen, len(noise)) == pytest.approx(feigned, rel=0.02)
    assert selection_bias(len(noise), len(noise)) == 0.0


def test_a_line_that_is_there_confirms_and_one_that_is_not_does_not() -> None:
    library = load_library()
    scan = build_board_scan()
    plan = make_plan(
        scan,
        summarise(scan),
        library,
        load_weights(find_weights(None), library),
        parse_palette(None, library),
        None,
    )
    counts = np.asarray(scan.counts, dtype=np.float64).reshape(-1, scan.shape[2])
    red = counts.reshape(*scan.shape)[:, :6].sum(axis=(0, 1))
    # tin is nowhere: its pixels are those in which noise stands highest at its line
    at_tin = np.abs(plan.calibration.energy(np.arange(scan.shape[2])) - 25.2) < 0.2
    noisiest = np.argsort(-counts[:, at_tin].sum(axis=1) / counts.sum(axis=1))[:8]
    called = Called(np.stack([red, counts[noisiest].sum(axis=0)]), np.array([48, 8]))
    mercury, tin = support(plan, called, [("Hg-L",), ("Sn-K|Sn-L",)], len(counts))
    assert mercury.confirmed and mercury.lines[0].sigma > 20.0
    assert not tin.confirmed and tin.missing == ("Sn-K|Sn-L",)


@pytest.mark.parametrize(("width", "confirmed"), [(1.0, True), (3.0, False)])
def test_a_peak_wider_than_lines_confirms_no_element(width: float, confirmed: bool) -> None:
    """As silicon diffracts one where chromium has its line."""
    library = load_library()
    scan = build_board_scan()
    weights = load_weights(find_weights(None), library)
    plan = make_plan(scan, summarise(scan), library, weights, parse_palette(None, library), None)
    energy = plan.calibration.energy(np.arange(scan.shape[2]))
    sigma = width * plan.calibration.fwhm(5.41) / FWHM_PER_SIGMA
    peak = np.exp(-0.5 * ((energy - 5.41) / sigma) ** 2)
    counts = np.asarray(scan.counts, dtype=np.float64).sum(axis=(0, 1)) + 3000.0 * peak
    called = Called(counts[None], np.array([scan.shape[0] * scan.shape[1]]))
    (chromium,) = support(plan, called, [("Cr-K",)], scan.shape[0] * scan.shape[1])
    assert chromium.confirmed == confirmed


def test_a_family_is_confirmed_by_its_own_lines_or_by_a_group_of_it() -> None:
    yes, no = Support(True, (), ()), Support(False, (), ("Si-K",))
    membership = np.array([[True, True, False], [False, True, True], [False, False, True]])
    found = with_members([no, no, yes], [yes, no, no], membership)
    assert [each.confirmed for each in found] == [True, False, True]
    assert found[0].missing == ("Si-K",)
