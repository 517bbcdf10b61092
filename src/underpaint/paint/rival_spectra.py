"""Expected spectra of layered samples with their derivatives, in closed form.

The limit of detectability asks for the spectra of many rivals of one sample, and for how each
spectrum changes with the mass of every element in every layer. For primary fluorescence (Sherman's
equation, see `underpaint.xray`) and single scatter both have closed forms that share their
exponentials, which is some twenty times faster than automatic differentiation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.spectrum import FWHM_PER_SIGMA, PAIR_ENERGY_KEV, Bins
from underpaint.xray import ELEMENTS, ForwardModel, Instrument
from underpaint.xray.beam import make_beam

COUNTED_FROM_KEV = 1.0
BINS_PER_FWHM = 2.0
SHIFT_KEV = 0.002
WIDER = 1.02
KNOTS = 8
SMALL_DEPTH = 2e-3
TINY_DEPTH = 1e-12
MERGED = 1.08
RANK_SHARE = 1e-4


def counted_bins(instrument: Instrument, per_fwhm: float = BINS_PER_FWHM) -> Bins:
    """Bins from 1 keV to the tube voltage that follow the detector's resolution."""
    noise, statistical = float(instrument.noise), float(instrument.fano) * PAIR_ENERGY_KEV
    edges = [COUNTED_FROM_KEV]
    while edges[-1] < float(instrument.kv):
        fwhm = math.sqrt(noise**2 + FWHM_PER_SIGMA**2 * statistical * edges[-1])
        edges.append(edges[-1] + fwhm / per_fwhm)
    edges[-1] = float(instrument.kv)
    return Bins(np.asarray(edges))


@dataclass(frozen=True, eq=False)
class Emitted:
    """What samples send to the detector: (sample, line) and (sample, channel) photons."""

    lines: Tensor
    scatter: Tensor


