"""Which part of a square matrix is in view."""

from dataclasses import dataclass
from typing import Final

_SMALLEST: Final = 3.0
"""Cells across the smallest part."""


@dataclass(frozen=True, slots=True)
class Part:
    """A square part of a matrix of `side` × `side` cells, measured in cells."""

    side: int
    left: float
    top: float
    """left, top: where it starts."""
    size: float
    """Cells across it."""

    @classmethod
    def whole(cls, side: int) -> "Part":
        """Return all of a matrix."""
        return cls(side, 0.0, 0.0, float(side))

    @property
    def is_whole(self) -> bool:
        """Whether all of the matrix is in view."""
        return self.size >= self.side

    def zoomed(self, factor: float, x: float, y: float) -> "Part":
        """Return a part smaller by `factor`, in which a point of the matrix does not move."""
        size = max(self.size / factor, _SMALLEST)
        if size > (1 - 1e-9) * self.side:
            size = float(self.side)
        shrunk = size / self.size
        return self._at(x - (x - self.left) * shrunk, y - (y - self.top) * shrunk, size)

    def moved(self, right: float, down: float) -> "Part":
        """Return a part some cells away, or as far as the matrix goes."""
        return self._at(self.left + right, self.top + down, self.size)

    def showing(self, row: int, col: int) -> "Part":
        """Return the part, moved as little as it takes to have all of a cell in view."""
        left = min(max(self.left, col + 1 - self.size), col)
        top = min(max(self.top, row + 1 - self.size), row)
        return self._at(left, top, self.size)

    def _at(self, left: float, top: float, size: float) -> "Part":
        last = self.side - size
        return Part(self.side, min(max(left, 0.0), last), min(max(top, 0.0), last), size)
