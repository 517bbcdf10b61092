"""Names as a reader writes them: elements in full, lines with their Greek letters."""

from __future__ import annotations

import re

GREEK = {"a": "α", "b": "β", "g": "γ", "l": "ℓ", "n": "η", "z": "ζ"}
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

ELEMENT_NAMES = {
    "Na": "sodium", "Mg": "magnesium", "Al": "aluminium", "Si": "silicon", "P": "phosphorus",
    "S": "sulphur", "Cl": "chlorine", "Ar": "argon", "K": "potassium", "Ca": "calcium",
    "Ti": "titanium", "V": "vanadium", "Cr": "chromium", "Mn": "manganese", "Fe": "iron",
    "Co": "cobalt", "Ni": "nickel", "Cu": "copper", "Zn": "zinc", "Ga": "gallium",
    "Ge": "germanium", "As": "arsenic", "Se": "selenium", "Br": "bromine", "Rb": "rubidium",
    "Sr": "strontium", "Y": "yttrium", "Zr": "zirconium", "Nb": "niobium", "Mo": "molybdenum",
    "Ru": "ruthenium", "Rh": "rhodium", "Pd": "palladium", "Ag": "silver", "Cd": "cadmium",
    "In": "indium", "Sn": "tin", "Sb": "antimony", "Te": "tellurium", "I": "iodine",
    "Ba": "barium", "La": "lanthanum", "Ce": "cerium", "Nd": "neodymium", "W": "tungsten",
    "Pt": "platinum", "Au": "gold", "Hg": "mercury", "Tl": "thallium", "Pb": "lead",
    "Bi": "bismuth", "U": "uranium",
}  # fmt: skip


def line_name(line: str) -> str:
    """ "Hg La1" as "Hg Lα₁"; anything else unchanged."""
    match = re.fullmatch(r"([A-Z][a-z]?) ([KLM])([abglnz])(\d*)", line)
    if match is None:
        return line
    element, shell, letter, number = match.groups()
    return f"{element} {shell}{GREEK[letter]}{number.translate(SUBSCRIPTS)}"


def element_title(name: str) -> str:
    """ "Fe-K" as "Iron (Fe K)"."""
    symbol, _, family = name.partition("-")
    title = ELEMENT_NAMES.get(symbol, symbol).capitalize()
    return f"{title} ({symbol} {family})" if family else title


def pigment_name(member: str) -> str:
    """ "lead-tin-yellow" as "lead tin yellow"."""
    return member.replace("-", " ")
