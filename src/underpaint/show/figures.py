"""Numbers as a reader wants them."""

from __future__ import annotations

import numpy as np

from .scaling import readable


def percent(share: float) -> str:
    """A share from 0 to 1 in percent, never rounded to nothing or to all."""
    value = 100.0 * share
    if value <= 0.0:
        return "0 %"
    if value < 0.1:
        return "under 0.1 %"
    if value < 1.0:
        return f"{value:.1f} %"
    if 99.0 < value < 100.0:
        return "over 99 %"
    return f"{value:.0f} %"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "one group", "three groups", "12 groups"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    figure = words[number] if number < len(words) else f"{number:,}"
    return f"{figure} {one if number == 1 else many or one + 's'}"


def joined(parts: tuple[str, ...] | list[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def amount_words(amount: float | None, sigma: float | None) -> str:
    """ "2.1 mg/cm²; one pixel is uncertain by 0.4", empty where there is none.

    Not known is a mean that is no larger than what one pixel is uncertain by.

    Parameters
    ----------
    amount : mean over pixels, mg/cm2
    sigma : standard deviation that is typical of one of them, mg/cm2
    """
    if amount is None:
        return ""
    if not sigma:
        return f"{readable(amount)} mg/cm²"
    # no digit of the amount beyond the last one of its uncertainty
    digits = max(0, 1 - int(np.floor(np.log10(sigma))))
    words = f"{amount:,.{digits}f} mg/cm²; one pixel is uncertain by {sigma:,.{digits}f}"
    return words if sigma < amount else f"not known (the estimate is {words})"


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
