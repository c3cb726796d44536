"""Someone at the window: presses keys, points and clicks, and waits until it is shown."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit
from pytestqt.qtbot import QtBot

from cnnviz.app.breakpoints.panel import BreakpointsPanel
from cnnviz.app.cells.cell import Cell
from cnnviz.app.controls.panel import ControlsPanel
from cnnviz.app.debugger.contents import WHY
from cnnviz.app.debugger.explanation.text_view import TextView
from cnnviz.app.debugger.tensors.tensor_card import TensorCard
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.network import Batch, Tensors, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from tests.app import operation_rows as rows
from tests.app import text_views
from tests.app.network_parts import editor_of, viewport_of
from tests.app.painting import cell_centre

NAMES = [operation.name for operation in OPERATIONS]
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Person:
    """A user at the window, and the results of the readable path."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.panel = window.commands.debugger.panel
        frame = window.frame
        assert frame is not None
        self.settings = frame.settings
        n = self.settings.subset
        self.batch = Batch.from_images(frame.dataset.images[:n], frame.dataset.labels[:n])

    def readable(self, iteration: int = 0) -> Tensors:
        """Return every tensor of an iteration, computed by the readable path."""
        parameters = initial_parameters(self.settings.seed)
        for _ in range(iteration + 1):
            tensors = iterate(
                self.batch, parameters, self.settings.rule, self.settings.learning_rate
            )
            parameters = updated(tensors)
        return tensors

    def readable_as(self, dtype: str) -> Tensors:
        """Return every tensor of the first iteration in a precision, by the readable path."""
        frame = self.window.frame
        assert frame is not None
        n, settings = self.settings.subset, self.settings
        images, labels = frame.dataset.images[:n], frame.dataset.labels[:n]
        batch = Batch.from_images(images, labels, dtype)
        parameters = initial_parameters(settings.seed, dtype)
        return iterate(batch, parameters, settings.rule, settings.learning_rate)

    def settle(self) -> None:
        """Wait until every requested value is shown."""
        last = self.window.loop.select(self.window.selection.image)
        self.qtbot.waitUntil(
            lambda: self.window.frame is not None and self.window.frame.done >= last
        )

    def press(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None, times: int = 1
    ) -> None:
        """Press a key, some times in quick succession, and wait until what it does is shown."""
        for _ in range(times):
            self.qtbot.keyClick(self.window, key, modifier or Qt.KeyboardModifier.NoModifier)
        self.settle()

    def step_to(self, name: str) -> None:
        """Step on until an operation is done, opening the debugger if it is closed."""
        if self.panel.view is None:
            self.press(Qt.Key.Key_F10)
        done = NAMES.index(name) + 1
        _, position = self.position()
        if position < done:
            self.press(Qt.Key.Key_F10, times=done - position)
        assert self.position()[1] >= done

    def position(self) -> tuple[int, int]:
        view = self.panel.view
        assert view is not None
        return view.iteration, view.position

    def card(self, name: str) -> TensorCard:
        card = self.panel.parts.board.card(name)
        QApplication.processEvents()
        return card

    def spot(self, name: str, index: tuple[int, ...]) -> tuple[TensorCard, QPointF]:
        """Return the card of a tensor and the centre of an entry's cell in it."""
        card = self.card(name)
        assert card.sheet is not None
        cell = card.sheet.position(index)
        assert cell is not None
        return card, card.cell_rect(cell).center()

    def hover(self, name: str, index: tuple[int, ...]) -> None:
        card, position = self.spot(name, index)
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            position,
            QPointF(card.mapToGlobal(position)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(card, move)
        self.settle()

    def click(self, name: str, index: tuple[int, ...]) -> None:
        card, position = self.spot(name, index)
        self.qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=position.toPoint())
        self.settle()

    def show(self, view: int) -> None:
        self.qtbot.mouseClick(self.panel.parts.views.button(view), Qt.MouseButton.LeftButton)

    def text(self) -> TextView:
        """Return the text view that is shown."""
        parts = self.panel.parts
        view = parts.why if parts.why.isVisible() else parts.explanation.text
        assert view.isVisible()
        return view

    def explanation_text(self) -> str:
        """Return the text about a number, without its origin above."""
        lines = text_views.lines(self.text())
        start = next((at for at, line in enumerate(lines) if " = " in line), 0)
        return "\n".join(lines[start:])

    def choose_operation(self, name: str) -> None:
        """Click an operation in the list: it is shown, and nothing is done."""
        operations = self.panel.parts.operations
        rows.click(operations, rows.spot(operations, NAMES.index(name)))
        assert self.panel.shown == name

    def run_to(self, name: str) -> None:
        """Open the debugger if it is closed, choose an operation and run to it."""
        if self.panel.view is None:
            self.press(Qt.Key.Key_F10)
        self.choose_operation(name)
        self.press(Qt.Key.Key_F10, Qt.KeyboardModifier.ControlModifier)
        view = self.panel.view
        assert view is not None
        assert view.position == NAMES.index(name) + 1

    def add_breakpoint(self, condition: str) -> BreakpointsPanel:
        """Open the breakpoints and write one."""
        window, qtbot = self.window, self.qtbot
        qtbot.keyClick(window, Qt.Key.Key_B, CTRL_SHIFT)
        panel = window.panels.breakpoints.panel
        assert isinstance(panel, BreakpointsPanel)
        qtbot.waitUntil(panel.isVisible)
        panel.examples.aboutToShow.emit()
        panel.examples.actions()[0].trigger()  # Write one…
        fields = panel.table.viewport().findChildren(QLineEdit)
        (field,) = (field for field in fields if field.isVisible())
        qtbot.keyClicks(field, condition)
        qtbot.keyClick(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: QApplication.focusWidget() is None)
        self.settle()
        return panel

    def run(self) -> None:
        """Press Space, and wait until the run has stopped by itself."""
        before = self.window.loop.sent
        self.qtbot.keyClick(self.window, Qt.Key.Key_Space)
        self.qtbot.waitUntil(
            lambda: (
                self.window.frame is not None
                and before < self.window.loop.sent <= self.window.frame.done
                and not self.window.frame.running
            )
        )

    def bring_up(self, name: str) -> None:
        """Bring a panel's dock to the front, as a click on its tab does."""
        dock = self.window.findChild(QDockWidget, f"dock-{name}")
        assert dock is not None
        dock.raise_()
        self.qtbot.waitUntil(self.window.panels.by_name[name].isVisible)
        QApplication.processEvents()

    def edit(self, cell: Cell, value: str) -> None:
        """Double-click a cell of the Network panel, type a value, and return to the debugger."""
        network = self.window.panels.network
        assert isinstance(network, NetworkPanel)
        self.bring_up("network")
        viewport = viewport_of(network)
        spot = viewport.mapFrom(network, cell_centre(network, cell).toPoint())
        QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=spot)
        field = editor_of(network).field
        self.qtbot.waitUntil(field.isVisible)
        field.selectAll()
        self.qtbot.keyClicks(field, value)
        self.qtbot.keyClick(field, Qt.Key.Key_Return)
        self.bring_up("debugger")

    def correct(self, *names: str) -> None:
        """Tick corrections of the notebook's rule in the Controls panel."""
        controls = self.window.panels.controls
        assert isinstance(controls, ControlsPanel)
        for name in names:
            box = controls.rule.switches[name]
            spot = QPoint(GRID, box.height() // 2)
            self.qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=spot)
            assert box.isChecked()
        self.settle()

    def why(self) -> tuple[str, list[tuple[str, str, str]]]:
        """Press Why? and return the sentence and the factors, as they are shown."""
        self.show(WHY)
        assert self.panel.parts.why.isVisible()
        return self.explanation_text().split("\n")[1], text_views.factors(self.panel.parts.why)
