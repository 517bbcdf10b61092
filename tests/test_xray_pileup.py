"""Sums of photons: how many, where, how they grow, and whether photons one by one give the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from measured_spectra import read_emsa
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


@given(share=st.floats(0.0, 0.3))
def test_records_of_one_two_and_three_photons_have_their_shares(share: float) -> None:
    spectrum = lines((6.4, 1000.0))
    piled = PILE_UP.apply(spectrum, share)[0]
    alone, twos, threes = (
        float(piled[(CENTRES - k * 6.4).abs() < 0.4].sum()) / 1000.0 for k in (1, 2, 3)
    )
    assert alone == pytest.approx((1.0 - share) ** 2, rel=1e-9)
    assert twos == pytest.approx((1.0 - share) ** 2 * share, abs=1e-6)
    assert threes == pytest.approx((1.0 - share) ** 2 * share**2, abs=1e-6)
    # seven photons and more are beyond the last bin
    assert float(piled.sum()) == pytest.approx(1000.0 * (1.0 - share), rel=1e-9 + share**7)


def test_every_sample_piles_up_by_its_own_share() -> None:
    spectrum = lines((6.4, 600.0), (10.55, 400.0))
    shares = torch.tensor([[0.0], [0.01], [0.05]], dtype=torch.float64)
    together = PILE_UP.apply(spectrum.expand(3, -1), shares)
    for row, share in zip(together, shares[:, 0].tolist(), strict=True):
        torch.testing.assert_close(row, PILE_UP.apply(spectrum, share)[0])
    torch.testing.assert_close(together[0], spectrum[0])


def test_gradients_reach_the_spectrum_and_the_share() -> None:
    small = PileUp(torch.arange(0.0, 8.0, 0.25, dtype=torch.float64))
    generator = torch.Generator().manual_seed(3)
    spectrum = torch.rand(2, 31, dtype=torch.float64, generator=generator).requires_grad_()
    share = torch.tensor([[0.02], [0.2]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(small.apply, (spectrum, share))


def photons_one_by_one(
    shares: dict[float, float],
    rate_per_us: float,
    pulse_pair_us: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], int]:
    """Energies of the records that photons arriving at random leave, and how many photons came."""
    photons = 4_000_000
    gaps = rng.exponential(1.0 / rate_per_us, photons)
    energies = rng.choice(list(shares), size=photons, p=list(shares.values()))
    starts = np.flatnonzero(np.concatenate([[True], gaps[1:] > pulse_pair_us]))
    return np.add.reduceat(energies, starts), photons


@pytest.mark.parametrize("pulse_pair_us", [0.3, 2.0])
def test_photons_one_by_one_give_the_same_sum_peaks(
    pulse_pair_us: float, rng: np.random.Generator
) -> None:
    """Ca, Fe and Pb lines at 40,000 photons a second: 1.2 and 7.7 % pile up."""
    shares = {3.69: 0.35, 6.40: 0.25, 10.55: 0.25, 12.61: 0.15}
    records, photons = photons_one_by_one(shares, 0.04, pulse_pair_us, rng)
    share = -np.expm1(-0.04 * pulse_pair_us)
    piled = PILE_UP.apply(lines(*shares.items()), float(share))[0] * photons
    energies = list(shares)
    twos = [a + b for i, a in enumerate(energies) for b in energies[i:]]
    threes = [2 * 3.69 + 6.40, 2 * 3.69 + 10.55, 3.69 + 2 * 6.40]
    checked = 0
    for place in (*energies, *twos, *threes):
        drawn = np.count_nonzero(np.abs(records - place) < 0.16)
        expected = float(piled[(CENTRES - place).abs() < 0.16].sum())
        crowd = [e for e in (*energies, *twos, *threes) if 0.0 < abs(e - place) < 0.45]
        if crowd:
            continue
        assert abs(drawn - expected) < 4.0 * np.sqrt(expected) + 1e-3 * expected
        checked += 1
    assert checked >= 10
    assert len(records) == pytest.approx(float(piled.sum()), rel=1e-3)


METALS = {"Fe": (6.4005, 7.055), "Cu": (8.0395, 8.900), "Zn": (8.6285, 9.566)}
# from Ka + Ka of copper alone; the other sum peaks check it
PULSE_PAIR_US = 0.374


@pytest.mark.parametrize("name", METALS)
def test_measured_sum_peaks_follow_from_measured_lines(name: str, shared_data: Path) -> None:
    """Pure metals in an XGT-7200 at 20 to 23 thousand photons a second, one pulse-pair time."""
    spectrum = read_emsa(shared_data / "horiba-xgt" / f"{name}.txt")
    ka, kb = METALS[name]
    at = spectrum.energy_kev
    gain = at[1] - at[0]
    pile_up = PileUp(torch.from_numpy(np.append(at - 0.5 * gain, at[-1] + 0.5 * gain)))
    share = float(-np.expm1(-spectrum.photons / spectrum.live_s * 1e-6 * PULSE_PAIR_US))
    photons = np.where((at > 0.4) & (at < kb + 0.6), spectrum.counts, 0.0) / (1.0 - share) ** 2
    piled = pile_up.apply(torch.from_numpy(photons)[None], share)[0].numpy()

    def peaks(counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        # resolution of this detector: noise 68 eV, Fano 0.12; sums are as wide as their energy asks
        places = [2 * ka, ka + kb, 2 * kb]
        widths = [float(np.sqrt(0.068**2 + 0.00256 * place)) for place in places]
        return replace(spectrum, counts=counts).peaks(
            places, widths, (2 * ka - 0.8, 2 * kb + 0.5), 1
        )

    found, sigmas = peaks(spectrum.counts)
    expected, _ = peaks(piled)
    # Ka + Ka stands 45 sigma high or more, Ka + Kb 25
    assert np.all(found[:2] > 25.0 * sigmas[:2])
    assert np.all(np.abs(found - expected) < 3.0 * sigmas + 0.02 * expected)


def test_sums_beyond_the_last_bin_are_out_of_sight() -> None:
    assert float(PILE_UP.sums(lines((40.0, 1.0))).sum()) == pytest.approx(0.0, abs=1e-9)


def test_an_empty_spectrum_stays_empty() -> None:
    assert not PILE_UP.apply(torch.zeros(2, len(BINS), dtype=torch.float64), 0.02).any()
