"""Texts of an HDF5 file over whose damage the HDF5 library would go round without end.

Texts of any length, such as most attributes, lie in collections: a header, and records one behind
the other, each with its size. The library (2.0 and before; HDFGroup/hdf5, issue 1707) steps from
record to record, and does not see that a free one of size 0, as zeros written over a collection
make it, leads nowhere. Nothing can interrupt it there, so that this is looked for before.
"""

from __future__ import annotations

import struct
from pathlib import Path

COLLECTION = b"GCOL\x01\0\0\0"
HEADER = RECORD = 16
"""Bytes before the first record, and of a record before what it holds."""
LOOKED_THROUGH = 4 * 2**20
"""Bytes of the beginning of a file, where most of its texts are."""
FREE = 0
BEYOND_64_BITS = 2**64


def goes_round(path: Path) -> bool:
    """Whether a collection of texts at the beginning of a file has a record that leads nowhere."""
    with path.open("rb") as file:
        content = file.read(LOOKED_THROUGH)
    at = content.find(COLLECTION)
    while at >= 0:
        if _leads_nowhere(content, at):
            return True
        at = content.find(COLLECTION, at + 1)
    return False


def _leads_nowhere(content: bytes, start: int) -> bool:
    if len(content) < start + HEADER:
        return False
    (size,) = struct.unpack_from("<Q", content, start + len(COLLECTION))
    at, end = start + HEADER, min(start + size, len(content))
    while at + RECORD <= end:
        number, held = struct.unpack_from("<H6xQ", content, at)
        step = held if number == FREE else RECORD + (held + 7) // 8 * 8
        if step % BEYOND_64_BITS == 0:
            return True
        at += step
    return False
