"""Pictures of the window: real ones, of exactly the requested size."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any, Final, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, QtMsgType, qInstallMessageHandler, qWarning
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnviz.app import snapshot as module
from cnnviz.app.debugger.contents import CELL, NUMBERS, TENSORS, WHY
from cnnviz.app.errors import SnapshotError
from cnnviz.app.look.theme import DARK, LIGHT, Theme, ThemeName
from cnnviz.app.network.panel import NetworkPanel
from cnnviz.app.offscreen import OffscreenWindow, is_of_use, offscreen_window
from cnnviz.app.picture_file import Picture as Drawn
from cnnviz.app.runtime.qt_messages import filtering_qt_messages
from cnnviz.app.snapshot import WindowPicture, snapshot
from cnnviz.app.snapshot_request import DebuggedOperation, StopAt
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.late_images import LateImages
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.teaching.library import bundled_folder
from cnnviz.training.files.restore import restore
from cnnviz.training.files.run_file import write_run
from cnnviz.training.loop import session
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app import text_views
from tests.training.recorded import run_of

PANELS = ("network", "loss", "predictions", "controls", "debugger")
SMALL: Final[Any] = {"panels": ("breakpoints",), "size": (480, 640)}
"""What is quick to draw."""

pytestmark = pytest.mark.usefixtures("qtbot")  # a test fails if it leaves objects behind


def trained(iterations: int = 3, **settings: object) -> Trainer:
    chosen = Settings(**{"subset": 20, **settings})  # type: ignore[arg-type]
    trainer = Trainer(bundled_digits(), chosen)
    for _ in range(iterations):
        trainer.step()
    return trainer


def drawn(out: Path, trainer: Trainer, **wishes: object) -> QImage:
    """Make a picture and read it again."""
    snapshot(trainer, WindowPicture(out, **wishes))  # type: ignore[arg-type]
    image = QImage(str(out))
    assert not image.isNull()
    return image


@pytest.fixture
def draw(tmp_path: Path) -> Callable[..., QImage]:
    """Return a function that makes a picture and reads it again; not PNG, which takes longer."""

    def make(trainer: Trainer | None = None, **wishes: object) -> QImage:
        return drawn(tmp_path / "picture.bmp", trainer or trained(), **wishes)

    return make


@pytest.fixture(scope="module")
def usual(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> QImage:
    """A picture with nothing but the defaults, after three iterations."""
    assert qapp.style() is not None
    return drawn(tmp_path_factory.mktemp("usual") / "picture.png", trained(3))


@pytest.fixture(scope="module")
def after_four(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> QImage:
    """The same after four iterations."""
    assert qapp.style() is not None
    return drawn(tmp_path_factory.mktemp("four") / "picture.png", trained(4))


def pixels(image: QImage) -> NDArray[np.uint8]:
    """Return grey levels, shape (height, width)."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()].copy()


def alike(one: QImage, other: QImage) -> bool:
    """Tell whether two pictures differ by no more than a letter.

    Qt sets a centred word a quarter of a pixel further now and then.
    """
    return one.size() == other.size() and np.count_nonzero(pixels(one) != pixels(other)) < 60


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700), (1601, 1003)])
def test_the_window_has_exactly_the_size(
    draw: Callable[..., QImage], usual: QImage, size: tuple[int, int]
) -> None:
    image = usual if size == (1440, 900) else draw(size=size)  # the default
    assert (image.width(), image.height()) == size
    # Down to its last row and column, it is drawn.
    assert image.pixelColor(size[0] - 1, size[1] // 2).alpha() == 255
    assert pixels(image).std() > 10


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_picture_has_the_themes_colours(
    draw: Callable[..., QImage], usual: QImage, theme: Theme
) -> None:
    image = usual if theme is LIGHT else draw(theme=theme.name)  # the default
    corner = image.pixelColor(image.width() - 1, image.height() - 1)  # of the status area
    assert corner == QColor(theme.panel)
    assert (pixels(image).mean() > 128) == (theme is LIGHT)


def test_a_panel_that_is_hidden_at_first(draw: Callable[..., QImage]) -> None:
    seen = pixels(draw(**SMALL))
    assert seen[:160].std() > 5  # no breakpoints yet: buttons, words, the table's head


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_panel_alone(theme: ThemeName) -> None:
    with offscreen_window(trained(), theme) as opened:
        opened.window.commands.debugger.open()
        opened.wait_for(opened.window.loop.debug(True))
        for name in PANELS:
            image = opened.draw((name,), (640, 480)).image()
            assert (image.width(), image.height()) == (640, 480)
            seen = pixels(image)
            assert seen.std() > 5, name
            for part in np.array_split(seen, 2, axis=0):  # nothing that is left empty
                assert part.std() > 2, name


def test_the_same_state_gives_the_same_picture_and_another_another(
    draw: Callable[..., QImage], after_four: QImage
) -> None:
    once = after_four
    assert not alike(draw(trained(5)), once)
    assert not alike(draw(trained(4), image=7), once)
    assert not alike(draw(trained(4), presentation=True), once)
    assert alike(draw(trained(4)), once)  # the larger type did not stay


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {
            "panels": ("debugger",),
            "debugged": DebuggedOperation("filter_gradient", (2, 4, 2), "cell"),
            "size": (800, 900),
        },
    ],
    ids=["window", "cell"],
)
def test_images_behind_the_subset_are_not_requested(
    draw: Callable[..., QImage], usual: QImage, wishes: dict[str, object]
) -> None:
    digits, asked = bundled_digits(), []

    def make(start: int, stop: int) -> NDArray[np.uint8]:
        asked.append(stop)
        return digits.images[start:stop]

    late = LateImages(digits.images.shape, make)  # type: ignore[arg-type]
    trainer = Trainer(Dataset(digits.name, late, digits.labels), Settings(subset=20))
    for _ in range(3):
        trainer.step()
    whole = draw(trained(3), **wishes) if wishes else usual
    assert alike(draw(trainer, **wishes), whole)
    assert asked == [20]


