"""What a script may write to."""

import os
from pathlib import Path

import pytest

from cnnviz.notebooks.guard import _hook


@pytest.mark.skipif(os.name != "posix", reason="it makes a link to a device")
def test_nowhere_may_be_written_to_by_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows calls it nul, and in full something else."""
    nul = tmp_path / "nul"
    nul.symlink_to(os.devnull)
    monkeypatch.setattr(os, "devnull", str(nul))
    hook = _hook(str(tmp_path / "folder"))
    hook("open", (str(nul), "w", os.O_WRONLY))
    with pytest.raises(PermissionError):
        hook("open", (f"{nul}.txt", "w", os.O_WRONLY))
