"""Secondary and tertiary fluorescence by plain integration over both depths: slow, but simple.

A sheet of the sample that sends n photons into all directions brings a fluence of n E1(tau) / 2 to
a depth that lies an optical distance tau away from it (E1 is the exponential integral). The
emission of every exciting line is integrated with this over the depth where it arises, and what
it excites over the depth where that happens, both with Gauss-Legendre panels that halve in size
towards every surface, interface and the singular point tau = 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import exp1

from underpaint.xray import StackBatch

Array = NDArray[np.float64]
Source = Callable[[Array], Array]
"""Photons by depth in a layer, (...,) g/cm2 -> (..., exciting line)."""

FAINTEST_EXCITER = 1e-5


@dataclass(frozen=True, eq=False)
class Data:
    """Atomic data and beam, as `underpaint.xray.fluorescence.primary_lines` takes them.

    Attributes
    ----------
    photons : (node,) exciting photons
    attenuation_in : (element, node) cm2/g
    sections : (line, node) cm2/g
    attenuation_out : (element, line) cm2/g
    line_element : (line,) which element each line belongs to
    couplings : (exciting, excited) cm2/g of the excited element
    incidence_deg, take_off_deg : degrees from the surface
    """

    photons: Array
    attenuation_in: Array
    sections: Array
    attenuation_out: Array
    line_element: NDArray[np.int64]
    couplings: Array
    incidence_deg: float
    take_off_deg: float


@dataclass(frozen=True, eq=False)
class Layers:
    """One sample: mass thicknesses and what its layers hold and absorb, from the top.

    Attributes
    ----------
    mass : (layer,) g/cm2
    amount : (layer, line) mass fraction of the element of each line
    into : (layer, node) attenuation along the beam, over depth, cm2/g
    out : (layer, line) attenuation along the way to the detector, over depth, cm2/g
    straight : (layer, line) attenuation of each line, cm2/g
    """

    mass: Array
    amount: Array
    into: Array
    out: Array
    straight: Array


def enhanced_lines(
    stacks: StackBatch, which: int, data: Data, orders: int = 1, levels: int = 14, points: int = 6
) -> Array:
    """What the fluorescence of one sample excites in it, (line,) photons per steradian.

    Parameters
    ----------
    stacks, which : the sample
    data : beam and atomic data
    orders : 1 for secondary fluorescence, 2 for tertiary too, and so on
    levels : how often panels halve towards an edge
    points : Gauss-Legendre points a panel
    """
    layers = _layers(stacks, which, data)
    place, weight = _graded(levels, points)
    exciting = _exciting(layers, data)
    sources = _primary(layers, data, exciting)
    result = np.zeros(len(data.line_element))
    above = np.cumsum(layers.out * layers.mass[:, None], axis=0)
    for _ in range(orders):
        excited: list[Source] = []
        for a, mass in enumerate(layers.mass):
            fluence = np.zeros((len(place), len(exciting)))
            for b, source in enumerate(sources):
                held = np.flatnonzero(layers.amount[b, exciting] > 0.0)
                kernel = _within if a == b else _between
                fluence[:, held] += kernel(a, b, exciting, held, layers, source, place, weight)
            density = layers.amount[a] * (fluence @ data.couplings[exciting])
            leaving = np.exp(-np.outer(place * mass, layers.out[a]))
            covered = np.exp(layers.out[a] * mass - above[a])
            result += covered * mass * (weight @ (density * leaving))
            excited.append(CubicSpline(place * mass, density[:, exciting]))
        sources = excited
    return result / (4.0 * math.pi * math.sin(math.radians(data.incidence_deg)))


def _layers(stacks: StackBatch, which: int, data: Data) -> Layers:
    mass = stacks.mass_thickness[which].numpy()
    fractions = stacks.fractions[which].numpy()[mass > 0.0]
    straight = fractions @ data.attenuation_out
    return Layers(
        mass=mass[mass > 0.0],
        amount=fractions[:, data.line_element],
        into=fractions @ data.attenuation_in / math.sin(math.radians(data.incidence_deg)),
        out=straight / math.sin(math.radians(data.take_off_deg)),
        straight=straight,
    )


def _exciting(layers: Layers, data: Data) -> NDArray[np.int64]:
    """Lines bright enough to matter as exciters, by what a layer emits of them unabsorbed."""
    emitted = (layers.amount * layers.mass[:, None]).sum(axis=0) * (data.sections @ data.photons)
    held = layers.amount.any(axis=0)
    useful = (data.couplings[:, held] > 0.0).any(axis=1)
    return np.flatnonzero(useful & (emitted > FAINTEST_EXCITER * emitted.max()))


def _graded(levels: int, points: int) -> tuple[Array, Array]:
    """Nodes and weights on 0 to 1, in panels that halve towards both ends."""
    node, weight = np.polynomial.legendre.leggauss(points)
    rising = 0.5 ** np.arange(levels + 1, 0, -1)
    edges = np.concatenate([[0.0], rising, 1.0 - rising[-2::-1], [1.0]])
    width = np.diff(edges)[:, None]
    return (
        (edges[:-1, None] + width * (node + 1.0) / 2.0).ravel(),
        (width * weight / 2.0).ravel(),
    )


def _primary(layers: Layers, data: Data, exciting: NDArray[np.int64]) -> list[Source]:
    """Primary emission in each layer by depth in it, over 1 / sin(incidence)."""
    above = np.cumsum(layers.into * layers.mass[:, None], axis=0)

    def in_layer(b: int) -> Source:
        entering = data.photons * np.exp(layers.into[b] * layers.mass[b] - above[b])
        excited = (data.sections[exciting] * entering).T * layers.amount[b, exciting]
        return lambda depth: np.exp(-depth[..., None] * layers.into[b]) @ excited

    return [in_layer(b) for b in range(len(layers.mass))]


def _between(
    a: int,
    b: int,
    exciting: NDArray[np.int64],
    held: NDArray[np.int64],
    layers: Layers,
    source: Source,
    place: Array,
    weight: Array,
) -> Array:
    """Fluence of the exciting lines of layer b, those held there, at places in another layer a."""
    depth = place * layers.mass[b]
    to_edge = (1.0 - place if a < b else place) * layers.mass[a]
    from_edge = depth if a < b else layers.mass[b] - depth
    emission = source(depth)[:, held] * (0.5 * weight * layers.mass[b])[:, None]
    passed = slice(min(a, b) + 1, max(a, b))
    fluence = np.zeros((len(place), len(held)))
    for k, line in enumerate(exciting[held]):
        through = layers.straight[passed, line] @ layers.mass[passed]
        near, far = layers.straight[a, line] * to_edge, layers.straight[b, line] * from_edge
        fluence[:, k] = exp1(through + np.add.outer(near, far)) @ emission[:, k]
    return fluence


def _within(
    a: int,
    b: int,
    exciting: NDArray[np.int64],
    held: NDArray[np.int64],
    layers: Layers,
    source: Source,
    place: Array,
    weight: Array,
) -> Array:
    """Fluence of the exciting lines of a layer, those held there, in the layer itself."""
    at = place * layers.mass[a]
    fluence = np.zeros((len(place), len(held)))
    for first, length in ((np.zeros_like(at), at), (at, layers.mass[b] - at)):
        depth = first[:, None] + length[:, None] * place
        emission = source(depth)
        distance = np.abs(depth - at[:, None])
        for k, line in zip(held, exciting[held], strict=True):
            kernel = exp1(layers.straight[a, line] * distance) * emission[..., k]
            fluence[:, np.searchsorted(held, k)] += 0.5 * (kernel @ weight) * length
    return fluence
