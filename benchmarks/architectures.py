"""Other networks and inputs, given the same spectra and the same core time.

    python benchmarks/architectures.py --work DIR --arms DIR [--size full] [--seconds N]
        [--only NAME]

Each learns for so many seconds of one core from the training spectra that the benchmark of
identification made (`identification.py training`), counted anew every time, and is judged on its
tuning set: recall at 1 % false positives, mean over the groups with 20 positives or more.

Queries: pieces of the spectrum are tokens, every pigment group is a query that attends to them and
to the other queries (Vaswani et al. 2017, arXiv 1706.03762; Carion et al. 2020, arXiv 2005.12872).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from identification_arms import FALSE_POSITIVES, FEWEST
from identification_conditions import CONDITIONS, Measured, measure
from identification_intensities import attributes
from identification_stratigraphies import POSITIONS
from identification_table import print_table
from identification_training import DOSES, TrainingSet, load_training_set
from identification_work import COUNTING_SEED, SIZES, TUNING, Work
from underpaint.network import FIGURES, Reader, Shape, recall_at
from underpaint.paint import load_library

BATCH = 256
RATE = 2e-3
FWHM_KEV = 0.145
PIECE, STRIDE, WIDTH, HEADS = 24, 16, 96, 4


class Queries(nn.Module):
    """Groups as queries over pieces of the spectrum."""

    def __init__(self, bins: int, groups: int, layers: int) -> None:
        super().__init__()
        self.pieces = nn.Conv1d(2, WIDTH, PIECE, stride=STRIDE)
        number = (bins - PIECE) // STRIDE + 1
        self.place = nn.Parameter(0.02 * torch.randn(number + 1, WIDTH))
        self.counted = nn.Linear(1, WIDTH)
        self.groups = nn.Parameter(0.2 * torch.randn(groups, WIDTH))
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(
                WIDTH, HEADS, 2 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True
            )
            for _ in range(layers)
        )
        self.out = nn.Linear(WIDTH, len(POSITIONS))

    def forward(self, counts: Tensor, _measured: Tensor) -> Tensor:
        """Log odds, (spectrum, 3, group)."""
        total = counts.sum(dim=1, keepdim=True).clamp_min(1.0)
        image = torch.stack([counts.log1p() / 4.0, (counts / total).sqrt() * 12.0], dim=1)
        tokens = self.pieces(image).transpose(1, 2)
        level = self.counted((total.log10() - 4.0) / 1.5)[:, None]
        tokens = torch.cat([tokens, level], dim=1) + self.place
        state = self.groups.expand(len(counts), -1, -1)
        for layer in self.layers:
            state = layer(state, tokens)
        return self.out(state).transpose(1, 2)


class OnBins(nn.Module):
    """This project's network, without palette and scanner."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.reader = Reader(shape)

    def forward(self, counts: Tensor, measured: Tensor) -> Tensor:
        """Log odds, (spectrum, 3, group)."""
        pixels = len(counts)
        answers = self.reader(
            counts,
            measured,
            torch.full((pixels,), FWHM_KEV),
            torch.zeros(pixels, FIGURES),
            torch.ones(pixels, self.reader.shape.groups, dtype=torch.bool),
        )
        return answers.logits[:, :3]


