"""Where the time of `underpaint identify` goes, stage by stage.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/identify_speed_stages.py SCAN.h5 OUT

runs it in this process, as the command does with one thread for the products of each block.
Seconds are by the clock and by the processor (all threads); core seconds in the network are counted
by themselves, so that the rest can be told from it. The parts of a block are timed alone
afterwards, on one core, in microseconds of the processor a spectrum.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from underpaint.network import DEFAULT

SPECTRA_TIMED = 8000


def print_stages(scan_path: Path, output: Path, chosen: str, workers: int) -> None:
    """Run identify with some weights, and print what each stage took."""
    laps = [("", time.perf_counter(), time.process_time())]

    def lap(name: str) -> None:
        laps.append((name, time.perf_counter(), time.process_time()))

    import torch

    torch.set_num_threads(1)
    from underpaint.cli.cores import keep_memory
    from underpaint.identify import Job, identify
    from underpaint.network import find_weights, load_weights
    from underpaint.paint import load_library, parse_palette
    from underpaint.scan import open_scan

    keep_memory()  # as the command does
    library, scan = load_library(), open_scan(scan_path)
    weights = load_weights(find_weights(chosen), library)
    lap("libraries, weights, opening")

    @contextmanager
    def progress(name: str, _rows: int) -> Iterator[Callable[[int], None]]:
        lap("energy axis, elements, plan" if len(laps) > 2 else "")
        yield lambda _done: None
        lap(name)

    network = _time_the_network()
    job = Job(output, overwrite=True)
    palette = parse_palette(None, library, None)
    with ThreadPoolExecutor(workers) as executor:
        identify(scan, library, weights, palette, job, progress, executor)
    lap("evidence, result.h5, maps, report")
    taken = {
        name: [wall - before[1], core - before[2]]
        for before, (name, wall, core) in pairwise(laps)
        if name
    }
    print(f"\n{chosen}\n\n| stage | s | core s |\n|---|---|---|")
    for name, (wall, core) in taken.items():
        print(f"| {name} | {wall:.2f} | {core:.2f} |")
    spectra = scan.shape[0] * scan.shape[1]
    whole = laps[-1][2] - laps[0][2]
    print("\n| whole run | core s | us of one core a spectrum |\n|---|---|---|")
    for name, core in (("network", sum(network)), ("all else", whole - sum(network))):
        print(f"| {name} | {core:.2f} | {core / spectra * 1e6:.1f} |")
    each = _parts_of_a_block(scan_path, chosen)
    print("\n| part of a block | us a spectrum, one core |\n|---|---|")
    for part, value in each.items():
        print(f"| {part} | {value:.1f} |")


def _time_the_network() -> list[float]:
    """Core seconds of each call of the network from now on."""
    from underpaint.identify import blocks

    spent: list[float] = []
    ask = blocks.ask

    def timed(*arguments: Any) -> Any:
        begun = time.thread_time()
        answers = ask(*arguments)
        spent.append(time.thread_time() - begun)
        return answers

    blocks.ask = timed
    return spent


def _parts_of_a_block(scan_path: Path, chosen: str) -> dict[str, float]:
    import torch

    from underpaint.elements import read_amplitudes, settle
    from underpaint.identify import blocks, make_plan
    from underpaint.network import find_weights, load_weights
    from underpaint.paint import load_library, parse_palette
    from underpaint.result import GroupInfo, ResultFrame, pack_block
    from underpaint.result.packing import rows_together
    from underpaint.scan import in_single, keeping_counts, look_at_rows, open_scan, summarise
    from underpaint.spectrum import rebinning

    library, scan = load_library(), open_scan(scan_path)
    weights = load_weights(find_weights(chosen), library)
    seen = summarise(scan)
    plan = make_plan(scan, seen, library, weights, parse_palette(None, library, None), None)
    rows = slice(0, max(1, SPECTRA_TIMED // scan.shape[1]))
    counts = scan.read(rows)
    number = counts.shape[0] * counts.shape[1]
    spectra = counts.reshape(number, -1).astype(np.float32)
    onto = rebinning(plan.calibration, spectra.shape[1], plan.bins)
    binned = onto(spectra)

    def timed(work: Callable[[], object], spectra: int = number) -> float:
        work()
        begun = time.process_time()
        work()
        return (time.process_time() - begun) / spectra * 1e6

    def network(arithmetic: torch.dtype) -> float:
        from dataclasses import replace

        chosen = replace(plan, arithmetic=arithmetic)
        return timed(lambda: blocks.ask(chosen, binned))

    frame = ResultFrame(
        tuple(GroupInfo(g.name, "", "", (), (), (), "") for g in library.groups),
        library.families, plan.elements.names, scan.shape[:2], plan.bins.edges,
    )  # fmt: skip
    together = slice(0, rows_together(frame.shape))
    maps = blocks.read_block(plan, 0, scan.part(together)).maps
    packed = maps.rows * scan.shape[1]
    with keeping_counts(scan, scan_path.parent) as kept:
        first = timed(lambda: look_at_rows(kept, rows, with_digests=True))
        again = timed(lambda: in_single(kept.part(rows), slice(None)))
    return {
        "reading and unpacking": timed(lambda: scan.read(rows)),
        "adding up, without unpacking": first,
        "reading again what was kept": again,
        "bins": timed(lambda: onto(spectra)),
        "element maps": timed(lambda: settle(read_amplitudes(spectra, plan.design), plan.design)),
        "network, float32": network(torch.float32),
        "network, bfloat16": network(torch.bfloat16),
        f"whole block ({plan.arithmetic})": timed(lambda: blocks.read_block(plan, 0, counts)),
        "packing": timed(lambda: pack_block(maps, frame), packed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("scan", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--weights", default=DEFAULT)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print_stages(options.scan, options.output, options.weights, options.workers)


if __name__ == "__main__":
    main()
