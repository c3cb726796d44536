"""Marks on a curve where settings or parameters were changed, with a few words each."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.training.run.edits import Edit, change_words, edit_words
from cnnviz.training.run.history import Mark
from cnnviz.training.settings import Settings

_TYPE: Final = 0.85
"""Size of the labels' type, relative to body text."""
_SHORTEST: Final = 40
"""Pixels below which an abbreviated label says nothing any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed at one iteration.

    Attributes
    ----------
    iteration : int
        The state from which on the settings after it were in force.
    edits : tuple of Edit
        Parameters that were changed by hand in that state.
    """

    iteration: int
    before: Settings
    after: Settings
    edits: tuple[Edit, ...] = ()


def changes_of(
    first: Settings, marks: tuple[Mark, ...], edits: tuple[Edit, ...] = ()
) -> tuple[Change, ...]:
    """Return the changes that matter to the training, one per iteration at most.

    Parameters
    ----------
    first : Settings
        In force at the start.
    marks : tuple of Mark
        In their order.
    edits : tuple of Edit
        In their order.
    """
    latest = {mark.iteration: mark.settings for mark in marks}
    changes, before = [], first
    for iteration in sorted({*latest, *(edit.iteration for edit in edits)}):
        after = latest.get(iteration, before)
        here = tuple(edit for edit in edits if edit.iteration == iteration)
        if here or change_words(before, after):
            changes.append(Change(iteration, before, after, here))
        before = after
    return tuple(changes)


class ChangeMarks(pg.GraphicsObject):  # type: ignore[misc]
    """Thin upright lines with labels at their tops, in a view's own pixels.

    Changes that are too close together for a label each share one, which says what they come to.

    Parameters
    ----------
    view : pyqtgraph.ViewBox
        What the lines stand in; x is the iteration.
    labelled : bool
        Whether there are labels.
    """

    def __init__(self, view: pg.ViewBox, *, labelled: bool) -> None:
        super().__init__(view)
        self._view = view
        self._labelled = labelled
        self._changes: tuple[Change, ...] = ()
        self._iterations = np.empty(0)
        self._line = self._text = QColor()
        self._font = QFont()
        self.setZValue(-10)
        view.sigXRangeChanged.connect(self._moved)
        view.sigResized.connect(self._moved)

    @property
    def height(self) -> float:
        """Pixels that the labels need above the curve; 0 where there are none."""
        labelled = self._labelled and self._changes
        return QFontMetricsF(self._font).height() if labelled else 0.0

    def set_changes(self, changes: tuple[Change, ...]) -> None:
        """Mark these."""
        if changes != self._changes:
            self._changes = changes
            self._iterations = np.array([change.iteration for change in changes], float)
            self.update()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._line, self._text = QColor(style.theme.muted), QColor(style.theme.text)
        self._line.setAlphaF(0.6)
        self._font = style.scaled(_TYPE).body_font
        self.update()

    def words_near(self, x: float) -> str:
        """Return what was changed within a few pixels of a place in the view; "" for nothing."""
        near = np.flatnonzero(np.abs(self._places() - x) <= GRID // 2)
        return self._words(near[0], near[-1]) if len(near) else ""

    def labels(self) -> list[tuple[QRectF, str]]:
        """Return the labels that there is room for: where they are, in pixels, and their words."""
        if not self._labelled:
            return []
        places, width = self._places(), self._view.width()
        metrics, gap = QFontMetricsF(self._font), GRID // 2
        groups = self._groups(places)
        labels: list[tuple[QRectF, str]] = []
        for number, (first, last) in enumerate(groups):
            words = self._words(first, last)
            wanted = metrics.horizontalAdvance(words) + 1
            left = places[last] + gap
            end = places[groups[number + 1][0]] if number + 1 < len(groups) else width
            right = end - gap
            if right - left < wanted and end == width:
                # At the right edge a label stands before its line.
                used = max((box.right() for box, _ in labels), default=0.0)
                right = places[first] - gap
                left = max(used + gap, right - wanted)
            if words and right - left >= min(wanted, _SHORTEST):
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, right - left)
                labels.append((QRectF(left, 0, right - left, metrics.height()), words))
        return labels

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._view.rect())

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw what is in view."""
        if not self._changes:
            return
        places, bottom = self._places(), self._view.height()
        columns = np.unique(np.round(places[(places >= 0) & (places <= self._view.width())]))
        painter.setPen(self._line)
        painter.drawLines([QLineF(x + 0.5, 0, x + 0.5, bottom) for x in columns.tolist()])
        painter.setFont(self._font)
        painter.setPen(self._text)
        for box, words in self.labels():
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, words)

    def _places(self) -> NDArray[np.float64]:
        """Return where the changes stand, in pixels from the view's left."""
        low, high = self._view.viewRange()[0]
        places: NDArray[np.float64] = (self._iterations - low) / (high - low) * self._view.width()
        return places

    def _groups(self, places: NDArray[np.float64]) -> list[tuple[int, int]]:
        """Return the first and last of the changes in view that share a label."""
        groups: list[tuple[int, int]] = []
        for change in np.flatnonzero((places >= 0) & (places <= self._view.width())).tolist():
            if groups and places[change] - places[groups[-1][0]] < _SHORTEST:
                groups[-1] = (groups[-1][0], change)
            else:
                groups.append((change, change))
        return groups

    def _words(self, first: int, last: int) -> str:
        group = self._changes[first : last + 1]
        edits = [edit for change in group for edit in change.edits]
        said = (change_words(group[0].before, group[-1].after), edit_words(edits))
        return ", ".join(words for words in said if words)

    @Slot()
    def _moved(self) -> None:
        self.prepareGeometryChange()
        self.update()
