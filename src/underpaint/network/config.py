"""The configuration of a training run: TOML in, every key known, and all but a teacher present."""

from __future__ import annotations

import math
import tomllib
from dataclasses import MISSING, asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from underpaint.errors import ConfigError

MAY_BE_ZERO = ("seed", "workers")
FEWEST_PIXELS = 2
WIDTH_STEP = 4
"""Attention heads and weightings of the network that reads whole scans each have as much of it."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of the network; see `Shape`."""

    filters: tuple[int, ...]
    width: int
    hidden: int
    blocks: int


@dataclass(frozen=True, slots=True)
class TeacherConfig(NetworkConfig):
    """Sizes of a larger network that learns beside it and teaches it."""

    learning_rate: float


@dataclass(frozen=True, slots=True)
class SmallConfig:
    """Sizes of the small network that learns beside it, dense layers alone."""

    width: int
    hidden: int
    blocks: int
    learning_rate: float


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How long and how fast to learn; see train.toml for each."""

    steps: int
    scans: int
    pixels: int
    learning_rate: float
    weight_decay: float
    average: float
    paintings: int
    fresh: int
    scanner_paintings: int
    amount_loss: float
    buried_loss: float
    taught: float
    checkpoint_every: int
    workers: int


@dataclass(frozen=True, slots=True)
class CalibrationConfig:
    """Size of the simulation on which verdicts are fixed."""

    scanners: int
    pixels: int


@dataclass(frozen=True, slots=True)
class ScanReaderConfig:
    """What the network that reads a scan as a whole learns from, and how long; see train.toml."""

    scanners: int
    paintings: int
    pixels: int
    epochs: int
    details: float
    patchy: float
    boards: float
    scans: int
    width: int
    blocks: int
    learning_rate: float


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """All of a training run."""

    name: str
    summary: str
    seed: int
    prior: str
    network: NetworkConfig
    small: SmallConfig
    training: TrainingConfig
    scan_reader: ScanReaderConfig
    calibration: CalibrationConfig
    teacher: TeacherConfig | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


SECTIONS = (
    NetworkConfig,
    TeacherConfig,
    SmallConfig,
    TrainingConfig,
    ScanReaderConfig,
    CalibrationConfig,
)
Section = TypeVar(
    "Section",
    NetworkConfig,
    TeacherConfig,
    SmallConfig,
    TrainingConfig,
    ScanReaderConfig,
    CalibrationConfig,
    TrainConfig,
)


def default_config_path() -> Path:
    """The configuration of the shipped weights."""
    return Path(str(resources.files("underpaint.network").joinpath("train.toml")))


def read_config(path: Path) -> TrainConfig:
    """A training configuration.

    Raises
    ------
    ConfigError : for a file that is no TOML, an unknown or missing key, or a value of wrong type
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML ({error})") from error
    config = _section(TrainConfig, values, str(path))
    training = config.training
    if training.scans > training.paintings:
        raise ConfigError(
            f"{path}: scans = {training.scans} in a batch cannot be more than the paintings = "
            f"{training.paintings} that they are drawn from"
        )
    if min(training.pixels, config.calibration.pixels, config.scan_reader.pixels) < FEWEST_PIXELS:
        raise ConfigError(f"{path}: pixels must be {FEWEST_PIXELS} or more")
    whole = config.scan_reader
    if whole.scans > whole.scanners * whole.paintings:
        raise ConfigError(
            f"{path}: scans = {whole.scans} in a batch of scan_reader cannot be more than its "
            f"scanners times paintings = {whole.scanners * whole.paintings}"
        )
    for name in ("details", "patchy", "boards"):
        if (share := getattr(whole, name)) > 1.0:
            raise ConfigError(f"{path}: {name} = {share} of scan_reader must be a share")
    if whole.width % WIDTH_STEP:
        raise ConfigError(f"{path}: width = {whole.width} of scan_reader must be a multiple of 4")
    return config


def _section(kind: type[Section], values: dict[str, Any], where: str) -> Section:
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    for key in values:
        if key not in names:
            raise ConfigError(f"{where}: unknown key '{key}'; known are {', '.join(names)}")
    arguments: dict[str, Any] = {}
    for each in fields(kind):
        name, hint = each.name, hints[each.name]
        if name in values:
            wanted = get_args(hint)[0] if isinstance(hint, UnionType) else hint
            arguments[name] = _value(wanted, values[name], f"{where}, {name}")
        elif each.default is MISSING:
            raise ConfigError(f"{where}: the key '{name}' is missing")
    return kind(**arguments)


def _value(kind: Any, value: Any, where: str) -> Any:
    if isinstance(value, dict) and kind in SECTIONS:
        return _section(kind, value, where)
    if kind is float and type(value) is int:
        value = float(value)
    if kind is str and type(value) is str:
        return value
    if kind in (int, float) and type(value) is kind:
        least = 1 if kind is int and not where.endswith(MAY_BE_ZERO) else 0
        if not least <= value < math.inf:
            raise ConfigError(f"{where}: {value} must be {least} or more")
        return value
    if kind == tuple[int, ...] and isinstance(value, list) and value:
        return tuple(_value(int, item, where) for item in value)
    raise ConfigError(f"{where}: {value!r} is of the wrong type")
