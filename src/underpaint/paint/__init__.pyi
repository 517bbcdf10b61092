from .board_prior import BoardPrior
from .doubles import Double, doubles_made_with, load_doubles
from .drawn import stratigraphies_of
from .labelled import write_labelled_point, write_labelled_scene, write_truth
from .layers import (
    Layer,
    Stratigraphy,
    paint_layer,
    plain_layer,
    stated_layer,
    stratigraphy_from_json,
    stratigraphy_to_json,
    truth_of,
)
from .library import Group, Library, Pigment, alternatives, load_library
from .limit import Detectability, detectability, ideal_recall
from .limit_confusions import (
    Lookalikes,
    Passing,
    PlainCase,
    lookalike_spectra,
    painted,
    plain_cases,
)
from .limit_plan import Plan, read_plan
from .limit_words import describe_layers, verdict
from .painting import Painting, sample_painting
from .palette import Palette, parse_palette
from .pixels import LEAST_AREA, Pixels, Strokes, blend, sample_pixels, sample_strokes
from .point import Point, PointSpectrum, read_point, simulate_point
from .point_table import write_parts_table
from .prior import PaintPrior
from .rival_strengths import Blur, Strengths
from .scene import Patch, Scene, read_scene
from .scene_scan import SceneScan
from .simulation import read_simulation
from .stratigraphies import Samples, Truth, joined, sample_stratigraphies

__all__ = [
    "LEAST_AREA",
    "Blur",
    "BoardPrior",
    "Detectability",
    "Double",
    "Group",
    "Layer",
    "Library",
    "Lookalikes",
    "PaintPrior",
    "Painting",
    "Palette",
    "Passing",
    "Patch",
    "Pigment",
    "Pixels",
    "PlainCase",
    "Plan",
    "Point",
    "PointSpectrum",
    "Samples",
    "Scene",
    "SceneScan",
    "Stratigraphy",
    "Strengths",
    "Strokes",
    "Truth",
    "alternatives",
    "blend",
    "describe_layers",
    "detectability",
    "doubles_made_with",
    "ideal_recall",
    "joined",
    "load_doubles",
    "load_library",
    "lookalike_spectra",
    "paint_layer",
    "painted",
    "parse_palette",
    "plain_cases",
    "plain_layer",
    "read_plan",
    "read_point",
    "read_scene",
    "read_simulation",
    "sample_painting",
    "sample_pixels",
    "sample_stratigraphies",
    "sample_strokes",
    "simulate_point",
    "stated_layer",
    "stratigraphies_of",
    "stratigraphy_from_json",
    "stratigraphy_to_json",
    "truth_of",
    "verdict",
    "write_labelled_point",
    "write_labelled_scene",
    "write_parts_table",
    "write_truth",
]
