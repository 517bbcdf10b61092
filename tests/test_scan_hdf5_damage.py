"""Damaged HDF5 files over which the HDF5 library would go round without end, or ask for more memory
than there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from builders import ScanBuilder
from underpaint.scan.formats.hdf5_counts import Hdf5Counts

LONGEST_S = 120
OPENED = "import sys; from underpaint.scan import open_scan; open_scan(sys.argv[1])"


def opened_in_time(path: Path) -> str:
    """What opening a file in another process says; fails where it does not come to an end."""
    command = [sys.executable, "-c", OPENED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    return done.stderr


def changed(path: Path, mark: bytes, offset: int, new: bytes) -> Path:
    """Write bytes so far behind the first place that is marked so."""
    content = bytearray(path.read_bytes())
    at = content.index(mark) + offset
    content[at : at + len(new)] = new
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("offset", "new"),
    [(40, bytes(1000)), (40, bytes([1]) + bytes(7) + b"\xf0" + 7 * b"\xff")],
    ids=["zeros", "a size that overflows"],
)
def test_texts_that_lead_nowhere_are_refused(tmp_path: Path, offset: int, new: bytes) -> None:
    path = changed(ScanBuilder().write_hdf5(tmp_path / "a.h5"), b"GCOL", offset, new)
    assert "is no HDF5 file, or a damaged one; copy it again" in opened_in_time(path)


def test_an_index_that_leads_back_to_itself_ends(tmp_path: Path) -> None:
    path = ScanBuilder().write_hdf5(tmp_path / "a.h5")
    at = path.read_bytes().index(b"TREE")
    changed(path, b"TREE", 16, at.to_bytes(8, "little"))
    opened_in_time(path)


def test_a_chunk_larger_than_memory_is_left_to_the_library(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    cube = np.ones((2, 4, 64), dtype="u2")
    with h5py.File(path, "w") as file:
        file.create_dataset("counts", data=cube, chunks=(1, 4, 64), compression="gzip")

    def too_much(*_: Any) -> None:
        raise MemoryError

    class Dataset:
        id = SimpleNamespace(read_direct_chunk=too_much)

        def __getitem__(self, index: Any) -> Any:
            return cube[index]

    with h5py.File(path) as file:
        counts = Hdf5Counts(file["counts"], path)
        counts.__dict__["_dataset"] = Dataset()
        np.testing.assert_array_equal(counts[:], cube)


@pytest.mark.parametrize("kind", [2, 7, 15])
def test_texts_of_a_kind_that_there_is_not_are_refused(tmp_path: Path, kind: int) -> None:
    """An attribute's type: lists of any length, of which 0 are numbers, 1 texts, and no other."""
    path = ScanBuilder().write_hdf5(tmp_path / "a.h5")
    content = path.read_bytes()
    mark = content.index(b"\x19\x01\x01\x00", content.index(b"NX_class\0"))
    changed(path, content[mark : mark + 12], 1, bytes([kind]))
    told = opened_in_time(path)
    assert "NX_class holds lists, not a figure" in told and "ScanFileError" in told
