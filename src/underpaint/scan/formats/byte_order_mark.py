"""Text that an editor has saved with a byte order mark, given as all other text is."""

from __future__ import annotations

import codecs

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def without_mark(content: bytes) -> bytes:
    """The content as Latin-1 where a mark says that it is UTF-8 or UTF-16, else as it is."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            text = content[len(mark) :].decode(encoding, "replace")
            return text.encode("latin-1", "replace")
    return content