def test_what_the_window_itself_asks_for_is_waited_for(
    draw: Callable[..., QImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A panel may send a command when it is shown: its frame may be late."""
    wanted = draw(panels=("network",), image=7)
    bring_up, select, may_go_on = MainWindow.bring_up, session.Session.select, Event()

    def ask(window: MainWindow, panel: str) -> None:
        bring_up(window, panel)
        window.selection.select_image(7)
        QTimer.singleShot(100, may_go_on.set)

    def select_late(self: session.Session, image: int) -> None:
        assert image != 7 or may_go_on.wait(5)
        select(self, image)

    monkeypatch.setattr(MainWindow, "bring_up", ask)
    monkeypatch.setattr(session.Session, "select", select_late)
    assert alike(draw(panels=("network",)), wanted)


def test_a_recorded_run_gives_the_picture_of_the_run_itself(
    draw: Callable[..., QImage], after_four: QImage, tmp_path: Path
) -> None:
    path = tmp_path / "run.npz"
    write_run(path, run_of(trained(4)))
    assert alike(draw(restore(path)), after_four)


def test_a_run_that_cannot_continue_is_drawn_with_its_reason(
    draw: Callable[..., QImage], usual: QImage
) -> None:
    digits = bundled_digits()
    same = Dataset("one digit", digits.images[[0] * 5].copy(), digits.labels[[0] * 5].copy())
    trainer = Trainer(same, Settings(subset=5))
    assert not trainer.step()
    image = draw(trainer)
    height = 40  # of the status area
    strip = pixels(image)[-height:]
    ink = np.count_nonzero(np.abs(strip.astype(int) - int(strip[-1, -1])) > 60)
    plain = pixels(usual)[-height:]
    assert ink > 4 * np.count_nonzero(np.abs(plain.astype(int) - int(plain[-1, -1])) > 60)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """State of the window at the time of its picture."""
    shown: dict[str, object] = {}
    draw = OffscreenWindow.draw

    def note(
        opened: OffscreenWindow, panel: str | None, size: tuple[int, int], **wishes: bool
    ) -> Drawn:
        window = opened.window
        debugger, frame = window.commands.debugger.panel, window.frame
        assert frame is not None
        shown["operation"], shown["level"] = debugger.shown, debugger.level
        shown["view"], shown["iteration"] = debugger.parts.views.index, frame.iteration
        shown["explanation"] = text_views.lines(debugger.parts.explanation.text)[:2]
        shown["stopped"] = frame.stopped
        return draw(opened, panel, size, **wishes)

    monkeypatch.setattr(OffscreenWindow, "draw", note)
    return shown


@pytest.mark.parametrize(
    ("view", "index", "level"),
    [
        ("batch", TENSORS, 0),
        ("image", TENSORS, 1),
        ("cell", CELL, 2),
        ("why", WHY, 2),
        ("numbers", NUMBERS, 0),
    ],
)
def test_an_operation_in_the_debugger(
    draw: Callable[..., QImage], seen: dict[str, object], view: str, index: int, level: int
) -> None:
    draw(
        debugged=DebuggedOperation("filter_gradient", (2, 4, 2), view),
        panels=("debugger",),
        size=(800, 500),
    )  # type: ignore[arg-type]
    assert (seen["operation"], seen["iteration"]) == ("filter_gradient", 3)
    assert (seen["view"], seen["level"]) == (index, level)
    if view == "cell":
        place, heading = cast("list[str]", seen["explanation"])
        assert place == "filter 3, row 3, column 5"
        assert heading.startswith("dF[2, 4, 2] = ")


def test_the_cell_of_largest_size_is_selected_if_none_is_named(
    draw: Callable[..., QImage], seen: dict[str, object]
) -> None:
    trainer = trained(0)
    first = iterate(trainer.batch, trainer.parameters, NOTEBOOK, 15.0)["dF"]
    i, u, v = np.unravel_index(int(np.abs(first).argmax()), first.shape)
    debugged = DebuggedOperation("filter_gradient", view="cell")
    draw(trainer, debugged=debugged, panels=("debugger",), size=(800, 500))
    place, heading = cast("list[str]", seen["explanation"])
    assert place == f"filter {i + 1}, row {v + 1}, column {u + 1}"
    assert heading.startswith(f"dF[{i}, {u}, {v}] = ")


@pytest.mark.parametrize("cell", [(3, 0, 0), (0, 0), (0, 0, 0, 0)])
def test_an_invalid_cell_is_refused_with_the_shape(
    draw: Callable[..., QImage], cell: tuple[int, ...]
) -> None:
    with pytest.raises(SnapshotError, match=r"^dF is 3 × 5 × 5, so it has no cell "):
        draw(debugged=DebuggedOperation("filter_gradient", cell))


def test_an_operation_without_a_result_is_reported(draw: Callable[..., QImage]) -> None:
    digits = bundled_digits()
    same = Dataset("one digit", digits.images[[0] * 5].copy(), digits.labels[[0] * 5].copy())
    with pytest.raises(SnapshotError, match="standard deviation is 0"):
        draw(Trainer(same, Settings(subset=5)), debugged=DebuggedOperation("delta"))


def test_the_former_name_of_an_operation_is_accepted() -> None:
    assert DebuggedOperation("map_error") == DebuggedOperation("map_gradient")


def test_an_invalid_operation_or_condition_is_refused() -> None:
    with pytest.raises(SnapshotError, match=r"^operation pool is none of patches, correlate, "):
        DebuggedOperation("pool")
    with pytest.raises(
        SnapshotError, match=r"^the condition “loss falls” does not parse: column 6: "
    ):
        StopAt("loss falls", 9)
    with pytest.raises(SnapshotError, match="at most 200") as caught:
        StopAt("loss" * 250_000, 9)
    assert len(str(caught.value)) < 200


def test_a_breakpoint_ends_the_iterations(
    draw: Callable[..., QImage], seen: dict[str, object]
) -> None:
    stopped = draw(trained(0), stop_at=StopAt("iteration = 4", 9), **SMALL)
    assert seen["iteration"] == 4
    assert stopped != draw(trained(4), **SMALL)  # the stop is explained
    with pytest.raises(SnapshotError, match=r"^“iteration = 4” does not become true within 3 iter"):
        draw(trained(0), stop_at=StopAt("iteration = 4", 3))


def test_too_small_a_picture_is_refused_with_the_least_size(tmp_path: Path) -> None:
    out = tmp_path / "small.png"
    with pytest.raises(SnapshotError, match=r"^200x100 is too small: the .* needs at least") as e:
        snapshot(trained(), WindowPicture(out, (200, 100)))
    assert not out.exists()
    size = least_size(e.value)
    snapshot(trained(), WindowPicture(out, size))
    assert (QImage(str(out)).width(), QImage(str(out)).height()) == size


def test_panels_are_drawn_below_each_other() -> None:
    with offscreen_window(trained(), "light") as opened:
        image = opened.draw(("loss", "network"), (900, 800), pixels_alone=True).image()
        assert (image.width(), image.height()) == (900, 800)
        above, below = opened.window.panels.loss, opened.window.panels.network
        assert above.window() is below.window() is not opened.window
        edge = above.mapTo(above.window(), above.rect().bottomLeft()).y()
        assert 0 < edge < below.mapTo(below.window(), below.rect().topLeft()).y()
        for half in (pixels(image)[:edge], pixels(image)[edge:]):
            assert len(np.unique(half)) > 20  # both have contents


@pytest.mark.parametrize(("panels", "need"), [(("loss", "network"), "need"), (("loss",), "needs")])
def test_too_small_a_size_for_panels_is_refused(panels: tuple[str, ...], need: str) -> None:
    wanted = rf"^200x100 is too small: {', '.join(panels)} {need} at least \d+x\d+ pixels\.$"
    with (
        offscreen_window(trained(0), "light") as opened,
        pytest.raises(SnapshotError, match=wanted),
    ):
        opened.arranged(panels, (200, 100))


def test_too_small_a_panel_is_refused_with_the_least_size() -> None:
    with offscreen_window(trained(), "light") as opened:
        for panel in ("network", "loss"):
            with pytest.raises(SnapshotError, match=r"^200x100 is too small: the .* needs at") as e:
                opened.draw((panel,), (200, 100))
            size = least_size(e.value)
            image = opened.draw((panel,), size).image()
            assert (image.width(), image.height()) == size


def least_size(error: SnapshotError) -> tuple[int, int]:
    """Return the size that the refusal of a picture names."""
    width, height = str(error).split()[-2].split("x")
    return int(width), int(height)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none/picture.png", "cannot be written: name a file in a folder that exists"),
        ("folder.png", "cannot be written: name a file in a folder that exists"),
        ("picture.npz", r"does not name a picture: end its name in \.png"),
        ("picture", r"does not name a picture: end its name in \.png"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    monkeypatch.delattr(module, "offscreen_window")
    with pytest.raises(SnapshotError, match=words):
        snapshot(trained(), WindowPicture(tmp_path / name))


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that takes no files")
def test_an_unwritable_folder_is_refused() -> None:
    with pytest.raises(SnapshotError, match=r"^/proc/x\.png cannot be written \(.+\): name a"):
        snapshot(trained(), WindowPicture(Path("/proc/x.png"), **SMALL))


def test_a_picture_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "picture.png"
    out.write_bytes(b"an older picture")

    def full(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SnapshotError, match="cannot be written"):
        snapshot(trained(), WindowPicture(out, **SMALL))
    assert out.read_bytes() == b"an older picture"
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.parametrize("ending", ["jpg", "PNG"])
def test_the_files_ending_names_the_format(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"picture.{ending}"
    snapshot(trained(), WindowPicture(out, **SMALL))
    magic = {"jpg": b"\xff\xd8\xff", "PNG": b"\x89PNG"}[ending]
    assert out.read_bytes().startswith(magic)


def test_an_error_in_the_training_thread_ends_the_snapshot_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Frame:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr(session, "frame_of", broken)
    with pytest.raises(SnapshotError, match="ZeroDivisionError: seven"):
        snapshot(trained(), WindowPicture(tmp_path / "picture.png"))
    assert not list(tmp_path.iterdir())


def test_qts_messages_on_the_platform_are_suppressed_and_others_passed_on(qtbot: QtBot) -> None:
    assert qtbot
    on_progress: list[str] = []

    def record(_kind: QtMsgType, _context: object, text: str) -> None:
        on_progress.append(text)

    before = qInstallMessageHandler(record)
    try:
        with filtering_qt_messages(is_of_use):
            qWarning("This plugin does not support propagateSizeHints()")
            qWarning("something else")
        qWarning("afterwards")
    finally:
        qInstallMessageHandler(before)
    assert on_progress == ["something else", "afterwards"]


def test_a_picture_that_an_error_spoils_is_refused(
    draw: Callable[..., QImage], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr(NetworkPanel, "show_frame", broken)
    with (
        qtbot.capture_exceptions() as caught,
        pytest.raises(SnapshotError, match=r"spoils the picture: ZeroDivisionError: seven\.$"),
    ):
        draw()
    assert len(caught) == 1  # the first is printed, for a report
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_is_drawn_with_what_it_shows(draw: Callable[..., QImage]) -> None:
    checked = pixels(draw(size=(1200, 760), workspace="check"))
    lesson = bundled_folder() / "01-what-a-filter-sees.md"
    taught = pixels(draw(size=(1200, 760), lesson=lesson))
    assert checked.shape == taught.shape
    assert np.mean(checked != taught) > 0.02


def test_larger_type_fits_the_panels_that_a_lesson_opens(draw: Callable[..., QImage]) -> None:
    lesson, size = bundled_folder() / "07-learning-rate.md", (1024, 600)
    large = draw(size=size, lesson=lesson, presentation=True)
    assert large.size().toTuple() == size
    assert not alike(large, draw(size=size, lesson=lesson))


def test_a_lesson_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "none.md"
    with pytest.raises(SnapshotError, match=r"none\.md"):
        snapshot(trained(), WindowPicture(tmp_path / "p.png", lesson=file))