class OnElements(nn.Module):
    """Dense layers on fitted element intensities: shares and significances of line families."""

    def __init__(self, inputs: int, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.dense = nn.Sequential(
            nn.Linear(inputs, 512), nn.GELU(), nn.Linear(512, 512), nn.GELU(),
            nn.Linear(512, 512), nn.GELU(), nn.Linear(512, len(POSITIONS) * groups),
        )  # fmt: skip

    def forward(self, found: Tensor, _measured: Tensor) -> Tensor:
        """Log odds, (spectrum, 3, group)."""
        spread = torch.asinh(found * 10.0)
        return self.dense(spread).reshape(-1, len(POSITIONS), self.groups)


def networks(bins: int, groups: int, families: int, found: int) -> dict[str, Callable[[], Any]]:
    """What is compared; the last sees elements, the others bins."""
    shape = Shape(bins, groups, families)
    return {
        "convolutions; log, root, contrast (shipped)": lambda: OnBins(shape),
        "dense; root (small)": lambda: OnBins(replace(shape, filters=(), width=256, hidden=384,
                                                      blocks=1)),
        "dense; root, as wide as the shipped": lambda: OnBins(replace(shape, filters=())),
        "queries, one layer; log, root": lambda: Queries(bins, groups, 1),
        "queries, two layers; log, root": lambda: Queries(bins, groups, 2),
        "dense; element intensities": lambda: OnElements(found, groups),
    }  # fmt: skip


def learn(network: nn.Module, training: TrainingSet, seconds: float, seed: int) -> int:
    """Learn for so long; the rate falls with the time that is left. Returns spectra seen."""
    elements = isinstance(network, OnElements)
    expected = torch.from_numpy(training.attributes if elements else training.expected)
    measured, present = torch.from_numpy(training.measured), torch.from_numpy(training.present)
    random = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02)
    network.train()
    start, seen = time.process_time(), 0
    while (gone := (time.process_time() - start) / seconds) < 1.0:
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(gone / 0.1, 0.5 * (1.0 + float(np.cos(np.pi * gone)))) + 1e-6
        rows = torch.randint(len(expected), (BATCH,), generator=random)
        inputs = expected[rows]
        if not elements:
            dose = torch.rand(BATCH, 1, generator=random) * np.log(DOSES[1] / DOSES[0])
            inputs = torch.poisson(inputs * dose.exp() * DOSES[0], generator=random)
            inputs = inputs * measured[rows]
        said = network(inputs, measured[rows])
        loss = nn.functional.binary_cross_entropy_with_logits(said, present[rows].float())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        seen += BATCH
    return seen


def recall_of(network: nn.Module, scans: list[tuple[Measured, NDArray[np.float32]]]) -> list[float]:
    """Mean recall at 1 % false positives in each position."""
    network.eval()
    parts = []
    with torch.inference_mode():
        for scan, found in scans:
            seen = np.tile(scan.measured, (len(scan), 1))
            inputs = found if isinstance(network, OnElements) else scan.binned * seen
            parts.append(network(torch.from_numpy(inputs), torch.from_numpy(seen)).numpy())
    scores = np.concatenate(parts)
    present = np.concatenate([scan.labels.present for scan, _ in scans])
    table = []
    for p in range(len(POSITIONS)):
        each = [
            recall_at(scores[:, p, k], present[:, p, k], FALSE_POSITIVES)
            for k in range(scores.shape[2])
            if present[:, p, k].sum() >= FEWEST
        ]
        table.append(float(np.mean(each)))
    return table


def main() -> None:
    """Train and judge all, print a table."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--arms", type=Path, required=True)
    parser.add_argument("--size", choices=SIZES, default="full")
    parser.add_argument("--seconds", type=float, default=240.0, help="of one core, for each")
    parser.add_argument("--only", action="append", help="names that begin so")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    library = load_library()
    size = SIZES[options.size]
    training = load_training_set(options.arms / "training.h5", size.training)
    work = Work(options.work, size, library, None, 1)
    scans = []
    for k, scan in enumerate(work.scans(TUNING)):
        read = measure(scan, library, CONDITIONS["plain"], COUNTING_SEED + 50_000 + k)
        scans.append((read, attributes(read)))
    bins, found = training.expected.shape[1], training.attributes.shape[1]
    makers = networks(bins, len(library.groups), len(library.families), found)
    chosen = tuple(options.only or ("",))
    rows = []
    for name, make in makers.items():
        if not name.startswith(chosen):
            continue
        torch.manual_seed(0)
        network = make()
        seen = learn(network, training, options.seconds, 0)
        recall = recall_of(network, scans)
        rows.append(
            {
                "network": name,
                "weights": sum(each.numel() for each in network.parameters()),
                "spectra": seen,
                "recall": dict(zip(POSITIONS, recall, strict=True)),
            }
        )
    print_table(
        f"{options.seconds:.0f} s of one core for each",
        ("network; input", "weights, M", "spectra seen", *(f"recall {p}, %" for p in POSITIONS)),
        [
            (r["network"], f"{r['weights'] / 1e6:.2f}", f"{r['spectra']:,}",
             *(f"{100 * value:.1f}" for value in r["recall"].values()))
            for r in rows
        ],
    )  # fmt: skip
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
