"""The silicon detector: how many photons it counts, where, and how wide their peaks are."""

from __future__ import annotations

import json
import math
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import xraylib
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import least_squares
from torch import Tensor

from measured_spectra import Measured, read_emsa
from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration, standard_bins
from underpaint.xray import Instrument, shell_lines
from underpaint.xray.detector import (
    SILICON_KA_KEV,
    continuum_response,
    efficiency,
    escape_probability,
    fwhm,
    let_through,
    line_response,
)
from underpaint.xray.recoil import recoil_response

FINE = torch.linspace(-4.0, 60.0, 12_801, dtype=torch.float64)
PLAIN = Instrument(atmosphere="vacuum", tail=0.0, shelf=0.0)
DETECTORS = st.builds(
    Instrument,
    noise=st.floats(0.05, 0.15),
    fano=st.floats(0.1, 0.13),
    tail=st.floats(0.0, 0.1),
    tail_kev=st.floats(0.02, 0.2),
    shelf=st.floats(0.0, 0.1),
)


def at(*energy_kev: float) -> Tensor:
    return torch.tensor(energy_kev, dtype=torch.float64)


def response(instrument: Instrument, energy_kev: float, extra_kev: float = 0.0) -> Tensor:
    return line_response(instrument, at(energy_kev), at(extra_kev), FINE)[0]


def test_escape_is_that_of_fisx() -> None:
    fisx = pytest.importorskip("fisx", reason="fisx, which checks this, is missing")
    library = fisx.Elements(pytest.importorskip("fisx.DataDir").FISX_DATA_DIR)
    library.initializeAsPyMca()
    for energy in (2.0, 2.5, 3.0, 4.0, 6.4, 8.0, 10.0, 15.0):
        published = sum(peak["rate"] for peak in library.getEscape({"Si": 1.0}, energy).values())
        assert float(escape_probability(at(energy))) == pytest.approx(published, rel=0.03)


def test_escape_begins_at_the_silicon_edge_and_falls_with_energy() -> None:
    chance = escape_probability(at(1.7, 1.83, 1.85, 2.5, 4.0, 8.0, 20.0))
    assert not chance[:2].any()
    assert torch.all(chance[2:].diff() < 0.0)
    assert 0.01 < chance[2] < 0.02


def test_escape_peak_stands_a_silicon_line_below_its_parent() -> None:
    row = response(PLAIN.but(noise=0.05), 8.048)
    centres = 0.5 * (FINE[1:] + FINE[:-1])
    low = (centres > 5.8) & (centres < 6.8)
    place = float((centres * row)[low].sum() / row[low].sum())
    assert place == pytest.approx(8.048 - SILICON_KA_KEV, abs=0.005)
    share = float(row[low].sum() / row[centres > 7.0].sum())
    assert share == pytest.approx(float(escape_probability(at(8.048))), rel=1e-3)


@given(instrument=DETECTORS, energy_kev=st.floats(3.0, 40.0), extra_kev=st.floats(0.0, 0.5))
def test_every_photon_stopped_is_counted_once(
    instrument: Instrument, energy_kev: float, extra_kev: float
) -> None:
    row = response(instrument, energy_kev, extra_kev)
    assert torch.all(row >= -1e-12)
    recoils = recoil_response(instrument, at(energy_kev), FINE).sum()
    passing = row.sum() - recoils * let_through(instrument, at(energy_kev))[0]
    stopped = float(efficiency(instrument, at(energy_kev)))
    assert float(passing) == pytest.approx(stopped, rel=1e-6)


@given(energy_kev=st.floats(2.5, 40.0), extra_kev=st.floats(0.0, 0.3), noise=st.floats(0.05, 0.15))
def test_peak_is_as_wide_as_asked(energy_kev: float, extra_kev: float, noise: float) -> None:
    instrument = PLAIN.but(noise=noise)
    row = response(instrument, energy_kev, extra_kev)
    centres = 0.5 * (FINE[1:] + FINE[:-1])
    above = centres[row > 0.5 * row.max()]
    own = float(EnergyCalibration(0.0, 0.01, noise, instrument.fano).fwhm(energy_kev))
    # the grid is 5 eV wide
    assert float(above[-1] - above[0]) == pytest.approx(math.hypot(own, extra_kev), abs=0.011)
    assert float(fwhm(instrument, at(energy_kev))) == pytest.approx(own, rel=1e-9)
    assert float(centres[row.argmax()]) == pytest.approx(energy_kev, abs=0.006)


