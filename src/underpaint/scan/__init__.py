"""Scans: opening files of many formats, reading them in blocks, changing them, writing HDF5."""

from ..partial_file import new_hdf5
from .as_done import as_done
from .binned import bin_channels, bin_pixels
from .changes import Changes, with_changes
from .compact_rows import CompactRows, in_single
from .counts import CountArray
from .cropped import crop
from .exposure import Exposure, find_exposure
from .fact import ANODE, FIGURES, TUBE_VOLTAGE, Fact
from .formats.hdf5_access import ENDINGS as HDF5_ENDINGS
from .gaps import Gaps, find_gaps, measured_pixels
from .hdf5_writer import write_hdf5
from .in_order import Progress, in_order
from .kept_counts import forget_counts, keeping_counts
from .maps import MapStack, open_maps, write_dms, write_hdf5_maps
from .mended_rows import MENDED, mend_rows
from .opening import open_scan
from .placed import place
from .row_displacement import RowDisplacement, find_row_displacement
from .row_sums import RowSums, look_at_rows, total_counts
from .scan import Scan
from .stage_place import StagePlace
from .stated import Stated, with_stated
from .stitched import OVERLAPS, stitch
from .summary import CountSummary, counted_channels, summarise
from .turned import mirror, rotate
from .whole_file import require_new, whole_file
from .zero_peak import find_zero_peak

__all__ = [
    "ANODE",
    "FIGURES",
    "HDF5_ENDINGS",
    "MENDED",
    "OVERLAPS",
    "TUBE_VOLTAGE",
    "Changes",
    "CompactRows",
    "CountArray",
    "CountSummary",
    "Exposure",
    "Fact",
    "Gaps",
    "MapStack",
    "Progress",
    "RowDisplacement",
    "RowSums",
    "Scan",
    "StagePlace",
    "Stated",
    "as_done",
    "bin_channels",
    "bin_pixels",
    "counted_channels",
    "crop",
    "find_exposure",
    "find_gaps",
    "find_row_displacement",
    "find_zero_peak",
    "forget_counts",
    "in_order",
    "in_single",
    "keeping_counts",
    "look_at_rows",
    "measured_pixels",
    "mend_rows",
    "mirror",
    "new_hdf5",
    "open_maps",
    "open_scan",
    "place",
    "require_new",
    "rotate",
    "stitch",
    "summarise",
    "total_counts",
    "whole_file",
    "with_changes",
    "with_stated",
    "write_dms",
    "write_hdf5",
    "write_hdf5_maps",
]
