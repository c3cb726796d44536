"""A lesson in the real window: begun, answered, waited for, left, resumed, undone."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.contents import IMAGE
from cnnviz.app.lessons.panel import LessonPanel
from cnnviz.app.widgets.save_dialog import SaveDialog
from cnnviz.app.window.highlight import Highlight
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.network import Batch
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT
from cnnviz.teaching.answers import read_answers
from tests.app.docks import dock
from tests.app.toolbar import at, click

LEFT = Qt.MouseButton.LeftButton

LESSON = """---
title: A short one
summary: For tests.
---

## Set up

The loss is {{ loss() }}, and $w' = w - \\eta g$.

```setup
subset: 8
rule: exact
learning_rate: 100
iterations: 2
```

```show
image: 3
panels: [network]
```

```wait
until: iteration >= 3
hint: Press → once.
```

## Number

```show
panels: loss
```

```ask
key: n
kind: number
question: How many rows?
truth: 28 - 5 + 1
within: 0
feedback:
  - {when: answer == 28, text: It would stick out.}
why: There are {{ truth }}.
```

## Place

```ask
key: p
kind: place
question: Where?
picture: {tensor: C, image: 3, filter: 2}
truth: place_of_greatest("C", image=3, filter=2)
within: 0
why: "It is at {{ truth }}."
```

## Order

```ask
key: r
kind: rank
question: Order them.
options:
  - {text: one, value: 1}
  - {text: two, value: 2}
why: Two is more.
```

## Image

Look at all of it.

```show
image: 3
operation: correlate
view: image
```

## Cell

Look at it.

```setup
fault: factor-2
```

```show
operation: correlate
view: cell
cell: {tensor: C, image: 3, filter: 2, row: 5, column: 7}
```

