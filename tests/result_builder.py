"""A realistic small result: a figure in vermilion over azurite, earth, lead white and cobalt."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from underpaint.result import (
    ABSENT,
    CANNOT_TELL,
    PRESENT,
    FamilySummary,
    GroupInfo,
    GroupSummary,
    LineEvidence,
    Peak,
    Result,
)

HEIGHT, WIDTH, CHANNELS = 48, 72, 2048
GROUPS = (
    ("lead", "Lead white, red lead or massicot", "#f4f1e6", "lead-white red-lead massicot",
     "lead", "Pb-L Pb-M", "X-ray diffraction tells lead white from red lead and massicot"),
    ("mercury-sulfide", "Vermilion", "#d9381e", "vermilion", "mercury", "Hg-L S-K", ""),
    ("copper", "Copper blue or green", "#2a6f97",
     "azurite malachite verdigris copper-resinate phthalocyanine-blue", "copper", "Cu-K",
     "reflectance or Raman spectroscopy tells azurite from malachite and verdigris"),
    ("iron-oxide", "Iron earth", "#a0522d",
     "yellow-ochre red-ochre sienna magnetite-black", "iron", "Fe-K",
     "reflectance spectroscopy tells red from yellow ochre"),
    ("calcium-carbonate", "Chalk", "#fbf7ee", "chalk", "calcium", "Ca-K",
     "infrared spectroscopy tells chalk from gypsum"),
    ("cobalt-aluminate", "Cobalt blue", "#0047ab", "cobalt-blue", "cobalt", "Co-K",
     "reflectance spectroscopy tells cobalt blue from smalt and cobalt green"),
    ("zinc", "Zinc white", "#fdfdfd", "zinc-white", "zinc", "Zn-K", ""),
    ("no-signature", "Organic lake, indigo or carbon black", "#4b2e39",
     "carbon-black indigo red-lake", "", "",
     "reflectance spectroscopy or chromatography of a sample finds organic colours"),
    ("lead-tin", "Lead-tin yellow", "#f2d24b", "lead-tin-yellow lead-tin-yellow-ii", "tin",
     "Sn-K Sn-L Pb-L", ""),
    ("cadmium-sulfide", "Cadmium yellow", "#ffcf00", "cadmium-yellow cadmium-zinc-yellow",
     "cadmium", "Cd-K Cd-L", ""),
)  # fmt: skip
FAMILIES = ("lead", "mercury", "copper", "iron", "calcium", "cobalt")
ELEMENTS = ("Pb-L", "Pb-M", "Hg-L", "Cu-K", "Fe-K", "Ca-K", "Co-K", "Zn-K", "S-K", "Ar-K")
LINES_KEV = {
    "Pb-L": ((10.55, 1.0), (12.61, 0.95), (14.77, 0.12), (9.18, 0.04)),
    "Pb-M": ((2.34, 1.0),),
    "Hg-L": ((9.99, 1.0), (11.82, 0.9), (13.83, 0.1), (8.72, 0.04)),
    "Cu-K": ((8.05, 1.0), (8.90, 0.14)),
    "Fe-K": ((6.40, 1.0), (7.06, 0.14)),
    "Ca-K": ((3.69, 1.0), (4.01, 0.13)),
    "Co-K": ((6.93, 1.0), (7.65, 0.14)),
    "Zn-K": ((8.64, 1.0), (9.57, 0.14)),
    "S-K": ((2.31, 1.0),),
    "Ar-K": ((2.96, 1.0),),
}
GROUP_MAPS = (
    "probability", "top", "buried", "ground", "verdict", "verdict_top", "verdict_buried",
    "amount", "amount_sigma",
)  # fmt: skip
OTHER_KEV = ((20.21, 40.0), (18.95, 90.0), (4.66, 1.0), (21.10, 0.8), (17.44, 1.5))


@cache
def build_result() -> Result:
    """48 x 72 pixels, 10 groups: present, buried, untold and absent ones among them."""
    rng = np.random.default_rng(7)
    truth = _truth()
    groups = tuple(
        GroupInfo(n, label, c, tuple(m.split()), tuple(f.split()), tuple(k.split()), advice)
        for n, label, c, m, f, k, advice in GROUPS
    )
    top, buried = truth["top"], truth["buried"]
    anywhere = 1 - (1 - top) * (1 - buried) * (1 - truth["ground"])
    amount = np.where(anywhere > 0.5, 4.0 * anywhere + rng.normal(0, 0.3, anywhere.shape), 0.02)
    counts = _element_counts(anywhere, rng)
    energy = 0.002 + 0.0151 * np.arange(CHANNELS)
    bin_edges = np.linspace(0.8, 30.0, 201)
    total, maximum, binned = _spectra(counts, energy, bin_edges, rng)
    family = anywhere[: len(FAMILIES)].copy()
    family[-1] = np.clip(1.6 * family[-1], 0.01, 0.97)
    verdict_family = _verdict(family)
    verdicts = {
        "verdict": _verdict(anywhere), "verdict_top": _verdict(top),
        "verdict_buried": _verdict(buried),
    }  # fmt: skip
    return Result(
        groups=groups,
        families=FAMILIES,
        elements=ELEMENTS,
        probability=_float(anywhere),
        top=_float(top),
        buried=_float(buried),
        ground=_float(truth["ground"]),
        **verdicts,
        amount=_float(np.clip(amount, 0, None)),
        amount_sigma=_float(0.1 + 0.15 * amount),
        family=_float(family),
        verdict_family=verdict_family,
        element_counts=_float(counts),
        energy=energy,
        sum_spectrum=total,
        maximum_spectrum=maximum,
        binned=binned,
        bin_edges=bin_edges,
        summary=_summary(verdicts, amount, groups),
        family_summary=_family_summary(verdict_family),
        unexplained=(
            Peak(7.9, 17.2, "sum spectrum", ("Hf La1",)),
            Peak(17.44, 7.2, "sum spectrum"),
            Peak(4.66, 5.6, "maximum-pixel spectrum"),
            Peak(12.23, 15.0, "sum spectrum", wide=True),
        ),
        notes=(
            "Odd rows are displaced by 0.7 pixel against even rows; they were left as they are.",
            "The file states no live time, so intensities were compared within the scan only.",
        ),
        provenance=build_provenance(),
    )


def build_provenance(**changes: Any) -> dict[str, Any]:
    """Provenance of the built result."""
    return {
        "title": "Study of hands",
        "created": "2025-03-04T10:20:00+00:00",
        "versions": {"underpaint": "0.1.0", "torch": "2.6.0"},
        "input": {"file": "hands.h5", "sha256": "ab" * 32},
        "weights": {"name": "easel-1", "sha256": "3f9c" * 16},
        "calibration": {
            "stated": {"zero": -0.056, "gain": 0.0151, "noise": 0.1, "fano": 0.115},
            "found": {"zero": 0.002, "gain": 0.0151, "noise": 0.096, "fano": 0.114},
        },
        "instrument": {"anode": "Rh", "kv": 30.0, "incidence_deg": 90.0, "take_off_deg": 45.0},
        "pixel_size_mm": 0.5,
        "verdict_rule": {"wrong_names": 0.001, "line_sigma": 5.0},
        "facts": [
            {"name": "tube voltage", "value": 30.0, "unit": "kV", "source": "file header"},
            {"name": "anode", "value": "Rh", "unit": "", "source": "found from its scatter"},
            {"name": "live time", "value": None, "unit": "s", "source": "not stated"},
            {"name": "counts a pixel, median", "value": 21300, "unit": "", "source": "the data"},
        ],
        "palette": "all",
        "prior": "easel paintings",
        "options": {"adapt": False},
        **changes,
    }


def with_changes(result: Result, **changes: Any) -> Result:
    """The result with some of its parts exchanged."""
    return replace(result, **changes)


def _truth() -> dict[str, NDArray[np.float64]]:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / np.array([HEIGHT, WIDTH])[:, None, None]
    shape = (len(GROUPS), HEIGHT, WIDTH)
    top, buried, ground = np.full(shape, 0.01), np.full(shape, 0.01), np.full(shape, 0.01)
    figure = _soft(0.05 - ((x - 0.35) ** 2 / 1.2 + (y - 0.5) ** 2))
    sky = _soft((0.45 - y) * 0.1)
    earth = _soft((y - 0.72) * 0.1 + 0.01 * np.sin(12 * x))
    buried_head = _soft(0.022 - ((x - 0.72) ** 2 + (y - 0.6) ** 2))
    top[0] = 0.97
    top[1] = np.clip(figure, 0.01, 0.99)
    top[2] = np.clip(sky * (1 - figure), 0.01, 0.98)
    buried[2] = np.clip(buried_head, 0.01, 0.97)
    top[3] = np.clip(earth, 0.01, 0.98)
    buried[3] = np.clip(0.9 * figure, 0.01, 0.9)
    ground[4] = 0.95
    top[5] = np.clip(0.55 * sky, 0.01, 0.6)
    top[6] = np.clip(0.45 * sky + 0.2 * figure, 0.01, 0.6)
    top[7] = buried[7] = 0.3
    return {"top": top, "buried": buried, "ground": ground}


def _soft(level: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-level / 0.006))


def _verdict(probability: NDArray[np.float64]) -> NDArray[np.uint8]:
    called = np.where(probability > 0.1, CANNOT_TELL, ABSENT)
    return np.where(probability > 0.8, PRESENT, called).astype(np.uint8)


def _element_counts(anywhere: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    source = (0, 0, 1, 2, 3, 4, 5, 6, 1, 4)
    bright = (4000, 900, 2500, 1800, 900, 600, 120, 150, 200, 60)
    expected = np.stack([b * anywhere[s] + 4 for s, b in zip(source, bright, strict=True)])
    return rng.poisson(expected).astype(np.float64)


def _spectra(
    counts: NDArray[np.float64],
    energy: NDArray[np.float64],
    bin_edges: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]:
    shapes = np.stack([sum(w * _peak(energy, e) for e, w in LINES_KEV[name]) for name in ELEMENTS])
    backdrop = 1.2 * np.exp(-(((energy - 12) / 9) ** 2)) * (energy > 0.9) + 1e-3
    for at, height in OTHER_KEV:
        backdrop = backdrop + height * _peak(energy, at) * (12 if at == 18.95 else 1)
    strong = shapes[0] * 4000 * 0.0004
    backdrop = backdrop + strong
    flat = counts.reshape(len(ELEMENTS), -1)
    expected_sum = flat.sum(axis=1) @ shapes + flat.shape[1] * backdrop
    brightest = flat.max(axis=1) @ shapes + backdrop
    at_centres = np.stack([np.interp(0.5 * (bin_edges[1:] + bin_edges[:-1]), energy, s)
                           for s in (*shapes, backdrop)])  # fmt: skip
    pixels = np.concatenate([flat, np.ones((1, flat.shape[1]))]).T @ at_centres
    binned = rng.poisson(pixels * 10).reshape(HEIGHT, WIDTH, -1).astype(np.float32)
    maximum = rng.poisson(brightest) + 3 * np.sqrt(brightest)
    return rng.poisson(expected_sum).astype(np.float64), maximum, binned


def _peak(energy: NDArray[np.float64], at: float) -> NDArray[np.float64]:
    sigma = np.sqrt(0.096**2 + 5.545 * 0.00385 * 0.114 * at) / 2.355
    area = (energy[1] - energy[0]) / (sigma * np.sqrt(2 * np.pi))
    return np.asarray(area * np.exp(-0.5 * ((energy - at) / sigma) ** 2))


def _summary(
    verdicts: dict[str, NDArray[np.uint8]],
    amount: NDArray[np.float64],
    groups: tuple[GroupInfo, ...],
) -> tuple[GroupSummary, ...]:
    lines = {
        "lead": (LineEvidence("Pb La1", 10.551, 9.1e6, 812.0),
                 LineEvidence("Pb Lb1", 12.613, 8.2e6, 760.0)),
        "mercury-sulfide": (LineEvidence("Hg La1", 9.989, 8.4e5, 214.0),
                            LineEvidence("Hg Lb1", 11.823, 7.0e5, 150.5)),
        "copper": (LineEvidence("Cu Ka1", 8.048, 2.1e6, 344.0),),
        "iron-oxide": (LineEvidence("Fe Ka1", 6.404, 6.7e5, 171.0),
                       LineEvidence("Fe Kb1", 7.058, 8.0e4, 6.1)),
        "calcium-carbonate": (LineEvidence("Ca Ka1", 3.692, 9.8e5, 201.0),),
        "cobalt-aluminate": (LineEvidence("Co Ka1", 6.930, 3.1e3, 3.2),),
    }  # fmt: skip
    rivals = {
        "calcium-carbonate": ("gypsum: its sulphur lines lie under those of lead",),
        "cobalt-aluminate": ("zinc white with smalt: the same cobalt and zinc lines",
                             "cobalt green: the same cobalt and zinc lines"),
        "mercury-sulfide": (),
    }  # fmt: skip
    rows = []
    for index, group in enumerate(groups):
        here = {name: verdict[index] for name, verdict in verdicts.items()}
        present = here["verdict"] == PRESENT
        confirmed = group.name in lines and lines[group.name][0].sigma >= 5
        rows.append(
            GroupSummary(
                name=group.name,
                share_present=float(present.mean()),
                share_top=float((here["verdict_top"] == PRESENT).mean()),
                share_buried=float((here["verdict_buried"] == PRESENT).mean()),
                share_cannot_tell=float((here["verdict"] == CANNOT_TELL).mean()),
                amount=float(amount[index][present].mean()) if present.any() else None,
                amount_sigma=0.4 if present.any() else None,
                lines=lines.get(group.name, ()),
                confirmed=confirmed,
                rivals=rivals.get(group.name, ()),
                advice=group.advice,
            )
        )
    return tuple(rows)


def _family_summary(verdict: NDArray[np.uint8]) -> tuple[FamilySummary, ...]:
    """Cobalt is seen and its one group never named; every other family's pixels are named."""
    rows = []
    for index, name in enumerate(FAMILIES):
        present = float((verdict[index] == PRESENT).mean())
        cobalt = name == "cobalt"
        rows.append(
            FamilySummary(
                name=name,
                share_present=present,
                share_cannot_tell=float((verdict[index] == CANNOT_TELL).mean()),
                share_unnamed=present if cobalt else 0.0,
                lines=(LineEvidence("Co Ka1", 6.930, 3.1e4, 31.0),) if cobalt else (),
                confirmed=cobalt,
                candidates=(("cobalt-aluminate", 0.55),) if cobalt else (),
            )
        )
    return tuple(rows)


