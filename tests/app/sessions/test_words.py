"""The words of the list about sessions, and their pictures."""

import math
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT, Theme
from cnnviz.app.sessions import dialog
from cnnviz.app.sessions.dialog import SessionsDialog
from cnnviz.app.sessions.picture import picture_of, picture_size
from cnnviz.app.sessions.words import entry_text, when
from cnnviz.training.sessions import folder
from cnnviz.training.sessions.delta import SessionSummary
from cnnviz.training.sessions.folder import SessionEntry

NOON = time.mktime((2024, 3, 14, 12, 0, 0, 0, 0, -1))
SUMMARY = SessionSummary(
    NOON,
    "notebook, η 15",
    "MNIST",
    200,
    3,
    1_204,
    0.1421,
    0.91,
    ("notebook", "exact"),
    (0.5, 0.3, math.nan, 0.2),
    tuple(float(i - 37) for i in range(75)),
)


def entry(name: str, size: int, **changes: object) -> SessionEntry:
    values = {"summary": SUMMARY, "problem": "", "in_use": False, **changes}
    return SessionEntry(Path(name), NOON, size, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0, "today 12:00"), (-13, "yesterday 23:00"), (-48, "12 March 12:00")],
)
def test_times_are_written_as_people_say_them(hours: int, text: str) -> None:
    assert when(NOON + 3_600 * hours, NOON) == text


def test_another_year_is_written() -> None:
    assert when(NOON, NOON + 400 * 86_400) == "14 March 2024 12:00"


def test_a_session_is_described_by_its_figures_and_rules() -> None:
    assert entry_text(entry("one", 12_300_000), NOON).splitlines() == [
        "notebook, η 15  ·  today 12:00  ·  12.3 MB",
        "3 branches, 1,204 iterations, loss 0.142, accuracy 91.0 %",
        "MNIST, n = 200  ·  notebook, exact",
    ]


def test_a_session_that_cannot_be_read_says_why() -> None:
    damaged = entry("one", 10**6, summary=None, problem="one is damaged.")
    assert entry_text(damaged, NOON) == "today 12:00  ·  1.0 MB\none is damaged."
    used = entry("one", 10**6, summary=None, in_use=True)
    assert entry_text(used, NOON) == "today 12:00  ·  1.0 MB\nopen in a window now"


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_picture_has_filters_and_a_curve(theme: Theme) -> None:
    image = picture_of(SUMMARY, Style(theme), 1.0).toImage()
    assert image.size() == picture_size(1.0)
    side = image.height()
    colours = {image.pixel(x, side // 2) for x in range(side)}
    assert len(colours) == 5  # the middle row of the first filter
    drawn = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(side)}
    assert theme.accent in drawn


@pytest.mark.usefixtures("qapp")
def test_the_picture_of_figures_that_are_undefined_is_empty() -> None:
    nothing = SessionSummary(*[0.0, "", "", 2, 1, 0, math.nan, math.nan, (), (math.nan,), ()])  # type: ignore[arg-type]
    image = picture_of(nothing, Style(LIGHT), 2.0).toImage()
    assert image.size() == picture_size(2.0)
    assert {image.pixelColor(x, 5).alpha() for x in range(image.width())} == {0}


def test_the_oldest_are_selected_if_sessions_take_much_space(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "MANY_BYTES", 1_500)
    monkeypatch.setattr(dialog, "MOST_BYTES", 2_000_000)
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(800, 600)
    shown = SessionsDialog(Style(LIGHT), parent)
    shown.show_entries([entry(name, 600) for name in "abcd"])
    assert [selected.path.name for selected in shown.selected] == ["c", "d"]
    assert shown.space.text() == (
        "Sessions take 0.0 MB and may take 2.0 MB: delete the oldest, which are selected."
    )
    assert shown.delete.isEnabled()
    assert not shown.resume.isEnabled()
    states = [entry("a", 600, states=10**9), entry("b", 600, states=4 * 10**8)]
    shown.show_entries(states)
    assert shown.space.text() == (
        "Sessions take 0.0 MB and may take 2.0 MB. Their states, which let long runs be saved "
        "fast, take 1.4 GB more and may take 2.0 GB for each open window: the oldest are removed "
        "automatically, and computed again when they are needed. A window writes at most 8.0 GB "
        "of them."
    )
    assert shown.list.item(1).text().splitlines()[0].endswith("0.0 MB and 0.4 GB of states")
    shown.show_entries([entry("a", 600)], scratch=400_000_000)
    assert shown.space.text() == (
        "Sessions take 0.0 MB and may take 2.0 MB. A scratch file that lets runs be saved fast "
        "takes 0.4 GB more and may take 2.0 GB. At most 8.0 GB are ever written to it, and it is "
        "removed when the window closes."
    )
