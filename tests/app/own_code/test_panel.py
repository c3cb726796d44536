"""The Code panel: code is begun, run only when asked, judged, ended, and kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cnnviz.app.guide.code_card import CodeCard
from cnnviz.app.own_code.panel import OwnCodePanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.signatures import SIGNATURES
from cnnviz.training.loop.frame import Frame
from cnnviz.training.own_code.source import OwnSource, variants_not_run

LEFT = Qt.MouseButton.LeftButton
SUM = "def dense_gradient(a, delta):\n    print('hello')\n    return a @ delta.T\n"


class Author:
    """Someone at the Code panel."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        window.resize(1440, 900)
        window.bring_up("code")
        self.panel: OwnCodePanel = window.panels.code.panel  # type: ignore[attr-defined]
        qtbot.waitUntil(self.panel.isVisible)

    def run(self, text: str | None = None) -> str:
        """Run code, and return the verdict on it."""
        if text is not None:
            self.panel.show_code(text)
        self.qtbot.mouseClick(self.panel.task.start, LEFT)
        self.qtbot.waitUntil(lambda: not self.window.tasks.is_busy("own code"), timeout=20_000)
        return self.panel.report.toPlainText()


@pytest.fixture
def author(window: MainWindow, qtbot: QtBot) -> Author:
    return Author(window, qtbot)


def test_the_right_operation_is_right_and_a_wrong_one_is_named(
    author: Author, qtbot: QtBot
) -> None:
    panel = author.panel
    qtbot.mouseClick(panel.begin, LEFT)
    assert panel.editor.toPlainText() == SIGNATURES["dense_gradient"].template
    assert author.run().rstrip().endswith("with this code, the backward pass is the gradient.")
    report = author.run(SUM)
    assert report.startswith("What the code printed\nhello\n")
    assert "dW is 20 times too large" in report
    assert report.rstrip().endswith("Wrong: dense gradient.")
    cells = [panel.table.item(0, column).text() for column in range(4)]
    assert "dW[" in cells[0]
    assert float(cells[1].replace("−", "-")) == pytest.approx(
        20 * float(cells[2].replace("−", "-")), rel=1e-4
    )
    qtbot.mouseClick(author.window.commands.workspaces.control.button(2), LEFT)
    author.window.resize(1024, 700)
    author.window.bring_up("code")
    qtbot.waitUntil(lambda: panel.table.width() < 760)
    assert panel.table.horizontalScrollBar().maximum() == 0
    wide = panel.table.fontMetrics().horizontalAdvance
    for column, text in enumerate(cells):  # whole, with no "…"
        assert wide(text) < panel.table.columnWidth(column)


def test_the_line_that_fails_is_marked_until_the_code_changes(author: Author, qtbot: QtBot) -> None:
    panel = author.panel
    assert "this is not Python" in author.run("def dense_gradient(a, delta):\n    return a @\n")
    assert panel.editor.failed_line == 2
    assert "division by zero" in author.run("def dense_gradient(a, delta):\n    return 1 / 0\n")
    assert panel.editor.failed_line == 2
    assert "defines no operation" in author.run("x = 1\n")
    assert panel.editor.failed_line is None
    panel.editor.show_failure(1)
    panel.editor.setFocus()
    qtbot.keyClicks(panel.editor, "#")
    assert panel.editor.failed_line is None


def test_code_that_hangs_is_ended_by_cancel(author: Author, qtbot: QtBot) -> None:
    panel = author.panel
    panel.show_code("def dense_gradient(a, delta):\n    while True:\n        pass\n")
    qtbot.mouseClick(panel.task.start, LEFT)
    qtbot.waitUntil(lambda: panel.task.progress.value() > 0, timeout=10_000)  # its process runs
    qtbot.mouseClick(panel.task.cancel, LEFT)
    assert not panel.task.cancel.isVisible()
    assert "Everything is right" in author.run(SIGNATURES["dense_gradient"].template)


def test_tab_and_enter_indent_and_space_types(author: Author, qtbot: QtBot) -> None:
    editor = author.panel.editor
    editor.setFocus()
    qtbot.keyClicks(editor, "def f():")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "x = 1")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText() == "def f():\n    x = 1\n        "
    assert author.window.frame is not None
    assert not author.window.frame.running


def test_code_is_kept_and_never_runs_by_itself(
    make_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    text = f"open({str(marker)!r}, 'w')\ndef dense_gradient(a, delta):\n    return a @ delta.T\n"
    file = tmp_path / "own.py"
    file.write_text(text)
    first = Author(make_window(), qtbot)
    qtbot.mouseClick(first.panel.open, LEFT)
    (dialog,) = first.panel.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.close()
    assert first.panel.editor.toPlainText() == text
    first.window.close()
    second = Author(make_window(), qtbot)
    assert second.panel.editor.toPlainText() == text
    assert not marker.exists()


def test_code_is_trained_with_and_saved_and_runs_again_only_on_request(
    author: Author, qtbot: QtBot, tmp_path: Path
) -> None:
    panel, window = author.panel, author.window
    panel.show_code("x = (")
    qtbot.mouseClick(panel.train, LEFT)
    assert "this is not Python" in panel.report.toPlainText()
    window.loop.step()
    panel.show_code(SUM)
    qtbot.mouseClick(panel.train, LEFT)

    def frame() -> Frame:
        assert window.frame is not None
        return window.frame

    qtbot.waitUntil(lambda: len(frame().branches) == 2 and frame().iteration > 1, timeout=20_000)
    assert frame().branch.name == "own dense gradient, η 15, n 20"
    assert frame().settings.rule == Rule(frozenset(variants_not_run(OwnSource.parse(SUM))))
    losses, accuracy = frame().curve.loss[:2], frame().curve.accuracy[:2]
    file = tmp_path / "own.npz"
    window.loop.files.save(file)
    qtbot.waitUntil(lambda: not window.loop.files.is_saving)
    window.loop.files.open(file)
    qtbot.waitUntil(lambda: any(card.isVisible() for card in window.findChildren(CodeCard)))
    (card,) = window.findChildren(CodeCard)
    assert "It computes: dense gradient." in card.message.text()
    last = frame().last
    np.testing.assert_array_equal(frame().curve.loss[:2], losses)
    np.testing.assert_array_equal(frame().curve.accuracy[:2], accuracy)
    panel.show_code("mine")
    qtbot.mouseClick(card.read, LEFT)
    assert panel.editor.toPlainText() == SUM
    panel.editor.undo()
    assert panel.editor.toPlainText() == "mine"
    qtbot.mouseClick(card.leave, LEFT)
    window.loop.step()
    qtbot.waitUntil(card.isVisible)  # nothing ran, and it is asked again
    assert frame().last == last
    assert window.commands.guide.stop_card is None
    qtbot.mouseClick(card.run, LEFT)
    window.loop.step()
    qtbot.waitUntil(lambda: frame().iteration == last + 1, timeout=20_000)
    assert not card.isVisible()
