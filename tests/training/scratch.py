"""Files without a name, in a folder of the test."""

from pathlib import Path

import pytest

from cnnviz.training.run import chunk_file
from cnnviz.training.run.chunk_file import ChunkFile


def scratch_file(folder: Path) -> ChunkFile:
    """Return a file of chunks without a name, in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunk_file, "scratch_folder", lambda: folder)
        return ChunkFile()
