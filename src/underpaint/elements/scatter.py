"""Tube lines scattered by the sample: the anode, the angle, the shape of the Compton humps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from underpaint.spectrum import EnergyCalibration
from underpaint.xray import ELEMENTS, compton_kev

from .background import continuum, snip
from .family import split_family
from .pileup import own_coincidences, sum_peaks
from .templates import (
    branch_templates,
    brightest_kev,
    family_templates,
    gaussians,
    line_shares,
)
from .trial import COMMON

ANODES = ("Rh", "Ag", "Mo", "Pd")
"""Told from their scatter alone; of softer lines a hump can be what a detector makes of a strong
line of paint."""
ANGLES_DEG = np.arange(85.0, 161.0, 5.0)
DOPPLER_SHARE = (0.022, 0.045)
SPAN = {"K": (0.88, 1.04), "L": (0.84, 1.45)}
"""Of the brightest line's energy, where scatter is looked for: K alpha, or all L lines. Under a
molybdenum tube K alpha's humps end shortly above the last of lead's L lines."""
FEWEST_CHANNELS = 20
HARDER_THAN_PAINT_KEV = 15.0
HARD_IN_PAINT = ("Sr-K", "Y-K", "Zr-K")
SEEN_SIGMA = 12.0
BESIDE_DEG = (-20.0, 0.0, 20.0)
# Palladium's humps lie on rhodium's.
TRUST = {"Pd": 0.7}


@dataclass(frozen=True, eq=False)
class Scatter:
    """Scattered tube lines seen in a spectrum.

    Attributes
    ----------
    anode : symbol of the tube's target
    family : the family of the anode whose lines are scattered, as "Rh-K"
    angle_deg : scattering angle, degrees
    significance : of the Compton humps, in standard errors
    with_lines : that of the scattered lines and their humps together
    """

    anode: str
    family: str
    angle_deg: float
    significance: float
    with_lines: float = 0.0

    def compton(
        self, calibration: EnergyCalibration, channels: int, tube_kv: float
    ) -> NDArray[np.float64]:
        """Compton humps at one count each, (hump, channel) float64.

        Narrow and broad ones at the angle and somewhat to either side: geometries are wide, and
        much of what reaches the detector was scattered more than once.
        """
        return np.concatenate(
            [
                compton_humps(self.family, self.angle_deg + turn, calibration, channels, tube_kv)
                for turn in BESIDE_DEG
            ]
        )


@lru_cache(maxsize=256)
def compton_humps(
    family: str,
    angle_deg: float,
    calibration: EnergyCalibration,
    channels: int,
    tube_kv: float,
) -> NDArray[np.float64]:
    """Lines of a family after Compton scatter, broadened by the electrons' motion.

    Two widths bracket the Compton profiles of paint and of the range of angles in a real
    geometry.

    Returns
    -------
    (2, channel) float64, one count each
    """
    shares = line_shares(family, tube_kv)
    real = np.array([not label.endswith("esc") for label in shares.label], dtype=bool)
    energy = compton_kev(shares.energy_kev[real], angle_deg)
    humps = np.zeros((len(DOPPLER_SHARE), channels))
    for row, doppler in enumerate(DOPPLER_SHARE):
        for where, area in zip(energy, shares.share[real], strict=True):
            width = float(np.hypot(calibration.fwhm(where), doppler * where))
            broad = EnergyCalibration(calibration.zero, calibration.gain, width, 0.0)
            humps[row] += gaussians(
                np.array([where]), np.array([area]), np.zeros(1, np.intp), 1, broad, channels
            )[0]
    humps.setflags(write=False)
    return humps


def under_hump(
    energy_kev: float, family: str, tube_kv: float, calibration: EnergyCalibration
) -> bool:
    """Whether a line lies in the hump of a scattered family's brightest line, whose shape is not
    known well."""
    ends = np.array([ANGLES_DEG[0], ANGLES_DEG[-1]])
    highest, lowest = compton_kev(brightest_kev(family, tube_kv), ends)
    near = 0.5 * float(calibration.fwhm(energy_kev))
    return bool(lowest - near < energy_kev < highest + near)


def find_scatter(
    spectrum: NDArray[np.generic],
    calibration: EnergyCalibration,
    tube_kv: float,
    anode: str | None = None,
    pairs: NDArray[np.float64] | None = None,
) -> Scatter | None:
    """The anode and angle whose Rayleigh lines and Compton humps explain a spectrum best.

    A stated anode is taken where its humps are seen, be they of L lines, which lie among those of
    paint. Else anodes are told from their K lines.

    Parameters
    ----------
    spectrum : (channel,) counts
    calibration : energy axis and resolution
    tube_kv : highest exciting energy, keV
    anode : that is stated, if any
    pairs : how photons of one pixel come together, from `pixel_coincidences`; as in the spectrum
        itself if None

    Returns
    -------
    Scatter, or None where no hump stands out
    """
    counts = np.ascontiguousarray(spectrum, dtype=np.float64)
    if pairs is None:
        pairs = own_coincidences(counts, continuum(counts, calibration), calibration)
    sums = sum_peaks(pairs, calibration, len(counts))
    return _find_scatter(counts.tobytes(), sums.tobytes(), calibration, float(tube_kv), anode)


# A spectrum is looked at again for each purpose.
@lru_cache(maxsize=4)
def _find_scatter(
    spectrum: bytes,
    piled_up: bytes,
    calibration: EnergyCalibration,
    tube_kv: float,
    anode: str | None,
) -> Scatter | None:
    counts = np.stack([np.frombuffer(spectrum), np.frombuffer(piled_up)])
    kinds = (f"{anode}-K", f"{anode}-L") if anode is not None else ()
    hardest = next((family for family in kinds if brightest_kev(family, tube_kv) > 0.0), None)
    if hardest is not None:
        stated = _best_angle(counts, hardest, calibration, tube_kv)
        if stated.significance > SEEN_SIGMA:
            return stated
    possible = [f"{other}-K" for other in ANODES]
    seen = [
        _best_angle(counts, family, calibration, tube_kv)
        for family in possible
        if brightest_kev(family, tube_kv) > 0.0
    ]
    # heavy matter throws back lines and next to no humps: those of one anode pass for another's
    explained = {each.anode: each.with_lines for each in seen}
    believed = [
        each
        for each in seen
        if _trusted(each) > SEEN_SIGMA
        and each.with_lines > explained.get(element_before(each.anode), 0.0)
    ]
    return max(believed, key=_trusted, default=None)


def _trusted(found: Scatter) -> float:
    return found.significance * TRUST.get(found.anode, 1.0)


def element_before(anode: str) -> str:
    """The element before an anode, whose lines lie where the anode's Compton humps do."""
    return ELEMENTS[ELEMENTS.index(anode) - 1]


