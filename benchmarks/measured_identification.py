"""What `underpaint identify` names in real spectra of known composition, and names wrongly.

    python benchmarks/measured_identification.py DATA [--weights NAME] [--adapt] [--json FILE]

DATA holds the folders nist-m4, horiba-xgt and bruker: metals, a steel, acrylic glass behind filters
under two tubes, two certified soils, a calcium phosphate; three scanners of two makes. None of them
is paint. But a name whose element is not in the sample is wrong whatever it is, and a family
whose element makes up most of it should be found. Each spectrum's photons are dealt out, each to
one pixel, to up to 200 pixels of 30,000 counts each (eight of fewer where it has not enough), which
is what one scan of it would have given; `identify` is told nothing but the counts and the energy
axis that the file states. A measurement that lies there under two names counts once.

Which elements a sample holds is taken from its name or certificate (over 20 mg/kg). A name is held
against `identify` where an element of its key lines is not among them; parts of the scanner that
really show in the spectrum (nickel and iron under the M4) count as wrong names too.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from measured_spectra import Measured, read_emsa, read_spx
from underpaint.paint import load_library
from underpaint.result import PRESENT, Result, read_result

ROWS, COLUMNS, COUNTS = 8, 25, 30_000.0
TRACE_MG_KG = 20.0
COUNTED_KEV = 1.0
SEED = 20_261_126
STEEL = frozenset({"Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Mo", "Si", "V", "W", "Nb", "Ti"})
ZIRCONIA = frozenset({"Zr", "Y", "Hf"})
PHOSPHATE = frozenset({"Ca", "P", "K", "Fe", "Sr", "Zn", "As", "Pb", "Hg", "Ar"})
"""What ESPRIT fitted with 300 counts or more."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A measured spectrum, the elements that the sample holds, and the one that most of it is."""

    scanner: str
    name: str
    measured: Measured
    elements: frozenset[str]
    main: str = ""


def samples(data: Path) -> Iterator[Sample]:
    """All spectra of known composition."""
    for path in sorted((data / "nist-m4").glob("*_D1*.msa")):
        what = path.name.split("_")[0]
        held = {"Acrylic": frozenset[str](), "Steel": STEEL}.get(what, frozenset({what}))
        main = {"Acrylic": "", "Steel": "Fe"}.get(what, what)
        name = f"{what}, 600 s" if "600s" in path.name else what
        yield Sample("M4 Tornado", name, read_emsa(path), held, main)
    for path in sorted((data / "nist-m4" / "acrylic_scatter").glob("*.spx")):
        name = path.stem.removeprefix("20170510_").replace("_50kv_100mA", "")
        yield Sample("M4 Tornado", f"acrylic {name}", read_spx(path), frozenset())
    for path in sorted((data / "horiba-xgt").glob("*.txt")):
        what = path.stem
        if what.startswith("NIST"):
            certificate = path.with_name(f"NIST_SRM_{what.split()[1]}_elements.csv")
            yield Sample("XGT-7200", f"soil {what[5:]}", read_emsa(path), certified(certificate))
        elif what in ("stainless steel", "cubic zirconia"):
            held, main = (STEEL, "Fe") if "steel" in what else (ZIRCONIA, "")
            yield Sample("XGT-7200", what, read_emsa(path), held, main)
        else:
            yield Sample("XGT-7200", what, read_emsa(path), frozenset({what}), what)
    for path in sorted((data / "bruker").glob("*.spx")):
        yield Sample("M6 Jetstream", "calcium phosphate", read_spx(path), PHOSPHATE, "Ca")


def certified(path: Path) -> frozenset[str]:
    """Elements over a trace in a certificate, and sulfur and chlorine, which it leaves out."""
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    over = {r["Symbol"] for r in rows if float(r["Concentration_mg_kg"] or 0.0) > TRACE_MG_KG}
    return frozenset(over | {"S", "Cl"})


