"""A spectrum's parts: they are all of it, and each is what its name says."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import (
    COMPTON,
    MULTIPLE,
    OWN_LINES,
    PILE_UP,
    RAYLEIGH,
    ZERO_PEAK,
    ForwardModel,
    Instrument,
    before_electronics,
    family_lines,
    make_stacks,
    spectrum_parts,
)
from underpaint.xray.tube_spectrum import TubeSpectrum

BINS = Bins(EnergyCalibration(0.0, 0.02).edges(2048))
VERMILION = {"Hg": 0.862, "S": 0.138}
CHALK = {"Ca": 0.4, "C": 0.12, "O": 0.48}
STACKS = make_stacks([[(VERMILION, 5e-3), (CHALK, 2e-2)], [(CHALK, 3e-2)]], torch.float64)
FULL = Instrument(
    kv=40.0,
    own_lines={"Cu": 0.002},
    count_rate_kcps=50.0,
    pulse_pair_us=0.4,
    view_cm=1.0,
    dead_time_us=3.0,
    zero_peak=0.02,
)
CLEAN = FULL.but(own_lines={}, count_rate_kcps=0.0, zero_peak=0.0)


def model_of(instrument: Instrument) -> ForwardModel:
    return ForwardModel(instrument, BINS, ("Hg", "S", "Ca", "Ar", "Cu"), torch.float64)


@pytest.mark.parametrize("instrument", [CLEAN, FULL])
def test_parts_add_up_to_the_expected_spectrum(instrument: Instrument) -> None:
    model = model_of(instrument)
    torch.testing.assert_close(
        spectrum_parts(model, STACKS).total, model.expected(STACKS), rtol=1e-9, atol=1e-30
    )


def test_without_pile_up_nothing_is_a_difference() -> None:
    # The model's own sum must agree with that of parts worked out one by one.
    model = model_of(FULL.but(count_rate_kcps=0.0, zero_peak=0.0))
    parts = spectrum_parts(model, STACKS)
    assert PILE_UP not in parts.others
    torch.testing.assert_close(parts.total, model.expected(STACKS), rtol=1e-9, atol=1e-30)
    torch.testing.assert_close(
        before_electronics(model, STACKS), parts.total, rtol=1e-9, atol=1e-30
    )


@pytest.mark.parametrize(("element", "family"), [("Hg", "L"), ("Ca", "K")])
def test_an_element_stands_at_its_own_lines(element: str, family: str) -> None:
    part = spectrum_parts(model_of(CLEAN), STACKS).elements[element][0].numpy()
    line = family_lines(element, family, 40.0)[0].line
    from_line = np.abs(BINS.centres - line.energy_kev) < 0.15
    assert BINS.centres[from_line][part[from_line].argmax()] == pytest.approx(
        line.energy_kev, abs=0.04
    )
    assert part[from_line].sum() > 0.1 * part.sum()


def test_an_element_carries_its_escape_peak() -> None:
    part = spectrum_parts(model_of(CLEAN), STACKS).elements["Ca"][1].numpy()
    energy = family_lines("Ca", "K", 40.0)[0].line.energy_kev - 1.740
    near = np.abs(BINS.centres - energy) < 0.06
    beside = np.abs(BINS.centres - energy - 0.3) < 0.06
    assert part[near].mean() > 3 * part[beside].mean() > 0.0


def test_what_is_not_in_a_sample_makes_nothing_there() -> None:
    parts = spectrum_parts(model_of(CLEAN), STACKS)
    assert float(parts.elements["Hg"][1].abs().max()) == 0.0
    assert "Cu" not in parts.elements
    assert "Ar" in parts.elements


def test_rayleigh_keeps_the_tube_line_and_compton_lowers_it() -> None:
    parts = spectrum_parts(model_of(CLEAN), STACKS)
    rayleigh, compton = (parts.others[name][1].numpy() for name in (RAYLEIGH, COMPTON))
    high = (BINS.centres > 17.0) & (BINS.centres < 21.5)
    line = family_lines("Rh", "K", 40.0)[0].line.energy_kev
    shifted = line / (1.0 + line / 510.999 * (1.0 - np.cos(np.deg2rad(135.0))))
    centres = BINS.centres[high]
    assert centres[rayleigh[high].argmax()] == pytest.approx(line, abs=0.04)
    assert centres[compton[high].argmax()] == pytest.approx(shifted, abs=0.15)


def test_pile_up_stands_at_sums_and_is_never_below_zero() -> None:
    parts = spectrum_parts(model_of(FULL), STACKS)
    pile_up = parts.others[PILE_UP]
    assert float(pile_up.min()) > -1e-12 * float(parts.total.max())
    calcium = family_lines("Ca", "K", 40.0)[0].line.energy_kev
    at_sum = np.abs(BINS.centres - 2 * calcium) < 0.1
    sums, single = (each[1].numpy()[at_sum].sum() for each in (pile_up, parts.elements["Ca"]))
    assert sums > 10 * single


def test_pile_up_holds_the_share_of_records_that_its_rate_gives() -> None:
    # Of a random train of photons, exp(-rate x time) start no joint record with the next.
    parts = spectrum_parts(model_of(FULL.but(zero_peak=0.0)), STACKS)
    joint = -np.expm1(-50e-3 * 0.4)
    share = parts.others[PILE_UP].sum(dim=1) / parts.total.sum(dim=1)
    np.testing.assert_allclose(share.numpy(), joint, rtol=0.05)


def test_the_zero_peak_stands_at_zero() -> None:
    part = spectrum_parts(model_of(FULL), STACKS).others[ZERO_PEAK]
    assert float(part[:, BINS.centres > 0.3].max()) < 1e-9 * float(part.max())
    assert (part.sum(dim=1) > 0.0).all()


def test_scatter_beyond_the_first_is_a_part_of_its_own() -> None:
    parts = spectrum_parts(model_of(CLEAN), STACKS)
    several = parts.others[MULTIPLE].sum(dim=1)
    once = parts.others[RAYLEIGH].sum(dim=1) + parts.others[COMPTON].sum(dim=1)
    assert (several > 0.0).all() and (several < once).all()


def test_the_scanner_has_the_share_of_counts_that_it_states() -> None:
    parts = spectrum_parts(model_of(FULL.but(count_rate_kcps=0.0, zero_peak=0.0)), STACKS)
    own = parts.others[OWN_LINES].sum(dim=1)
    others = parts.total.sum(dim=1) - own
    torch.testing.assert_close(own / others, torch.full_like(own, 0.002), rtol=1e-6, atol=0.0)


def test_parts_carry_gradients() -> None:
    mass = STACKS.mass_thickness.clone().requires_grad_(True)
    stacks = type(STACKS)(STACKS.fractions, mass)
    spectrum_parts(model_of(CLEAN), stacks).elements["Hg"].sum().backward()
    assert mass.grad is not None and float(mass.grad[0, 0]) > 0.0


def test_shares_of_the_elements_are_those_of_monte_carlo(shared_data: Path) -> None:
    # XMI-MSIM (Schoonjans et al. 2012, doi 10.1016/j.sab.2012.03.011) tells each line's counts,
    # of all interactions; its detector has no tail and no shelf, and its tube is given.
    path = shared_data / "xmimsim" / "dev-rh40.h5"
    if not path.is_file():
        pytest.skip("the Monte Carlo spectra are not beside the project")
    with h5py.File(path) as file:
        described = json.loads(file.attrs["instrument"])
        stacks = [json.loads(text)["layers"] for text in file["stacks"].asstr()]
        counted = [json.loads(text) for text in file["lines"].asstr()]
    tube, geometry, detector = (described[key] for key in ("tube", "geo", "det"))
    instrument = Instrument(
        kv=described["kv"], path_in_cm=0.0, path_out_cm=geometry["exit_air_cm"], view_cm=0.0,
        incidence_deg=geometry["incidence_deg"], take_off_deg=geometry["takeoff_deg"],
        crystal_um=detector["si_cm"] * 1e4, detector_window_um=detector["be_cm"] * 1e4,
        dead_layer_um=0.0, noise=detector["noise"], fano=detector["fano"], tail=0.0, shelf=0.0,
        tube_spectrum=TubeSpectrum(
            tuple((energy, photons) for energy, photons in tube["continuum"]),
            tuple((energy, photons) for energy, photons in tube["discrete"]),
        ),
    )  # fmt: skip
    samples = [
        [
            (each["weight_fractions"], each["thickness_um"] * 1e-4 * each["density_g_cm3"])
            for each in layers
        ]
        for layers in stacks
    ]
    held = {element for layers in samples for fractions, _ in layers for element in fractions}
    bins = Bins(EnergyCalibration(0.0, 0.01).edges(4096))
    model = ForwardModel(instrument, bins, tuple(held), torch.float64)
    parts = spectrum_parts(model, make_stacks(samples, torch.float64)).elements

    deviations = []
    for i, lines in enumerate(counted):
        theirs: dict[str, float] = {}
        for element, _, energy_kev, counts in lines:
            if energy_kev > 0.95:
                theirs[element] = theirs.get(element, 0.0) + sum(counts.values())
        strong = [e for e in theirs if theirs[e] > 0.03 * sum(theirs.values())]
        ours = np.array([float(parts[element][i].sum()) for element in strong])
        reference = np.array([theirs[element] for element in strong])
        deviations.extend((ours / ours.sum()) / (reference / reference.sum()) - 1.0)
    assert len(deviations) > 80
    assert np.median(np.abs(deviations)) <= 0.015
    assert np.percentile(np.abs(deviations), 90) <= 0.04
