"""Tests of the curves of other branches, and of the names at their ends."""

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from cnnviz.app.branches.pen import branch_pen
from cnnviz.app.branches.visibility import drawn_branches, first_drawn
from cnnviz.app.curves.bookmark_flag import FLAG
from cnnviz.app.curves.bookmark_marks import BookmarkMarks
from cnnviz.app.curves.branch_curves import BranchCurve, CurveNames
from cnnviz.app.curves.change_marks import ChangeMarks, MarkedChange
from cnnviz.app.curves.curve_plot import CurvePlot
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, LIGHT, THEMES, Theme
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.editing import edit_state
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.curve_plots import branch_curves, crosshair_text, overlay, read_lines


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    made = CurvePlot(
        ("mean error", "loss"),
        lambda value: f"{value:.3f}",
        colour=lambda theme: theme.accent,
    )
    qtbot.addWidget(made)
    made.resize(600, 220)
    made.set_style(Style(LIGHT))
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_twelve_branches_differ_in_colour_or_dashes(theme: Theme) -> None:
    pens = [branch_pen(number, theme, 1.0) for number in range(1, 13)]
    looks = [(pen.color().name(), tuple(pen.dashPattern())) for pen in pens]
    assert len(set(looks)) == 12
    assert all(a[0] != b[0] and a[1] != b[1] for a, b in pairwise(looks))
    known = {theme.accent, *theme.filters, theme.wrong}
    assert not known & {colour for colour, _ in looks}


def test_a_branch_is_drawn_from_its_origin() -> None:
    trainer = Trainer(bundled_digits(), Settings(subset=4))
    for _ in range(5):
        trainer.step()
    trainer.go_to(3)
    edit_state(trainer, Edit(3, "wo", (0, 0), 0.5))
    frame = frame_of(trainer, 0)
    trainer.close()
    first, second = frame.branches
    (drawn,) = drawn_branches(frame, {})
    assert (drawn.number, first_drawn(drawn, (drawn,), frame.branch)) == (1, 2)
    assert first_drawn(second, (second,), first) == 2
    assert first_drawn(second, (second,), replace(second, number=9, parent=None)) == 0
    assert drawn_branches(frame, {1: False}) == ()
    assert drawn_branches(replace(frame, branches=(frame.branch,)), {}) == ()
    other = replace(first, root=7)
    assert drawn_branches(replace(frame, branches=(other, second)), {}) == ()
    assert drawn_branches(replace(frame, branches=(other, second)), {1: True}) == (other,)


def test_the_vertical_axis_contains_all_branches(plot: CurvePlot) -> None:
    branches = (BranchCurve(2, "wild", np.linspace(0.1, 0.4, 80), 10),)
    plot.set_other_branches("calm", branches, ())
    plot.set_curve(np.full(50, 0.1), 49, (), None)
    (left, right), (bottom, top) = plot.viewRange()
    assert right > 79
    assert left < 0
    assert bottom < 0.1
    assert top > 0.4
    plot.read(60)  # where only the other has come
    assert read_lines(plot) == [
        "iteration 60",
        f"{np.linspace(0.1, 0.4, 80)[60]:.3f}: wild",
    ]
    plot.set_other_branches("calm", (), ())
    plot.set_curve(np.full(50, 0.1), 49, (), None)
    assert branch_curves(plot) == []
    assert plot.viewRange()[0][1] < 60
    assert overlay(plot, CurveNames).labels() == []


def test_names_are_at_the_ends_and_do_not_overlap(plot: CurvePlot) -> None:
    branches = tuple(BranchCurve(n, f"branch {n}", np.full(60 + n, 0.1), 5) for n in range(2, 12))
    plot.set_other_branches("the branch in this window", branches, ())
    plot.set_curve(np.full(50, 0.1), 49, (), None)
    labels = overlay(plot, CurveNames).labels()
    assert len(labels) >= 2
    texts = [text for _, text, _ in labels]
    assert any(text.startswith("the branch") for text in texts)
    view = plot.getViewBox().boundingRect()
    for box, _, _ in labels:
        assert view.contains(box)
    for (a, _, _), (b, _, _) in combinations(labels, 2):
        assert not a.adjusted(0, 0.5, 0, -0.5).intersects(b)


