"""Sums of two photons: how many, where, and how they grow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from underpaint.spectrum import standard_bins
from underpaint.xray.pileup import PileUp

BINS = standard_bins()
CENTRES = torch.from_numpy(BINS.centres)
PILE_UP = PileUp(torch.tensor(BINS.edges))
ENERGIES = st.floats(1.0, 20.0)


def lines(*peaks: tuple[float, float]) -> Tensor:
    """A spectrum of single bins, (1, bin), counts at energies in keV."""
    spectrum = torch.zeros(1, len(BINS), dtype=torch.float64)
    for energy, counts in peaks:
        spectrum[0, int(np.searchsorted(BINS.edges, energy)) - 1] += counts
    return spectrum


def centre_of(energy_kev: float) -> float:
    return float(BINS.centres[int(np.searchsorted(BINS.edges, energy_kev)) - 1])


@given(first=ENERGIES, second=ENERGIES)
def test_sums_stand_at_the_sum_of_the_energies(first: float, second: float) -> None:
    both = PILE_UP.sums(lines((first, 0.5), (second, 0.5)))[0]
    alone = 0.25 * (PILE_UP.sums(lines((first, 1.0))) + PILE_UP.sums(lines((second, 1.0))))[0]
    mixed = both - alone
    assert float(mixed.sum()) == pytest.approx(0.5, abs=1e-9)
    place = float((mixed * CENTRES).sum() / mixed.sum())
    assert place == pytest.approx(centre_of(first) + centre_of(second), abs=0.02)


@given(first=ENERGIES, second=ENERGIES, share=st.floats(0.0, 1.0))
def test_as_many_sums_as_pairs(first: float, second: float, share: float) -> None:
    spectrum = lines((first, share), (second, 1.0 - share))
    assert float(PILE_UP.sums(spectrum).sum()) == pytest.approx(1.0, abs=1e-9)


@given(energy=ENERGIES, factor=st.floats(0.1, 10.0))
def test_sums_grow_with_the_square_of_the_spectrum(energy: float, factor: float) -> None:
    spectrum = lines((energy, 0.7), (5.0, 0.3))
    torch.testing.assert_close(
        PILE_UP.sums(factor * spectrum), factor**2 * PILE_UP.sums(spectrum), rtol=1e-9, atol=1e-9
    )


def test_lead_sums_fall_where_cadmium_and_tin_shine() -> None:
    sums = PILE_UP.sums(lines((10.55, 0.5), (12.61, 0.5)))[0]
    share = [float(sums[(CENTRES - e).abs() < 0.3].sum()) for e in (21.10, 23.16, 25.22)]
    assert share == pytest.approx([0.25, 0.5, 0.25], abs=1e-6)


@given(share=st.floats(0.0, 0.05))
def test_two_counts_are_lost_for_each_sum(share: float) -> None:
    spectrum = lines((6.4, 600.0), (10.55, 400.0))
    piled = PILE_UP.apply(spectrum, share)
    assert float(piled.sum()) == pytest.approx(1000.0 * (1.0 - share), rel=1e-9)
    # Fe + Fe, Fe + Pb, Pb + Pb
    sums = piled[0, CENTRES > 11.5].sum()
    assert float(sums) == pytest.approx(1000.0 * share, abs=1e-6)


def test_sums_beyond_the_last_bin_are_out_of_sight() -> None:
    assert float(PILE_UP.sums(lines((40.0, 1.0))).sum()) == pytest.approx(0.0, abs=1e-9)


def test_an_empty_spectrum_stays_empty() -> None:
    assert not PILE_UP.apply(torch.zeros(2, len(BINS), dtype=torch.float64), 0.02).any()
