"""Icons: every requested icon exists and is drawn in the requested colours."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QIcon, QImage

from cnnviz.app.look.icons import icon, window_icon
from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.window import run_toolbar
from cnnviz.data.errors import MissingResourceError
from cnnviz.data.resources import resource_path

BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
NAMES = ("reset", "back", "run", "pause", "step")

pytestmark = pytest.mark.usefixtures("qapp")


def colours(picture: QImage) -> set[str]:
    """Return the colours of the pixels that are wholly covered."""
    return {
        colour.name()
        for x in range(picture.width())
        for y in range(picture.height())
        if (colour := picture.pixelColor(x, y)).alpha() == 255
    }


def picture(made: QIcon, size: int = 24, mode: QIcon.Mode = QIcon.Mode.Normal) -> QImage:
    return made.pixmap(size, size, mode).toImage()


def test_the_names_tested_here_are_those_of_the_toolbar() -> None:
    used = re.findall(r'_action\("(\w+)"', Path(run_toolbar.__file__).read_text("utf-8"))
    assert {*used, "pause"} == set(NAMES)


@BOTH
@pytest.mark.parametrize("name", NAMES)
def test_an_icon_is_drawn_in_the_themes_text_colour(name: str, theme: Theme) -> None:
    made = icon(name, theme)
    for size in (24, 48):
        assert colours(picture(made, size)) == {theme.text}
    assert theme.line in colours(picture(made, 24, QIcon.Mode.Disabled))


def test_another_colour_can_be_requested() -> None:
    assert colours(picture(icon("run", LIGHT, "#ff0000"))) == {"#ff0000"}


def test_icons_differ_from_each_other() -> None:
    drawn = [picture(icon(name, LIGHT)) for name in NAMES]
    assert all(a != b for i, a in enumerate(drawn) for b in drawn[:i])


def test_a_missing_icon_raises_missing_resource_error() -> None:
    with pytest.raises(MissingResourceError):
        icon("no-such-icon", LIGHT)


def test_the_window_icon_has_the_sizes_that_desktops_use() -> None:
    made = window_icon()
    for size in (16, 32, 64, 128, 256):
        drawn = picture(made, size)
        assert drawn.width() == drawn.height() == size
        assert len(colours(drawn)) > 2


def test_every_file_is_a_valid_drawing() -> None:
    folder = resource_path("icons", "run.svg").parent
    files = sorted(folder.glob("*.svg"))
    assert len(files) >= len(NAMES)
    for file in files:
        drawn = picture(icon(file.stem, LIGHT, "#123456"))
        assert any(
            drawn.pixelColor(x, y) != QColor(0, 0, 0, 0) for x in range(24) for y in range(24)
        ), file
