"""A Bruker M4 Tornado, fitted on acrylic glass alone, must tell metals and filters it never saw.

python benchmarks/measured_nist_m4.py ../shared/data/nist-m4 [--json FILE] [--figures DIR]

The spectra are NIST's (NeXLSpectrum). Tube, optic and the detector's shelf are fitted to the
acrylic of 600 s. Pure elements, and a steel whose Cr, Ni and Mo K alpha are fitted, are predicted
with one scale factor a spectrum, and also with acrylic's own scale (live times are stated, and
nothing else was changed). A second set is acrylic behind filters, by two tubes: fitted without a
filter or behind the thinnest one, and predicted behind the others.

Geometry, windows, energy axis and resolution are those that the files state (the K alpha lines of
Ti to Zr stand within 1.2 eV, at widths within 1.6 eV). How thick the acrylic is they do not say,
and acrylic alone cannot tell it from the optic: a sheet of 6 mm is assumed; --acrylic-g-cm2 tries
others. Filters do not only absorb: by the counts above 24 keV they also cut off a part of the beam,
so that absolute figures behind them say little.

The files were exported by ESPRIT, with escape and sum peaks taken out (none stand at the metals'
places): escape windows are therefore not compared, and no pile-up is modelled. Metal sheets
diffract: broad bumps of the continuum above their lines are Bragg reflections, which no model of
an amorphous sample has.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
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
from measured_spectra import Measured, read_emsa, read_spx
from underpaint.xray import Instrument, Layer
from underpaint.xray.beam import make_beam
from underpaint.xray.instrument_fit import InstrumentFit, fit_instrument

MODEL_ERROR = 0.02
ACRYLIC: dict[str, float] = {"C": 0.5998, "H": 0.0805, "O": 0.3197}
ACRYLIC_G_CM2 = 0.71
BULK_G_CM2 = 3.0
STEEL_LINES = {"Cr": line_window("Cr Ka", 5.412), "Ni": line_window("Ni Ka", 7.472),
               "Mo": line_window("Mo Ka", 17.44)}  # fmt: skip
TUBE = ("tube_take_off_deg", "tube_k_lines")
SOFT = ("tube_window_um", "tube_l_lines", "shelf")
OPTIC = ("optic_cutoff_kev", "optic_power")
OTHERS = ("azimuth_deg", "acceptance_deg", "own_lines:Ni", "own_lines:Fe")
RHODIUM = (
    Window("Rh L scattered", 2.5, 3.0),
    Window("continuum 6 to 10 keV", 6.0, 10.0, background=False),
    Window("continuum 10 to 17 keV", 10.0, 17.0, background=False),
    Window("Rh Ka Compton", 18.3, 19.7),
    line_window("Rh Ka Rayleigh", 20.17),
    Window("continuum 24 to 32 keV", 24.0, 32.0, background=False),
)
MOLYBDENUM = (
    Window("continuum 6 to 10 keV", 6.0, 10.0, background=False),
    Window("continuum 10 to 15 keV", 10.0, 15.0, background=False),
    Window("Mo Ka Compton", 15.9, 17.1),
    line_window("Mo Ka Rayleigh", 17.44),
    Window("continuum 21 to 26 keV", 21.0, 26.0, background=False),
    Window("continuum 26 to 38 keV", 26.0, 38.0, background=False),
)
LINES: dict[str, tuple[Window, ...]] = {
    "Si": (line_window("Si K", 1.74),),
    "S": (line_window("S K", 2.31, 2.46),),
    "Ti": (line_window("Ti Ka", 4.509), line_window("Ti Kb", 4.932)),
    "Cr": (line_window("Cr Ka", 5.412), line_window("Cr Kb", 5.947)),
    "Fe": (line_window("Fe Ka", 6.400), line_window("Fe Kb", 7.058)),
    "Ni": (line_window("Ni Ka", 7.472), line_window("Ni Kb", 8.265)),
    "Cu": (line_window("Cu Ka", 8.041), line_window("Cu Kb", 8.905)),
    "Zr": (line_window("Zr L", 2.04, 2.2), line_window("Zr Ka", 15.75),
           Window("Zr Kb", 17.3, 18.3)),
    "Sn": (Window("Sn L", 2.9, 4.7), line_window("Sn Ka", 25.2), Window("Sn Kb", 28.0, 29.6)),
    "Steel": (line_window("Fe Ka", 6.400), line_window("Ni Kb", 8.265),
              line_window("Mo Kb", 19.6)),
}  # fmt: skip
LABELS: dict[str, dict[str, float]] = {
    "Si": {"Si K": 1.74, "Bragg": 5.5}, "S": {"S K": 2.31},
    "Ti": {"Ti Ka": 4.51, "Ti Kb": 4.93}, "Cr": {"Cr Ka": 5.41, "Cr Kb": 5.95},
    "Fe": {"Fe Ka": 6.40, "Fe Kb": 7.06}, "Ni": {"Ni Ka": 7.47, "Ni Kb": 8.26},
    "Cu": {"Cu Ka": 8.04, "Cu Kb": 8.90},
    "Zr": {"Zr L": 2.04, "Zr Ka": 15.75, "Zr Kb": 17.67, "Hf La": 7.9, "Hf Lb": 9.02},
    "Sn": {"Sn La": 3.44, "Sn Lb": 3.67, "Sn Ka": 25.2, "Sn Kb": 28.5},
    "Steel": {"Cr Ka": 5.41, "Fe Ka": 6.40, "Fe Kb": 7.06, "Ni Ka": 7.47, "Ni Kb": 8.26,
              "Mo Ka": 17.44},
}  # fmt: skip
RHODIUM_LABELS = {"Rh L": 2.7, "Rh Ka Compton": 18.95, "Rh Ka": 20.17, "Rh Kb": 22.72}
MOLYBDENUM_LABELS = {"Mo L": 2.29, "Mo Ka Compton": 16.5, "Mo Ka": 17.44, "Mo Kb": 19.6}


RHODIUM_TUBE = Instrument(
    name="M4 Tornado, NIST", anode="Rh", kv=50.0, tube_incidence_deg=78.0, tube_take_off_deg=12.0,
    tube_window_um=100.0, optic_cutoff_kev=14.0, optic_power=4.0, incidence_deg=50.0,
    take_off_deg=50.0, azimuth_deg=90.0, path_in_cm=1.0, path_out_cm=2.0, view_cm=0.0,
    atmosphere="vacuum", crystal_um=450.0, dead_layer_um=0.029, detector_window_um=13.0,
    noise=0.0754, fano=0.120, own_lines={"Ni": 5e-4, "Fe": 1e-4},
)  # fmt: skip
"""Angles, windows and distances as the .spx files state them; the rest is a first guess."""
MOLYBDENUM_TUBE = RHODIUM_TUBE.but(
    anode="Mo", tube_incidence_deg=84.0, tube_take_off_deg=6.0, tube_window_um=200.0,
    optic_cutoff_kev=0.0,
)  # fmt: skip


def fit_acrylic(
    measured: Measured, first: Instrument, g_cm2: float, lowest_kev: float, *more: str
) -> tuple[InstrumentFit, dict[str, Any]]:
    """The instrument from acrylic glass, and what to say of the fit."""
    begun = time.perf_counter()
    fit = fit_instrument(
        first,
        measured.counts,
        measured.calibration,
        [(ACRYLIC, g_cm2)],
        free=(*TUBE, *OTHERS, *more),
        range_kev=(lowest_kev, 39.5),
        model_error=MODEL_ERROR,
    )
    return fit, tell_fit(measured.name, fit, time.perf_counter() - begun)


def sample_of(measured: Measured, name: str, fit: InstrumentFit) -> list[Layer]:
    """A bulk sample; what the steel holds is not stated, and taken from K alpha lines."""
    if name != "Steel":
        return [({name: 1.0}, BULK_G_CM2)]
    return amounts_from_lines(
        measured, fit.instrument, fit.calibration, ({"Fe": 1.0}, BULK_G_CM2),
        line_window("Fe Ka", 6.400), STEEL_LINES,
    )  # fmt: skip


def predict_elements(
    folder: Path, fit: InstrumentFit, live_s: float, figures: Path | None
) -> list[dict[str, Any]]:
    """Pure elements and steel from acrylic's instrument."""
    rows = []
    for name, windows in LINES.items():
        measured = read_emsa(folder / f"{name}_50kv_50_ma_Rh_vac_D1.msa")
        layers = sample_of(measured, name, fit)
        comparison = compare(measured, fit.instrument, fit.calibration, layers)
        absolute = (fit.scale / live_s) / (comparison.scale / measured.live_s)
        others = [w for w in RHODIUM if not any(_overlap(w, line) for line in windows)]
        rows += [
            row | {"spectrum": name, "absolute": absolute}
            for row in rows_of(comparison, [*windows, *others])
        ]
        if figures:
            draw(
                comparison,
                figures / f"m4-{name}.png",
                f"{name}, M4 Tornado, Rh 50 kV, vacuum: instrument from acrylic, one scale factor",
                LABELS[name] | {"Rh Ka": 20.17},
                _escapes(name),
            )
    return rows


