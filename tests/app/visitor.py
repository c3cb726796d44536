"""A visitor who knows only what is on the screen, and whose actions are counted."""

from collections.abc import Iterable
from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from cnnviz.app.palette.palette import Palette
from cnnviz.app.window.main_window import MainWindow

W = TypeVar("W", bound=QWidget)
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


class Visitor:
    """Clicks what is seen and presses what is offered; each click and each key is an action."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.actions = window, 0

    def click(self, name: str, panel: str = "") -> None:
        """Click the button with this text, or with this name for a screen reader; in a panel."""
        area = self.window.panels.by_name[panel] if panel else self.window
        button = self._one(
            name,
            (
                b
                for b in self._seen(QAbstractButton)
                if name in {_text(b), b.accessibleName()} and area.isAncestorOf(b)
            ),
        )
        spot = button.rect().center()
        if isinstance(button, QCheckBox):
            spot = QPoint(8, spot.y())
        self.actions += 1
        QTest.mouseClick(button, LEFT, pos=spot)
        QApplication.processEvents()

    def choose(self, button: str, item: str) -> None:
        """Open the menu of a button, and choose from it."""
        opener = self._one(
            button, (b for b in self._seen(QToolButton) if button in {_text(b), b.accessibleName()})
        )
        menu = opener.menu()
        menu.aboutToShow.emit()
        (action,) = [a for a in menu.actions() if a.text().replace("&", "") == item]
        assert action.isEnabled()
        self.actions += 2
        action.trigger()
        QApplication.processEvents()

    def turn_to(self, tab: str) -> None:
        """Click the tab of a panel."""
        for bar in self._seen(QTabBar):
            for at in range(bar.count()):
                if bar.tabText(at) == tab and bar.isTabVisible(at):
                    self.actions += 1
                    QTest.mouseClick(bar, LEFT, pos=bar.tabRect(at).center())
                    QApplication.processEvents()
                    return
        raise AssertionError(tab)

    def press(
        self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """Press a key."""
        self.actions += 1
        QTest.keyClick(self.window, key, held)
        QApplication.processEvents()

    def draw(self, pad: QWidget, *spots: QPoint) -> None:
        """Draw one stroke."""
        self.actions += 1
        QTest.mousePress(pad, LEFT, pos=spots[0])
        for spot in spots[1:]:
            QTest.mouseMove(pad, spot)
        QTest.mouseRelease(pad, LEFT, pos=spots[-1])
        QApplication.processEvents()

    def find(self, words: str, title: str) -> None:
        """Open the palette, type words, and take what it offers first: two actions."""
        self.press(Qt.Key.Key_K, CONTROL)
        (palette,) = self._seen(Palette)
        QTest.keyClicks(palette.field, words)
        assert palette.model.entries[0].title == title
        self.actions += 1
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        QApplication.processEvents()

    def _seen(self, kind: type[W]) -> list[W]:
        """Return the widgets of a kind that are on the screen."""
        found = self.window.findChildren(kind)
        return [w for w in found if w.isVisible() and not w.visibleRegion().isEmpty()]

    def _one(self, name: str, found: Iterable[W]) -> W:
        widgets = list(found)
        assert len(widgets) == 1, f"{len(widgets)} are called {name!r}"
        return widgets[0]


def _text(button: QAbstractButton) -> str:
    return button.text().replace("&", "").strip()
