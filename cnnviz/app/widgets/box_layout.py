"""Rows and columns of widgets."""

from PySide6.QtWidgets import QBoxLayout, QLayout, QWidget

from cnnviz.app.look.theme import GRID


def fill_box(
    box: QBoxLayout,
    *parts: QWidget | QLayout | None,
    stretched: QWidget | None = None,
    spacing: int = GRID,
    margins: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> None:
    """Fill a row or column.

    Parameters
    ----------
    parts : QWidget, QLayout or None
        In their order; None is empty space, which fills the rest.
    stretched : QWidget or None
        The part that fills the rest.
    margins : tuple of int
        Left, top, right and bottom.
    """
    box.setSpacing(spacing)
    box.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, QWidget):
            box.addWidget(part)
        else:
            box.addLayout(part)
    if stretched is not None:
        box.setStretchFactor(stretched, 1)
