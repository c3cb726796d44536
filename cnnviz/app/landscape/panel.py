"""The Landscape panel: the loss around the state that is shown."""

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cnnviz.app.landscape.along_view import AlongView
from cnnviz.app.landscape.curvature_view import CurvatureView
from cnnviz.app.landscape.plane_view import PlaneView
from cnnviz.app.landscape.spectrum_view import SpectrumView
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.training.loop.frame import Frame

_VIEWS = (
    Segment("Along the step", "the loss along the next step, and where it would be lowest"),
    Segment("Plane", "the loss over a plane, with the path of the run on it"),
    Segment("Curvature", "the largest eigenvalue of the loss's Hessian, beside the loss"),
    Segment("Eigenvalues", "all eigenvalues of the Hessian, and the directions of the largest"),
)


class LandscapePanel(QWidget):
    """Views of the loss around the state, one at a time; only the visible one computes."""

    path_requested = Signal(bool)
    """Whether the frames are to carry the path of the run."""

    def __init__(self, tasks: BackgroundTasks, style: Style) -> None:
        super().__init__()
        self.choice = SegmentedControl("View of the loss", _VIEWS, style)
        self.along = AlongView(tasks, style)
        self.curvature = CurvatureView(tasks, style)
        self.plane = PlaneView(tasks, style)
        for signal in (self.plane.visibility_changed, self.curvature.visibility_changed):
            signal.connect(self._request_path)
        self.spectrum = SpectrumView(tasks, style)
        self._views = self.along, self.plane, self.curvature, self.spectrum
        self._stack = QStackedWidget()
        for view in self._views:
            self._stack.addWidget(view)
        self.choice.chosen.connect(self._stack.setCurrentIndex)
        margins = (GRID, 0, GRID, GRID)
        fill_box(
            QVBoxLayout(self), self.choice, self._stack, stretched=self._stack, margins=margins
        )
        self.set_style(style)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Follow a frame in the visible view."""
        for view in self._views:
            view.show_frame(frame)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.choice.set_style(style)
        self.choice.setFixedHeight(round(3.5 * GRID * style.scale))
        for view in self._views:
            view.set_style(style)

    def show_view(self, index: int) -> None:
        """Show a view by its position."""
        self.choice.choose(index)
        self._stack.setCurrentIndex(index)

    @Slot()
    def _request_path(self) -> None:
        self.path_requested.emit(self.plane.isVisible() or self.curvature.isVisible())

    def sizeHint(self) -> QSize:
        """Return a size that shows a plot well."""
        return QSize(60 * GRID, 45 * GRID)
