"""The shape of an element's lines in a spectrum: one template a family, as "Fe-K" or "Pb-L"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import xraylib
from numpy.typing import NDArray
from scipy.signal import lfilter

from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration
from underpaint.xray import atomic_number, edge_kev, family_lines

CRYSTAL_CM = 0.045
WINDOW_CM = 0.00125
SILICON = 14
BERYLLIUM = 4
SI_KA_KEV = 1.740
SI_K_EDGE_KEV = 1.839
SI_K_YIELD = 0.047
FAINTEST_SHARE = 5e-4
FAINTEST_ESCAPE = 2e-4
REACH_SIGMA = 5.0
TAIL_KEV = (0.08, 0.5)
SHELLS_OF_FAMILY = {"K": ("K",), "L": ("L3", "L2", "L1"), "M": ("M5", "M4", "M3")}


@dataclass(frozen=True, eq=False)
class LineShares:
    """Lines of one family as the detector counts them.

    Attributes
    ----------
    energy_kev : (line,) float64, keV
    share : (line,) float64; the lines proper add up to 1, escape peaks come on top
    label : (line,) Siegbahn names; "esc" follows the name of a line whose escape peak it is
    """

    energy_kev: NDArray[np.float64]
    share: NDArray[np.float64]
    label: tuple[str, ...]


def split_family(name: str) -> tuple[str, str]:
    """("Fe", "K") of "Fe-K"; ValueError for anything that is not an element and a family."""
    element, _, family = name.partition("-")
    if family not in SHELLS_OF_FAMILY:
        raise ValueError(f"'{name}' is no line family: write it as Fe-K, Pb-L or Pb-M")
    atomic_number(element)
    return element, family


def lowest_edge_kev(name: str) -> float:
    """Energy above which a family is excited at all, keV."""
    element, family = split_family(name)
    return edge_kev(element, SHELLS_OF_FAMILY[family][0])


def full_energy_share(energy_kev: float) -> float:
    """Share of photons that a usual silicon detector sees: beryllium window and crystal."""
    if energy_kev < 1.0:
        return 0.0
    window = xraylib.CS_Total(BERYLLIUM, energy_kev) * 1.848 * WINDOW_CM
    crystal = xraylib.CS_Photo(SILICON, energy_kev) * 2.33 * CRYSTAL_CM
    return float(np.exp(-window) * (1.0 - np.exp(-crystal)))


def escape_share(energy_kev: float) -> float:
    """Silicon escape peak over its parent, at normal incidence.

    Reed and Ware 1972, doi 10.1088/0022-3735/5/6/029.
    """
    if energy_kev <= SI_K_EDGE_KEV:
        return 0.0
    jump = float(xraylib.JumpFactor(SILICON, xraylib.K_SHELL))
    incoming = xraylib.CS_Photo(SILICON, energy_kev)
    leaving = xraylib.CS_Photo(SILICON, SI_KA_KEV)
    geometry = 1.0 - leaving / incoming * np.log1p(incoming / leaving)
    share = 0.5 * SI_K_YIELD * (1.0 - 1.0 / jump) * geometry
    return float(share / (1.0 - share))


def effective_excitation_kev(name: str, tube_kv: float) -> float:
    """Energy that stands for a whole tube spectrum when a family's lines are weighed, keV."""
    edge = max(edge_kev(*_first_edge(name)), 1.0)
    return edge + 0.35 * max(tube_kv - edge, 0.0)


def _first_edge(name: str) -> tuple[str, str]:
    element, family = split_family(name)
    return element, {"K": "K", "L": "L1", "M": "M1"}[family]


@cache
def line_shares(name: str, tube_kv: float) -> LineShares:
    """Lines and escape peaks of a family under a tube voltage; empty where nothing excites it."""
    element, family = split_family(name)
    edge = edge_kev(*_first_edge(name))
    if edge >= tube_kv:
        edge = lowest_edge_kev(name)
        excitation = tube_kv
    else:
        excitation = effective_excitation_kev(name, tube_kv)
    if edge <= 0.0 or edge >= tube_kv:
        return LineShares(np.zeros(0), np.zeros(0), ())
    lines = family_lines(element, family, excitation)
    energy = [found.line.energy_kev for found in lines]
    share = [found.intensity * full_energy_share(found.line.energy_kev) for found in lines]
    label = [found.line.siegbahn for found in lines]
    total = sum(share)
    if total <= 0.0:
        return LineShares(np.zeros(0), np.zeros(0), ())
    kept = [
        (where, value / total, text)
        for where, value, text in zip(energy, share, label, strict=True)
        if value > FAINTEST_SHARE * total
    ]
    escapes = [
        (where - SI_KA_KEV, value * escape_share(where), f"{text} esc")
        for where, value, text in kept
        if value * escape_share(where) > FAINTEST_ESCAPE
    ]
    every = kept + escapes
    return LineShares(
        np.array([where for where, _, _ in every]),
        np.array([value for _, value, _ in every]),
        tuple(text for _, _, text in every),
    )


