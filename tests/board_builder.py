"""A small simulated board for tests that need a scan with real physics in it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from underpaint.cli.simulate import scene_as_scan
from underpaint.paint import (
    Patch,
    Scene,
    SceneScan,
    Truth,
    load_library,
    paint_layer,
    plain_layer,
)
from underpaint.scan import Scan
from underpaint.spectrum import EnergyCalibration
from underpaint.xray import Instrument


def build_scene() -> Scene:
    """8 x 18 pixels: vermilion, lead white alone, vermilion under zinc white."""
    library = load_library()
    base = (
        paint_layer(library, "ground", 120.0, {"lead-white": 0.5, "chalk": 0.5}),
        plain_layer(library, "support", "canvas-linen", 900.0),
    )
    red = paint_layer(library, "paint", 30.0, {"vermilion": 0.8, "lead-white": 0.2})
    white = paint_layer(library, "paint", 30.0, {"lead-white": 1.0})
    zinc = paint_layer(library, "paint", 12.0, {"zinc-white": 1.0})
    return Scene(
        title="test board",
        pixel_size_mm=0.5,
        counts=60_000.0,
        spot_pixels=0.0,
        calibration=EnergyCalibration(zero=-0.05, gain=0.03, noise=0.09, fano=0.116),
        channels=1024,
        instrument=Instrument(anode="Rh", kv=40.0, noise=0.09, fano=0.116, view_cm=0.4),
        patches=(
            Patch("vermilion", (red, *base)),
            Patch("lead white", (white, *base)),
            Patch("vermilion under zinc white", (zinc, red, *base)),
        ),
        where=np.tile(np.repeat(np.arange(3, dtype=np.int16), 6), (8, 1)),
    )


@cache
def build_board() -> tuple[Scene, NDArray[np.uint32], Truth]:
    """The scene, its counts and its truth."""
    scan = SceneScan(build_scene(), load_library(), seed=11)
    return scan.scene, scan[:], scan.truth(slice(None))


def build_board_scan() -> Scan:
    """The board as a scan in memory."""
    scene, counts, _ = build_board()
    scan = scene_as_scan(SceneScan(scene, load_library()), Path("board.h5"))
    return replace(scan, counts=counts)
