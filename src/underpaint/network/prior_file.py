"""The prior as one file: paintings, mock-ups, scanners and scans, for the user to replace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from underpaint.errors import ConfigError
from underpaint.paint import BoardPrior, Library, PaintPrior, load_library
from underpaint.settings import read_settings, read_toml, shipped_prior_path
from underpaint.xray import InstrumentPrior

from .scan_prior import ScanPrior

SHIPPED = "shipped"
SECTIONS = {
    "painting": PaintPrior,
    "board": BoardPrior,
    "scanner": InstrumentPrior,
    "scan": ScanPrior,
}


@dataclass(frozen=True, slots=True)
class Prior:
    """What paintings, mock-ups, scanners and scans are like, before one is seen."""

    paint: PaintPrior
    board: PaintPrior
    scanner: InstrumentPrior
    scan: ScanPrior


def default_prior() -> Prior:
    """The prior that comes with the program."""
    paint = PaintPrior()
    return Prior(paint, BoardPrior().of(paint), InstrumentPrior(), ScanPrior())


def find_prior(name_or_path: str, library: Library | None = None) -> Prior:
    """The prior called "shipped", or that of a file; see `read_prior`."""
    if name_or_path == SHIPPED:
        return default_prior()
    return read_prior(Path(name_or_path), library)


def read_prior(path: Path, library: Library | None = None) -> Prior:
    """A prior from a file of the form of the shipped `prior.toml`.

    Parameters
    ----------
    library : whose pigments, grounds, supports and binders may be named; the program's by default

    Raises
    ------
    ConfigError : for a file that is no TOML, an unknown or missing table or key, a value of the
        wrong type or impossible, or a name that the library does not have
    """
    tables = read_toml(path)
    for name in tables:
        if name not in SECTIONS:
            raise ConfigError(f"{path}: unknown table [{name}]; known are {', '.join(SECTIONS)}")
    for name in SECTIONS:
        if name not in tables:
            raise ConfigError(
                f"{path}: the table [{name}] is missing; copy it from {shipped_prior_path()}"
            )
    try:
        paint = read_settings(PaintPrior, tables["painting"], "[painting]")
        prior = Prior(
            paint,
            read_settings(BoardPrior, tables["board"], "[board]").of(paint),
            read_settings(InstrumentPrior, tables["scanner"], "[scanner]"),
            read_settings(ScanPrior, tables["scan"], "[scan]"),
        )
        _check_names(prior.paint, library or load_library())
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return prior


def _check_names(paint: PaintPrior, library: Library) -> None:
    for what, table, known in (
        ("pigments", paint.pigments, library.pigments),
        ("imprimatura_pigments", paint.imprimatura_pigments, library.pigments),
        ("underpaint_pigments", paint.underpaint_pigments, library.pigments),
        ("grounds", paint.grounds, library.grounds),
        ("supports", paint.supports, library.supports),
        ("binders", paint.binders, library.binders),
    ):
        for name in table:
            if name not in known:
                raise ConfigError(f"[painting.{what}]: the library has no '{name}'")
