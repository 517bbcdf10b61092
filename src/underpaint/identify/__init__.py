"""From a scan to a result: which pigments, where, how sure, and which lines say so."""

from .blocks import read_block
from .evidence import Called, Support, selection_bias, sum_called, support
from .plan import Plan, make_plan
from .run import Job, identify

__all__ = [
    "Called",
    "Job",
    "Plan",
    "Support",
    "identify",
    "make_plan",
    "read_block",
    "selection_bias",
    "sum_called",
    "support",
]
