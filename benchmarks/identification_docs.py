"""Put the tables that `identification.py report` printed into a document, under the same headings.

    python benchmarks/identification.py report ... > REPORT.md
    python benchmarks/identification_docs.py REPORT.md docs/identification.md
    python benchmarks/identification_docs.py REPORT.md docs/identification-tables.md

A heading stands for the tables between it and the next heading, in their order; text between them
stays as it is. A heading of the document that the report lacks is left alone and named.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def sections(text: str) -> list[list[str]]:
    """Lines from each heading to the next; the first has none where the text begins without."""
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("#"):
            parts.append([])
        parts[-1].append(line)
    return parts


def tables(lines: list[str]) -> list[tuple[int, int]]:
    """First line and line after the last of each table."""
    spans: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if not line.startswith("|"):
            continue
        if spans and spans[-1][1] == number:
            spans[-1] = (spans[-1][0], number + 1)
        else:
            spans.append((number, number + 1))
    return spans


def with_tables(document: str, report: str) -> tuple[str, list[str]]:
    """The document with the report's tables, and headings whose tables could not be matched."""
    printed = {part[0].strip("# "): part for part in sections(report) if part}
    unmatched, written = [], []
    for part in sections(document):
        old = tables(part)
        source = printed.get(part[0].strip("# "), []) if part else []
        new = tables(source)
        if old and len(old) == len(new):
            for (first, last), (begin, end) in reversed(list(zip(old, new, strict=True))):
                part[first:last] = source[begin:end]
        elif old:
            unmatched.append(part[0])
        written += part
    return "\n".join(written) + "\n", unmatched


def main() -> None:
    """Rewrite the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("report", type=Path)
    parser.add_argument("document", type=Path)
    options = parser.parse_args()
    text, unmatched = with_tables(
        options.document.read_text(encoding="utf-8"), options.report.read_text(encoding="utf-8")
    )
    options.document.write_text(text, encoding="utf-8")
    for heading in unmatched:
        print(f"left alone: {heading}", file=sys.stderr)


if __name__ == "__main__":
    main()
