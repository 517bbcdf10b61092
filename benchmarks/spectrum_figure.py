"""Spectra of two sources over each other, with what is left between them."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import standard_bins
from xmimsim_reference import MonteCarlo

SHOWN = 4
FROM_KEV, TO_KEV = 1.2, 39.5
WIDTH_IN, HEIGHT_IN = 7.0, 2.1
CHARACTERS = 100
"""In a line of a title; a longer one goes on in the next."""


def different_samples(spectra: NDArray[np.float64], count: int) -> list[int]:
    """Samples whose spectra are least alike, by the angle between their square roots."""
    shapes = np.sqrt(spectra)
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)
    alike = shapes @ shapes.T
    chosen = [int(np.argmin(alike.mean(axis=1)))]
    while len(chosen) < min(count, len(spectra)):
        chosen.append(int(np.argmin(alike[:, chosen].max(axis=1))))
    return sorted(chosen)


def draw_overlays(
    monte_carlo: MonteCarlo, scaled: NDArray[np.float64], folder: Path, count: int = SHOWN
) -> Path:
    """A figure of a few spectra: Monte Carlo, this model, and their ratio.

    Parameters
    ----------
    scaled : (sample, bin) this model's spectra, scaled to Monte Carlo's counts
    folder : where the figure goes
    count : how many spectra
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    bins = standard_bins()
    inside = (bins.centres > FROM_KEV) & (bins.centres < TO_KEV)
    energy, width = bins.centres[inside], np.diff(bins.edges)[inside]
    chosen = different_samples(monte_carlo.binned[:, inside], count)
    figure, axes = pyplot.subplots(
        2 * len(chosen),
        1,
        sharex=True,
        figsize=(WIDTH_IN, HEIGHT_IN * len(chosen)),
        height_ratios=[3.0, 1.0] * len(chosen),
        layout="constrained",
    )
    for number, i in enumerate(chosen):
        above, below = axes[2 * number], axes[2 * number + 1]
        theirs, ours = monte_carlo.binned[i, inside], scaled[i, inside]
        above.step(energy, theirs / width, where="mid", color="0.45", linewidth=1.2)
        above.step(energy, ours / width, where="mid", color="#b2182b", linewidth=0.7)
        top = float((theirs / width).max())
        above.set(yscale="log", ylim=(top * 1e-5, top * 2.0), ylabel="counts/keV")
        name = monte_carlo.names[i]
        title = "\n".join(wrap(f"{chr(97 + number)}  {name}", CHARACTERS, subsequent_indent="    "))
        above.set_title(title, loc="left", fontsize=7)
        below.axhspan(0.85, 1.15, color="0.93")
        below.axhspan(0.95, 1.05, color="0.86")
        below.step(energy, ours / theirs.clip(1e-30), where="mid", color="#b2182b", linewidth=0.7)
        below.set(ylim=(0.6, 1.4), ylabel="ratio", xlim=(FROM_KEV, TO_KEV))
        for axis in (above, below):
            axis.tick_params(labelsize=6)
            axis.yaxis.label.set_size(7)
    axes[0].legend(("XMI-MSIM", "this model"), fontsize=6, frameon=False, loc="upper right")
    axes[-1].set_xlabel("energy, keV", fontsize=7)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "forward_monte_carlo_spectra.png"
    figure.savefig(path, dpi=300)
    pyplot.close(figure)
    return path