def test_tail_and_shelf_hold_their_shares_below_the_peak() -> None:
    energy_kev, below_kev = 20.0, 1.0
    narrow = PLAIN.but(noise=0.05)
    tailed = narrow.but(tail=0.05, tail_kev=0.3)
    shelved = narrow.but(shelf=0.02)
    counted = float(efficiency(narrow, at(energy_kev)))
    low = FINE[1:] <= energy_kev - below_kev
    plain, tail, shelf = (
        float(response(each, energy_kev)[low].sum()) / counted for each in (narrow, tailed, shelved)
    )
    # an exponential as long as the tail and the peak's sigma together, smeared by the peak
    sigma = float(fwhm(narrow, at(energy_kev))) / FWHM_PER_SIGMA
    slope = 0.3 + sigma
    expected = 0.05 * math.exp(-below_kev / slope + 0.5 * (sigma / slope) ** 2)
    assert tail - plain == pytest.approx(expected, rel=0.01)
    assert shelf - plain == pytest.approx(0.02 * (1.0 - below_kev / energy_kev), rel=0.01)


def test_efficiency_is_what_window_air_and_crystal_make_it() -> None:
    instrument = Instrument(path_out_cm=2.0, dead_layer_um=0.2, detector_window_um=25.0)
    air = {7: 0.755, 8: 0.232, 18: 0.0129, 6: 0.0001}
    for energy in (1.2, 2.3, 6.4, 20.2):
        lost = 1.848 * 25e-4 * xraylib.CS_Total(4, energy)
        lost += 2.33 * 0.2e-4 * xraylib.CS_Total(14, energy)
        lost += 2.0 * 1.205e-3 * sum(w * xraylib.CS_Total(z, energy) for z, w in air.items())
        stopped = 2.33 * 450e-4 * xraylib.CS_Photo(14, energy)
        expected = math.exp(-lost) * -math.expm1(-stopped)
        assert float(efficiency(instrument, at(energy))) == pytest.approx(expected, rel=2e-3)


@given(instrument=DETECTORS)
def test_efficiency_is_a_share(instrument: Instrument) -> None:
    share = efficiency(instrument, torch.from_numpy(np.geomspace(1.0, 50.0, 60)))
    assert torch.all((share > 0.0) & (share < 1.0))


def test_a_thicker_crystal_counts_more_hard_photons() -> None:
    thin, thick = (efficiency(PLAIN.but(crystal_um=um), at(6.4, 25.0)) for um in (300.0, 1000.0))
    assert thick[1] > 2.0 * thin[1]
    assert float(thick[0] / thin[0]) == pytest.approx(1.0, abs=1e-3)


FIGURES = {"noise": 0.09, "fano": 0.115, "tail": 0.02, "tail_kev": 0.1, "shelf": 0.01,
           "crystal_um": 300.0, "dead_layer_um": 0.2, "detector_window_um": 12.5,
           "path_out_cm": 1.5}  # fmt: skip


def figures() -> list[Tensor]:
    return [
        torch.tensor(figure, dtype=torch.float64, requires_grad=True) for figure in FIGURES.values()
    ]


def test_every_figure_and_the_energies_carry_gradients() -> None:
    edges = torch.linspace(-1.0, 24.0, 60, dtype=torch.float64)
    energy = at(2.31, 6.4, 21.3).requires_grad_()
    extra = at(0.0, 0.05, 0.4).requires_grad_()

    def responds(energy_kev: Tensor, extra_kev: Tensor, *values: Tensor) -> Tensor:
        instrument = Instrument().but(**dict(zip(FIGURES, values, strict=True)))
        return line_response(instrument, energy_kev, extra_kev, edges)

    assert torch.autograd.gradcheck(responds, (energy, extra, *figures()), atol=1e-6)


def test_every_figure_carries_gradients_through_the_continuum() -> None:
    edges = torch.linspace(-1.0, 8.0, 20, dtype=torch.float64)
    nodes = torch.linspace(2.0, 6.0, 5, dtype=torch.float64)

    def responds(*values: Tensor) -> Tensor:
        instrument = Instrument().but(**dict(zip(FIGURES, values, strict=True)))
        return continuum_response(instrument, nodes, edges)

    assert torch.autograd.gradcheck(responds, figures(), atol=1e-6)


def node_energies(first: float, last: float, step: float) -> Tensor:
    count = math.ceil(math.log(last / first) / step) + 1
    return torch.from_numpy(np.geomspace(first, last, count))