class RivalSpectra:
    """Spectra and derivatives of samples under one instrument: primary lines and single scatter.

    Parameters
    ----------
    instrument : the scanner
    elements : those that samples hold, in the order of their columns
    bins : where the spectra are wanted; `counted_bins` if not given

    Attributes
    ----------
    kept : (line,) which of the model's exits `emitted` has
    """

    def __init__(
        self, instrument: Instrument, elements: Sequence[str], bins: Bins | None = None
    ) -> None:
        self.instrument = instrument
        self.elements = tuple(elements)
        self.bins = counted_bins(instrument) if bins is None else bins
        emitters = sorted({*elements, "Ar", *instrument.own_lines})
        self.model = ForwardModel(instrument, self.bins, emitters, torch.float32, fineness=None)
        emission = self.model.emission
        held = torch.tensor([ELEMENTS.index(element) for element in elements])
        place = torch.full((len(ELEMENTS),), -1)
        place[held] = torch.arange(len(held))
        owner = place[emission.exit_element]
        excited = (emission.sections * emission.photons).sum(dim=1) > 0.0
        seen = self.model.line_response.sum(dim=1) > 0.0
        self.kept = torch.nonzero((owner >= 0) & excited & seen)[:, 0]
        self._owner = owner[self.kept]
        sine_in = math.sin(math.radians(float(instrument.incidence_deg)))
        sine_out = math.sin(math.radians(float(instrument.take_off_deg)))
        self._in = emission.attenuation_in[held] / sine_in
        self._out = emission.attenuation_out[held][:, self.kept] / sine_out
        excitation = (emission.sections * emission.photons)[self.kept]
        merging = _merged_nodes(instrument, emission.photons)
        # a thick filter can leave no photon at all in the softest nodes: those excite nothing
        merged = (emission.photons @ merging).clamp_min(torch.finfo(emission.photons.dtype).tiny)
        self._in = self._in @ (merging * emission.photons[:, None]) / merged
        self._excitation = excitation @ merging / (4.0 * math.pi * sine_in)
        self._strength = emission.channel_sections[held] * emission.channel_photons / sine_in
        self._both = emission.channel_in[held] / sine_in + emission.channel_out[held] / sine_out
        self._gas = Emitted(emission.gas_lines, emission.gas_scatter)
        self._own = self.model.own_lines
        self._responses = _Responses(self.model, self.kept, len(emission.gas_scatter))
        self._variants = _variants(instrument, self.bins, emitters, self)

    def emitted(self, masses: Tensor) -> Emitted:
        """Photons towards the detector, the gas's left out.

        Parameters
        ----------
        masses : (sample, layer, element) float32, g/cm2, top layer first
        """
        held = (masses > 0.0).flatten(0, 1).any(dim=0)[self._owner].nonzero()[:, 0]
        depth_in, depth_out = masses @ self._in, masses @ self._out[:, held]
        base = torch.exp(depth_in - depth_in.cumsum(dim=1))
        leaving = torch.exp(depth_out - depth_out.cumsum(dim=1))
        escaping, _ = _escaping_between(depth_in, depth_out)
        excited = ((escaping * base[:, :, None, :]) * self._excitation[held]).sum(dim=3)
        lines = masses.new_zeros(len(masses), len(self._owner))
        lines[:, held] = (masses[..., self._owner[held]] * leaving * excited).sum(dim=1)
        depth = masses @ self._both
        through = torch.exp(depth - depth.cumsum(dim=1))
        scatter = ((masses @ self._strength) * through * _escaping(depth)).sum(dim=1)
        return Emitted(lines, scatter)

    def recorded(self, emitted: Emitted) -> Tensor:
        """Spectra as the electronics record them, gas included, (sample, bin) float64."""
        model, samples = self.model, len(emitted.lines)
        lines = self._gas.lines.expand(samples, -1).clone()
        lines[:, self.kept] += emitted.lines
        channels = model.scatter_response.shape[0]
        scatter = emitted.scatter.new_zeros(samples, channels)
        scatter[:, : emitted.scatter.shape[1]] = emitted.scatter + self._gas.scatter
        return model.detected(lines, scatter).to(torch.float64)

    def response(self, lines: Tensor, scatter: Tensor) -> Tensor:
        """What the detector makes of (sample, line) and (sample, channel) photons, (sample, bin);
        the gas's, the scanner's own lines and pile-up left out."""
        return self._responses.apply(lines, scatter, None)

    def expected(self, masses: Tensor) -> Tensor:
        """Expected spectra, (sample, bin) float64 counts for one photon on the sample."""
        return self.recorded(self.emitted(masses))

    def jacobian(self, masses: Tensor, rows: Tensor) -> Tensor:
        """How a sample's spectrum changes with the masses in it, pile-up left out.

        Parameters
        ----------
        masses : (layer, element) float32, g/cm2
        rows : (row,) which of layer x element are asked for

        Returns
        -------
        (row, bin) float32, counts for one photon, by g/cm2
        """
        lines = self._line_jacobian(masses).flatten(0, 1)[rows]
        scatter = self._scatter_jacobian(masses).flatten(0, 1)[rows]
        return self._responses.apply(lines, scatter, self._own)

    def _line_jacobian(self, masses: Tensor) -> Tensor:
        depth_in, depth_out = masses @ self._in, masses @ self._out
        base = torch.exp(depth_in - depth_in.cumsum(dim=0))
        leaving = torch.exp(depth_out - depth_out.cumsum(dim=0))
        escaping, depth = _escaping_between(depth_in, depth_out)
        reaching = base[:, None, :] * self._excitation
        sent = reaching * escaping
        per_mass = leaving * sent.sum(dim=2)
        amount = masses[:, self._owner] * leaving
        held = amount[..., None]
        own_layer = held * reaching * _escaping_slope(depth, escaping)
        below = _sum_below(held * sent)
        by_in = own_layer - below
        # a layer above takes from the beam on its way in, and from the line on its way out
        layers, lines, _ = by_in.shape
        through = (by_in.reshape(layers * lines, -1) @ self._in.T).reshape(layers, lines, -1)
        jacobian = through.transpose(1, 2) + by_in.sum(dim=2)[:, None, :] * self._out
        jacobian[:, self._owner, torch.arange(lines)] += per_mass
        return jacobian

    def _scatter_jacobian(self, masses: Tensor) -> Tensor:
        depth = masses @ self._both
        through = torch.exp(depth - depth.cumsum(dim=0))
        escaping = _escaping(depth)
        strength = masses @ self._strength
        sent = strength * through * escaping
        by_depth = strength * through * _escaping_slope(depth, escaping) - _sum_below(sent)
        return (through * escaping)[:, None] * self._strength + by_depth[:, None] * self._both

    def free_shapes(self, emitted: Emitted, recorded: Tensor) -> NDArray[np.float64]:
        """Shapes that any rival may add: axis off, gain off, resolution, smooth continuum.

        Parameters
        ----------
        emitted, recorded : of one sample

        Returns
        -------
        (shape, bin) float64; zero by 1 keV, gain by 1, two of resolution, and the continuum's
        """
        zero, noise, fano = (
            (variant.spectrum(emitted) - self._responses.spectrum(emitted))[0].double().numpy()
            / step
            for variant, step in self._variants
        )
        gain = zero * self.bins.centres
        smooth = _hats(self.bins) * float(recorded.sum())
        return np.concatenate([np.stack([zero, gain, noise, fano]), smooth])


