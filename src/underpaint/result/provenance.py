"""The keys of a result's provenance that readers of the result rely on.

Every key may be missing, and further keys are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np


class ScanFact(TypedDict):
    """A figure about the scan and where it came from, as ("tube voltage", 50, "kV", "header")."""

    name: str
    value: Any
    unit: str
    source: str


class Calibration(TypedDict):
    """PyMca's four: zero, gain, noise in keV, fano."""

    zero: float
    gain: float
    noise: float
    fano: float


class StatedFound(TypedDict, total=False):
    """The energy calibration that the file states, None where it states none, and the one used.

    It was found from the scan's own peaks unless `given_by_user`.
    """

    stated: Calibration | None
    found: Calibration
    given_by_user: bool


class Weights(TypedDict, total=False):
    """The network's weights: name with version, SHA-256 of the file."""

    name: str
    sha256: str


class Input(TypedDict, total=False):
    """The scan file: its name without folders, SHA-256."""

    file: str
    sha256: str


class VerdictRule(TypedDict, total=False):
    """What "present" and "absent" promise.

    `wrong_names` is the share of pixels that may be named wrongly, per group, on simulated scans;
    `line_sigma` the significance that a key line must reach in the called pixels together. Of
    simulated pixels with a weight fraction of `absent_share` (low, high) of a group in their
    uppermost paint layer, a share of `absent_missed` at most would be called absent.
    """

    wrong_names: float
    line_sigma: float
    absent_share: list[float]
    absent_missed: float


class Rivals(TypedDict, total=False):
    """How what passes for a group was worked out: for which library, in pixels of how many counts,
    with which instruments, and how far apart the two are at most, in standard deviations.
    """

    library: str
    counts: float
    instruments: list[str]
    below: float


class Provenance(TypedDict, total=False):
    """Attributes
    ----------
    title : of the object or scan
    created : ISO 8601 date and time
    versions : program or package, and its version
    input, weights, calibration, verdict_rule, rivals : as above
    arithmetic : the kind of numbers that the network reckoned in, as "torch.float32"
    counts_per_pixel : mean, from 1 keV
    pixels_read : pixels with counts enough for something to be told
    pixel_size_mm : one figure, or width and height; None where the file does not say
    facts : figures about the scan with their source
    instrument : as `Instrument.to_dict` gives it (anode, kv, incidence_deg, take_off_deg ...), or
        what the scan shows of it (anode, scatter_deg)
    palette, prior, options : as they were given to the run
    """

    title: str
    created: str
    versions: dict[str, str]
    input: Input
    weights: Weights
    arithmetic: str
    calibration: StatedFound
    verdict_rule: VerdictRule
    rivals: Rivals
    counts_per_pixel: float
    pixels_read: int
    pixel_size_mm: float | list[float] | None
    facts: list[ScanFact]
    instrument: dict[str, Any]
    palette: Any
    prior: Any
    options: Any


def possible_pigments(provenance: Mapping[str, Any]) -> frozenset[str] | None:
    """Pigments that the palette held possible; None where that is not known, or all were."""
    palette = provenance.get("palette")
    if not isinstance(palette, Mapping) or "pigments" not in palette:
        return None
    return frozenset(palette["pigments"])


def pixel_size_mm(provenance: Mapping[str, Any]) -> tuple[float, float] | None:
    """Width and height of a pixel, mm; None where they are not known."""
    size = provenance.get("pixel_size_mm")
    if size is None:
        return None
    width, height = np.broadcast_to(np.asarray(size, dtype=np.float64), 2)
    return float(width), float(height)


def wrong_names(provenance: Mapping[str, Any]) -> float:
    """Share of pixels that a group may be named wrongly in; 0 where nothing is promised."""
    return float((provenance.get("verdict_rule") or {}).get("wrong_names") or 0.0)
