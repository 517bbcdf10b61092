"""Whether an array of numbers is one of spectra, or of images."""

from __future__ import annotations

from pathlib import Path

from ...errors import ScanFileError

FEWEST_CHANNELS = 64
"""An unmarked last axis shorter than this is taken for an image's, not for a spectrum's."""


def require_spectra(shape: tuple[int, ...], path: Path, remedy: str) -> None:
    """Accept [y, x, channel] and [channel] only.

    Raises
    ------
    ScanFileError
        The shape is another, or the last axis is too short for a spectrum's.
    """
    size = " x ".join(map(str, shape)) or "a single number"
    if len(shape) not in (1, 3) or 0 in shape:
        raise ScanFileError(f"{path} holds no spectra, but {size}; {remedy}.")
    if shape[-1] < FEWEST_CHANNELS:
        raise ScanFileError(
            f"{path} holds {size}, whose last axis is no spectrum's (fewer than {FEWEST_CHANNELS} "
            f"channels): these are maps or images, or the axes are in another order; {remedy}."
        )
