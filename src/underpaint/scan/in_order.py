"""Work that goes to several workers and comes back in the order in which it was sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")

AHEAD = 3

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Called with a description and a number of rows, gives a context whose value is called with the
number of rows just done."""


def in_order(
    executor: Executor | None,
    work: Callable[[Item], Done],
    items: Iterable[Item],
    ahead: int | None = None,
) -> Iterator[Done]:
    """What `work` makes of each item, in order; only a few wait at a time, so memory stays bounded.

    Parameters
    ----------
    executor : where the work is done; here, one after the other, if None
    work : called with each item
    items : taken one by one
    ahead : how many are sent before the first of them is waited for; as the executor has it in an
        attribute of that name, or a few, if None
    """
    if executor is None:
        yield from map(work, items)
        return
    most: int = getattr(executor, "ahead", AHEAD) if ahead is None else ahead
    waiting: deque[Future[Done]] = deque()
    try:
        for item in items:
            waiting.append(executor.submit(work, item))
            if len(waiting) >= most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
