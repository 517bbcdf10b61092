"""Training spectra for the arms that learn, and single layers for the one that learns from those.

Pixels are those of the program's own prior, under scanners of its own prior, with the errors that
no file states, read on the axis found from each scan's sum spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from identification_conditions import after_electronics, as_read
from identification_intensities import attributes
from identification_scanners import CHANNELS, draw_axes
from identification_scans import counted_channels, emitters_of, single_photons
from identification_stratigraphies import Labels, draw_stratigraphies, labels_of
from underpaint.paint import (
    Library,
    Painting,
    PaintPrior,
    Stratigraphy,
    Truth,
    joined,
    sample_painting,
    sample_pixels,
)
from underpaint.spectrum import Bins, rebin, standard_bins
from underpaint.xray import (
    ForwardModel,
    InstrumentPrior,
    StackBatch,
    make_stacks,
    sample_instrument,
)

PAINTINGS = 4
DOSES = (1_000.0, 300_000.0)


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Spectra to learn from.

    Attributes
    ----------
    expected : (spectrum, bin) float32, at one count
    dose : (spectrum,) float32, counts of the one draw behind `attributes`
    measured : (spectrum, bin) bool
    attributes : (spectrum, attribute) float32, of spectra counted once
    present : (spectrum, 3, group) bool
    layer : (spectrum, bin) float32, single layers without scatter and continuum, at one count
    layer_present : (spectrum, group) bool
    """

    expected: NDArray[np.float32]
    dose: NDArray[np.float32]
    measured: NDArray[np.bool_]
    attributes: NDArray[np.float32]
    present: NDArray[np.bool_]
    layer: NDArray[np.float32]
    layer_present: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.expected)


def training_scan(seed: int, number: int, pixels: int, library: Library) -> TrainingSet:
    """Pixels of four paintings, `pixels` of each at a dose of its own, under one scanner."""
    random = np.random.default_rng((seed, number))
    instrument = sample_instrument(InstrumentPrior(), random)
    axes = draw_axes(instrument, random)
    paintings = [sample_painting(library, PaintPrior(), random) for _ in range(PAINTINGS)]
    drawn = [sample_pixels(each, PaintPrior(), library, pixels, random) for each in paintings]
    layers = _single_layers(paintings, library, pixels, random)
    single = make_stacks([[layer[0].for_model] for layer in layers])
    emitters = {e for each in drawn for e in emitters_of(each.stacks, instrument)}
    bins = Bins(axes.true.edges(CHANNELS))
    model = ForwardModel(
        instrument.but(own_lines={}), bins, sorted(emitters | set(emitters_of(single, instrument)))
    )
    errors = int(random.integers(2**32))
    spectra = [
        each.area @ single_photons(model, instrument, each.stacks, np.random.default_rng(errors))
        for each in drawn
    ]
    expected = after_electronics(np.concatenate(spectra), instrument, axes.true)
    doses = np.exp(random.uniform(np.log(DOSES[0]), np.log(DOSES[1]), PAINTINGS))
    dose = np.repeat(doses, pixels)
    counts = random.poisson(expected * dose[:, None]).astype(np.float32)
    labels = _labels([each.truth for each in drawn])
    painting = np.repeat(np.arange(PAINTINGS), pixels)
    read = as_read(
        f"training {number}", instrument, counts, axes.stated, True, dose, labels, painting
    )
    alone = _lines_only(model, single)
    alone /= alone[:, counted_channels(axes.true, CHANNELS, instrument)].sum(axis=1, keepdims=True)
    return TrainingSet(
        expected=rebin(expected, read.calibration, standard_bins()),
        dose=dose.astype(np.float32),
        measured=np.tile(read.measured, (len(dose), 1)),
        attributes=attributes(read),
        present=labels.present,
        layer=rebin(alone, axes.true, standard_bins()),
        layer_present=labels_of(layers, library).truth.top,
    )


def _single_layers(
    paintings: list[Painting], library: Library, count: int, random: np.random.Generator
) -> list[Stratigraphy]:
    """One paint layer each, of the same palettes."""
    return [
        (next(layer for layer in layers if layer.kind == "paint"),)
        for painting in paintings
        for layers in draw_stratigraphies(painting, library, count, random)
    ]


def _lines_only(model: ForwardModel, stacks: StackBatch) -> NDArray[np.float64]:
    return np.asarray((model.emitted(stacks)[0] @ model.line_response).double().numpy()) + 1e-30


def _labels(truths: list[Truth]) -> Labels:
    truth = joined(truths)
    shape = truth.top.shape
    unknown = np.full((shape[0], 3, shape[1]), np.nan, dtype=np.float32)
    return Labels(truth, unknown, unknown[:, 0])


def scans_in(path: Path) -> int:
    """How many scans a training set holds."""
    if not path.exists():
        return 0
    with h5py.File(path) as file:
        return sum(key.isdigit() for key in file)


def add_scan(path: Path, number: int, scan: TrainingSet) -> None:
    """Add a scan to a training set."""
    with h5py.File(path, "a") as file:
        partial = f"{number:06d}.partial"
        if partial in file:
            del file[partial]
        group = file.create_group(partial)
        for each in fields(TrainingSet):
            group.create_dataset(
                each.name, data=getattr(scan, each.name), compression="gzip", compression_opts=1
            )
        file.move(partial, f"{number:06d}")


def load_training_set(path: Path, spectra: int) -> TrainingSet:
    """The first `spectra` of a training set, and a few more to make whole scans."""
    parts: dict[str, list[NDArray[np.generic]]] = {each.name: [] for each in fields(TrainingSet)}
    with h5py.File(path) as file:
        seen = 0
        for key in sorted(key for key in file if key.isdigit()):
            if seen >= spectra:
                break
            for name, values in parts.items():
                values.append(file[key][name][...])
            seen += len(parts["dose"][-1])
    return TrainingSet(**{name: np.concatenate(each) for name, each in parts.items()})
