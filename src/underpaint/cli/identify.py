"""`underpaint identify`: pigment maps from scans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import OutputError, UnderpaintError
from .changing import (
    Bin,
    BinChannels,
    Crop,
    Detector,
    MendRows,
    Mirror,
    MoveOddRows,
    Rotate,
    asked_for,
    changed_as_asked,
)
from .stating import Calibration, PixelSize, Title, stated_axis, stated_by

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ..paint import Palette
    from ..result import Result
    from ..scan import Changes, Progress, Stated
    from ..spectrum import StatedAxis
    from ..xray import Instrument

SOME_FAILED = 4


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of every scan: options of the command, read and checked.

    `calibration` is that of channels as `changes` leave them.
    """

    palette: Palette
    changes: Changes
    stated: Stated
    calibration: StatedAxis | None = None
    instrument: Instrument | None = None
    weights: str | None = None
    adapt: bool = False
    overwrite: bool = False
    resume: bool = False
    detector: int | None = None
    scheduler: str | None = None
    debug: bool = False


def identify(
    context: typer.Context,
    scans: Annotated[list[Path], typer.Argument(metavar="SCAN...", help="The scans to read.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.")],
    palette: Annotated[
        str | None,
        typer.Option(help="Pigments held possible: names joined by commas, or a TOML file."),
    ] = None,
    made: Annotated[
        str | None, typer.Option(help="When the object was painted, as 1890-1905.")
    ] = None,
    instrument: Annotated[
        str | None,
        typer.Option(
            help="The scanner, by name or as a TOML file: states the tube where the scan does not."
        ),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Weights by name, or a file; those shipped if not given.")
    ] = None,
    adapt: Annotated[
        bool,
        typer.Option(
            "--adapt", help="Read each pixel in the light of the whole scan, not by itself alone."
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option(help="Replace a result that is there.")] = False,
    resume: Annotated[bool, typer.Option(help="Go on with an interrupted run.")] = False,
    calibration: Calibration = None,
    pixel_size: PixelSize = None,
    title: Title = "",
    detector: Detector = None,
    mend_rows: MendRows = False,
    move_odd_rows: MoveOddRows = 0,
    crop: Crop = "",
    bin_pixels: Bin = 1,
    bin_channels: BinChannels = 1,
    mirror: Mirror = "",
    rotate: Rotate = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on the Dask cluster whose scheduler is there."),
    ] = None,
) -> None:
    """Name the pigments in every pixel of a scan: which, where, how sure, by which lines.

    One SCAN: its result lies in the output folder. Several: one folder a scan in there, and
    summary.csv.
    """
    from .cores import one_core_a_call

    one_core_a_call()
    if title and len(scans) > 1:
        raise typer.BadParameter("several scans have no title in common.", param_hint="--title")
    stated = stated_by(pixel_size, title)
    from ..paint import load_library, parse_palette

    library = load_library()
    chosen = parse_palette(palette, library, made)
    if chosen.dropped:
        typer.echo(f"Not in use in {made}, so left out: {', '.join(chosen.dropped)}", err=True)
    # as a file has it, so that what `calibrate` found holds for bins of its channels as well
    axis = stated_axis(calibration, bin_channels)
    scanner = None
    if instrument is not None:
        # seldom asked for, and slow to come in
        from ..xray import find_instrument

        scanner = find_instrument(instrument)
    changes = asked_for(mend_rows, move_odd_rows, crop, bin_pixels, bin_channels, mirror, rotate)
    debug = bool(context.find_root().params.get("debug"))
    request = Request(
        chosen, changes, stated, axis, scanner, weights, adapt, overwrite, resume, detector,
        scheduler, debug,
    )  # fmt: skip
    if len(scans) == 1:
        result = identify_one(scans[0], output, request)
        typer.echo(describe(result))
        typer.echo(f"Report: {output / 'report.html'}")
    else:
        _identify_many(scans, output, request)


