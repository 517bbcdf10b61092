"""What no line confirms is withdrawn, and the pixels are counted as if it had not been named."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from underpaint.identify.evidence import Support
from underpaint.identify.summary import Tally, tally
from underpaint.identify.withdrawal import Withdrawal
from underpaint.network import CANNOT_TELL, PRESENT
from underpaint.result import RowBlock

GROUPS, FAMILIES, ROWS, COLUMNS = 5, 3, 4, 6
MEMBERSHIP = np.array([[1, 1, 0, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 1]], dtype=np.bool_)


def block_of(rng: np.random.Generator) -> RowBlock:
    def verdicts(depth: int) -> NDArray[np.uint8]:
        return rng.integers(0, 3, (depth, ROWS, COLUMNS)).astype(np.uint8)

    def values(depth: int) -> NDArray[np.float32]:
        return rng.random((depth, ROWS, COLUMNS), dtype=np.float32)

    return RowBlock(
        0, *(values(GROUPS) for _ in range(4)), *(verdicts(GROUPS) for _ in range(3)),
        values(GROUPS), values(GROUPS), values(FAMILIES), verdicts(FAMILIES), values(1),
        rng.random((ROWS, COLUMNS, 2), dtype=np.float32),
    )  # fmt: skip


def lines(confirmed: list[bool]) -> tuple[Support, ...]:
    return tuple(Support(each, (), ()) for each in confirmed)


@pytest.mark.parametrize("families", [[True, True, True], [True, False, True]])
@pytest.mark.parametrize("groups", [[True] * 5, [True, False, True, False, True], [False] * 5])
def test_the_tally_is_that_of_the_revised_verdicts(
    rng: np.random.Generator, groups: list[bool], families: list[bool]
) -> None:
    block = block_of(rng)
    withdrawal = Withdrawal.of(
        tally([block], MEMBERSHIP), lines(groups), lines(families), MEMBERSHIP
    )
    arrays = dict(block.arrays)
    if withdrawal.needed:
        arrays |= withdrawal.revise({n: a for n, a in arrays.items() if n.startswith("verdict")})
    found, wanted = withdrawal.tally(), tally([RowBlock(0, **arrays)], MEMBERSHIP)
    for each in fields(Tally):
        np.testing.assert_allclose(getattr(found, each.name), getattr(wanted, each.name), rtol=1e-6)
    for name, confirmed in (("verdict", groups), ("verdict_top", groups),
                            ("verdict_buried", groups), ("verdict_family", families)):  # fmt: skip
        doubted = (getattr(block, name) == PRESENT) & ~np.array(confirmed)[:, None, None]
        assert (arrays[name][doubted] == CANNOT_TELL).all()
        np.testing.assert_array_equal(arrays[name][~doubted], getattr(block, name)[~doubted])
