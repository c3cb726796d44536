"""The events of a mouse, a pen and a finger that draw."""

from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cnnviz.app.widgets.drawing_pad import DrawingPad

LEFT = Qt.MouseButton.LeftButton
Place = tuple[float, float]


def at(pad: DrawingPad, x: float, y: float) -> QPoint:
    """Return a point of the pad, by shares of the paper."""
    paper = pad.paper()
    return QPoint(round(paper.x() + x * paper.width()), round(paper.y() + y * paper.height()))


def mouse_stroke(pad: DrawingPad, *places: Place, release: bool = True) -> None:
    """Draw with the mouse."""
    QTest.mousePress(pad, LEFT, pos=at(pad, *places[0]))
    for place in places[1:]:
        QTest.mouseMove(pad, at(pad, *place))
    if release:
        QTest.mouseRelease(pad, LEFT, pos=at(pad, *places[-1]))


def finger_stroke(pad: DrawingPad, *places: Place) -> None:
    """Draw with a finger."""
    device = QTest.createTouchDevice()
    QTest.touchEvent(pad, device).press(0, at(pad, *places[0]), pad).commit()
    for _, place in pairwise(places):
        QTest.touchEvent(pad, device).move(0, at(pad, *place), pad).commit()
    QTest.touchEvent(pad, device).release(0, at(pad, *places[-1]), pad).commit()
    QApplication.processEvents()


def pen_stroke(pad: DrawingPad, pressure: float, *places: Place) -> None:
    """Draw with a pen, and lift it."""
    _pen(pad, QEvent.Type.TabletPress, places[0], pressure)
    for place in places[1:]:
        _pen(pad, QEvent.Type.TabletMove, place, pressure)
    _pen(pad, QEvent.Type.TabletRelease, places[-1], 0.0)
    _pen(pad, QEvent.Type.TabletMove, (0.5, 0.5), 0.0)  # in the air


def _pen(pad: DrawingPad, kind: QEvent.Type, place: Place, pressure: float) -> None:
    """Send the events of a pen to the window below it."""
    device = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        1,
    )
    window, spot = pad.window(), at(pad, *place)
    inside, outside = QPointF(pad.mapTo(window, spot)), QPointF(pad.mapToGlobal(spot))
    pressed = LEFT if pressure else Qt.MouseButton.NoButton
    changing = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletMove else LEFT
    event = QTabletEvent(
        *(kind, device, inside, outside, pressure, 0.0, 0.0, 0.0, 0.0, 0.0),
        *(Qt.KeyboardModifier.NoModifier, changing, pressed),
    )
    QApplication.sendEvent(window.windowHandle(), event)
