"""A Horiba XGT-7200: fitted on one soil of known composition, it must tell another, and metals.

python benchmarks/measured_horiba.py ../shared/data/horiba-xgt [--json FILE] [--figures DIR]

NIST SRM 2586 (soil, 50 kV) gives tube, optic and gas figures; SRM 2587 is predicted with one scale
factor, and so are pure metals at 30 kV. What the certificates leave out is fitted in both soils (S,
Cl, Rb, Zr), and bound oxygen is worked out from the oxides; what is then missing to 1 is taken as
organic matter and water. Steel and zirconia came without a composition: it is taken from one line
of each element, and the other lines are predicted. The files hold raw counts: escape and sum
peaks stand in them, and are compared. Sum peaks use the pulse-pair time that is found in iron.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measured_comparison import (
    Window,
    amounts_from_lines,
    compare,
    line_window,
    print_rows,
    rows_of,
    tell_fit,
)
from measured_figures import draw
from measured_spectra import Measured, read_emsa
from underpaint.xray import Instrument, Layer, find_instrument
from underpaint.xray.instrument_fit import InstrumentFit, fit_instrument

MODEL_ERROR = 0.02
OXIDES = {"Na": 0.5, "Mg": 1.0, "Al": 1.5, "Si": 2.0, "P": 2.5, "K": 0.5, "Ca": 1.0, "Ti": 2.0,
          "Mn": 1.0, "Fe": 1.5, "Ba": 1.0, "Pb": 1.0, "Zn": 1.0, "Cr": 1.5}  # fmt: skip
"""Atoms of oxygen to one of the element."""
WEIGHTS = {"O": 15.999, "Na": 22.990, "Mg": 24.305, "Al": 26.982, "Si": 28.085, "P": 30.974,
           "K": 39.098, "Ca": 40.078, "Ti": 47.867, "Mn": 54.938, "Fe": 55.845, "Ba": 137.33,
           "Pb": 207.2, "Zn": 65.38, "Cr": 51.996}  # fmt: skip
ORGANIC = {"C": 0.35, "O": 0.57, "H": 0.08}
NOT_CERTIFIED = {"S": 1e-3, "Cl": 1e-4, "Rb": 5e-5, "Zr": 2e-4}
SOIL_G_CM2 = 1.0
BULK_G_CM2 = 2.0
FREE = ("zero", "gain", "shelf", "tube_window_um", "tube_k_lines", "tube_l_lines",
        "tube_take_off_deg", "path_out_cm", "acceptance_deg", "tail")  # fmt: skip
SOIL = (
    line_window("Al K", 1.49), line_window("Si K", 1.74), line_window("K Ka", 3.31),
    line_window("Ca Ka", 3.69), line_window("Ti Ka", 4.51), line_window("Cr Ka", 5.41),
    line_window("Mn Ka", 5.90), line_window("Fe Ka", 6.40), line_window("Fe Kb", 7.06),
    line_window("Cu Ka", 8.04), line_window("Zn Ka", 8.63), line_window("Pb La, As Ka", 10.54),
    line_window("Pb Lb", 12.63), line_window("Sr Ka", 14.14), line_window("Y Ka", 14.93),
    Window("continuum 9 to 10 keV", 9.0, 10.0, background=False),
    Window("continuum 16 to 18 keV", 16.2, 18.0, background=False),
    Window("Rh Ka Compton", 18.0, 19.6), line_window("Rh Ka Rayleigh", 20.17),
    Window("continuum 24 to 32 keV", 24.0, 32.0, background=False),
)  # fmt: skip
SOIL_LABELS = {"Al": 1.49, "Si": 1.74, "Rh L": 2.70, "K": 3.31, "Ca": 3.69, "Ti": 4.51,
               "Cr": 5.41, "Mn": 5.90, "Fe Ka": 6.40, "Fe Kb": 7.06, "Zn": 8.63, "Pb La": 10.54,
               "Pb Lb": 12.63, "Sr": 14.14, "Zr": 15.75, "Rh Ka Compton": 18.8,
               "Rh Ka": 20.17}  # fmt: skip
METAL_KEV = (3.2, 30.0)
"""Titanium's file holds a peak at 2.7 keV that neither metal nor tube explains."""
METALS = {"Ti": (4.509, 4.932), "Fe": (6.400, 7.058), "Cu": (8.041, 8.905), "Zn": (8.631, 9.572)}
AMOUNTS: dict[str, tuple[dict[str, float], Window, dict[str, Window]]] = {
    "stainless steel": ({"Fe": 1.0}, line_window("Fe Ka", 6.400),
                        {"Cr": line_window("Cr Ka", 5.412), "Ni": line_window("Ni Ka", 7.472),
                         "Mo": line_window("Mo Ka", 17.44)}),
    "cubic zirconia": ({"Zr": 0.74, "O": 0.26}, line_window("Zr Ka", 15.75),
                       {"Y": line_window("Y Ka", 14.93), "Hf": line_window("Hf La", 7.90)}),
}  # fmt: skip
ALLOYS = {
    "stainless steel": (line_window("Fe Ka", 6.400), line_window("Ni Kb", 8.265),
                        line_window("Mo Kb", 19.6)),
    "cubic zirconia": (Window("Y and Zr L", 1.8, 2.4), line_window("Zr Ka", 15.75),
                       line_window("Y Kb", 16.74), Window("Zr Kb", 17.3, 18.3),
                       line_window("Hf Lb", 9.02),
                       Window("sums of K lines", 29.2, 32.5, background=False)),
}  # fmt: skip