@pytest.mark.parametrize("scale", [1.0, 1.1, 1.15, 1.2, 1.25, 1.3, 1.6])
def test_curves_that_do_not_fit_are_counted(plot: CurvePlot, scale: float) -> None:
    """At any size: the height of a line is no whole number of pixels, but that of a text is."""
    plot.set_style(Style(LIGHT, scale))
    branches = tuple(BranchCurve(n, f"branch {n}", np.full(60, 0.1), 5) for n in range(2, 42))
    plot.set_other_branches("mine", branches, ())
    plot.set_curve(np.full(50, 0.1), 49, (), None)
    plot.read(20)
    lines = read_lines(plot)
    assert lines[1] == "0.100: mine"
    shown = len(lines) - 2
    assert lines[-1] == f"{41 - shown} more"
    assert crosshair_text(plot).boundingRect().height() <= plot.getViewBox().height()


def test_bookmarks_are_flags_at_the_bottom(plot: CurvePlot) -> None:
    plot.set_other_branches("run 1", (), (Bookmark(25, "the turn"),))
    plot.set_curve(np.full(50, 0.1), 49, (), None)
    (low, high) = plot.viewRange()[0]
    x = (25 - low) / (high - low) * plot.getViewBox().width()
    assert overlay(plot, BookmarkMarks).name_near(x + 2) == "the turn"
    assert overlay(plot, BookmarkMarks).name_near(x + 60) == ""
    place = plot.getViewBox().mapToScene(x, plot.getViewBox().height() - 8)
    image = plot.viewport().grab().toImage()
    spot = plot.mapFromScene(place)
    seen = {
        image.pixelColor(spot + QPoint(dx, dy)).name() for dx in (-1, 0, 1) for dy in (-1, 0, 1)
    }
    assert LIGHT.text in seen


def test_names_cover_no_curve(plot: CurvePlot) -> None:
    """Also if the curves end close together."""
    iterations = np.arange(51)
    mine = 0.1 + 0.1 * np.exp(-iterations / 10)
    branches = tuple(BranchCurve(n, f"branch {n}", mine + 0.01 * n, 5) for n in (2, 3))
    plot.set_other_branches("the branch in this window", branches, ())
    plot.set_curve(mine, 50, (), None)
    labels = overlay(plot, CurveNames).labels()
    assert len(labels) == 3
    low, high = plot.viewRange()[0]
    bottom, top = plot.viewRange()[1]
    x = (iterations - low) / (high - low) * plot.getViewBox().width()
    fine = np.linspace(x[0], x[-1], 2000)
    for values in (mine, *(branch.values for branch in branches)):
        y = np.interp(fine, x, (top - values) / (top - bottom) * plot.getViewBox().height())
        for box, words, _ in labels:
            inside = (fine > box.left()) & (fine < box.right())
            under = inside & (y > box.top()) & (y < box.bottom())
            assert not under.any(), words


def test_names_do_not_cover_the_labels_of_marks(plot: CurvePlot) -> None:
    """An edit at iteration 0, after which the new branch is the higher one."""
    change = MarkedChange(0, Settings(), Settings(), (Edit(0, "f", (0, 0, 0), 2.0),))
    plot.set_other_branches("edited f", (BranchCurve(1, "run 1", np.full(3, 0.1), 0),), ())
    plot.set_curve(np.array([0.2]), 0, (change,), None)
    (mark, _), *_ = overlay(plot, ChangeMarks).labels()
    labels = overlay(plot, CurveNames).labels()
    assert [words for _, words, _ in labels] == ["edited f", "run 1"]
    assert not any(mark.intersects(box) for box, _, _ in labels)


def test_only_curves_with_a_point_in_view_are_named(plot: CurvePlot) -> None:
    branches = (
        BranchCurve(2, "ended before", np.full(15, 0.2), 5),
        BranchCurve(3, "in view", np.full(60, 0.3), 5),
        BranchCurve(4, "forks later", np.full(60, 0.4), 45),
    )
    plot.set_other_branches("mine", branches, ())
    plot.set_curve(np.full(50, 0.1), 49, (), (20.0, 40.0))
    names = {words for _, words, _ in overlay(plot, CurveNames).labels()}
    assert names == {"mine", "in view"}


