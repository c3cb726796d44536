"""Settings that cannot be saved are reported, and block nothing."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from cnnviz.app.look.theme import LIGHT
from cnnviz.app.runtime.settings_file import (
    copy_damaged,
    is_writable,
    open_settings,
    settings_problem,
)
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.person import Person


@pytest.fixture
def read_only(tmp_path: Path) -> QSettings:
    """Settings in a folder that cannot be created: a file has its name."""
    (tmp_path / "file").write_text("no folder")
    return QSettings(str(tmp_path / "file" / "cnnviz.ini"), QSettings.Format.IniFormat)


def lock(store: QSettings, seconds_ago: float) -> Path:
    """Leave a lock as another host would, with a file system that both share."""
    path = Path(f"{store.fileName()}.lock")
    path.write_text("12345\ncnnviz\nanother-host\n0\n0\n")
    then = time.time() - seconds_ago
    os.utime(path, (then, then))
    return path


def test_saved_settings_are_not_mentioned(store: QSettings) -> None:
    assert settings_problem(store) == ""
    assert list(Path(store.fileName()).parent.iterdir()) == []


def test_unsaved_settings_are_reported_in_the_window(read_only: QSettings, qtbot: QtBot) -> None:
    digits = replace(bundled_digits(), notice="These are test images.")
    window = MainWindow(Trainer(digits, Settings(subset=5)), LIGHT, read_only)
    window.show()
    qtbot.waitUntil(lambda: window.frame is not None)
    assert window.status.text.text() == (
        f"Layout, theme and breakpoints will not be kept, because {read_only.fileName()} cannot be "
        "written: make its folder writable."
    )
    qtbot.mouseClick(window.status.dismiss, Qt.MouseButton.LeftButton)
    assert window.status.text.text() == "These are test images."
    window.close()
    window.deleteLater()
    assert read_only.status() == QSettings.Status.NoError  # nothing was tried


@pytest.mark.parametrize(
    "content",
    [
        b"[General]\ntheme=dark\nstate=@Byt",
        b'[General]\nbreakpoints="loss < 0.1',
        b"[General]\ntheme",
        b"[Gene",
        bytes(99),
        b"no\xff\n",
    ],
)
def test_a_damaged_file_is_copied_before_it_is_written(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cnnviz.ini"
    path.write_bytes(content)
    store = QSettings(str(path), QSettings.Format.IniFormat)
    assert copy_damaged(store) == (
        f"{path} is damaged, so some of layout, theme and breakpoints may be reset; the file as "
        "it was is cnnviz.ini.damaged."
    )
    assert (tmp_path / "cnnviz.ini.damaged").read_bytes() == content
    store.setValue("theme", "light")
    store.sync()
    assert copy_damaged(QSettings(str(path), QSettings.Format.IniFormat)) == ""


def test_a_sound_or_missing_file_is_not_copied(store: QSettings) -> None:
    assert copy_damaged(store) == ""
    store.setValue("theme", "light")
    store.sync()
    assert copy_damaged(store) == ""
    assert [path.name for path in Path(store.fileName()).parent.iterdir()] == ["cnnviz.ini"]


@pytest.mark.parametrize(
    "last", ["theme=dark", "", "[General]", "; words", 'a="words, \\"x\\""', 'a=""', "a=@Size(1 2)"]
)
def test_a_file_without_a_last_line_ending_is_sound(last: str, tmp_path: Path) -> None:
    path = tmp_path / "cnnviz.ini"
    path.write_text(f"[General]\nb=1\n{last}")
    assert copy_damaged(open_settings(path)) == ""


@pytest.mark.parametrize("name", ["cnnviz.ini", "cnnviz.ini.lock"])
def test_a_pipe_does_not_block_and_is_named(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    store = open_settings(tmp_path / "cnnviz.ini")
    assert copy_damaged(store) == ""
    assert not is_writable(store)
    assert settings_problem(store) == (
        f"Layout, theme and breakpoints will not be kept, because {tmp_path / name} is not a file: "
        "move it away."
    )


def test_a_link_is_followed_and_one_into_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cnnviz.ini"
    path.symlink_to("missing.ini")
    store = open_settings(path)
    assert settings_problem(store) == ""
    store.setValue("theme", "dark")
    store.sync()
    assert "theme=dark" in (tmp_path / "missing.ini").read_text()
    path.unlink()
    path.symlink_to(tmp_path / "missing" / "cnnviz.ini")
    assert settings_problem(open_settings(path)).endswith(
        f" {path} is a link into a folder that does not exist: remove it."
    )


def test_a_path_that_cannot_be_looked_up_is_named(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 300) / "cnnviz.ini"  # the system refuses it, as a closed folder
    store = open_settings(path)
    assert copy_damaged(store) == ""
    assert settings_problem(store).endswith(f"{path} cannot be written: make its folder writable.")


def test_a_folder_in_place_of_the_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "cnnviz.ini"
    path.mkdir()
    store = QSettings(str(path), QSettings.Format.IniFormat)
    assert copy_damaged(store) == ""
    assert settings_problem(store).endswith(f" kept, because {path} is a folder: move it away.")


def test_a_full_disk_is_named_as_such(
    read_only: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert settings_problem(read_only).endswith(" cannot be written: make room on its disk.")


def test_a_lock_that_another_host_has_left_is_removed(store: QSettings) -> None:
    path = lock(store, seconds_ago=10)
    assert is_writable(store)
    assert not path.exists()


def test_a_lock_does_not_hold_the_close(
    make_window: Callable[..., MainWindow], qtbot: QtBot, store: QSettings
) -> None:
    window = make_window()
    lock(store, seconds_ago=0)
    start = time.monotonic()
    Person(window, qtbot).add_breakpoint("loss < 0.1")
    window.close()
    assert time.monotonic() - start < 10  # Qt would wait for half a minute
