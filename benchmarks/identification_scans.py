"""Scans of many stratigraphies in raw channels, kept before counting and before the electronics.

What is kept are spectra of single photons, each adding up to one between 1 keV and the tube
voltage: from these all doses, pile-up and mixed pixels follow without the forward model.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from identification_scanners import (
    CHANNELS,
    OWN_ELEMENTS,
    Axes,
    background,
    draw_axes,
    line_errors,
    lines_of_parts,
    never_trained_on,
    own_lines,
    scatter_errors,
)
from identification_stratigraphies import draw_stratigraphies
from underpaint.paint import (
    Library,
    PaintPrior,
    Stratigraphy,
    sample_painting,
    stratigraphy_from_json,
    stratigraphy_to_json,
)
from underpaint.spectrum import Bins, EnergyCalibration
from underpaint.xray import (
    ELEMENTS,
    ForwardModel,
    Instrument,
    InstrumentPrior,
    StackBatch,
    instrument_from_dict,
    make_stacks,
    sample_instrument,
)
from xmimsim_reference import read_monte_carlo

COUNTED_FROM_KEV = 1.0
GAS = ("Ar",)


@dataclass(frozen=True, eq=False)
class Scan:
    """One scan.

    Attributes
    ----------
    name : of the scanner, and which scan of it
    instrument : as its file states it
    axes : the energy axis it has, and the one that its file states
    single : (stratigraphy, channel) float32, spectra of single photons
    more_lines : (channel,) further lines of the scanner's own parts, share of all counts
    painting : (stratigraphy,) int, which painting a stratigraphy is of
    stratigraphies : layers from the top
    """

    name: str
    instrument: Instrument
    axes: Axes
    single: NDArray[np.float32]
    more_lines: NDArray[np.float32]
    painting: NDArray[np.int64]
    stratigraphies: list[Stratigraphy]

    def __len__(self) -> int:
        return len(self.single)

    @property
    def counted(self) -> NDArray[np.bool_]:
        """(channel,) bool: from 1 keV to the tube voltage."""
        return counted_channels(self.axes.true, self.single.shape[1], self.instrument)


def counted_channels(
    axis: EnergyCalibration, channels: int, instrument: Instrument
) -> NDArray[np.bool_]:
    """Channels whose counts make up a spectrum's counts, (channel,) bool."""
    energy = axis.energy(np.arange(channels))
    return np.asarray((energy > COUNTED_FROM_KEV) & (energy < float(instrument.kv)))


def emitters_of(stacks: StackBatch, instrument: Instrument) -> list[str]:
    """Elements whose lines can be in spectra of these samples under this scanner."""
    held = (stacks.fractions > 0.0).any(dim=0).any(dim=0).numpy()
    others = {*GAS, *OWN_ELEMENTS, *instrument.own_lines}
    return [e for e, there in zip(ELEMENTS, held, strict=True) if there or e in others]


def single_photons(
    model: ForwardModel,
    instrument: Instrument,
    stacks: StackBatch,
    random: np.random.Generator | None,
) -> NDArray[np.float64]:
    """Spectra before the electronics, (stack, channel), photons of the beam.

    Parameters
    ----------
    model : of the instrument, without lines of its own parts
    random : for the errors that no file states; None for none, nor lines of the scanner's parts
    """
    lines, scatter = model.emitted(stacks)
    if random is not None:
        lines = lines * line_errors(model, random)
        scatter = scatter * scatter_errors(model, random)
    arriving = lines @ model.line_response + scatter @ model.scatter_response
    spectra = np.asarray(arriving.double().numpy())
    if random is None:
        return spectra
    extra = lines_of_parts(model, instrument.own_lines) + background(model.bins, random)
    return np.asarray(spectra + spectra.sum(axis=1, keepdims=True) * extra)


