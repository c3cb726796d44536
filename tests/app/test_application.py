"""The application's set-up, and where it keeps what it remembers."""

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from cnnviz import __version__
from cnnviz.app.application import create_application, default_store, stored_theme
from cnnviz.app.keys import OwnKeys
from cnnviz.app.theme import DARK, LIGHT, Theme


def test_there_is_one_application(qapp: QApplication) -> None:
    assert create_application() is qapp
    assert create_application(DARK) is qapp  # a second call changes nothing
    assert qapp.applicationName() == "cnnviz"
    assert qapp.applicationVersion() == __version__
    assert len(qapp.findChildren(OwnKeys)) == 1


def test_pyqtgraph_is_told_how_images_lie(qapp: QApplication) -> None:
    assert qapp
    assert pg.getConfigOption("imageAxisOrder") == "row-major"


@pytest.mark.parametrize(
    ("kept", "theme"),
    [(None, LIGHT), ("light", LIGHT), ("dark", DARK), ("sepia", LIGHT), (7, LIGHT)],
)
def test_the_theme_in_use_last_comes_back(store: QSettings, kept: object, theme: Theme) -> None:
    if kept is not None:
        store.setValue("theme", kept)
    assert stored_theme(store) is theme


def test_what_is_remembered_lies_in_the_users_own_folder() -> None:
    store = default_store()
    assert store.format() == QSettings.Format.IniFormat
    assert store.scope() == QSettings.Scope.UserScope
    assert store.fileName().endswith("cnnviz/cnnviz.ini")