@settings(max_examples=20)
@given(instrument=DETECTORS, step=st.floats(0.01, 0.06))
def test_continuum_keeps_its_photons(instrument: Instrument, step: float) -> None:
    """Every photon of a hat function is counted once where the detector stops them all."""
    nodes = node_energies(1.0, 40.0, step)
    everything = instrument.but(
        atmosphere="vacuum", detector_window_um=0.0, dead_layer_um=0.0, crystal_um=1e11
    )
    counted = continuum_response(everything, nodes, FINE[::10]).sum(dim=1)
    gaps = torch.cat([torch.zeros(1), nodes.diff(), torch.zeros(1)]).to(torch.float64)
    # a tail or an escape peak of the softest photons reaches below the first edge
    torch.testing.assert_close(counted, 0.5 * (gaps[1:] + gaps[:-1]), rtol=1e-5, atol=0.0)


@pytest.mark.parametrize("step", [0.02, 0.05])
def test_continuum_is_no_comb(step: float) -> None:
    """Against a sum over photons 5 eV apart, in bins far narrower than the nodes' distance."""
    instrument = Instrument(tail=0.02, shelf=0.01)
    nodes = node_energies(3.0, 30.0, step)
    density = 1.0 + (nodes / 10.0) * torch.exp(-nodes / 12.0)
    fine = torch.arange(3.0025, 30.0, 0.005, dtype=torch.float64)
    between = torch.from_numpy(np.interp(fine, nodes, density))
    edges = torch.arange(3.0, 28.0, 0.02, dtype=torch.float64)
    expected = torch.zeros(len(edges) - 1, dtype=torch.float64)
    for part in torch.arange(len(fine)).split(500):
        rows = line_response(instrument, fine[part], torch.zeros_like(fine[part]), edges)
        expected += 0.005 * between[part] @ rows
    found = density @ continuum_response(instrument, nodes, edges)
    inside = edges[:-1] > 3.3
    assert float((found / expected - 1.0)[inside].abs().max()) < 5e-4


def test_continuum_has_the_escape_of_its_photons() -> None:
    """Photons of 6.3 to 6.5 keV escape to 4.56 to 4.76 keV and nowhere else."""
    nodes = at(6.3, 6.4, 6.5)
    edges = at(0.5, 4.2, 5.1, 5.9, 7.0)
    row = at(0.0, 1.0, 0.0) @ continuum_response(PLAIN.but(noise=0.05), nodes, edges)
    assert float(row[1] / row[3]) == pytest.approx(float(escape_probability(at(6.4))), rel=1e-3)
    assert float(row[0] + row[2]) < 1e-6 * float(row[3])


def test_continuum_on_the_project_s_bins_is_quick_enough_for_set_up() -> None:
    edges = torch.tensor(standard_bins().edges)
    nodes = node_energies(1.0, 40.0, 0.023)
    response = continuum_response(Instrument(), nodes, edges)
    assert response.shape == (len(nodes), len(standard_bins()))
    assert torch.all(response >= -1e-12)


def test_escape_is_that_of_monte_carlo(shared_data: Path) -> None:
    """Escape peaks in spectra by XMI-MSIM, which follows silicon photons through the crystal.

    In each spectrum, a window about the escape peak of a strong line holds the lines, which the
    file lists, a smooth background and the escape peaks, whose strength is fitted.
    """
    instrument = Instrument(noise=0.08, fano=0.114, tail=0.0, shelf=0.0)
    with h5py.File(shared_data / "xmimsim" / "dev-rh40.h5") as file:
        energy, spectra = file["energy"][:], file["spectra"][:].astype(float)
        listed = [json.loads(text) for text in file["lines"]]
    edges = torch.from_numpy(np.append(energy - 0.005, energy[-1] + 0.005))
    found, weights = [], []
    for spectrum, lines in zip(spectra, listed, strict=True):
        line = torch.tensor([each[2] for each in lines], dtype=torch.float64)
        counts = np.array([sum(each[3].values()) for each in lines])
        chance = escape_probability(line)
        rows = line_response(instrument, line, torch.zeros_like(line), edges)
        rows = rows * ((1.0 + chance) / efficiency(instrument, line))[:, None]
        above = edges[1:] > line[:, None] - 0.8
        main = counts @ torch.where(above, rows, 0.0).numpy()
        escape = counts @ torch.where(above, 0.0, rows).numpy()
        for place in (3.67, 4.66, 5.19, 6.30):
            near = np.abs(energy - place) < 0.22
            expected = escape[near].sum()
            if expected < 15.0 or main[near].sum() > 3.0 * expected:
                continue
            design = np.stack([np.ones(near.sum()), energy[near] - place, escape[near]], axis=1)
            strength = np.linalg.lstsq(design, spectrum[near] - main[near], rcond=None)[0][2]
            found.append(strength)
            weights.append(expected**2 / spectrum[near].sum())
    assert len(found) >= 10
    mean = float(np.average(found, weights=weights))
    assert mean == pytest.approx(1.0, abs=0.08)


