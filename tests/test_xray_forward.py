"""The whole forward model: its energy grid, what stands in the beam, what the scanner adds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import xraylib
from numpy.typing import NDArray
from torch import Tensor

from underpaint.spectrum import standard_bins
from underpaint.xray import ForwardModel, Instrument, Line, atomic_number, edge_kev, make_stacks
from underpaint.xray.lines import shell_code
from underpaint.xray.source import continuum_density, tube_line_beam
from underpaint.xray.tube_spectrum import TubeSpectrum

METALS = ("Al", "S", "K", "Ca", "Ti", "Cr", "Fe", "Co", "Cu", "Zn", "As", "Sr", "Cd", "Sn", "Ba",
          "Au", "Hg", "Pb")  # fmt: skip
Layers = list[tuple[dict[str, float], float]]


def section(line: Line, energy_kev: float) -> float:
    """Fluorescence cross section of one line, straight from xraylib, cm2/g."""
    if energy_kev <= edge_kev(line.element, line.shell):
        return 0.0
    z, code = atomic_number(line.element), shell_code(line.name)
    try:
        return float(xraylib.CS_FluorLine_Kissel_Cascade(z, code, energy_kev))
    except ValueError:
        return 0.0


class Sherman:
    """Sherman's equation line by line on a fine energy grid, in plain NumPy."""

    def __init__(self, model: ForwardModel, points: int) -> None:
        instrument = model.instrument
        self.sine_in = math.sin(math.radians(instrument.incidence_deg))
        self.sine_out = math.sin(math.radians(instrument.take_off_deg))
        edges = np.geomspace(1.0, instrument.kv, points + 1)
        middle = np.sqrt(edges[1:] * edges[:-1])
        continuum = continuum_density(instrument, torch.from_numpy(middle)).numpy()
        at_lines, in_lines = (part.numpy() for part in tube_line_beam(instrument))
        self.energies = np.concatenate([middle, at_lines])
        photons = np.concatenate([continuum * np.diff(edges), in_lines])
        self.photons = photons / photons.sum()
        self.groups = [(j, group) for j, group in enumerate(model.exits) if group.element in METALS]
        self.excited = {
            line: self.photons * np.array([section(line, energy) for energy in self.energies])
            for _, group in self.groups
            for line in group.lines
        }

    def lines(self, layers: Layers) -> dict[int, float]:
        """Photons in each exit of the model, into 4 pi per photon on the surface's normal."""
        arriving = np.ones(len(self.energies))
        leaving = dict.fromkeys(self.excited, 1.0)
        emitted: dict[int, float] = {}
        for material, mass in layers:
            entering = self._attenuation(material, self.energies) * mass / self.sine_in
            for j, group in self.groups:
                if group.element not in material:
                    continue
                for line in group.lines:
                    x = entering + self._out(material, line) * mass
                    glow = float((self.excited[line] * arriving * -np.expm1(-x) / x).sum())
                    glow *= material[group.element] * mass * leaving[line] / self.sine_in
                    emitted[j] = emitted.get(j, 0.0) + glow
            arriving = arriving * np.exp(-entering)
            for line in leaving:
                leaving[line] *= math.exp(-self._out(material, line) * mass)
        return emitted

    def _out(self, material: dict[str, float], line: Line) -> float:
        energy = np.array([line.energy_kev])
        return float(self._attenuation(material, energy)[0]) / self.sine_out

    @staticmethod
    def _attenuation(
        material: dict[str, float], energies: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        total = np.zeros(len(energies))
        for element, share in material.items():
            z = atomic_number(element)
            total += share * np.array([xraylib.CS_Total(z, energy) for energy in energies])
        return total


def random_stacks(count: int) -> list[Layers]:
    random = np.random.default_rng(1)
    stacks = []
    for _ in range(count):
        layers = []
        for _ in range(random.integers(1, 5)):
            held = random.choice(METALS, size=random.integers(1, 4), replace=False)
            shares = random.dirichlet(np.ones(len(held) + 2))
            material = dict(zip((*map(str, held), "C", "O"), map(float, shares), strict=True))
            layers.append((material, float(np.exp(random.uniform(np.log(1e-3), np.log(0.05))))))
        stacks.append(layers)
    return stacks


def test_coarse_energy_grid_and_line_groups_cost_little_accuracy() -> None:
    """Intervals between edges, lines that leave together: against a fine grid, every line alone."""
    errors, shares = [], []
    for instrument in (
        Instrument(atmosphere="vacuum"),
        Instrument(anode="Mo", kv=25.0, incidence_deg=60.0, atmosphere="vacuum"),
    ):
        model = ForwardModel(instrument, standard_bins(), dtype=torch.float64, fineness=None)
        exact = Sherman(model, points=1500)
        stacks = random_stacks(12)
        found = 4.0 * math.pi * model.lines(make_stacks(stacks, torch.float64))
        for i, layers in enumerate(stacks):
            expected = exact.lines(layers)
            total = sum(expected.values())
            for j, value in expected.items():
                if value > 1e-4 * total:
                    errors.append(abs(float(found[i, j]) / value - 1.0))
                    shares.append(value / total)
    strong = np.array(errors)[np.array(shares) > 0.01]
    assert len(strong) > 100
    for part in (errors, strong):
        assert np.median(part) <= 0.002
        assert np.percentile(part, 95) <= 0.01


def peak(model: ForwardModel, spectrum: Tensor, energy_kev: float, half_kev: float = 0.15) -> float:
    """Counts within a window."""
    near = np.abs(model.bins.centres - energy_kev) < half_kev
    return float(spectrum[near].sum())


CANVAS = [[({"C": 0.44, "H": 0.06, "O": 0.5}, 0.1)]]
PAINT = [[({"Pb": 0.6, "Cu": 0.1, "O": 0.2, "C": 0.1}, 0.01)]]


def test_spectra_have_a_row_a_sample_and_a_column_a_bin() -> None:
    model = ForwardModel(Instrument(), standard_bins())
    expected = model.expected(make_stacks([*CANVAS, *PAINT, *CANVAS]))
    assert expected.shape == (3, len(standard_bins()))
    assert expected.dtype == torch.float32
    assert torch.all(expected >= 0.0)
    torch.testing.assert_close(expected[0], expected[2])


def test_single_precision_is_enough() -> None:
    instrument = Instrument(count_rate_kcps=20.0, pulse_pair_us=0.5, own_lines={"Fe": 0.001})
    stacks = [*CANVAS, *PAINT, [({"Pb": 1.0}, 1e-3), ({"Ca": 0.4, "O": 0.6}, 0.05)]]
    single = ForwardModel(instrument, standard_bins()).expected(make_stacks(stacks))
    model = ForwardModel(instrument, standard_bins(), dtype=torch.float64)
    double = model.expected(make_stacks(stacks, torch.float64))
    scale = double.amax(dim=1, keepdim=True)
    torch.testing.assert_close(single.double() / scale, double / scale, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("atmosphere", "argon"), [("air", True), ("helium", False)])
def test_argon_of_the_air_in_view_shines(atmosphere: str, argon: bool) -> None:
    model = ForwardModel(Instrument(atmosphere=atmosphere, view_cm=1.0), standard_bins())
    lines = model.lines(make_stacks(CANVAS))[0]
    shining = {model.exits[i].element for i in torch.nonzero(lines > 0.0).ravel().tolist()}
    assert shining == ({"Ar"} if argon else set())


def test_air_on_the_way_out_dims_light_elements_most() -> None:
    sample = make_stacks([[({"Al": 0.2, "Ca": 0.2, "Cu": 0.2, "O": 0.4}, 1e-4)]])
    spectra = []
    for path_cm in (0.5, 4.0):
        model = ForwardModel(Instrument(path_out_cm=path_cm), standard_bins())
        spectra.append([peak(model, model.expected(sample)[0], e) for e in (1.49, 3.69, 8.05)])
    aluminium, calcium, copper = np.array(spectra[1]) / np.array(spectra[0])
    assert aluminium < 0.1 < calcium < copper < 1.0


def test_lines_of_the_scanner_s_own_parts_add_their_share() -> None:
    plain = ForwardModel(Instrument(), standard_bins())
    stacks = make_stacks(PAINT)
    before = plain.expected(stacks)[0]
    own = ForwardModel(Instrument(own_lines={"Fe": 0.01}), standard_bins()).expected(stacks)[0]
    assert float(own.sum() / before.sum()) == pytest.approx(1.01, rel=1e-4)
    added = own - before
    iron = peak(plain, added, 6.40) + peak(plain, added, 7.06)
    assert iron == pytest.approx(0.01 * float(before.sum()), rel=0.05)


def test_gold_of_the_scanner_has_the_line_ratios_of_a_thin_gold_film() -> None:
    plain = ForwardModel(Instrument(), standard_bins(), fineness=None)
    film = plain.lines(make_stacks([[({"Au": 1.0}, 1e-6)]]))[0] @ plain.line_response
    own = ForwardModel(Instrument(own_lines={"Au": 0.01}), standard_bins()).own_lines
    assert own is not None
    for ratio in (11.44, 13.38):
        wanted = peak(plain, film, ratio) / peak(plain, film, 9.71)
        assert peak(plain, own, ratio) / peak(plain, own, 9.71) == pytest.approx(wanted, rel=0.02)


def test_gas_in_view_is_dimmed_on_a_short_way_out_as_well() -> None:
    stacks = make_stacks(CANVAS)
    short, view = (
        ForwardModel(Instrument(**figures, take_off_deg=25.0), standard_bins()).lines(stacks)[0]
        for figures in (
            {"view_cm": 2.5, "path_out_cm": 0.5},
            {"view_cm": 0.5 * math.sin(math.radians(25.0)), "path_out_cm": 0.5},
        )
    )
    torch.testing.assert_close(short, view)


def test_pile_up_turns_pairs_of_counts_into_single_ones() -> None:
    stacks = make_stacks(PAINT)
    plain = ForwardModel(Instrument(), standard_bins())
    piled = ForwardModel(Instrument(count_rate_kcps=20.0, pulse_pair_us=1), standard_bins())
    before, after = plain.expected(stacks)[0], piled.expected(stacks)[0]
    # pairs above the last bin are lost, and these are few
    assert float(after.sum() / before.sum()) == pytest.approx(0.98, abs=2e-3)
    assert peak(plain, after, 21.1) > peak(plain, before, 21.1)


def test_only_the_elements_asked_for_shine_and_all_absorb() -> None:
    stacks = make_stacks([[({"Pb": 1.0}, 1e-3), ({"Cu": 1.0}, 1e-3)]])
    everything = ForwardModel(Instrument(), standard_bins(), fineness=None)
    copper = ForwardModel(Instrument(), standard_bins(), ("Cu",), fineness=None)
    assert {group.element for group in copper.exits} == {"Cu"}
    chosen = [i for i, group in enumerate(everything.exits) if group.element == "Cu"]
    torch.testing.assert_close(copper.lines(stacks), everything.lines(stacks)[:, chosen])


def test_a_filter_hardens_the_beam() -> None:
    ratio = []
    for filters in ((), (("Al", 500.0),)):
        model = ForwardModel(Instrument(filters=filters), standard_bins())
        lines = model.lines(make_stacks([[({"Ca": 0.5, "Sr": 0.5}, 1e-3)]]))[0]
        by_element = {
            symbol: sum(float(lines[i]) for i, g in enumerate(model.exits) if g.element == symbol)
            for symbol in ("Ca", "Sr")
        }
        ratio.append(by_element["Sr"] / by_element["Ca"])
    assert ratio[1] > 3.0 * ratio[0]


@pytest.mark.parametrize("line", [(), ((2.0, 1e4),)], ids=["none", "below what scatters"])
def test_a_tube_spectrum_may_have_no_line_that_scatters(
    line: tuple[tuple[float, float], ...],
) -> None:
    own = Instrument(anode="Rh", kv=40.0)
    grid = torch.linspace(1.0, 40.0, 400, dtype=torch.float64)
    continuum = tuple(zip(grid.tolist(), continuum_density(own, grid).tolist(), strict=True))
    stack = make_stacks([[({"Ca": 0.4, "C": 0.12, "O": 0.48}, 0.05)]])

    def seen(lines: tuple[tuple[float, float], ...]) -> Tensor:
        instrument = own.but(tube_spectrum=TubeSpectrum(continuum, lines))
        return ForwardModel(instrument, standard_bins(), elements=["Ca"]).expected(stack)

    # a line of next to no photons, which scatters, is the same as none
    torch.testing.assert_close(seen(line), seen((*line, (20.2, 1e-9))), rtol=1e-4, atol=1e-12)
