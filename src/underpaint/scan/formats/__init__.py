"""The file formats that a scan can be read from.

To add one, write a module here that ends in `FORMAT = ScanFormat(name, recognises, read)`, and
add its FORMAT to `FORMATS`. The first format that recognises a path reads it.
"""

from .aps_maps import FORMAT as APS_MAPS
from .artax import FORMAT as ARTAX
from .bcf import FORMAT as BCF
from .bliss import FORMAT as BLISS
from .datamuncher import FORMAT as DATAMUNCHER
from .edf import FORMAT as EDF
from .emsa import FORMAT as EMSA
from .envi import FORMAT as ENVI
from .mca_folder import FORMAT as MCA_FOLDER
from .mca_point import FORMAT as MCA_POINT
from .nexus import FORMAT as NEXUS
from .numpy_file import FORMAT as NUMPY
from .pyxrf import FORMAT as PYXRF
from .ripple import FORMAT as RIPPLE
from .scan_format import ScanFormat
from .spe import FORMAT as SPE
from .spx import FORMAT as SPX

FORMATS: tuple[ScanFormat, ...] = (
    MCA_FOLDER,
    MCA_POINT,
    RIPPLE,
    PYXRF,
    APS_MAPS,
    BLISS,
    NEXUS,
    BCF,
    SPX,
    ARTAX,
    EMSA,
    SPE,
    ENVI,
    EDF,
    NUMPY,
    DATAMUNCHER,
)

__all__ = ["FORMATS", "ScanFormat"]