```ask
key: c
kind: choice
question: Which?
options:
  - {text: This, right: 1 > 2, feedback: Not this one.}
  - {text: That, right: 2 > 1}
why: That.
```
"""


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path))
    folder = tmp_path / "cnnviz lessons"
    folder.mkdir()
    (folder / "short.md").write_text(LESSON, encoding="utf-8")
    (folder / "wrong.md").write_text("no head", encoding="utf-8")
    return folder


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> LessonPanel:
    """The panel in the Teach workspace, with its list filled."""
    window.resize(1440, 900)
    qtbot.keyClick(window, "4", Qt.KeyboardModifier.ControlModifier)
    panel = window.panels.lesson.panel
    assert isinstance(panel, LessonPanel)
    qtbot.waitUntil(lambda: panel.chooser.list.count() > 0)
    return panel


def press(qtbot: QtBot, button: QWidget) -> None:
    qtbot.mouseClick(button, LEFT)


def words(text: QTextBrowser) -> str:
    return " ".join(text.toPlainText().split())


def begin(qtbot: QtBot, panel: LessonPanel, title: str) -> None:
    """Click a lesson of the list."""
    items = panel.chooser.list
    (row,) = (r for r in range(items.count()) if items.item(r).text().startswith(title))
    items.scrollToItem(items.item(row))
    where = items.visualItemRect(items.item(row)).center()
    qtbot.mouseClick(items.viewport(), LEFT, pos=where)


def computed(panel: LessonPanel) -> Callable[[], bool]:
    return lambda: panel.text.markdown != "Computing …"


def to_step(qtbot: QtBot, panel: LessonPanel, title: str) -> None:
    """Press Next or Skip until a step is shown."""
    while panel.title.text() != title:
        press(qtbot, panel.next_button)
    qtbot.waitUntil(computed(panel))


def answer(qtbot: QtBot, panel: LessonPanel, confidence: int) -> None:
    """Say how sure one is, and press Answer."""
    assert not panel.question.answer_button.isEnabled()
    press(qtbot, panel.question.confidence.button(confidence))
    press(qtbot, panel.question.answer_button)
    qtbot.waitUntil(lambda: panel.question.is_answered)


def test_a_lesson_begun_before_the_list_is_read_leaves_the_list_filled(
    window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, "4", Qt.KeyboardModifier.ControlModifier)
    panel = window.panels.lesson.panel
    assert isinstance(panel, LessonPanel)
    assert panel.chooser.list.count() == 0
    window.commands.lessons.begin_named("five-faults")  # as a door of the first card does
    press(qtbot, panel.leave_button)
    assert panel.step is None
    qtbot.waitUntil(lambda: panel.chooser.list.count() > 0)


def test_the_list_names_lessons_and_why_others_cannot_be_read(panel: LessonPanel) -> None:
    texts = [panel.chooser.list.item(row).text() for row in range(panel.chooser.list.count())]
    assert texts[0].startswith("What do you believe about backpropagation?")
    assert any(text.startswith("A short one") and "For tests." in text for text in texts)
    assert len(texts) == 12
    assert "wrong.md:1:1: a lesson begins with a head" in panel.chooser.problems.text()


def test_a_step_sets_up_highlights_and_waits(
    window: MainWindow, panel: LessonPanel, qtbot: QtBot
) -> None:
    click(qtbot, window, "step")
    qtbot.waitUntil(at(window, 1))
    before = window.frame
    assert before is not None
    begin(qtbot, panel, "A short one")
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 2)
    qtbot.waitUntil(computed(panel))
    frame = window.frame
    assert frame is not None
    assert (frame.settings.subset, frame.settings.rule) == (8, EXACT)
    assert (frame.settings.learning_rate, frame.image.index) == (100, 3)
    assert f"The loss is {frame.curve.loss[2]:.3g}" in panel.text.toPlainText()
    (highlight,) = window.findChildren(Highlight)
    assert highlight.parent() is dock(window, "network")
    assert panel.todo.text() == "☐  Press → once."
    assert panel.next_button.text() == "Skip"
    qtbot.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: panel.todo.text() == "☑  Press → once.")
    assert panel.next_button.text() == "Next"
    press(qtbot, panel.leave_button)
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.branches) == 1)
    after = window.frame
    assert after is not None
    assert (after.iteration, after.branch.number) == (1, before.branch.number)
    assert after.settings == before.settings
    assert after.parameters.wo.tobytes() == before.parameters.wo.tobytes()
    assert not any(h.isVisible() for h in window.findChildren(Highlight))


def test_answers_are_judged_kept_and_exported(
    window: MainWindow, panel: LessonPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    begin(qtbot, panel, "A short one")
    to_step(qtbot, panel, "Number")
    assert words(panel.question.text) == "How many rows?"
    assert not panel.question.explanation.isVisible()  # before the answer
    qtbot.keyClicks(panel.question.number, "28")
    answer(qtbot, panel, 3)
    assert panel.question.verdict.text() == "✗ The answer is 24."
    assert words(panel.question.explanation) == "It would stick out. There are 24."

    to_step(qtbot, panel, "Place")
    data = bundled_digits().first(8)
    trained = window.frame
    assert trained is not None
    batch = Batch.from_images(data.images, data.labels)
    maps = iterate(batch, trained.parameters, EXACT, 100)["C"][3, 1].T
    row, column = map(int, np.unravel_index(maps.argmax(), maps.shape))
    picker = panel.question.picker
    side = picker.width() / 24
    where = QPoint(round((column + 0.5) * side), round((row + 0.5) * side))
    qtbot.mouseClick(picker, LEFT, pos=where)
    assert picker.accessibleName() == f"Row {row + 1}, column {column + 1} of 24 by 24"
    answer(qtbot, panel, 1)
    assert panel.question.verdict.text() == "✓ Right."

    to_step(qtbot, panel, "Order")
    options = panel.question.options
    options.setCurrentRow(1)
    control = Qt.KeyboardModifier.ControlModifier
    # On macOS, all arrow keys are taken for keys of the number pad.
    for modifiers in (control, control, control | Qt.KeyboardModifier.KeypadModifier):
        options.setCurrentRow(1)
        QTest.keyClick(options, Qt.Key.Key_Up, modifiers)
    answer(qtbot, panel, 2)
    assert panel.question.verdict.text() == "✓ Right."

    press(qtbot, panel.leave_button)
    qtbot.waitUntil(panel.chooser.export.isEnabled)
    press(qtbot, panel.chooser.export)
    dialog = window.findChild(SaveDialog)
    assert dialog is not None
    dialog.findChild(QLineEdit, "fileNameEdit").setText(str(tmp_path / "mine"))
    dialog.accept()
    qtbot.waitUntil((tmp_path / "mine.csv").exists)
    with (tmp_path / "mine.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["question"], r["answer"], r["confidence"], r["right"]) for r in rows] == [
        ("n", "28", "certain", "False"),
        ("p", f"filter 2, row {row + 1}, column {column + 1}", "a guess", "True"),
        ("r", "two > one", "fairly sure", "True"),
    ]
    assert {r["lesson"] for r in rows} == {"short"}
    file = tmp_path / "data" / "cnnviz" / "answers.csv"
    qtbot.waitUntil(lambda: len(read_answers(file)) == 3)
    assert [record.question for record in read_answers(file)] == ["n", "p", "r"]


def test_a_cell_is_shown_and_the_lesson_resumes(
    window: MainWindow, panel: LessonPanel, qtbot: QtBot
) -> None:
    begin(qtbot, panel, "A short one")
    to_step(qtbot, panel, "Image")
    debugger = window.commands.debugger.panel
    qtbot.waitUntil(lambda: debugger.view is not None and debugger.view.position == 2)
    assert (debugger.level, debugger.shown) == (IMAGE, "correlate")
    to_step(qtbot, panel, "Cell")

    def explained() -> bool:
        view = window.frame.debug if window.frame else None
        point = None if view is None else view.point  # another one before the step's
        return point is not None and (point.tensor, point.index) == ("C", (3, 1, 6, 4))

    qtbot.waitUntil(explained)
    assert window.frame is not None
    assert window.frame.settings.rule == FAULT_NAMED["factor-2"].rule
    assert "factor" in window.panels.controls.rule.named.toolTip()
    assert not dock(window, "debugger").visibleRegion().isEmpty()
    press(qtbot, panel.leave_button)
    begin(qtbot, panel, "A short one")
    qtbot.waitUntil(computed(panel))
    assert panel.title.text() == "Cell"
    options = panel.question.options
    qtbot.mouseClick(options.viewport(), LEFT, pos=options.visualItemRect(options.item(0)).center())
    answer(qtbot, panel, 1)
    assert panel.question.verdict.text() == "✗ The answer is “That”."
    assert words(panel.question.explanation).startswith("Not this one.")
    assert panel.next_button.text() == "Finish"
    press(qtbot, panel.next_button)
    assert panel.step is None
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.branches) == 1)
    assert not any("no branch" in label.text() for label in window.status.findChildren(QLabel))


def test_an_opened_file_begins_or_its_error_is_shown(
    window: MainWindow,
    panel: LessonPanel,
    qtbot: QtBot,
    own_folders: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.resize(1024, 700)
    QApplication.processEvents()
    sizes = [dock(window, name).size() for name in ("lesson", "network", "loss")]
    window.commands.layout.choose_workspace("check")
    for name in ("wrong.md", "short.md"):
        path = str(own_folders / name)
        monkeypatch.setattr(
            QFileDialog, "getOpenFileName", staticmethod(lambda *_args, path=path: (path, ""))
        )
        window.actions_.open_lesson.trigger()
        QApplication.processEvents()
        if name == "wrong.md":
            assert panel.step is None
            assert "wrong.md:1:1" in panel.chooser.problems.text()
    assert panel.title.text() == "Set up"
    assert window._docks.workspace == "teach"
    qtbot.waitUntil(computed(panel))
    assert not dock(window, "loss").isVisible()  # the window is low, and the network is spoken of
    press(qtbot, panel.next_button)
    assert (dock(window, "loss").isVisible(), dock(window, "network").isVisible()) == (True, False)
    press(qtbot, panel.next_button)  # a step that points at nothing leaves things as they are
    assert not dock(window, "network").isVisible()
    press(qtbot, panel.leave_button)
    QApplication.processEvents()
    assert [dock(window, name).size() for name in ("lesson", "network", "loss")] == sizes


def test_a_lesson_is_done_with_the_keyboard_alone(
    window: MainWindow, panel: LessonPanel, qtbot: QtBot
) -> None:
    def press_key(key: Qt.Key) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        qtbot.keyClick(focus, key)

    def tab_to(wanted: QWidget) -> None:
        for _ in range(8):
            if not wanted.hasFocus():
                press_key(Qt.Key.Key_Tab)
        assert wanted.hasFocus()

    window.commands.lessons.enter_list()
    items = panel.chooser.list
    (row,) = (r for r in range(items.count()) if items.item(r).text().startswith("A short one"))
    items.setCurrentRow(row)
    press_key(Qt.Key.Key_Return)
    qtbot.waitUntil(computed(panel))
    press_key(Qt.Key.Key_Right)  # as the step asks
    qtbot.waitUntil(panel.next_button.hasFocus)
    press_key(Qt.Key.Key_Space)
    qtbot.waitUntil(panel.question.number.hasFocus)
    assert window.frame is not None
    following = window.frame.iteration + 1
    press_key(Qt.Key.Key_Right)  # no text to move in yet
    qtbot.waitUntil(at(window, following))
    qtbot.keyClicks(panel.question.number, "24")
    press_key(Qt.Key.Key_Left)
    assert panel.question.number.cursorPosition() == 1
    tab_to(panel.question.confidence.button(0))
    press_key(Qt.Key.Key_Right)
    tab_to(panel.question.answer_button)
    press_key(Qt.Key.Key_Space)
    qtbot.waitUntil(panel.next_button.hasFocus)
    press_key(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel.title.text() == "Place" and computed(panel)())
    tab_to(panel.question.picker)
    press_key(Qt.Key.Key_Right)
    assert panel.question.picker.cell is not None
    assert window.frame is not None
    assert not window.frame.running
    while panel.title.text() != "Cell":  # whose view in the debugger must not keep the keyboard
        tab_to(panel.next_button)
        press_key(Qt.Key.Key_Space)
        qtbot.waitUntil(computed(panel))
    tab_to(panel.question.options)
    tab_to(panel.leave_button)
    press_key(Qt.Key.Key_Space)
    assert panel.chooser.list.hasFocus()
