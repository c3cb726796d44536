"""The Notebook panel: opened, run when asked, judged, stepped through, mended, trained."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.contents import WHY
from cnnviz.app.debugger.panel import DebuggerPanel
from cnnviz.app.notebook.panel import OUTPUT, TRAIN, TRY, VERDICT, NotebookPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from tests.app.exports import exports_of
from tests.notebooks.published import as_notebook, published

LEFT = Qt.MouseButton.LeftButton


class Reader:
    """Someone with a notebook of their own."""

    def __init__(self, window: MainWindow, qtbot: QtBot, path: Path) -> None:
        self.window, self.qtbot = window, qtbot
        window.resize(1440, 900)
        self.panel: NotebookPanel = window.panels.notebook.panel  # type: ignore[union-attr]
        self.drop(path)
        assert self.panel.isVisible()

    @property
    def debugger(self) -> DebuggerPanel:
        return self.window.commands.debugger.panel

    def drop(self, path: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        copy = Qt.DropAction.CopyAction
        nothing = Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(9, 9), copy, data, LEFT, nothing)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(QPoint(9, 9), copy, data, LEFT, nothing))
        self.wait_until_read()

    def wait_until_read(self) -> None:
        self.qtbot.waitUntil(lambda: not self.window.tasks.is_busy("reading of a notebook"))

    def click(self, button: object) -> None:
        self.qtbot.mouseClick(button, LEFT)

    def view(self, view: int) -> None:
        self.click(self.panel.views.button(view))

    def run(self) -> None:
        assert self.panel.run_button.text().startswith("Run script")  # Run is the toolbar's
        self.click(self.panel.run_button)
        assert not self.panel.run_button.isEnabled()
        self.wait()

    def wait(self) -> None:
        self.qtbot.waitUntil(self.panel.run_button.isEnabled, timeout=30_000)

    def click_line(self, text: str) -> None:
        """Click the first line of the source that begins with a text."""
        source = self.panel.source
        lines = [line.strip() for line in source.toPlainText().split("\n")]
        number = next(at for at, line in enumerate(lines) if line.startswith(text))
        source.setTextCursor(QTextCursor(source.document().findBlockByNumber(number)))
        source.centerCursor()
        self.qtbot.mouseClick(source.viewport(), LEFT, pos=source.cursorRect().center())


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "mine.ipynb"
    path.write_text(as_notebook(published()))
    return path


def test_open_run_see_the_first_wrong_line_step_to_it_mend_it_train_compare(
    window: MainWindow, qtbot: QtBot, notebook: Path
) -> None:
    reader = Reader(window, qtbot, notebook)
    panel = reader.panel
    assert panel.rights.isVisible()
    assert "with your rights" in panel.rights.text()
    assert "has not been run" in panel.headline.text()

    reader.run()
    assert panel.headline.text().startswith("5 lines depart")
    assert panel.source.line == panel.verdicts.departing[0] == (4, 19)
    assert "not carried back through the standardisation" in panel.verdict.text.text()
    assert panel.verdict.comparison.isVisible()
    assert "✗" in panel.source.margin_tip(panel.source.cursorRect().center().y())

    reader.view(OUTPUT)
    assert "only IPython understands" in panel.output.text.toPlainText()
    exports = exports_of(panel)
    reader.click(panel.report)
    (page,) = exports[0].contents.values()
    assert page().decode().count('class="note"') == 5
    for dialog in window.findChildren(QFileDialog):
        dialog.close()

    reader.view(TRAIN)  # its own numbers in the debugger, at the line that is wrong
    assert "the rule “notebook”" in panel.training.about.text()
    reader.click(panel.training.step)
    worst = panel.judgement and panel.judgement.first and panel.judgement.first.worst
    assert worst
    qtbot.waitUntil(
        lambda: (
            (view := reader.debugger.view) is not None
            and view.explanation is not None
            and view.explanation.value == pytest.approx(worst.value)
        )
    )
    text = reader.debugger.parts.explanation.text
    qtbot.waitUntil(lambda: "would be right" in text.toPlainText())
    reader.debugger.show_view(WHY)
    assert "would be right" in reader.debugger.parts.why.toPlainText()
    assert (4, 19) in panel.source.highlighted
    window.commands.debugger.actions["step"].trigger()
    qtbot.waitUntil(lambda: panel.source.highlighted == ((4, 20),))

    reader.click_line("mean_error = ")  # a line leads to its operation
    qtbot.waitUntil(lambda: reader.debugger.shown == "average_over_images")
    reader.click(panel.next)
    qtbot.waitUntil(lambda: reader.debugger.shown == "reshape")

    panel.source.go_to((4, 19))
    reader.view(TRY)
    assert panel.trial.editor.toPlainText().count("delta = ") == 2
    reader.click(panel.trial.apply)
    assert "changed here, not in its file" in panel.headline.text()
    assert not panel.training.train.isEnabled()
    assert not panel.report.isEnabled()
    assert notebook.read_text() == as_notebook(published())
    reader.run()
    assert panel.headline.text().startswith("4 lines depart")

    reader.view(TRAIN)
    assert "notebook + standardisation" in panel.training.about.text()
    panel.training.iterations.setValue(5)
    reader.click(panel.training.train)
    qtbot.waitUntil(
        lambda: "the script's rule has the loss" in panel.training.result.text(), timeout=20_000
    )
    assert window.frame is not None
    branches = {branch.name: branch for branch in window.frame.branches}
    exact, own = branches["exact rule from mine.ipynb"], branches["mine.ipynb"]
    assert exact.last == own.last == 5
    assert window.frame.settings.rule.corrected == ("standardisation",)
    assert window.selection.drawn_branches[exact.number]
    assert NOTEBOOK != window.frame.settings.rule != EXACT


def test_a_script_is_stopped_at_once_and_what_it_printed_is_shown(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "endless.py"
    path.write_text("print('begun', flush=True)\nwhile True:\n    pass\n")
    reader = Reader(window, qtbot, path)
    panel = reader.panel
    reader.click(panel.run_button)
    reader.view(OUTPUT)
    qtbot.waitUntil(lambda: "begun" in panel.output.text.toPlainText(), timeout=10_000)
    assert panel.running.time.text().endswith("of at most 120 s")
    reader.click(panel.running.stop_button)
    reader.wait()
    assert "It was stopped, as you wished." in panel.headline.text()
    assert panel.output.text.toPlainText() == "begun"
    assert not panel.training.train.isEnabled()
    assert not panel.running.progress.isVisible()
    panel.output.use(tmp_path / "python")  # another Python, which is none
    reader.run()
    assert "is not a Python that can be run" in panel.headline.text()
    reader.click(panel.output.own)
    reader.click(panel.run_button)  # the window closes over a running script


def test_another_version_of_a_line_must_be_python_and_can_be_undone(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.py"
    path.write_text("x = 1\ny = 2\n")
    reader = Reader(window, qtbot, path)
    panel = reader.panel
    reader.click_line("y = 2")
    reader.view(TRY)
    panel.trial.editor.setPlainText("y = (")
    reader.click(panel.trial.apply)
    assert "is not Python" in panel.trial.problem.text()
    panel.trial.editor.setPlainText("y = 3\nz = 4")
    reader.click(panel.trial.apply)
    assert panel.source.toPlainText() == "x = 1\ny = 3\nz = 4"
    reader.drop(path)  # as after the window was closed
    assert panel.source.toPlainText() == "x = 1\ny = 3\nz = 4"
    assert "with your earlier changes" in panel.headline.text()
    exports = exports_of(panel)
    reader.click(panel.trial.save)
    (content,) = exports[0].contents.values()
    for dialog in window.findChildren(QFileDialog):
        dialog.close()
    assert content() == b"x = 1\ny = 3\nz = 4\n"
    reader.click(panel.trial.revert)
    assert panel.source.toPlainText() == "x = 1\ny = 2"
    reader.view(VERDICT)
    assert "Run a script" in panel.verdict.text.text()

    broken, picture = tmp_path / "broken.ipynb", tmp_path / "picture.png"
    broken.write_text("{")
    answer = str(broken), ""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: answer)
    window.actions_.open_notebook.trigger()
    reader.wait_until_read()
    assert "its JSON is broken" in panel.headline.text()
    assert panel.source.toPlainText() == "x = 1\ny = 2"
    picture.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture))])
    assert window.commands.notebook.dropped(data) is None