def _overlap(one: Window, other: Window) -> bool:
    return one.low_kev < other.high_kev + 0.2 and other.low_kev - 0.2 < one.high_kev


def _escapes(name: str) -> list[tuple[float, float, str]]:
    lines = {"Ti": 4.51, "Cr": 5.41, "Fe": 6.40, "Ni": 7.47, "Cu": 8.04, "Steel": 6.40}
    if name not in lines:
        return []
    at = lines[name] - 1.74
    return [(at - 0.15, at + 0.15, "escape\ntaken out")]


def predict_filters(
    folder: Path, anode: str, fit: InstrumentFit, fitted: Path, figures: Path | None
) -> list[dict[str, Any]]:
    """Acrylic behind each filter from the instrument that one of them gave."""
    rows = []
    windows = RHODIUM if anode == "Rh" else MOLYBDENUM
    labels = RHODIUM_LABELS if anode == "Rh" else MOLYBDENUM_LABELS
    for path in scatter_files(folder, anode):
        measured = read_spx(path)
        instrument = fit.instrument.but(filters=filters_of(measured))
        layers: list[Layer] = [(ACRYLIC, fit.mass_thickness)]
        comparison = compare(measured, instrument, fit.calibration, layers, (6.0, 39.0))
        # currents are stated as 99 or 100 uA: the same to the digit
        let_through = photons(instrument) / photons(fit.instrument)
        live = read_spx(fitted).live_s
        absolute = (fit.scale / live) / (comparison.scale / measured.live_s) * let_through
        name = f"{anode}, {measured.head.get('FilterId', 'no filter').replace('_', ' ')}"
        name += " (fitted)" if path == fitted else ""
        rows += [
            row | {"spectrum": name, "absolute": absolute} for row in rows_of(comparison, windows)
        ]
        if figures:
            stem = name.replace(", ", "-").replace(" ", "").replace("/", "-").replace("(", "-")
            draw(
                comparison,
                figures / f"m4-acrylic-{stem.rstrip(')')}.png",
                f"acrylic, M4 Tornado, 50 kV, {name}: instrument from one filter, one scale factor",
                labels | {"Ni Ka": 7.47},
            )
    return rows