HORIBA = Instrument(noise=0.068, fano=0.12, atmosphere="vacuum")


@pytest.mark.parametrize(("name", "ka_kev"), [("Fe", 6.4005), ("Cu", 8.0395), ("Zn", 8.6285)])
def test_escape_is_that_of_a_measured_spectrum(name: str, ka_kev: float, shared_data: Path) -> None:
    """Pure metals in an XGT-7200: Fe 0.32 %, Cu 0.18 %, Zn 0.15 % expected."""
    spectrum = read_emsa(shared_data / "horiba-xgt" / f"{name}.txt")
    place = ka_kev - SILICON_KA_KEV
    widths = fwhm(HORIBA, at(ka_kev, place)).tolist()
    (parent,), _ = spectrum.peaks([ka_kev], widths[:1], (ka_kev - 0.11, ka_kev + 0.11), 0)
    (escape,), (sigma,) = spectrum.peaks([place], widths[1:], (place - 0.25, place + 0.25), 2)
    assert escape > 8.0 * sigma
    expected = float(escape_probability(at(ka_kev)))
    # the background beneath is no parabola: 10 % for it
    assert abs(escape / parent - expected) < 3.0 * sigma / parent + 0.1 * expected


def ka_with_foot(
    spectrum: Measured, name: str, instrument: Instrument, shift_kev: float
) -> NDArray[np.float64]:
    """K lines of a metal as the model has them, scaled to the measured Ka peak."""
    lines = shell_lines(name, "K")
    energy = at(*(line.energy_kev + shift_kev for line in lines))
    gain = spectrum.energy_kev[1] - spectrum.energy_kev[0]
    edges = np.append(spectrum.energy_kev - 0.5 * gain, spectrum.energy_kev[-1] + 0.5 * gain)
    rows = line_response(instrument, energy, torch.zeros_like(energy), torch.from_numpy(edges))
    shape = (at(*(line.rate for line in lines)) @ rows).numpy()
    near = spectrum.near(float(energy[0]), 0.12)
    return np.asarray(shape * spectrum.counts[near].sum() / shape[near].sum())


def test_tail_and_shelf_fitted_to_copper_are_those_of_zinc(shared_data: Path) -> None:
    """One detector, two metals: the foot of the peak is fitted to one and met by the other."""
    copper = read_emsa(shared_data / "horiba-xgt" / "Cu.txt")
    zinc = read_emsa(shared_data / "horiba-xgt" / "Zn.txt")
    flat = float(copper.counts[(copper.energy_kev > 10.5) & (copper.energy_kev < 15.0)].mean())
    foot = (copper.energy_kev > 6.6) & (copper.energy_kev < 8.15)

    def misfit(values: NDArray[np.float64]) -> NDArray[np.float64]:
        shift, noise, tail, tail_kev, shelf = np.abs(values) - [0.01, 0, 0, 0, 0]
        foot_of = HORIBA.but(noise=noise, tail=tail, tail_kev=tail_kev, shelf=shelf)
        model = ka_with_foot(copper, "Cu", foot_of, shift)[foot] + flat
        return np.asarray((copper.counts[foot] - model) / np.sqrt(model))

    start = np.array([0.01, 0.068, 0.02, 0.2, 0.01])
    fitted = least_squares(misfit, start, x_scale=[0.01, 0.01, 0.01, 0.1, 0.01])
    bare = misfit(np.array([0.01, 0.068, 0.0, 0.2, 0.0]))
    assert (bare**2).sum() > 30.0 * (fitted.fun**2).sum()
    _, noise, tail, tail_kev, shelf = np.abs(fitted.x)
    instrument = HORIBA.but(noise=noise, tail=tail, tail_kev=tail_kev, shelf=shelf)
    model = ka_with_foot(zinc, "Zn", instrument, -0.003)
    foot = (zinc.energy_kev > 7.2) & (zinc.energy_kev < 8.35)
    measured = zinc.counts[foot].sum() - flat * foot.sum()
    assert measured > 3000.0
    assert float(model[foot].sum()) == pytest.approx(measured, rel=0.1)
