"""What the prior thinks paintings and scans look like: pages to judge, and a table of frequencies.

    python benchmarks/prior_gallery.py -o gallery [--prior mine.toml] [--paintings 4000]

Writes `prior-stratigraphies.png`, `prior-spectra.png` and `prior.json`, and prints the table.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np

from prior_frequencies import PIXELS, measure, table
from underpaint.network import Prior, draw_scanners, find_prior, make_examples
from underpaint.paint import (
    Library,
    Painting,
    load_library,
    sample_painting,
    sample_pixels,
    sample_stratigraphies,
    stratigraphies_of,
)
from underpaint.show.stratigraphy_drawing import draw_stratigraphy
from underpaint.spectrum import standard_bins

ROWS, COLUMNS = 2, 8
SPECTRA = 6
TITLE_LETTERS = 105
INK = "#1d1d1b"


def words_of(painting: Painting) -> str:
    """The year of a painting, and what else is special about it, in words."""
    words = ["any date" if painting.year is None else str(painting.year)]
    if painting.beneath:
        words.append("over another")
    if painting.underpainted:
        words.append("underpaint")
    if painting.retouched:
        words.append("retouched")
    return words[0] + ("\n" + ", ".join(words[1:]) if words[1:] else "\n")


def draw_page(library: Library, prior: Prior, seed: int, path: Path) -> None:
    """A page of random stratigraphies, each of another painting."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.15 * COLUMNS, 5.6 * ROWS), layout="constrained")
    FigureCanvasAgg(figure)
    for number, axes in enumerate(figure.subplots(ROWS, COLUMNS).flat):
        random = np.random.default_rng((seed, number))
        painting = sample_painting(library, prior.paint, random)
        samples = sample_stratigraphies(painting, prior.paint, library, 1, random)
        draw_stratigraphy(axes, stratigraphies_of(samples)[0], library)
        axes.set_title(words_of(painting), fontsize=8.5, color=INK)
    figure.savefig(path, dpi=110)


def draw_spectra(library: Library, prior: Prior, seed: int, path: Path) -> None:
    """Single pixels of random paintings under random scanners, with their counting noise."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    bins = standard_bins()
    figure = Figure(figsize=(13.0, 2.6 * SPECTRA // 2), layout="constrained")
    FigureCanvasAgg(figure)
    for number, axes in enumerate(figure.subplots(SPECTRA // 2, 2).flat):
        random = np.random.default_rng((seed, 1, number))
        scanners = draw_scanners(prior.scanner, prior.scan, 1, random)
        examples = make_examples(library, prior.paint, prior.scan, scanners, 8, random)
        counts = examples.counts[0].numpy() / bins.widths
        shown = np.where(counts > 0.0, counts, np.nan)
        axes.step(bins.centres, shown, where="mid", linewidth=0.8, color=INK)
        instrument = scanners[0].model.instrument
        there = examples.truth.anywhere[0]
        held = [group.name for i, group in enumerate(library.groups) if there[i]]
        axes.set_title(
            f"{instrument.name or 'scanner'}: {instrument.anode} {instrument.kv:.0f} kV, "
            f"{examples.counts[0].sum():,.0f} counts\n{fill(', '.join(held), TITLE_LETTERS)}",
            fontsize=8, color=INK, loc="left",
        )  # fmt: skip
        axes.set_yscale("log")
        axes.set_xlim(0.8, float(instrument.kv))
        axes.set_ylim(bottom=0.5 * np.nanmin(shown))
        axes.tick_params(labelsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("keV", fontsize=9)
    figure.supylabel("counts a keV (gaps: none)", fontsize=9)
    figure.savefig(path, dpi=110)


def milliseconds_a_painting(library: Library, prior: Prior, count: int = 100) -> float:
    """CPU time to draw a painting and 64 pixels of it."""
    random = np.random.default_rng(0)
    started = time.process_time()
    for _ in range(count):
        painting = sample_painting(library, prior.paint, random)
        sample_pixels(painting, prior.paint, library, PIXELS, random)
    return 1000.0 * (time.process_time() - started) / count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--prior", default="shipped", help="a file like the shipped prior.toml")
    parser.add_argument("--paintings", type=int, default=4000, help="drawn for the table")
    parser.add_argument("--seed", type=int, default=1890)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    library, prior = load_library(), find_prior(options.prior)
    draw_page(library, prior, options.seed, options.out / "prior-stratigraphies.png")
    draw_spectra(library, prior, options.seed, options.out / "prior-spectra.png")
    frequencies = measure(library, prior.paint, options.paintings, options.seed)
    cost = milliseconds_a_painting(library, prior)
    found: dict[str, Any] = {"milliseconds_a_painting": cost, **frequencies.to_dict()}
    (options.out / "prior.json").write_text(json.dumps(found, indent=1))
    print(table(frequencies))
    rarest = frequencies.overall(frequencies.paintings)[0].min()
    print(f"\n{options.paintings} paintings of {PIXELS} pixels; the rarest group is in "
          f"{100 * rarest:.1f} % of paintings")  # fmt: skip
    shares = ", ".join(f"{name} {100 * share:.0f} %" for name, share in frequencies.shares.items())
    print(f"weight fraction on top: {shares}")
    print(f"a painting with {PIXELS} pixels takes {cost:.1f} ms")


if __name__ == "__main__":
    main()