def test_a_run_that_ends_without_a_loss_is_named(plot: CurvePlot) -> None:
    mine = np.full(50, 0.1)
    mine[-2:] = np.nan
    plot.set_other_branches("mine", (BranchCurve(2, "run 1", np.full(50, 0.2), 5),), ())
    plot.set_curve(mine, 49, (), None)
    names = {words for _, words, _ in overlay(plot, CurveNames).labels()}
    assert names == {"mine", "run 1"}


def test_names_do_not_cover_flags(plot: CurvePlot) -> None:
    mine = np.concatenate([[1.0, 0.0], np.full(48, 0.1)])
    branches = tuple(BranchCurve(n, f"branch {n}", mine + 0.001 * n, 0) for n in range(2, 12))
    flags = plot.getViewBox().height() - 1.5 * FLAG

    def lowest(bookmarks: tuple[Bookmark, ...]) -> float:
        plot.set_other_branches("mine", branches, bookmarks)
        plot.set_curve(mine, 49, (), None)
        return max(box.bottom() for box, _, _ in overlay(plot, CurveNames).labels())

    assert lowest(()) > flags
    assert lowest((Bookmark(45, "here"),)) <= flags


def test_the_current_runs_name_is_shown_wherever_it_has_a_point_in_view(plot: CurvePlot) -> None:
    """Also if no rectangle is free, or only a shorter one."""
    wild = np.where(np.arange(51) % 2, 0.1, 0.2)
    plot.set_other_branches("mine", (BranchCurve(2, "run 1", wild + 0.001, 0),), ())
    for span in (None, (20.0, 40.0), (49.0, 50.0)):
        plot.set_curve(wild, 50, (), span)
        (box, words, _), *_ = overlay(plot, CurveNames).labels()
        assert words == "mine"
        assert plot.getViewBox().boundingRect().contains(box)
    plot.set_curve(np.full(10, 0.1), 9, (), (20.0, 40.0))
    assert "mine" not in {words for _, words, _ in overlay(plot, CurveNames).labels()}
    name = "a branch with quite a long name"
    free = np.where(np.arange(51) < 40, wild, 0.1)
    plot.set_other_branches(name, (BranchCurve(2, "run 1", free + 0.001, 0),), ())
    plot.set_curve(free, 50, (), None)
    (box, words, _), *_ = overlay(plot, CurveNames).labels()
    assert words.endswith("…")
    assert name.startswith(words[:-1])
    low, high = plot.viewRange()[0]
    calm = (39 - low) / (high - low) * plot.getViewBox().width()
    assert box.left() >= calm  # where nothing is covered


def test_a_name_is_whole_beside_a_curve_that_ends_early(plot: CurvePlot) -> None:
    name = "filter 1, row 2, column 3"
    plot.set_other_branches(name, (BranchCurve(1, "notebook, η 15", np.full(2, 0.2), 0),), ())
    plot.set_curve(np.full(3, 0.1), 2, (), None)
    labels = overlay(plot, CurveNames).labels()
    assert [words for _, words, _ in labels] == [name, "notebook, η 15"]
    low, high = plot.viewRange()[0]
    scale = plot.getViewBox().width() / (high - low)
    for (box, _, _), end in zip(labels, (2, 1), strict=True):
        assert 0 < box.left() - (end - low) * scale < 2 * GRID


def test_a_name_that_does_not_fit_is_shown_at_the_pointer(plot: CurvePlot) -> None:
    wild = np.where(np.arange(51) % 2, 0.1, 0.2)
    name = "a branch with quite a long name, which only fits where the curves are"
    plot.set_other_branches("mine", (BranchCurve(2, name, wild + 0.001, 0),), ())
    plot.set_curve(wild, 50, (), None)
    assert [words for _, words, _ in overlay(plot, CurveNames).labels()] == ["mine"]
    plot.read(50)
    assert {"mine", name} == {line.partition(": ")[2] for line in read_lines(plot)[1:]}


def test_the_exported_table_has_a_column_for_each_curve(plot: CurvePlot) -> None:
    losses = np.array([0.3, 0.2])
    plot.set_other_branches("calm", (BranchCurve(1, "wild", losses[::-1], 0),), ())
    plot.set_curve(losses, 1, (), None)
    names, values = zip(*plot.columns(), strict=True)
    assert names == ("iteration", "mean error: calm", "mean error: wild")
    np.testing.assert_array_equal(values, [[0, 1], [0.3, 0.2], [0.2, 0.3]])
