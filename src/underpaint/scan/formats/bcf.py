"""Bruker maps (.bcf) of M4 Tornado, M6 Jetstream and of electron microscopes."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .bcf_counts import BcfCounts
from .bruker_spectrum import channels_of, number, seconds_of, state
from .scan_format import ScanFormat
from .sfs import MAGIC, SfsError, Stream, open_sfs

NAME = "Bruker map (.bcf)"
HEADER, SPECTRA = "HeaderData", re.compile(r"SpectrumData(\d+)")
LARGEST_HEADER = 2**29
MM_PER_UM = 1e-3
TIMING = ("PixelTime", "PixelAverage", "LineAverage")


def recognises(path: Path) -> bool:
    """A file that ends in .bcf, or starts as Bruker's container does."""
    if not path.is_file():
        return False
    if path.suffix.lower() == ".bcf":
        return True
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read(path: Path, inside: str = "") -> Scan:
    """Read a Bruker map; the counts stay on disk until they are sliced.

    Parameters
    ----------
    inside : number of the map, from 0, where the file holds several

    Raises
    ------
    ScanFileError
        It is no such container, is damaged, or holds several maps and none is named.
    """
    try:
        files = open_sfs(path)
        number_of_map, stream = _choose(files, path, inside)
        database = _header(files, path)
        spectrum = database.find(f"./SpectrumData{number_of_map}/ClassInstance")
        if spectrum is None:
            raise SfsError("its header does not describe the map")
        counts = BcfCounts(stream, len(channels_of(spectrum, path)))
    except SfsError as error:
        raise ScanFileError(
            f"{path} is no Bruker map, or a damaged one ({error}); copy it again from where it was "
            "measured."
        ) from error
    figures = Figures("the .bcf does not state it")
    state(figures, spectrum, " of the map's header")
    _state_map(figures, database, spectrum)
    return figures.scan(counts, path, NAME)


def _choose(files: dict[str, Stream], path: Path, inside: str) -> tuple[str, Stream]:
    maps = {found[1]: files[name] for name in files if (found := SPECTRA.fullmatch(name))}
    if not maps or HEADER not in files:
        raise SfsError("it holds no spectra")
    if inside and inside not in maps:
        raise ScanFileError(f"{path} holds no map {inside!r}, only {', '.join(sorted(maps))}.")
    if len(maps) > 1 and not inside:
        first = min(maps)
        raise ScanFileError(
            f"{path} holds several maps ({', '.join(sorted(maps))}), of several detectors or "
            f"slices; name one, such as '{path}::{first}'."
        )
    chosen = inside or next(iter(maps))
    return chosen, maps[chosen]


def _header(files: dict[str, Stream], path: Path) -> ET.Element:
    stream = files[HEADER]
    if stream.size > LARGEST_HEADER:
        raise SfsError("its header is too large")
    content = stream.read(0, stream.size).rstrip(b"\0")
    try:
        database = _tree(content).find("./ClassInstance[@Type='TRTSpectrumDatabase']")
    except (ET.ParseError, ValueError, LookupError) as error:
        raise SfsError(f"its header cannot be read: {error}") from error
    if database is None:
        raise SfsError(f"the header of {path.name} describes no map")
    return database


def _tree(content: bytes) -> ET.Element:
    """The header without its photographs, which can be many times the rest."""
    root = ET.Element("empty")
    for _, root in ET.iterparse(io.BytesIO(content)):
        if root.tag == "Data":
            root.clear()
    return root


def _state_map(figures: Figures, database: ET.Element, spectrum: ET.Element) -> None:
    microscope = database.find("./ClassInstance[@Type='TRTSEMData']")
    height, width = number(microscope, "DY"), number(microscope, "DX")
    if height is not None and width is not None:
        source = "DY and DX of the map's header, taken as micrometres"
        figures.pixel_size(height * MM_PER_UM, width * MM_PER_UM, source)
    for figure, tag, name in (
        (fact.LIVE_TIME, "LifeTime", "live time of the whole map"),
        (fact.REAL_TIME, "RealTime", "real time of the whole map"),
    ):
        figures.lack(figure, "a .bcf does not state it for each pixel")
        seconds = seconds_of(spectrum, tag)
        if seconds is not None:
            figures.note(name, f"{seconds:g} s", f"{tag} of the map's header")
    timing = database.find("./ClassInstance[@Type='TRTDSPConfiguration']")
    if timing is not None:
        words = [f"{tag} {text}" for tag in TIMING if (text := timing.findtext(tag))]
        figures.note("timing", ", ".join(words), "TRTDSPConfiguration, as it stands")
    figures.note("name", database.get("Name", ""), "the map's header")


FORMAT = ScanFormat(NAME, recognises, read)
