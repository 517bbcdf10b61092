"""The network: architecture, training, weights, rules for verdicts, metrics."""

from .architecture import POSITIONS, Answers, Reader, Shape
from .arithmetic import network_arithmetic, reckoning
from .card import write_card
from .config import TrainConfig, default_config_path, read_config
from .examples import (
    Examples,
    LitPainting,
    count_photons,
    draw_examples,
    lit,
    make_examples,
)
from .metrics import (
    Classwise,
    Reliability,
    average_precision,
    classwise_calibration,
    recall_at,
    reliability,
    reliability_curve,
    threshold_at,
)
from .predict import Predictions, join_predictions, predict
from .prior_file import Prior, default_prior, find_prior, read_prior
from .read_again import ScanContext, gather, possible_names, read_whole, scan_context
from .rules import (
    ABSENT,
    CANNOT_TELL,
    FEWEST_COUNTS,
    MISSED,
    PRESENT,
    SEEN_SHARE,
    WRONG_NAMES,
    VerdictRules,
    fix_rules,
)
from .scan_prior import ScanPrior
from .scan_reader import Gathered, ScanReader, ScanShape
from .scanner import Scanner, draw_scanners, make_scanner
from .stated_scanner import FIGURES, told
from .train import SMALL, TEACHER, forget_run, parts_of, train
from .weights import (
    DEFAULT,
    Weights,
    WholeScan,
    bins_hash,
    find_weights,
    load_weights,
    save_weights,
    shipped_weights,
)

__all__ = [
    "ABSENT",
    "CANNOT_TELL",
    "DEFAULT",
    "FEWEST_COUNTS",
    "FIGURES",
    "MISSED",
    "POSITIONS",
    "PRESENT",
    "SEEN_SHARE",
    "SMALL",
    "TEACHER",
    "WRONG_NAMES",
    "Answers",
    "Classwise",
    "Examples",
    "Gathered",
    "LitPainting",
    "Predictions",
    "Prior",
    "Reader",
    "Reliability",
    "ScanContext",
    "ScanPrior",
    "ScanReader",
    "ScanShape",
    "Scanner",
    "Shape",
    "TrainConfig",
    "VerdictRules",
    "Weights",
    "WholeScan",
    "average_precision",
    "bins_hash",
    "classwise_calibration",
    "count_photons",
    "default_config_path",
    "default_prior",
    "draw_examples",
    "draw_scanners",
    "find_prior",
    "find_weights",
    "fix_rules",
    "forget_run",
    "gather",
    "join_predictions",
    "lit",
    "load_weights",
    "make_examples",
    "make_scanner",
    "network_arithmetic",
    "parts_of",
    "possible_names",
    "predict",
    "read_config",
    "read_prior",
    "read_whole",
    "recall_at",
    "reckoning",
    "reliability",
    "reliability_curve",
    "save_weights",
    "scan_context",
    "shipped_weights",
    "threshold_at",
    "told",
    "train",
    "write_card",
]
