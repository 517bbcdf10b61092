"""Work sent to several workers comes back in order, and only a few pieces wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from underpaint.scan import in_order


def slowly(item: int) -> int:
    time.sleep(0.002 * (5 - item % 5))
    return item * item


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    with ThreadPoolExecutor(max(workers, 1)) as executor:
        done = list(in_order(executor if workers else None, slowly, range(17)))
    assert done == [item * item for item in range(17)]


def test_items_are_taken_only_as_they_are_needed() -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    with ThreadPoolExecutor(2) as executor:
        for number, _ in enumerate(in_order(executor, slowly, items(), ahead=4), start=1):
            assert len(taken) <= number + 3


def test_a_fault_of_one_item_is_raised_in_its_turn() -> None:
    def fails(item: int) -> int:
        if item == 3:
            raise ValueError("the third")
        return item

    done = []
    with ThreadPoolExecutor(2) as executor, pytest.raises(ValueError, match="third"):
        done.extend(in_order(executor, fails, range(9)))
    assert done == [0, 1, 2]
