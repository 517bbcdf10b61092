"""NumPy arrays (.npy, .npz) of counts [y, x, channel], or of one spectrum."""

from __future__ import annotations

import shutil
import struct
import tempfile
import tokenize
import weakref
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .energy_line import state_energies, state_polynomial
from .raw_counts import RawCounts
from .scan_format import ScanFormat
from .spectral_axis import require_spectra

NAME = "NumPy array (.npy, .npz)"
COUNTS = ("counts", "data", "spectra")
LARGEST_SIDE = 2**27
BROKEN = (
    *(ValueError, TypeError, KeyError, EOFError, OSError, OverflowError, RuntimeError),
    *(SyntaxError, tokenize.TokenError, zipfile.BadZipFile, struct.error, zlib.error),
)
"""What NumPy and zipfile raise over broken headers."""
LOCAL_HEADER = struct.Struct("<4s22xHH")


@dataclass(frozen=True)
class _Array:
    """Header of an array in a file: where its numbers start, and what they are."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    stored: str
    offset: int


def recognises(path: Path) -> bool:
    """A file that ends in .npy or .npz."""
    return path.is_file() and path.suffix.lower() in (".npy", ".npz")


def read(path: Path, inside: str = "") -> Scan:
    """Read an array; the counts stay on disk until they are sliced.

    Beside the counts an .npz may hold `energy` (channel,) in keV or eV, `calibration` [zero,
    gain], `live_time` and `real_time` in s (one, or (y, x)), `pixel_size_mm` [height, width].

    Parameters
    ----------
    inside : name of the array in an .npz, "" where one is called counts, data or spectra

    Raises
    ------
    ScanFileError
        It is no array of NumPy, holds no spectra or several, or is cut off.
    """
    figures = Figures(f"{path.name} does not state it")
    try:
        if path.suffix.lower() == ".npy":
            if inside:
                raise ScanFileError(f"{path} is one array and holds no {inside!r}; leave it off.")
            counts = _counts(path, path)
        else:
            with zipfile.ZipFile(path) as archive:
                counts = _from_archive(archive, path, inside, figures)
    except PermissionError:
        raise
    except BROKEN as error:
        raise ScanFileError(
            f"{path} is no array of NumPy, or a damaged one ({str(error)[:120]}); save it again."
        ) from error
    return figures.scan(counts, path, NAME)


def _counts(path: Path, named: Path, start: int = 0) -> RawCounts:
    """The counts of an array that starts at some byte of a file."""
    with path.open("rb") as file:
        file.seek(start)
        array = _header(file, named)
    size = int(np.prod(array.shape, dtype=object)) * array.dtype.itemsize
    if path.stat().st_size < array.offset + size:
        raise ScanFileError(f"{named} is cut off; copy it again from where it was made.")
    shape = array.shape if len(array.shape) == 3 else (1, 1, array.shape[0])
    return RawCounts(path, (shape[0], shape[1], shape[2]), array.dtype, array.offset, array.stored)


def _header(file: IO[bytes], path: Path) -> _Array:
    version = np.lib.format.read_magic(file)
    reader = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if reader is None:
        raise ValueError(f"version {version} of the format")
    shape, fortran, dtype = reader(file)
    if min(shape, default=0) < 0:
        raise ValueError(f"a shape of {shape}")
    if dtype.kind not in "uif" or dtype.itemsize > 8:
        raise ScanFileError(f"{path} holds {dtype} and no counts; save numbers, [y, x, channel].")
    require_spectra(shape, path, "save them as [y, x, channel], or one spectrum as [channel]")
    stored = "cxy" if fortran and len(shape) == 3 else "yxc"
    return _Array(tuple(shape), dtype, stored, file.tell())


def _from_archive(archive: zipfile.ZipFile, path: Path, inside: str, figures: Figures) -> RawCounts:
    names = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    name = inside or _only_spectra(archive, names, path)
    if name not in names:
        raise ScanFileError(f"{path} holds no {name!r}, but {', '.join(names)}; name one of them.")
    info = names[name]
    figures.note("array", name, "as named by the user" if inside else "the only one of its shape")
    if info.compress_type == zipfile.ZIP_STORED:
        counts = _counts(path, path, _start(path, info))
    else:
        place = _unpacked(archive, info, figures, path)
        try:
            counts = _counts(place, path)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        weakref.finalize(counts, place.unlink, missing_ok=True)
    _beside(archive, names, counts.shape, figures)
    return counts


def _only_spectra(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], path: Path) -> str:
    usual = [name for name in COUNTS if name in names]
    found = []
    for name, info in names.items():
        with archive.open(info) as file:
            try:
                if len(_header(file, path).shape) == 3:
                    found.append(name)
            except (ScanFileError, ValueError):
                continue
    if len(found) > 1 and len(set(found) & set(usual)) == 1:
        return usual[0]
    if len(found) == 1:
        return found[0]
    if usual:
        return usual[0]
    held = ", ".join(names)
    raise ScanFileError(
        f"{path} holds {len(found)} arrays of spectra [y, x, channel] ({held}); name one, such as "
        f"'{path}::{next(iter(names), 'counts')}'."
    )


def _start(path: Path, info: zipfile.ZipInfo) -> int:
    """Where the bytes of a member lie that is stored as it is."""
    with path.open("rb") as file:
        file.seek(info.header_offset)
        magic, name, extra = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    if magic != b"PK\x03\x04":
        raise zipfile.BadZipFile("a member is not where the archive says")
    return int(info.header_offset + LOCAL_HEADER.size + name + extra)


def _unpacked(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, figures: Figures, path: Path
) -> Path:
    """A compressed member in a temporary file, which the caller removes."""
    folder = Path(tempfile.gettempdir())
    if shutil.disk_usage(folder).free < info.file_size:
        raise ScanFileError(
            f"{path} is compressed, and {folder} has no room for the {info.file_size:,} bytes that "
            "it unpacks to; free some space, or save it uncompressed with numpy.savez."
        )
    # It outlives this function, and goes with the counts that are read from it.
    unpacked = tempfile.NamedTemporaryFile(suffix=".npy", delete=False)  # noqa: SIM115
    place = Path(unpacked.name)
    try:
        with unpacked, archive.open(info) as packed:
            shutil.copyfileobj(packed, unpacked, 2**18)
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    figures.note("unpacked", f"{info.file_size:,} bytes", "the compressed .npz")
    return place


def _beside(
    archive: zipfile.ZipFile,
    names: dict[str, zipfile.ZipInfo],
    shape: tuple[int, int, int],
    figures: Figures,
) -> None:
    def numbers(name: str) -> NDArray[np.float64] | None:
        info = names.get(name)
        if info is None or info.file_size > LARGEST_SIDE:
            return None
        with archive.open(info) as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
        return np.asarray(array, dtype=np.float64) if array.dtype.kind in "uif" else None

    energy, calibration = numbers("energy"), numbers("calibration")
    if calibration is not None and calibration.size in (2, 3):
        state_polynomial(figures, calibration.ravel().tolist(), "array calibration")
    elif energy is not None and energy.shape == shape[2:]:
        state_energies(figures, energy, "array energy")
    for figure, name in ((fact.LIVE_TIME, "live_time"), (fact.REAL_TIME, "real_time")):
        seconds = numbers(name)
        if seconds is not None and seconds.shape in ((), (1,), shape[:2]):
            figures.times(figure, seconds, shape[:2], f"array {name}")
    size = numbers("pixel_size_mm")
    if size is not None and size.shape == (2,):
        figures.pixel_size(float(size[0]), float(size[1]), "array pixel_size_mm")


FORMAT = ScanFormat(NAME, recognises, read)
