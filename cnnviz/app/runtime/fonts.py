"""Finds out whether there are fonts, and adds what they may lack: else Qt draws boxes."""

from typing import Final

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics

from cnnviz.data.resources import resource_path

_GENERIC: Final = {"Monospace", "Sans Serif", "Serif"}
"""Names that Qt lists if there is no font at all."""


def add_symbols() -> None:
    """Have letters and signs that the machine's fonts lack drawn by a font of the program.

    Many fonts have no ✓, and machines with few of them none at all. Needs the application.
    """
    QFontDatabase.addApplicationFont(str(resource_path("symbols", "symbols.ttf")))


def font_problem(font: QFont) -> str:
    """Return one sentence if letters cannot be drawn; empty if they can. Needs the application."""
    if QFontMetrics(font).inFontUcs4(ord("n")):
        return ""
    latin = QFontDatabase.families(QFontDatabase.WritingSystem.Latin)  # slow
    if set(latin) - _GENERIC:
        return ""
    return (
        "no text can be drawn, because no font with letters is installed: install one, such as "
        "the package fonts-dejavu-core, and try again."
    )
