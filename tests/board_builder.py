"""A small simulated board for tests that need a scan with real physics in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from underpaint.cli.demo import board_scan
from underpaint.paint import (
    Patch,
    Scene,
    Truth,
    load_library,
    paint_layer,
    plain_layer,
    simulate_scene,
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
            Patch("vermilion", (0, 8), (0, 6), (red, *base)),
            Patch("lead white", (0, 8), (6, 12), (white, *base)),
            Patch("vermilion under zinc white", (0, 8), (12, 18), (zinc, red, *base)),
        ),
    )


@cache
def build_board() -> tuple[Scene, NDArray[np.uint32], Truth]:
    """The scene, its counts and its truth."""
    scene = build_scene()
    counts, truth = simulate_scene(scene, load_library(), np.random.default_rng(11))
    return scene, counts, truth


def build_board_scan() -> Scan:
    """The board as a scan in memory."""
    scene, counts, _ = build_board()
    return board_scan(scene, counts, Path("board.h5"))
