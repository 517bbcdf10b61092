"""Figures of a measured spectrum under what the forward model expects of it.

python benchmarks/measured_figures.py PNG PNG PNG PNG -o PNG

puts four of those that `measured_*.py --figures DIR` draw on one sheet, at six tenths of their
size.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from measured_comparison import LOWEST_KEV, Comparison
from underpaint.show.peak_labels import PeakLabel, draw_peak_labels

SHEET_SHARE = 0.6
NAME_POINTS = 7.0


def draw(
    comparison: Comparison,
    path: Path,
    title: str,
    labels: Mapping[str, float],
    shaded: Sequence[tuple[float, float, str]] = (),
    highest_kev: float = 40.0,
) -> None:
    """Measured steps, expected line, and their ratio below; labels stand over their energies."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    energy, per = comparison.energy_kev, 0.01 / comparison.widths_kev
    measured, told = comparison.counts * per, comparison.expected * comparison.scale * per
    figure, (above, below) = pyplot.subplots(
        2, 1, figsize=(9.0, 5.4), sharex=True, height_ratios=(3.2, 1.0), layout="constrained"
    )
    above.step(energy, measured, where="mid", color="0.25", lw=0.7, label="measured")
    above.plot(energy, told, color="#c1272d", lw=0.9, label="forward model")
    above.set_yscale("log")
    top = float(measured.max())
    seen = measured[(measured > 0.0) & (energy < highest_kev)]
    bottom = max(0.3, 0.5 * float(np.quantile(seen, 0.01)))
    above.set_ylim(bottom, top * 3.0)
    above.set_ylabel("counts per 10 eV")
    figure.suptitle(title, fontsize=10)
    above.legend(frameon=False, fontsize=8, loc="upper right")
    ratio, spread, middle = _smoothed(comparison)
    below.fill_between(middle, ratio - spread, ratio + spread, color="#c1272d", alpha=0.25, lw=0)
    below.plot(middle, ratio, color="#c1272d", lw=0.8)
    for level, style in ((1.0, "-"), (1.15, ":"), (0.85, ":")):
        below.axhline(level, color="0.4", lw=0.6, ls=style)
    below.set_ylim(0.4, 1.6)
    below.set_ylabel("model / measured")
    below.set_xlabel("energy, keV")
    for axes in (above, below):
        for low, high, _ in shaded:
            axes.axvspan(low, high, color="0.9", lw=0, zorder=0)
        axes.tick_params(direction="in", which="both", top=True, right=True)
    for low, high, why in shaded:
        above.text(0.5 * (low + high), bottom * 1.3, why, fontsize=6, ha="center", color="0.4")
    below.set_xlim(LOWEST_KEV, highest_kev)
    figure.canvas.draw()
    names = _names(energy, np.maximum(measured, told), labels, highest_kev)
    draw_peak_labels(above, names, NAME_POINTS)
    figure.savefig(path, dpi=170)
    pyplot.close(figure)


def _names(
    energy: NDArray[np.float64],
    highest: NDArray[np.float64],
    labels: Mapping[str, float],
    highest_kev: float,
) -> list[PeakLabel]:
    """Names with the height of their peaks in the higher of two spectra."""
    return [
        PeakLabel(at, name, "0.2", float(highest[np.abs(energy - at) < 0.15].max()) * 1.2)
        for name, at in labels.items()
        if at <= highest_kev
    ]


def _smoothed(
    comparison: Comparison,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Expected over measured in steps of half a FWHM or 50 counts: ratio, error, energy."""
    ratio, spread, middle = [], [], []
    start = 0
    counts, told = comparison.counts, comparison.expected * comparison.scale
    for i in range(1, len(counts)):
        width = comparison.energy_kev[i] - comparison.energy_kev[start]
        total = float(counts[start:i].sum())
        if width < 0.5 * comparison.fwhm_kev[i] or total < 50.0:
            continue
        value = float(told[start:i].sum()) / total
        ratio.append(value)
        spread.append(value / np.sqrt(total))
        middle.append(float(comparison.energy_kev[start:i].mean()))
        start = i
    return np.array(ratio), np.array(spread), np.array(middle)


def main() -> None:
    """Four figures on one sheet."""
    from PIL import Image

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("figures", type=Path, nargs=4)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    drawn = [Image.open(path).convert("RGB") for path in options.figures]
    width, height = (round(SHEET_SHARE * side) for side in drawn[0].size)
    sheet = Image.new("RGB", (2 * width, 2 * height), "white")
    for number, figure in enumerate(drawn):
        at = (number % 2 * width, number // 2 * height)
        sheet.paste(figure.resize((width, height), Image.Resampling.LANCZOS), at)
    sheet.save(options.output, optimize=True)


if __name__ == "__main__":
    main()
