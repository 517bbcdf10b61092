"""`underpaint demo`: the main job on a small mock-up board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..paint import Truth
    from ..result import Result

SEED = 7


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.")] = Path(
        "demo"
    ),
    overwrite: Annotated[bool, typer.Option(help="Replace what an earlier demo wrote.")] = False,
) -> None:
    """Simulate the scan of a mock-up board, identify its pigments, compare with what is there.

    Ends by printing the path of the report.
    """
    from importlib import resources

    from ..errors import OutputError
    from ..paint import SceneScan, load_library, parse_palette, read_scene
    from ..scan import Changes, Stated
    from .identify import Request, describe, identify_one
    from .simulate import write_scene

    board, result_folder = output / "board.h5", output / "result"
    if not overwrite and (board.exists() or result_folder.exists()):
        raise OutputError(f"{output} holds an earlier demo; add --overwrite or choose another.")
    library = load_library()
    path = Path(str(resources.files("underpaint.paint").joinpath("board.toml")))
    scene = read_scene(path, library)
    typer.echo(f"Simulating the scan of '{scene.title}' ...", err=True)
    scan = SceneScan(scene, library, SEED)
    output.mkdir(parents=True, exist_ok=True)
    board.unlink(missing_ok=True)
    write_scene(scan, board)
    request = Request(parse_palette(None, library), Changes(), Stated(), overwrite=overwrite)
    result = identify_one(board, result_folder, request)
    typer.echo(describe(result))
    typer.echo("")
    typer.echo(agreement(result, scan.truth(slice(None))))
    typer.echo("")
    typer.echo(f"Scan:   {board}")
    typer.echo(f"Report: {result_folder / 'report.html'}")


def agreement(result: Result, truth: Truth) -> str:
    """How the verdicts compare with what is on the board, over all groups and pixels."""
    import numpy as np

    from ..result import PRESENT

    lines = ["Verdicts 'present' against what is there (all groups, all pixels):"]
    for name, verdict, there in (
        ("anywhere", result.verdict, truth.anywhere),
        ("top", result.verdict_top, truth.top),
        ("buried", result.verdict_buried, truth.buried),
    ):
        called = (np.asarray(verdict) == PRESENT).reshape(len(result.groups), -1).T
        right, wrong = int((called & there).sum()), int((called & ~there).sum())
        lines.append(
            f"  {name}: {right} of {int(there.sum())} found, {wrong} wrong "
            f"({wrong / len(there):.3f} wrong names a pixel)"
        )
    return "\n".join(lines)
