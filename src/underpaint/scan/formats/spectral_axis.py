"""Whether an array of numbers is one of spectra, or of images."""

from __future__ import annotations

from pathlib import Path

from ...errors import ScanFileError

FEWEST_CHANNELS = 64
"""An unmarked last axis shorter than this is taken for an image's, not for a spectrum's."""
ANALYSER_CHANNELS = tuple(2**power for power in range(9, 15))
"""How many channels a multichannel analyser has; few scans have as many rows."""


def require_spectra(
    shape: tuple[int, ...], path: Path, remedy: str, *, axes_stated: bool = False
) -> None:
    """Accept [y, x, channel] and [channel] only.

    Parameters
    ----------
    remedy : what the user can do, for the message
    axes_stated : whether the file says which axis is which

    Raises
    ------
    ScanFileError
        The shape is another, or the last axis is too short for a spectrum's.
    """
    size = " x ".join(map(str, shape)) or "a single number"
    if len(shape) not in (1, 3) or 0 in shape:
        raise ScanFileError(f"{path} holds no spectra, but {size}; {remedy}.")
    if not axes_stated and one_image_a_channel(shape):
        raise ScanFileError(
            f"{path} holds {size}, which looks like {shape[0]} images, one a channel; {remedy}."
        )
    if shape[-1] < FEWEST_CHANNELS:
        raise ScanFileError(
            f"{path} holds {size}, whose last axis is no spectrum's (fewer than {FEWEST_CHANNELS} "
            f"channels): these are maps or images, or the axes are in another order; {remedy}."
        )


def one_image_a_channel(shape: tuple[int, ...]) -> bool:
    """Whether an unmarked array is rather [channel, y, x]: its first axis is as long as an
    analyser's spectra, its last one shorter and of no such length."""
    first, last = shape[0], shape[-1]
    of_two = last & (last - 1) == 0
    return first in ANALYSER_CHANNELS and last < ANALYSER_CHANNELS[0] and not of_two
