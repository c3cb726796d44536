"""The small dialogs: their text, and that they are deleted on closing."""

import platform

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnviz import __version__
from cnnviz.app.window import dialogs
from cnnviz.app.window.main_window import MainWindow


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    return parent


def words(dialog: QDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel) if label.text()]


def close_button(dialog: QDialog) -> QPushButton:
    box = dialog.findChild(QDialogButtonBox)
    assert box is not None
    return box.button(QDialogButtonBox.StandardButton.Close)


def made(kind: str, parent: QWidget) -> QDialog:
    if kind == "about":
        return dialogs.about(parent)
    if kind == "shortcuts":
        return dialogs.shortcuts([("Run", [QAction("Run", parent)])], parent)
    return dialogs.details("what happened", parent)


@pytest.mark.parametrize("how", ["button", "escape"])
@pytest.mark.parametrize("kind", ["about", "shortcuts", "details"])
def test_a_closed_dialog_is_deleted(parent: QWidget, qtbot: QtBot, kind: str, how: str) -> None:
    dialog = made(kind, parent)
    dialog.open()
    assert dialog.windowTitle()
    assert dialog.width() >= dialog.minimumSizeHint().width()
    if how == "button":
        qtbot.mouseClick(close_button(dialog), Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(dialog)


def test_about_names_the_program_and_its_libraries(parent: QWidget) -> None:
    dialog = dialogs.about(parent)
    text = " ".join(words(dialog))
    for part in (f"cnnviz {__version__}", platform.python_version(), "numpy", "PySide6", "MIT"):
        assert part in text
    assert "Alpaydin" in text  # the source of the digits
    assert any(not label.pixmap().isNull() for label in dialog.findChildren(QLabel))


def test_shortcuts_lists_each_key_with_its_action(parent: QWidget) -> None:
    actions = []
    for text, keys, tip in (
        ("Run", "Right", "Run, or pause (Right)"),
        ("Save…", "Ctrl+S", "Save the run"),
    ):
        action = QAction(text, parent)
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(tip)
        actions.append(action)
    groups = [("Run", actions[:1]), ("Files", actions[1:])]
    texts = words(dialogs.shortcuts(groups, parent))
    for heading in ("Run", "Files", "In the panels"):
        texts.remove(heading)
    rows = dict(zip(texts[::2], texts[1::2], strict=True))
    assert rows["→"] == "Run, or pause"
    assert rows["Ctrl+S"] == "Save the run"
    assert "Tab, Shift+Tab" in rows


def test_details_can_be_read_and_copied_but_not_changed(parent: QWidget, qtbot: QtBot) -> None:
    dialog = dialogs.details("one\ntwo <b>three</b>", parent)
    dialog.open()
    text = dialog.findChild(QPlainTextEdit)
    assert text is not None
    qtbot.keyClicks(text, "x")
    assert text.toPlainText() == "one\ntwo <b>three</b>"
    text.selectAll()
    assert text.textCursor().selectedText().endswith("three</b>")
    dialog.close()


@pytest.mark.parametrize("size", [(1024, 700), (1440, 900)], ids=str)
@pytest.mark.parametrize("kind", ["about", "shortcuts"])
def test_in_large_type_everything_fits_or_can_be_scrolled_to(
    window: MainWindow, qtbot: QtBot, kind: str, size: tuple[int, int]
) -> None:
    window.resize(*size)
    window.set_presentation(True)
    getattr(window.actions_, kind).trigger()
    dialog = window.findChild(QDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    assert dialog.width() <= size[0]
    assert dialog.height() <= size[1]
    area = dialog.findChild(QScrollArea)
    assert area is not None
    body = area.widget()
    assert body.width() <= area.viewport().width()
    labels = body.findChildren(QLabel)
    assert labels
    for label in labels:
        assert body.rect().contains(label.geometry())
        least = label.heightForWidth(label.width()) if label.wordWrap() else 0
        assert label.height() >= max(least, label.minimumSizeHint().height()), label.text()
        assert label.width() >= label.minimumSizeHint().width(), label.text()
    assert close_button(dialog).isVisible()
    dialog.close()
    window.set_presentation(False)


def test_all_keys_are_under_headings(window: MainWindow) -> None:
    window.actions_.shortcuts.trigger()
    dialog = window.findChild(QDialog)
    assert dialog is not None
    texts = words(dialog)
    headings = [label.text() for label in dialog.findChildren(QLabel) if label.property("heading")]
    assert headings[0] == "Run"
    assert {"Time", "Files", "Debugger", "In the panels"} <= set(headings)
    assert texts.index("End") == texts.index("Home") + 2
    for keys in ("Ctrl+Arrows", "Enter, F2", "Delete", "Ctrl+Home, Ctrl+End", "Alt+→"):
        assert keys in texts
    dialog.close()
