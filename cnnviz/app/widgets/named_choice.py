"""Names a combo box for screen readers."""

from PySide6.QtWidgets import QComboBox


def name_choice(box: QComboBox, name: str, tip: str = "") -> None:
    """Give a combo box its name and tooltip.

    On Linux, Qt takes the chosen text for the name of the box: so the description has the name.
    """
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setAccessibleDescription(f"{name}. {tip}" if tip else name)
