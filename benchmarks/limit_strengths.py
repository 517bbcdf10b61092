"""What D loses because strengths of lines and of scatter are not known exactly.

The limit takes them for known, so that D grows with the square root of the counts. Here the
rivals that it found may have lines and scatter as much stronger or weaker as the prior over scans
holds possible, each standard deviation adding one to the squared distance. A rival sought under
these rules could only be harder to tell, so that these D can only be too large.

python benchmarks/limit_strengths.py [--cases N]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from numpy.typing import NDArray

from limit_cases import answered
from underpaint.network.scan_prior import ScanPrior
from underpaint.paint import Stratigraphy
from underpaint.xray import ForwardModel, make_stacks

SEED = 9
RANGES = ((0.3, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, 30.0), (30.0, np.inf))
COUNTS = (30_000.0, 100_000.0, 1_000_000.0)
WAVES, HIGHEST_WAVE = 8, 4.0
"""Smooth errors of the scatter: cosines over the logarithm of energy, as the prior draws them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--instrument", default="bruker-m6-jetstream")
    parser.add_argument("--cases", type=int, default=20)
    options = parser.parse_args()
    cases = answered(options.instrument, options.cases, SEED)
    rows = []
    for layers, answers in zip(cases.stacks, cases.limits, strict=True):
        truth, _ = spectrum_and_errors(cases.model, layers)
        weight = 1.0 / np.sqrt((truth / truth.sum()).clip(min=1e-9))
        free = cases.free_shapes(layers)
        for each in answers:
            rival, errors = spectrum_and_errors(cases.model, each.rival)
            fixed = np.concatenate([rival[None] / rival.sum(), free]) * weight
            basis, _ = np.linalg.qr(fixed.T)
            difference, *errors_ = _beyond(
                basis, np.stack([truth / truth.sum(), *(errors / rival.sum())]) * weight
            )
            rows.append((each.D, *left(difference, np.array(errors_))))
    report(np.array(rows))


def spectrum_and_errors(
    model: ForwardModel, layers: Stratigraphy
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected spectrum, (bin,), and what one standard deviation of each error does, (error, bin).

    Errors are those of the lines of each shell of each element, and of each kind of scatter.
    """
    prior = ScanPrior()
    spread = dict(zip("KLM", prior.yields, strict=True))
    stacks = make_stacks([[layer.for_model for layer in layers]])
    with torch.inference_mode():
        lines, scatter = model.emitted(stacks)
        whole = model.expected(stacks)[0]
        shells = [(group.element, group.shell) for group in model.exits]
        of_shell = torch.tensor([
            [spread[own[1][0]] * (own == shell) for own in shells] for shell in sorted(set(shells))
        ])  # fmt: skip
        place = model.channels.energy_kev.numpy().clip(1e-3)
        frequency = HIGHEST_WAVE * (np.arange(WAVES) + 0.5) / WAVES
        waves = np.cos(np.pi * frequency[:, None] * np.log(place) / np.log(50.0))
        waves *= prior.scatter * np.sqrt(HIGHEST_WAVE / WAVES)
        kinds = torch.stack([model.channels.of(k) for k in sorted(set(model.channels.kind))])
        smooth = (torch.from_numpy(waves)[:, None] * kinds).flatten(0, 1).to(scatter.dtype)
        by_lines = (of_shell.to(lines.dtype) * lines[0]) @ model.line_response
        errors = torch.cat([by_lines, (smooth * scatter[0]) @ model.scatter_response])
    return whole.double().numpy(), errors.double().numpy()


def _beyond(basis: NDArray[np.float64], spectra: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(spectra - (spectra @ basis) @ basis.T)


def left(difference: NDArray[np.float64], errors: NDArray[np.float64]) -> list[float]:
    """Share of D that is left at each of `COUNTS`."""
    _, size, ways = np.linalg.svd(errors, full_matrices=False)
    share = (ways @ difference) ** 2 / max(float(difference @ difference), 1e-30)
    blurred = np.outer(COUNTS, size**2)
    return np.sqrt(np.maximum(1.0 - (share * blurred / (1.0 + blurred)).sum(axis=1), 0.0)).tolist()


def report(rows: NDArray[np.float64]) -> None:
    heads = " | ".join(f"{counts:,.0f} counts" for counts in COUNTS)
    print("Share of D that is left, median (10 to 90 %)")
    print(f"| D, strengths known | questions | {heads} |")
    print("|---|---|" + "---|" * len(COUNTS))
    for low, high in RANGES:
        few = rows[(rows[:, 0] >= low) & (rows[:, 0] < high), 1:]
        if len(few):
            middle, least, most = (np.quantile(few, q, axis=0) for q in (0.5, 0.1, 0.9))
            cells = " | ".join(
                f"{m:.2f} ({a:.2f} to {b:.2f})" for m, a, b in zip(middle, least, most, strict=True)
            )
            name = f"{low:g} to {high:g}" if np.isfinite(high) else f"over {low:g}"
            print(f"| {name} | {len(few)} | {cells} |")


if __name__ == "__main__":
    main()