def soil(certificate: Path) -> list[Layer]:
    """A soil from its certificate, oxygen of the oxides and organic matter added."""
    with certificate.open(newline="") as file:
        shares = {
            row["Symbol"]: 1e-6 * float(row["Concentration_mg_kg"]) for row in csv.DictReader(file)
        }
    oxygen = sum(
        shares[element] * atoms * WEIGHTS["O"] / WEIGHTS[element]
        for element, atoms in OXIDES.items()
        if element in shares
    )
    rest = 1.0 - sum(shares.values()) - oxygen
    print(f"{certificate.stem}: oxygen {oxygen:.3f}, organic matter and water {rest:.3f}")
    shares["O"] = oxygen
    for element, share in ORGANIC.items():
        shares[element] = shares.get(element, 0.0) + max(rest, 0.0) * share
    total = sum(shares.values())
    return [({element: share / total for element, share in shares.items()}, SOIL_G_CM2)]


def fitted(
    measured: Measured,
    instrument: Instrument,
    layers: Sequence[Layer],
    free: Sequence[str],
    traces: dict[str, float],
    range_kev: tuple[float, float] = (1.2, 40.0),
    leave_out_kev: Sequence[tuple[float, float]] = (),
) -> tuple[InstrumentFit, dict[str, Any]]:
    begun = time.perf_counter()
    fit = fit_instrument(
        instrument, measured.counts, measured.calibration, layers, free, traces=traces,
        range_kev=range_kev, leave_out_kev=leave_out_kev, model_error=MODEL_ERROR,
    )  # fmt: skip
    return fit, tell_fit(measured.name, fit, time.perf_counter() - begun)


def with_traces(layer: Layer, traces: dict[str, float]) -> list[Layer]:
    fractions, mass_thickness = layer
    rest = 1.0 - sum(traces.values())
    return [({e: s * rest for e, s in fractions.items()} | traces, mass_thickness)]


def at_rate(instrument: Instrument, measured: Measured, **changes: Any) -> Instrument:
    """The instrument at the count rate of a spectrum; counts are compared over live time."""
    rate = measured.above(0.3) / measured.live_s / 1000.0
    return instrument.but(count_rate_kcps=rate, dead_time_us=0.0, **changes)


