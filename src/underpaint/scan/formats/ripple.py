"""Lispix maps: a text header (.rpl) that describes a file of bare numbers (.raw)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .energy_line import state_line
from .envi import recognises as is_envi
from .raw_counts import IMAGES, SPECTRA, RawCounts
from .ripple_header import RippleHeader, read_header
from .scan_format import ScanFormat

NAME = "Lispix map (.rpl with .raw)"
KINDS = {"unsigned": "u", "signed": "i", "float": "f"}
SAMPLE_BYTES = {"u": (1, 2, 4, 8), "i": (1, 2, 4, 8), "f": (4, 8)}
SAMPLED_BYTES = 2**22
OTHER = {".rpl": ".raw", ".raw": ".rpl"}
DEPTH_KEYS = (
    ("depthscaleincrement", "depthscaleorigin", "depthscaleunits"),
    ("depth-scale", "depth-origin", "depth-units"),
    ("ev-per-chan", "", ""),
)
"""Keys of gain, zero and unit, as different programs name them."""
MM_PER_UNIT = {"mm": 1.0, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "cm": 10.0, "m": 1e3}


def recognises(path: Path) -> bool:
    """A file that ends in .rpl, or in .raw where the header beside it is not of another format."""
    if not path.is_file():
        return False
    ending = path.suffix.lower()
    return ending == ".rpl" or (ending == ".raw" and (bool(_beside(path)) or not is_envi(path)))


def read(path: Path, inside: str = "") -> Scan:
    """Read a Lispix map; the counts stay on disk until they are sliced.

    Raises
    ------
    ScanFileError
        Header or numbers are missing, disagree, or make no spectra.
    """
    if inside:
        raise ScanFileError(f"{path} is a Lispix map and holds no {inside!r}; leave it off.")
    header_path, raw_path = _pair(path)
    header = read_header(header_path)
    counts, layout = _counts(header, raw_path)
    figures = Figures(f"{header_path.name} does not state it")
    _energy_axis(figures, header)
    _pixel_size(figures, header)
    voltage, elevation = header.number("beam-energy"), header.number("elevation-angle")
    if voltage is not None:
        figures.tube_voltage(voltage, f"beam-energy of {header_path.name}")
    if elevation is not None:
        figures.angle(fact.TAKE_OFF, elevation, f"elevation-angle of {header_path.name}")
    if "live-time" in header.values:
        figures.lack(fact.LIVE_TIME, "live-time may be that of a pixel or of the whole scan")
    figures.note("layout", layout, header_path.name)
    for key, value in header.unused().items():
        figures.note(key, value, header_path.name)
    return figures.scan(counts, path, NAME)


def _pair(path: Path) -> tuple[Path, Path]:
    """The header and the numbers, whichever of the two the user named."""
    endings = {".rpl": "header that belongs", ".raw": "numbers that belong"}
    given = path.suffix.lower()
    other = OTHER[given]
    beside = _beside(path)
    if not beside:
        raise ScanFileError(
            f"{path} lacks the {endings[other]} to it; put {path.stem}{other} into the same folder."
        )
    return (path, beside[0]) if given == ".rpl" else (beside[0], path)


def _beside(path: Path) -> list[Path]:
    """The files that could be the other one of a pair."""
    other = OTHER[path.suffix.lower()]
    return sorted(
        candidate
        for candidate in path.parent.iterdir()
        if candidate.stem == path.stem and candidate.suffix.lower() == other
    )


def _counts(header: RippleHeader, raw_path: Path) -> tuple[RawCounts, str]:
    shape = tuple(header.whole(key, 1) or 0 for key in ("height", "width", "depth"))
    offset = header.whole("offset", 0) or 0
    kind = KINDS[header.choice("data-type", tuple(KINDS)) or "unsigned"]
    order = header.choice("byte-order", ("little-endian", "big-endian", "dont-care"))
    record_by = header.choice("record-by", ("vector", "image", "dont-care"))
    if record_by == "dont-care" or shape[2] < 2:
        raise ScanFileError(
            f"{header.path} describes a single image (depth {shape[2]}, record-by {record_by}), "
            "not spectra; export the scan with its spectra."
        )
    size, size_remark = _sample_bytes(header, kind, shape, offset, raw_path)
    remark = ""
    if size > 1 and order not in ("little-endian", "big-endian"):
        order = _byte_order(header, raw_path, np.dtype(f"{kind}{size}"), offset)
        remark = f", {order} as the counts show"
    dtype = np.dtype(f"{'>' if order == 'big-endian' else '<'}{kind}{size}")
    cube = (shape[0], shape[1], shape[2])
    words = f"{size} bytes a count{size_remark}{remark}, record-by {record_by}, offset {offset}"
    stored = IMAGES if record_by == "image" else SPECTRA
    return RawCounts(raw_path, cube, dtype, offset, stored), words


def _sample_bytes(
    header: RippleHeader, kind: str, shape: tuple[int, ...], offset: int, raw_path: Path
) -> tuple[int, str]:
    """Bytes a count, as stated or, where the header is silent, from the size of the file."""
    stated = header.whole("data-length", 1)
    if stated is not None and stated not in SAMPLE_BYTES[kind]:
        allowed = ", ".join(map(str, SAMPLE_BYTES[kind]))
        raise header.wrong("data-length", str(stated), f"one of {allowed}")
    samples = shape[0] * shape[1] * shape[2]
    available = raw_path.stat().st_size
    fitting = [size for size in SAMPLE_BYTES[kind] if samples * size + offset == available]
    if stated in fitting:
        return stated, ""
    if stated is None and fitting:
        return fitting[0], " by the size of the .raw"
    says = f"{shape[0]} rows by {shape[1]} columns by {shape[2]} channels"
    if stated is not None:
        expected = samples * stated + offset
        relation = "shorter" if available < expected else "longer"
        what = f"is {relation} than {header.path.name} says: {available} bytes, not {expected}"
        remedy = (
            f"data-length {fitting[0]} would fit, so correct that line"
            if fitting
            else "copy the .raw again, or correct width, height, depth or offset"
        )
    else:
        what = f"has {available} bytes, which no data-length makes {says}"
        remedy = "copy the .raw again, or correct width, height, depth or offset"
    raise ScanFileError(f"{raw_path} {what} ({says}, offset {offset}); {remedy}.")


def _byte_order(header: RippleHeader, raw_path: Path, dtype: np.dtype[Any], offset: int) -> str:
    """The byte order that makes the counts small, as counts are.

    Read in the wrong order, a count of 1 becomes 256 or more.
    """
    if dtype.kind == "f":
        raise ScanFileError(
            f"{header.path} does not state the byte order; add a line 'byte-order little-endian' "
            "or 'byte-order big-endian'."
        )
    with raw_path.open("rb") as raw:
        raw.seek(offset)
        sample = raw.read(SAMPLED_BYTES)
    little = np.frombuffer(sample, dtype.newbyteorder("<"))
    big = np.frombuffer(sample, dtype.newbyteorder(">"))
    sums = [np.abs(counts.astype(np.float64)).sum() for counts in (little, big)]
    return "little-endian" if sums[0] <= sums[1] else "big-endian"


def _energy_axis(figures: Figures, header: RippleHeader) -> None:
    """From the first set of keys that states one; their zero and unit go with their gain."""
    for gain_key, zero_key, unit_key in DEPTH_KEYS:
        gain = header.number(gain_key)
        if gain is None:
            continue
        zero, unit = header.number(zero_key), header.text(unit_key) if unit_key else "eV"
        state_line(figures, zero, gain, f"{gain_key} of {header.path.name}", unit)
        if figures.energy_line is not None:
            return


def _pixel_size(figures: Figures, header: RippleHeader) -> None:
    sides = []
    for side in ("height", "width"):
        length = header.number(f"{side}scaleincrement", f"{side}-scale")
        unit = header.text(f"{side}scaleunits", f"{side}-units")
        if length is None or length <= 0.0 or unit is None or unit.lower() not in MM_PER_UNIT:
            return
        sides.append(length * MM_PER_UNIT[unit.lower()])
    figures.pixel_size(sides[0], sides[1], f"height and width scales of {header.path.name}")


FORMAT = ScanFormat(NAME, recognises, read)
