"""The report: one HTML file with everything in it."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from underpaint.errors import OutputError
from underpaint.result import Result, answer_of

from .family_story import tell_family
from .figures import percent
from .names import line_name
from .png import data_uri
from .scaling import readable, scale_bar
from .scan_words import (
    FEW_PIXELS,
    answer_words,
    calibration_rows,
    calibration_words,
    chance_words,
    fact_rows,
    promise_words,
    rival_words,
    size_words,
    weights_words,
)
from .spectrum_figure import spectrum_figure
from .story import Story, tell_story, why_open
from .tile import Tile, TileMaker, legend_of

IMAGE_BYTES = 2_600_000
TALLEST, WIDEST = 0.25, 8.0
"""Width over height of maps on the page."""


def write_report(result: Result, path: Path | str) -> None:
    """Write a result as one HTML page that opens offline, all images inside.

    Raises
    ------
    OutputError where the file cannot be written.
    """
    path = Path(path)
    page = render_report(result)
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def render_report(result: Result) -> str:
    """The page as a string."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("underpaint", "show/page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "line_name": line_name, "readable": readable}
    return environment.get_template("report.html").render(_page(result))


def _page(result: Result) -> dict[str, Any]:
    indices = range(len(result.groups))
    answer = answer_of(result)
    present = (*answer.found, *answer.few)
    undecided = [i for i in indices if result.summary[i].is_open]
    undecided.sort(key=lambda i: -result.summary[i].share_cannot_tell)
    neither = [i for i in indices if i not in (*present, *undecided)]
    stories = {i: tell_story(result, i, answer.found) for i in present}
    families = [tell_family(result, i) for i in answer.families]
    keys = {i: _key_elements(result, i) for i in present}
    tiles = sum(7 + len(keys[i]) for i in present) + len(result.elements) + len(families)
    maker = TileMaker(result, tiles, IMAGE_BYTES)
    layers = {i: maker.layers(i) for i in present}
    height, width = result.shape
    size = result.pixel_size_mm or (1.0, 1.0)
    bar = scale_bar(width, result.pixel_size_mm)
    return {
        **_heading(result),
        "answer": answer_words(result, answer, len(undecided)),
        "families": [(story, maker.family(story.index, story.unnamed)) for story in families],
        "promise": [words for words in (promise_words(result), rival_words(result)) if words],
        "found": [(stories[i], layers[i]) for i in answer.found],
        "few": [(stories[i], layers[i]) for i in answer.few],
        "few_heading": FEW_PIXELS,
        "few_words": chance_words(result),
        "sections": [(stories[i], _group_tiles(maker, stories[i], keys[i])) for i in present],
        "undecided": [(tell_story(result, i), why_open(result, i)) for i in undecided],
        "absent": [result.groups[i].label for i in neither if result.looked_for[i]],
        "ruled_out": [result.groups[i].label for i in neither if not result.looked_for[i]],
        "layer_legend": legend_of(layers.values()),
        "facts": fact_rows(result),
        "calibration": calibration_words(result),
        "calibration_rows": calibration_rows(result),
        "notes": result.notes,
        "spectrum": _spectrum_uri(result),
        "unexplained": result.unexplained,
        "elements": [maker.element(name) for name in result.elements],
        "aspect": f"{shown_aspect(width * size[0], height * size[1]):.6g}",
        "bar": {"label": bar.label, "share": f"{100 * bar.pixels / width:.3f}%"},
        "reduced": _map_words(maker, width * size[0] / (height * size[1])),
        "provenance": json.dumps(result.provenance, indent=2, ensure_ascii=False),
    }


def _heading(result: Result) -> dict[str, Any]:
    provenance = result.provenance
    versions = provenance.get("versions") or {}
    source = (provenance.get("input") or {}).get("file") or ""
    rows = {
        "File": source,
        "Size": size_words(result),
        "Identified": _date(provenance.get("created")),
        "With": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "Weights": weights_words(provenance),
        "Read": "each pixel in the light of the whole scan" if result.frame.as_whole else "",
    }
    title = provenance.get("title") or source or "XRF scan"
    return {"title": title, "heading": [(name, value) for name, value in rows.items() if value]}


def _key_elements(result: Result, index: int) -> tuple[str, ...]:
    """Those of the group's key lines that have a map; any of "Cd-K|Cd-L" will do for the group."""
    lines = (name for key in result.groups[index].key_lines for name in key.split("|"))
    return tuple(name for name in lines if name in result.element_index)


def _group_tiles(maker: TileMaker, story: Story, elements: tuple[str, ...]) -> list[Tile]:
    return [
        maker.probability("probability", story.index, "Probability, anywhere"),
        maker.probability("top", story.index, "Probability, top layer"),
        maker.probability("buried", story.index, "Probability, under other paint"),
        *(
            [maker.probability("single_probability", story.index, "Each pixel by itself, anywhere")]
            if maker.as_whole
            else []
        ),
        maker.layers(story.index),
        maker.amount(story.index),
        *(maker.element(name) for name in elements),
    ]


def shown_aspect(width: float, height: float) -> float:
    """Width over height of a map on the page: a scan of one line is drawn wider than it is."""
    return min(max(width / height, TALLEST), WIDEST)


def _map_words(maker: TileMaker, aspect: float) -> str:
    words = []
    if maker.step > 1:
        height, width = maker.shown_shape
        words.append(
            f"Maps are shown reduced to {width:,} × {height:,} pixels; "
            "the files in the maps folder hold every pixel."
        )
    if not TALLEST <= aspect <= WIDEST:
        words.append("The scan is so narrow that maps are stretched across to be seen.")
    return " ".join(words)


def _spectrum_uri(result: Result) -> str:
    buffer = io.BytesIO()
    spectrum_figure(result).savefig(buffer, format="svg", metadata={"Date": None})
    return data_uri(buffer.getvalue(), "image/svg+xml")


def _date(created: str | None) -> str:
    if not created:
        return ""
    try:
        return f"{datetime.fromisoformat(created):%-d %B %Y}"
    except ValueError:
        return created
