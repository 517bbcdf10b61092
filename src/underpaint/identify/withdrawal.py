"""Names that no line confirms are withdrawn: where they were present, nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from underpaint.network import CANNOT_TELL, PRESENT
from underpaint.result import Verdicts

from .evidence import Support
from .summary import Tally

OF_GROUPS = ("verdict", "verdict_top", "verdict_buried")


@dataclass(frozen=True, eq=False)
class Withdrawal:
    """Which names are withdrawn, and what the pixels amount to without them.

    Attributes
    ----------
    counted : with all names
    groups, families : (group,) and (family,) bool, those that were called and are withdrawn
    membership : (family, group) bool
    unnamed : (family,) pixels where a family is present and none of its groups is, added up as
        verdicts are revised
    """

    counted: Tally
    groups: NDArray[np.bool_]
    families: NDArray[np.bool_]
    membership: NDArray[np.bool_]
    unnamed: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        counted: Tally,
        lines: Sequence[Support],
        family_lines: Sequence[Support],
        membership: NDArray[np.bool_],
    ) -> Withdrawal:
        """What the lines do not confirm."""
        confirmed = np.array([each.confirmed for each in lines], dtype=np.bool_)
        family_confirmed = np.array([each.confirmed for each in family_lines], dtype=np.bool_)
        called = (counted.present > 0) | (counted.top > 0) | (counted.buried > 0)
        return cls(
            counted=counted,
            groups=called & ~confirmed,
            families=(counted.family_present > 0) & ~family_confirmed,
            membership=membership,
            unnamed=np.zeros(len(family_confirmed)),
        )

    @property
    def needed(self) -> bool:
        """Whether anything is withdrawn."""
        return bool(self.groups.any() or self.families.any())

    def revise(self, verdicts: Verdicts) -> dict[str, NDArray[np.uint8]]:
        """The verdict maps of some rows that change, by name; their pixels are added up."""
        changed = {}
        for name in (*OF_GROUPS, "verdict_family"):
            withdrawn = self.groups if name in OF_GROUPS else self.families
            doubted = np.zeros_like(verdicts[name], dtype=np.bool_)
            doubted[withdrawn] = verdicts[name][withdrawn] == PRESENT
            if doubted.any():
                changed[name] = np.where(doubted, np.uint8(CANNOT_TELL), verdicts[name])
        called = changed.get("verdict", verdicts["verdict"]) == PRESENT
        in_family = changed.get("verdict_family", verdicts["verdict_family"]) == PRESENT
        for index, members in enumerate(self.membership):
            if in_family[index].any():
                self.unnamed[index] += (in_family[index] & ~called[members].any(axis=0)).sum()
        return changed

    def tally(self) -> Tally:
        """Pixels and amounts of the names that stand; once all verdicts are revised."""
        if not self.needed:
            return self.counted
        counted, groups, families = self.counted, ~self.groups, ~self.families
        return replace(
            counted,
            present=counted.present * groups,
            top=counted.top * groups,
            buried=counted.buried * groups,
            unsure=counted.unsure + counted.present * ~groups,
            family_present=counted.family_present * families,
            family_unsure=counted.family_unsure + counted.family_present * ~families,
            unnamed=self.unnamed,
            candidates=counted.candidates * families[:, None],
            together=counted.together * groups[:, None],
            amount=counted.amount * groups,
            variance=counted.variance * groups,
        )
