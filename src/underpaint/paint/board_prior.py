"""What mock-ups are like: patches of paint laid out to try pigments, scanners and programs.

The figures live in the package's `prior.toml`, table [board]: what is otherwise than in paintings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from underpaint.settings import shipped

from .prior import PaintPrior


@dataclass(frozen=True, slots=True)
class BoardPrior:
    """What is otherwise on a mock-up than in a painting; attributes as those of `PaintPrior`.

    Raises
    ------
    ConfigError : by `of`, for what `PaintPrior` does not take
    """

    any_date: float = shipped("board", "any_date")
    palette_size: tuple[int, int] = shipped("board", "palette_size")
    paint_layers: tuple[float, float, float, float] = shipped("board", "paint_layers")
    mixture: tuple[float, float, float, float] = shipped("board", "mixture")
    with_white: float = shipped("board", "with_white")
    glaze: float = shipped("board", "glaze")
    varnished: float = shipped("board", "varnished")
    no_ground: float = shipped("board", "no_ground")
    imprimatura: float = shipped("board", "imprimatura")
    underpaint: float = shipped("board", "underpaint")
    beneath: float = shipped("board", "beneath")
    retouched: float = shipped("board", "retouched")
    stranger: float = shipped("board", "stranger")
    mixed_pixel: float = shipped("board", "mixed_pixel")
    uneven: float = shipped("board", "uneven")

    def of(self, paint: PaintPrior) -> PaintPrior:
        """The prior of paintings, changed to that of mock-ups."""
        return replace(paint, **asdict(self))
