"""The field for how many images are held out."""

from typing import Final

from PySide6.QtCore import Signal, Slot

from cnnviz.app.widgets.number_edit import NumberEdit
from cnnviz.numerics.number_parsing import parse_number, parse_whole_number

NO_NUMBER: Final = "“{}” is not a number of images: write it like 300, 20 % or off."
_OFF: Final = "off"
_MOST: Final = 1_000_000_000
"""More than any data has."""


class HeldOutEdit(NumberEdit):
    """Reads a number of images, "off", or a share such as "20 %"."""

    share_entered = Signal(float)
    """The user typed a share; carries it, above 0 and at most 1."""

    def __init__(self) -> None:
        super().__init__(
            "Held-out images",
            "How many images the network is evaluated on but not trained on: test images of the "
            "data, or its last.\nA number, a share such as 20 %, or off",
        )

    def written(self, number: float) -> str:
        """Write a number of images."""
        return f"{number:,.0f}" if number else _OFF

    def parsed(self, text: str) -> float | None:
        """Return the number of images that a text means."""
        if text.lower() == _OFF:
            return 0.0
        number = parse_whole_number(text)
        return float(number) if number is not None and 0 <= number <= _MOST else None

    @Slot()
    def _read(self) -> None:
        text = self.text().strip()
        if not text.endswith("%"):
            super()._read()
            return
        self.setModified(False)
        self._restore()
        share = parse_number(text.removesuffix("%").strip())
        if share is None or not 0 < share <= 100:
            self.refused.emit(text)
        else:
            self.clearFocus()
            self.share_entered.emit(share / 100)