def simulate(
    name: str,
    instrument: Instrument,
    axes: Axes,
    paintings: Sequence[Sequence[Stratigraphy]],
    random: np.random.Generator | None,
    channels: int = CHANNELS,
) -> Scan:
    """A scan by this project's forward model; `random` as for `single_photons`."""
    stratigraphies = [layers for painting in paintings for layers in painting]
    stacks = make_stacks([[layer.for_model for layer in layers] for layers in stratigraphies])
    bins = Bins(axes.true.edges(channels))
    model = ForwardModel(instrument.but(own_lines={}), bins, emitters_of(stacks, instrument))
    spectra = single_photons(model, instrument, stacks, random)
    more = {} if random is None else own_lines(random, chosen=3)
    counted = counted_channels(axes.true, channels, instrument)
    spectra /= spectra[:, counted].sum(axis=1, keepdims=True)
    return Scan(
        name=name,
        instrument=instrument,
        axes=axes,
        single=spectra.astype(np.float32),
        more_lines=lines_of_parts(model, more).astype(np.float32),
        painting=np.repeat(np.arange(len(paintings)), [len(each) for each in paintings]),
        stratigraphies=stratigraphies,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """How many scans, paintings in each, stratigraphies of each; and the seed."""

    seed: int
    scans: int
    paintings: int
    stratigraphies: int


def scanners_in_turn(plan: Plan) -> list[tuple[str, Instrument, int]]:
    """Name, instrument and number of every scan of the test set: the scanners in turn."""
    scanners = list(never_trained_on().items())
    return [
        (f"{scanners[k % len(scanners)][0]} {k // len(scanners) + 1}",
         scanners[k % len(scanners)][1], k)
        for k in range(plan.scans)
    ]  # fmt: skip


def scan_of(
    plan: Plan, number: int, library: Library, instrument: Instrument | None = None, name: str = ""
) -> Scan:
    """Scan `number` of a set; its scanner is drawn from the prior where none is given."""
    random = np.random.default_rng((plan.seed, number))
    if instrument is None:
        instrument = sample_instrument(InstrumentPrior(), random)
    axes = draw_axes(instrument, random)
    prior = PaintPrior()
    paintings = [
        draw_stratigraphies(
            sample_painting(library, prior, random), library, plan.stratigraphies, random
        )
        for _ in range(plan.paintings)
    ]
    return simulate(name or f"drawn {number}", instrument, axes, paintings, random)


def monte_carlo_scan(path: Path) -> Scan:
    """The stratigraphies that XMI-MSIM simulated, in its own channels."""
    reference = read_monte_carlo(path)
    instrument = reference.instrument.but(tube_spectrum=reference.tube)
    with h5py.File(path) as file:
        texts = file["stacks"].asstr()[...]
    axis = reference.calibration
    spectra = reference.spectra.astype(np.float64)
    counted = counted_channels(axis, spectra.shape[1], instrument)
    spectra /= spectra[:, counted].sum(axis=1, keepdims=True)
    model = ForwardModel(instrument, Bins(axis.edges(spectra.shape[1])), OWN_ELEMENTS)
    more = own_lines(np.random.default_rng(1), chosen=3)
    return Scan(
        name="Monte Carlo",
        instrument=instrument,
        axes=Axes(axis, axis),
        single=spectra.astype(np.float32),
        more_lines=lines_of_parts(model, more).astype(np.float32),
        painting=np.zeros(len(spectra), dtype=np.int64),
        stratigraphies=[stratigraphy_from_json(json.loads(text)) for text in texts],
    )


def simulated_again(scan: Scan) -> Scan:
    """The same stratigraphies under the same instrument by this project's model."""
    channels = scan.single.shape[1]
    ours = simulate(
        "same by underpaint", scan.instrument, scan.axes, [scan.stratigraphies], None, channels
    )
    return Scan(
        ours.name, ours.instrument, ours.axes, ours.single, scan.more_lines, scan.painting,
        scan.stratigraphies,
    )  # fmt: skip


def save_scan(scan: Scan, file: h5py.File, key: str) -> None:
    """Write a scan as one group of a file."""
    group = file.create_group(key)
    group.create_dataset("single", data=scan.single, compression="gzip", compression_opts=1)
    group["more_lines"] = scan.more_lines
    group["painting"] = scan.painting
    stacks = [json.dumps(_with_shares(layers)) for layers in scan.stratigraphies]
    group.create_dataset("stacks", data=np.array(stacks, dtype=object), dtype=h5py.string_dtype())
    group.attrs["name"] = scan.name
    group.attrs["instrument"] = json.dumps(scan.instrument.to_dict())
    for name in ("true", "stated"):
        axis = getattr(scan.axes, name)
        group.attrs[name] = [axis.zero, axis.gain, axis.noise, axis.fano]


def load_scan(group: h5py.Group) -> Scan:
    """The inverse of `save_scan`."""
    return Scan(
        name=group.attrs["name"],
        instrument=instrument_from_dict(json.loads(group.attrs["instrument"]), "the set"),
        axes=Axes(*(EnergyCalibration(*group.attrs[name]) for name in ("true", "stated"))),
        single=group["single"][...],
        more_lines=group["more_lines"][...],
        painting=group["painting"][...],
        stratigraphies=[_stratigraphy(json.loads(text)) for text in group["stacks"].asstr()],
    )


def _with_shares(layers: Stratigraphy) -> dict[str, Any]:
    """As labelled spectra have it, and the mass fraction of all pigments in each layer."""
    stack = stratigraphy_to_json(layers)
    for values, layer in zip(stack["layers"], layers, strict=True):
        values["pigment_share"] = layer.pigment_share
    return stack


def _stratigraphy(stack: dict[str, Any]) -> Stratigraphy:
    shares = [values["pigment_share"] for values in stack["layers"]]
    layers = stratigraphy_from_json(stack)
    return tuple(
        replace(layer, pigment_share=share) for layer, share in zip(layers, shares, strict=True)
    )


def load_scans(path: Path) -> list[Scan]:
    """All scans of a file, in order."""
    with h5py.File(path) as file:
        return [load_scan(file[key]) for key in sorted(file) if key.isdigit()]
