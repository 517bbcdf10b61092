"""The scan of a scene, worked out row by row when it is read, so that scenes may be large."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from underpaint.errors import StackError
from underpaint.spectrum import Bins
from underpaint.xray import ForwardModel, Instrument, before_electronics, make_stacks, record

from .layers import truth_of
from .library import Library
from .pixels import LEAST_AREA
from .scene import Scene
from .stratigraphies import Truth

COUNTED_FROM_KEV = 1.0
SPOT_REACH = 4.0
"""Standard deviations of the spot beyond which it sees nothing."""
PIXELS_AT_ONCE = 2048


@dataclass(frozen=True, eq=False)
class SceneScan:
    """A scene under its scanner: a cube of counts that can be sliced, and its truth.

    Each row has a noise of its own that follows from the seed, so that the counts do not depend
    on how the scan is cut into blocks.

    Attributes
    ----------
    scene : what is scanned
    library : that its pigments are from
    seed : of the counting noise; None for expected counts without noise
    """

    scene: Scene
    library: Library
    seed: int | None = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """(y, x, channel)."""
        return (*self.scene.shape, self.scene.channels)

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint32; float32 without noise."""
        return np.dtype(np.float32 if self.seed is None else np.uint32)

    @property
    def bins(self) -> Bins:
        """The channels."""
        return Bins(self.scene.calibration.edges(self.scene.channels))

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        """Counts of some rows, (row, x, channel)."""
        chosen = range(*rows.indices(self.shape[0]))
        block = np.empty((len(chosen), *self.shape[1:]), dtype=self.dtype)
        together = max(1, PIXELS_AT_ONCE // self.shape[1])
        for first in range(0, len(chosen), together):
            part = chosen[first : first + together]
            expected = self._expected(slice(part[0], part[-1] + 1))
            if self.seed is None:
                block[first : first + len(part)] = expected
                continue
            for place, row in enumerate(part):
                noise = np.random.default_rng([self.seed, row])
                block[first + place] = noise.poisson(expected[place])
        return block

    def areas(self, rows: slice) -> NDArray[np.float32]:
        """Share of each pixel's spot on each patch, (patch, row, x) float32; adds up to 1."""
        from scipy.ndimage import gaussian_filter

        spot, where = self.scene.spot_pixels, self.scene.where
        first, last, _ = rows.indices(self.shape[0])
        reach = int(SPOT_REACH * spot + 0.5)
        start = max(0, first - reach)
        near = where[start : last + reach]
        inner = slice(first - start, last - start)
        area = np.zeros((len(self.scene.patches), last - first, self.shape[1]), dtype=np.float32)
        for index in np.unique(near):
            mask = (near == index).astype(np.float64)
            if spot > 0.0:
                mask = gaussian_filter(mask, spot, mode="nearest", truncate=SPOT_REACH)
            area[index] = mask[inner]
        return np.asarray(area / area.sum(axis=0))

    def truth(self, rows: slice) -> Truth:
        """What is in the pixels of some rows, row by row."""
        area = self.areas(rows)
        share = area.reshape(len(area), -1).T
        seen = share >= LEAST_AREA
        of_patches = self._patch_truth
        return Truth(
            top=(seen @ of_patches.top) > 0,
            buried=(seen @ of_patches.buried) > 0,
            ground=(seen @ of_patches.ground) > 0,
            amount=(share @ of_patches.amount).astype(np.float32),
            top_share=(share @ of_patches.top_share).astype(np.float32),
            buried_share=(share @ of_patches.buried_share).astype(np.float32),
        )

    @cached_property
    def _patch_truth(self) -> Truth:
        return truth_of([patch.layers for patch in self.scene.patches], self.library)

    @cached_property
    def _model(self) -> ForwardModel:
        scene = self.scene
        held = {
            element
            for patch in scene.patches
            for layer in patch.layers
            for element in layer.weight_fractions
        }
        return ForwardModel(scene.instrument, self.bins, (*held, "Ar", *scene.instrument.own_lines))

    @cached_property
    def _covered(self) -> NDArray[np.float64]:
        """Share of the scene on each patch, (patch,) float64."""
        height = self.shape[0]
        together = max(1, PIXELS_AT_ONCE // self.shape[1])
        covered = np.zeros(len(self.scene.patches))
        for row in range(0, height, together):
            covered += self.areas(slice(row, row + together)).sum(axis=(1, 2), dtype=np.float64)
        return np.asarray(covered / covered.sum())

    @cached_property
    def _patch_spectra(self) -> torch.Tensor:
        """Photons of the patches that reach the detector, (patch, channel), any one scale."""
        patches = self.scene.patches
        stacks = make_stacks([[layer.for_model for layer in patch.layers] for patch in patches])
        with torch.inference_mode():
            return before_electronics(self._model, stacks).clamp_min(0.0)

    @cached_property
    def _scale(self) -> float:
        """Counts of the scene for those of the recorded patches."""
        recorded = self._recorded(self._patch_spectra).double().numpy()
        counted = counted_channels(self.bins.centres, self.scene.instrument)
        in_range = float(self._covered @ recorded[:, counted].sum(axis=1))
        if not in_range > 0.0:
            raise StackError(
                f"no photon of '{self.scene.title}' falls between 1 keV and the tube voltage on "
                "its energy axis; widen the axis, or take thinner filters"
            )
        return self.scene.counts / in_range

    def _recorded(self, spectra: torch.Tensor) -> torch.Tensor:
        """Spectra after the electronics: pixels brighter than the scene's mean pile up more."""
        mean = float(self._covered @ self._patch_spectra.sum(dim=1).double().numpy())
        rate = spectra.sum(dim=1, keepdim=True) / mean
        with torch.inference_mode():
            return record(spectra, self.scene.instrument, self._model.pile_up, rate).clamp_min(0.0)

    def _expected(self, rows: slice) -> NDArray[np.float64]:
        """Expected counts of some rows, (row, x, channel)."""
        area = self.areas(rows)
        share = torch.from_numpy(area.reshape(len(area), -1).T.copy())
        expected = self._recorded(share @ self._patch_spectra).double().numpy() * self._scale
        return np.asarray(expected.reshape(*area.shape[1:], -1))


def counted_channels(energy_kev: NDArray[np.float64], instrument: Instrument) -> NDArray[np.bool_]:
    """The channels that make up a spectrum's counts: 1 keV to the tube voltage, (channel,)."""
    above = energy_kev > COUNTED_FROM_KEV
    return np.asarray(above & (energy_kev < float(instrument.kv)), dtype=np.bool_)
