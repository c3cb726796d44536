"""Marks on a curve at changes of settings or parameters, with labels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from cnnviz.app.curves.overlay import Overlay
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.edits import Edit, change_words, edit_words
from cnnviz.training.settings import Settings

_TYPE: Final = 0.85
"""Font size of labels, relative to body text."""
_SHORTEST: Final = 40
"""Least width of a useful elided label, in pixels."""


@dataclass(frozen=True, slots=True)
class MarkedChange:
    """The changes at one iteration."""

    iteration: int
    """The state before the first iteration with the new settings."""
    before: Settings
    after: Settings
    edits: tuple[Edit, ...]
    """Edits of that state's parameters."""


def changes_of(
    first: Settings, marks: tuple[SettingsMark, ...], edits: tuple[Edit, ...] = ()
) -> tuple[MarkedChange, ...]:
    """Return the changes that affect the training, at most one an iteration.

    Marks and edits are in order; `first` are the settings at the start.
    """
    latest = {mark.iteration: mark.settings for mark in marks}
    changes, before = [], first
    for iteration in sorted({*latest, *(edit.iteration for edit in edits)}):
        after = latest.get(iteration, before)
        here = tuple(edit for edit in edits if edit.iteration == iteration)
        if here or change_words(before, after):
            changes.append(MarkedChange(iteration, before, after, here))
        before = after
    return tuple(changes)


class ChangeMarks(Overlay):
    """Thin vertical lines, with labels at the top.

    Changes too close for a label each share one on their sum.
    """

    def __init__(self, view: pg.ViewBox, *, labelled: bool) -> None:
        super().__init__(view, -10)
        self._labelled = labelled
        self._changes: tuple[MarkedChange, ...] = ()
        self._iterations = np.empty(0)
        self._line = self._text = QColor()
        self._font = QFont()

    @property
    def height(self) -> float:
        """Height of the labels above the curve, in pixels."""
        labelled = self._labelled and self._changes
        return QFontMetricsF(self._font).height() if labelled else 0.0

    def set_changes(self, changes: tuple[MarkedChange, ...]) -> None:
        """Mark these changes."""
        if changes != self._changes:
            self._changes = changes
            self._iterations = np.array([change.iteration for change in changes], float)
            self.setVisible(bool(changes))
            self.update()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._line, self._text = QColor(style.theme.muted), QColor(style.theme.text)
        self._line.setAlphaF(0.6)
        self._font = style.scaled(_TYPE).body_font
        self.update()

    def words_near(self, x: float) -> str:
        """Return the changes within a few pixels of a position as text; "" for none."""
        near = np.flatnonzero(np.abs(self._x(self._iterations) - x) <= GRID // 2)
        return self._words(near[0], near[-1]) if len(near) else ""

    def words_at(self, iteration: int) -> list[str]:
        """Return the changes at an iteration as text; none if there are none."""
        here = np.flatnonzero(self._iterations == iteration)
        return [self._words(here[0], here[0])] if len(here) else []

    def labels(self) -> list[tuple[QRectF, str]]:
        """Return the labels that fit: their rectangles, in pixels, and texts."""
        if not self._labelled:
            return []
        xs, width = self._x(self._iterations), self._view.width()
        metrics, gap = QFontMetricsF(self._font), GRID // 2
        groups = self._groups(xs)
        labels: list[tuple[QRectF, str]] = []
        for number, (first, last) in enumerate(groups):
            words = self._words(first, last)
            wanted = metrics.horizontalAdvance(words) + 1
            left = xs[last] + gap
            end = xs[groups[number + 1][0]] if number + 1 < len(groups) else width
            right = end - gap
            if right - left < wanted and end == width:
                # At the right edge, the label is left of its line.
                used = max((box.right() for box, _ in labels), default=0.0)
                right = xs[first] - gap
                left = max(used + gap, right - wanted)
            if words and right - left >= min(wanted, _SHORTEST):
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, right - left)
                labels.append((QRectF(left, 0, right - left, metrics.height()), words))
        return labels

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the lines and labels in view."""
        xs, bottom = self._x(self._iterations), self._view.height()
        columns = np.unique(np.round(xs[(xs >= 0) & (xs <= self._view.width())]))
        painter.setPen(self._line)
        painter.drawLines([QLineF(x + 0.5, 0, x + 0.5, bottom) for x in columns.tolist()])
        painter.setFont(self._font)
        painter.setPen(self._text)
        for box, words in self.labels():
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)

    def _groups(self, xs: NDArray[np.float64]) -> list[tuple[int, int]]:
        """Return the first and last index of each group of changes that share a label."""
        groups: list[tuple[int, int]] = []
        for change in np.flatnonzero((xs >= 0) & (xs <= self._view.width())).tolist():
            if groups and xs[change] - xs[groups[-1][0]] < _SHORTEST:
                groups[-1] = (groups[-1][0], change)
            else:
                groups.append((change, change))
        return groups

    def _words(self, first: int, last: int) -> str:
        group = self._changes[first : last + 1]
        edits = [edit for change in group for edit in change.edits]
        parts = (change_words(group[0].before, group[-1].after), edit_words(edits))
        return ", ".join(part for part in parts if part)
