"""Measured and expected spectra side by side: areas of lines, regions, tables, figures.

Line areas are window sums less a straight background, worked out alike on the measured and on
the expected spectrum, so that their ratio needs no peak fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from measured_spectra import Measured
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import ForwardModel, Instrument, Layer, make_stacks
from underpaint.xray.instrument_fit import InstrumentFit

CHANNELS_PER_BIN = 2
LOWEST_KEV = 0.6
HALF_WINDOW_FWHM = 1.25
SIDE_FWHM = 0.5
ITERATIONS = 8
FIRST_AMOUNT = 0.1
LONGEST_STEP = 3.0


@dataclass(frozen=True)
class Window:
    """Where counts are summed.

    Attributes
    ----------
    name : as the table shows it
    low_kev, high_kev : the sum
    background : whether a straight line between both ends is subtracted
    """

    name: str
    low_kev: float
    high_kev: float
    background: bool = True


def line_window(name: str, *energies_kev: float, fano: float = 0.115) -> Window:
    """A window about one or more lines that stand together."""
    half = HALF_WINDOW_FWHM * EnergyCalibration(0.0, 0.01, 0.1, fano).fwhm(np.array(energies_kev))
    return Window(
        name,
        float(np.min(np.array(energies_kev) - half)),
        float(np.max(np.array(energies_kev) + half)),
    )


@dataclass(frozen=True, eq=False)
class Comparison:
    """A measured spectrum and what the model expects in the same channels.

    Attributes
    ----------
    name : what was measured
    energy_kev : (bin,) centres
    counts : (bin,) measured
    expected : (bin,) for one photon on the sample
    scale : counts over expected, whole spectrum
    widths_kev : (bin,)
    fwhm_kev : (bin,) resolution
    """

    name: str
    energy_kev: NDArray[np.float64]
    counts: NDArray[np.float64]
    expected: NDArray[np.float64]
    widths_kev: NDArray[np.float64]
    fwhm_kev: NDArray[np.float64]
    scale: float

    def areas(self, window: Window) -> tuple[float, float, float]:
        """Measured counts, their standard error, and expected counts of a window (scaled)."""
        inside = (self.energy_kev >= window.low_kev) & (self.energy_kev < window.high_kev)
        measured, told = float(self.counts[inside].sum()), float(self.expected[inside].sum())
        variance = measured
        if window.background:
            width = float(self.widths_kev[inside].sum())
            for edge, sign in ((window.low_kev, -1.0), (window.high_kev, 1.0)):
                reach = SIDE_FWHM * float(np.interp(edge, self.energy_kev, self.fwhm_kev))
                low, high = sorted((edge, edge + sign * reach))
                side = (self.energy_kev >= low) & (self.energy_kev < high)
                share = 0.5 * width / float(self.widths_kev[side].sum())
                measured -= share * float(self.counts[side].sum())
                told -= share * float(self.expected[side].sum())
                variance += share**2 * float(self.counts[side].sum())
        return measured, float(np.sqrt(max(variance, 1.0))), told * self.scale


def compare(
    measured: Measured,
    instrument: Instrument,
    calibration: EnergyCalibration,
    layers: Sequence[Layer],
    scale_range_kev: tuple[float, float] = (1.0, 60.0),
) -> Comparison:
    """What the model expects on pairs of channels, scaled to the counts in a range."""
    counts = measured.counts
    first = max(0, int(np.ceil(float(calibration.channel(LOWEST_KEV)))))
    last = min(len(counts), int(float(calibration.channel(1.1 * float(instrument.kv)))))
    edges = np.arange(first, last + 1, CHANNELS_PER_BIN)
    summed = np.diff(np.concatenate([[0.0], counts.cumsum()])[edges])
    bins = Bins(calibration.energy(edges - 0.5))
    emitters = {element for fractions, _ in layers for element in fractions}
    emitters |= {*instrument.own_lines, "N", "O", "Ar", "He"}
    model = ForwardModel(instrument, bins, elements=sorted(emitters), dtype=torch.float64)
    with torch.no_grad():
        expected = model.expected(make_stacks([list(layers)], torch.float64))[0].numpy()
    inside = (bins.centres >= scale_range_kev[0]) & (bins.centres < scale_range_kev[1])
    return Comparison(
        name=measured.name,
        energy_kev=bins.centres,
        counts=summed,
        expected=expected,
        widths_kev=bins.widths,
        fwhm_kev=calibration.fwhm(bins.centres),
        scale=float(summed[inside].sum() / expected[inside].sum()),
    )


def amounts_from_lines(
    measured: Measured,
    instrument: Instrument,
    calibration: EnergyCalibration,
    matrix: Layer,
    reference: Window,
    lines: Mapping[str, Window],
    scale_range_kev: tuple[float, float] = (1.0, 60.0),
) -> list[Layer]:
    """The layer whose elements are in the proportion that one line each tells.

    Fundamental parameters, solved by iteration: each amount follows its measured over its expected
    line, relative to the reference line of the matrix.
    """
    fractions, mass_thickness = matrix
    amounts = dict.fromkeys(lines, FIRST_AMOUNT)
    for _ in range(ITERATIONS):
        rest = 1.0 - sum(amounts.values())
        layer = {element: share * rest for element, share in fractions.items()} | amounts
        told = compare(
            measured, instrument, calibration, [(layer, mass_thickness)], scale_range_kev
        )
        counts, _, expected = told.areas(reference)
        unit = counts / expected * rest
        for element, window in lines.items():
            counts, _, expected = told.areas(window)
            step = max(counts, 1.0) / max(expected, 1e-6) / unit * rest
            amounts[element] *= min(max(step, 1.0 / LONGEST_STEP), LONGEST_STEP) / rest
        total = 1.0 + sum(amounts.values())
        amounts = {element: amount / total for element, amount in amounts.items()}
    rest = 1.0 - sum(amounts.values())
    layer = {element: share * rest for element, share in fractions.items()} | amounts
    print(f"\n{measured.name}: " + ", ".join(f"{e} {s:.4f}" for e, s in layer.items()))
    return [(layer, mass_thickness)]


def rows_of(comparison: Comparison, windows: Sequence[Window]) -> list[dict[str, Any]]:
    """A row a window: measured counts, relative error, expected over measured."""
    rows = []
    for window in windows:
        measured, error, told = comparison.areas(window)
        rows.append(
            {
                "spectrum": comparison.name,
                "window": window.name,
                "kev": [window.low_kev, window.high_kev],
                "measured": measured,
                "error": error,
                "expected": told,
                "ratio": told / measured if measured > 3.0 * error else None,
                "ratio_error": told * error / measured**2 if measured > 3.0 * error else None,
            }
        )
    return rows


def tell_fit(name: str, fit: InstrumentFit, seconds: float) -> dict[str, Any]:
    """Print what was fitted as a Markdown table; the same for JSON."""
    print(f"\n{name}: fitted in {seconds:.0f} s\n")
    print("| figure | fitted | standard error |\n|---|---|---|")
    for figure, (value, error) in fit.figures.items():
        print(f"| {figure} | {value:.4g} | {error:.2g} |")
    print("\nDeviance a bin: " + ", ".join(f"{key}: {each:.1f}" for key, each in fit.chi2.items()))
    for note in fit.notes:
        print(f"- {note}")
    return {
        "spectrum": name,
        "seconds": seconds,
        "figures": fit.figures,
        "chi2": fit.chi2,
        "notes": list(fit.notes),
    }


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Expected over measured as a Markdown table."""
    print("| spectrum | line or region | keV | measured, counts | expected / measured |")
    print("|---|---|---|---|---|")
    for row in rows:
        ratio = (
            "not seen"
            if row["ratio"] is None
            else f"{row['ratio']:.3f} ± {max(row['ratio_error'], 0.001):.3f}"
        )
        low, high = row["kev"]
        print(
            f"| {row['spectrum']} | {row['window']} | {low:.2f} to {high:.2f} "
            f"| {row['measured']:,.0f} | {ratio} |"
        )
