"""Scans: opening files of many formats, reading them in blocks, writing HDF5."""

from .counts import CountArray
from .fact import FIGURES, Fact
from .hdf5_writer import write_hdf5
from .opening import open_scan
from .scan import Scan
from .summary import CountSummary, counted_channels, summarise

__all__ = [
    "FIGURES",
    "CountArray",
    "CountSummary",
    "Fact",
    "Scan",
    "counted_channels",
    "open_scan",
    "summarise",
    "write_hdf5",
]
