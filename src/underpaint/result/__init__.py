"""The result of an identification, in memory and on disk, and its exports."""

from .answer import Answer, answer_of
from .called import CalledMap, called_amount, called_maps
from .chance import SURE, Chance, chance_of
from .evidence import FamilySummary, GroupInfo, GroupSummary, LineEvidence, Peak
from .frame import (
    ABSENT,
    CANNOT_TELL,
    PRESENT,
    SINGLE_MAPS,
    Findings,
    ResultFrame,
    RowBlock,
    dtype_of,
    pixel_arrays,
)
from .hdf5 import SCHEMA, read_result
from .kept_open import kept_open
from .packing import PackedBlock, pack_block
from .provenance import Provenance, wrong_names
from .publication import (
    ELEMENT_MAPS,
    begin_anew,
    publish,
    require_abandoned,
    require_free,
    require_startable,
)
from .result import Result
from .revision import Verdicts
from .room import written_to
from .table import write_family_table, write_table
from .tiff import write_tiffs
from .writer import ResultWriter, write_result

__all__ = [
    "ABSENT",
    "CANNOT_TELL",
    "ELEMENT_MAPS",
    "PRESENT",
    "SCHEMA",
    "SINGLE_MAPS",
    "SURE",
    "Answer",
    "CalledMap",
    "Chance",
    "FamilySummary",
    "Findings",
    "GroupInfo",
    "GroupSummary",
    "LineEvidence",
    "PackedBlock",
    "Peak",
    "Provenance",
    "Result",
    "ResultFrame",
    "ResultWriter",
    "RowBlock",
    "Verdicts",
    "answer_of",
    "begin_anew",
    "called_amount",
    "called_maps",
    "chance_of",
    "dtype_of",
    "kept_open",
    "pack_block",
    "pixel_arrays",
    "publish",
    "read_result",
    "require_abandoned",
    "require_free",
    "require_startable",
    "write_family_table",
    "write_result",
    "write_table",
    "write_tiffs",
    "written_to",
    "wrong_names",
]