def _float(array: NDArray[np.float64]) -> NDArray[np.float32]:
    return array.astype(np.float32)


def build_cropped_result(rows: int, columns: int) -> Result:
    """The upper left corner of the built result; what is told of the whole stays as it is."""
    whole = build_result()
    names = (*GROUP_MAPS, "family", "verdict_family", "element_counts")
    maps = {name: getattr(whole, name)[:, :rows, :columns] for name in names}
    return replace(whole, **maps, binned=whole.binned[:rows, :columns])


def build_large_result(times: int = 4) -> Result:
    """The built result with `times` as many groups, rows and columns, and grainy maps."""
    small, rng = build_result(), np.random.default_rng(1)
    parts: dict[str, Any] = {}
    for name in (*GROUP_MAPS, "family", "verdict_family", "element_counts"):
        array = np.repeat(np.repeat(getattr(small, name), times, axis=1), times, axis=2)
        if array.dtype == np.float32:
            array = array * rng.uniform(0.7, 1.0, array.shape).astype(np.float32)
        parts[name] = np.concatenate([array] * times) if name in GROUP_MAPS else array
    marked = [replace(g, name=f"{g.name}-{k}") for k in range(times) for g in small.groups]
    summary = [replace(s, name=f"{s.name}-{k}") for k in range(times) for s in small.summary]
    families = [
        replace(row, candidates=tuple((f"{name}-0", chance) for name, chance in row.candidates))
        for row in small.family_summary
    ]
    parts["family_summary"] = tuple(families)
    binned = np.zeros((HEIGHT * times, WIDTH * times, 200), dtype=np.float32)
    return replace(small, groups=tuple(marked), summary=tuple(summary), binned=binned, **parts)
