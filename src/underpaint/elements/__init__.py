"""Energy calibration from a scan's own peaks, line families present, and element maps."""

from .calibrate import CalibrationUncertainty, FoundCalibration, find_calibration
from .evidence import LineEvidence, line_significance
from .excitation import highest_excitation_kev
from .fit import Design, LineFit, build_design, fit_design, fit_lines
from .identify import FoundFamily, Identification, UnexplainedPeak, identify_elements
from .scatter import Scatter, find_scatter
from .spectrum_fit import SpectrumFit, fit_spectrum

__all__ = [
    "CalibrationUncertainty",
    "Design",
    "FoundCalibration",
    "FoundFamily",
    "Identification",
    "LineEvidence",
    "LineFit",
    "Scatter",
    "SpectrumFit",
    "UnexplainedPeak",
    "build_design",
    "find_calibration",
    "find_scatter",
    "fit_design",
    "fit_lines",
    "fit_spectrum",
    "highest_excitation_kev",
    "identify_elements",
    "line_significance",
]
