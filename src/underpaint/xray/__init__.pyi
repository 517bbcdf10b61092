from .atomic import ELEMENTS
from .forward import ForwardModel
from .instrument import Instrument, instrument_from_dict, read_instrument
from .instrument_prior import InstrumentPrior, sample_instrument
from .lines import Exit, FamilyLine, Line, atomic_number, edge_kev, exits, family_lines, shell_lines
from .stack import Layer, StackBatch, composition, make_stacks

__all__ = [
    "ELEMENTS",
    "Exit",
    "FamilyLine",
    "ForwardModel",
    "Instrument",
    "InstrumentPrior",
    "Layer",
    "Line",
    "StackBatch",
    "atomic_number",
    "composition",
    "edge_kev",
    "exits",
    "family_lines",
    "instrument_from_dict",
    "make_stacks",
    "read_instrument",
    "sample_instrument",
    "shell_lines",
]
