"""From a scan to a result folder: sums, plan, blocks, evidence, summary, exports."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint import __version__
from underpaint.errors import OutputError, ScanFileError
from underpaint.network import MISSED, SEEN_SHARE, WRONG_NAMES, Weights
from underpaint.paint import Library, Palette, doubles_made_with
from underpaint.result import (
    Findings,
    GroupInfo,
    PackedBlock,
    Peak,
    Result,
    ResultFrame,
    ResultWriter,
    pack_block,
    written_to,
)
from underpaint.scan import (
    CountSummary,
    Progress,
    Scan,
    as_done,
    find_row_displacement,
    forget_counts,
    keeping_counts,
    summarise,
)
from underpaint.show import write_outputs
from underpaint.spectrum import StatedAxis
from underpaint.xray import Instrument

from .adding_up import add_up, beside
from .amiss import find_amiss
from .blocks import read_block
from .evidence import NEEDED_SIGMA, support, with_members
from .notes import write_notes
from .plan import Plan, make_plan
from .summary import summarise_families, summarise_groups
from .tube import tube_in_use, with_stated_tube
from .whole_scan import require_whole, see_whole
from .withdrawal import Withdrawal


@dataclass(frozen=True, slots=True)
class Job:
    """What a user asks of one scan.

    Attributes
    ----------
    out : folder of the result
    overwrite, resume : what to do with one that is there, whole or unfinished
    calibration : the user's own energy axis, or None
    instrument : the user's scanner, which states the tube where the scan's file does not, or None
    as_whole : whether each pixel is read in the light of the whole scan
    """

    out: Path
    overwrite: bool = False
    resume: bool = False
    calibration: StatedAxis | None = None
    instrument: Instrument | None = None
    as_whole: bool = False


def identify(
    scan: Scan,
    library: Library,
    weights: Weights,
    palette: Palette,
    job: Job,
    progress: Progress,
    executor: Executor,
) -> Result:
    """Identify the pigments of a scan and write the result folder.

    Parameters
    ----------
    scan : to read
    library, weights, palette : what to look for, and with what
    job : where to, and how
    progress : called with a description and a number of rows, gives a context whose value is
        called with the number of rows just done
    executor : where blocks of rows are worked on

    Raises
    ------
    UnderpaintError : of the kind that says what the user can do
    """
    if job.as_whole:
        # before the scan is read, which may take long
        require_whole(weights)
    with keeping_counts(with_stated_tube(scan, job.instrument), job.out.parent) as kept:
        return _identify(kept, library, weights, palette, job, progress, executor)


def _identify(
    scan: Scan,
    library: Library,
    weights: Weights,
    palette: Palette,
    job: Job,
    progress: Progress,
    executor: Executor,
) -> Result:
    height = scan.shape[0]
    with progress("Reading the scan", height) as advance:
        seen = summarise(scan, advance, executor, with_digest=True)
    if seen.sum_spectrum.sum() <= 0.0:
        raise ScanFileError(
            f"{scan.path}: every pixel of the scan is empty; check that the file holds spectra"
        )
    plan = make_plan(
        scan, seen, library, weights, palette, job.calibration, job.instrument, executor
    )
    if job.as_whole:
        plan = see_whole(scan, plan, executor, progress)
    writer = ResultWriter(
        job.out, _frame(scan, plan, seen), resume=job.resume, overwrite=job.overwrite
    )
    if writer.finished is not None:
        return writer.finished
    # before the counts that were kept are let go of
    rows = find_row_displacement(scan, executor=executor)
    amiss = find_amiss(scan, plan, seen, job.instrument, rows)
    with progress("Identifying pigments", height) as advance:
        advance(sum(end - start for start, end in writer.done))
        _work(scan, plan, writer, executor, advance)
    groups, families, tallied, faint = add_up(writer.beside(), len(library.groups))
    # shares and means are those of the pixels that have counts
    pixels = max(tallied.pixels, 1)
    lines = support(plan, groups, [group.key_lines for group in library.groups], pixels)
    family_lines = with_members(
        support(
            plan, families, [library.family_key_lines(name) for name in library.families], pixels
        ),
        lines,
        library.membership,
    )
    withdrawal = Withdrawal.of(tallied, lines, family_lines, library.membership)

    energy = plan.calibration.energy(np.arange(len(seen.sum_spectrum)))
    mean_counts = float(seen.sum_spectrum[energy > 1.0].sum()) / pixels

    def findings() -> Findings:
        counted = withdrawal.tally()
        summary = summarise_groups(library, plan.palette, counted, lines)
        return Findings(
            energy=energy,
            sum_spectrum=seen.sum_spectrum,
            maximum_spectrum=seen.maximum_spectrum,
            summary=summary,
            family_summary=summarise_families(library, counted, family_lines),
            unexplained=tuple(
                Peak(
                    peak.energy_kev, peak.significance, "sum spectrum", peak.lines_there, peak.wide
                )
                for peak in plan.elements.unexplained
            ),
            notes=(
                *amiss,
                *write_notes(scan, plan, seen, mean_counts, pixels, faint, summary, lines),
            ),
            provenance={
                **_provenance(scan, plan, seen, job, mean_counts),
                "pixels_read": tallied.pixels - faint,
                "amiss": amiss,
            },
        )

    revise = withdrawal.revise if withdrawal.needed else None
    gathered = writer.gather(findings, revise)
    with written_to(writer.partial):
        write_outputs(gathered, writer.partial)
    return writer.publish()


def _work(
    scan: Scan,
    plan: Plan,
    writer: ResultWriter,
    executor: Executor,
    advance: Callable[[int], None],
) -> None:
    """Send blocks to the executor, a few ahead of the one that is waited for."""
    spans = [slice(start, end) for start, end in writer.missing()]
    read = partial(_read, scan, plan, writer.frame)
    for block, sums in as_done(executor, read, spans):
        try:
            writer.write(block, sums)
        except OutputError:
            # counts that can be read again make room for those that cannot
            if not forget_counts(scan):
                raise
            writer.write(block, sums)
        advance(block.rows)
    forget_counts(scan)


def _read(
    scan: Scan, plan: Plan, frame: ResultFrame, rows: slice
) -> tuple[PackedBlock, dict[str, NDArray[Any]]]:
    """Some rows read and packed, and what is to be added up of them."""
    block = read_block(plan, rows.start, scan.part(rows))
    return pack_block(block.maps, frame), beside(block, plan.library.membership)


def _frame(scan: Scan, plan: Plan, seen: CountSummary) -> ResultFrame:
    groups = tuple(
        GroupInfo(
            name=group.name,
            label=group.label,
            colour=group.colour,
            members=tuple(pigment.name for pigment in plan.library.members(group.name)),
            families=group.families,
            key_lines=group.key_lines,
            advice=group.advice,
        )
        for group in plan.library.groups
    )
    job = {
        "counts": seen.sha256,
        "weights": plan.weights.sha256,
        "calibration": asdict(plan.calibration),
        "palette": [plan.palette.pigments, plan.palette.source],
        "title": scan.title,
        "pixel_size_mm": scan.pixel_size_mm,
        "arithmetic": str(plan.arithmetic),
        "scanner": plan.scanner.tolist(),
        "as_whole": plan.context is not None,
        "version": __version__,
    }
    return ResultFrame(
        groups=groups,
        families=plan.library.families,
        elements=plan.elements.names,
        shape=scan.shape[:2],
        bin_edges=plan.bins.edges,
        job=json.dumps(job, sort_keys=True),
        as_whole=plan.context is not None,
    )


def _provenance(
    scan: Scan, plan: Plan, seen: CountSummary, job: Job, mean_counts: float
) -> dict[str, Any]:
    import torch
    import xraylib

    stated = scan.calibration
    size = scan.pixel_size_mm
    return {
        "title": scan.title or scan.path.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "underpaint": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__,
            "xraylib": str(xraylib.__version__),
            "library": plan.library.version,
        },
        "input": {"file": scan.path.name, "sha256_of_counts": seen.sha256, "format": scan.format},
        "weights": {"name": plan.weights.name, "sha256": plan.weights.sha256},
        "arithmetic": str(plan.arithmetic),
        "calibration": {
            "stated": None if stated is None else asdict(stated),
            "found": asdict(plan.calibration),
            "given_by_user": plan.found is None,
        },
        "verdict_rule": {
            "wrong_names": WRONG_NAMES,
            "line_sigma": NEEDED_SIGMA,
            "absent_share": list(SEEN_SHARE),
            "absent_missed": MISSED,
        },
        "rivals": doubles_made_with(),
        "counts_per_pixel": mean_counts,
        "pixel_size_mm": None if size is None else [size[1], size[0]],
        "facts": [
            {"name": name, "value": fact.value, "unit": "", "source": fact.source}
            for name, fact in scan.facts.items()
        ],
        "instrument": tube_in_use(scan, plan.elements),
        "palette": {"pigments": plan.palette.pigments, "source": plan.palette.source},
        "prior": plan.weights.training.get("config", {}),
        "options": {
            "overwrite": job.overwrite,
            "resume": job.resume,
            "adapt": job.as_whole,
            "calibration": None if job.calibration is None else asdict(job.calibration),
            "instrument": None if job.instrument is None else job.instrument.to_dict(),
        },
    }