class _Responses:
    """What the detector makes of lines and scattered photons.

    The scatter's response is kept as a product of two thin matrices: its rows, smooth most of
    them, are far from independent.
    """

    def __init__(self, model: ForwardModel, kept: Tensor, channels: int) -> None:
        self.lines = model.line_response[kept]
        left, size, right = torch.linalg.svd(
            model.scatter_response[:channels].double(), full_matrices=False
        )
        rank = int((size > RANK_SHARE * size[0]).sum())
        self.scatter_in = (left[:, :rank] * size[:rank]).float()
        self.scatter_out = right[:rank].float()

    def spectrum(self, emitted: Emitted) -> Tensor:
        return self.apply(emitted.lines, emitted.scatter, None)

    def apply(self, lines: Tensor, scatter: Tensor, own: Tensor | None) -> Tensor:
        spectrum: Tensor = lines @ self.lines + (scatter @ self.scatter_in) @ self.scatter_out
        if own is not None:
            spectrum = spectrum + spectrum.sum(dim=-1, keepdim=True) * own
        return spectrum


def _variants(
    instrument: Instrument, bins: Bins, emitters: Sequence[str], spectra: RivalSpectra
) -> list[tuple[_Responses, float]]:
    """The same detector with its axis shifted, and with two other resolutions."""
    wider_noise = float(instrument.noise) * WIDER
    wider_fano = float(instrument.fano) * WIDER
    changed = [
        (instrument, Bins(bins.edges - SHIFT_KEV), SHIFT_KEV),
        (instrument.but(noise=wider_noise), bins, WIDER - 1.0),
        (instrument.but(fano=wider_fano), bins, WIDER - 1.0),
    ]
    kept, channels = spectra.kept, len(spectra._gas.scatter)
    return [
        (
            _Responses(ForwardModel(other, axis, emitters, torch.float32, None), kept, channels),
            step,
        )
        for other, axis, step in changed
    ]


def _merged_nodes(instrument: Instrument, photons: Tensor) -> Tensor:
    """Which nodes of the beam's continuum share one, (node, merged) of 0 and 1."""
    beam = make_beam(instrument)
    groups: list[int] = []
    first = 0.0
    for i, energy in enumerate(beam.energy_kev.tolist()):
        if i >= beam.continuum_nodes or energy > MERGED * first:
            groups.append(groups[-1] + 1 if groups else 0)
            first = energy
        else:
            groups.append(groups[-1])
    merging = torch.zeros(len(groups), groups[-1] + 1, dtype=photons.dtype)
    merging[torch.arange(len(groups)), torch.tensor(groups)] = 1.0
    return merging


def _hats(bins: Bins) -> NDArray[np.float64]:
    """Smooth shapes, linear between knots evenly spaced in the logarithm, (knot, bin)."""
    place = np.log(bins.centres)
    knots = np.linspace(place[0], place[-1], KNOTS)
    spacing = knots[1] - knots[0]
    shapes = np.clip(1.0 - np.abs(place - knots[:, None]) / spacing, 0.0, None)
    shapes = shapes * bins.widths
    return np.asarray(shapes / shapes.sum(axis=1, keepdims=True))


def _escaping_between(depth_in: Tensor, depth_out: Tensor) -> tuple[Tensor, Tensor]:
    """(1 - exp(-x)) / x and x, for x = in + out and every pair of the two.

    1 - exp(-x) = p + q - p q with p = 1 - exp(-in), q = 1 - exp(-out): no exponential a pair, and
    nothing cancels.

    Parameters
    ----------
    depth_in : (..., node)
    depth_out : (..., line)

    Returns
    -------
    twice (..., line, node)
    """
    kept_in, kept_out = -torch.expm1(-depth_in)[..., None, :], -torch.expm1(-depth_out)[..., None]
    depth = depth_in[..., None, :] + (depth_out[..., None] + TINY_DEPTH)
    return torch.addcmul(kept_out + TINY_DEPTH, kept_in, 1.0 - kept_out) / depth, depth


def _escaping(depth: Tensor) -> Tensor:
    safe = depth.clamp_min(1e-9)
    return -torch.expm1(-safe) / safe


def _escaping_slope(depth: Tensor, escaping: Tensor) -> Tensor:
    """Derivative of (1 - exp(-x)) / x, given its value."""
    # exp(-x) = 1 - x (1 - exp(-x)) / x
    exact = (1.0 - escaping) / depth - escaping
    return torch.where(depth < SMALL_DEPTH, depth / 3.0 - 0.5, exact)


def _sum_below(values: Tensor) -> Tensor:
    """Sum over all deeper layers, along the first axis."""
    return values.sum(dim=0, keepdim=True) - values.cumsum(dim=0)
