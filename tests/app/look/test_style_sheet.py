"""Tests of contrast, of colours for colour-blind viewers, and of the style sheet."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMessageBox,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style_sheet import apply_theme
from cnnviz.app.look.theme import DARK, GRID, LIGHT, THEMES, Theme, body_font, number_font
from cnnviz.app.predictions.model import TITLES
from cnnviz.app.predictions.table import PredictionTable
from cnnviz.app.window.main_window import MainWindow
from tests.app.look.colour_vision import SIGHTS, TO_XYZ
from tests.app.painted import painted_words

BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)

TEXT_CONTRAST: Final = 4.5
"""What WCAG 2 asks for between text and its background (level AA)."""
PART_CONTRAST: Final = 3.0
"""The least contrast between a part with a meaning and its surroundings."""
APART: Final = 20.0
"""CIELAB distance at which colours of lines and frames count as distinguishable: about nine
times the just noticeable difference of 2.3."""


def linear(colour: str) -> NDArray[np.float64]:
    assert re.fullmatch("#[0-9a-f]{6}", colour)
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    dark, light = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    xyz = TO_XYZ @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, vision: str) -> float:
    seen = [lab(np.clip(SIGHTS[vision] @ linear(colour), 0, 1)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def test_contrast_and_colour_difference_match_published_values() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert distance("#000000", "#ffffff", "normal") == pytest.approx(100, abs=0.01)
    np.testing.assert_allclose(lab(linear("#ff0000")), [53.24, 80.09, 67.20], atol=0.02)
    for matrix in SIGHTS.values():  # grey stays grey
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)
    # A green and a pinkish grey that many people confuse.
    assert distance("#00a080", "#b08080", "normal") > 2 * APART
    assert distance("#00a080", "#b08080", "deuteranopia") < APART


@BOTH
@pytest.mark.parametrize("colour", ["text", "muted", "accent", "wrong"])
def test_text_has_enough_contrast_on_every_background(theme: Theme, colour: str) -> None:
    for background in ("window", "panel", "raised"):
        found = contrast(getattr(theme, colour), getattr(theme, background))
        assert found >= TEXT_CONTRAST, f"{colour} on {background}: {found:.2f}"


@BOTH
def test_text_on_the_accent_and_filter_names_have_enough_contrast(theme: Theme) -> None:
    assert contrast(theme.on_accent, theme.accent) >= TEXT_CONTRAST
    for i, colour in enumerate(theme.filters, 1):
        found = contrast(colour, theme.panel)
        assert found >= TEXT_CONTRAST, f"Filter {i}: {found:.2f}"


@BOTH
def test_controls_have_enough_contrast(theme: Theme) -> None:
    for part, beside in (
        (theme.accent, theme.line),  # a slider's two sides
        (theme.accent, theme.panel),
        (theme.muted, theme.raised),  # a check box's edge
        (theme.ink, theme.paper),
    ):
        assert contrast(part, beside) >= PART_CONTRAST


@BOTH
@pytest.mark.parametrize("vision", SIGHTS)
def test_filters_and_accent_differ_for_colour_blind_viewers(theme: Theme, vision: str) -> None:
    named = {"accent": theme.accent}
    named |= {f"filter {i}": colour for i, colour in enumerate(theme.filters, 1)}
    for (one, a), (other, b) in itertools.combinations(named.items(), 2):
        assert distance(a, b, vision) >= APART, f"{one} and {other}: {distance(a, b, vision):.0f}"


@BOTH
@pytest.mark.parametrize("vision", SIGHTS)
def test_correct_and_wrong_differ_for_colour_blind_viewers(theme: Theme, vision: str) -> None:
    assert distance(theme.accent, theme.wrong, vision) >= APART


def test_there_is_a_light_and_a_dark_theme() -> None:
    assert list(THEMES) == ["light", "dark"]
    assert contrast(LIGHT.panel, "#ffffff") < 1.2
    assert contrast(DARK.panel, "#000000") < 1.3
    assert LIGHT.filters != DARK.filters


@pytest.fixture
def restored(qapp: QApplication) -> Iterator[QApplication]:
    font = QFont(qapp.font())
    yield qapp
    QApplication.setFont(font)
    apply_theme(qapp, LIGHT)


@BOTH
def test_a_theme_sets_palette_and_widgets(
    restored: QApplication, qtbot: QtBot, theme: Theme
) -> None:
    apply_theme(restored, theme)
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = restored.palette()
    for wanted, colour in (
        (role.Window, theme.window),
        (role.Base, theme.panel),
        (role.Text, theme.text),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
    ):
        assert palette.color(wanted) == QColor(colour)
    disabled = palette.color(group.Disabled, role.Text)
    assert disabled != palette.color(group.Active, role.Text)
    window = QMainWindow()
    qtbot.addWidget(window)
    muted = QLabel("explained")
    muted.setProperty("muted", True)
    window.setCentralWidget(muted)
    window.resize(120, 60)
    window.show()
    assert muted.palette().color(role.WindowText) == QColor(theme.muted)
    assert window.grab().toImage().pixelColor(1, 1) == QColor(theme.window)


@BOTH
def test_buttons_of_dialogs_have_no_stock_icons(
    restored: QApplication, qtbot: QtBot, theme: Theme
) -> None:
    apply_theme(restored, theme)
    box = QDialogButtonBox(
        QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
    )
    question = QMessageBox()
    question.setStandardButtons(
        QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Discard
    )
    for dialog in (box, question):
        qtbot.addWidget(dialog)
        dialog.show()
        buttons = dialog.findChildren(QPushButton)
        assert len(buttons) == 2
        assert all(button.icon().isNull() for button in buttons)


@BOTH
def test_every_image_of_the_style_sheet_exists(restored: QApplication, theme: Theme) -> None:
    apply_theme(restored, theme)
    drawings = re.findall(r'url\("([^"]+)"\)', restored.styleSheet())
    assert len(drawings) >= 6
    for drawing in drawings:
        assert Path(drawing).is_file()
        assert Path(drawing).stem.endswith(f"-{theme.name}")


@BOTH
def test_the_style_sheet_uses_only_the_themes_colours(restored: QApplication, theme: Theme) -> None:
    apply_theme(restored, theme)
    known = {getattr(theme, name) for name in Theme.__slots__ if name != "filters"}
    sheet = re.sub(r'url\("[^"]+"\)', "", restored.styleSheet())
    assert set(re.findall(r"#[0-9a-fA-F]{6}", sheet)) <= known
    assert "{" in sheet
    assert "{{" not in sheet
    assert sheet.count("{") == sheet.count("}")


@BOTH
def test_a_docks_buttons_are_visible(restored: QApplication, qtbot: QtBot, theme: Theme) -> None:
    apply_theme(restored, theme)
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = QDockWidget("Loss", window)
    dock.setWidget(QLabel("inside"))
    window.setCentralWidget(dock)
    window.resize(300, 200)
    window.show()
    for name in ("qt_dockwidget_closebutton", "qt_dockwidget_floatbutton"):
        button = next(w for w in dock.children() if w.objectName() == name)
        picture = dock.grab(button.geometry()).toImage()  # type: ignore[attr-defined]
        strongest = max(
            contrast(picture.pixelColor(x, y).name(), theme.panel)
            for x in range(picture.width())
            for y in range(picture.height())
        )
        assert strongest >= PART_CONTRAST


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_digits_of_the_number_font_are_equally_wide(scale: float) -> None:
    metrics = QFontMetrics(number_font(scale))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1


@pytest.mark.usefixtures("qapp")
def test_fonts_grow_with_the_scale() -> None:
    assert body_font(1.6).pointSizeF() == pytest.approx(16)
    assert body_font().pointSizeF() == pytest.approx(10)
    assert number_font(2).pointSizeF() == pytest.approx(19)
    assert GRID == 8


def test_the_titles_of_the_predictions_are_not_cut_off(window: MainWindow) -> None:
    table = window.panels.predictions.findChild(PredictionTable)
    assert isinstance(table, PredictionTable)
    QApplication.processEvents()
    header = table.horizontalHeader()
    found = {text: box for box, text in painted_words(header.viewport())}
    for column, title in enumerate(TITLES):
        if title:
            left, wide = header.sectionViewportPosition(column), header.sectionSize(column)
            assert left <= found[title].left(), title
            assert found[title].right() <= left + wide, title