def identify_one(path: Path, output: Path, request: Request) -> Result:
    """Identify the pigments of one scan and write its result."""
    from .cluster import executor_at
    from .progress import progress_bar

    with executor_at(request.scheduler) as executor:
        return identify_with(executor, path, output, request, progress_bar)


def identify_with(
    executor: Executor, path: Path, output: Path, request: Request, progress: Progress
) -> Result:
    """The same, with blocks worked on by an executor of `executor_at`."""
    from ..paint import load_library
    from ..result import require_free, require_startable
    from ..scan import open_scan, with_stated
    from .cluster import cluster_named, open_by_path
    from .cores import keep_memory

    keep_memory()
    if not request.resume:
        require_free(output, overwrite=request.overwrite)
    require_startable(output, resume=request.resume, overwrite=request.overwrite)
    opened = open_scan(path, request.detector)
    scan = changed_as_asked(with_stated(opened, request.stated), request.changes, output.parent)
    # what takes seconds to come in comes only once it is clear that there is work for it
    import torch

    from ..identify import Job
    from ..identify import identify as run
    from ..network import find_weights, load_weights

    library = load_library()
    network = load_weights(find_weights(request.weights), library)
    job = Job(
        output, request.overwrite, request.resume, request.calibration, request.instrument,
        request.adapt,
    )  # fmt: skip
    # the blocks run side by side: more threads in each would only get in each other's way
    torch.set_num_threads(1)
    open_by_path(executor, opened, path, request.detector)
    with cluster_named(request.scheduler):
        result = run(scan, library, network, request.palette, job, progress, executor)
    for remark in result.provenance.get("amiss", ()):
        typer.echo(f"{path.name}: {remark}", err=True)
    return result


def _identify_many(scans: list[Path], output: Path, request: Request) -> None:
    from .several import identify_several, write_summary

    scan_of: dict[str, Path] = {}
    for path in scans:
        other = scan_of.setdefault(_name_of(path), path)
        if other is not path:
            raise OutputError(
                f"{other} and {path} would both be written to {output / _name_of(path)}; rename "
                "one, or identify them apart."
            )
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output} cannot be made: {error.strerror}") from error
    outcomes = identify_several(scan_of, output, request)
    write_summary(outcomes, output / "summary.csv")
    faults = [outcome.fault for outcome in outcomes if outcome.fault is not None]
    if len(faults) == len(scans):
        wrong_use = all(isinstance(fault, OutputError) for fault in faults)
        kind = OutputError if wrong_use else UnderpaintError
        raise kind("None of the scans could be identified.")
    if faults:
        raise typer.Exit(SOME_FAILED)


def _name_of(scan: Path) -> str:
    """What a scan's folder is called, when it is one of several: a folder may have dots."""
    if scan.is_dir():
        return scan.name or scan.resolve().name
    file, _, inside = str(scan).partition("::")
    name = Path(file).stem
    return f"{name}-{inside.strip('/').replace('/', '-')}" if inside else name


def describe(result: Result) -> str:
    """Groups found, a line each, families not told apart, and what chance may explain."""
    from ..result import answer_of
    from ..show import FEW_PIXELS, any_pigment, percent

    answer = answer_of(result)
    lines = []
    for i in answer.found:
        row = result.summary[i]
        lines.append(
            f"{result.groups[i].label}: present in {percent(row.share_present)} of the pixels "
            f"(top {percent(row.share_top)}, buried {percent(row.share_buried)})"
        )
    for i in answer.families:
        family = result.family_summary[i]
        lines.append(
            f"{any_pigment(family.name)}: present in {percent(family.share_present)} of the "
            f"pixels, in {percent(family.share_unnamed)} without telling which"
        )
    if answer.few:
        few = (f"{result.groups[i].label} ({percent(result.summary[i].share_present)})"
               for i in answer.few)  # fmt: skip
        lines.append(f"{FEW_PIXELS}: {'; '.join(few)}")
    return "\n".join(lines or ["No pigment is present beyond doubt."])
