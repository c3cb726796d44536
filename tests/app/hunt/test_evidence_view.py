"""Long lines of evidence wrap below their last column, at any width."""

from PySide6.QtGui import QFont, QTextCursor
from pytestqt.qtbot import QtBot

from cnnviz.app.hunt.evidence_view import EvidenceView
from cnnviz.app.look.theme import number_font

LINE = "  right       repeated images     " + "none of them is there twice " * 6


def starts(view: EvidenceView) -> list[float]:
    """The left ends of the lines into which the second block is broken, in characters."""
    block = view.document().begin().next()
    layout, cursor, found = block.layout(), QTextCursor(block), []
    for i in range(layout.lineCount()):
        cursor.setPosition(block.position() + layout.lineAt(i).textStart())
        found.append(view.cursorRect(cursor).left() - view.document().documentMargin())
    return [left / view.fontMetrics().horizontalAdvance("0") for left in found]


def test_a_long_last_column_wraps_below_its_beginning(qtbot: QtBot) -> None:
    view = EvidenceView()
    qtbot.addWidget(view)
    view.set_font(QFont(number_font()))
    view.append_plain("Data check")
    view.append_plain(LINE)
    view.resize(800, 300)
    view.show()
    first, *others = starts(view)
    assert abs(first) < 1
    assert others
    assert all(abs(at - LINE.index("none")) < 1 for at in others)
    view.resize(300, 300)
    first, *others = starts(view)
    assert abs(first) < 1
    assert others
    assert all(abs(at - 4) < 1 for at in others)
    assert view.toPlainText() == f"Data check\n{LINE}"
