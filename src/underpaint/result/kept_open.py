"""A result on disk whose file stays open while many of its maps are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from .result import Result
from .stored import StoredArray


@contextmanager
def kept_open(result: Result) -> Iterator[Result]:
    """The same result; opening its file again for each map would take longer than reading them."""
    import h5py

    arrays = {name: getattr(result, name) for name in result.frame.arrays}
    stored = {name: array for name, array in arrays.items() if isinstance(array, StoredArray)}
    files: dict[Any, Any] = {}
    with ExitStack() as stack:
        for array in stored.values():
            if array.path not in files and array.path.exists():
                files[array.path] = stack.enter_context(h5py.File(array.path, "r"))
        opened: dict[str, Any] = {
            name: replace(array, opened=files[array.path].get(array.name))
            for name, array in stored.items()
            if array.path in files
        }
        yield replace(result, **opened)
