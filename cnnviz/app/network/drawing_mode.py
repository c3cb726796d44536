"""The mode in which a digit is drawn on the Network's image."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from cnnviz.app.cells.cell import Column
from cnnviz.app.left_out import LEFT_OUT
from cnnviz.app.look.colour_maps import ink_image
from cnnviz.app.look.icons import icon
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.painting import NetworkPainting
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.sketch import Sketch
from cnnviz.numerics.network import IMAGE_SIZE
from cnnviz.training.run.predictions import DRAWN, ImageView

if TYPE_CHECKING:
    from cnnviz.app.network.drawing_tools import DrawingTools
    from cnnviz.app.widgets.drawing_pad import DrawingPad

_EXPLANATION: Final = (
    "Draw a digit on the image with mouse, pen or finger; the maps and the output follow. Esc ends "
    "it, and the cross above the image shows the selected image again"
)
_LARGEST_PREVIEW: Final = 3
"""Pixels of the screen, at most, for each of the 28 × 28 that the network sees."""


class DrawingMode(QObject):
    """Replaces the image by paper, with tools below it, while a digit is drawn.

    `panel` shows `painting` from its upper left corner on; the tools replace the label `hints` in
    its layout.
    """

    keeping_requested = Signal()
    """The drawing is to be kept, which the Drawing panel does."""

    def __init__(
        self,
        panel: QWidget,
        painting: NetworkPainting,
        hints: QLabel,
        selection: Selection,
        style: Style,
    ) -> None:
        super().__init__(panel)
        self.sketch = Sketch(self)
        self._panel, self._painting, self._hints, self._style = panel, painting, hints, style
        self._view: ImageView | None = None
        self._selected: ImageView | None = None  # of the batch
        self.pad: DrawingPad | None = None
        self.tools: DrawingTools | None = None
        self._seen = QLabel(panel), QLabel(panel)  # a title, and a picture
        self.action = QAction("Draw on the image", self)
        self.action.setCheckable(True)
        self.action.setToolTip(_EXPLANATION)
        self.action.toggled.connect(self._toggle)
        self.button = QToolButton(panel, autoRaise=True)
        self.button.setDefaultAction(self.action)
        self.button.setAccessibleName("Draw on the image")
        self.button.setProperty(LEFT_OUT, True)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), panel)
        self._escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._escape.activated.connect(self.leave)
        self._escape.setEnabled(False)
        title, picture = self._seen
        title.setText("network sees")
        title.setProperty("muted", True)
        picture.setAccessibleName("What the network sees, 28 × 28 pixels")
        picture.setToolTip(
            "Scaled into 20 × 20 pixels and centred by mass in 28 × 28, as MNIST was"
        )
        for part in self._seen:
            part.hide()
        painting.laid_out.connect(self._lay_out)
        selection.image_changed.connect(self.leave)
        self.set_style(style)

    @property
    def on(self) -> bool:
        """Whether a digit is being drawn."""
        return self.action.isChecked()

    @Slot()
    def leave(self) -> None:
        """Show the image again, which may be the drawing as the network sees it."""
        self.action.setChecked(False)

    def show_view(self, view: ImageView) -> None:
        """Show the drawing as the network's input, or leave the mode if that is another image."""
        self._view = view
        if view.outside is None:
            self._selected = view
        if not self.on:
            return
        if view.outside is not None and view.outside.name != DRAWN:
            self.leave()
        else:
            self._show_seen()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        side = round(2.5 * GRID * style.scale)
        self.action.setIcon(icon("pencil", style.theme))
        self.button.setIconSize(QSize(side - GRID // 2, side - GRID // 2))
        self.button.setFixedSize(side, side)
        self.button.setStyleSheet("padding: 0;")
        self._seen[0].setFont(style.scaled(0.85).body_font)
        if self.pad is not None and self.tools is not None:
            self.pad.set_style(style)
            self.tools.set_style(style)
        self._lay_out()

    @Slot(bool)
    def _toggle(self, on: bool) -> None:
        if on and self.pad is None:
            self._make()
        pad, tools = self.pad, self.tools
        if pad is None or tools is None:
            return
        if on:
            tools.setFixedHeight(self._hints.sizeHint().height())
        self._hints.setVisible(not on)
        self._escape.setEnabled(on)
        tools.keep_undo(on)
        tools.setVisible(on)
        pad.setVisible(on)
        self._lay_out()
        if on:
            pad.raise_()
            pad.setFocus()
            if not self.sketch.is_empty:
                self.sketch.changed.emit()  # it is shown again
        elif pad.hasFocus():
            self._panel.setFocus()

    def _make(self) -> None:
        from cnnviz.app.network.drawing_tools import DrawingTools  # noqa: PLC0415  (not at start)
        from cnnviz.app.widgets.drawing_pad import DrawingPad  # noqa: PLC0415

        self.pad = DrawingPad(self.sketch, self._style, self._panel)
        self.pad.setAccessibleName("Drawing pad in place of the image")
        self.pad.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # all of it is paper
        self.pad.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tools = DrawingTools(self.sketch, self._style, self._panel)
        self.tools.setProperty(LEFT_OUT, True)
        self.tools.image_requested.connect(self._copy_image)
        self.tools.leaving_requested.connect(self.leave)
        self.tools.keeping_requested.connect(self.keeping_requested)
        if (layout := self._panel.layout()) is not None:
            layout.addWidget(self.tools)

    @Slot()
    def _copy_image(self) -> None:
        if self._selected is not None:
            self.sketch.put_picture(self._selected.image)

    @Slot()
    def _lay_out(self) -> None:
        """Put the paper on the image, or around it if that is small, and the rest above."""
        tile = self._painting.layout.tile(Column.IMAGE).rect
        paper = QRect(tile)
        if self.pad is not None and self.on:
            side = max(tile.width(), self.pad.minimumSizeHint().width())
            left = max(GRID // 2, tile.left() - (side - tile.width()) // 2)
            paper = QRect(left, tile.bottom() + 1 - side, side, side)  # the caption stays in view
            self.pad.setGeometry(paper)
        above = paper.top() - GRID // 4 - self.button.height()
        self.button.move(tile.right() + 1 - self.button.width(), above)
        self.button.raise_()
        self._show_seen()

    def _show_seen(self) -> None:
        """Show the network's input above the paper, if it fits."""
        title, picture = self._seen
        view = self._view
        is_drawn = view is not None and view.outside is not None
        top = round(self._painting.layout.body.top())
        height = title.sizeHint().height()
        free = self.button.geometry().bottom() - top - height - GRID // 2
        factor = min(_LARGEST_PREVIEW, free // IMAGE_SIZE)
        shown = self.on and is_drawn and factor > 0
        for part in self._seen:
            part.setVisible(shown)
        if view is None or not shown:
            return
        side = factor * IMAGE_SIZE
        drawn = QPixmap.fromImage(ink_image(view.image, self._style.theme))
        picture.setPixmap(drawn.scaled(side, side))
        corner = self.pad.geometry().left() if self.pad is not None else 0
        bottom = self.button.geometry().bottom()
        picture.setGeometry(corner, bottom - side, side, side)
        title.adjustSize()
        title.move(corner, bottom - side - height)
        for part in self._seen:
            part.raise_()
