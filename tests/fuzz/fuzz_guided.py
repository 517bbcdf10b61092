"""Let atheris look for bytes that reach new code in the readers: coverage-guided fuzzing.

    pip install atheris
    python tests/fuzz/fuzz_guided.py --minutes 60
    python tests/fuzz/fuzz_guided.py --minutes 5 --formats edf,spe --keep faults

Each format has its share of the minutes and a process of its own. What a file holds is changed, or
that of its header where it has one; files beside it stay. A traceback, a hang of 20 s and more than
4 GiB are faults; atheris prints them and the file that caused each is kept in `--keep`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

LONGEST_S = 20
MOST_MIB = 4096
LONGEST_BYTES = 16384


def fuzz_one(key: str, folder: Path, keep: Path, seconds: int) -> None:
    """Fuzz one format in this process, which atheris ends."""
    import atheris

    with atheris.instrument_imports(include=["underpaint.scan", "rsciio"]):
        from seeds import SEEDS

        from underpaint.errors import ScanFileError
        from underpaint.scan import open_maps, open_scan, summarise

    seed = SEEDS[key](folder / "seed")
    victim = seed if seed.is_file() else min(path for path in seed.rglob("*") if path.is_file())
    corpus = folder / "corpus"
    corpus.mkdir()
    shutil.copy(victim, corpus / "seed")

    def one(content: bytes) -> None:
        victim.write_bytes(content)
        try:
            if seed.suffix == ".dms":
                open_maps(seed)
            else:
                scan = open_scan(seed)
                # what commands read first; packed counts go another way there
                summarise(scan)
                for _ in scan.blocks(rows=1):
                    pass
        except ScanFileError:
            return

    longest = max(LONGEST_BYTES, 2 * victim.stat().st_size)
    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f"-max_total_time={seconds}",
            f"-timeout={LONGEST_S}",
            f"-rss_limit_mb={MOST_MIB}",
            f"-max_len={longest}",
            f"-artifact_prefix={keep}/{key}-",
            "-print_final_stats=1",
        ],
        one,
    )
    atheris.Fuzz()


def _all_formats() -> list[str]:
    from seeds import SEEDS

    return list(SEEDS)


def main() -> int:
    """Fuzz format after format, each in a process of its own; 1 where one had a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--formats", help="some of those in seeds.py; else all")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"))
    parser.add_argument("--here", type=Path, help="fuzz in this process, and in this folder")
    given = parser.parse_args()
    keep = given.keep.resolve()
    keep.mkdir(parents=True, exist_ok=True)
    if given.here:
        fuzz_one(given.formats, given.here, keep, round(60.0 * given.minutes))
    formats = given.formats.split(",") if given.formats else _all_formats()
    minutes = given.minutes / len(formats)
    faulty = False
    for key in formats:
        with tempfile.TemporaryDirectory() as name:
            done = subprocess.run(
                [sys.executable, __file__, "--minutes", str(minutes), "--formats", key,
                 "--keep", str(keep), "--here", name],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            )  # fmt: skip
        told = done.stdout.splitlines()
        covered = [line for line in told if "cov:" in line]
        runs = [line for line in told if "number_of_executed_units" in line]
        print(key, f"exit {done.returncode}", *covered[-1:], *runs, flush=True)
        if done.returncode:
            faulty = True
            (keep / f"{key}.log").write_text(done.stdout, encoding="utf-8")
    return int(faulty)


if __name__ == "__main__":
    sys.exit(main())
