"""The table of predictions: it scrolls, and an image can be chosen in it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.model import Index, PredictionColumn, PredictionsModel
from cnnviz.app.predictions.painter import PredictionPainter
from cnnviz.app.widgets.table_setup import set_up_table

_SCROLL_REST: Final = 800
"""Milliseconds after the last movement until scrolling counts as ended."""


class PredictionTable(QTableView):
    """One row per image, all equally high; the row of the selected image is selected."""

    image_chosen = Signal(int)
    """The person has chosen a row; carries the image's index."""
    scrolling_ended = Signal()

    def __init__(self, model: PredictionsModel, style: Style) -> None:
        super().__init__(wordWrap=False, cornerButtonEnabled=False)
        self._model = model
        self._updating = 0
        self.setModel(model)
        set_up_table(self, "Predictions, one row per image")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(PredictionColumn.OUTPUT, QHeaderView.ResizeMode.Stretch)
        columns.setSectionsClickable(True)
        columns.setMinimumSectionSize(1)
        self._rest = QTimer(self, singleShot=True, interval=_SCROLL_REST)
        self._rest.timeout.connect(self.scrolling_ended)
        self.verticalScrollBar().actionTriggered.connect(self._scrolled)
        self.verticalScrollBar().sliderReleased.connect(self._scrolled)
        self.selectionModel().selectionChanged.connect(self._choose)
        self.set_style(style)

    @property
    def scrolling(self) -> bool:
        """Whether the person is scrolling."""
        return self._rest.isActive() or self.verticalScrollBar().isSliderDown()

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Take no selection in this context for a choice of the person."""
        self._updating += 1
        try:
            yield
        finally:
            self._updating -= 1

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.painter = PredictionPainter(self._model, style, self.devicePixelRatioF())
        header = self.verticalHeader()
        header.setMinimumSectionSize(1)
        header.setDefaultSectionSize(self.painter.row_height)
        self.verticalScrollBar().setSingleStep(self.painter.row_height)
        titles = self.horizontalHeader()
        set_sheet(titles, f"QHeaderView::section {{ padding: {GRID // 2}px; }}")
        titles.setFont(self.painter.title_font)  # a first style sheet would undo it
        set_sheet(
            self,
            "QTableView { border: 1px solid transparent; }"
            f"QTableView:focus {{ border: 1px solid {style.theme.accent}; }}",
        )
        self.viewport().update()

    def fit_columns(self, images: int) -> None:
        """Set the columns' widths for a number of images; the outputs' bars fill the rest."""
        widths = self.painter.widths(images)
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        scroll_bar = self.verticalScrollBar().sizeHint().width()
        self.setMinimumWidth(sum(widths) + scroll_bar + 2)

    def show_image(self, image: int, *, scroll: bool) -> None:
        """Select the row of an image, or none if it is not listed; scroll to it if asked to."""
        row = self._model.row_of(image)
        with self.updating():
            if row < 0:
                self.selectionModel().clear()
                return
            index = self._model.index(row, PredictionColumn.INDEX)
            if self.currentIndex().row() != row or not self.selectionModel().isSelected(index):
                self.setAutoScroll(False)
                self.selectionModel().setCurrentIndex(
                    index,
                    QItemSelectionModel.SelectionFlag.ClearAndSelect
                    | QItemSelectionModel.SelectionFlag.Rows,
                )
                self.setAutoScroll(True)
        if scroll:
            self.scrollTo(index)

    def dataChanged(
        self,
        topLeft: Index,
        bottomRight: Index,
        roles: Sequence[int] = (),  # noqa: ARG002
    ) -> None:
        """Repaint only the columns that have changed; Qt would repaint all."""
        left = self.columnViewportPosition(topLeft.column())
        right = self.columnViewportPosition(bottomRight.column())
        width = right + self.columnWidth(bottomRight.column()) - left
        self.viewport().update(left, 0, width, self.viewport().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the selected row visible if it was."""
        row = self.visualRect(self.currentIndex())
        was_visible = row.top() >= 0 and row.bottom() < event.oldSize().height()
        super().resizeEvent(event)
        if row.isValid() and was_visible:
            self.scrollTo(self.currentIndex())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the visible cells; all rows are equally high."""
        first, last = self.rowAt(event.rect().top()), self.rowAt(event.rect().bottom())
        if first < 0:
            return
        rows = range(first, (last if last >= 0 else self._model.rowCount() - 1) + 1)
        top, height = self.rowViewportPosition(first), self.rowHeight(first)
        tops = range(top, top + len(rows) * height, height)
        images = [self._model.image_at(row) for row in rows]
        painter = QPainter(self.viewport())
        selected = self.currentIndex().row()
        if selected in rows and self.selectionModel().isSelected(self.currentIndex()):
            whole_row = QRect(0, tops[selected - first], self.viewport().width(), height)
            self.painter.paint_selection(painter, whole_row)
        for column in PredictionColumn:
            left, width = self.columnViewportPosition(column), self.columnWidth(column)
            if left <= event.rect().right() and left + width > event.rect().left():
                cells = zip((QRect(left, y, width, height) for y in tops), images, strict=True)
                self.painter.paint_column(painter, column, cells)
        painter.end()

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Go to the first and last row with Home and End, not to the first and last column."""
        if action == QAbstractItemView.CursorAction.MoveHome:
            return self._model.index(0, PredictionColumn.INDEX)
        if action == QAbstractItemView.CursorAction.MoveEnd:
            return self._model.index(self._model.rowCount() - 1, PredictionColumn.INDEX)
        return super().moveCursor(action, modifiers)

    def keyboardSearch(self, search: str) -> None:
        """Search nothing: it would create the texts of 60,000 rows."""

    @Slot(QItemSelection, QItemSelection)
    def _choose(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        if self._updating:
            return
        rows: list[QModelIndex] = self.selectionModel().selectedRows()
        if rows:
            self.image_chosen.emit(self._model.image_at(rows[0].row()))

    @Slot()
    def _scrolled(self) -> None:
        self._rest.start()
