"""The text headers of an EDF file: what each of its frames holds, and where."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...errors import ScanFileError

LARGEST_HEADER = 2**20
MOST_FRAMES = 10**6
TYPES = {
    "unsignedbyte": "u1", "signedbyte": "i1", "unsignedshort": "u2", "signedshort": "i2",
    "unsignedinteger": "u4", "unsignedlong": "u4", "signedinteger": "i4", "signedlong": "i4",
    "unsigned64": "u8", "signed64": "i8", "floatvalue": "f4", "float": "f4", "real": "f4",
    "doublevalue": "f8", "double": "f8",
}  # fmt: skip


@dataclass(frozen=True)
class EdfFrame:
    """One array of an EDF file.

    Attributes
    ----------
    path : the file
    shape : slowest axis first, as NumPy has it
    dtype : of one number, with its byte order
    offset : bytes before the first number
    header : key to value, keys in lower case
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    header: dict[str, str]

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_frames(path: Path, most: int = MOST_FRAMES) -> list[EdfFrame]:
    """The frames of an EDF file, of which only the headers are read.

    Raises
    ------
    ScanFileError
        It is no EDF file, or is cut off.
    """
    frames: list[EdfFrame] = []
    end = path.stat().st_size
    with path.open("rb") as file:
        offset = 0
        while offset < end and len(frames) < most:
            frame = _frame(file, path, offset)
            if frame is None:
                break
            if frame.offset + frame.size > end:
                raise ScanFileError(
                    f"{path} is cut off: its frame {len(frames) + 1} needs "
                    f"{frame.offset + frame.size} bytes, and it has {end}; copy it again."
                )
            frames.append(frame)
            offset = frame.offset + frame.size
    if not frames:
        raise ScanFileError(f"{path} is no EDF file, or a damaged one; copy it again.")
    return frames


def _frame(file: IO[bytes], path: Path, start: int) -> EdfFrame | None:
    """The frame that starts at some byte; None where only padding is left."""
    file.seek(start)
    text = b""
    while (end := text.find(b"}")) < 0:
        more = file.read(2**12)
        text += more
        if start and not text.strip(b"\0\r\n \t"):
            return None
        if not more or len(text) > LARGEST_HEADER or not text.lstrip().startswith(b"{"):
            raise ScanFileError(f"{path} is no EDF file, or a damaged one; copy it again.")
    after = text[end + 1 : end + 3] or file.read(2)
    data = start + end + 1 + (2 if after.startswith(b"\r\n") else 1)
    head = text[text.index(b"{") + 1 : end].decode("latin-1")
    fields = (field.partition("=") for field in head.split(";")[:-1])
    header = {key.strip().lower(): value.strip() for key, equals, value in fields if equals}
    return EdfFrame(path, _shape(header, path), _dtype(header, path), data, header)


def _shape(header: dict[str, str], path: Path) -> tuple[int, ...]:
    sides = []
    for number in (1, 2, 3):
        text = header.get(f"dim_{number}")
        if text is None:
            break
        if not re.fullmatch(r"0*[1-9][0-9]{0,9}", text):
            raise ScanFileError(
                f"{path} states Dim_{number} as {text[:20]!r}, which cannot be; copy it again."
            )
        sides.append(int(text))
    if not sides or "dim_4" in header:
        raise ScanFileError(
            f"{path} does not state one to three dimensions (Dim_1, Dim_2, Dim_3); export it again."
        )
    return tuple(reversed(sides))


def _dtype(header: dict[str, str], path: Path) -> np.dtype[Any]:
    name = header.get("datatype", "").lower()
    if header.get("compression", "none").lower() not in ("none", "nocompression", ""):
        raise ScanFileError(f"{path} is a compressed EDF file; export it without compression.")
    if name not in TYPES:
        raise ScanFileError(
            f"{path} states the type of its numbers as {name[:20]!r}, which is none of EDF's; "
            "export it again."
        )
    order = ">" if header.get("byteorder", "").lower() == "highbytefirst" else "<"
    return np.dtype(order + TYPES[name])
