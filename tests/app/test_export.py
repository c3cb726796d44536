"""Pictures of a run by `cnnviz export`, in the application that all tests of the window share."""

from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from cnnviz import cli


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    path = tmp_path / "run.npz"
    words = ["train", "--out", str(path), "--data", "bundled", "--subset", "8", "--iterations", "3"]
    assert cli.main(words) == 0
    return path


@pytest.mark.usefixtures("qtbot")
def test_a_moving_picture_shows_each_iteration(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, still = tmp_path / "a.gif", tmp_path / "b.png"
    capsys.readouterr()
    words = ["export", str(run_file), "--panels", "loss", "--size", "640x320", "--out"]
    assert cli.main([*words, str(out), "--iterations", "0:3:2", "--fps", "4", "--progress"]) == 0
    assert capsys.readouterr().out == f"1/2\n2/2\nExported to {out}\n"
    with Image.open(out) as moving:
        frames = [moving.convert("RGB").copy() for _ in ImageSequence.Iterator(moving)]
        assert (moving.size, len(frames)) == ((640, 320), 2)
    assert frames[0] != frames[1]
    assert cli.main([*words, str(still), "--iteration", "2"]) == 0
    with Image.open(still) as read:
        assert read.size == (640, 320)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "b.png", "run.npz"]


@pytest.mark.usefixtures("qtbot")
def test_a_moving_picture_of_no_panel_is_one_of_the_window(run_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.gif"
    assert cli.main(["export", str(run_file), "--iterations", "0:0", "--out", str(out)]) == 0
    with Image.open(out) as moving:
        assert moving.size == (1200, 760)
