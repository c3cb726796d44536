"""The window that tests share is the same only while nothing is left behind in it."""

from cnnviz.app.controls.panel import ControlsPanel
from tests.app.reused_window import ReusedWindow
from tests.app.waiting import wait_until


def test_a_window_is_lent_again_if_it_is_as_at_first(window_keeper: ReusedWindow) -> None:
    window = window_keeper.lend()
    window.loop.step()
    window.selection.select_image(3)
    wait_until(lambda: window.frame is not None and window.frame.image.index == 3)
    window_keeper.take_back()
    assert window_keeper.lend() is window
    assert window.frame is not None
    assert (window.frame.iteration, window.frame.image.index) == (0, 0)
    assert len(window.frame.branches) == 1


def test_a_text_that_is_not_even_seen_is_noticed(window_keeper: ReusedWindow) -> None:
    window = window_keeper.lend()
    panel = window.panels.controls
    assert isinstance(panel, ControlsPanel)
    assert not panel.problem.isVisible()
    panel.problem.setText("left behind")
    window_keeper.take_back()
    assert window_keeper.lend() is not window


def test_a_value_that_an_object_keeps_is_noticed(window_keeper: ReusedWindow) -> None:
    window = window_keeper.lend()
    window.selection.draw_branch(7, drawn=True)
    window_keeper.take_back()
    assert window_keeper.lend() is not window
