"""Work that goes to several workers and comes back as each is done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from typing import TypeVar

from .in_order import AHEAD

Item = TypeVar("Item")
Done = TypeVar("Done")


def as_done(
    executor: Executor, work: Callable[[Item], Done], items: Iterable[Item]
) -> Iterator[Done]:
    """What `work` makes of each item, whichever comes first; memory stays bounded.

    One that is slow, as where a worker died over it, holds up no other.

    Parameters
    ----------
    executor : where the work is done; how many items are under way it has in an attribute `ahead`,
        or they are a few
    work : called with each item
    items : taken one by one
    """
    most: int = getattr(executor, "ahead", AHEAD)
    rest = iter(items)
    under_way: set[Future[Done]] = set()
    try:
        while True:
            more = islice(rest, most - len(under_way))
            under_way.update(executor.submit(work, item) for item in more)
            if not under_way:
                return
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            while done:
                yield done.pop().result()
    finally:
        for future in under_way:
            future.cancel()
