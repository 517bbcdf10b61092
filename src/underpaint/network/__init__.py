"""The network: architecture, training, weights, rules for verdicts, metrics."""

from .architecture import POSITIONS, Answers, Reader, Shape
from .card import write_card
from .config import TrainConfig, default_config_path, read_config
from .examples import (
    Examples,
    Scanner,
    count_photons,
    draw_scanners,
    expected_spectra,
    make_examples,
    make_scanner,
)
from .metrics import Reliability, average_precision, recall_at, reliability, threshold_at
from .predict import Predictions, predict
from .rules import ABSENT, CANNOT_TELL, PRESENT, VerdictRules, fix_rules
from .scan_prior import ScanPrior
from .train import train
from .weights import (
    DEFAULT,
    Weights,
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
    "POSITIONS",
    "PRESENT",
    "Answers",
    "Examples",
    "Predictions",
    "Reader",
    "Reliability",
    "ScanPrior",
    "Scanner",
    "Shape",
    "TrainConfig",
    "VerdictRules",
    "Weights",
    "average_precision",
    "bins_hash",
    "count_photons",
    "default_config_path",
    "draw_scanners",
    "expected_spectra",
    "find_weights",
    "fix_rules",
    "load_weights",
    "make_examples",
    "make_scanner",
    "predict",
    "read_config",
    "recall_at",
    "reliability",
    "save_weights",
    "shipped_weights",
    "threshold_at",
    "train",
    "write_card",
]
