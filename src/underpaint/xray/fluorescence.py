"""Primary fluorescence of layered samples: Sherman's equation, batched.

For every sample, layer and group of lines (Sherman 1955, doi 10.1016/0371-1951(55)80041-0;
de Boer 1990, doi 10.1002/xrs.1300190306):

    I = sum over E of N(E) s(E) w m / sin(psi_in) * T_in(E) T_out * (1 - exp(-x)) / x,
    x = (mu(E) / sin(psi_in) + mu_line / sin(psi_out)) m,

with m the layer's mass thickness and T the transmission of the layers above. Only elements that
a layer holds, and whose lines get out, are worked on.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .stack import StackBatch

OPAQUE = 1e-7
"""Lines of which a smaller share gets out through the layers above are left out."""


def sine(degrees: float | Tensor) -> float | Tensor:
    """Sine of an angle in degrees; a tensor stays one."""
    if isinstance(degrees, Tensor):
        return torch.sin(torch.deg2rad(degrees))
    return math.sin(math.radians(degrees))


def escape_fraction(depth: Tensor) -> Tensor:
    """(1 - exp(-x)) / x for an optical depth x of any shape, not negative."""
    return _escape_of_negative(-depth)


def _escape_of_negative(negative: Tensor) -> Tensor:
    safe = negative.clamp_max(-1e-12)
    return torch.expm1(safe) / safe


def transmission_above(depth: Tensor) -> Tensor:
    """exp(-sum of the layers above), for optical depths (sample, layer, energy)."""
    return torch.exp(depth - depth.cumsum(dim=1))


def primary_lines(
    stacks: StackBatch,
    photons: Tensor,
    attenuation_in: Tensor,
    sections: Tensor,
    attenuation_out: Tensor,
    exit_element: Tensor,
    incidence_deg: float | Tensor,
    take_off_deg: float | Tensor,
) -> Tensor:
    """Photons of each group of lines towards the detector.

    Parameters
    ----------
    stacks : the samples
    photons : (node,) exciting photons
    attenuation_in : (element, node) cm2/g
    sections : (exit, node) fluorescence cross sections, cm2/g
    attenuation_out : (element, exit) cm2/g
    exit_element : (exit,) int64, which element each exit belongs to
    incidence_deg, take_off_deg : degrees from the surface

    Returns
    -------
    (sample, exit), photons per steradian
    """
    mass = stacks.mass_thickness
    sine_in, sine_out = sine(incidence_deg), sine(take_off_deg)
    depth_in = stacks.fractions @ attenuation_in * (mass / sine_in)[..., None]
    depth_out = stacks.fractions @ attenuation_out * (mass / sine_out)[..., None]
    arriving = transmission_above(depth_in) * photons
    leaving = transmission_above(depth_out)

    excitable = (sections * photons).sum(dim=1) > 0.0
    held = stacks.fractions.detach()[..., exit_element] * mass.detach()[..., None] > 0.0
    emitting = held & excitable & (leaving.detach() > OPAQUE)
    sample, layer, line = torch.nonzero(emitting, as_tuple=True)
    negative = (-depth_in)[sample, layer] - depth_out[sample, layer, line][:, None]
    escaping = sections[line] * _escape_of_negative(negative)
    excited = torch.linalg.vecdot(arriving[sample, layer], escaping)
    amount = stacks.fractions[sample, layer, exit_element[line]] * mass[sample, layer]
    emitted = excited * amount * leaving[sample, layer, line]
    result: Tensor = emitted.new_zeros(len(stacks), len(exit_element))
    result = result.index_put((sample, line), emitted, accumulate=True)
    return result / (4.0 * math.pi * sine_in)
