"""The keyboard's way from panel to panel."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import shiboken6
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QApplication, QDockWidget, QScrollArea, QWidget

from cnnviz.app.guide.card import Card
from cnnviz.app.window.parts import Parts

_TAB: Final = Qt.FocusReason.TabFocusReason


class PanelFocus(QObject):
    """Goes with the keyboard to the next panel or the one before, and from the last to the window.

    In the window itself, Space and the arrow keys control the run.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._docks = parts.window, parts.docks
        self._panels = parts.panels.by_name
        parts.actions.next_panel.triggered.connect(lambda _checked: self._go(1))
        parts.actions.previous_panel.triggered.connect(lambda _checked: self._go(-1))

    @property
    def focused(self) -> str:
        """The panel that has the keyboard; empty if none has."""
        focus = QApplication.focusWidget()
        if focus is None:
            return ""
        inside = (n for n in self._panels if self._docks[n].isAncestorOf(focus))
        return next(inside, "")

    def enter(self, panel: str) -> None:
        """Bring a panel up and focus what had the focus in it last, or a card over it."""
        self._docks.bring_up(panel)
        dock = self._docks[panel]
        card = next((card for card in dock.findChildren(Card) if card.isVisible()), None)
        inside = card or self._panels[panel]
        last = inside.focusWidget() if card is None else None
        control = last if last is not None and last.isVisible() else first_control(inside)
        if control is not None:
            focus_on(control)

    @Slot(int)
    def _go(self, step: int) -> None:
        stops = ["", *self._shown()]
        now = self.focused
        at = stops.index(now) if now in stops else 0
        name = stops[(at + step) % len(stops)]
        if name:
            self.enter(name)
        else:
            self._window.setFocus(_TAB)

    def _shown(self) -> list[str]:
        """Return the open panels from the left, then from the top; those in tabs follow another."""
        docks = {name: self._docks[name] for name in self._panels}
        opened = [name for name, dock in docks.items() if not dock.isHidden()]
        return sorted(opened, key=lambda name: self._corner(docks[name]))

    def _corner(self, dock: QDockWidget) -> tuple[int, int]:
        """Return where a panel is, or the one that is in front of it: Qt moves hidden ones away."""
        tabs = [dock, *self._window.tabifiedDockWidgets(dock)]
        front = next((one for one in tabs if not one.visibleRegion().isEmpty()), dock)
        return front.x(), front.y()


def first_control(panel: QWidget) -> QWidget | None:
    """Return the first control of a panel that Tab can reach, in the order of Tab."""
    at = panel.nextInFocusChain()
    while at is not None and at is not panel:
        tabbed = bool(at.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if tabbed and panel.isAncestorOf(at) and at.isVisible() and at.isEnabled():
            return at
        at = at.nextInFocusChain()
    return None


def focus_on(control: QWidget) -> None:
    """Give a control the keyboard, and scroll it into view."""
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(control)
        parent = parent.parentWidget()
    control.setFocus(_TAB)


@contextmanager
def keeping_keyboard(window: QWidget) -> Iterator[None]:
    """Keep the focus while panels come and go inside the block, or give it to the window.

    For Qt, they are hidden for a moment, and it gives the keyboard to a button of the toolbar,
    which Space then presses.
    """
    focused = QApplication.focusWidget()
    yield
    if focused is None or QApplication.focusWidget() is focused:
        return
    is_there = shiboken6.isValid(focused) and focused.isVisible() and is_seen(window, focused)
    (focused if is_there else window).setFocus()


def is_seen(window: QWidget, control: QWidget) -> bool:
    """Return whether a control is in a part of a window that is not behind another one."""
    part: QWidget | None = control
    while part is not None and part is not window and part.parentWidget() is not window:
        part = part.parentWidget()
    return part is None or part is window or not part.visibleRegion().isEmpty()
