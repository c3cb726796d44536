"""Keys have the names of the system's keyboards."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QWidget

from cnnviz.app.look import key_names
from cnnviz.app.look.key_names import named_keys
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window import dialogs
from cnnviz.app.window.main_window import MainWindow


@pytest.fixture
def on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_names, "ON_MACOS", True)


@pytest.mark.usefixtures("on_macos")
def test_only_keys_that_are_held_have_other_names() -> None:
    assert named_keys("Undo (Ctrl+Shift+Z), Alt+Left, Meta+F1") == (
        "Undo (Cmd+Shift+Z), Option+Left, Ctrl+F1"
    )
    assert named_keys("Ctrl, Alternative, Salt+Pepper") == "Ctrl, Alternative, Salt+Pepper"


@pytest.mark.usefixtures("on_macos")
def test_nothing_that_a_window_says_names_a_key_that_means_something_else_there(
    make_window: Callable[..., MainWindow],
) -> None:
    window = make_window()
    window.complete()
    for panel in window.panels.by_name.values():
        if isinstance(panel, LazyPanel):
            panel.panel.show()
    actions = window.findChildren(QAction)
    dialog = dialogs.shortcuts([("All", [a for a in actions if a.shortcut().toString()])], window)
    widgets = [*window.findChildren(QWidget), *dialog.findChildren(QWidget)]
    tips = [one.toolTip() for one in (*widgets, *actions)]
    texts = [label.text() for label in widgets if isinstance(label, QLabel)]
    assert [text for text in (*tips, *texts) if "Ctrl+" in text or "Alt+" in text] == []
    assert any("Cmd+Z" in tip for tip in tips)
    assert any("Cmd+Shift+" in text for text in texts)
