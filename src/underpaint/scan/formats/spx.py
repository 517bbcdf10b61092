"""Bruker point spectra (.spx): one spectrum in XML, with tube and geometry."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .bruker_spectrum import channels_of, seconds_of, state
from .one_spectrum import ONE_PIXEL, as_pixel, read_small
from .scan_format import ScanFormat

NAME = "Bruker spectrum (.spx)"


def recognises(path: Path) -> bool:
    """A file that ends in .spx."""
    return path.is_file() and path.suffix.lower() == ".spx"


def read(path: Path, inside: str = "") -> Scan:
    """Read a Bruker spectrum as a scan of one pixel.

    Raises
    ------
    ScanFileError
        It is no such XML, is cut off, or holds no counts.
    """
    if inside:
        raise ScanFileError(f"{path} is a single spectrum and holds no {inside!r}; leave it off.")
    spectrum = _spectrum(path)
    figures = Figures(f"{path.name} does not state it")
    state(figures, spectrum)
    for figure, tag in ((fact.LIVE_TIME, "LifeTime"), (fact.REAL_TIME, "RealTime")):
        seconds = seconds_of(spectrum, tag)
        if seconds is not None:
            figures.times(figure, seconds, ONE_PIXEL, tag)
    counts = as_pixel(channels_of(spectrum, path), path, figures)
    return figures.scan(counts, path, NAME)


def _spectrum(path: Path) -> ET.Element:
    try:
        root = ET.fromstring(read_small(path))
    except (ET.ParseError, ValueError, LookupError) as error:
        raise ScanFileError(
            f"{path} is no Bruker spectrum, or a damaged one ({error}); copy or export it again."
        ) from error
    found = root.findall("./ClassInstance[@Type='TRTSpectrum']")
    if len(found) == 1:
        return found[0]
    held = "no spectrum" if not found else f"{len(found)} spectra, not one"
    raise ScanFileError(f"{path} holds {held}; export the spectrum again as .spx.")


FORMAT = ScanFormat(NAME, recognises, read)
