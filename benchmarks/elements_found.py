"""Which line families `underpaint elements` finds in simulated scans, and which are there.

    python benchmarks/elements_found.py [--scans N] [--seed N] [--json FILE]

Each scan is a painting of the shipped prior under a scanner of its own, drawn from it too, with
line strengths that err as the prior has it, lines of its own parts, pile-up and zero peak: 24 x 32
pixels of 40 stratigraphies, 2,048 channels, the same time for each pixel, 3,000 to 100,000 counts
on average; axis off by 20 eV, tube not stated. The axis is found, then the families, as the command
does. A family is there by the counts of its lines in the sum of the scan. Found but not there: the
fit gives it more than ten times what it has; the anode's own are left out. Missed: by how many
standard errors (of all counts within one resolution of its brightest line) it stood out. A peak
called unexplained is one where a line that nobody found lies within 0.1 keV.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from identification_table import print_table
from underpaint.elements import find_axis, find_elements
from underpaint.elements.trial import COMMON
from underpaint.errors import CalibrationError
from underpaint.network import find_prior
from underpaint.network.scanner import EMITTERS, make_scanner
from underpaint.paint import load_library, sample_painting, sample_strokes
from underpaint.scan import Scan, summarise
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import ForwardModel, edge_kev, exits, sample_instrument

SEED = 52_013
SCANS = 160
SHAPE, STROKES, CHANNELS = (24, 32), 40, 2048
COUNTS = (3_000.0, 100_000.0)
TENFOLD = 10.0
SEEN = ((5.0, 10.0), (10.0, 30.0), (30.0, 100.0), (100.0, np.inf))
NEAR_KEV = 0.1
MOST_NAMED, MOST_MISSED = 6, 8


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one scan.

    Attributes
    ----------
    families : how many were found
    invented : families found that are not there, with the counts that they got and have
    significance : of each family that is there, not the tube's: how it stands out of the sum
    missed : those of them that were not found
    peaks, false_peaks : called unexplained, keV; those where no line is
    wide : peaks called wider than lines, keV
    failed : why no axis was found
    """

    families: int
    invented: dict[str, tuple[float, float]]
    significance: dict[str, float]
    missed: tuple[str, ...]
    peaks: tuple[float, ...]
    false_peaks: tuple[float, ...]
    wide: tuple[float, ...]
    failed: str = ""


@dataclass(frozen=True, eq=False)
class Truth:
    """A simulated scan, and what its spectra are made of.

    Attributes
    ----------
    scan : in memory
    counts : family -> counts of its lines in the sum of all pixels
    lines : (energy keV, counts in the sum, family) of each
    anode : of the tube
    """

    scan: Scan
    counts: dict[str, float]
    lines: list[tuple[float, float, str]]
    anode: str


def draw(random: np.random.Generator) -> Truth:
    """A painting under a scanner, counted."""
    library = load_library()
    prior = find_prior("shipped", library)
    instrument = sample_instrument(prior.scanner, random)
    gain = float(instrument.kv) * random.uniform(1.05, 1.3) / CHANNELS
    axis = EnergyCalibration(
        random.normal(0.0, 0.02), gain, float(instrument.noise), float(instrument.fano)
    )
    model = ForwardModel(instrument, Bins(axis.edges(CHANNELS)), EMITTERS)
    errors = make_scanner(instrument, prior.scan, random).line_error
    painting = sample_painting(library, prior.paint, random)
    stacks = sample_strokes(painting, prior.paint, library, STROKES, random).stacks
    lines, scatter = model.emitted(stacks)
    lines = lines * errors
    expected = model.detected(lines, scatter, model.rates(lines, scatter)).double()
    energy = torch.from_numpy(model.bins.centres)
    dose = np.exp(random.uniform(*np.log(COUNTS)))
    scale = dose / expected[:, energy > 1.0].sum(dim=1).mean()
    mean = (expected * scale).numpy().clip(min=0.0)
    counted = ((lines * model.line_response.sum(dim=1)).double() * scale).numpy()
    where = random.integers(STROKES, size=SHAPE)
    counts = random.poisson(mean[where]).astype(np.uint32)
    times = np.bincount(where.ravel(), minlength=STROKES)
    truth: dict[str, float] = {}
    found: list[tuple[float, float, str]] = []
    for index, exit_ in enumerate(model.exits):
        name = f"{exit_.element}-{exit_.shell[0]}"
        in_sum = float(times @ counted[:, index])
        truth[name] = truth.get(name, 0.0) + in_sum
        found.append((exit_.energy_kev, in_sum, name))
    for element, share in instrument.own_lines.items():
        family = "K" if edge_kev(element, "K") < float(instrument.kv) else "L"
        own = [line for line in exits(element) if line.shell.startswith(family)]
        in_sum = share * float((times @ mean).sum())
        truth[f"{element}-{family}"] = truth.get(f"{element}-{family}", 0.0) + in_sum
        brightest = max(own, key=lambda line: line.rate)
        found.append((brightest.energy_kev, in_sum, f"{element}-{family}"))
    stated = EnergyCalibration(axis.zero + random.normal(0.0, 0.02), gain, 0.1, 0.115)
    scan = Scan(counts, Path("simulated.h5"), "simulated", stated)
    return Truth(scan, truth, found, str(instrument.anode))


