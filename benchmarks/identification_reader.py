"""Arm: the network of this project, its verdicts included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from identification_conditions import Measured
from underpaint.network import (
    ABSENT,
    PRESENT,
    Predictions,
    ScanReader,
    Weights,
    join_predictions,
    predict,
    read_whole,
    told,
)
from underpaint.paint import Library


@dataclass(frozen=True, eq=False)
class Ours:
    """Weights; told of the palette, and of the scanner as its file states it, or not.

    Each spectrum is read by itself, or in the light of the others of its painting at its dose.
    """

    library: Library
    weights: Weights
    told: bool = True
    as_whole: bool = False

    def scores(self, measured: Measured) -> NDArray[np.float32]:
        """(spectrum, 3, group) float32, probabilities."""
        return np.asarray(self.everything(measured)["scores"])

    def everything(self, measured: Measured) -> dict[str, NDArray[np.generic]]:
        """Scores, verdicts by the rules that came with the weights, and both for families.

        Returns
        -------
        "scores" (spectrum, 3, group), "family" (spectrum, family) float32; "verdicts",
        "family_verdicts" uint8
        """
        pixels = len(measured)
        scanner = told(measured.instrument if self.told else None)
        answers = predict(
            self.weights.reader,
            torch.from_numpy(measured.binned),
            torch.from_numpy(np.tile(measured.measured, (pixels, 1))),
            torch.full((pixels,), float(measured.calibration.fwhm(5.9))),
            torch.from_numpy(np.tile(scanner, (pixels, 1))),
            torch.from_numpy(measured.palette),
            self.library.membership,
        )
        seen = (measured.binned * measured.measured).sum(axis=1)
        rules, whole = self.weights.rules, self.weights.whole
        if self.as_whole and whole is not None:
            rules = whole.rules
            answers = self._by_painting(whole.reader, answers, seen, measured)
        scores = answers.probability[:, :3]
        verdicts = rules.verdicts(scores, seen)
        verdicts[np.repeat(~measured.palette[:, None], 3, axis=1)] = ABSENT
        named = (verdicts[:, 0] == PRESENT) @ self.library.membership.T
        return {
            "scores": scores,
            "verdicts": verdicts,
            "family": answers.family,
            "family_verdicts": rules.family_verdicts(answers.family, seen, named),
        }

    def _by_painting(
        self,
        reader: ScanReader,
        answers: Predictions,
        counts: NDArray[np.float32],
        measured: Measured,
    ) -> Predictions:
        """The answers to each painting at each dose read again in the light of each other."""
        order = np.argsort(measured.painting, kind="stable")
        ends = np.flatnonzero(np.diff(measured.painting[order])) + 1
        again = join_predictions([
            read_whole(
                reader,
                Predictions(**{name: values[own] for name, values in vars(answers).items()}),
                counts[own],
                measured.palette[own[0]],
                self.library.membership,
            )
            for own in np.split(order, ends)
        ])  # fmt: skip
        place = np.argsort(order)
        return Predictions(**{name: values[place] for name, values in vars(again).items()})
