"""The limit of detectability: how far a pigment's spectrum is from the best rival without it.

    D = sqrt(2 min over r of sum[t ln(t / r) - t + r]),

with t the expected counts of a stratigraphy and r those of any stratigraphy of the palette that
lacks the group where it is asked for (Cowan et al. 2011, doi 10.1140/epjc/s10052-011-1554-0, eq. 29
and section 3: the median significance from the data set that equals its expectation). Masses of
pigments, binders, varnish and support are free in every layer, and so is within the library's
bounds the composition of the stratigraphy's own pigments; so are scale, energy axis, resolution
and a smooth continuum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from underpaint.errors import StackError
from underpaint.xray import Instrument

from .layers import Stratigraphy
from .library import Library
from .palette import Palette
from .rival_materials import require_palette, rival_slots
from .rival_pair import Pair, best_pair
from .rival_search import WORKING_COUNTS, Rival, RivalSearch, significance
from .rival_space import POSITIONS, held_by, space_of
from .rival_spectra import RivalSpectra
from .rival_starts import Starts, best_rival, question_of
from .rival_strengths import Blur, StrengthErrors, Strengths

USUAL_POSITIONS = ("anywhere", "top", "buried")
FAMILY = "family"


@dataclass(frozen=True, eq=False)
class SideBySide:
    """How well something can be seen where a pixel need not be the same all over.

    Attributes
    ----------
    D : expected significance, in standard deviations, against two rivals side by side
    rivals : the two, without the group there, that are together hardest to tell from the truth
    share : of the pixel's area that the second has; 0 where the first alone is as hard to tell
    blur : as for `Detectability`
    """

    D: float
    rivals: tuple[Stratigraphy, Stratigraphy]
    share: float
    blur: Blur | None = None


@dataclass(frozen=True, eq=False)
class Detectability:
    """How well one group in one position of one stratigraphy can be seen.

    Attributes
    ----------
    group : name; of a family where `position` says so
    position : "anywhere", "top", "buried" (in any paint layer below the top), "ground", or
        "family": any group of the family, anywhere
    counts : of the spectrum, from 1 keV to the tube voltage
    D : expected significance, in standard deviations, against `rival`
    rival : the stratigraphy without the group there that is hardest to tell from the true one
    substitutes : groups that the rival needs and the stratigraphy has nowhere, most needed first
    impurities : elements that the rival needs as impurities of its pigments, most needed first
    edges_kev : (bin + 1,) keV
    expected, rival_expected : (bin,) float64, counts; the rival's with the best scale, energy
        axis, resolution and smooth continuum
    side_by_side : the same where rivals may be two stratigraphies that share the pixel
    blur : what is left of D where strengths of lines and scatter may err, which D takes for known;
        None where that was not asked for
    """

    group: str
    position: str
    counts: float
    D: float
    rival: Stratigraphy
    substitutes: tuple[str, ...]
    impurities: tuple[str, ...]
    edges_kev: NDArray[np.float64]
    expected: NDArray[np.float64]
    rival_expected: NDArray[np.float64]
    side_by_side: SideBySide
    blur: Blur | None = None

    def at(self, counts: float) -> Detectability:
        """The same with other counts: D goes with their square root."""
        factor = counts / self.counts
        root = float(np.sqrt(factor))
        return replace(
            self,
            counts=counts,
            D=self.D * root,
            side_by_side=replace(self.side_by_side, D=self.side_by_side.D * root),
            expected=self.expected * factor,
            rival_expected=self.rival_expected * factor,
        )

    def counts_for(self, wanted: float = 5.0) -> float:
        """Counts at which D would be as wanted; infinite where nothing tells the two apart."""
        return self.counts * (wanted / self.D) ** 2 if self.D > 0.0 else float("inf")


def ideal_recall(D: ArrayLike, false_positive_rate: float = 0.01) -> NDArray[np.float64]:
    """Share of the cases that a test at a given false-positive rate can find: Phi(D - z).

    Parameters
    ----------
    D : any shape
    false_positive_rate : 0 to 1; z is its one-sided normal quantile, 2.326 for 1 %

    Returns
    -------
    float64, 0 to 1, of the shape of D

    Raises
    ------
    ValueError : for a rate of 0 or less, or 1 or more
    """
    if not 0.0 < false_positive_rate < 1.0:
        raise ValueError(f"a false-positive rate of {false_positive_rate} is outside 0 to 1")
    return np.asarray(ndtr(np.asarray(D, dtype=np.float64) + ndtri(false_positive_rate)))


def detectability(
    stratigraphies: Sequence[Stratigraphy],
    instrument: Instrument,
    library: Library,
    palette: Palette | None = None,
    counts: float = 30_000.0,
    positions: Sequence[str] = USUAL_POSITIONS,
    progress: Callable[[int], None] | None = None,
    strengths: Strengths | None = None,
) -> list[list[Detectability]]:
    """D of every group that stratigraphies hold, in every position where they hold it.

    And of the families that they belong to: where nothing tells azurite from malachite, a rival
    may have the other; a rival of the family has no copper pigment at all. A family is left out of
    which the palette has one group only.

    Parameters
    ----------
    stratigraphies : layers from the top down; pigments count with their typical compositions
    instrument : the scanner
    library : of pigments
    palette : pigments that rivals may be made of; the whole library if not given. What a
        stratigraphy holds itself is always allowed
    counts : of each spectrum, from 1 keV to the tube voltage; see `Detectability.at` for others
    positions : of "anywhere", "top", "buried", "ground", "family"
    progress : called with 1 after each stratigraphy
    strengths : how well strengths of lines and scatter are known, for `Detectability.blur`

    Returns
    -------
    For each stratigraphy a list, groups in alphabetical order, positions as asked; then families

    Raises
    ------
    StackError : for a stratigraphy without any layer
    LibraryError : for an unknown pigment
    """
    names = tuple(library.pigments) if palette is None else palette.pigments
    require_palette(names, library)
    visible = frozenset(group.name for group in library.groups)
    for layers in stratigraphies:
        if not any(layer.mass_thickness > 0.0 for layer in layers):
            raise StackError("a stratigraphy needs a layer with some thickness")
    all_slots = [rival_slots(layers, library, names) for layers in stratigraphies]
    elements = held_by(slot for slots in all_slots for slot in slots)
    spectra = RivalSpectra(instrument, elements)
    found = []
    for slots in all_slots:
        search = RivalSearch(space_of(slots, visible, elements), spectra)
        members = {
            name: [group.name for group in library.groups if name in group.families]
            for name in (library.families if FAMILY in positions else ())
        }
        errors = None if strengths is None else StrengthErrors(search, strengths)
        found.append(_of_one(search, positions, members, counts, errors))
        if progress is not None:
            progress(1)
    return found


def _of_one(
    search: RivalSearch,
    positions: Sequence[str],
    families: Mapping[str, Sequence[str]],
    counts: float,
    errors: StrengthErrors | None,
) -> list[Detectability]:
    space = search.space
    places = sorted(set(positions) - {FAMILY}, key=POSITIONS.index)
    asked: dict[tuple[str, str], Sequence[str]] = {
        (group, position): [group]
        for group in space.present()
        for position in places
        if space.holds(group, position)
    }
    possible = set(space.groups[space.visible].tolist())
    for name, members in families.items():
        if len(possible & set(members)) > 1 and set(space.present()) & set(members):
            asked[name, FAMILY] = members
    if not asked:
        return []
    starts = Starts(search)
    factor = counts / WORKING_COUNTS
    found: dict[tuple[str, str], Detectability] = {}
    without: dict[str, tuple[Rival, Pair]] = {}
    for (group, position), members in asked.items():
        known = [without[group]] if group in without and position != FAMILY else []
        question = question_of(space, members, "anywhere" if position == FAMILY else position)
        rival = best_rival(search, starts, question, [alone for alone, _ in known])
        pair = best_pair(search, starts, question, rival, [both for _, both in known])
        if position == "anywhere":
            without[group] = rival, pair
        found[group, position] = Detectability(
            group=group,
            position=position,
            counts=counts,
            D=significance(rival.deviance * factor),
            rival=space.layers(rival.columns),
            substitutes=search.substitutes(rival),
            impurities=search.impurities(rival),
            edges_kev=search.spectra.bins.edges,
            expected=search.truth * factor,
            rival_expected=rival.expected * factor,
            side_by_side=SideBySide(
                D=significance(pair.deviance * factor),
                rivals=(space.layers(pair.one), space.layers(pair.other)),
                share=pair.share,
                blur=None if errors is None else errors.of_pair(pair),
            ),
            blur=None if errors is None else errors.of_rival(rival),
        )
    groups = dict.fromkeys(group for group, _ in asked)
    rows = [(group, p) for group in groups for p in positions if p != FAMILY]
    rows += [(name, FAMILY) for name in families]
    return [found[key] for key in rows if key in found]
