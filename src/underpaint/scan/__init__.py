"""Scans: opening files of many formats, reading them in blocks, writing HDF5."""

from ..partial_file import new_hdf5
from .as_done import as_done
from .compact_rows import CompactRows
from .counts import CountArray
from .fact import ANODE, FIGURES, TUBE_VOLTAGE, Fact
from .hdf5_writer import write_hdf5
from .in_order import in_order
from .kept_counts import forget_counts, keeping_counts
from .maps import MapStack, open_maps, write_dms, write_hdf5_maps
from .opening import open_scan
from .row_displacement import RowDisplacement, find_row_displacement
from .row_sums import RowSums, look_at_rows, total_counts
from .scan import Scan
from .summary import CountSummary, counted_channels, summarise
from .views import added_up, cropped, mirrored, turned, with_odd_rows_moved
from .whole_file import require_new, whole_file

__all__ = [
    "ANODE",
    "FIGURES",
    "TUBE_VOLTAGE",
    "CompactRows",
    "CountArray",
    "CountSummary",
    "Fact",
    "MapStack",
    "RowDisplacement",
    "RowSums",
    "Scan",
    "added_up",
    "as_done",
    "counted_channels",
    "cropped",
    "find_row_displacement",
    "forget_counts",
    "in_order",
    "keeping_counts",
    "look_at_rows",
    "mirrored",
    "new_hdf5",
    "open_maps",
    "open_scan",
    "require_new",
    "summarise",
    "total_counts",
    "turned",
    "whole_file",
    "with_odd_rows_moved",
    "write_dms",
    "write_hdf5",
    "write_hdf5_maps",
]
