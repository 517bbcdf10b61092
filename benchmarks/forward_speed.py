"""Spectra a second of the forward model, by batch and by part, and samples a second of fisx.

python benchmarks/forward_speed.py [--device cuda] [--threads N] [--fisx-samples N] [--json FILE]

The model does all that it can: the whole tube spectrum, secondary and tertiary fluorescence,
scatter, detector, pile-up; three layers of paint, float32. fisx gives lines only, primary and
secondary, of the same samples with the same exciting energies and weights, asked only for elements
that a sample holds, its data remembered, in as many processes as ours since it runs in one thread.
Both are measured one after the other: the machine should be quiet.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from random_stacks import EMITTERS, random_stacks
from underpaint.spectrum import standard_bins
from underpaint.xray import ForwardModel, Instrument, Layer, StackBatch, make_stacks
from underpaint.xray.scatter import scattered

BATCHES = (1, 16, 64, 256, 1024)
BREAKDOWN_BATCH = 256
LAYERS = 3
SECONDS = 2.0
LEAST_RUNS = 3
SEED = 20220727
INSTRUMENT = Instrument(
    name="rhodium tube at 40 kV in air",
    count_rate_kcps=50.0,
    pulse_pair_us=0.3,
    dead_time_us=1.0,
    zero_peak=0.01,
)

_fisx: Any = None
_model: Any = None
_beam: dict[float, float] = {}


def paints(count: int) -> list[list[Layer]]:
    """Random samples of three layers of paint, the same in every run."""
    drawn = random_stacks(2 * count, np.random.default_rng(SEED), layers=(LAYERS,))
    return [layers for kind, layers in drawn if kind == "paint"]


def seconds(task: Callable[[], Any], device: str) -> float:
    """Time of one run: the median of runs over some seconds, after one to warm up."""
    task()
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < LEAST_RUNS or time.perf_counter() - begun < SECONDS:
        start = time.perf_counter()
        task()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def batch_of(samples: Sequence[Sequence[Layer]], count: int, device: str) -> StackBatch:
    repeated = [samples[i % len(samples)] for i in range(count)]
    stacks = make_stacks(repeated)
    return StackBatch(stacks.fractions.to(device), stacks.mass_thickness.to(device))


def by_batch(
    model: ForwardModel, samples: Sequence[Sequence[Layer]], device: str
) -> list[dict[str, float]]:
    rows = []
    for count in BATCHES:
        stacks = batch_of(samples, count, device)
        took = seconds(lambda stacks=stacks: model.expected(stacks), device)  # type: ignore[misc]
        rows.append({"batch": count, "ms": 1e3 * took, "spectra_per_s": count / took})
    return rows


def by_part(
    model: ForwardModel, samples: Sequence[Sequence[Layer]], device: str
) -> dict[str, float]:
    """Milliseconds of each part of a batch; parts that share work are taken as differences."""
    stacks = batch_of(samples, BREAKDOWN_BATCH, device)
    emission = model.emission
    once = replace(emission, fineness=None)
    lines, scatter = model.emitted(stacks)
    calm = copy.copy(model)
    calm.instrument = model.instrument.but(
        count_rate_kcps=0.0, pulse_pair_us=0.0, dead_time_us=0.0, zero_peak=0.0
    )

    held = (stacks.fractions > 0.0).flatten(0, 1).any(dim=0).nonzero()[:, 0]
    few = StackBatch(stacks.fractions[..., held], stacks.mass_thickness)
    tables = (emission.channel_sections, emission.channel_in, emission.channel_out)
    angles = (emission.incidence_deg, emission.take_off_deg)

    def scatter_once() -> None:
        scattered(few, emission.channel_photons, *(table[held] for table in tables), *angles)

    first, alone = seconds(lambda: once.of(stacks), device), seconds(scatter_once, device)
    emitted = seconds(lambda: model.emitted(stacks), device)
    response = seconds(lambda: calm.detected(lines, scatter), device)
    detected = seconds(lambda: model.detected(lines, scatter), device)
    parts = {
        "primary fluorescence": first - alone,
        "scatter, once": alone,
        "beyond the first interaction": emitted - first,
        "detector response": response,
        "pile-up, dead time, zero peak": detected - response,
        "all": emitted + detected,
    }
    return {name: 1e3 * took for name, took in parts.items()}


def _start_model() -> None:
    global _model
    torch.set_num_threads(1)
    _model = ForwardModel(INSTRUMENT, standard_bins())


def _model_spectra(samples: list[list[Layer]]) -> float:
    """Spectra a second of this process, over some seconds."""
    stacks = make_stacks(samples)
    with torch.inference_mode():
        return len(samples) / seconds(lambda: _model.expected(stacks), "cpu")


def in_processes(samples: Sequence[list[Layer]], processes: int) -> float:
    """Spectra a second of as many processes at once, one thread each, batches of 256."""
    batch = [samples[i % len(samples)] for i in range(BREAKDOWN_BATCH)]
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start_model
    ) as pool:
        list(pool.map(_model_spectra, [batch] * processes))
        return sum(pool.map(_model_spectra, [batch] * processes))


def _start_fisx(beam: dict[float, float]) -> None:
    global _fisx, _beam
    from fisx_reference import FisxReference

    _fisx, _beam = FisxReference(EMITTERS), beam
    _fisx.remember(list(beam))
    _fisx_answer([({"Fe": 1.0}, 1e-3)])


def _fisx_answer(layers: list[Layer]) -> int:
    angles = (float(INSTRUMENT.incidence_deg), float(INSTRUMENT.take_off_deg))
    return len(_fisx.answer(layers, _beam, angles, secondary=1))


def of_fisx(
    model: ForwardModel, samples: Sequence[list[Layer]], count: int, processes: int
) -> dict[str, float]:
    """Samples a second of fisx on as many processes, with this model's exciting energies."""
    from underpaint.xray.beam import make_beam

    beam = make_beam(model.instrument)
    photons = dict(zip(beam.energy_kev.tolist(), beam.photons.tolist(), strict=True))
    kept = {energy: weight for energy, weight in photons.items() if weight > 0.0}
    with ProcessPoolExecutor(processes, initializer=_start_fisx, initargs=(kept,)) as pool:
        list(pool.map(_fisx_answer, [samples[0]] * processes))
        start = time.perf_counter()
        list(pool.map(_fisx_answer, list(samples[:count])))
        took = time.perf_counter() - start
    return {
        "samples": count,
        "energies": len(kept),
        "processes": processes,
        "samples_per_s": count / took,
    }


