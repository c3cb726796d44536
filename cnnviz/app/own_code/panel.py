"""The Code panel: an editor for an operation, and the check's verdict on it."""

from pathlib import Path
from re import sub
from typing import Final

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.own_code.run import OwnCodeRun, OwnRun
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.code_editor import CodeEditor
from cnnviz.app.widgets.eliding_combo_box import ElidingComboBox
from cnnviz.app.widgets.export import Export, request_export
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.save_dialog import SOURCE
from cnnviz.app.widgets.table_setup import text_table
from cnnviz.app.widgets.task_row import TaskRow
from cnnviz.app.widgets.titled_table_model import LEFT, RIGHT
from cnnviz.data.errors import DataError
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.signatures import SIGNATURES
from cnnviz.numerics.tensors import located_text
from cnnviz.training.loop.frame import Frame
from cnnviz.training.own_code.check import OwnResult
from cnnviz.training.own_code.errors import SourceError
from cnnviz.training.own_code.report import RIGHTS, as_text
from cnnviz.training.own_code.source import OwnSource, read_source

_CELLS: Final = 40
"""Cells of each result that are listed, the worst first."""
_TYPING: Final = 500
"""Milliseconds after which code that has been typed is passed on, to be kept."""
_LEAST: Final = QSize(12 * GRID, 6 * GRID)
"""The least heights of the code, the report and the table, in pixels."""
_HEADER: Final = ("cell", "yours", "right", "off by")
_HINT: Final = (
    "Write an operation, or insert the right one to begin with. Run code checks it in the exact "
    "rule, on the current state."
)


