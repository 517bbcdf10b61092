"""`underpaint simulate`: the spectrum of a stratigraphy, or the scan of a scene."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..paint import Library, Point, Scene, SceneScan
    from ..scan import Scan

FIGURES = (".png", ".pdf", ".svg")
SPECTRA = (".h5", ".csv")
DPI = 150


def simulate(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What to simulate.")],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="The file to write: .h5, .csv, .png, .pdf or .svg."),
    ],
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Also draw a spectrum's parts here."),
    ] = None,
    labelled: Annotated[
        bool, typer.Option("--labelled", help="A scene as labelled spectra, one a pixel.")
    ] = False,
    expected: Annotated[bool, typer.Option("--expected", help="No counting noise.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the counting noise.")] = 0,
    own: Annotated[
        Path | None,
        typer.Option("--with", metavar="FILE", help="TOML file with pigments of your own."),
    ] = None,
) -> None:
    """Simulate what a scanner sees.

    A stratigraphy ([[layer]] tables, top first) gives a spectrum: as labelled HDF5, as CSV with a
    column for each part, or drawn with its parts named. A scene (rectangles, or a label image,
    with their stratigraphies) gives a scan as HDF5, with its truth in /truth.
    """
    from ..paint import Point, load_library, read_simulation

    library = load_library(own)
    stated = read_simulation(file, library)
    noise = None if expected else seed
    if isinstance(stated, Point):
        _simulate_point(stated, library, output, figure, labelled, noise)
    else:
        _simulate_scene(stated, library, output, figure, labelled, noise)


def _simulate_point(
    point: Point,
    library: Library,
    output: Path,
    figure: Path | None,
    labelled: bool,
    seed: int | None,
) -> None:
    from ..paint import simulate_point, write_labelled_point, write_parts_table
    from ..scan import new_hdf5, require_new, whole_file
    from ..show import parts_figure

    suffix = output.suffix.lower()
    if suffix not in (*SPECTRA, *FIGURES):
        raise typer.BadParameter(
            f"the spectrum of a stratigraphy is written as {', '.join((*SPECTRA, *FIGURES))}, not "
            f"as '{output.name}'."
        )
    if labelled and suffix != ".h5":
        raise typer.BadParameter("labelled spectra are HDF5; let the output end in .h5.")
    if figure is not None and figure.suffix.lower() not in FIGURES:
        raise typer.BadParameter(f"a figure ends in {', '.join(FIGURES)}, not as '{figure.name}'.")
    targets = [output] if figure is None else [output, figure]
    for target in targets:
        require_new(target)
    spectrum = simulate_point(point, seed)
    for target in targets:
        with whole_file(target) as partial:
            if target.suffix.lower() in FIGURES:
                parts_figure(spectrum, library).savefig(partial, dpi=DPI)
            elif target.suffix.lower() == ".csv":
                write_parts_table(spectrum, partial)
            else:
                with new_hdf5(partial) as labelled_file:
                    write_labelled_point(labelled_file, spectrum)
    unit = "counts" if point.counts is not None else "counts for one photon on the object"
    typer.echo(f"{output}: {point.title}, {spectrum.total_counts:.6g} {unit}")


def _simulate_scene(
    scene: Scene,
    library: Library,
    output: Path,
    figure: Path | None,
    labelled: bool,
    seed: int | None,
) -> None:
    from ..paint import SceneScan, write_labelled_scene
    from ..scan import new_hdf5, whole_file
    from .progress import progress_bar

    if figure is not None:
        raise typer.BadParameter("a figure shows the spectrum of one stratigraphy, not a scene.")
    if output.suffix.lower() != ".h5":
        raise typer.BadParameter(f"a scan is written as .h5, not as '{output.name}'.")
    scan = SceneScan(scene, library, seed)
    with progress_bar("Simulating", scan.shape[0]) as advance:
        if labelled:
            with whole_file(output) as partial, new_hdf5(partial) as file:
                write_labelled_scene(file, scan, advance)
        else:
            write_scene(scan, output, advance)
    typer.echo(
        f"{output}: {scene.title}, {' x '.join(map(str, scan.shape))} counts, "
        f"{output.stat().st_size:,} bytes"
    )


def write_scene(scan: SceneScan, path: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the scan of a scene with its truth."""
    from ..paint import write_truth
    from ..scan import require_new, write_hdf5

    require_new(path)
    # What goes wrong in the first row is a fault of the simulation, and none of writing.
    _ = scan[:1]
    write_hdf5(scene_as_scan(scan, path), path, progress, lambda file: write_truth(file, scan))


def scene_as_scan(scan: SceneScan, path: Path) -> Scan:
    """A simulated scene as a scan that states what a good file states."""
    from ..scan import Fact, Scan
    from ..scan.fact import ANODE, ENERGY_CALIBRATION, PIXEL_SIZE, TITLE, TUBE_VOLTAGE

    scene = scan.scene
    source = f"simulated scene '{scene.title}'"
    instrument, size = scene.instrument, scene.pixel_size_mm
    axis, kv = scene.calibration, float(instrument.kv)
    return Scan(
        counts=scan,
        path=path,
        format="simulation",
        calibration=axis,
        anode=instrument.anode,
        tube_voltage_kv=kv,
        pixel_size_mm=(size, size),
        facts={
            ENERGY_CALIBRATION: Fact(f"zero {axis.zero} keV, gain {axis.gain} keV", source),
            ANODE: Fact(instrument.anode, source),
            TUBE_VOLTAGE: Fact(f"{kv:g} kV", source),
            PIXEL_SIZE: Fact(f"{size} mm x {size} mm", source),
            TITLE: Fact(scene.title, source),
        },
    )
