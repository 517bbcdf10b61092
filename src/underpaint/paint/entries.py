"""The entries of the library: pigments, groups, materials and grounds, read from TOML tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from underpaint.xray import atomic_number, shell_lines

from .formula import Phase, mass_fractions, typical_mass_fractions
from .table import Table

WEIGHTS_TOLERANCE = 0.005
LEAST_KEY_ELEMENT = 0.005
_KEY_LINE = re.compile(r"([A-Z][a-z]?)-([KLM])")


@dataclass(frozen=True, slots=True)
class Pigment:
    """One pigment as painters used it.

    Attributes
    ----------
    name, label : as "yellow-ochre" and "Yellow ochre"
    group : name of the group of pigments with the same elements
    formula : nominal formula, for reading
    phases : what it is made of; their limits are how composition varies
    mass_fractions : element symbol to typical mass fraction, adding up to 1, impurities left out
    impurities : element symbol to the upper mass fraction met in real pigments
    variation : in words, how real pigments depart from the typical composition
    density_g_cm3, density_source : of the solid, g/cm3; and where the figure comes from
    pvc : lowest and highest pigment volume concentration usual in oil paint, 0 to 1
    leaf_um : lowest and highest thickness of metal leaf, micrometres; None for a powder
    colour_index : Colour Index generic name, as "PY43"; empty where there is none
    colour : for maps, "#rrggbb"
    used_from, used_until : years AD; None where known since antiquity, or still in use
    references : keys of `Library.references`
    """

    name: str
    label: str
    group: str
    formula: str
    phases: tuple[Phase, ...]
    mass_fractions: dict[str, float]
    impurities: dict[str, float]
    variation: str
    density_g_cm3: float
    density_source: str
    pvc: tuple[float, float]
    leaf_um: tuple[float, float] | None
    colour_index: str
    colour: str
    used_from: int | None
    used_until: int | None
    references: tuple[str, ...]

    def used_between(self, first: int, last: int) -> bool:
        """Whether the pigment was in use at any time from one year to another."""
        return (self.used_from or first) <= last and (self.used_until or last) >= first


@dataclass(frozen=True, slots=True)
class Group:
    """Pigments that XRF cannot tell apart because they share their elements.

    Attributes
    ----------
    name, label, colour : as in `Pigment`
    families : key elements in words, as ("copper", "arsenic")
    key_lines : lines that must all be seen before the name is confirmed, as "Cu-K";
        "Sn-K|Sn-L" asks for any one of these
    advice : what would settle it where XRF cannot, and which pigments are meant
    visible : False where no pigment of the group has a line of its own
    """

    name: str
    label: str
    colour: str
    families: tuple[str, ...]
    key_lines: tuple[str, ...]
    advice: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Material:
    """A binder, varnish or support.

    Attributes
    ----------
    mass_fractions, impurities, phases, density_g_cm3 : as in `Pigment`
    thickness_um : lowest and highest usual thickness, micrometres; None for a binder
    source : where the figures come from; "typical" where they are judgement
    """

    name: str
    label: str
    phases: tuple[Phase, ...]
    mass_fractions: dict[str, float]
    impurities: dict[str, float]
    density_g_cm3: float
    thickness_um: tuple[float, float] | None
    source: str


@dataclass(frozen=True, slots=True)
class GroundLayer:
    """One coat of a ground.

    Attributes
    ----------
    pigments : pigment name to weight fraction among the coat's pigments, adding up to 1
    binder : name of a binder
    pvc : lowest and highest pigment volume concentration, 0 to 1
    thickness_um : lowest and highest usual thickness, micrometres
    """

    pigments: dict[str, float]
    binder: str
    pvc: tuple[float, float]
    thickness_um: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ground:
    """A preparation beneath all paint; `layers` from the top down."""

    name: str
    label: str
    layers: tuple[GroundLayer, ...]
    used_from: int | None
    used_until: int | None
    source: str


def alternatives(key_line: str) -> tuple[tuple[str, str], ...]:
    """Element and line family of each alternative: "Sn-K|Sn-L" is (("Sn", "K"), ("Sn", "L")).

    Raises
    ------
    ValueError : for what is no such name
    """
    found = []
    for item in key_line.split("|"):
        match = _KEY_LINE.fullmatch(item.strip())
        if match is None:
            raise ValueError(f"'{item}' is not the name of lines such as 'Pb-L' or 'Sn-K|Sn-L'")
        found.append((match[1], match[2]))
    return tuple(found)


def read_pigment(table: Table) -> Pigment:
    """A pigment from its table; LibraryError where that cannot be."""
    table.require("name", "label", "group", "composition", "density_g_cm3", "pvc", "colour")
    phases = _phases(table)
    pigment = Pigment(
        name=table.name(),
        label=table.text("label"),
        group=table.name("group"),
        formula=table.text("formula"),
        phases=phases,
        mass_fractions=typical_mass_fractions(phases),
        impurities=table.elements("impurities"),
        variation=table.text("variation"),
        density_g_cm3=table.number("density_g_cm3", 0.5, 23.0),
        density_source=table.text("density_source", "not stated"),
        pvc=table.pair("pvc", 0.01, 1.0),
        leaf_um=_optional_pair(table, "leaf_um"),
        colour_index=table.text("colour_index"),
        colour=table.colour(),
        used_from=table.year("used_from"),
        used_until=table.year("used_until"),
        references=table.texts("references"),
    )
    _check_years(table, pigment.used_from, pigment.used_until)
    table.finish()
    return pigment


def read_group(table: Table) -> Group:
    """A group from its table; LibraryError where that cannot be."""
    table.require("name", "label", "colour", "advice")
    group = Group(
        name=table.name(),
        label=table.text("label"),
        colour=table.colour(),
        families=table.texts("families"),
        key_lines=table.texts("key_lines"),
        advice=table.text("advice"),
        visible=table.truth("visible", True),
    )
    for key_line in group.key_lines:
        _check_key_line(table, key_line)
    if group.visible and not (group.families and group.key_lines):
        raise table.wrong("'families' and 'key_lines' are needed, unless visible = false")
    if not group.visible and (group.families or group.key_lines):
        raise table.wrong("a group with visible = false has no 'families' and no 'key_lines'")
    table.finish()
    return group


def read_material(table: Table, *, layer: bool) -> Material:
    """A binder, or with `layer` a varnish or support that has a thickness of its own."""
    table.require("name", "label", "composition", "density_g_cm3", "source")
    if layer:
        table.require("thickness_um")
    phases = _phases(table)
    material = Material(
        name=table.name(),
        label=table.text("label"),
        phases=phases,
        mass_fractions=typical_mass_fractions(phases),
        impurities=table.elements("impurities"),
        density_g_cm3=table.number("density_g_cm3", 0.05, 23.0),
        thickness_um=table.pair("thickness_um", 0.1, 1e5) if layer else None,
        source=table.text("source"),
    )
    table.finish()
    return material


def read_ground(
    table: Table, pigments: Mapping[str, Pigment], binders: Mapping[str, Material]
) -> Ground:
    """A ground from its table; LibraryError for a pigment or binder that the library lacks."""
    table.require("name", "label", "layers", "source")
    ground = Ground(
        name=table.name(),
        label=table.text("label"),
        layers=tuple(
            _ground_layer(item, pigments, binders) for item in table.tables("layers", "layer")
        ),
        used_from=table.year("used_from"),
        used_until=table.year("used_until"),
        source=table.text("source"),
    )
    if not ground.layers:
        raise table.wrong("'layers' needs at least one layer")
    _check_years(table, ground.used_from, ground.used_until)
    table.finish()
    return ground


def check_pigment_shows_key_lines(table: Table, pigment: Pigment, group: Group) -> None:
    """Reject a pigment that has too little of an element by which its group is named."""
    for key_line in group.key_lines:
        elements = {element for element, _ in alternatives(key_line)}
        most = max(pigment.mass_fractions.get(element, 0.0) for element in elements)
        if most < LEAST_KEY_ELEMENT:
            raise table.wrong(
                f"group '{group.name}' is named by {key_line}, and the composition has less than"
                f" {LEAST_KEY_ELEMENT:.1%} of {' or '.join(sorted(elements))}; choose another group"
            )


def _phases(table: Table) -> tuple[Phase, ...]:
    phases = tuple(_phase(item) for item in table.tables("composition", "phase"))
    if not phases:
        raise table.wrong("'composition' needs at least one phase")
    total = sum(phase.weight for phase in phases)
    if abs(total - 1.0) > WEIGHTS_TOLERANCE:
        raise table.wrong(f"the weights in 'composition' should add up to 1, not {total:.3f}")
    return phases


def _phase(table: Table) -> Phase:
    table.require("phase")
    name = table.text("phase")
    formula = table.text("formula")
    elements = table.elements("elements")
    weight = table.number("weight", 0.0, 1.0, 1.0)
    low, high = table.pair("range", 0.0, 1.0, (weight, weight))
    if not low <= weight <= high:
        raise table.wrong(f"'weight' {weight:g} lies outside 'range' [{low:g}, {high:g}]")
    if bool(formula) == bool(elements):
        raise table.wrong("give either 'formula' or 'elements'")
    if elements and abs(sum(elements.values()) - 1.0) > WEIGHTS_TOLERANCE:
        raise table.wrong(f"'elements' should add up to 1, not {sum(elements.values()):.3f}")
    if formula:
        try:
            fractions = mass_fractions(formula)
        except ValueError as error:
            raise table.wrong(str(error)) from error
    else:
        total = sum(elements.values())
        fractions = {element: value / total for element, value in elements.items()}
    table.finish()
    return Phase(name, formula, weight, low, high, fractions)


def _ground_layer(
    table: Table, pigments: Mapping[str, Pigment], binders: Mapping[str, Material]
) -> GroundLayer:
    table.require("pigments", "binder", "pvc", "thickness_um")
    weights = table.numbers("pigments", 0.0, 1.0)
    binder = table.text("binder")
    for name in weights:
        if name not in pigments:
            raise table.wrong(f"pigment '{name}' is not in the library")
    if binder not in binders:
        raise table.wrong(f"binder '{binder}' is not one of {', '.join(binders)}")
    if abs(sum(weights.values()) - 1.0) > WEIGHTS_TOLERANCE:
        raise table.wrong(f"'pigments' should add up to 1, not {sum(weights.values()):.3f}")
    layer = GroundLayer(
        weights, binder, table.pair("pvc", 0.01, 1.0), table.pair("thickness_um", 0.1, 1e4)
    )
    table.finish()
    return layer


def _optional_pair(table: Table, key: str) -> tuple[float, float] | None:
    low, high = table.pair(key, 0.0, 1e3, (0.0, 0.0))
    return (low, high) if high > 0.0 else None


def _check_years(table: Table, first: int | None, last: int | None) -> None:
    if first is not None and last is not None and first > last:
        raise table.wrong(f"'used_from' {first} is later than 'used_until' {last}")


def _check_key_line(table: Table, key_line: str) -> None:
    try:
        pairs = alternatives(key_line)
        for element, _ in pairs:
            atomic_number(element)
    except ValueError as error:
        raise table.wrong(f"'key_lines': {error}") from error
    for element, family in pairs:
        shells = ("K",) if family == "K" else tuple(f"{family}{n}" for n in range(1, 6))
        shells = shells[:3] if family == "L" else shells
        if not any(shell_lines(element, shell) for shell in shells):
            raise table.wrong(f"'key_lines': {element} has no {family} lines that XRF can see")
