"""Element maps, which hold no spectra: opened to be looked at and converted."""

from .datamuncher import write_dms
from .hdf5_maps import write_hdf5_maps
from .map_stack import MapStack
from .opening import open_maps

__all__ = ["MapStack", "open_maps", "write_dms", "write_hdf5_maps"]
