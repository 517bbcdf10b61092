"""Damage scan files at random and open them: each must give counts or one clear sentence.

    python tests/fuzz/fuzz_readers.py --minutes 60
    python tests/fuzz/fuzz_readers.py --minutes 1 --formats bcf,edf --seed 7

A child process opens the files, with its memory limited, so that a crash, a hang and a huge
allocation show as well; the file that caused it is kept in `--keep`. `fuzz_guided.py` looks for
bytes that reach further into the readers.
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seeds import SEEDS

from underpaint.errors import ScanFileError
from underpaint.scan import open_maps, open_scan, summarise

LONGEST_S = 20.0
MOST_MEMORY = 4 * 2**30
INTERESTING = (
    b"\0",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff",
    b"-1",
    b"1e99",
    b"nan",
    b"\n",
)


def mutate(content: bytes, generator: random.Random) -> bytes:
    """A few changes: bytes turned, pieces put in, taken out, repeated, or the end cut off."""
    data = bytearray(content)
    for _ in range(generator.randint(1, 6)):
        at = generator.randrange(max(1, len(data)))
        kind = generator.randrange(6)
        if kind == 0 and data:
            data[at : at + 1] = bytes([generator.randrange(256)])
        elif kind == 1:
            piece = generator.choice(INTERESTING)
            data[at : at + len(piece)] = piece
        elif kind == 2:
            data[at:at] = generator.choice(INTERESTING)
        elif kind == 3:
            del data[at : at + generator.randint(1, 64)]
        elif kind == 4:
            data[at:at] = data[at : at + generator.randint(1, 64)]
        elif generator.random() < 0.3:
            del data[at:]
    return bytes(data)


def look(path: Path) -> str:
    """Open and read a file to its end; the name of what came of it."""
    try:
        if path.suffix == ".dms":
            open_maps(path)
        else:
            scan = open_scan(path)
            # what commands read first; packed counts go another way there
            summarise(scan)
            for _ in scan.blocks(rows=1):
                pass
    except ScanFileError:
        return "refused"
    return "read"


def work(inbox: multiprocessing.Queue[Path], outbox: multiprocessing.Queue[str]) -> None:
    """Open one file after the other."""
    import resource

    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    while True:
        try:
            outbox.put(look(inbox.get()))
        except BaseException as error:
            outbox.put(f"{type(error).__name__}: {error}")


class Child:
    """A process that opens files, and is begun anew when one has stopped it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.inbox: multiprocessing.Queue[Path] = multiprocessing.Queue()
        self.outbox: multiprocessing.Queue[str] = multiprocessing.Queue()
        self.process = multiprocessing.Process(
            target=work, args=(self.inbox, self.outbox), daemon=True
        )
        self.process.start()

    def look(self, path: Path) -> str:
        """What came of opening a file; "crash" or "hang" where the process did not say."""
        self.inbox.put(path)
        end = time.monotonic() + LONGEST_S
        while time.monotonic() < end:
            try:
                return self.outbox.get(timeout=0.5)
            except Exception:
                if not self.process.is_alive():
                    self._begin()
                    return "crash"
        self.process.kill()
        self._begin()
        return "hang"


def fuzz(formats: list[str], minutes: float, seed: int, keep: Path) -> int:
    """Fuzz for some minutes; gives the number of faults."""
    generator = random.Random(seed)
    child, seen = Child(), Counter[str]()
    faults = 0
    with tempfile.TemporaryDirectory() as name:
        seeds = {key: SEEDS[key](Path(name) / f"seed-{key}") for key in formats}
        end = time.monotonic() + 60.0 * minutes
        while time.monotonic() < end:
            key = generator.choice(formats)
            place = Path(name) / "now"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(seeds[key].parent, place)
            files = sorted(path for path in place.rglob("*") if path.is_file())
            victim = generator.choice(files)
            victim.write_bytes(mutate(victim.read_bytes(), generator))
            outcome = child.look(place / seeds[key].name)
            seen[f"{key} {outcome if outcome in ('read', 'refused') else 'FAULT'}"] += 1
            if outcome not in ("read", "refused"):
                faults += 1
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copytree(place, keep / f"{key}-{faults}", dirs_exist_ok=True)
                print(f"{key}: {outcome} ({keep / f'{key}-{faults}'})")
    for what, number in sorted(seen.items()):
        print(f"{what:20} {number}")
    child.process.kill()
    return faults


def main() -> int:
    """Read the arguments and fuzz."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--formats", default=",".join(SEEDS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"))
    given = parser.parse_args()
    faults = fuzz(given.formats.split(","), given.minutes, given.seed, given.keep)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
