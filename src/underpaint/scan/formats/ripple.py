"""Lispix maps: a text header (.rpl) that describes a file of bare numbers (.raw)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ScanFileError
from ...spectrum import EnergyCalibration
from .. import fact
from ..fact import Fact, absent
from ..scan import Scan
from .energy_line import in_words, unit_in_kev
from .raw_counts import IMAGES, SPECTRA, RawCounts
from .ripple_header import RippleHeader, read_header
from .scan_format import ScanFormat

NAME = "Lispix map (.rpl with .raw)"
KINDS = {"unsigned": "u", "signed": "i", "float": "f"}
SAMPLE_BYTES = {"u": (1, 2, 4, 8), "i": (1, 2, 4, 8), "f": (4, 8)}
SAMPLED_BYTES = 2**22
MM_PER_UNIT = {"mm": 1.0, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "cm": 10.0, "m": 1e3}


def recognises(path: Path) -> bool:
    """A file that ends in .rpl, or in .raw."""
    return path.is_file() and path.suffix.lower() in (".rpl", ".raw")


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
    counts, layout_fact = _counts(header, raw_path)
    calibration, calibration_fact = _calibration(header)
    pixel_size, pixel_fact = _pixel_size(header)
    voltage = header.number("beam-energy")
    voltage_fact = (
        _unstated(header)
        if voltage is None
        else Fact(f"{voltage:g} kV", f"beam-energy of {header_path.name}")
    )
    facts = {
        fact.ENERGY_CALIBRATION: calibration_fact,
        fact.ANODE: _unstated(header),
        fact.TUBE_VOLTAGE: voltage_fact,
        fact.LIVE_TIME: _unstated(header),
        fact.REAL_TIME: _unstated(header),
        fact.PIXEL_SIZE: pixel_fact,
        "layout": layout_fact,
    }
    facts |= {key: Fact(value, header_path.name) for key, value in header.unused().items()}
    return Scan(
        counts=counts,
        path=path,
        format=NAME,
        calibration=calibration,
        tube_voltage_kv=voltage,
        pixel_size_mm=pixel_size,
        facts=facts,
    )


def _pair(path: Path) -> tuple[Path, Path]:
    """The header and the numbers, whichever of the two the user named."""
    endings = {".rpl": "header", ".raw": "numbers"}
    given = path.suffix.lower()
    other = ".raw" if given == ".rpl" else ".rpl"
    beside = sorted(
        candidate
        for candidate in path.parent.iterdir()
        if candidate.stem == path.stem and candidate.suffix.lower() == other
    )
    if not beside:
        raise ScanFileError(
            f"{path} lacks the {endings[other]} that belong to it; put {path.stem}{other} "
            "into the same folder."
        )
    return (path, beside[0]) if given == ".rpl" else (beside[0], path)


def _counts(header: RippleHeader, raw_path: Path) -> tuple[RawCounts, Fact]:
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
    return RawCounts(raw_path, cube, dtype, offset, stored), Fact(words, header.path.name)


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


def _calibration(header: RippleHeader) -> tuple[EnergyCalibration | None, Fact]:
    name = header.path.name
    key, unit = "depthscaleincrement", header.text("depthscaleunits", "depth-units")
    gain = header.number("depthscaleincrement", "depth-scale")
    zero = header.number("depthscaleorigin", "depth-origin")
    if gain is None:
        key, unit = "ev-per-chan", "eV"
        gain, zero = header.number("ev-per-chan"), None
    if gain is None:
        return None, _unstated(header)
    if gain <= 0.0:
        return None, absent(f"{key} of {name} is {gain:g}, which cannot be")
    try:
        size, remark = unit_in_kev(unit, gain)
    except ValueError as error:
        return None, absent(f"{name} states the depth in {error}")
    if zero is None:
        remark += ", zero not stated and taken as 0"
    calibration = EnergyCalibration(zero=(zero or 0.0) * size, gain=gain * size)
    return calibration, Fact(in_words(calibration), f"{key} of {name}{remark}")


def _pixel_size(header: RippleHeader) -> tuple[tuple[float, float] | None, Fact]:
    sides = []
    for side in ("height", "width"):
        length = header.number(f"{side}scaleincrement", f"{side}-scale")
        unit = header.text(f"{side}scaleunits", f"{side}-units")
        if length is None or length <= 0.0 or unit is None or unit.lower() not in MM_PER_UNIT:
            return None, _unstated(header)
        sides.append(length * MM_PER_UNIT[unit.lower()])
    words = f"{sides[0]:g} mm high, {sides[1]:g} mm wide"
    return (sides[0], sides[1]), Fact(words, f"height and width scales of {header.path.name}")


def _unstated(header: RippleHeader) -> Fact:
    return absent(f"{header.path.name} does not state it")


FORMAT = ScanFormat(NAME, recognises, read)
