"""What becomes of a run when its folder cannot be written to, as on a full disk."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from underpaint.errors import OutputError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def written_to(folder: Path) -> Iterator[None]:
    """A run's writing to its folder; what was finished stays there and can be gone on with.

    Raises
    ------
    OutputError where the system refuses, as when the disk is full
    """
    try:
        yield
    except OSError as error:
        full = error.errno in NO_ROOM
        todo = "make room there" if full else "put that right"
        raise OutputError(
            f"{folder} cannot be written to ({error.strerror or error}): {todo}, and repeat the "
            "command with --resume, which goes on from here."
        ) from error
