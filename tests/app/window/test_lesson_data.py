"""The data of a lesson: found where the window has them, or said in a sentence to be missing."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cnnviz.app.window import lesson_commands
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.mnist import cache_folder
from tests.app.docks import dock
from tests.app.waiting import wait_until

LESSON = """---
title: On MNIST
summary: For tests.
---

## One

The loss is {{ loss() }}.

```setup
data: mnist
subset: 8
iterations: 1
```

```show
panels: network
```
"""


@pytest.fixture
def teaching(shared_window: MainWindow, tmp_path: Path) -> Iterator[MainWindow]:
    window = shared_window
    path = tmp_path / "mnist.md"
    path.write_text(LESSON)
    settle(window)
    window.commands.guide.show_welcome()
    yield window
    assert window.commands.lessons.panel is not None
    window.commands.lessons.panel.leave()
    settle(window)
    dock(window, "lesson").hide()


def settle(window: MainWindow) -> None:
    """Wait until every command so far has been carried out."""
    command = window.loop.select(0)
    wait_until(lambda: window.frame is not None and window.frame.done >= command)


def begin(window: MainWindow, tmp_path: Path) -> None:
    assert window.commands.guide.is_welcoming
    window.commands.lessons.begin_file(tmp_path / "mnist.md")
    assert not window.commands.guide.is_welcoming  # it would cover what is spoken of


def test_mnist_is_found_where_the_window_has_it(
    teaching: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = teaching.frame
    assert frame is not None
    monkeypatch.setattr(lesson_commands, "is_mnist", lambda dataset: dataset is frame.dataset)
    monkeypatch.setattr(teaching.commands.lessons, "_dataset", None)  # as at the start
    monkeypatch.setattr(teaching.commands.lessons, "_mnist", "mnist")  # given back after the test
    teaching.commands.lessons.show_frame(frame)
    teaching.loop.show_drawing(np.full((28, 28), 255, np.uint8), None)
    wait_until(lambda: teaching.frame is not None and teaching.frame.outside is not None)
    teaching.commands.guide.show_welcome()
    begin(teaching, tmp_path)
    panel = teaching.commands.lessons.panel
    assert panel is not None
    wait_until(lambda: "The loss is" in panel.text.markdown)
    wait_until(lambda: teaching.frame is not None and teaching.frame.branch.name == panel_name())
    assert teaching.frame is not None
    assert teaching.frame.branch.source == frame.branch.source
    assert teaching.frame.outside is None  # the lesson speaks of its own images
    assert f"{teaching.frame.predictions.loss:.3g}" in panel.text.markdown


def panel_name() -> str:
    return "Lesson: On MNIST"


def test_missing_data_is_said_in_a_sentence_and_the_run_stays(
    teaching: MainWindow, tmp_path: Path
) -> None:
    before = teaching.frame
    assert before is not None
    path = tmp_path / "mnist.md"
    path.write_text(LESSON.replace("subset: 8", "subset: 9"))  # not what another test has computed
    begin(teaching, tmp_path)
    panel = teaching.commands.lessons.panel
    assert panel is not None
    wait_until(lambda: panel.message.text() != "")
    start = f"MNIST has not been downloaded to {cache_folder()} yet: download it, or "
    assert panel.message.text().startswith(start)
    panel.leave()
    settle(teaching)
    after = teaching.frame
    assert after is not None
    assert (after.branch.number, after.iteration) == (before.branch.number, before.iteration)
    assert after.settings == before.settings
