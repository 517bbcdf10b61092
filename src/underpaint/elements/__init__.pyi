from .axis_file import read_axis, write_axis
from .calibrate import CalibrationUncertainty, FoundCalibration, find_calibration
from .design import Design, build_design, unevenness
from .excitation import highest_excitation_kev
from .family import split_family
from .fit import LineFit, fit_design, fit_lines, read_amplitudes, settle
from .identify import FoundFamily, Identification, identify_elements
from .map_files import write_maps
from .map_names import mapped_families
from .maps import ElementMaps, element_maps, learn_design
from .measured import Measured
from .normalised import per_live_time
from .not_measured import without_gaps
from .reach import out_of_reach
from .run import MappedScan, UnseenFamiliesError, Wanted, map_elements, provenance
from .scan_elements import ScanAxis, find_axis, find_elements, settle_axis, tube_remark
from .scatter import Scatter, find_scatter
from .spectrum_fit import SpectrumFit, fit_spectrum, take_apart
from .table import clear_pixels, not_found, only_in_some_pixels
from .unexplained import UnexplainedPeak
from .wide import LEAST_IN_LINES, share_in_lines
from .windows import Window

__all__ = [
    "LEAST_IN_LINES",
    "CalibrationUncertainty",
    "Design",
    "ElementMaps",
    "FoundCalibration",
    "FoundFamily",
    "Identification",
    "LineFit",
    "MappedScan",
    "Measured",
    "ScanAxis",
    "Scatter",
    "SpectrumFit",
    "UnexplainedPeak",
    "UnseenFamiliesError",
    "Wanted",
    "Window",
    "build_design",
    "clear_pixels",
    "element_maps",
    "find_axis",
    "find_calibration",
    "find_elements",
    "find_scatter",
    "fit_design",
    "fit_lines",
    "fit_spectrum",
    "highest_excitation_kev",
    "identify_elements",
    "learn_design",
    "map_elements",
    "mapped_families",
    "not_found",
    "only_in_some_pixels",
    "out_of_reach",
    "per_live_time",
    "provenance",
    "read_amplitudes",
    "read_axis",
    "settle",
    "settle_axis",
    "share_in_lines",
    "split_family",
    "take_apart",
    "tube_remark",
    "unevenness",
    "without_gaps",
    "write_axis",
    "write_maps",
]
