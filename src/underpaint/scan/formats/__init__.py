"""The file formats that a scan can be read from.

To add one, write a module here that ends in `FORMAT = ScanFormat(name, recognises, read)`, and
add its FORMAT to `FORMATS`. The first format that recognises a path reads it.
"""

from .mca_folder import FORMAT as MCA_FOLDER
from .nexus import FORMAT as NEXUS
from .ripple import FORMAT as RIPPLE
from .scan_format import ScanFormat

FORMATS: tuple[ScanFormat, ...] = (MCA_FOLDER, RIPPLE, NEXUS)

__all__ = ["FORMATS", "ScanFormat"]