def as_scan(measured: Measured, path: Path, random: np.random.Generator) -> float:
    """Write thinned pixels of a spectrum as a scan; return how many counts each has."""
    counts = np.rint(measured.counts).clip(min=0.0)
    inside = float(counts[measured.energy_kev >= COUNTED_KEV].sum())
    columns = int(np.clip(inside // (ROWS * COUNTS), 1, COLUMNS))
    number = ROWS * columns
    share = min(COUNTS / inside, 1.0 / number)
    odds = [*[share] * number, max(1.0 - number * share, 0.0)]
    dealt = random.multinomial(counts.astype(np.int64), odds)[:, :number]
    pixels = dealt.T.reshape(ROWS, columns, len(counts))
    first = int(np.ceil(float(measured.calibration.channel(0.0))))
    kept = slice(max(first, 0), None)
    np.savez(path, counts=pixels[..., kept].astype(np.uint16), energy=measured.energy_kev[kept])
    return share * inside


def elements_of(key_lines: tuple[str, ...]) -> list[set[str]]:
    """For each key line the elements that may give it."""
    return [{name.split("-")[0] for name in line.split("|")} for line in key_lines]


def judged(result: Result, sample: Sample) -> dict[str, Any]:
    """Shares of the pixels: what is named, rightly and wrongly, and the main element's family."""
    library = load_library()
    groups = {each.name: each.key_lines for each in library.groups}
    families = {name: library.family_key_lines(name) for name in library.families}
    named: dict[str, float] = {}
    wrong: dict[str, float] = {}
    main_found = None
    for kind, lines, index, verdict in (
        ("", groups, result.group_index, result.verdict),
        (" family", families, result.family_index, result.verdict_family),
    ):
        for name, place in index.items():
            share = float((np.asarray(verdict[place]) == PRESENT).mean())
            wanted = elements_of(lines[name])
            if kind and wanted and all(sample.main in each for each in wanted):
                main_found = share
            if share == 0.0:
                continue
            if all(each & sample.elements for each in wanted):
                named[name + kind] = share
            else:
                wrong[name + kind] = share
    return {"main": main_found, "named": named, "wrong": wrong}


def identified(scans: list[Path], out: Path, more: list[str]) -> None:
    """Run `underpaint identify` on scans, with more options."""
    command = [sys.executable, "-m", "underpaint", "identify", *map(str, scans), "-o", str(out)]
    command += more
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def run(data: Path, more: list[str]) -> list[dict[str, Any]]:
    """A row for each sample; `more` are options of `identify`."""
    random = np.random.default_rng(SEED)
    every = list({s.measured.counts.tobytes(): s for s in samples(data)}.values())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scans = [folder / f"sample-{number:02d}.npz" for number in range(len(every))]
        dose = [as_scan(s.measured, path, random) for s, path in zip(every, scans, strict=True)]
        identified(scans, folder / "out", more)
        return [
            {"scanner": sample.scanner, "sample": sample.name, "counts": round(counts)}
            | judged(read_result(folder / "out" / path.stem), sample)
            for sample, path, counts in zip(every, scans, dose, strict=True)
        ]


def tell(rows: list[dict[str, Any]]) -> None:
    """Print the table and its sum."""

    def listed(shares: dict[str, float]) -> str:
        ordered = sorted(shares.items(), key=lambda each: -each[1])
        return ", ".join(f"{name} {100.0 * share:.3g} %" for name, share in ordered) or "-"

    print("| scanner | sample | counts | main element's family | named, rightly | named wrongly |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        main = "" if row["main"] is None else f"{100.0 * row['main']:.3g} %"
        print(f"| {row['scanner']} | {row['sample']} | {row['counts']:,} | {main} | "
              f"{listed(row['named'])} | {listed(row['wrong'])} |")  # fmt: skip
    groups = [sum(s for n, s in row["wrong"].items() if " " not in n) for row in rows]
    families = [sum(s for n, s in row["wrong"].items() if " " in n) for row in rows]
    clean = sum(not row["wrong"] for row in rows)
    print(f"\n{len(rows)} spectra; {clean} without a wrong name; wrong names a pixel: "
          f"groups {np.mean(groups):.3f}, families {np.mean(families):.3f}")  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with nist-m4, horiba-xgt, bruker")
    parser.add_argument("--weights")
    parser.add_argument("--adapt", action="store_true", help="read each scan as a whole")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    more = [] if options.weights is None else ["--weights", options.weights]
    rows = run(options.data, more + ["--adapt"] * options.adapt)
    tell(rows)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
