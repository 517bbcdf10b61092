"""SRM 1155 steel in a synchrotron's beam of 16 keV: the spectrum that comes with PyMca.

python benchmarks/measured_pymca.py ../shared/data/pymca [--json FILE] [--figures DIR]

Instrument, path and detector are those of Steel.cfg, the composition is NIST's. Nothing is fitted
but energy axis, peak shape and pulse-pair time; one scale factor is taken from Fe Ka. Areas of
PyMca's own fit, which take overlaps apart, are compared as ratios to Fe Ka. The beam was linearly
polarised and the model's is not, so that scatter is not compared.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PyMca5.PyMcaIO import ConfigDict
from PyMca5.PyMcaPhysics.xrf import ClassMcaTheory

from measured_comparison import (
    compare,
    line_window,
    print_rows,
    rows_of,
    tell_fit,
)
from measured_figures import draw
from measured_spectra import Measured, read_spe
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import ForwardModel, Instrument, make_stacks, read_pymca_config
from underpaint.xray.detector import efficiency
from underpaint.xray.instrument_fit import fit_instrument

STEEL = {"C": 0.000445, "Co": 0.001052, "Cr": 0.1837, "Cu": 0.001734, "Mn": 0.01619, "Mo": 0.02386,
         "Ni": 0.1235, "S": 0.000175, "V": 0.000508, "P": 0.0002, "Si": 0.005093}  # fmt: skip
"""SRM 1155, mass fractions (NIST, Certificate of Analysis); P and Si are reference values."""
BULK_G_CM2 = 2.0
MODEL_ERROR = 0.02
LIVE_S = 300.0
"""As Steel.cfg states it under concentrations."""
WINDOWS = (
    line_window("Mo L", 2.29, 2.40),
    line_window("Cr Ka", 5.412),
    line_window("Fe Ka", 6.400),
    line_window("Ni Ka", 7.472),
    line_window("Ni Kb", 8.265),
    line_window("escape of Cr Ka", 3.675),
    line_window("escape of Fe Ka", 4.664),
    line_window("Cr Ka + Fe Ka", 11.82),
    line_window("2 Fe Ka", 12.81),
)
LABELS = {"Mo L": 2.3, "Cr Ka": 5.41, "Fe Ka": 6.40, "Fe Kb": 7.06, "Ni Ka": 7.47, "Ni Kb": 8.26,
          "Compton": 15.4, "16 keV": 16.0}  # fmt: skip
FITTED = {"V K": "V K", "Cr K": "Cr K", "Mn K": "Mn K", "Fe Kb": "Fe Kb", "Ni K": "Ni K"}
"""Our name of some lines -> PyMca's; copper is left out, which the beam line's parts emit too."""


def pymca_areas(folder: Path, measured: Measured) -> dict[str, float]:
    """Areas of PyMca's own fit, by its name of the group."""
    configuration = ConfigDict.ConfigDict()
    configuration.read(str(folder / "Steel.cfg"))
    theory = ClassMcaTheory.ClassMcaTheory()
    theory.configure(configuration)
    theory.setData(x=np.arange(len(measured.counts)), y=measured.counts)
    theory.estimate()
    _, digest = theory.startfit(digest=1)
    return {group: float(digest[group]["fitarea"]) for group in digest["groups"]}


def expected_lines(
    instrument: Instrument, calibration: EnergyCalibration, steel: dict[str, float]
) -> dict[str, float]:
    """Photons of "Cr K", "Fe Ka" and so on that are counted, escape and pile-up aside."""
    bins = Bins(calibration.edges(1200)[60:])
    model = ForwardModel(instrument, bins, elements=sorted(steel), dtype=torch.float64)
    lines = model.lines(make_stacks([[(steel, BULK_G_CM2)]], torch.float64))[0]
    counted: dict[str, float] = {}
    for group, photons in zip(model.exits, lines.tolist(), strict=True):
        for line in group.lines:
            at = torch.tensor([line.energy_kev], dtype=torch.float64)
            share = photons * line.rate / group.rate * float(efficiency(instrument, at))
            for name in (f"{line.element} {line.family}", f"{line.element} {line.siegbahn[:2]}"):
                counted[name] = counted.get(name, 0.0) + share
    return counted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("folder", type=Path, help="PyMca's Steel.spe and Steel.cfg")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--figures", type=Path, help="draw measured and expected spectra there")
    options = parser.parse_args()
    measured = read_spe(options.folder / "Steel.spe")
    stated = read_pymca_config(options.folder / "Steel.cfg")
    steel = STEEL | {"Fe": 1.0 - sum(STEEL.values())}
    rate = measured.counts.sum() / LIVE_S / 1000.0
    begun = time.perf_counter()
    fit = fit_instrument(
        stated.instrument.but(count_rate_kcps=rate), measured.counts, stated.calibration,
        [(steel, BULK_G_CM2)], ("zero", "gain", "noise", "fano", "tail", "shelf", "pulse_pair_us"),
        range_kev=(1.9, 13.0), leave_out_kev=[(8.6, 12.6)], model_error=MODEL_ERROR,
    )  # fmt: skip
    told = tell_fit("SRM 1155", fit, time.perf_counter() - begun)
    comparison = compare(
        measured, fit.instrument, fit.calibration, [(steel, BULK_G_CM2)], (6.2, 6.6)
    )
    rows = [row | {"spectrum": "SRM 1155"} for row in rows_of(comparison, WINDOWS)]
    print()
    print_rows(rows)
    areas = pymca_areas(options.folder, measured)
    told_lines = expected_lines(fit.instrument, fit.calibration, steel)
    print("\n| lines | PyMca's fit, over Fe Ka | expected, over Fe Ka | ratio |\n|---|---|---|---|")
    ratios = {}
    for name, group in FITTED.items():
        found = areas[group] / areas["Fe Ka"]
        expected = told_lines[name] / told_lines["Fe Ka"]
        ratios[name] = [found, expected]
        print(f"| {name} | {found:.4f} | {expected:.4f} | {expected / found:.3f} |")
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw(
            comparison,
            options.figures / "pymca-steel.png",
            "SRM 1155, 16 keV: axis and peak shape fitted, composition and instrument as stated",
            LABELS,
            highest_kev=17.0,
        )
    if options.json:
        options.json.write_text(
            json.dumps({"fit": told, "rows": rows, "over_fe_ka": ratios}, indent=1)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
