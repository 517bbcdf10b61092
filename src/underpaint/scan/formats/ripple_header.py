"""The text header of a Lispix map (.rpl), as the programs in use write it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import ScanFileError
from .byte_order_mark import without_mark

LARGEST_HEADER = 2**20
MLX = re.compile(r"^\(MLX::(.*)\)$", re.IGNORECASE)
LINE = re.compile(r"^([A-Za-z][\w-]*)\s*[\s:=]\s*(.*)$")
ESSENTIAL = ("width", "height", "depth", "data-type", "record-by")


@dataclass
class RippleHeader:
    """Keys and values of a header; keys in lower case, remembers which were asked for.

    Attributes
    ----------
    path : the header's file
    values : key to value, as stated
    """

    path: Path
    values: dict[str, str]
    _used: set[str] = field(default_factory=set)

    def text(self, *keys: str) -> str | None:
        """Value of the first of some keys that is stated."""
        self._used.update(keys)
        return next((self.values[key] for key in keys if self.values.get(key)), None)

    def number(self, *keys: str) -> float | None:
        """Value of the first of some keys that is stated, with decimal point or comma.

        Raises
        ------
        ScanFileError
            It is no number.
        """
        text = self.text(*keys)
        if text is None:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.wrong(keys[0], text, "a number")
        return value

    def whole(self, key: str, least: int) -> int | None:
        """Value of a key that must be a whole number of at least `least`.

        Raises
        ------
        ScanFileError
            It is stated and is not.
        """
        text = self.text(key)
        if text is None:
            return None
        if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) < least:
            raise self.wrong(key, text, f"a whole number of at least {least}")
        return int(text)

    def choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        """Value of a key that must be one of some words, case ignored.

        Raises
        ------
        ScanFileError
            It is stated and is none of them.
        """
        text = self.text(key)
        if text is None:
            return None
        if text.lower() not in choices:
            raise self.wrong(key, text, "one of " + ", ".join(choices))
        return text.lower()

    def unused(self) -> dict[str, str]:
        """Keys that nothing has asked for, with their values."""
        return {key: value for key, value in self.values.items() if key not in self._used}

    def wrong(self, key: str, text: str, wanted: str) -> ScanFileError:
        """The error for a value that cannot be."""
        return ScanFileError(
            f"{self.path} states {key} as {text[:40]!r}; correct that line to {wanted}."
        )


def read_header(path: Path) -> RippleHeader:
    """Read a header; keys that are unknown are kept.

    Separators may be tabs, blanks, "=" or ":"; INCA's `(MLX::key : value)` is understood; what
    follows ";" or "#" is a comment.

    Raises
    ------
    ScanFileError
        It is no header, an essential key is missing, or one is stated twice and differently.
    """
    if path.stat().st_size > LARGEST_HEADER:
        raise ScanFileError(f"{path} is too large for a Lispix header; give the right .rpl file.")
    values: dict[str, str] = {}
    for raw_line in without_mark(path.read_bytes()).decode("latin-1").splitlines():
        line = re.split("[;#]", raw_line, maxsplit=1)[0].strip()
        if inca := MLX.match(line):
            line = inca[1].strip()
        found = LINE.match(line)
        if found is None:
            continue
        key, value = found[1].lower().replace("_", "-"), found[2].strip(" \t:=")
        if values.setdefault(key, value).lower() != value.lower():
            raise ScanFileError(
                f"{path} states {key} both as {values[key]!r} and as {value!r}; "
                "remove the wrong line."
            )
    if values.get("key", "").lower() == "value":
        del values["key"]
    missing = [key for key in ESSENTIAL if not values.get(key)]
    if len(missing) == len(ESSENTIAL):
        raise ScanFileError(
            f"{path} is no Lispix header, though its name ends in .rpl: it has no lines such as "
            "'width 414'; export the scan again as .rpl and .raw."
        )
    if missing:
        raise ScanFileError(
            f"{path} does not state {' and '.join(missing)}; add a line for each, "
            "such as 'depth 4096', 'data-type unsigned' or 'record-by vector'."
        )
    return RippleHeader(path, values)
