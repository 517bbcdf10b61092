"""Writes small Bruker maps (.bcf) in every packing that the format knows."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 1024
USABLE = CHUNK - 32
PACKINGS = ("16 bits", "12 bits", "instructed", "instructed with pulses")

XML = """<?xml version="1.0" encoding="WINDOWS-1252" standalone="yes"?>
<TRTSpectrumDatabase><ClassInstance Type="TRTSpectrumDatabase" Name="swatches">
<Header><Date>1.2.2021</Date><Time>1:2:3</Time><FileVersion>2</FileVersion></Header>
<ClassInstance Type="TRTSEMData"><DX>500</DX><DY>400</DY></ClassInstance>
<ClassInstance Type="TRTImageData"><Plane0><Data>{photograph}</Data></Plane0></ClassInstance>
{spectra}</ClassInstance></TRTSpectrumDatabase>"""
SPECTRUM = """<SpectrumData{number}><ClassInstance Type="TRTSpectrum"><TRTHeaderedClass>
<ClassInstance Type="TRTXrfHeader"><Voltage>50</Voltage><Anode>45</Anode>
<ExcitationAngle>9E1</ExcitationAngle><DetectionAngle>6E1</DetectionAngle></ClassInstance>
</TRTHeaderedClass><ClassInstance Type="TRTSpectrumHeader"><ChannelCount>{channels}</ChannelCount>
<CalibAbs>-9,5E-1</CalibAbs><CalibLin>1E-2</CalibLin></ClassInstance>
<Channels>{counts}</Channels></ClassInstance></SpectrumData{number}>"""


def pixel(counts: NDArray[Any], x: int, packing: str) -> bytes:
    """One pixel with its header."""
    channels = len(counts)
    pulses = np.repeat(np.arange(channels), counts).astype("<u2")
    if packing == "16 bits":
        kind, body, extra = 0, pulses.tobytes(), b""
    elif packing == "12 bits":
        kind, body, extra = 1, _twelve_bits(pulses), b""
    else:
        kind, single = 2, np.zeros(0, dtype="<u2")
        if packing == "instructed with pulses":
            single = np.flatnonzero(counts)[:3].astype("<u2")
            counts = counts.copy()
            counts[single] -= 1
        pulses = single
        body = _instructed(counts) + struct.pack("<I", single.nbytes)
        extra = single.tobytes()
    head = struct.pack(
        "<IHHIHHHI", x, channels, channels, 0, kind, len(body), len(pulses), len(body)
    )
    return head + body + extra


def _twelve_bits(pulses: NDArray[Any]) -> bytes:
    """Pulses of 12 bits, in big-endian order within little-endian words of 16 bits."""
    bits = "".join(f"{pulse:012b}" for pulse in pulses)
    bits = bits.ljust(-(-len(bits) // 48) * 48, "0")
    packed = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    return np.frombuffer(packed, dtype=">u2").astype("<u2").tobytes()


def _instructed(counts: NDArray[Any]) -> bytes:
    """Runs of channels: none, in 4 bits, in 1, 2 or 4 bytes, above the smallest of the run."""
    parts = []
    for at in range(0, len(counts), 32):
        run = counts[at : at + 32]
        least, spread = int(run.min()), int(run.max() - run.min())
        if run.max() == 0:
            parts.append(struct.pack("<BB", 0, len(run)))
        elif spread < 16 and least < 256:
            above = np.append(run - least, 0)[: len(run) + len(run) % 2].astype(np.uint8)
            nibbles = above[0::2] | (above[1::2] << 4)
            parts.append(struct.pack("<BBB", 1, len(run), least) + nibbles.tobytes())
        else:
            size = 2 if spread < 256 and least < 2**16 else 4 if spread < 2**16 else 8
            head = struct.pack("<BB", size, len(run)) + least.to_bytes(size, "little")
            parts.append(head + (run - least).astype(f"<u{size // 2}").tobytes())
    return b"".join(parts)


def map_of(counts: NDArray[Any], packing: str) -> bytes:
    """The file SpectrumData; pixels without counts are left out, as Bruker leaves them out."""
    height, width, _ = counts.shape
    data = struct.pack("<ii", height, width).ljust(0x1A0, b"\0")
    for row in counts:
        pixels = [pixel(each, x, packing) for x, each in enumerate(row) if each.any()]
        data += struct.pack("<I", len(pixels)) + b"".join(pixels)
    return data


def header_of(*maps: NDArray[Any], photograph: int = 0) -> bytes:
    """The file HeaderData."""
    spectra = [
        SPECTRUM.format(
            number=number,
            channels=counts.shape[2],
            counts=",".join(map(str, counts.sum(axis=(0, 1)))),
        )
        for number, counts in enumerate(maps)
    ]
    return XML.format(spectra="".join(spectra), photograph="A" * photograph).encode("cp1252")


def _packed(data: bytes, block: int = 700) -> bytes:
    pieces = [zlib.compress(data[at : at + block]) for at in range(0, len(data), block)]
    head = struct.pack("<4sIII", b"AACS", block, 0, len(pieces)).ljust(0x80, b"\0")
    return head + b"".join(struct.pack("<II8x", len(piece), block) + piece for piece in pieces)


def write_bcf(
    path: Path, *maps: NDArray[Any], packing: str = "16 bits", zipped: bool = False
) -> Path:
    """Write a container with one or more maps, its chunks scattered over the file."""
    files = {"HeaderData": header_of(*maps, photograph=3000)}
    files |= {f"SpectrumData{n}": map_of(counts, packing) for n, counts in enumerate(maps)}
    if zipped:
        files = {name: _packed(data) for name, data in files.items()}
    return write_container(path, files)


def write_container(path: Path, files: dict[str, bytes]) -> Path:
    """Write files into a container; every file's chunks lie in reverse order."""
    chunks: dict[int, tuple[int, bytes]] = {}
    items, next_free = [], 2
    for name, data in files.items():
        pieces = [data[at : at + USABLE] for at in range(0, len(data), USABLE)]
        places = list(range(next_free, next_free + len(pieces)))[::-1]
        next_free += len(pieces)
        chunks |= {place: (0, piece) for place, piece in zip(places, pieces, strict=True)}
        table = np.array(places, dtype="<u4").tobytes()
        tables = [table[at : at + USABLE] for at in range(0, len(table), USABLE)]
        for number, piece in enumerate(tables):
            chunks[next_free + number] = (next_free + number + 1, piece)
        items.append(_item(name, next_free, len(data), folder=False))
        next_free += len(tables)
    items.append(_item("EDSDatabase", 0, 0, folder=True))
    per_chunk = USABLE // len(items[0])
    trees = [items[at : at + per_chunk] for at in range(0, len(items), per_chunk)]
    for number, tree in enumerate(trees):
        chunks[next_free + number] = (next_free + number + 1, b"".join(tree))
    content = bytearray(0x138 + CHUNK * (next_free + len(trees)))
    content[:8] = b"AAMVHFSS"
    content[0x124:0x12C] = struct.pack("<fI", 2.6, CHUNK)
    content[0x140:0x14C] = struct.pack("<III", next_free, len(items), next_free)
    for place, (following, piece) in chunks.items():
        at = place * CHUNK
        content[at + 0x118 : at + 0x11C] = struct.pack("<I", following)
        content[at + 0x138 : at + 0x138 + len(piece)] = piece
    path.write_bytes(content)
    return path


def _item(name: str, table: int, size: int, *, folder: bool) -> bytes:
    parent = -1 if folder else 0
    return struct.pack(
        "<iQQQQIi176s?3s256s32s",
        *(table, size, 0, 0, 0, 0, parent, b"", folder, b"", name.encode(), b""),
    )
