"""Colours, spacing and type of the program, light and dark."""

from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtGui import QFont, QFontDatabase

ThemeName = Literal["light", "dark"]

GRID: Final = 8
"""Every margin and gap is a multiple of this, in device-independent pixels."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one appearance, as ``#rrggbb``."""

    name: ThemeName
    window: str
    panel: str
    raised: str
    """window, panel, raised: backgrounds: behind the panels, of a panel, of a control on it."""
    text: str
    muted: str
    """text, muted: main text, and explanations."""
    line: str
    """Hairlines."""
    accent: str
    on_accent: str
    """accent, on_accent: the one accent, and text on it."""
    wrong: str
    """A wrong prediction and an error message; never the only sign of it."""
    filters: tuple[str, str, str]
    """Colours of filters 1 to 3: an orange, a blue and a purple that colour-blind viewers can
    distinguish from each other and from the accent."""
    branches: tuple[str, str, str, str]
    """Colours of the branches other than the current one, which also differ in their dashes."""
    undefined: str
    """A value that is no number: unlike every colour of the two colour maps, to all eyes."""
    signed: str
    activation: str
    """signed, activation: pyqtgraph's names of the diverging and the sequential colour map."""
    paper: str
    ink: str
    """paper, ink: colours of grey levels 0 and 255 of an image."""


LIGHT: Final = Theme(
    name="light",
    window="#eceff3",
    panel="#ffffff",
    raised="#f5f7f9",
    text="#161b22",
    muted="#57606a",
    line="#d3d9e0",
    accent="#00796b",
    on_accent="#ffffff",
    wrong="#b93a00",
    filters=("#966400", "#1a76c9", "#8a2686"),
    branches=("#6b7599", "#a7415c", "#5f6b1e", "#45569b"),
    undefined="#800000",
    signed="CET-CBD1",
    activation="viridis",
    paper="#ffffff",
    ink="#161b22",
)
DARK: Final = Theme(
    name="dark",
    window="#0e1116",
    panel="#171b21",
    raised="#20262e",
    text="#e8ecf1",
    muted="#9aa5b1",
    line="#323a44",
    accent="#3cc9ac",
    on_accent="#06231d",
    wrong="#ff8a5c",
    filters=("#e69f00", "#6cc0f5", "#c95ead"),
    branches=("#8e9db6", "#d47c86", "#b5c07b", "#aeb7f3"),
    undefined="#ffffff",
    signed="CET-D6",
    activation="viridis",
    paper="#000000",
    ink="#ffffff",
)
THEMES: Final = {theme.name: theme for theme in (LIGHT, DARK)}


def body_font(scale: float = 1.0) -> QFont:
    """Return the face for words, at 10 points times `scale`."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(10 * scale)
    return font


def number_font(scale: float = 1.0) -> QFont:
    """Return the tabular face for numbers: all digits equally wide."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(9.5 * scale)
    return font
