"""One point of a painting scanner, a Bruker M6 Jetstream, on calcium phosphate.

python benchmarks/measured_m6.py ../shared/data/bruker/bruker_m6_jetstream_file_example.spx
    [--json FILE] [--figures DIR]

The file states tube, geometry, detector, and ESPRIT's own net counts. The sample is unknown but for
its elements. Fitted: axis, optic, tube lines, window, the air that is left in the helium, and the
amounts of the elements in a matrix of oxygen and carbon, all to the spectrum from 1.3 to 40 keV.
Predicted, since one amount of an element gives all of its lines: Ca Kb against Ca Ka, Sr Kb against
Sr Ka, Pb Lb against Pb La, Zn Kb against Zn Ka; and Rayleigh and Compton scatter, which the amounts
of heavy and light elements decide. ESPRIT's counts are set beside this model's. The file is
corrected for pile-up: no sum peak of calcium stands at 7.4 keV; the escape peak at 1.95 keV lies
under phosphorus.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import torch

from measured_comparison import Window, compare, line_window, print_rows, rows_of, tell_fit
from measured_figures import draw
from measured_spectra import read_spx
from underpaint.xray import (
    ELEMENTS,
    ForwardModel,
    InstrumentFit,
    Layer,
    find_instrument,
    fit_instrument,
    make_stacks,
)

MODEL_ERROR = 0.02
HEAVY = ("Hg", "Pb")
MATRIX = {"O": 0.75, "C": 0.22, "H": 0.03}
SAMPLE_G_CM2 = 0.6
AMOUNTS = {"Ca": 0.38, "P": 0.08, "S": 5e-4, "Cl": 5e-4, "K": 2e-3, "Fe": 3e-4, "Zn": 2e-4,
           "As": 1e-4, "Pb": 2e-4, "Hg": 1e-4, "Sr": 5e-4}  # fmt: skip
FREE = ("zero", "gain", "shelf", "tube_window_um", "tube_k_lines", "tube_l_lines",
        "optic_cutoff_kev", "optic_power", "own_lines:Ar", "acceptance_deg")  # fmt: skip
WINDOWS = (
    line_window("P K", 2.01),
    line_window("Ca Ka", 3.69),
    line_window("Ca Kb", 4.013),
    line_window("Fe Ka", 6.40),
    line_window("Zn Ka", 8.63),
    line_window("Zn Kb", 9.57),
    line_window("Hg La", 9.99),
    line_window("Pb La, As Ka", 10.54),
    line_window("Hg Lb, As Kb", 11.79),
    line_window("Pb Lb", 12.63),
    line_window("Sr Ka", 14.14),
    line_window("Sr Kb", 15.84),
    Window("continuum 16.5 to 18 keV", 16.5, 18.0, background=False),
    Window("Rh Ka Compton", 18.0, 19.7),
    line_window("Rh Ka Rayleigh", 20.17),
    Window("continuum 23.5 to 30 keV", 23.5, 30.0, background=False),
)
LABELS = {"P": 2.01, "Rh L": 2.70, "Ar": 2.96, "Ca Ka": 3.69, "Ca Kb": 4.01, "Fe": 6.40, "Zn": 8.63,
          "Hg La": 9.99, "As, Pb La": 10.54, "Pb Lb": 12.63, "Sr Ka": 14.14, "Sr Kb": 15.84,
          "Rh Ka Compton": 18.7, "Rh Ka": 20.17, "Rh Kb": 22.72}  # fmt: skip


def esprit_counts(path: Path) -> dict[str, int]:
    """ESPRIT's net counts by element."""
    root = ElementTree.fromstring(path.read_bytes())
    return {
        ELEMENTS[int(result.findtext("Atom", "1")) - 1]: int(result.findtext("NetIntens", "0"))
        for result in root.iter("Result")
        if result.findtext("NetIntens")
    }


def model_counts(fit: InstrumentFit, layers: list[Layer]) -> dict[str, float]:
    """Counts in the K lines of each element, for mercury and lead in the L lines."""
    model = ForwardModel(fit.instrument, fit.bins, dtype=torch.float64)
    lines = model.lines(make_stacks([layers], torch.float64))[0]
    counts = fit.scale * lines * model.line_response.sum(dim=1)
    return {
        element: sum(
            float(counts[i])
            for i, group in enumerate(model.exits)
            if group.element == element and group.shell[0] == ("L" if element in HEAVY else "K")
        )
        for element in AMOUNTS
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("file", type=Path, help="bruker_m6_jetstream_file_example.spx")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--figures", type=Path, help="draw measured and expected spectra there")
    options = parser.parse_args()
    measured = replace(read_spx(options.file), name="M6 point")
    first = find_instrument("bruker-m6-jetstream").but(
        atmosphere="helium", own_lines={"Ar": 2e-3}, count_rate_kcps=0.0, dead_time_us=0.0
    )
    begun = time.perf_counter()
    fit = fit_instrument(
        first, measured.counts, measured.calibration, [(MATRIX, SAMPLE_G_CM2)], FREE,
        traces=AMOUNTS, range_kev=(1.3, 39.5), model_error=MODEL_ERROR,
    )  # fmt: skip
    told = tell_fit(measured.name, fit, time.perf_counter() - begun)
    rest = 1.0 - sum(fit.traces.values())
    layer = {element: share * rest for element, share in MATRIX.items()} | fit.traces
    comparison = compare(measured, fit.instrument, fit.calibration, [(layer, SAMPLE_G_CM2)])
    rows = rows_of(comparison, WINDOWS)
    print()
    print_rows(rows)
    net = esprit_counts(options.file)
    model = model_counts(fit, [(layer, SAMPLE_G_CM2)])
    print("\n| element | ESPRIT, net counts | this model, counts in its K (Pb, Hg: L) lines |")
    print("|---|---|---|")
    for element in AMOUNTS:
        print(f"| {element} | {net.get(element, 0):,} | {model[element]:,.0f} |")
    if options.figures:
        options.figures.mkdir(parents=True, exist_ok=True)
        draw(
            comparison,
            options.figures / "m6.png",
            "calcium phosphate, M6 Jetstream, Rh 50 kV, helium: amounts and optic fitted",
            LABELS,
        )
    if options.json:
        result = {"fit": told, "rows": rows, "esprit": net, "model": model}
        options.json.write_text(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
