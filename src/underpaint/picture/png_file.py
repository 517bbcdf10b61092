"""PNG images with a palette, small and quickly written."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

UP = 2
"""The filter that tells a row by its difference from the one above."""
INCH_M = 0.0254
LEVEL = 2
"""Of ISA-L's compression: as small as zlib's quickest, in a fifth of its time."""


def indexed_png(
    image: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    *,
    dots: NDArray[np.intp] | None = None,
    dpi: float | None = None,
) -> bytes:
    """A PNG file of an image whose pixels are places in a palette.

    Parameters
    ----------
    image : (y, x) uint8
    palette : (colour, 3) uint8, at most 256 colours
    dots : (y,) how many dots high each row is; one if None
    dpi : dots an inch in print; not said if None

    Returns
    -------
    The file's bytes (W3C PNG specification, colour type 3).
    """
    high = np.ones(len(image), dtype=np.intp) if dots is None else dots
    height, width = int(high.sum()), image.shape[1]
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    # a row that repeats the one above it, as most do in an enlarged map, is a row of zeros
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 0] = UP
    first = np.cumsum(high) - high
    rows[first, 0] = 0
    rows[first, 1:] = image
    return _file(
        (b"IHDR", header),
        *([] if dpi is None else [(b"pHYs", _resolution(dpi))]),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", isal_zlib.compress(rows.data, LEVEL)),
    )


def _resolution(dpi: float) -> bytes:
    dots_a_metre = round(dpi / INCH_M)
    return struct.pack(">IIB", dots_a_metre, dots_a_metre, 1)


def _file(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = (_chunk(kind, data) for kind, data in (*chunks, (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
