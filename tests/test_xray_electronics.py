"""Dead time, the zero peak, and pile-up that follows every sample's own count rate."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from measured_spectra import Measured, read_emsa, read_spx
from underpaint.spectrum import FWHM_PER_SIGMA, standard_bins
from underpaint.xray import Instrument
from underpaint.xray.electronics import (
    live_share,
    pile_up_share,
    record,
    relative_rates,
    zero_peak,
)
from underpaint.xray.pileup import PileUp

FROM_ZERO = torch.arange(-0.505, 45.0, 0.01, dtype=torch.float64)
PILE_UP = PileUp(FROM_ZERO)
CENTRES = 0.5 * (FROM_ZERO[1:] + FROM_ZERO[:-1])
BUSY = Instrument(count_rate_kcps=30.0, pulse_pair_us=0.5, dead_time_us=4.0)
RATES = st.floats(0.0, 5.0)


def spectra(*counts: float) -> Tensor:
    """Samples of iron, each of so many counts, (sample, bin)."""
    shape = torch.exp(-0.5 * ((CENTRES - 6.4) / 0.06) ** 2)
    return torch.tensor(counts, dtype=torch.float64)[:, None] * shape / shape.sum()


def rates(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_nothing_stated_changes_nothing() -> None:
    before = spectra(10.0, 1000.0)
    assert torch.equal(record(before, Instrument(), PILE_UP), before)


@given(rate=RATES, dead_us=st.floats(0.0, 10.0))
def test_counts_recorded_are_those_of_a_paralysable_counter(rate: float, dead_us: float) -> None:
    instrument = BUSY.but(dead_time_us=dead_us)
    recorded = float(record(spectra(1000.0), instrument, PILE_UP, rates(rate)).sum())
    expected = math.exp(-30e3 * rate * max(dead_us, 0.5) * 1e-6)
    assert float(live_share(instrument, rates(rate))) == pytest.approx(expected, rel=1e-9)
    # seven photons of iron and more are beyond 45 keV
    assert recorded == pytest.approx(1000.0 * expected, rel=1e-6)


def test_a_brighter_sample_piles_up_more_and_is_recorded_less() -> None:
    before = spectra(50.0, 100.0, 200.0)
    relative = relative_rates(before)
    torch.testing.assert_close(relative, rates(3 / 7, 6 / 7, 12 / 7))
    after = record(before, BUSY, PILE_UP, relative)
    sums = after[:, (CENTRES > 12.0) & (CENTRES < 13.6)].sum(dim=1) / after.sum(dim=1)
    shares = pile_up_share(BUSY, relative)[:, 0]
    torch.testing.assert_close(sums, shares * (1.0 - shares), rtol=1e-3, atol=0.0)
    kept = after.sum(dim=1) / before.sum(dim=1)
    assert torch.all(kept.diff() < 0.0)


def test_the_mean_rate_is_what_the_instrument_states() -> None:
    share = float(pile_up_share(BUSY, rates(1.0)))
    assert share == pytest.approx(float(BUSY.pile_up), rel=1e-12)
    torch.testing.assert_close(
        record(spectra(5.0), BUSY, PILE_UP), record(spectra(5.0), BUSY, PILE_UP, rates(1.0))
    )


def test_zero_peak_is_as_wide_as_the_noise_and_the_same_for_faint_and_bright() -> None:
    instrument = Instrument(zero_peak=0.3, noise=0.08)
    before = spectra(50.0, 200.0)
    added = record(before, instrument, PILE_UP, rates(0.5, 2.0)) - before
    assert added.sum(dim=1).tolist() == pytest.approx([30.0, 30.0])
    assert float((added[0] * CENTRES).sum()) == pytest.approx(0.0, abs=1e-9)
    sigma = float((added[0] * CENTRES**2).sum() / added[0].sum()) ** 0.5
    assert sigma == pytest.approx(0.08 / FWHM_PER_SIGMA, rel=0.01)


def test_zero_peak_is_out_of_sight_where_no_bin_reaches_it() -> None:
    edges = torch.tensor(standard_bins().edges)
    assert float(zero_peak(Instrument(zero_peak=0.3), edges).sum()) < 1e-12


def test_dark_samples_stay_finite() -> None:
    instrument = BUSY.but(zero_peak=0.1)
    dark = record(spectra(0.0, 10.0), instrument, PILE_UP, rates(0.0, 2.0))
    assert torch.isfinite(dark).all()
    assert not dark[0].any()


def test_figures_of_the_electronics_carry_gradients() -> None:
    edges = torch.arange(-0.3, 16.0, 0.1, dtype=torch.float64)
    pile_up = PileUp(edges)
    centres = 0.5 * (edges[1:] + edges[:-1])
    before = torch.exp(-0.5 * ((centres - torch.tensor([[6.4], [5.0]])) / 0.1) ** 2)
    names = ("count_rate_kcps", "pulse_pair_us", "dead_time_us", "zero_peak", "noise")

    def recorded(relative: Tensor, *figures: Tensor) -> Tensor:
        instrument = Instrument().but(**dict(zip(names, figures, strict=True)))
        return record(before, instrument, pile_up, relative)

    figures = [
        torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for value in (30.0, 0.8, 4.0, 0.1, 0.09)
    ]
    relative = rates(0.7, 1.3).requires_grad_()
    assert torch.autograd.gradcheck(recorded, (relative, *figures))


def dead_times(spectrum: Measured, live: float) -> tuple[float, float]:
    """Dead time of a paralysable and of a non-paralysable counter with that live share, us."""
    rate = spectrum.photons / (spectrum.real_s * live) * 1e-6
    return -math.log(live) / rate, (1.0 / live - 1.0) / rate


def test_one_paralysable_dead_time_fits_measured_live_times(shared_data: Path) -> None:
    """Of an XGT-7200 at 16 to 26 thousand photons a second; a non-paralysable one does not."""
    found = []
    for name in ("Ti", "Fe", "Cu", "Zn", "stainless steel"):
        spectrum = read_emsa(shared_data / "horiba-xgt" / f"{name}.txt")
        found.append(dead_times(spectrum, spectrum.live_s / spectrum.real_s))
    paralysable, other = np.array(found).T
    assert np.ptp(paralysable) / paralysable.mean() < 0.01
    assert np.ptp(other) / other.mean() > 0.05
    instrument = Instrument(dead_time_us=float(paralysable.mean()), count_rate_kcps=1.0)
    for name in ("cubic zirconia", "NIST 2586"):
        spectrum = read_emsa(shared_data / "horiba-xgt" / f"{name}.txt")
        rate = rates(spectrum.photons / spectrum.live_s * 1e-3)
        measured = spectrum.live_s / spectrum.real_s
        assert float(live_share(instrument, rate)) == pytest.approx(measured, abs=0.015)


def test_a_clock_s_counts_are_lost_like_photons_and_as_wide_as_the_noise(
    shared_data: Path,
) -> None:
    """A Bruker asks for a record 10,000 times a second; the share it gets is the live share.

    One tube and one sample behind filters, 2 to 26 thousand photons a second.
    """
    folder = shared_data / "nist-m4" / "acrylic_scatter"
    files = sorted(folder.glob("*Rh*.spx"))
    measured = [read_spx(path) for path in files]
    live = [each.zero_counts / (10_000.0 * each.real_s) for each in measured]
    dead = [dead_times(each, share)[0] for each, share in zip(measured, live, strict=True)]
    mean = float(np.mean(dead))
    instrument = Instrument(dead_time_us=mean, count_rate_kcps=1.0)
    for each, share in zip(measured, live, strict=True):
        rate = each.photons / (each.real_s * share) * 1e-3
        assert float(live_share(instrument, rates(rate))) == pytest.approx(share, abs=0.004)
    assert min(live) < 0.94
    for each in measured:
        zero = each.energy_kev < 0.2
        at, counts = each.energy_kev[zero], each.counts[zero]
        centre = (at * counts).sum() / counts.sum()
        spread = math.sqrt((counts * (at - centre) ** 2).sum() / counts.sum())
        # what the file states: sigma^2 = 0.0010246 keV^2 at 0 keV
        assert centre == pytest.approx(0.0, abs=0.01)
        assert spread == pytest.approx(math.sqrt(0.0010246), rel=0.06)


def test_a_pixel_too_bright_to_be_recorded_is_empty() -> None:
    recorded = record(spectra(1.0, 1.0).float(), BUSY, PileUp(FROM_ZERO.float()), rates(1.0, 2e4))
    assert torch.isfinite(recorded).all()
    assert float(recorded[1].sum()) < 1e-6 < float(recorded[0].sum())
