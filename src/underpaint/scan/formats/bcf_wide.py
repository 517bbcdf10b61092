"""Pixels of a .bcf whose counts differ by more than 16 bits within a run of channels.

rosettasciio's fast code (up to 0.15 at least) takes the values of such runs from the wrong places,
so these rare pixels are unpacked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

WIDE = 8
START_OF_WIDE = re.compile(rb"\x08[\s\S]{5}\0{4}")
"""Size, channels, and a smallest count of eight bytes, of which four are 0 in any real pixel."""
NIBBLES = 1
RUN_HEAD = 2


def may_be_wide(body: bytes) -> bool:
    """Whether a pixel could hold a wide run; most can be ruled out at a glance."""
    return START_OF_WIDE.search(body) is not None and WIDE in _sizes(body)


def _sizes(body: bytes) -> Iterator[int]:
    """The size of each run in turn."""
    at, end = 0, len(body) - 1
    while at < end:
        size, length = body[at], body[at + 1]
        yield size
        at += RUN_HEAD + size + ((length + 1) // 2 if size == NIBBLES else length * size // 2)


def unpack_if_wide(body: bytes, pulses: bytes, channels: int) -> NDArray[np.uint32] | None:
    """The counts of a pixel that holds a wide run, (channel,) uint32; None where it holds none.

    A run is two bytes, the size of what follows and the number of channels; then the smallest
    count in `size` bytes, and what each channel has above it in half as many. Single pulses are
    channels, two bytes each, that have one count more.
    """
    counts = np.zeros(channels, dtype=np.int64)
    at, channel, wide = 0, 0, False
    while at + RUN_HEAD <= len(body):
        size, length = body[at], body[at + 1]
        at += RUN_HEAD
        if size:
            least = int.from_bytes(body[at : at + size], "little")
            at += size
            if size == NIBBLES:
                packed = np.frombuffer(body[at : at + (length + 1) // 2], dtype=np.uint8)
                values = np.stack([packed & 15, packed >> 4], axis=1).ravel()[:length]
            else:
                wide = wide or size == WIDE
                width = {2: 1, 4: 2}.get(size, 4)
                whole = (len(body) - at) // width
                values = np.frombuffer(body, f"<u{width}", min(length, whole), at)
            at += (length + 1) // 2 if size == NIBBLES else length * size // 2
            taken = values[: max(0, channels - channel)]
            counts[channel : channel + len(taken)] = taken.astype(np.int64) + least % 2**32
        channel += length
    if not wide:
        return None
    single = np.frombuffer(pulses, dtype="<u2")
    np.add.at(counts, single[single < channels], 1)
    return counts.astype(np.uint32)
