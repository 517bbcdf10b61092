"""The shape of an element's lines in a spectrum: one template a family, as "Fe-K" or "Pb-L"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
import xraylib
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from underpaint.spectrum import FWHM_PER_SIGMA, EnergyCalibration
from underpaint.xray import atomic_number, edge_kev, family_lines, shell_lines

from .family import SHELLS_OF_FAMILY, split_family

CRYSTAL_CM = 0.045
WINDOW_CM = 0.00125
SILICON = 14
BERYLLIUM = 4
SI_KA_KEV = 1.740
SI_K_EDGE_KEV = 1.839
FAINTEST_SHARE = 5e-4
FAINTEST_ESCAPE = 2e-4
ESCAPE_ERROR = 0.15
ESCAPE = " esc"
REACH_SIGMA = 5.0
TAIL_KEV = (0.08, 0.5)


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

    @cached_property
    def is_escape(self) -> NDArray[np.bool_]:
        """Which are escape peaks, (line,) bool."""
        return np.array([label.endswith(ESCAPE) for label in self.label], dtype=np.bool_)


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
    fluorescence = float(xraylib.FluorYield(SILICON, xraylib.K_SHELL))
    incoming = xraylib.CS_Photo(SILICON, energy_kev)
    leaving = xraylib.CS_Photo(SILICON, SI_KA_KEV)
    geometry = 1.0 - leaving / incoming * np.log1p(incoming / leaving)
    share = 0.5 * fluorescence * (1.0 - 1.0 / jump) * geometry
    return float(share / (1.0 - share))


def escape_error(
    counts: NDArray[np.float64], calibration: EnergyCalibration
) -> NDArray[np.float64]:
    """By how many counts escape peaks may be other than tabulated, (channel,) float64.

    Crystals differ, and the software of some scanners takes escape peaks away.

    Parameters
    ----------
    counts : (channel,) counts
    calibration : energy axis
    """
    channel = np.arange(len(counts))
    parent_kev = calibration.energy(channel) + SI_KA_KEV
    parent = np.interp(channel + SI_KA_KEV / calibration.gain, channel, counts, right=0.0)
    return np.asarray(ESCAPE_ERROR * parent * np.interp(parent_kev, *_escape_table()))


@cache
def _escape_table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies of parents, keV, and the share of each that escapes."""
    energy = np.concatenate([[0.0, SI_K_EDGE_KEV], np.geomspace(1.001 * SI_K_EDGE_KEV, 100.0, 80)])
    return energy, np.array([escape_share(float(each)) for each in energy])


def _leaving_share(element: str, family: str, energy_kev: float) -> float:
    """How much of a line leaves thick paint, relative to its neighbours.

    M lines lie on both sides of their own element's M edges, and lead white, vermilion and gold
    are thick for them: emission then goes with the inverse of absorption.
    """
    if family != "M" or energy_kev < 1.0:
        return 1.0
    return 1.0 / float(xraylib.CS_Total(atomic_number(element), energy_kev))