def photons(instrument: Instrument) -> float:
    """Photons on the sample, in units that only the tube's current and time change."""
    return float(make_beam(instrument).photons.sum())


def scatter_files(folder: Path, anode: str) -> list[Path]:
    """One file a filter of a tube with detector 1: of files that hold the same counts, the last."""
    chosen = {}
    for path in sorted((folder / "acrylic_scatter").glob(f"*_D1_{anode}_*.spx")):
        chosen[read_spx(path).head.get("Filters", "")] = path
    return list(chosen.values())


def filters_of(measured: Measured) -> tuple[tuple[str, float], ...]:
    """The filters that a .spx file states, as an instrument takes them."""
    symbols = {"13": "Al", "22": "Ti", "29": "Cu"}
    stated = measured.head.get("Filters", "")
    if not stated:
        return ()
    numbers, thickness = (part.split(",") for part in stated.split(";"))
    return tuple((symbols[z], float(um)) for z, um in zip(numbers, thickness, strict=True))


def print_absolute(rows: list[dict[str, Any]]) -> None:
    print("\n| spectrum | expected / measured, whole spectrum, at the fitted spectrum's scale |")
    print("|---|---|")
    for name, value in {row["spectrum"]: row["absolute"] for row in rows}.items():
        print(f"| {name} | {value:.3f} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path, help="NIST's M4 spectra")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--figures", type=Path, help="draw measured and expected spectra there")
    parser.add_argument("--acrylic-g-cm2", type=float, default=ACRYLIC_G_CM2)
    options = parser.parse_args()
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
    sets: dict[str, Any] = {}
    plain = scatter_files(options.folder, "Mo")[0]
    thick = options.acrylic_g_cm2
    bare, sets["Mo"] = fit_acrylic(read_spx(plain), MOLYBDENUM_TUBE, thick, 6.0)
    acrylic = read_emsa(options.folder / "Acrylic_50kv_50_ma_Rh_vac_D1_600s.msa")
    fit, sets["Rh"] = fit_acrylic(acrylic, RHODIUM_TUBE, thick, 1.5, *SOFT, *OPTIC)
    again = compare(acrylic, fit.instrument, fit.calibration, [(ACRYLIC, fit.mass_thickness)])
    if options.figures:
        title = "acrylic, M4 Tornado, Rh 50 kV, vacuum: fitted"
        draw(again, options.figures / "m4-acrylic.png", title, RHODIUM_LABELS)
    elements = [
        row | {"spectrum": "acrylic (fitted)", "absolute": 1.0} for row in rows_of(again, RHODIUM)
    ]
    elements += predict_elements(options.folder, fit, acrylic.live_s, options.figures)
    thin = scatter_files(options.folder, "Rh")[0]
    measured = read_spx(thin)
    behind = RHODIUM_TUBE.but(filters=filters_of(measured))
    filtered, sets["Rh, filters"] = fit_acrylic(measured, behind, thick, 6.0, *OPTIC)
    rows = {
        "elements": elements,
        "filters Mo": predict_filters(options.folder, "Mo", bare, plain, options.figures),
        "filters Rh": predict_filters(options.folder, "Rh", filtered, thin, options.figures),
    }
    for each in rows.values():
        print()
        print_rows(each)
        print_absolute(each)
    if options.json:
        options.json.write_text(json.dumps({"fits": sets, "rows": rows}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
