"""Energy calibration from a scan's own peaks, line families present, and element maps."""

from .calibrate import CalibrationUncertainty, FoundCalibration, find_calibration
from .fit import Design, LineFit, build_design, fit_design, fit_lines

__all__ = [
    "CalibrationUncertainty",
    "Design",
    "FoundCalibration",
    "LineFit",
    "build_design",
    "find_calibration",
    "fit_design",
    "fit_lines",
]