def print_tables(figures: dict[str, Any]) -> None:
    where = f"{figures['device']}, {figures['threads']} threads"
    print(f"{LAYERS} layers of paint, everything, float32, {where}\n")
    print("| batch | ms | spectra a second |")
    print("|---|---|---|")
    for row in figures["by_batch"]:
        print(f"| {row['batch']} | {row['ms']:.1f} | {row['spectra_per_s']:,.0f} |")
    if "processes_spectra_per_s" in figures:
        rate = figures["processes_spectra_per_s"]
        print(f"\n{rate:,.0f} a second in {figures['threads']} processes of one thread each")
    print(f"\nParts of a batch of {BREAKDOWN_BATCH}\n\n| part | ms | share |\n|---|---|---|")
    total = figures["by_part"]["all"]
    for name, took in figures["by_part"].items():
        print(f"| {name} | {took:.1f} | {100 * took / total:.0f} % |")
    if "fisx" in figures:
        fisx = figures["fisx"]
        print(
            f"\nfisx, lines only, secondary=1, {fisx['energies']} energies, {fisx['processes']} "
            f"processes: {fisx['samples_per_s']:.3f} samples a second ({fisx['samples']} measured)"
            f"\nthis model is {figures['ratio']:,.0f} times as fast at its best"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--device", default="cpu", help="where the model runs, as 'cuda'")
    parser.add_argument("--threads", type=int, default=2, help="threads of ours, processes of fisx")
    parser.add_argument("--fisx-samples", type=int, default=12, help="0 leaves fisx out")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    samples = paints(max(BATCHES))
    model = ForwardModel(INSTRUMENT, standard_bins())
    placed = model.to(options.device)
    with torch.inference_mode():
        figures: dict[str, Any] = {
            "device": options.device,
            "threads": options.threads,
            "by_batch": by_batch(placed, samples, options.device),
            "by_part": by_part(placed, samples, options.device),
        }
    if options.device == "cpu":
        figures["processes_spectra_per_s"] = in_processes(samples, options.threads)
    if options.fisx_samples:
        figures["fisx"] = of_fisx(model, samples, options.fisx_samples, options.threads)
        rates = [row["spectra_per_s"] for row in figures["by_batch"]]
        fastest = max(*rates, figures.get("processes_spectra_per_s", 0.0))
        figures["ratio"] = fastest / figures["fisx"]["samples_per_s"]
    print_tables(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
