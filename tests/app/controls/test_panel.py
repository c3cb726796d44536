"""The Controls panel by mouse and keyboard: what it emits, what it shows, what training does."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.controls.panel import ControlsPanel
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.window.main_window import MainWindow
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.rule import EXACT, NOTEBOOK, SWITCHES, Rule
from cnnviz.training.settings import Settings

pytestmark = pytest.mark.reuses_window


@pytest.fixture(scope="module")
def prepare() -> Callable[[MainWindow], None]:
    def clear(window: MainWindow) -> None:
        controls = window.panels.controls
        assert isinstance(controls, ControlsPanel)
        for problem in (controls.problem, controls.subset_problem, controls.seed_problem):
            problem.clear()
            problem.hide()

    return clear


@pytest.fixture
def controls(window: MainWindow) -> ControlsPanel:
    panel = window.panels.controls
    assert isinstance(panel, ControlsPanel)
    return panel


def settings(window: MainWindow) -> Settings:
    assert window.frame is not None
    return window.frame.settings


def type_into(qtbot: QtBot, field: object, text: str) -> None:
    field.setFocus()  # type: ignore[attr-defined]
    field.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_sections_come_closer_if_that_saves_scrolling(qtbot: QtBot) -> None:
    panel = ControlsPanel(Style(LIGHT))
    qtbot.addWidget(panel)
    panel.resize(300, 1200)
    panel.show()
    body, bar = panel.widget(), panel.verticalScrollBar()

    def least() -> int:
        """Return the least height of the contents."""
        if body.hasHeightForWidth():
            return body.heightForWidth(body.width())
        return body.sizeHint().height()

    def after(height: int) -> tuple[int, bool]:
        """Return it in a panel of a height, and whether that scrolls."""
        panel.resize(300, height)
        QApplication.processEvents()
        return least(), bar.maximum() > 0

    QApplication.processEvents()
    usual = least()

    assert after(usual) == (usual, False)
    tight, scrolls = after(usual - 1)
    assert tight < usual - 40
    assert not scrolls
    assert after(tight) == (tight, False)
    assert after(tight - 1) == (usual, True)  # it would not help
    assert after(tight) == (tight, False)
    assert after(usual) == (usual, False)


def click_box(qtbot: QtBot, box: QCheckBox) -> None:
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)


def test_a_typed_learning_rate_acts_from_the_next_iteration(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    rates = {"0.01": 0.01, "1e-4": 1e-4, "100000": 1e5, "2,5": 2.5}
    for done, (typed, rate) in enumerate(rates.items(), 1):
        window.loop.step()
        type_into(qtbot, controls.learning_rate, typed)
        qtbot.waitUntil(lambda rate=rate: settings(window).learning_rate == rate)
        assert window.frame is not None
        assert window.frame.iteration == done, typed
        assert controls.learning_rate_slider.number() == pytest.approx(rate, rel=0.03), typed
    window.loop.step()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 5)
    marks = {mark.iteration: mark.settings.learning_rate for mark in window.frame.curve.marks}
    assert marks == dict(enumerate(rates.values(), 1))


def test_a_learning_rate_out_of_range_is_refused_in_words(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    for typed in ("1e6", "0", "-3"):
        controls.problem.hide()
        type_into(qtbot, controls.learning_rate, typed)
        assert controls.problem.isVisible(), typed
        problem = controls.problem.text()
        assert problem.startswith("Learning rate "), typed
        assert "is not between 0.0001 and 100000" in problem, typed
        assert controls.learning_rate.text() == "15", typed  # what is in force
        type_into(qtbot, controls.learning_rate, typed)
        assert controls.problem.isVisible(), typed  # also the second time
        assert controls.learning_rate.text() == "15", typed
        assert settings(window).learning_rate == 15, typed


def test_a_text_that_is_no_number_is_refused_and_escape_restores_the_old(
    controls: ControlsPanel, qtbot: QtBot
) -> None:
    for typed in ("fast", "nan"):
        controls.problem.hide()
        type_into(qtbot, controls.learning_rate, typed)
        assert f"“{typed}” is not a number" in controls.problem.text(), typed
        assert controls.problem.isVisible(), typed
        assert controls.learning_rate.text() == "15", typed
        qtbot.keyClick(controls.learning_rate, Qt.Key.Key_Escape)
        assert controls.learning_rate.text() == "15", typed


def test_a_subset_that_cannot_be_is_refused_in_words(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    for typed, said, after in (
        ("1", "1 is too few: standardisation needs at least 2 images.", 1000),
        ("5000", "5000 is too many: the data has 1,797 images.", 1001),
        ("some", "“some” is not a whole number.", 1002),
    ):
        before = settings(window).subset
        type_into(qtbot, controls.subset, typed)
        assert controls.subset_problem.isVisible(), typed
        assert controls.subset_problem.text() == said
        assert controls.subset.value() == before == settings(window).subset, typed
        type_into(qtbot, controls.subset, f"{after:,}")
        qtbot.waitUntil(lambda after=after: settings(window).subset == after)
        assert not controls.subset_problem.isVisible(), typed


def test_a_hint_warns_that_two_images_teach_nothing(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    assert not controls.two_images.isVisible()
    type_into(qtbot, controls.subset, "2")
    qtbot.waitUntil(controls.two_images.isVisible)
    window.loop.step()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 1)
    forward = window.frame.predictions.output if window.frame else None
    assert forward is not None
    assert sorted(round(float(o), 4) for o in forward) == [0.2689, 0.7311]  # σ(−1) and σ(1)
    type_into(qtbot, controls.subset, "3")
    qtbot.waitUntil(lambda: not controls.two_images.isVisible())


def test_the_learning_rate_slider_reaches_both_ends(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    slider = controls.learning_rate_slider
    slider.setFocus()
    for key, rate in ((Qt.Key.Key_Home, 1e-4), (Qt.Key.Key_End, 1e5)):
        qtbot.keyClick(slider, key)
        qtbot.waitUntil(lambda rate=rate: settings(window).learning_rate == rate)
        assert float(controls.learning_rate.text()) == rate


def test_the_slider_follows_the_mouse(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    slider = controls.learning_rate_slider
    before = slider.number()
    right_half = QPoint(slider.width() * 3 // 4, slider.height() // 2)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=right_half)
    qtbot.waitUntil(lambda: settings(window).learning_rate > before)


def test_subset_by_field_slider_and_all(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    type_into(qtbot, controls.subset, "37")
    qtbot.waitUntil(lambda: settings(window).subset == 37)
    assert window.frame is not None
    assert len(window.frame.predictions.output) == 37
    controls.subset_slider.setFocus()
    qtbot.keyClick(controls.subset_slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: settings(window).subset == 2)
    assert controls.subset.value() == 2
    qtbot.mouseClick(controls.all_images, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: settings(window).subset == 1797)
    assert controls.subset.value() == 1797
    assert controls.subset_slider.value() == controls.subset_slider.maximum()


def test_another_seed_starts_again(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    window.loop.step()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 1)
    type_into(qtbot, controls.seed, "7")
    qtbot.waitUntil(lambda: settings(window).seed == 7)
    assert window.frame is not None
    assert window.frame.iteration == 0


def test_a_wrong_seed_is_refused(controls: ControlsPanel, qtbot: QtBot) -> None:
    for typed, words in (("1.5", "not a whole number"), ("4294967296", "not between 0")):
        type_into(qtbot, controls.seed, typed)
        assert controls.seed_problem.isVisible(), typed
        assert words in controls.seed_problem.text()
        assert controls.seed.text() == "0", typed
        qtbot.keyClick(controls.seed, Qt.Key.Key_Escape)
        assert not controls.seed_problem.isVisible(), typed


def test_the_wheel_scrolls_the_panel_and_changes_nothing(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    controls.setFixedHeight(200)
    bar = controls.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    was = settings(window)
    names = "subset", "subset_slider", "learning_rate_slider", "rule", "precision"
    for done, name in enumerate(names, 1):
        field: QWidget = getattr(controls, name)
        assert not field.hasFocus(), name
        controls.ensureWidgetVisible(field)
        before = bar.value()
        steps = -120 if before < bar.maximum() else 120
        spot = field.mapTo(window, field.rect().center())
        QTest.wheelEvent(window.windowHandle(), spot, QPoint(0, steps))
        assert bar.value() != before, name
        assert not field.hasFocus(), name
        shown = controls.rule.named.currentIndex(), controls.precision.currentText()
        assert shown == (0, was.dtype), name
        assert controls.subset.value() == was.subset, name
        assert controls.learning_rate.text() == "15", name
        window.loop.step()
        qtbot.waitUntil(lambda done=done: window.frame.iteration == done)  # type: ignore[union-attr]
        assert settings(window) == was, name


def test_a_rule_with_a_fault_says_so(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    window.loop.change(rule=FAULT_NAMED["factor-2"].rule)
    qtbot.waitUntil(lambda: controls.rule.named.currentText() == "With a fault or own code")
    assert controls.rule.named.toolTip() == "The rule is exact with “a factor 2 is left over”"
    controls.rule.switches["scale"].click()
    qtbot.waitUntil(lambda: not settings(window).rule.extra)
    assert controls.rule.named.currentText() == "Notebook with corrections"


def test_the_rule_by_name(window: MainWindow, controls: ControlsPanel, qtbot: QtBot) -> None:
    controls.rule.named.setFocus()
    qtbot.keyClick(controls.rule.named, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: settings(window).rule == EXACT)
    assert all(box.isChecked() for box in controls.rule.switches.values())
    qtbot.keyClick(controls.rule.named, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: settings(window).rule == NOTEBOOK)
    assert not any(box.isChecked() for box in controls.rule.switches.values())


def test_each_switch_corrects_its_own(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    for name in SWITCHES:
        click_box(qtbot, controls.rule.switches[name])
        only = Rule.correcting([name])
        qtbot.waitUntil(lambda only=only: settings(window).rule == only)
        assert controls.rule.named.currentIndex() == 2, name
        click_box(qtbot, controls.rule.switches[name])
        qtbot.waitUntil(lambda: settings(window).rule == NOTEBOOK)
        assert controls.rule.named.currentIndex() == 0, name


def test_the_line_under_a_correction_opens_its_operation(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    line = controls.rule.subtitles["standardisation"]
    assert line.text() == "δ passes mean and std ›"
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)

    def shown() -> bool:
        view = window.frame.debug if window.frame else None
        return view is not None and view.point is not None and view.point.tensor == "delta"

    qtbot.waitUntil(shown)
    assert window.panels.debugger.isVisible()
    assert window.commands.debugger.panel.shown == "delta"


def test_precision_and_pause(window: MainWindow, controls: ControlsPanel, qtbot: QtBot) -> None:
    controls.precision.setFocus()
    qtbot.keyClick(controls.precision, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: settings(window).dtype == "float32")
    assert window.frame is not None
    assert window.frame.parameters.f.dtype.name == "float32"
    click_box(qtbot, controls.pause_on_warning)
    qtbot.waitUntil(lambda: not settings(window).pause_on_warning)


def test_changes_made_quickly_all_hold(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    type_into(qtbot, controls.learning_rate, "3")
    type_into(qtbot, controls.subset, "11")
    click_box(qtbot, controls.rule.switches["layout"])
    type_into(qtbot, controls.learning_rate, "4")
    qtbot.waitUntil(
        lambda: (
            settings(window)
            == Settings(subset=11, learning_rate=4, rule=Rule.correcting(["layout"]))
        )
    )


def test_two_panels_undo_nothing_of_each_other(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    other = ControlsPanel(Style(LIGHT))  # it never sees what the first one has changed
    qtbot.addWidget(other)
    assert window.frame is not None
    other.show_frame(window.frame)
    other.change_requested.connect(lambda change: window.loop.change(**change))
    other.correction_requested.connect(lambda name, on: window.loop.correct(name, on=on))
    type_into(qtbot, controls.learning_rate, "3")
    type_into(qtbot, other.subset, "11")
    click_box(qtbot, controls.rule.switches["layout"])
    other.rule.switches["scale"].click()
    other.pause_on_warning.click()
    qtbot.waitUntil(
        lambda: (
            settings(window)
            == Settings(
                subset=11,
                learning_rate=3,
                rule=Rule.correcting(["scale", "layout"]),
                pause_on_warning=False,
            )
        )
    )


def test_frames_do_not_overwrite_a_text_that_is_being_typed(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    field = controls.learning_rate
    window.loop.start()
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "123")
    assert window.frame is not None
    seen = window.frame.iteration
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration > seen + 3)
    assert field.text() == "123"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: settings(window).learning_rate == 123)
    window.loop.pause()


def test_the_settings_of_a_past_moment_are_shown(
    window: MainWindow, controls: ControlsPanel, qtbot: QtBot
) -> None:
    window.loop.step()
    type_into(qtbot, controls.learning_rate, "2")
    window.loop.step()
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.iteration == 2)
    window.loop.go_to(0)
    qtbot.waitUntil(lambda: controls.learning_rate.text() == "15")
    window.loop.go_to(2)
    qtbot.waitUntil(lambda: controls.learning_rate.text() == "2")


def test_every_control_has_a_name_for_a_screen_reader(controls: ControlsPanel) -> None:
    for field in (
        controls.subset,
        controls.subset_slider,
        controls.learning_rate,
        controls.learning_rate_slider,
        controls.seed,
        controls.rule.named,
        controls.precision,
        controls.speed.slider,
    ):
        assert field.accessibleName()
        assert field.toolTip()


def test_what_pauses_the_run_is_shown_in_numbers(controls: ControlsPanel) -> None:
    assert controls.pause_on_warning.toolTip() == (
        "When 99 % of the units that see ink have next to no derivative (measured on at most 32 "
        "images, evenly spaced), or a weight exceeds 1,000,000"
    )
