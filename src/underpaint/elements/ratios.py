"""How line ratios of L families stray from pixel to pixel, and what that does to others.

Paint absorbs an element's soft lines more than its hard ones, the deeper the more: La over Lb of
lead varies by some 5 % over simulated paintings. Held to one ratio, what lead's La has too much of
passes for arsenic, whose Ka has its energy. So each strong L family has one more part, which its
brightest branch gains and the others lose. As its strength is known to be about 6 % of the family's
counts in the pixel, it is not fitted freely but shrunk by what noise allows: the best linear
prediction of a random effect beside fixed ones (Henderson 1975, doi 10.2307/2529430).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.spectrum import EnergyCalibration

from .family import split_family
from .spectrum_fit import SpectrumFit
from .templates import branch_templates

STRAYS = 0.06
"""Standard deviation of the share of a family's brightest branch, over that share. Simulated
paintings have 0.04 to 0.08 for lead and barium, 0.06 to 0.14 for mercury, and their maps are the
same from 0.05 to 0.1; a real painting has 0.01 for lead and 0.02 for mercury, a real scan of gold
0.05."""
LEAST_SHARE = 0.005
"""Of all counts in lines. Fainter families stray by less than their noise, and among the crowded L
lines of cadmium to antimony their changes pass for each other."""


@dataclass(frozen=True, eq=False)
class Ratios:
    """Changes of line ratios, each of one family.

    Attributes
    ----------
    family : (change,) which row of the design's parts it is
    shape : (change, channel) float64, for one count that the family's share strays by
    reader : (change, channel) float64; changes, were they free, are ``reader @ counts``
    taken : (change, part) float64, what the parts read of one of each
    spread : (change, part) float64, variance of each change for one count of a part
    """

    family: NDArray[np.intp]
    shape: NDArray[np.float64]
    reader: NDArray[np.float64]
    taken: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        family: NDArray[np.intp],
        shape: NDArray[np.float64],
        parts: NDArray[np.float64],
        weight: NDArray[np.float64],
        reader: NDArray[np.float64],
    ) -> Ratios:
        """As they are read beside the parts of a design by its reader, all in the channels in
        use."""
        taken = shape @ reader.T
        # what the parts can explain of it is no evidence of it (Frisch and Waugh 1933)
        own = (shape - taken @ parts) * weight
        rows = own / np.maximum(np.sum(own * shape, axis=1), 1e-30)[:, None]
        return cls(family, shape, rows, taken, np.square(rows) @ parts.T)

    def strayed(
        self, read: NDArray[np.floating[Any]], amplitude: NDArray[np.floating[Any]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The changes in some pixels, and their variance.

        Parameters
        ----------
        read : (change, n), by the reader, without sum peaks
        amplitude : (part, n), so too

        Returns
        -------
        (change, n) float32 each
        """
        positive = np.maximum(amplitude, 0.0)
        noise = self.spread.astype(np.float32) @ positive
        usual = np.square(np.float32(STRAYS) * positive[self.family])
        kept = usual / np.maximum(usual + noise, np.float32(1e-30))
        return kept * read, kept * noise


def find_ratios(
    fit: SpectrumFit,
    calibration: EnergyCalibration,
    parts: NDArray[np.float64],
    weight: NDArray[np.float64],
    reader: NDArray[np.float64],
) -> Ratios | None:
    """What may stray in the spectra of a scan; None where no L family is strong.

    The tube's own scattered lines keep the ratios that the tube gives them.

    Parameters
    ----------
    fit : of the sum of the spectra
    calibration : energy axis and resolution
    parts, weight, reader : of the design, in the channels in use; the families of the fit come
        first
    """
    anode = fit.scatter.anode if fit.scatter is not None else ""
    strong = fit.counts > LEAST_SHARE * fit.counts.sum()
    family, shape = [], []
    for index in np.flatnonzero(strong).tolist():
        element, kind = split_family(fit.families[index])
        if kind != "L" or element == anode:
            continue
        branches, shares = branch_templates(
            fit.families[index], calibration, len(fit.model), fit.tube_kv
        )
        if len(shares) < 2:
            continue
        expected = np.array(shares)
        brightest = int(np.argmax(expected))
        others = np.delete(expected, brightest) / (1.0 - expected[brightest])
        change = branches[brightest] - others @ np.delete(branches, brightest, axis=0)
        family.append(index)
        shape.append(expected[brightest] * change)
    if not family:
        return None
    shapes = np.array(shape)[:, fit.first : fit.last]
    return Ratios.of(np.array(family), shapes, parts, weight, reader)
