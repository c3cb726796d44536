"""Gives the panels other sizes with the keyboard, as dragging the borders between them does."""

from collections.abc import Mapping, Sequence
from typing import Final

import shiboken6
from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QWidget

from cnnviz.app.look.style_sheet import use_normal_weight
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import ENTER, MOVES, move_of, plain_key
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.app.window.panel_focus import PanelFocus
from cnnviz.app.window.parts import Parts

_STEP: Final = 2 * GRID
"""Pixels by which an arrow key changes a size."""
_ESCAPE: Final = Qt.Key.Key_Escape


class PanelResizing(QObject):
    """Changes the size of the panel that has the keyboard, or else of the workspace's main one."""

    def __init__(self, parts: Parts, panel_focus: PanelFocus) -> None:
        super().__init__(parts.window)
        self._window, self._docks, self._panel_focus = parts.window, parts.docks, panel_focus
        self._label: SizeLabel | None = None
        self._before: QWidget | None = None
        self._sizes: Mapping[QDockWidget, QSize] = {}
        parts.actions.resize_panel.triggered.connect(self._begin_focused)

    @Slot()
    def _begin_focused(self) -> None:
        self.begin(self._panel_focus.focused or self._docks.main)

    def begin(self, panel: str) -> None:
        """Let the arrow keys change the size of a panel, until Enter, Esc or a click elsewhere."""
        if self._label is not None:
            self._end()
        self._docks.bring_up(panel)
        self._before = QApplication.focusWidget()
        opened = (dock for dock in self._docks.all() if not dock.isHidden())
        self._sizes = {dock: dock.size() for dock in opened}
        self._label = label = SizeLabel(self._docks[panel])
        label.moved.connect(self._change)
        label.ended.connect(self._end)
        label.cancelled.connect(self._cancel)
        label.reveal()

    @Slot(int, int)
    def _change(self, wider: int, higher: int) -> None:
        if (label := self._label) is None:
            return
        dock, before = label.dock, label.dock.size()
        if dock.isFloating():
            dock.resize(before + QSize(_STEP * wider, _STEP * higher))
        elif wider:
            self._move_border(dock, _STEP * wider, Qt.Orientation.Horizontal)
        else:
            self._move_border(dock, _STEP * higher, Qt.Orientation.Vertical)
        if (layout := self._window.layout()) is not None:
            layout.activate()  # now, and not with the next event
        label.describe(is_at_limit=dock.size() == before)

    def _move_border(self, dock: QDockWidget, pixels: int, orientation: Qt.Orientation) -> None:
        """Move the border between a dock and its neighbour; without one, change nothing."""
        others = [one for one in self._docks.all() if one is not dock and _is_in_front(one)]
        neighbour = neighbour_of(dock, others, orientation)
        if neighbour is not None:
            is_width = orientation == Qt.Orientation.Horizontal
            own, its = (d.width() if is_width else d.height() for d in (dock, neighbour))
            # Qt would scale the sizes of all panels if one alone were given.
            self._window.resizeDocks([dock, neighbour], [own + pixels, its - pixels], orientation)

    @Slot()
    def _cancel(self) -> None:
        """Give all panels the sizes that they had."""
        docked = [dock for dock in self._sizes if not dock.isFloating() and not dock.isHidden()]
        widths = [self._sizes[dock].width() for dock in docked]
        heights = [self._sizes[dock].height() for dock in docked]
        self._window.resizeDocks(docked, widths, Qt.Orientation.Horizontal)
        self._window.resizeDocks(docked, heights, Qt.Orientation.Vertical)
        for dock, size in self._sizes.items():
            if dock.isFloating():
                dock.resize(size)
        self._end()

    @Slot()
    def _end(self) -> None:
        label, self._label = self._label, None
        if label is None:
            return
        had_keyboard = label.hasFocus()
        label.hide()
        label.deleteLater()
        before, self._before = self._before, None
        if had_keyboard:
            if before is None or not shiboken6.isValid(before):  # as a field in a table is then
                before = self._window
            before.setFocus(Qt.FocusReason.OtherFocusReason)


class SizeLabel(QLabel):
    """Lies over a panel, shows its size, and takes the keys that change it."""

    own_keys = frozenset({*MOVES, *ENTER, _ESCAPE})
    spoken_value = ""
    moved = Signal(int, int)
    """Carries by how many steps the panel is to become wider, and higher."""
    ended = Signal()
    """The size is to be kept."""
    cancelled = Signal()
    """The size before is to be restored."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.dock = dock
        self.setObjectName("panel-size")
        self.setTextFormat(Qt.TextFormat.PlainText)
        use_normal_weight(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"Size of the panel {dock.windowTitle()}")
        self.setAccessibleDescription("Arrow keys change it, Enter keeps it, Esc restores it.")

    def reveal(self) -> None:
        """Show it over the panel, with the keyboard."""
        self.describe()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def describe(self, *, is_at_limit: bool = False) -> None:
        """Show and say the size of the panel, and whether it cannot change further that way."""
        dock, limit = self.dock, ", the limit" if is_at_limit else ""
        speak(self, f"{dock.width()} wide, {dock.height()} high{limit}")
        self.setText(
            f"{dock.width()} × {dock.height()}{limit}\n"
            "← narrower\n→ wider\n↑ lower\n↓ higher\nEnter keeps it\nEsc restores it"
        )
        self.adjustSize()
        left, top = (dock.width() - self.width()) // 2, (dock.height() - self.height()) // 2
        self.move(max(0, left), max(0, top))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change the size, keep it, or restore the one before."""
        move, key = move_of(event), plain_key(event)
        if move is not None:
            self.moved.emit(*move)
        elif key in ENTER:
            self.ended.emit()
        elif key == _ESCAPE:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keep the size if the person goes on elsewhere."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.ended.emit()


def neighbour_of(
    dock: QDockWidget, others: Sequence[QDockWidget], orientation: Qt.Orientation
) -> QDockWidget | None:
    """Return the nearest of other docks at the right or below; else at the left or above."""
    is_horizontal = orientation == Qt.Orientation.Horizontal

    def span(one: QDockWidget, *, along: bool) -> tuple[int, int]:
        box = one.geometry()
        sides = (box.left(), box.right()) if along == is_horizontal else (box.top(), box.bottom())
        return sides[0], sides[1]

    start, end = span(dock, along=True)
    across = span(dock, along=False)
    beside = [one for one in others if _overlap(across, span(one, along=False))]
    after = [one for one in beside if span(one, along=True)[0] > end]
    before = [one for one in beside if span(one, along=True)[1] < start]
    if after:
        return min(after, key=lambda one: span(one, along=True)[0])
    return max(before, key=lambda one: span(one, along=True)[1], default=None)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _is_in_front(dock: QDockWidget) -> bool:
    """Return whether a dock is in the window, and not behind another tab."""
    return not dock.isFloating() and not dock.visibleRegion().isEmpty()
