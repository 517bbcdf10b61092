"""Peaks wider than lines, where lines could pass for them.

Polycrystals diffract the tube's continuum into such, and a continuum that runs too straight between
lines leaves others.
"""

from __future__ import annotations

from collections.abc import Sequence

from .measured import Measured
from .parts import lay_out
from .spectrum_fit import SpectrumFit, assemble, normal_equations

LEAST_IN_LINES = 0.5
"""Of a family's counts that its lines must have where wider peaks may lie beside them."""
STANDARD_ERRORS = 2.0


def beside_wide_peaks(
    measured: Measured,
    fit: SpectrumFit,
    families: Sequence[str],
    *,
    split: Sequence[str] = (),
    pile_up_pieces: int = 1,
) -> SpectrumFit:
    """A fit again, where beside the lines of some families there may be peaks wider than lines.

    Parameters
    ----------
    measured, split, pile_up_pieces : as for `fit`
    families : those of it
    """
    parts = lay_out(
        measured, fit.families,
        loosened=fit.loosened, split=split, beside_wide=families, pile_up_pieces=pile_up_pieces,
    )  # fmt: skip
    normal = normal_equations(parts, measured, fit.counts)
    return assemble(parts, normal, measured, fit.loosened)


def share_in_lines(
    measured: Measured,
    fit: SpectrumFit,
    families: Sequence[str],
    *,
    split: Sequence[str] = (),
    pile_up_pieces: int = 1,
) -> dict[str, float]:
    """The most, by two standard errors, that lines may have of each family's counts.

    Parameters
    ----------
    As for `beside_wide_peaks`.
    """
    beside = beside_wide_peaks(measured, fit, families, split=split, pile_up_pieces=pile_up_pieces)
    place = [fit.families.index(name) for name in families]
    most = beside.counts[place] + STANDARD_ERRORS * beside.sigma[place]
    return {
        name: float(counts) / max(float(whole), 1e-12)
        for name, counts, whole in zip(families, most, fit.counts[place], strict=True)
    }
