"""Random stratigraphies with typical compositions, for the benchmarks of the limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.paint import (
    Detectability,
    Layer,
    Library,
    Stratigraphy,
    detectability,
    load_library,
    paint_layer,
    plain_layer,
)
from underpaint.paint.rival_spectra import RivalSpectra
from underpaint.spectrum import Bins
from underpaint.xray import ForwardModel, find_instrument

LEAST_SHARE = 0.01
THICKNESS_UM = (3.0, 80.0)


def random_stratigraphy(library: Library, random: np.random.Generator) -> Stratigraphy:
    """One to three paint layers of one to four pigments over a ground of the library and canvas."""
    layers: list[Layer] = []
    if random.random() < 0.5:
        layers.append(plain_layer(library, "varnish", "dammar", float(random.uniform(3.0, 30.0))))
    names = list(library.pigments)
    for _ in range(int(random.integers(1, 4))):
        chosen = random.choice(len(names), size=int(random.integers(1, 5)), replace=False)
        raw = np.exp(random.uniform(np.log(LEAST_SHARE), 0.0, len(chosen)))
        shares = raw / raw.sum()
        pigments = {names[i]: float(share) for i, share in zip(chosen, shares, strict=True)}
        thickness = float(np.exp(random.uniform(*np.log(THICKNESS_UM))))
        layers.append(paint_layer(library, "paint", thickness, pigments))
    grounds = list(library.grounds.values())
    for coat in grounds[int(random.integers(len(grounds)))].layers:
        low, high = coat.thickness_um
        thickness = float(np.exp(random.uniform(np.log(low), np.log(high))))
        pvc = 0.5 * sum(coat.pvc)
        layers.append(paint_layer(library, "ground", thickness, coat.pigments, coat.binder, pvc))
    return (*layers, plain_layer(library, "support", "canvas-linen", 900.0))


def random_stratigraphies(library: Library, count: int, seed: int) -> list[Stratigraphy]:
    """So many of them; the same for the same seed."""
    random = np.random.default_rng(seed)
    return [random_stratigraphy(library, random) for _ in range(count)]


@dataclass(frozen=True, eq=False)
class Answered:
    """Random stratigraphies with their limits, and what works their spectra out again.

    Attributes
    ----------
    stacks, limits : as many of one as of the other
    spectra : as the limit's search has them, of all elements that truths and rivals hold
    model : with everything, on the same bins
    """

    stacks: list[Stratigraphy]
    limits: list[list[Detectability]]
    spectra: RivalSpectra
    model: ForwardModel

    def free_shapes(self, layers: Stratigraphy) -> NDArray[np.float64]:
        """What any rival of a stratigraphy may add, (shape, bin) counts for one photon."""
        masses = [
            [layer.mass_thickness * layer.weight_fractions.get(e, 0.0)
             for e in self.spectra.elements]
            for layer in layers
        ]  # fmt: skip
        emitted = self.spectra.emitted(torch.tensor([masses], dtype=torch.float32))
        return self.spectra.free_shapes(emitted, self.spectra.recorded(emitted)[0])


def answered(scanner: str, count: int, seed: int) -> Answered:
    """So many stratigraphies under a scanner that comes with the program, on one thread."""
    torch.set_num_threads(1)
    library, instrument = load_library(), find_instrument(scanner)
    stacks = random_stratigraphies(library, count, seed)
    limits = detectability(stacks, instrument, library)
    held = [layer for answers in limits for each in answers for layer in each.rival]
    held += [layer for layers in stacks for layer in layers]
    elements = sorted({element for layer in held for element in layer.weight_fractions})
    spectra = RivalSpectra(instrument, elements)
    return Answered(
        stacks, limits, spectra, ForwardModel(instrument, Bins(spectra.bins.edges), elements)
    )
