"""How the parts of one spectrum overlap, each pair reckoned once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PartSet:
    """Parts that are always taken together, as the branches of a family.

    Attributes
    ----------
    name : what they are; of one spectrum, those of the same name are the same
    shapes : (part, channel) float64
    """

    name: Hashable
    shapes: NDArray[np.float64]


class Products:
    """Weighted products of parts with one another and with a spectrum.

    A spectrum is taken apart again and again, each time into other parts, most of which are those
    of the time before: of them nothing is to be reckoned again.

    Parameters
    ----------
    spectrum : (channel,) float64, counts
    variance : (channel,) float64, of these
    window : channels that count
    """

    def __init__(
        self, spectrum: NDArray[np.float64], variance: NDArray[np.float64], window: slice
    ) -> None:
        self._window = window
        self._root = 1.0 / np.sqrt(variance[window])
        self._target = spectrum[window] * self._root
        self._places: dict[Hashable, NDArray[np.intp]] = {}
        self._parts = np.zeros((0, len(self._root)))
        self._gram = np.zeros((0, 0))
        self._projected = np.zeros(0)

    def of(self, sets: Sequence[PartSet]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Products of the parts of some sets, in their order.

        Returns
        -------
        (part, part) of each with each, and (part,) of each with the spectrum, float64
        """
        self._add([each for each in sets if each.name not in self._places])
        index = np.concatenate([self._places[each.name] for each in sets])
        return self._gram[np.ix_(index, index)], self._projected[index]

    def _add(self, sets: Sequence[PartSet]) -> None:
        if not sets:
            return
        known = end = len(self._parts)
        for each in sets:
            self._places[each.name] = np.arange(end, end + len(each.shapes))
            end += len(each.shapes)
        new = np.concatenate([each.shapes[:, self._window] for each in sets]) * self._root
        self._parts = np.concatenate([self._parts, new])
        beside = self._parts @ new.T
        gram = np.empty((len(self._parts), len(self._parts)))
        gram[:known, :known] = self._gram
        gram[:, known:] = beside
        gram[known:, :known] = beside[:known].T
        self._gram = gram
        self._projected = np.concatenate([self._projected, new @ self._target])
