"""The text of an instrument's button is whole at any width."""

from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.hunt.instrument_button import InstrumentButton

TEXT = "Data check of images, labels and first weights: 2"


def test_a_text_is_broken_into_lines_that_fit(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    button = InstrumentButton(TEXT, "Costs 2, once", lambda: None)
    layout = QVBoxLayout(host)
    layout.addWidget(button)
    layout.addStretch()
    host.resize(600, 200)
    host.show()
    assert button.text() == TEXT
    low = button.height()
    host.resize(180, 200)
    qtbot.waitUntil(lambda: button.height() > low)
    lines = button.text().split("\n")
    assert len(lines) > 1
    assert " ".join(lines) == TEXT == button.accessibleName()
    metrics = button.fontMetrics()
    assert max(map(metrics.horizontalAdvance, lines)) < button.width()
    assert len(lines) * metrics.lineSpacing() < button.height()
    clicks = QSignalSpy(button.clicked)
    button.click()
    assert clicks.count() == 1
