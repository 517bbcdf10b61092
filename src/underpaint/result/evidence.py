"""What a result says of a group beside its maps: how much, why, and what else it may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """One group of pigments that the network can name.

    Attributes
    ----------
    name : the group's key, as "mercury-sulfide"
    label : what a reader sees, as "Vermilion"
    colour : of the dry pigment, as "#c8102e"
    members : the library's pigments in the group
    families : the families it belongs to
    key_lines : element and line family that give it away, as "Hg-L"
    advice : the method that would settle what XRF cannot
    """

    name: str
    label: str
    colour: str
    members: tuple[str, ...]
    families: tuple[str, ...]
    key_lines: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class LineEvidence:
    """A line that speaks for a group in the summed spectrum of its called pixels.

    Attributes
    ----------
    line : element and line, as "Hg La1"
    energy_kev : keV
    counts : net counts, overlaps and pile-up subtracted
    sigma : significance of those counts, less what choosing the pixels by their noise can feign
    """

    line: str
    energy_kev: float
    counts: float
    sigma: float


class OnWholeScan:
    """What is said of the whole scan by the shares and the lines of a group or family."""

    __slots__ = ()

    share_present: float
    share_cannot_tell: float
    confirmed: bool

    @property
    def share_absent(self) -> float:
        """Share of the pixels in which it is excluded, to the depth that can be seen."""
        return max(1.0 - self.share_present - self.share_cannot_tell, 0.0)

    @property
    def is_present(self) -> bool:
        """Called present somewhere, and its key lines confirm it."""
        return self.confirmed and self.share_present > 0.0

    @property
    def is_open(self) -> bool:
        """Not present, but somewhere it cannot be excluded either."""
        return not self.is_present and self.share_present + self.share_cannot_tell > 0.0


@dataclass(frozen=True, slots=True)
class GroupSummary(OnWholeScan):
    """One group over the whole scan.

    Attributes
    ----------
    name : the group's key
    share_present, share_top, share_buried, share_cannot_tell : share of the pixels, 0 to 1
    amount : mean over the pixels called present, mg/cm2; None where there are none
    amount_sigma : what the amount in one such pixel is uncertain by, root mean square, mg/cm2; not
        the uncertainty of the mean
    lines : what supports it, strongest first
    confirmed : every key line stands out by enough in the summed spectrum of the called pixels
    rivals : what it could be confused with, each with its reason
    advice : the method that would settle it here
    """

    name: str
    share_present: float
    share_top: float
    share_buried: float
    share_cannot_tell: float
    amount: float | None
    amount_sigma: float | None
    lines: tuple[LineEvidence, ...]
    confirmed: bool
    rivals: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class FamilySummary(OnWholeScan):
    """One family over the whole scan: all that can be said where its groups look alike.

    Attributes
    ----------
    name : its key element in words, as "copper"
    share_present, share_cannot_tell : share of the pixels, 0 to 1
    share_unnamed : share of the pixels where it is present and none of its groups is
    lines : what supports it, strongest first
    confirmed : as for a group
    candidates : the groups that it may be there, likeliest first, each with its probability
    """

    name: str
    share_present: float
    share_cannot_tell: float
    share_unnamed: float
    lines: tuple[LineEvidence, ...]
    confirmed: bool
    candidates: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Peak:
    """A peak that nothing in the library explains.

    Attributes
    ----------
    energy_kev : keV
    significance : sigma above what is explained
    where : the spectrum it stands in, in words
    lines_there : lines of elements that it could be, as "Hf La1"
    wide : whether it is wider than a line
    """

    energy_kev: float
    significance: float
    where: str
    lines_there: tuple[str, ...] = ()
    wide: bool = False
