"""The debugger's text views, This cell and Why?, as a person finds them: words, links, drawings."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextEdit

_DRAWING = "\N{OBJECT REPLACEMENT CHARACTER}"


def lines(view: QTextEdit) -> list[str]:
    """Return the lines of text; words in columns are apart by a tab, drawings are left out."""
    return view.toPlainText().replace(_DRAWING, "").split("\n")


def links(view: QTextEdit) -> dict[str, str]:
    """Return the text of every link by its address; that on two lines is joined by a tab."""
    found: dict[str, list[str]] = {}
    for block in _blocks(view):
        texts: dict[str, str] = {}
        for text, look, _ in _fragments(block):
            if look.isAnchor():
                address = look.anchorHref()
                texts[address] = texts.get(address, "") + text.replace(_DRAWING, "")
        for address, text in texts.items():
            found.setdefault(address, []).append(text.rstrip("\t"))
    return {address: "\t".join(texts) for address, texts in found.items()}


def ranking(view: QTextEdit) -> list[tuple[int, str]]:
    """Return the images that are listed, each with its share as it is written."""
    return [
        (int(address.removeprefix("image:")), text.split("\t")[1])
        for address, text in links(view).items()
        if address.startswith("image:")
    ]


def factors(view: QTextEdit) -> list[tuple[str, str, str]]:
    """Return the factors of Why?, each with its symbol, value and description."""
    written = lines(view)
    start = next((at for at, line in enumerate(written) if "▸ larger" in line), len(written)) + 1
    parts = [part for line in written[start:] for part in line.split("\t") if part]
    assert len(parts) % 3 == 0, parts
    rows = [(parts[at], parts[at + 1], parts[at + 2]) for at in range(0, len(parts), 3)]
    assert all(value.startswith("= ") for _, value, _ in rows), rows
    assert all(symbol[0] in "☑☐ " for symbol, _, _ in rows), rows
    return [(symbol[2:], value.removeprefix("= "), what) for symbol, value, what in rows]


def click_link(view: QTextEdit, address: str) -> None:
    """Scroll to a link and click it."""
    position = next(
        position
        for block in _blocks(view)
        for _, look, position in _fragments(block)
        if look.anchorHref() == address
    )
    cursor = QTextCursor(view.document())
    cursor.setPosition(position)
    view.setTextCursor(cursor)
    view.ensureCursorVisible()
    QApplication.processEvents()
    spot = view.cursorRect(cursor).center() + QPoint(4, 0)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def drawing_rect(view: QTextEdit, number: int) -> QRectF:
    """Return the line number of a drawing in the document, from 0."""
    blocks = [block for block in _blocks(view) if _DRAWING in block.text()]
    return view.document().documentLayout().blockBoundingRect(blocks[number])


def line_rect(view: QTextEdit, start: str) -> QRectF:
    """Return the line number of the line that begins with some words."""
    block = next(block for block in _blocks(view) if block.text().startswith(start))
    return view.document().documentLayout().blockBoundingRect(block)


def _fragments(block: QTextBlock) -> Iterator[tuple[str, QTextCharFormat, int]]:
    for iterator in block:
        piece = iterator.fragment()
        yield piece.text(), piece.charFormat(), piece.position()


def _blocks(view: QTextEdit) -> Iterator[QTextBlock]:
    block = view.document().begin()
    while block.isValid():
        yield block
        block = block.next()
