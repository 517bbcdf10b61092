"""How much is asked of a line family, by what is rare, hardly excited or near scattered lines."""

from __future__ import annotations

from underpaint.xray import compton_kev, edge_kev

from .family import split_family
from .scatter import Scatter, element_before
from .templates import brightest_kev, line_shares
from .trial import COMMON

NEEDED_SIGMA = 7.5
NEEDED_SIGMA_RARE = 10.0
SCATTER_CAUTION = 3.0
COMPTON_REACH = 2.2
"""How far below a line its scatter reaches, by how much photons lose that are turned back."""
RAYLEIGH_REACH = 1.02
BRIGHT_SHARE = 0.05
"""Of the brightest scattered line; what is fainter disturbs nothing."""
BARELY_EXCITED = 1.08
"""A tube has next to no photons that excite a shell so little below its voltage."""
BARELY_CAUTION = 2.0
HARDER = {"L": "K", "M": "L"}
SOFTEST_EDGE = {"K": "K", "L": "L3", "M": "M5"}


def needed_sigma(name: str, tube_kv: float, scatter: Scatter | None) -> float:
    """Standard errors that a family must have."""
    usual = name in COMMON or is_tube(name, scatter)
    needed = NEEDED_SIGMA if usual else NEEDED_SIGMA_RARE
    if is_tube(name, scatter):
        return needed
    if barely_excited(name, tube_kv):
        needed *= BARELY_CAUTION
    return needed * caution(brightest_kev(name, tube_kv), tube_kv, scatter)


def barely_excited(name: str, tube_kv: float) -> bool:
    """Whether a family's lines could hardly be seen, however much of the element there were."""
    return BARELY_EXCITED * softest_edge_kev(name) > tube_kv


def softest_edge_kev(name: str) -> float:
    """What it takes to excite the first of a family's lines, keV."""
    element, shell = split_family(name)
    return edge_kev(element, SOFTEST_EDGE[shell])


def caution(energy_kev: float, tube_kv: float, scatter: Scatter | None) -> float:
    """More is asked of peaks near the scattered tube lines, whose true shape is not known."""
    if scatter is None:
        return 1.0
    shares = line_shares(scatter.family, tube_kv)
    bright = shares.energy_kev[shares.share > BRIGHT_SHARE * shares.share.max()]
    lowest = bright - COMPTON_REACH * (bright - compton_kev(bright, 180.0))
    near = (lowest < energy_kev) & (energy_kev < RAYLEIGH_REACH * bright)
    return SCATTER_CAUTION if near.any() else 1.0


def is_before_anode(name: str, scatter: Scatter | None) -> bool:
    """Whether a family's lines are those of the anode's after Compton scatter, as far as one sees.

    So it is with the element before the anode: niobium under a molybdenum tube, palladium under
    a silver one, tantalum under tungsten.
    """
    if scatter is None:
        return False
    (element, shell), (anode, scattered) = split_family(name), split_family(scatter.family)
    return shell == scattered and element == element_before(anode)


def is_tube(name: str, scatter: Scatter | None) -> bool:
    """Whether a family is one of the anode's, whose scattered lines account for it."""
    return scatter is not None and split_family(name)[0] == scatter.anode
