"""Finds out whether there are fonts: without them, Qt draws boxes or nothing."""

from typing import Final

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics

_GENERIC: Final = {"Monospace", "Sans Serif", "Serif"}
"""Names that Qt lists if there is no font at all."""


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
