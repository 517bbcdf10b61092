"""A single .mca file: PMCA text, EPICS text of several detectors, SPEC text, or bare counts."""

from __future__ import annotations

from pathlib import Path

from ...errors import ScanFileError
from .. import fact
from ..figures import Figures
from ..scan import Scan
from .byte_order_mark import without_mark
from .energy_line import from_channel, in_words, state_polynomial
from .mca_text import START, PixelSpectrum, calibration_line, read_pixel
from .one_spectrum import ONE_PIXEL, as_pixel, numbers_of, read_text
from .scan_format import ONE_DETECTOR, Detectors, ScanFormat

NAME = "single spectrum (.mca)"
EPICS, SPEC = "VERSION:", "@A"


def recognises(path: Path) -> bool:
    """A file that ends in .mca."""
    return path.is_file() and path.suffix.lower() == ".mca"


def read(path: Path, inside: str = "") -> Scan:
    """Read one .mca file as a scan of one pixel.

    Parameters
    ----------
    inside : number of the detector, from 1, where the file holds several

    Raises
    ------
    ScanFileError
        It holds no spectrum, several and none is named, or is cut off.
    """
    with path.open("rb") as file:
        start = without_mark(file.read(1024)).lstrip()
    figures = Figures(f"{path.name} does not state it")
    if start.startswith(START):
        _refuse_inside(path, inside)
        pixel = read_pixel(path)
        _state_pmca(figures, pixel, path)
        return figures.scan(as_pixel(pixel.counts, path, figures), path, NAME)
    text = read_text(path)
    if start.startswith(EPICS.encode()):
        counts = _epics(figures, text, path, inside)
    else:
        _refuse_inside(path, inside)
        counts = _spec(figures, text, path) if f"\n{SPEC}" in text else _column(text, path)
    return figures.scan(as_pixel(numbers_of(counts, path), path, figures), path, NAME)


def detectors(path: Path) -> Detectors:
    """The columns of EPICS text, numbered from 1."""
    with path.open("rb") as file:
        if not without_mark(file.read(1024)).lstrip().startswith(EPICS.encode()):
            return ONE_DETECTOR
    _, _, data = read_text(path).partition("\nDATA:")
    columns = next((line.split() for line in data.splitlines() if line.strip()), [])
    return Detectors(tuple(str(number + 1) for number in range(len(columns))))


def _refuse_inside(path: Path, inside: str) -> None:
    if inside:
        raise ScanFileError(f"{path} is a single spectrum and holds no {inside!r}; leave it off.")


def _state_pmca(figures: Figures, pixel: PixelSpectrum, path: Path) -> None:
    for figure, key in ((fact.LIVE_TIME, "LIVE_TIME"), (fact.REAL_TIME, "REAL_TIME")):
        figures.times(figure, pixel.seconds(key), ONE_PIXEL, key)
    others = sum(1 for beside in path.parent.iterdir() if beside.suffix.lower() == ".mca") - 1
    if others:
        figures.note("beside it", f"{others} more .mca files", "its folder, which may be a map")
    if pixel.calibration_text is None:
        figures.lack(fact.ENERGY_CALIBRATION, f"{path.name} has no <<CALIBRATION>>")
        return
    try:
        line, fits = calibration_line(pixel.calibration_text)
    except ValueError as error:
        figures.lack(fact.ENERGY_CALIBRATION, f"<<CALIBRATION>> makes no energy axis: {error}")
        return
    figures.calibration(line, in_words(line), f"<<CALIBRATION>>, {fits}")


def _epics(figures: Figures, text: str, path: Path, inside: str) -> list[str]:
    """Text of the EPICS mca record: a column of counts a detector after DATA."""
    head, mark, data = text.partition("\nDATA:")
    header = dict(line.split(":", 1) for line in head.splitlines() if ":" in line)
    columns = [line.split() for line in data.splitlines() if line.strip()]
    detectors = len(columns[0]) if columns else 0
    stated = header.get("CHANNELS", "").split()
    if not mark or not detectors or any(len(row) != detectors for row in columns):
        raise ScanFileError(f"{path} is cut off, or no table of counts; copy it again.")
    if stated and stated[0] != str(len(columns)):
        raise ScanFileError(
            f"{path} is cut off: {len(columns)} channels, but it states {stated[0]}; copy it again."
        )
    if detectors > 1 and not inside:
        raise ScanFileError(
            f"{path} holds the spectra of {detectors} detectors; name one, such as '{path}::1'."
        )
    if inside not in ("", *map(str, range(1, detectors + 1))):
        raise ScanFileError(f"{path} holds {detectors} detectors and no {inside!r}; name one.")
    detector = int(inside or "1") - 1
    _state_epics(figures, header, detector)
    return [row[detector] for row in columns]


def _state_epics(figures: Figures, header: dict[str, str], detector: int) -> None:
    def stated(key: str) -> float | None:
        words = header.get(key, "").split()
        try:
            return float(words[detector])
        except (IndexError, ValueError):
            return None

    figures.note("detector", str(detector + 1), "as named by the user")
    figures.note("date", header.get("DATE", "").strip(), "DATE")
    for figure, key in ((fact.LIVE_TIME, "LIVE_TIME"), (fact.REAL_TIME, "REAL_TIME")):
        seconds = stated(key)
        if seconds is not None:
            figures.times(figure, seconds, ONE_PIXEL, key)
    state_polynomial(
        figures,
        [stated(f"CAL_{name}") or 0.0 for name in ("OFFSET", "SLOPE", "QUAD")],
        "CAL_OFFSET and CAL_SLOPE",
    )


def _spec(figures: Figures, text: str, path: Path) -> list[str]:
    """SPEC text: #@CHANN, #@CALIB, #@CTIME and the counts after @A, lines joined by a backslash."""
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines()
    spectra = [line[len(SPEC) :].split() for line in joined if line.startswith(SPEC)]
    if len(spectra) != 1:
        raise ScanFileError(
            f"{path} holds {len(spectra)} spectra and not where each belongs; export one a file, "
            "or the scan as HDF5."
        )
    stated = {words[0]: _numbers(words[1:]) for line in joined if (words := line.split())}
    channels, axis = stated.get("#@CHANN", []), stated.get("#@CALIB", [])
    # a part of the detector's channels may be stored, and the axis is that of all of them
    first, reduction = (channels[1], channels[3]) if len(channels) == 4 else (0.0, 1.0)
    if len(axis) >= 2 and reduction == 1.0:
        state_polynomial(figures, from_channel(axis, first), "#@CALIB")
    elif len(axis) >= 2:
        figures.lack(
            fact.ENERGY_CALIBRATION,
            f"#@CHANN states a reduction of {reduction:g}, for which #@CALIB may not hold",
        )
    times = stated.get("#@CTIME", [])
    if len(times) == 3:
        figures.times(fact.LIVE_TIME, times[1], ONE_PIXEL, "#@CTIME")
        figures.times(fact.REAL_TIME, times[2], ONE_PIXEL, "#@CTIME")
    return spectra[0]


def _numbers(words: list[str]) -> list[float]:
    """Words as numbers; none where one of them is no number."""
    try:
        return [float(word) for word in words]
    except ValueError:
        return []


def _column(text: str, path: Path) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    words = [line for line in lines if line and not line.startswith("#")]
    if not words or any(len(line.split()) > 1 for line in words):
        raise ScanFileError(
            f"{path} is no spectrum that is known: neither PMCA, EPICS or SPEC text, nor a column "
            "of counts; export it again."
        )
    return words


FORMAT = ScanFormat(NAME, recognises, read, detectors)
