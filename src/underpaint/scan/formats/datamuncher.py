"""Datamuncher's .dms holds element maps: said in one sentence where spectra are asked for."""

from __future__ import annotations

from pathlib import Path

from ...errors import ScanFileError
from ..scan import Scan
from .scan_format import ScanFormat

NAME = "Datamuncher element maps (.dms, for info and convert only)"


def recognises(path: Path) -> bool:
    """A file that ends in .dms."""
    return path.is_file() and path.suffix.lower() == ".dms"


def read(path: Path, inside: str = "") -> Scan:
    """Refuse the file: pigments are identified from spectra.

    Raises
    ------
    ScanFileError
        Always.
    """
    del inside
    raise ScanFileError(
        f"{path} holds element maps and no spectra; give the spectra that the maps were made from."
    )


FORMAT = ScanFormat(NAME, recognises, read)
