"""The Drawing panel: a pad, and the network's answer to the drawing."""

import math
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.drawing.picture import read_picture
from cnnviz.app.look.colour_maps import ink_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.drawing_pad import DrawingPad
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.named_choice import name_choice
from cnnviz.app.widgets.sketch import Sketch
from cnnviz.app.widgets.sketch_tools import SketchTools
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel
from cnnviz.numerics.number_format import counted, fixed
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import DRAWN, ImageView

_UNKNOWN: Final = "?"
_PREVIEW: Final = 3
"""Pixels of the screen for each of the 28 × 28, at normal size."""
_FIRST: Final = 100
"""Share of the height that the pad takes until it is square; the empty space below takes 1."""
_NOTHING: Final = np.zeros((28, 28), np.uint8)
_EMPTY: Final = "What the network sees of your digit, 28\xa0×\xa028 pixels, and its answer."
_PICTURES: Final = "Pictures (*.png *.jpg *.jpeg)"


class DrawingPanel(QWidget):
    """Draws a digit, or opens a picture of one, and shows what the network sees and answers."""

    keeping_requested = Signal(int, int)
    """Carries the image of the data that the drawing is to replace, and its digit."""

    def __init__(self, sketch: Sketch, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self._sketch, self._tasks = sketch, tasks
        self._frame: Frame | None = None
        self._shown: NDArray[np.uint8] | None = None
        self._make_controls(style)
        self._lay_out()
        self.set_style(style)

    def show_frame(self, frame: Frame) -> None:
        """Show the answer to the drawing in a frame."""
        self._frame = frame
        if self.isVisible():
            self._show_answer(self._view())

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style, self._shown = style, None
        small, bold = style.scaled(0.9).body_font, style.scaled(1.1).body_font
        bold.setBold(True)
        self.note.setFont(small)
        self.tools.set_style(style)
        self.answer.setFont(bold)
        side = round(28 * _PREVIEW * style.scale)
        self.preview.setFixedSize(QSize(side + 2, side + 2))
        set_sheet(self.preview, f"border: 1px solid {style.theme.line};")
        self.pad.set_style(style)
        self._show_answer(self._view())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the pad no more height than it uses: it is square."""
        super().resizeEvent(event)
        width = event.size().width() - 2 * GRID
        self.pad.setMaximumHeight(max(width, self.pad.minimumSizeHint().height()))

    @Slot()
    def choose_picture(self) -> None:
        """Ask for a picture, and put it on the pad."""
        dialog = QFileDialog(self, "Open a picture of a digit", "", _PICTURES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.open_picture(Path(name)))
        dialog.open()

    def open_picture(self, path: Path) -> None:
        """Put a picture on the pad once it has been read; say why if it cannot be."""
        self._tasks.start(
            "picture",
            lambda _progress: read_picture(path),
            on_result=self._put_picture,
            on_error=self.note.setText,
        )

    @Slot(object)
    def _put_picture(self, ink: NDArray[np.uint8]) -> None:
        self._sketch.clear()
        self._sketch.put_picture(ink)

    def _make_controls(self, style: Style) -> None:
        self.pad = DrawingPad(self._sketch, style)
        self.tools = SketchTools(self._sketch, self)
        self.open = tab_button("Open picture…", "Put a PNG or JPEG on the pad", self.choose_picture)
        tip = "Show the network's answer again"
        self.again = tab_button("Show drawing", tip, self._sketch.changed.emit)
        self.preview = QLabel()
        self.preview.setAccessibleName("What the network sees, 28 × 28 pixels")
        self.answer = text_label(name="The network's answer")
        self.note = text_label(look="muted")
        self.digit_title = QLabel("It is a")
        self.digit = QComboBox()
        self.digit.addItems([_UNKNOWN, *map(str, range(10))])
        tip = "Lets the answer be judged right or wrong"
        name_choice(self.digit, "Which digit it is", tip)
        self.digit.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        require_focus_for_wheel(self.digit)
        self.digit.currentIndexChanged.connect(lambda _index: self._sketch.set_label(self.label))
        self.keep = tab_button("Keep it", "", self._keep)

    def _lay_out(self) -> None:
        slider, below, texts = QWidget(), QHBoxLayout(), QVBoxLayout()
        fill_box(QHBoxLayout(slider), self.tools.thickness_title, self.tools.thickness)
        slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        buttons = self.tools.undo, self.tools.clear, self.open, self.again
        tools = flow_row(*buttons, slider, gap=GRID // 2)
        fill_box(texts, self.answer, self.note, None, spacing=GRID // 2)
        fill_box(below, self.preview, texts)
        below.setStretchFactor(texts, 1)
        below.setAlignment(self.preview, Qt.AlignmentFlag.AlignTop)
        keeping = flow_row(self.digit_title, self.digit, self.keep)
        column, parts = QVBoxLayout(self), (self.pad, tools, below, keeping, None)
        fill_box(column, *parts, margins=(GRID, 0, GRID, GRID))
        column.setStretchFactor(self.pad, _FIRST)

    @property
    def label(self) -> int | None:
        """The digit that the person says it is; None if they have not."""
        return self.digit.currentIndex() - 1 if self.digit.currentIndex() else None

    @Slot()
    def _keep(self) -> None:
        if self._frame is not None and self.label is not None:
            self.pad.clearFocus()  # what Ctrl+Z undoes now is the window's
            self.keeping_requested.emit(self._frame.image.index, self.label)

    def _view(self) -> ImageView | None:
        """Return the drawing as the network sees it; None if it is not shown."""
        view = self._frame.outside if self._frame is not None else None
        is_drawing = view is not None and view.outside is not None and view.outside.name == DRAWN
        return view if is_drawing else None

    def _show_preview(self, image: NDArray[np.uint8]) -> None:
        """Show what the network sees, shape (28, 28)."""
        if self._shown is None or not np.array_equal(image, self._shown):
            self._shown = image
            picture = QPixmap.fromImage(ink_image(image, self._style.theme))
            self.preview.setPixmap(picture.scaled(self.preview.contentsRect().size()))

    def _show_answer(self, view: ImageView | None) -> None:
        """Show the network's input and answer; None if the drawing is not shown."""
        frame = self._frame
        self.again.setVisible(view is None and not self._sketch.is_empty)
        self.keep.setEnabled(view is not None and self.label is not None)
        image = "the selected image" if frame is None else f"image {frame.image.index}"
        self.keep.setText(f"Keep as {image}")
        self.keep.setToolTip(
            f"Train on it in place of {image}; “Restore original image” in the Network's menu "
            "undoes it"
            if self.label is not None
            else "First choose which digit it is"
        )
        self._show_preview(_NOTHING if view is None else view.image)
        if view is None or frame is None:
            self.answer.setText("")
            self.note.setText(_EMPTY)
            return
        side = "> 4" if view.o > 0.5 else "≤ 4"
        defined = not math.isnan(view.o)
        verdict = ""
        if defined and view.target >= 0:
            verdict = "  ✓ correct" if (view.o > 0.5) == bool(view.target) else "  ✗ wrong"
        self.answer.setText(f"o = {fixed(view.o, 3)}: {side}{verdict}" if defined else "no answer")
        trained = counted(frame.settings.subset, "image")
        self.note.setText(
            "Scaled into 20 × 20 pixels and centred by mass in 28 × 28, as MNIST was; z is "
            f"standardised with mean and deviation of z over the {trained} trained on, at "
            f"iteration {frame.iteration:,}."
        )
