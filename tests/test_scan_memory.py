"""Formats that read by rows take no more memory than a few of the rows asked for."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from bcf_builder import write_bcf
from builders import ScanBuilder
from test_scan_edf import frame, write_folder
from test_scan_envi import write as write_envi
from underpaint.scan import open_scan

HEIGHT, WIDTH, CHANNELS = 40, 60, 512


def write(folder: Path, kind: str) -> Path:
    builder = ScanBuilder(HEIGHT, WIDTH, channels=CHANNELS).typed("<u4")
    counts = builder.counts % 3
    if kind == "bcf":
        return write_bcf(folder / "a.bcf", counts, packing="instructed")
    if kind == "zipped bcf":
        return write_bcf(folder / "a.bcf", counts, packing="instructed", zipped=True)
    if kind == "envi":
        return write_envi(folder / "a.hdr", counts, "bsq")
    if kind == "edf":
        (folder / "a.edf").write_bytes(frame(counts))
        return folder / "a.edf"
    if kind == "edf folder":
        return write_folder(folder / "rows", counts)
    if kind == "npz":
        np.savez_compressed(folder / "a.npz", counts=counts)
        return folder / "a.npz"
    return builder.write_rpl(folder / "a.rpl", record_by="image")


@pytest.mark.parametrize("kind", ["bcf", "zipped bcf", "envi", "edf", "edf folder", "npz", "rpl"])
def test_memory_is_bounded_by_the_rows(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, kind)
    open_scan(path).counts[0:1]  # imports are not what is measured
    tracemalloc.start()
    for _ in open_scan(path).blocks(rows=2):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    row_bytes = WIDTH * CHANNELS * 4
    assert peak < 12 * row_bytes + 2**20
    assert peak < HEIGHT * row_bytes
