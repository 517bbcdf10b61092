"""Where the pixels of a scan lie on the scanner's stage."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class StagePlace:
    """An even grid of pixels on the stage; every figure is (y, x), mm.

    Attributes
    ----------
    first : the centre of the first pixel
    down : from a row to the next
    across : from a column to the next
    """

    first: Place
    down: Place
    across: Place

    def at(self, row: float, column: float) -> Place:
        """Where a pixel's centre lies, (y, x) mm."""
        (y, x), down, across = self.first, self.down, self.across
        return y + row * down[0] + column * across[0], x + row * down[1] + column * across[1]

    def starting_at(self, row: float, column: float) -> StagePlace:
        """The grid whose first pixel is another one of this grid."""
        return StagePlace(self.at(row, column), self.down, self.across)

    def turned_over(self, shape: tuple[int, int], *, down: bool, across: bool) -> StagePlace:
        """The grid with its rows, its columns, or both in opposite order.

        Parameters
        ----------
        shape : rows, columns
        """
        moved = self.starting_at((shape[0] - 1) * down, (shape[1] - 1) * across)
        return StagePlace(
            moved.first,
            _opposite(self.down) if down else self.down,
            _opposite(self.across) if across else self.across,
        )

    def transposed(self) -> StagePlace:
        """The grid whose rows are the columns of this one."""
        return StagePlace(self.first, self.across, self.down)

    def coarser(self, pixels: int) -> StagePlace:
        """The grid of squares of so many pixels."""
        middle = self.starting_at((pixels - 1) / 2, (pixels - 1) / 2)
        down, across = self.down, self.across
        return StagePlace(
            middle.first,
            (down[0] * pixels, down[1] * pixels),
            (across[0] * pixels, across[1] * pixels),
        )


def _opposite(step: Place) -> Place:
    # adding 0 keeps a zero from becoming a negative one
    return -step[0] + 0.0, -step[1] + 0.0
