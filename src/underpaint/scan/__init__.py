"""Scans: opening files of many formats, reading them in blocks, writing HDF5."""

from .counts import CountArray
from .fact import ANODE, FIGURES, TUBE_VOLTAGE, Fact
from .hdf5_writer import write_hdf5
from .in_order import in_order
from .maps import MapStack, open_maps, write_dms, write_hdf5_maps
from .opening import open_scan
from .partial_file import new_hdf5
from .scan import Scan
from .summary import CountSummary, counted_channels, summarise, total_counts
from .whole_file import require_new, whole_file

__all__ = [
    "ANODE",
    "FIGURES",
    "TUBE_VOLTAGE",
    "CountArray",
    "CountSummary",
    "Fact",
    "MapStack",
    "Scan",
    "counted_channels",
    "in_order",
    "new_hdf5",
    "open_maps",
    "open_scan",
    "require_new",
    "summarise",
    "total_counts",
    "whole_file",
    "write_dms",
    "write_hdf5",
    "write_hdf5_maps",
]
