"""`underpaint train`: weights from a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="CONFIG.toml", help="What to train; the shipped one if not given."),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The weights to write (.safetensors).")
    ] = Path("weights.safetensors"),
    start_from: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="Weights to begin with, by name or file; once more for the small network's.",
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Batches, instead of the configuration's.")
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(help="Weights that teach the small network; then only that one is trained."),
    ] = None,
) -> None:
    """Train a network on simulated paintings, and a small, fast one beside it.

    Checkpoints lie in OUTPUT.partial; the same command goes on from the last one. The small network
    has "-small" behind its name. Beside the weights their model cards are written. With --teacher
    only the small network is trained, and OUTPUT is its file.
    """
    from dataclasses import replace

    import torch

    from ..errors import OutputError
    from ..network import (
        SMALL,
        TEACHER,
        default_config_path,
        find_weights,
        forget_run,
        load_weights,
        parts_of,
        read_config,
        save_weights,
        write_card,
    )
    from ..network import train as run
    from ..paint import load_library
    from .progress import progress_bar

    settings = read_config(config or default_config_path())
    suffixes = [""]
    if teacher is None:
        suffixes += [SMALL, TEACHER] if settings.teacher else [SMALL]
    outputs = [output.with_stem(output.stem + suffix) for suffix in suffixes]
    for path in outputs:
        if path.exists():
            raise OutputError(f"{path} exists; choose another name for the weights.")
    if steps is not None:
        settings = replace(settings, training=replace(settings.training, steps=steps))
    library = load_library()
    begin = [load_weights(find_weights(name), library) for name in start_from or ()]
    teaching = None if teacher is None else load_weights(find_weights(teacher), library)
    torch.set_num_threads(1 if settings.training.workers else torch.get_num_threads())
    folder = output.with_name(output.name + ".partial")
    done = 0
    parts = parts_of(settings, small_alone=teacher is not None)
    with progress_bar("Training", parts) as advance:

        def report(step: int, loss: float) -> None:
            nonlocal done
            advance(step - done)
            done = step
            if step <= settings.training.steps and step % settings.training.checkpoint_every == 0:
                typer.echo(f"step {step}: loss {loss:.3f}", err=True)

        trained = run(settings, library, folder, report, begin, teaching)
    for weights, path in zip(trained, outputs, strict=True):
        sha256 = save_weights(weights, path)
        write_card(weights, sha256, path.with_suffix(".md"))
        typer.echo(f"{path}: sha256 {sha256}")
    forget_run(folder)
