"""The result of an identification, in memory and on disk, and its exports."""

from .evidence import GroupInfo, GroupSummary, LineEvidence, Peak
from .frame import ABSENT, CANNOT_TELL, PRESENT, Findings, ResultFrame, RowBlock
from .hdf5 import SCHEMA, read_result
from .provenance import Provenance
from .result import Result
from .writer import ResultWriter, write_result

__all__ = [
    "ABSENT",
    "CANNOT_TELL",
    "PRESENT",
    "SCHEMA",
    "Findings",
    "GroupInfo",
    "GroupSummary",
    "LineEvidence",
    "Peak",
    "Provenance",
    "Result",
    "ResultFrame",
    "ResultWriter",
    "RowBlock",
    "read_result",
    "write_result",
]
