"""A small sound file of every format, for the fuzzer to damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bcf_builder import write_bcf
from builders import ScanBuilder
from test_scan_artax import pixels
from test_scan_artax import write as write_rtx
from test_scan_bliss import write as write_bliss
from test_scan_edf import frame, write_folder
from test_scan_emsa import write as write_emsa
from test_scan_envi import write as write_envi
from underpaint.scan import MapStack, write_dms

BUILDER = ScanBuilder().typed("<u2")
DATA = Path(__file__).resolve().parents[1] / "data"


def _in(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    return folder / name


def _hdf5(folder: Path, name: str, stored: np.ndarray, **packing: Any) -> Path:
    path = _in(folder, "a.h5")
    packing = {"chunks": True, "compression": "gzip"} | packing
    with h5py.File(path, "w") as file:
        file.create_dataset(name, data=stored, **packing)
    return path


def _copied(folder: Path, name: str) -> Path:
    path = _in(folder, f"a{Path(name).suffix}")
    path.write_bytes((DATA / name).read_bytes())
    return path


def _numpy(folder: Path, ending: str) -> Path:
    path = _in(folder, f"a.{ending}")
    if ending == "npy":
        np.save(path, BUILDER.counts)
    else:
        np.savez_compressed(path, counts=BUILDER.counts, energy=np.arange(64) * 0.02)
    return path


def _edf(folder: Path) -> Path:
    path = _in(folder, "a.edf")
    path.write_bytes(b"".join(frame(row) for row in BUILDER.counts))
    return path


def _pmca(folder: Path) -> Path:
    path = _in(folder, "a.mca")
    path.write_text(BUILDER.mca_text(BUILDER.counts[0, 0], 1.0, 2.0))
    return path


def _dms(folder: Path) -> Path:
    path = _in(folder, "a.dms")
    write_dms(MapStack(("Fe", "Pb"), np.ones((2, 3, 4)), Path("made"), "made"), path)
    return path


SEEDS: dict[str, Callable[[Path], Path]] = {
    "mca": lambda folder: BUILDER.write_mca_folder(folder / "scan"),
    "rpl": lambda folder: BUILDER.write_rpl(_in(folder, "a.rpl")),
    "h5": lambda folder: BUILDER.write_hdf5(_in(folder, "a.h5")),
    "pyxrf": lambda folder: _hdf5(folder, "xrfmap/detsum/counts", BUILDER.counts),
    "shuffled": lambda folder: _hdf5(
        folder, "xrfmap/detsum/counts", BUILDER.counts, shuffle=True, chunks=(2, 3, 40)
    ),
    "maps": lambda folder: _hdf5(folder, "MAPS/mca_arr", np.moveaxis(BUILDER.counts, -1, 0)),
    "bliss": lambda folder: write_bliss(_in(folder, "a.h5"), zigzag=True, points=10),
    "bcf": lambda folder: write_bcf(_in(folder, "a.bcf"), BUILDER.counts, packing="instructed"),
    "bcfz": lambda folder: write_bcf(_in(folder, "a.bcf"), BUILDER.counts, zipped=True),
    "bcf12": lambda folder: write_bcf(_in(folder, "a.bcf"), BUILDER.counts, packing="12 bits"),
    "spx": lambda folder: _copied(folder, "bruker_m6_jetstream_file_example.spx"),
    "rtx": lambda folder: write_rtx(_in(folder, "a.rtx"), pixels()),
    "msa": lambda folder: write_emsa(_in(folder, "a.msa"), [1.0, 2.0, 3.0]),
    "spe": lambda folder: _copied(folder, "Steel.spe"),
    "pmca": _pmca,
    "epics": lambda folder: _copied(folder, "srm1832.mca"),
    "envi": lambda folder: write_envi(_in(folder, "a.hdr"), BUILDER.counts, "bil"),
    "edf": _edf,
    "edfs": lambda folder: write_folder(_in(folder, "scan"), BUILDER.counts),
    "npy": lambda folder: _numpy(folder, "npy"),
    "npz": lambda folder: _numpy(folder, "npz"),
    "dms": _dms,
}
