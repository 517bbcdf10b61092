"""`identify` where the disk is full: one sentence, nothing half-written, and it can go on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from board_builder import build_board_scan
from underpaint.scan import write_hdf5

resource = pytest.importorskip("resource")


def identify(scan: Path, out: Path, *more: str, most_bytes: int | None = None):
    """Run the command; no file that it writes may be longer than so much."""

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    command = ["identify", str(scan), "-o", str(out), "--weights", "spectrum-15-small", *more]
    return subprocess.run(
        [sys.executable, "-m", "underpaint", *command],
        capture_output=True, text=True, preexec_fn=limit, timeout=240,
    )  # fmt: skip


@pytest.mark.parametrize("most_bytes", [20_000, 150_000])
def test_a_full_disk_is_one_sentence_and_no_half_written_result(
    tmp_path: Path, most_bytes: int
) -> None:
    scan, out = tmp_path / "board.h5", tmp_path / "out"
    write_hdf5(build_board_scan(), scan)
    full = identify(scan, out, most_bytes=most_bytes)
    assert full.returncode not in (0, 1)
    assert "cannot be written" in full.stderr and "--resume" in full.stderr
    assert "Traceback" not in full.stderr
    assert not out.exists()
    again = identify(scan, out, "--resume")
    assert again.returncode == 0, again.stderr
    assert (out / "result.h5").exists() and (out / "report.html").exists()
