from .atomic import HIGHEST_KEV
from .channels import COMPTON, MULTIPLE, RAYLEIGH
from .compton_shift import compton_kev
from .electronics import record
from .fineness import Fineness
from .fingerprint import FINGERPRINT, fingerprint
from .forward import ForwardModel
from .instrument import Instrument
from .instrument_file import instrument_from_dict, read_instrument, read_sources
from .instrument_fit import InstrumentFit, fit_instrument
from .instrument_prior import InstrumentPrior, sample_instrument
from .lines import Exit, FamilyLine, Line, atomic_number, edge_kev, exits, family_lines, shell_lines
from .named_instruments import find_instrument, instrument_path, named_instruments
from .parts import (
    OWN_LINES,
    PILE_UP,
    ZERO_PEAK,
    SpectrumParts,
    before_electronics,
    spectrum_parts,
)
from .periodic_table import ELEMENTS
from .pymca_config import PyMcaConfig, read_pymca_config
from .stack import Layer, StackBatch, composition, make_stacks

__all__ = [
    "COMPTON",
    "ELEMENTS",
    "FINGERPRINT",
    "HIGHEST_KEV",
    "MULTIPLE",
    "OWN_LINES",
    "PILE_UP",
    "RAYLEIGH",
    "ZERO_PEAK",
    "Exit",
    "FamilyLine",
    "Fineness",
    "ForwardModel",
    "Instrument",
    "InstrumentFit",
    "InstrumentPrior",
    "Layer",
    "Line",
    "PyMcaConfig",
    "SpectrumParts",
    "StackBatch",
    "atomic_number",
    "before_electronics",
    "composition",
    "compton_kev",
    "edge_kev",
    "exits",
    "family_lines",
    "find_instrument",
    "fingerprint",
    "fit_instrument",
    "instrument_from_dict",
    "instrument_path",
    "make_stacks",
    "named_instruments",
    "read_instrument",
    "read_pymca_config",
    "read_sources",
    "record",
    "sample_instrument",
    "shell_lines",
    "spectrum_parts",
]
