"""A folder of PMCA text files, one a pixel, row by row from the top left."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ScanFileError
from ...spectrum import EnergyCalibration
from .. import fact
from ..fact import Fact, absent
from ..figures import known_times
from ..scan import Scan
from ..words import times_in_words
from .energy_line import in_words
from .map_size import MapSize, find_map_size
from .mca_text import PixelSpectrum, calibration_line, read_pixel
from .scan_format import ScanFormat

NAME = "folder of PMCA text files (.mca), one a pixel"
NUMBERED = re.compile(r"(.*?)([0-9]{1,9})\.mca", re.IGNORECASE)


def recognises(path: Path) -> bool:
    """A folder that holds .mca files, or whose subfolders do; or an empty one."""
    return path.is_dir() and (not any(path.iterdir()) or bool(_folders_with_pixels(path)))


def read(path: Path, inside: str = "") -> Scan:
    """Read a folder of .mca files; all counts are parsed at once, as unsigned integers.

    Raises
    ------
    ScanFileError
        No pixels, pixels missing, of different length or broken; rows and columns not stated.
    """
    if inside:
        raise ScanFileError(f"{path} is a folder of pixels and holds no {inside!r}; leave it off.")
    folder = _pixel_folder(path)
    size = find_map_size(folder)
    pixels, others = _pixels_in_order(folder, size)
    cube = _Cube(size)
    for number, pixel in enumerate(pixels):
        cube.fill(number, read_pixel(pixel), pixel)
    return cube.scan(path, pixels[0], others)


def _folders_with_pixels(path: Path) -> list[Path]:
    folders = [path, *sorted(child for child in path.iterdir() if child.is_dir())]
    holding = [
        folder for folder in folders if any(NUMBERED.fullmatch(p.name) for p in folder.iterdir())
    ]
    return holding[:1] if holding[:1] == [path] else holding


def _pixel_folder(path: Path) -> Path:
    folders = _folders_with_pixels(path)
    if not folders:
        raise ScanFileError(
            f"{path} is an empty folder; give the folder that holds the .mca files."
        )
    if len(folders) > 1:
        names = ", ".join(folder.name for folder in folders)
        raise ScanFileError(f"{path} holds several scans ({names}); give one of these folders.")
    return folders[0]


def _pixels_in_order(folder: Path, size: MapSize) -> tuple[list[Path], list[str]]:
    """The pixel files in order, and the names of the .mca files that are no pixels."""
    series: dict[str, dict[int, Path]] = defaultdict(dict)
    for path in folder.iterdir():
        if found := NUMBERED.fullmatch(path.name):
            series[found[1]][int(found[2])] = path
    prefix = max(series, key=lambda name: len(series[name]))
    numbered = series.pop(prefix)
    first = 0 if 0 in numbered else 1
    expected = size.rows * size.columns
    stated = f"{size.rows} rows by {size.columns} columns in {size.path.name}"
    missing = expected - sum(first <= number < first + expected for number in numbered)
    if missing:
        gap = next(n for n in range(first, first + expected) if n not in numbered)
        more = f" and {missing - 1} more are" if missing > 1 else " is"
        raise ScanFileError(
            f"{folder} lacks pixels: {prefix}{gap}.mca{more} missing of {expected} ({stated}); "
            "copy the missing files, or correct the rows and columns."
        )
    if len(numbered) > expected:
        raise ScanFileError(
            f"{folder} holds {len(numbered)} pixels, but {stated} make {expected}; "
            "correct the rows and columns, or remove the files that do not belong to the scan."
        )
    others = sorted(path.name for group in series.values() for path in group.values())
    return [numbered[number] for number in range(first, first + expected)], others


@dataclass
class _Cube:
    """Collects the pixels of one scan."""

    size: MapSize
    counts: NDArray[np.uint32] = field(init=False)
    live_time_s: NDArray[np.float64] = field(init=False)
    real_time_s: NDArray[np.float64] = field(init=False)
    first: PixelSpectrum = field(init=False)
    calibrations: set[bytes | None] = field(default_factory=set)

    def fill(self, number: int, pixel: PixelSpectrum, path: Path) -> None:
        if number == 0:
            pixels = self.size.rows * self.size.columns
            self.counts = np.empty((pixels, len(pixel.counts)), dtype=np.uint32)
            self.live_time_s = np.zeros(pixels)
            self.real_time_s = np.zeros(pixels)
            self.first = pixel
        channels = self.counts.shape[1]
        if len(pixel.counts) != channels:
            raise ScanFileError(
                f"{path} has {len(pixel.counts)} channels, but the first pixel has {channels}; "
                "copy or export that pixel again."
            )
        self.counts[number] = pixel.counts
        self.live_time_s[number] = pixel.seconds("LIVE_TIME")
        self.real_time_s[number] = pixel.seconds("REAL_TIME")
        self.calibrations.add(pixel.calibration_text)

    def scan(self, path: Path, first: Path, others: list[str]) -> Scan:
        shape = (self.size.rows, self.size.columns)
        calibration, calibration_fact = self._calibration(first)
        live, live_fact = _times(self.live_time_s.reshape(shape), "LIVE_TIME")
        real, real_fact = _times(self.real_time_s.reshape(shape), "REAL_TIME")
        side = self.size.path.name
        facts = {
            fact.ENERGY_CALIBRATION: calibration_fact,
            fact.ANODE: absent("PMCA text files do not state it"),
            fact.TUBE_VOLTAGE: absent("PMCA text files do not state it"),
            fact.LIVE_TIME: live_fact,
            fact.REAL_TIME: real_fact,
            fact.PIXEL_SIZE: absent("PMCA text files do not state it"),
            "rows and columns": Fact(f"{shape[0]} by {shape[1]}", side),
        }
        facts |= {key: Fact(value, side) for key, value in self.size.other.items()}
        if others:
            facts["other files"] = Fact(
                ", ".join(others), f"{first.parent.name}, no part of the map"
            )
        return Scan(
            counts=self.counts.reshape(*shape, -1),
            path=path,
            format=NAME,
            calibration=calibration,
            live_time_s=live,
            real_time_s=real,
            facts=facts,
        )

    def _calibration(self, first: Path) -> tuple[EnergyCalibration | None, Fact]:
        text = self.first.calibration_text
        if text is None:
            return None, absent(f"{first.name} has no <<CALIBRATION>>")
        try:
            calibration, fits = calibration_line(text)
        except ValueError as error:
            return None, absent(f"<<CALIBRATION>> of {first.name} makes no energy axis: {error}")
        source = f"<<CALIBRATION>> of {first.name}, {fits}"
        if len(self.calibrations) > 1:
            source += "; other pixels state others"
        return calibration, Fact(in_words(calibration), source)


def _times(seconds: NDArray[np.float64], key: str) -> tuple[NDArray[np.float64] | None, Fact]:
    known = known_times(seconds)
    if known is None:
        return None, absent(f"{key} is 0 or absent in every .mca file")
    lacking = np.count_nonzero(np.isnan(known))
    source = f"{key} of each .mca file"
    if lacking:
        source += f"; 0 or absent in {lacking} of them"
    return known, Fact(times_in_words(known), source)


FORMAT = ScanFormat(NAME, recognises, read)
