"""Moving pictures: every pixel of a GIF, its times, and nothing left if it is given up."""

import builtins
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from cnnviz.training.errors import ExportError
from cnnviz.training.export.moving_file import moving_file


def frames(count: int) -> list[NDArray[np.uint8]]:
    """Frames with a square that moves, a line that grows, and one that is like that before."""
    made = []
    for i in range(count):
        frame = np.full((31, 47, 3), 240, np.uint8)
        at = max(0, i - 1)
        frame[2 : 9 + at, 3 + at : 12 + at] = (200, 30, 7 * at)
        frame[29, : 2 * at] = 0
        made.append(frame)
    return made


def write(path: Path, made: Iterable[NDArray[np.uint8]], pace: float) -> None:
    with moving_file(path, pace) as add:
        for frame in made:
            add(frame)


def test_a_gif_shows_every_pixel_for_the_right_time(tmp_path: Path) -> None:
    path, made = tmp_path / "a.gif", frames(15)
    write(path, made, 7)
    with Image.open(path) as read:
        shown, times = [], []
        for frame in ImageSequence.Iterator(read):
            shown.append(np.array(frame.convert("RGB")))
            times.append(read.info["duration"])
        assert read.info["loop"] == 0
    np.testing.assert_array_equal(shown, made)
    assert set(times) == {140, 150}
    assert sum(times) == round(1500 / 7) * 10


def test_many_colours_become_255_near_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    ramp = np.indices((60, 60, 3)).sum(axis=0).astype(np.uint8)
    ramp[..., 1] *= 2
    write(path, [ramp, 255 - ramp], 10)
    with Image.open(path) as read:
        read.seek(1)
        shown = np.array(read.convert("RGB")).astype(int)
    assert np.abs(shown - (255 - ramp.astype(int))).max() <= 8


@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_what_is_given_up_leaves_the_older_file_alone(tmp_path: Path, ending: str) -> None:
    if ending == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"older")

    def broken() -> Iterator[NDArray[np.uint8]]:
        yield from frames(2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(path, broken(), 10)
    assert path.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_an_mp4_has_every_frame_and_even_sides(tmp_path: Path) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path, made = tmp_path / "a.mp4", frames(12)
    write(path, made, 24)
    words = [ffmpeg.get_ffmpeg_exe(), "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    read = subprocess.run(words, capture_output=True, check=True)
    assert b"48x32" in read.stderr
    assert b"24 fps" in read.stderr
    shown = np.frombuffer(read.stdout, np.uint8).reshape(-1, 32, 48, 3)
    assert len(shown) == 12
    assert np.abs(shown[-1][:31, :47].astype(int) - made[-1]).mean() < 10


def test_without_ffmpeg_or_too_fast_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExportError, match="50 frames a second at most"):
        write(tmp_path / "a.gif", frames(1), 51)
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "imageio_ffmpeg":
            raise ImportError
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExportError, match="pip install imageio-ffmpeg"):
        write(tmp_path / "a.mp4", frames(1), 10)
    assert not list(tmp_path.iterdir())