def metal_windows(name: str) -> list[Window]:
    alpha, beta = METALS[name]
    return [
        line_window(f"{name} Ka", alpha),
        line_window(f"{name} Kb", beta),
        line_window("escape of Ka", alpha - 1.74),
        line_window("2 Ka", 2.0 * alpha),
        line_window("Ka + Kb", alpha + beta),
        Window("Rh L scattered", 2.55, 2.85),
        Window("continuum 10 to 12 keV", 10.0, 12.0, background=False),
        line_window("Rh Ka Rayleigh", 20.17),
        Window("continuum 21.5 to 26 keV", 21.5, 26.0, background=False),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path, help="XRFLab's XGT-7200 spectra")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--figures", type=Path, help="draw measured and expected spectra there")
    options = parser.parse_args()
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)

    def figure(comparison: Any, title: str, labels: dict[str, float]) -> None:
        if options.figures:
            path = options.figures / f"xgt-{comparison.name.replace(' ', '-')}.png"
            draw(comparison, path, f"{comparison.name}, XGT-7200, {title}", labels)

    fits, rows = [], []
    standard = find_instrument("horiba-xgt-7200").but(view_cm=0.0)
    known = {}
    for number in ("2586", "2587"):
        measured = read_emsa(options.folder / f"NIST {number}.txt")
        layers = soil(options.folder / f"NIST_SRM_{number}_elements.csv")
        free = FREE if number == "2586" else ("zero", "gain")
        instrument = at_rate(standard if number == "2586" else known["2586"].instrument, measured)
        fit, row = fitted(measured, instrument, layers, free, NOT_CERTIFIED)
        known[number] = fit
        fits.append(row)
        layers = with_traces(layers[0], fit.traces)
        comparison = compare(measured, fit.instrument, fit.calibration, layers)
        rows += rows_of(comparison, SOIL)
        figure(comparison, "instrument fitted" if number == "2586" else "predicted", SOIL_LABELS)
    base = known["2586"].instrument
    iron = read_emsa(options.folder / "Fe.txt")
    fit, row = fitted(
        iron, at_rate(base, iron, kv=30.0), [({"Fe": 1.0}, BULK_G_CM2)],
        ("zero", "gain", "pulse_pair_us"), {}, (6.1, 14.0), [(7.3, 12.4)],
    )  # fmt: skip
    fits.append(row)
    axis = fit.calibration
    pulse_pair = fit.instrument.pulse_pair_us
    scales = {}
    for name in METALS:
        measured = read_emsa(options.folder / f"{name}.txt")
        instrument = at_rate(base, measured, kv=30.0, pulse_pair_us=pulse_pair)
        comparison = compare(measured, instrument, axis, [({name: 1.0}, BULK_G_CM2)], METAL_KEV)
        scales[name] = comparison.scale / measured.live_s
        rows += rows_of(comparison, metal_windows(name))
        alpha, beta = METALS[name]
        labels = {f"{name} Ka": alpha, f"{name} Kb": beta, "escape": alpha - 1.74,
                  "2 Ka": 2 * alpha, "Ka + Kb": alpha + beta, "Rh L": 2.7,
                  "Rh Ka": 20.17}  # fmt: skip
        figure(comparison, "30 kV, predicted", labels)
    for name, (matrix, reference, lines) in AMOUNTS.items():
        measured = read_emsa(options.folder / f"{name}.txt")
        instrument = at_rate(base, measured, kv=30.0, pulse_pair_us=pulse_pair)
        layers = amounts_from_lines(
            measured, instrument, axis, (matrix, BULK_G_CM2), reference, lines, METAL_KEV
        )
        comparison = compare(measured, instrument, axis, layers, METAL_KEV)
        rows += rows_of(comparison, ALLOYS[name])
        labels = {window.name: 0.5 * (window.low_kev + window.high_kev) for window in ALLOYS[name]}
        figure(comparison, "30 kV, amounts fitted", labels)
    print()
    print_rows(rows)
    print("\n| metal, 30 kV, 1 mA | expected / measured, at iron's scale |\n|---|---|")
    for name, scale in scales.items():
        print(f"| {name} | {scales['Fe'] / scale:.3f} |")
    if options.json:
        options.json.write_text(
            json.dumps({"fits": fits, "rows": rows, "scales": scales}, indent=1)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
