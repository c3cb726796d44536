"""Shares the height of the predictions between their plot and their table."""

from math import isfinite
from typing import Final

from PySide6.QtCore import QByteArray, QObject, Slot

from cnnviz.app.widgets.splitter import Splitter

_SHARE: Final = 0.4
"""The plot's share of the height at first."""
_ANY: Final = 10_000
"""A height before there is one: only the ratio counts then."""


class SharedHeight(QObject):
    """Keeps the share that a person has chosen, as long as both parts can be read.

    In a low panel, the plot gets more than its share before the table loses its last rows.
    """

    def __init__(self, splitter: Splitter) -> None:
        super().__init__(splitter)
        self._splitter, self._share = splitter, _SHARE
        self._plot = self._table = 0
        splitter.splitterMoved.connect(self._take)
        splitter.resized.connect(self.fit)

    def require(self, plot: int, table: int) -> None:
        """Set the heights in pixels below which plot and table are hard to read."""
        self._plot, self._table = plot, table
        self.fit()

    @Slot()
    def fit(self) -> None:
        """Share the height that there is now."""
        height = sum(self._splitter.sizes()) or _ANY
        readable = min(self._plot, height - self._table)
        plot = max(round(self._share * height), readable)
        self._splitter.setSizes([plot, height - plot])

    def reset(self) -> None:
        """Share it as at the first start."""
        self._share = _SHARE
        self.fit()

    def keep(self) -> QByteArray:
        """Return what `restore` reads."""
        return QByteArray(f"{self._share:.4f}".encode())

    def restore(self, kept: QByteArray) -> None:
        """Share it as it was saved by this version or an older one."""
        try:
            share = float(kept.data())
        except ValueError:
            self._splitter.restoreState(kept)
            self._take()
        else:
            self._share = min(max(share, 0.0), 1.0) if isfinite(share) else _SHARE
            self.fit()

    @Slot()
    def _take(self) -> None:
        sizes = self._splitter.sizes()
        self._share = sizes[0] / max(1, sum(sizes))
