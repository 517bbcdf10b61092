"""PNG images: with a palette, so that a report stays small, or in full colour and made fast."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

FAST = 1
"""Level of ISA-L, which deflates several times as fast as zlib."""
METRES_PER_INCH = 0.0254


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


def colour_png(image: NDArray[np.uint8], dpi: int) -> bytes:
    """A PNG file of an image in full colour.

    Parameters
    ----------
    image : (y, x, 4) uint8, red, green, blue and opacity
    dpi : pixels per inch on paper

    Returns
    -------
    The file's bytes (W3C PNG specification, colour type 6, each row as the change from the last).
    """
    height, width, _ = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = np.empty((height, 4 * width + 1), dtype=np.uint8)
    rows[:, 0] = 2
    flat = np.ascontiguousarray(image).reshape(height, -1)
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
    per_metre = round(dpi / METRES_PER_INCH)
    return _file(
        (b"IHDR", header),
        (b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
        (b"IDAT", isal_zlib.compress(rows, FAST)),
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
