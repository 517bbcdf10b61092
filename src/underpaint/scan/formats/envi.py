"""ENVI maps: a text header (.hdr) that describes a file of bare numbers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...errors import ScanFileError
from ..figures import Figures
from ..scan import Scan
from .energy_line import state_energies
from .raw_counts import RawCounts
from .scan_format import ScanFormat
from .spectral_axis import require_spectra

NAME = "ENVI map (.hdr with its data)"
DATA_ENDINGS = ("", ".dat", ".img", ".raw", ".bil", ".bip", ".bsq", ".bin")
OWN_ENDINGS = (".bil", ".bip", ".bsq")
STORED = {"bip": "yxc", "bil": "ycx", "bsq": "cyx"}
TYPES = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}
FIELD = re.compile(r"^([^=\n{}]+?)\s*=\s*(\{[^}]*\}|[^\n]*)", re.MULTILINE)
LARGEST_HEADER = 2**24
START = b"ENVI"
TAKEN = {
    "samples", "lines", "bands", "header offset", "data type", "interleave", "byte order",
    "wavelength", "wavelength units", "file type",
}  # fmt: skip


def recognises(path: Path) -> bool:
    """A header, a data file of ENVI's own endings, or one of others with a header of ENVI."""
    if not path.is_file():
        return False
    ending = path.suffix.lower()
    if ending == ".hdr" or ending in OWN_ENDINGS:
        return True
    header = _header_of(path) if ending in DATA_ENDINGS else None
    if header is None:
        return False
    with header.open("rb") as file:
        return file.read(len(START)).upper() == START


def read(path: Path, inside: str = "") -> Scan:
    """Read an ENVI map; the counts stay on disk until they are sliced.

    Raises
    ------
    ScanFileError
        Header or numbers are missing, disagree, or make no spectra.
    """
    if inside:
        raise ScanFileError(f"{path} is an ENVI map and holds no {inside!r}; leave it off.")
    header_path, data_path = _pair(path)
    fields = _fields(header_path)
    counts = _counts(fields, header_path, data_path)
    figures = Figures(f"{header_path.name} does not state it")
    _energy_axis(figures, fields, counts.shape[2])
    for key, value in fields.items():
        if key not in TAKEN:
            figures.note(key, value.strip("{}")[:200].strip(), header_path.name)
    figures.note("layout", f"{counts.dtype}, {fields['interleave']}", header_path.name)
    return figures.scan(counts, path, NAME)


def _pair(path: Path) -> tuple[Path, Path]:
    """The header and the numbers, whichever of the two the user named."""
    if path.suffix.lower() != ".hdr":
        header = _header_of(path)
        if header is not None:
            return header, path
        raise ScanFileError(f"{path} lacks its header; put {path.stem}.hdr into the same folder.")
    beside = sorted(path.parent.iterdir())
    for ending in DATA_ENDINGS:
        for candidate in beside:
            name = candidate.name.lower()
            if candidate.is_file() and name == path.stem.lower() + ending:
                return path, candidate
    raise ScanFileError(
        f"{path} lacks the numbers that belong to it; put {path.stem}.dat (or .raw, .bil, .bip, "
        ".bsq) into the same folder."
    )


def _header_of(path: Path) -> Path | None:
    """The header beside a data file, such as a.hdr or a.dat.hdr beside a.dat."""
    for beside in sorted(path.parent.iterdir()):
        if beside.suffix.lower() == ".hdr" and beside.stem in (path.stem, path.name):
            return beside if beside.is_file() else None
    return None


def _fields(path: Path) -> dict[str, str]:
    if path.stat().st_size > LARGEST_HEADER:
        raise ScanFileError(f"{path} is too large for an ENVI header; give the right .hdr file.")
    text = path.read_bytes().decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    if not text.lstrip().upper().startswith("ENVI"):
        raise ScanFileError(f"{path} is no ENVI header: it does not start with ENVI.")
    fields = {key.strip().lower(): value.strip() for key, value in FIELD.findall(text)}
    needed = ("samples", "lines", "bands", "data type", "interleave")
    missing = [key for key in needed if not fields.get(key)]
    if missing:
        raise ScanFileError(
            f"{path} does not state {' and '.join(missing)}; add a line for each, such as "
            "'bands = 2048' or 'interleave = bip'."
        )
    return fields


def _whole(fields: dict[str, str], key: str, path: Path, least: int = 0) -> int:
    text = fields.get(key, "0")
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < least:
        raise ScanFileError(
            f"{path} states {key} as {text[:40]!r}; correct that line to a whole number of at "
            f"least {least}."
        )
    return int(text)


def _counts(fields: dict[str, str], header: Path, data: Path) -> RawCounts:
    rows, columns, bands = (_whole(fields, key, header, 1) for key in ("lines", "samples", "bands"))
    kind, order = _whole(fields, "data type", header), _whole(fields, "byte order", header)
    interleave = fields["interleave"].lower()
    if kind not in TYPES or interleave not in STORED or order not in (0, 1):
        raise ScanFileError(
            f"{header} states data type {kind}, interleave {interleave[:20]} and byte order "
            f"{order}; data type must be one of {', '.join(map(str, TYPES))}, interleave bip, "
            "bil or bsq, byte order 0 or 1."
        )
    require_spectra(
        (rows, columns, bands), header, "export the scan with its spectra", axes_stated=True
    )
    offset = _whole(fields, "header offset", header)
    dtype = np.dtype("<>"[order] + TYPES[kind])
    expected = offset + rows * columns * bands * dtype.itemsize
    if data.stat().st_size != expected:
        raise ScanFileError(
            f"{data} has {data.stat().st_size} bytes, not the {expected} that {header.name} makes "
            f"({rows} rows by {columns} columns by {bands} channels, offset {offset}); copy it "
            "again, or correct the header."
        )
    return RawCounts(data, (rows, columns, bands), dtype, offset, STORED[interleave])


def _energy_axis(figures: Figures, fields: dict[str, str], channels: int) -> None:
    words = fields.get("wavelength", "").strip("{}").replace("\n", " ").replace(",", " ").split()
    try:
        energy = [float(word) for word in words]
    except ValueError:
        return
    if len(energy) != channels:
        return
    unit = fields.get("wavelength units", "")
    unit = "" if unit.lower() in ("unknown", "index", "energy") else unit
    state_energies(figures, energy, "wavelength", unit or None)


FORMAT = ScanFormat(NAME, recognises, read)
