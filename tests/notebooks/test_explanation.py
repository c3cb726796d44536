"""What is said of an error that ended a script."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from cnnviz.notebooks.child import _explanation


def test_pillow_of_the_bundle_does_not_call_a_whole_picture_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle leaves out what reads JPEG and TIFF: to Pillow they are no pictures then."""
    path = tmp_path / "digit.jpg"
    path.write_bytes(b"as if it were a JPEG")
    with pytest.raises(Image.UnidentifiedImageError) as raised:
        Image.open(path)
    assert "cannot identify image file" in _explanation(raised.value)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    text = _explanation(raised.value)
    assert "PNG, GIF, BMP and PPM alone" in text
    assert "another Python" in text
