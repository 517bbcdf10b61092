"""A file that appears whole, under its name, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError


def require_new(target: Path) -> None:
    """Raise OutputError where the file exists already, or its folder does not."""
    if target.exists():
        raise OutputError(f"{target} exists already; choose another name, or delete it first.")
    if not target.parent.is_dir():
        raise OutputError(f"{target.parent} is no folder; create it, or write somewhere else.")


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A file beside the target to write to; it takes the target's name when all went well.

    Yields
    ------
    the path to write to, an empty file with the target's suffix

    Raises
    ------
    OutputError : the target exists already, or cannot be written to its end
    """
    require_new(target)
    try:
        handle, name = tempfile.mkstemp(
            target.suffix, f".{target.stem}.partial.", dir=target.parent
        )
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror}); write somewhere else."
        ) from error
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        require_new(target)
        partial.chmod(0o666 & ~_umask())
        partial.rename(target)
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"{target} cannot be written to its end ({error}); free some space, or write "
            "somewhere else."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
