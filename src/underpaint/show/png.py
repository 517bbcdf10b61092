"""PNG images with a palette, so that a report stays small."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray


def indexed_png(image: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A PNG file of an image whose pixels are places in a palette.

    Parameters
    ----------
    image : (y, x) uint8
    palette : (colour, 3) uint8, at most 256 colours

    Returns
    -------
    The file's bytes (W3C PNG specification, colour type 3).
    """
    height, width = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 1:] = image
    return _file(
        (b"IHDR", header),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
    )


def data_uri(data: bytes, media_type: str) -> str:
    """Bytes as a URI that a page can show without fetching anything."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def _file(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = (_chunk(kind, data) for kind, data in (*chunks, (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
