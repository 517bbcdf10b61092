"""What the forward model's short cuts cost: energy intervals, slices, directions, precision.

python benchmarks/forward_shortcuts.py [--paintings N] [--json FILE]

Random paintings under random scanners, as in training; each short cut against the same model
without it. Errors are those of exits (groups of lines) brighter than 1e-4 of a sample's lines, and
of whole regions of the spectrum.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.paint import PaintPrior, load_library, sample_painting, sample_pixels
from underpaint.spectrum import standard_bins
from underpaint.xray import (
    Fineness,
    ForwardModel,
    Instrument,
    InstrumentPrior,
    StackBatch,
    edge_kev,
    sample_instrument,
)
from underpaint.xray.atomic import all_exits, attenuation, attenuation_at_exits
from underpaint.xray.beam import interval_edges, make_beam
from underpaint.xray.fluorescence import primary_lines
from underpaint.xray.lines import SHELLS
from underpaint.xray.periodic_table import ELEMENTS

SEED = 3
PIXELS = 12
FAINTEST = 1e-4
BRIGHT = 1e-2
REGIONS_KEV = ((5.0, 6.0), (15.0, 17.0), (17.0, 18.5), (18.5, 20.0), (25.0, 35.0))
FINEST = Fineness(slices=10, directions=6, orders=3, faintest=1e-6)
FIELDS = {
    "nothing beyond the first interaction": None,
    "as it is": Fineness(),
    "4 slices": Fineness(slices=4),
    "2 slices": Fineness(slices=2),
    "2 directions": Fineness(directions=2),
    "4 directions": Fineness(directions=4),
    "no tertiary": Fineness(orders=1),
    "exciters above 1 %": Fineness(faintest=1e-2),
}
Case = tuple[Instrument, StackBatch]


def cases(count: int) -> list[Case]:
    """Scanners, each with the samples of a painting."""
    random = np.random.default_rng(SEED)
    library, prior = load_library(), PaintPrior()
    drawn = []
    for _ in range(count):
        painting = sample_painting(library, prior, random)
        stacks = sample_pixels(painting, prior, library, PIXELS, random).stacks
        double = StackBatch(stacks.fractions.double(), stacks.mass_thickness.double())
        drawn.append((sample_instrument(InstrumentPrior(), random), double))
    return drawn


def errors(found: Tensor, exact: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Relative errors of all exits that count, and of bright ones."""
    share = exact / exact.sum(dim=1, keepdim=True)
    error = (found / exact - 1.0).abs()
    return error[share > FAINTEST].numpy(), error[share > BRIGHT].numpy()


def summary(pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> dict[str, float]:
    every, bright = (np.concatenate(each) for each in zip(*pairs, strict=True))
    return {
        "median": float(np.median(every)),
        "p95": float(np.percentile(every, 95)),
        "bright_median": float(np.median(bright)),
        "bright_p95": float(np.percentile(bright, 95)),
    }


def even_intervals(count: int) -> NDArray[np.float64]:
    return np.geomspace(1.0, 60.0, count + 1)


def finest_intervals() -> NDArray[np.float64]:
    """1,500 intervals and every absorption edge."""
    edges = [edge_kev(element, shell) for element in ELEMENTS for shell in SHELLS]
    inside = [edge for edge in edges if 1.0 < edge < 60.0]
    return np.unique(np.concatenate([even_intervals(1500), inside]))


def primary(case: Case, borders: NDArray[np.float64]) -> Tensor:
    instrument, stacks = case
    beam = make_beam(instrument, borders)
    present = (stacks.fractions > 0.0).any(dim=0).any(dim=0).nonzero()[:, 0].tolist()
    element = torch.tensor([ELEMENTS.index(group.element) for group in all_exits()])
    chosen = torch.isin(element, torch.tensor(present)).nonzero()[:, 0]
    return primary_lines(
        stacks,
        beam.photons,
        attenuation(beam.energy_kev),
        beam.sections[chosen],
        attenuation_at_exits()[:, chosen],
        element[chosen],
        instrument.incidence_deg,
        instrument.take_off_deg,
    )


def of_intervals(drawn: list[Case]) -> dict[str, dict[str, float]]:
    exact = [primary(case, finest_intervals()) for case in drawn]
    tried = {
        f"between edges, {len(interval_edges()) - 1} (as it is)": interval_edges(),
        "48 even": even_intervals(48),
        "96 even": even_intervals(96),
        "192 even": even_intervals(192),
    }
    return {
        name: summary(
            [errors(primary(case, borders), best) for case, best in zip(drawn, exact, strict=True)]
        )
        for name, borders in tried.items()
    }


def in_regions(spectrum: Tensor) -> Tensor:
    centres = torch.from_numpy(standard_bins().centres)
    return torch.stack(
        [spectrum[:, (centres > low) & (centres < high)].sum(dim=1) for low, high in REGIONS_KEV],
        dim=1,
    )


def modelled(case: Case, dtype: torch.dtype, fineness: Fineness | None) -> tuple[Tensor, Tensor]:
    instrument, stacks = case
    model = ForwardModel(instrument, standard_bins(), dtype=dtype, fineness=fineness)
    given = StackBatch(stacks.fractions.to(dtype), stacks.mass_thickness.to(dtype))
    lines, scatter = model.emitted(given)
    return lines.double(), in_regions(model.detected(lines, scatter).double())


def of_field(drawn: list[Case]) -> dict[str, dict[str, float]]:
    def compared(
        exact: list[tuple[Tensor, Tensor]], tried: Callable[[Case], tuple[Tensor, Tensor]]
    ) -> dict[str, float]:
        pairs, regions = [], []
        for case, (lines, spectrum) in zip(drawn, exact, strict=True):
            found, seen = tried(case)
            pairs.append(errors(found, lines))
            held = spectrum > 1e-4 * spectrum.sum(dim=1, keepdim=True)
            regions.append((seen / spectrum - 1.0).abs()[held].numpy())
        every = np.concatenate(regions)
        return summary(pairs) | {
            "regions_median": float(np.median(every)),
            "regions_p95": float(np.percentile(every, 95)),
        }

    double = torch.float64
    finest = [modelled(case, double, FINEST) for case in drawn]
    table = {
        name: compared(finest, lambda case, kind=kind: modelled(case, double, kind))
        for name, kind in FIELDS.items()
    }
    usual = [modelled(case, double, Fineness()) for case in drawn]
    table["float32 (against float64)"] = compared(
        usual, lambda case: modelled(case, torch.float32, Fineness())
    )
    return table


def print_table(title: str, table: dict[str, dict[str, float]]) -> None:
    names = list(next(iter(table.values())))
    print(f"\n{title}: errors, %\n")
    print("| |", " | ".join(name.replace("_", ", ") for name in names), "|")
    print("|---" * (len(names) + 1) + "|")
    for case, figures in table.items():
        print(f"| {case} |", " | ".join(f"{100 * figures[name]:.3f}" for name in names), "|")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paintings", type=int, default=12, help="how many paintings")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    figures: dict[str, Any] = {"paintings": options.paintings, "pixels_each": PIXELS}
    with torch.inference_mode():
        drawn = cases(options.paintings)
        figures["intervals"] = of_intervals(drawn)
        print_table("Energy intervals, primary lines", figures["intervals"])
        figures["field"] = of_field(drawn)
        print_table("The field inside, all lines and regions of the spectrum", figures["field"])
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
