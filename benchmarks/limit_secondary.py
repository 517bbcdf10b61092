"""What secondary fluorescence and second scatter, left out of the limit's search, change in D.

The rival found without them is compared with the truth again, both with everything in the forward
model; only scale, energy axis, resolution and continuum are fitted again, so that D can only be
too large.

python benchmarks/limit_secondary.py [--cases N]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from numpy.typing import NDArray

from limit_cases import answered
from underpaint.paint import Stratigraphy
from underpaint.paint.rival_search import deviance
from underpaint.xray import make_stacks

SEED = 7
RANGES = ((0.0, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, 30.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--instrument", default="bruker-m6-jetstream")
    parser.add_argument("--cases", type=int, default=20)
    options = parser.parse_args()
    cases = answered(options.instrument, options.cases, SEED)

    def expected(layers: Stratigraphy) -> NDArray[np.float64]:
        few = make_stacks([[layer.for_model for layer in layers]])
        with torch.inference_mode():
            return cases.model.expected(few)[0].double().numpy()

    pairs = []
    for layers, answers in zip(cases.stacks, cases.limits, strict=True):
        free = cases.free_shapes(layers)
        whole = expected(layers)
        for each in answers:
            truth = whole * each.counts / whole.sum()
            shapes = np.concatenate([expected(each.rival)[None] / whole.sum(), free])
            weight = 1.0 / np.sqrt(truth.clip(min=1e-6))
            share, *_ = np.linalg.lstsq((shapes * weight).T, truth * weight, rcond=1e-12)
            pairs.append((each.D, float(np.sqrt(deviance(truth, (share @ shapes)[None])[0]))))
    print("| D without | questions | D with everything, less D without: median | 10 to 90 % |")
    print("|---|---|---|---|")
    table = np.array(pairs)
    for low, high in RANGES:
        few = table[(table[:, 0] >= low) & (table[:, 0] < high)]
        change = few[:, 1] - few[:, 0]
        print(f"| {low:g} to {high:g} | {len(few)} | {np.median(change):+.2f} | "
              f"{np.quantile(change, 0.1):+.2f} to {np.quantile(change, 0.9):+.2f} |")  # fmt: skip


if __name__ == "__main__":
    main()
