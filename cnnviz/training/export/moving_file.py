"""Moving pictures, written frame by frame: as GIF, or as MP4 by ffmpeg."""

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.atomic_file import replacing
from cnnviz.training.errors import ExportError

Frame = NDArray[np.uint8]
"""Red, green and blue of each pixel, shape (height, width, 3)."""
AddFrame = Callable[[Frame], None]

MP4: Final = ".mp4"
_COLOURS: Final = 255
"""Colours of a frame of a GIF; one more entry is transparent."""
_HUNDREDTHS: Final = 100
"""Units of time of a GIF, in a second."""
_FASTEST: Final = 50
"""Frames a second of the fastest GIF that browsers show as it is."""


@contextmanager
def moving_file(path: Path, frames_per_second: float) -> Iterator[AddFrame]:
    """Write a moving picture whole or not at all, in memory for one frame.

    Yields
    ------
    callable
        Adds a frame; all frames have the size of the first.

    Raises
    ------
    ExportError
        If ffmpeg is missing or fails, or a GIF is to be faster than it can be.
    UnwritableFileError
        If the file cannot be written.
    """
    check_moving_file(path, frames_per_second)
    if path.suffix.lower() == MP4:
        with _mp4(path, frames_per_second) as add:
            yield add
        return
    with replacing(path) as file:
        gif = _Gif(file, frames_per_second)
        yield gif.add
        gif.finish()


def check_moving_file(path: Path, frames_per_second: float) -> None:
    """Raise an ExportError for an MP4 without ffmpeg, and for a GIF faster than it can be."""
    if path.suffix.lower() == MP4:
        _ffmpeg()
    elif frames_per_second > _FASTEST:
        raise ExportError(f"a GIF has {_FASTEST} frames a second at most: end the name in .mp4.")


class _Gif:
    """A GIF that grows by a frame at a time: Pillow and imageio keep all of them until the end.

    Of each frame, only the part that has changed is stored, with what is as before transparent in
    it, and colours of its own.
    """

    def __init__(self, file: BinaryIO, frames_per_second: float) -> None:
        self._file, self._pace = file, frames_per_second
        self._before: Frame | None = None
        self._count = self._ended = 0  # frames, and hundredths of a second until their end

    def add(self, frame: Frame) -> None:
        """Write the part of a frame that has changed."""
        from PIL import GifImagePlugin, Image  # noqa: PLC0415  (slow)

        part, changed = _changed_part(frame, self._before)
        rows, columns = part
        picture = Image.fromarray(np.ascontiguousarray(frame[part]))
        picture = picture.quantize(_COLOURS, dither=Image.Dither.NONE)
        transparency = {}
        if self._before is None:
            header, _ = GifImagePlugin.getheader(picture.copy(), info={"loop": 0, "duration": 1})
            self._file.writelines(header)
        else:
            entries, palette = np.array(picture), picture.getpalette() or []
            transparency["transparency"] = blank = len(palette) // 3
            entries[~changed[part]] = blank
            picture = Image.fromarray(entries).convert("P")
            picture.putpalette([*palette, 0, 0, 0])
        data = GifImagePlugin.getdata(
            picture,
            (columns.start, rows.start),
            duration=10 * self._next_duration(),
            include_color_table=True,
            optimize=False,
            disposal=1,
            **transparency,
        )
        self._file.writelines(data)
        self._before = frame

    def finish(self) -> None:
        """Write the end."""
        self._file.write(b";")

    def _next_duration(self) -> int:
        """Return the hundredths of a frame, so that all frames together last as they should."""
        self._count += 1
        end = round(self._count * _HUNDREDTHS / self._pace)
        duration, self._ended = end - self._ended, end
        return duration


def _changed_part(
    frame: Frame, before: Frame | None
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Return the smallest rectangle of what has changed, at least a pixel, and what has."""
    height, width = frame.shape[:2]
    if before is None:
        return (slice(0, height), slice(0, width)), np.ones((height, width), np.bool_)
    changed = (frame != before).any(axis=2)
    rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return (slice(0, 1), slice(0, 1)), changed
    return (
        (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)),
        changed,
    )


@contextmanager
def _mp4(path: Path, frames_per_second: float) -> Iterator[AddFrame]:
    """Let ffmpeg write into a file of its own, and take that if everything went well."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, f"moving{MP4}")
        writer = _Mp4(made, frames_per_second)
        with closing(writer):
            yield writer.add
        if not made.is_file() or not made.stat().st_size:
            raise ExportError("ffmpeg wrote nothing: end the name in .gif instead.")
        with replacing(path) as file, made.open("rb") as source:
            shutil.copyfileobj(source, file)


class _Mp4:
    """Passes frames to ffmpeg."""

    def __init__(self, path: Path, frames_per_second: float) -> None:
        self._path, self._pace = path, frames_per_second
        self._write_frames = _ffmpeg()
        self._frames: Generator[None, Frame | None, None] | None = None

    def add(self, frame: Frame) -> None:
        """Pass a frame on, with sides that are even, as the format needs them."""
        height, width = frame.shape[:2]
        even = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        try:
            if self._frames is None:
                self._frames = self._write_frames(
                    str(self._path),
                    even.shape[1::-1],
                    fps=self._pace,
                    macro_block_size=2,
                    quality=7,
                )
                self._frames.send(None)
            self._frames.send(np.ascontiguousarray(even))
        except OSError as error:
            raise ExportError(f"ffmpeg has failed: {str(error).splitlines()[0]}") from error

    def close(self) -> None:
        """Let ffmpeg finish."""
        if self._frames is not None:
            self._frames.close()


def _ffmpeg() -> Callable[..., Generator[None, Frame | None, None]]:
    """Return the function that runs ffmpeg.

    Raises ExportError if it is not installed.
    """
    try:
        from imageio_ffmpeg import write_frames  # noqa: PLC0415  (an extra)
    except ImportError:
        raise ExportError(
            "MP4 needs ffmpeg: `pip install imageio-ffmpeg` beside cnnviz, or end the name in .gif."
        ) from None
    write: Callable[..., Generator[None, Frame | None, None]] = write_frames
    return write
