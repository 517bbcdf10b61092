"""Instruments from measured spectra: figures found again, and figures that nothing tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from underpaint.errors import InstrumentError, StackError
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import ForwardModel, Instrument, Layer, make_stacks
from underpaint.xray.instrument_fit import fit_instrument

PLASTIC: Layer = ({"C": 0.5988, "H": 0.08, "O": 0.3192, "Ca": 0.001, "Fe": 0.001}, 0.3)
CHANNELS = 900
AXIS = EnergyCalibration(zero=-0.05, gain=0.04, noise=0.08, fano=0.12)
TRUE = Instrument(
    anode="Rh", kv=30.0, incidence_deg=60.0, take_off_deg=45.0, atmosphere="vacuum",
    optic_cutoff_kev=12.0, optic_power=3.0, noise=0.08, fano=0.12, tail=0.02, shelf=0.004,
    azimuth_deg=180.0, own_lines={"Ni": 0.002}, filters=(("Al", 20.0),),
)  # fmt: skip


def simulated(
    instrument: Instrument, rng: np.random.Generator, counts: float = 3e6, layer: Layer = PLASTIC
) -> NDArray[np.float64]:
    """Poisson counts in channels of `AXIS`."""
    edges = AXIS.edges(CHANNELS)
    used = edges > 0.3
    elements = [*layer[0], *instrument.own_lines]
    model = ForwardModel(instrument, Bins(edges[used]), elements=elements, dtype=torch.float64)
    expected = model.expected(make_stacks([[layer]], torch.float64))[0].numpy()
    drawn = rng.poisson(expected * counts / expected.sum()).astype(np.float64)
    return np.concatenate([np.zeros(CHANNELS - len(drawn)), drawn])


@pytest.mark.slow
def test_known_figures_are_found_again_within_their_errors(rng: np.random.Generator) -> None:
    guess = TRUE.but(optic_cutoff_kev=16.0, noise=0.1, fano=0.11, own_lines={"Ni": 1e-4},
                     filters=(("Al", 40.0),), tail=0.01)  # fmt: skip
    free = ("optic_cutoff_kev", "noise", "fano", "zero", "gain", "tail", "filter:Al",
            "own_lines:Ni")  # fmt: skip
    start = EnergyCalibration(zero=-0.03, gain=0.03992)
    fit = fit_instrument(guess, simulated(TRUE, rng), start, [PLASTIC], free)
    true = {"optic_cutoff_kev": 12.0, "noise": 0.08, "fano": 0.12, "zero": -0.05, "gain": 0.04,
            "tail": 0.02, "filter:Al": 20.0, "own_lines:Ni": 0.002}  # fmt: skip
    for name, value in true.items():
        found, error = fit.figures[name]
        assert abs(found - value) < 4.0 * error, (name, found, error)
        if name != "zero":
            assert error < 0.2 * value, (name, error)
    assert not fit.notes
    # 50 bins a region scatter by 0.2; where counts are few, the deviance lies below 1
    assert all(0.4 < value < 1.6 for value in fit.chi2.values())
    assert fit.instrument.optic_cutoff_kev == fit.figures["optic_cutoff_kev"][0]
    assert fit.expected.sum() == pytest.approx(fit.counts.sum(), rel=2e-3)


@pytest.mark.slow
def test_traces_thickness_and_tube_lines_are_found_again(rng: np.random.Generator) -> None:
    bright = TRUE.but(tube_k_lines=1.6)
    plain: Layer = ({"C": 0.6, "H": 0.08, "O": 0.32}, 1.0)
    fit = fit_instrument(
        TRUE,
        simulated(bright, rng),
        AXIS,
        [plain],
        free=("tube_k_lines", "mass_thickness"),
        traces={"Ca": 1e-4, "Fe": 1e-4},
    )
    found, error = fit.figures["tube_k_lines"]
    assert abs(found - 1.6) < 4.0 * error and error < 0.05
    assert fit.mass_thickness == pytest.approx(0.3, rel=0.05)
    assert fit.traces["Fe"] == pytest.approx(1e-3, rel=0.05)
    assert fit.traces["Ca"] == pytest.approx(1e-3, rel=0.05)


@pytest.mark.slow
def test_a_figure_that_the_spectrum_does_not_tell_is_named(rng: np.random.Generator) -> None:
    counts = simulated(TRUE, rng, counts=1e5)
    fit = fit_instrument(TRUE, counts, AXIS, [PLASTIC], ("path_in_cm", "optic_cutoff_kev"))
    assert len(fit.notes) == 1
    assert fit.notes[0].startswith("path_in_cm is not determined by this spectrum")


def test_left_out_energies_do_not_pull(rng: np.random.Generator) -> None:
    counts = simulated(TRUE, rng)
    bump = (AXIS.energy(np.arange(CHANNELS)) > 9.0) & (AXIS.energy(np.arange(CHANNELS)) < 10.0)
    counts[bump] *= 3.0
    fit = fit_instrument(
        TRUE, counts, AXIS, [PLASTIC], ("optic_cutoff_kev",), leave_out_kev=[(8.9, 10.1)]
    )
    assert fit.instrument.optic_cutoff_kev == pytest.approx(12.0, rel=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"free": ("colour",)}, "'colour' is no figure that can be fitted"),
        ({"free": ("filter:Cu",)}, "no filter of Cu"),
        ({"free": ("own_lines:Xx",)}, "is no figure that can be fitted"),
        ({"free": ("pulse_pair_us",)}, "count_rate_kcps is zero"),
        ({"spectrum": np.zeros(CHANNELS)}, "nothing to fit"),
        ({"spectrum": np.full(CHANNELS, -1.0)}, "negative counts"),
        ({"spectrum": np.full(CHANNELS, np.nan)}, "no number"),
        ({"spectrum": np.ones((2, CHANNELS))}, "one row of counts"),
        ({"range_kev": (30.0, 20.0)}, "nothing to fit"),
        ({"calibration": EnergyCalibration(0.0, -0.01)}, "no energy axis"),
        ({"calibration": EnergyCalibration(90.0, 0.01)}, "no channels"),
        ({"model_error": 2.0}, "outside 0 to 1"),
    ],
)
def test_what_cannot_be_fitted_is_refused(change: dict[str, object], message: str) -> None:
    given: dict[str, object] = {
        "spectrum": np.full(CHANNELS, 100.0), "calibration": AXIS, "layers": [PLASTIC],
    } | change  # fmt: skip
    with pytest.raises(InstrumentError, match=message):
        fit_instrument(TRUE, **given)  # type: ignore[arg-type]


def test_a_fit_wants_a_sample() -> None:
    with pytest.raises(StackError, match="at least one layer"):
        fit_instrument(TRUE, np.full(CHANNELS, 100.0), AXIS, [])


def read(path: Path) -> tuple[NDArray[np.float64], EnergyCalibration]:
    head, body = path.read_text().split("#SPECTRUM", 1)
    keys = {row[1:].split(":")[0].strip(): row.split(":")[1].strip() for row in head.splitlines()}
    values = body.split("\n", 1)[1].split("#END")[0].replace(",", " ").split()
    axis = EnergyCalibration(float(keys["OFFSET"]), float(keys["XPERCHAN"]))
    return np.array(values, dtype=np.float64), axis


@pytest.mark.slow
def test_acrylic_gives_an_instrument_that_tells_how_bright_metals_are(shared_data: Path) -> None:
    first = Instrument(
        anode="Rh", kv=50.0, tube_incidence_deg=78.0, tube_take_off_deg=12.0, incidence_deg=50.0,
        take_off_deg=50.0, azimuth_deg=90.0, atmosphere="vacuum", optic_cutoff_kev=12.0,
        dead_layer_um=0.029, detector_window_um=13.0, noise=0.0754, fano=0.12,
    )  # fmt: skip
    folder = shared_data / "nist-m4"
    counts, axis = read(folder / "Acrylic_50kv_50_ma_Rh_vac_D1_600s.msa")
    fit = fit_instrument(
        first,
        counts,
        axis,
        [({"C": 0.5998, "H": 0.0805, "O": 0.3197}, 0.7)],
        ("optic_cutoff_kev", "optic_power", "tube_window_um", "tube_k_lines", "zero", "gain",
         "shelf"),
        range_kev=(2.0, 39.5),
        model_error=0.02,
    )  # fmt: skip
    middle = (fit.bins.centres > 8.0) & (fit.bins.centres < 17.0)
    assert np.abs(fit.expected[middle] / fit.counts[middle] - 1.0).mean() < 0.04
    for metal, low, high in (("Ti", 4.3, 5.2), ("Fe", 6.15, 7.3), ("Cu", 7.8, 9.2)):
        measured, _ = read(folder / f"{metal}_50kv_50_ma_Rh_vac_D1.msa")
        edges = fit.calibration.edges(len(measured))
        used = edges > 0.5
        model = ForwardModel(
            fit.instrument, Bins(edges[used]), elements=[metal], dtype=torch.float64
        )
        told = model.expected(make_stacks([[({metal: 1.0}, 3.0)]], torch.float64))[0].numpy()
        centres = 0.5 * (edges[used][1:] + edges[used][:-1])
        inside = (centres > low) & (centres < high)
        ratio = fit.scale / 5.0 * told[inside].sum() / measured[-len(told) :][inside].sum()
        assert 0.85 < ratio < 1.15, (metal, ratio)