def brightest_kev(name: str, tube_kv: float) -> float:
    """Energy of a family's brightest line, keV; 0 where nothing excites it."""
    shares = line_shares(name, tube_kv)
    return float(shares.energy_kev[np.argmax(shares.share)]) if len(shares.share) else 0.0


def gaussians(
    energy_kev: NDArray[np.float64],
    area: NDArray[np.float64],
    row: NDArray[np.intp],
    rows: int,
    calibration: EnergyCalibration,
    channels: int,
) -> NDArray[np.float64]:
    """Sum Gaussian peaks into rows of spectra.

    Parameters
    ----------
    energy_kev, area, row : (peak,) position in keV, counts, and the row it belongs to
    rows, channels : shape of what comes back

    Returns
    -------
    (row, channel) float64, counts
    """
    spectra = np.zeros((rows, channels))
    if len(energy_kev) == 0:
        return spectra
    # A channel integrates over its width: to second order, its variance adds to the peak's.
    width = np.sqrt(
        (calibration.fwhm(energy_kev) / FWHM_PER_SIGMA / calibration.gain) ** 2 + 1 / 12
    )
    centre = calibration.channel(energy_kev)
    reach = int(np.ceil(REACH_SIGMA * float(width.max()))) + 1
    offset = np.arange(-reach, reach + 1)
    where = np.rint(centre).astype(np.intp)[:, None] + offset
    height = area / width / np.sqrt(2.0 * np.pi)
    value = height[:, None] * np.exp(-0.5 * ((where - centre[:, None]) / width[:, None]) ** 2)
    inside = (where >= 0) & (where < channels)
    flat = row[:, None] * channels + where
    np.add.at(spectra.reshape(-1), flat[inside], value[inside])
    return spectra


@lru_cache(maxsize=64)
def _stacked(
    families: tuple[str, ...], tube_kv: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    shares = [line_shares(name, tube_kv) for name in families]
    row = np.repeat(np.arange(len(families)), [len(one.share) for one in shares])
    return (
        np.concatenate([one.energy_kev for one in shares] or [np.zeros(0)]),
        np.concatenate([one.share for one in shares] or [np.zeros(0)]),
        row.astype(np.intp),
    )


def family_templates(
    families: Sequence[str], calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    """Spectra of whole families at one count each in the lines proper, escape peaks on top.

    Parameters
    ----------
    families : names as "Fe-K"
    calibration : energy axis and resolution
    channels : number of channels
    tube_kv : highest energy that excites, keV

    Returns
    -------
    (family, channel) float64, counts; a row of zeros where nothing excites the family

    Raises
    ------
    ValueError : a name that is no family
    """
    energy, share, row = _stacked(tuple(families), float(tube_kv))
    return gaussians(energy, share, row, len(families), calibration, channels)


def tails(templates: NDArray[np.float64], calibration: EnergyCalibration) -> NDArray[np.float64]:
    """What incomplete charge collection makes of lines: exponential tails to lower energy.

    A short tail and a long one for each template, each at the template's own area (the two tails
    of the Hypermet function, Phillips and Marlow 1976, doi 10.1016/0029-554X(76)90472-9).

    Parameters
    ----------
    templates : (n, channel) counts
    calibration : energy axis

    Returns
    -------
    (2 n, channel) float64, counts
    """
    pieces = []
    for length_kev in TAIL_KEV:
        keep = np.exp(-calibration.gain / length_kev)
        reversed_tail = lfilter([1.0 - keep], [1.0, -keep], templates[:, ::-1], axis=1)
        pieces.append(reversed_tail[:, ::-1])
    return np.concatenate(pieces)
