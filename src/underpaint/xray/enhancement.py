"""Secondary and tertiary fluorescence: lines excited by other lines of the same sample.

Every line that can excite another is followed through the sample as a field of photons
(`field`); what the field excites leaves like primary fluorescence, and so once more. De Boer 1990
(doi 10.1002/xrs.1300190306) has closed forms of the secondary term; slices serve every order, and
photons that come from elsewhere, as scattered ones.
"""

from __future__ import annotations

from torch import Tensor

from .fineness import USUAL, Fineness
from .interior import Interior, Rays, make_interior
from .stack import StackBatch


def enhance(interior: Interior, made: Tensor, couplings: Tensor) -> tuple[Tensor, Tensor, Rays]:
    """Follow lines through a sample and what they excite.

    Parameters
    ----------
    made : (sample, layer, slice, exit) photons made in each slice
    couplings : (exciting exit, excited exit) fluorescence cross sections of the second at the
        energy of the first, cm2/g

    Returns
    -------
    lines so excited, (sample, exit) photons per steradian towards the detector; flux of the lines
    that were followed, (sample, layer, slice, followed) photons times g/cm2; and which these are
    """
    rays = interior.rays(made, couplings.sum(dim=1) > 0.0)
    exciting = couplings[rays.followed].T
    flux = interior.flux(made, rays)
    made = interior.made(flux, exciting)
    lines, total = interior.out(made), flux
    for _ in range(interior.fineness.orders - 1):
        flux = interior.flux(made, rays)
        made = interior.made(flux, exciting)
        lines, total = lines + interior.out(made), total + flux
    return lines, total, rays


def enhanced_lines(
    stacks: StackBatch,
    photons: Tensor,
    attenuation_in: Tensor,
    sections: Tensor,
    attenuation_out: Tensor,
    exit_element: Tensor,
    couplings: Tensor,
    incidence_deg: float | Tensor,
    take_off_deg: float | Tensor,
    fineness: Fineness = USUAL,
) -> Tensor:
    """Photons of each exit beyond primary fluorescence, towards the detector.

    Parameters
    ----------
    stacks, photons, attenuation_in, sections, attenuation_out, exit_element : as `primary_lines`
    couplings : (exciting exit, excited exit) fluorescence cross sections of the second at the
        energy of the first, cm2/g
    incidence_deg, take_off_deg : degrees from the surface
    fineness : slices, directions and orders; the usual ones by default

    Returns
    -------
    (sample, exit), photons per steradian
    """
    interior = make_interior(
        stacks,
        photons,
        attenuation_in,
        attenuation_out,
        exit_element,
        incidence_deg,
        take_off_deg,
        fineness,
    )
    crossing = interior.arriving(stacks.fractions @ attenuation_in) * photons
    return enhance(interior, interior.made(crossing, sections), couplings)[0]