def _best_angle(
    counted: NDArray[np.float64], family: str, calibration: EnergyCalibration, tube_kv: float
) -> Scatter:
    """A family's scatter at the angle that explains most; of no significance off the axis.

    Parameters
    ----------
    counted : (2, channel) counts, and the shape of their sum peaks
    """
    counts, sums = counted
    anode, shell = split_family(family)
    best = Scatter(anode, family, float(ANGLES_DEG[0]), 0.0)
    channels = len(counts)
    energy = calibration.energy(np.arange(channels))
    low, high = SPAN[shell]
    brightest = brightest_kev(family, tube_kv)
    inside = np.flatnonzero((energy > low * brightest) & (energy < high * brightest))
    if len(inside) < FEWEST_CHANNELS:
        return best
    wide = np.full(channels, max(2, int(1.6 / calibration.gain)), dtype=np.intp)
    smooth = snip(counts, wide)[inside]
    tilt = np.linspace(0.0, 1.0, len(inside))
    lines = _lines(family, calibration, channels, tube_kv)[:, inside]
    root = 1.0 / np.sqrt(np.maximum(counts[inside], 1.0) + (0.02 * counts[inside]) ** 2)
    base = np.concatenate(
        [lines, sums[None, inside], smooth * tilt[None], smooth * (1.0 - tilt)[None]]
    )
    target = counts[inside] * root
    _, without = nnls((base * root).T, target)
    _, without_lines = nnls((base[1:] * root).T, target)
    for angle in ANGLES_DEG:
        humps = compton_humps(family, float(angle), calibration, channels, tube_kv)[:, inside]
        parts = np.concatenate([base, humps])
        solution, left = nnls((parts * root).T, target)
        if solution[0] <= 0.0:
            continue
        # Noise that the model leaves enlarges the error of what it finds.
        scale = max(1.0, left**2 / len(inside))
        significance, with_lines = (
            float(np.sqrt(max(worse**2 - left**2, 0.0) / scale))
            for worse in (without, without_lines)
        )
        if significance > best.significance:
            best = Scatter(anode, family, float(angle), significance, with_lines)
    return best


def _lines(
    family: str, calibration: EnergyCalibration, channels: int, tube_kv: float
) -> NDArray[np.float64]:
    """Lines among which humps must stand out, (line, channel); the family's brightest comes first.

    Those of the family, and of the few elements of paint that are as hard, where they are harder
    than most of what paint sends out; else those of all usual elements.
    """
    axis = (calibration, channels, tube_kv)
    anode, _ = split_family(family)
    if brightest_kev(family, tube_kv) > HARDER_THAN_PAINT_KEV:
        return family_templates([family, *HARD_IN_PAINT], *axis)
    branches, expected = branch_templates(family, *axis)
    others = [name for name in COMMON if split_family(name)[0] != anode]
    by_brightness = branches[np.argsort(-np.asarray(expected))]
    return np.concatenate([by_brightness, family_templates(others, *axis)])