def look(truth: Truth) -> Found:
    """Find axis and families, as the command does, and compare."""
    scan = truth.scan
    summary = summarise(scan)
    spectra = [summary.sum_spectrum, summary.maximum_spectrum]
    try:
        axis = find_axis(scan, summary.sum_spectrum).in_use
        found, _ = find_elements(scan, spectra, axis, summary.pixel_counts)
    except CalibrationError as error:
        return Found(0, {}, {}, (), (), (), (), str(error))
    invented = {
        each.name: (each.counts, truth.counts.get(each.name, 0.0))
        for each in found.families
        if not each.name.startswith(f"{truth.anode}-")
        and each.counts > TENFOLD * truth.counts.get(each.name, 0.0)
    }
    there = {
        name: standing_out(name, truth, spectra[0], axis)
        for name, counts in truth.counts.items()
        if counts > 0.0 and not name.startswith(f"{truth.anode}-")
    }
    there = {name: sigma for name, sigma in there.items() if sigma >= SEEN[0][0]}
    missed = tuple(name for name in there if name not in found.names)
    peaks = tuple(peak.energy_kev for peak in found.unexplained if not peak.wide)
    wide = tuple(peak.energy_kev for peak in found.unexplained if peak.wide)
    unfound = [line for line in truth.lines if line[2] not in found.names]
    false = tuple(kev for kev in peaks if not is_line(kev, unfound, spectra[0], axis))
    return Found(len(found.families), invented, there, missed, peaks, false, wide)


def standing_out(
    name: str, truth: Truth, total: NDArray[np.float64], axis: EnergyCalibration
) -> float:
    """Counts of a family's brightest line over the root of all counts within one resolution."""
    kev, counts, _ = max(
        (line for line in truth.lines if line[2] == name), key=lambda each: each[1]
    )
    return counts / np.sqrt(max(within(kev, total, axis), 1.0))


def within(kev: float, total: NDArray[np.float64], axis: EnergyCalibration) -> float:
    """All counts within half a resolution to either side."""
    half = 0.5 * float(axis.fwhm(kev))
    first, last = (round(float(axis.channel(kev + side))) for side in (-half, half))
    return float(total[max(first, 0) : max(last + 1, 0)].sum())


def is_line(
    kev: float,
    lines: Sequence[tuple[float, float, str]],
    total: NDArray[np.float64],
    axis: EnergyCalibration,
) -> bool:
    """Whether a line lies there that stands out by three standard errors."""
    return any(
        abs(energy - kev) < NEAR_KEV and counts > 3.0 * np.sqrt(within(energy, total, axis))
        for energy, counts, _ in lines
    )


def main() -> None:
    """Simulate, look, print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--scans", type=int, default=SCANS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = []
    for number in range(options.scans):
        truth = draw(np.random.default_rng((options.seed, number)))
        results.append(look(truth))
        last = results[-1]
        if last.invented or last.false_peaks or last.failed:
            print(
                number,
                truth.anode,
                {k: tuple(map(round, v)) for k, v in last.invented.items()},
                last.false_peaks,
                last.failed,
                flush=True,
            )
    report(results)
    if options.json is not None:
        options.json.write_text(
            json.dumps([asdict(each) for each in results], indent=1) + "\n", encoding="utf-8"
        )


def report(results: list[Found]) -> None:
    """Tables of all scans."""
    families = sum(each.families for each in results)
    invented = [name for each in results for name in each.invented]
    rare = sum(name not in COMMON for name in invented)
    false = [kev for each in results for kev in each.false_peaks]
    peaks = sum(len(each.peaks) for each in results)
    print_table(
        f"{len(results)} scans, {sum(bool(each.failed) for each in results)} without an axis",
        ("", "number", "scans with one or more"),
        [
            ("families found", f"{families}", f"{sum(each.families > 0 for each in results)}"),
            ("not there", f"{len(invented)}", f"{sum(bool(each.invented) for each in results)}"),
            ("of these rare in art", f"{rare}", ""),
            ("peaks called unexplained", f"{peaks}", f"{sum(bool(e.peaks) for e in results)}"),
            ("where no line is", f"{len(false)}", f"{sum(bool(e.false_peaks) for e in results)}"),
            (
                "peaks called wider than lines",
                f"{sum(len(e.wide) for e in results)}",
                f"{sum(bool(e.wide) for e in results)}",
            ),
        ],
    )
    most = Counter(invented).most_common(MOST_NAMED)
    print(f"\nnot there most often: {', '.join(f'{name} ({number})' for name, number in most)}")
    rows = []
    for low, high in SEEN:
        all_there = [
            (name, name in each.missed)
            for each in results
            for name, sigma in each.significance.items()
            if low <= sigma < high
        ]
        missed = [name for name, gone in all_there if gone]
        rows.append(
            (
                f"{low:.0f} to {high:.0f}",
                f"{len(all_there)}",
                f"{1.0 - len(missed) / max(len(all_there), 1):.3f}",
                ", ".join(name for name, _ in Counter(sorted(missed)).most_common(MOST_MISSED)),
            )
        )
    print_table(
        "families that are there", ("standard errors", "cases", "found", "missed most"), rows
    )


if __name__ == "__main__":
    main()