class OwnCodePanel(QWidget):
    """Runs a person's own code in a process of its own, only when "Run code" is pressed."""

    code_changed = Signal(str)
    """Carries the code when it is run, when the panel is hidden, and a moment after typing."""
    training_requested = Signal(object)
    """The run is to be trained with the code; carries the `OwnSource`."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self._frame: Frame | None = None
        self.operation = ElidingComboBox(14, "Operation to begin with")
        for name, one in SIGNATURES.items():
            self.operation.addItem(one.operation.title, name)
        self.operation.setCurrentIndex(self.operation.findData("dense_gradient"))
        tip = "Put the right operation at the end of the code"
        self.begin = tab_button("Insert", tip, self._begin)
        self.open = tab_button("Open…", "Open a file of Python; it is not run", self._open)
        self.save = tab_button("Save…", "Save the code", self._save)
        self.task = TaskRow(tasks, "own code", "Run code", "End its process")
        self.task.start.setToolTip("Run your code in a process with limits, and check its results")
        tip = "Run the code in the exact rule from iteration 0 on, as a branch"
        self.train = tab_button("Train with it", tip, self._train)
        self.rights = text_label(RIGHTS, look="muted")
        self.editor = CodeEditor(style)
        self.report = QPlainTextEdit(readOnly=True)
        self.report.setAccessibleName("What the check says of your code")
        self.report.setPlainText(_HINT)
        self.table = _made_table()
        self._typing = QTimer(self, singleShot=True, interval=_TYPING)
        self._typing.timeout.connect(self._pass_on)
        self.editor.textChanged.connect(self._typing.start)
        self._lay_out()
        self.task.started.connect(self._run)
        self.set_style(style)

    def show_frame(self, frame: Frame) -> None:
        """Keep a frame: the next run is on its state."""
        self._frame = frame

    def show_code(self, text: str) -> None:
        """Show other code."""
        self.editor.setPlainText(text)

    def replace_code(self, text: str) -> None:
        """Show other code; Undo restores the code before it."""
        cursor = self.editor.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.editor.set_style(style)
        self.report.setFont(style.number_font)

    def sizeHint(self) -> QSize:
        """Return a size that shows the code beside its results."""
        return QSize(100 * GRID, 80 * GRID)

    def hideEvent(self, event: QHideEvent) -> None:
        """Pass the code on, to be kept."""
        super().hideEvent(event)
        self._pass_on()

    @Slot()
    def _pass_on(self) -> None:
        self._typing.stop()
        self.code_changed.emit(self.editor.toPlainText())

    @Slot()
    def _begin(self) -> None:
        before = self.editor.toPlainText().rstrip()
        template = SIGNATURES[self.operation.currentData()].template
        self.show_code(f"{before}\n\n\n{template}" if before else template)

    @Slot()
    def _run(self) -> None:
        source = self._source()
        if self._frame is not None and source is not None:
            run = OwnCodeRun(source, self._frame)
            self.task.run(run, self._show, run.kill)

    @Slot()
    def _train(self) -> None:
        if (source := self._source()) is not None:
            self.training_requested.emit(source)

    def _source(self) -> OwnSource | None:
        """Return the code, or show why it cannot be run and return None."""
        text = self.editor.toPlainText()
        self.code_changed.emit(text)
        self.editor.show_failure(None)
        try:
            return OwnSource.parse(text)
        except SourceError as error:
            self._show_problem(f"{error}", error.line)
            return None

    def _show(self, run: OwnRun) -> None:
        self.report.setPlainText(_without_columns(run))
        failure = next(iter(run.checked.failures), None)
        self.editor.show_failure(failure.line if failure else None)
        rows = [row for result in run.checked.results for row in _rows(result)]
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                if column:  # a number
                    item.setTextAlignment(RIGHT)
                self.table.setItem(number, column, item)

    def _show_problem(self, text: str, line: int | None) -> None:
        self.report.setPlainText(text)
        self.table.setRowCount(0)
        self.editor.show_failure(line)

    @Slot()
    def _open(self) -> None:
        dialog = QFileDialog(self, "Open code", filter="Python (*.py)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._read)
        dialog.open()

    @Slot(str)
    def _read(self, path: str) -> None:
        try:
            self.show_code(read_source(Path(path)))
        except (SourceError, DataError) as error:
            self._show_problem(f"{Path(path).name}: {error}", None)

    @Slot()
    def _save(self) -> None:
        content = self.editor.toPlainText().encode()
        request_export(self, Export("code", {SOURCE: lambda: content}))

    def _lay_out(self) -> None:
        top = flow_row(self.operation, self.begin, self.open, self.save)
        middle = QHBoxLayout()
        for view in (self.editor, self.report, self.table):
            view.setMinimumSize(_LEAST)
        middle.addWidget(self.editor, 1)
        middle.addWidget(self.report, 1)
        column = QVBoxLayout(self)
        margins = GRID, 0, GRID, GRID // 2
        self.task.add(self.train)
        fill_box(column, top, self.task, self.rights, spacing=GRID // 2, margins=margins)
        column.addLayout(middle, 3)
        column.addWidget(self.table, 2)


def _without_columns(run: OwnRun) -> str:
    """Return the report without the columns of a terminal, since its lines wrap."""
    report = as_text(run.checked, "")
    printed = as_text(run.checked, run.output).removesuffix(report)
    return printed + sub(r"(?<=\S) {3,}", "  ", report)


def _rows(result: OwnResult) -> list[tuple[str, ...]]:
    """Return the worst cells of a result beside the right ones."""
    error = np.nan_to_num(result.error, nan=np.inf, posinf=np.inf)
    worst = np.argsort(-error, axis=None, kind="stable")[:_CELLS]
    rows = list[tuple[str, ...]]()
    for flat in worst:
        index = tuple(map(int, np.unravel_index(flat, error.shape)))
        own, right, off = (float(v[index]) for v in (result.own, result.right, result.error))
        cell_name = located_text(result.tensor, index)
        rows.append((cell_name, compact(own, 6), compact(right, 6), compact(off)))
    return rows


def _made_table() -> QTableWidget:
    table = text_table("Your results beside the right ones", _HEADER)
    by_contents, header = QHeaderView.ResizeMode.ResizeToContents, table.horizontalHeader()
    table.verticalHeader().setSectionResizeMode(by_contents)  # names of cells may wrap
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(RIGHT)
    first = QTableWidgetItem(_HEADER[0])
    first.setTextAlignment(LEFT)
    table.setHorizontalHeaderItem(0, first)
    return table