def effective_excitation_kev(name: str, tube_kv: float) -> float:
    """Energy that stands for a whole tube spectrum when a family's lines are weighed, keV."""
    if split_family(name)[1] == "M":
        # Most M vacancies come down from L: an energy between the L edges would skew them.
        return tube_kv
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
    lines = [
        (found.line.energy_kev, found.intensity, found.line.siegbahn)
        for found in family_lines(element, family, excitation)
    ]
    energy = [where for where, _, _ in lines]
    share = [
        intensity * full_energy_share(where) * _leaving_share(element, family, where)
        for where, intensity, _ in lines
    ]
    label = [text for _, _, text in lines]
    total = sum(share)
    if total <= 0.0:
        return LineShares(np.zeros(0), np.zeros(0), ())
    bright = [
        (where, value, text)
        for where, value, text in zip(energy, share, label, strict=True)
        if value > FAINTEST_SHARE * total
    ]
    whole = sum(value for _, value, _ in bright)
    kept = [(where, value / whole, text) for where, value, text in bright]
    escapes = [
        (where - SI_KA_KEV, value * escape_share(where), text + ESCAPE)
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
    if len(energy_kev) == 0:
        return np.zeros((rows, channels))
    # A channel integrates over its width: to second order, its variance adds to the peak's.
    width = np.sqrt(
        (calibration.fwhm(energy_kev) / FWHM_PER_SIGMA / calibration.gain) ** 2 + 1 / 12
    )
    centre = calibration.channel(energy_kev)
    reach = int(np.ceil(REACH_SIGMA * float(width.max()))) + 1
    nearest = np.rint(centre).astype(np.intp)
    seen = (nearest >= -reach) & (nearest < channels + reach)
    if not seen.all():
        area, row, width, centre = area[seen], row[seen], width[seen], centre[seen]
        nearest = nearest[seen]
    offset = np.arange(-reach, reach + 1)
    away = (offset - (centre - nearest)[:, None]) / width[:, None]
    value = np.exp(-0.5 * away**2) * (area / width / np.sqrt(2.0 * np.pi))[:, None]
    # What juts out over either end falls into a margin, and is cut off with it.
    margin = 2 * reach
    long = channels + 2 * margin
    flat = (row * long + nearest + margin)[:, None] + offset
    summed = np.bincount(flat.ravel(), weights=value.ravel(), minlength=rows * long)
    cut = summed.reshape(rows, long)[:, margin : margin + channels]
    return np.ascontiguousarray(cut, dtype=np.float64)


@lru_cache(maxsize=64)
def _stacked(
    families: tuple[str, ...], tube_kv: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], NDArray[np.bool_]]:
    """Energy, share and row of every line, and whether it is an escape peak."""
    shares = [line_shares(name, tube_kv) for name in families]
    row = np.repeat(np.arange(len(families)), [len(one.share) for one in shares])
    return (
        np.concatenate([one.energy_kev for one in shares] or [np.zeros(0)]),
        np.concatenate([one.share for one in shares] or [np.zeros(0)]),
        row.astype(np.intp),
        np.concatenate([one.is_escape for one in shares] or [np.zeros(0, dtype=np.bool_)]),
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
    energy, share, row, _ = _stacked(tuple(families), float(tube_kv))
    return gaussians(energy, share, row, len(families), calibration, channels)


def escape_templates(
    families: Sequence[str], calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    """What escape peaks are of `family_templates`, (family, channel) float64, counts."""
    energy, share, row, escape = _stacked(tuple(families), float(tube_kv))
    return gaussians(
        energy[escape], share[escape], row[escape], len(families), calibration, channels
    )


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
    channels = templates.shape[1]
    length = next_fast_len(2 * channels, real=True)
    lines = rfft(templates[:, ::-1], length)
    pieces = []
    for length_kev in TAIL_KEV:
        keep = np.exp(-calibration.gain / length_kev)
        tail = (1.0 - keep) * keep ** np.arange(channels)
        reversed_tail = irfft(lines * rfft(tail, length), length)[:, :channels]
        pieces.append(np.maximum(reversed_tail[:, ::-1], 0.0))
    return np.concatenate(pieces)


def branch_templates(
    name: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> tuple[NDArray[np.float64], list[float]]:
    """The branches of a family whose ratios depth and excitation change.

    Ka and Kb of a K family; Ll, La, Lb and Lg of each shell of an L family; Ma, Mb, Mz and
    the rest of an M family.

    Returns
    -------
    (branch, channel) float64, one count each in the lines proper; and each branch's expected
    share of the family
    """
    branches = all_branches([name], calibration, channels, tube_kv)
    return branches, list(branch_shares(name, tube_kv))


def branch_shares(name: str, tube_kv: float) -> tuple[float, ...]:
    """Each branch's expected share of the family, in the order of `all_branches`."""
    return _branch_lines(name, tube_kv)[3]


def all_branches(
    families: Sequence[str], calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    """The branches of several families, one family after the other, (branch, channel) float64."""
    energy, area, row, branches = _stacked_branches(tuple(families), float(tube_kv))
    return gaussians(energy, area, row, branches, calibration, channels)


@lru_cache(maxsize=64)
def _stacked_branches(
    families: tuple[str, ...], tube_kv: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], int]:
    """Energy, counts and row of every line, and how many rows there are."""
    each = [_branch_lines(name, tube_kv) for name in families]
    first = np.cumsum([0, *(len(expected) for *_, expected in each)])
    rows = [row + begin for (_, _, row, _), begin in zip(each, first[:-1], strict=True)]
    return (
        np.concatenate([energy for energy, *_ in each] or [np.zeros(0)]),
        np.concatenate([area for _, area, *_ in each] or [np.zeros(0)]),
        np.concatenate(rows or [np.zeros(0, dtype=np.intp)]),
        int(first[-1]),
    )


@cache
def _branch_lines(
    name: str, tube_kv: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp], tuple[float, ...]]:
    """Energy, counts and branch of every line of a family, and each branch's expected share."""
    element, family = split_family(name)
    shares = line_shares(name, tube_kv)
    branch_of = {
        found.siegbahn: _branch(family, found.shell, found.name).replace("L3N", "L3O")
        for shell in SHELLS_OF_FAMILY[family]
        for found in shell_lines(element, shell)
    }
    labels = [branch_of[label.removesuffix(ESCAPE)] for label in shares.label]
    branches = sorted(set(labels))
    row = np.array([branches.index(label) for label in labels], dtype=np.intp)
    proper = ~shares.is_escape
    expected = np.bincount(row[proper], weights=shares.share[proper], minlength=len(branches))
    return shares.energy_kev, shares.share / expected[row], row, tuple(expected.tolist())


def _branch(family: str, shell: str, line: str) -> str:
    """Lines of one shell and nearly one energy: Ka or Kb; Ll to Lg by shell; Ma, Mb, Mz."""
    outer = line[len(shell) : len(shell) + 1]
    if family == "K":
        return "Ka" if outer == "L" else "Kb"
    if family == "L":
        soft = line in ("L3M1", "L2M1")
        alpha = line in ("L3M5", "L3M4")
        return f"{shell}{'l' if soft else 'a' if alpha else outer}"
    if line in ("M5N3", "M4N2"):
        return "Mz"
    return shell if shell in ("M5", "M4") else "M3"
