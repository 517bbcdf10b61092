"""Work sent to several workers comes back as it is done, and only a few pieces are under way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from underpaint.scan import as_done


def test_a_slow_item_holds_up_no_other() -> None:
    others_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert others_done.wait(60)
        return item

    found = []
    with ThreadPoolExecutor(2) as executor:
        for item in as_done(executor, work, range(6)):
            found.append(item)
            if len(found) == 5:
                others_done.set()
    assert sorted(found[:5]) == [1, 2, 3, 4, 5] and found[5] == 0


def test_no_more_items_are_taken_than_the_executor_says() -> None:
    taken = []

    def items() -> Iterator[int]:
        for item in range(50):
            taken.append(item)
            yield item

    with ThreadPoolExecutor(2) as executor:
        executor.ahead = 4  # type: ignore[attr-defined]
        for number, _ in enumerate(as_done(executor, abs, items()), start=1):
            assert len(taken) <= number + 3
    assert number == 50


def test_a_fault_is_raised_and_what_waits_is_let_go() -> None:
    def fails(item: int) -> int:
        raise ValueError(f"item {item}")

    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="item"):
        list(as_done(executor, fails, range(9)))
