"""Has a bundle do what needs each of its files, without Python's and the machine's settings."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

_COMMANDS: Final = (
    "--check-setup",
    "train --data bundled --rule exact --iterations 3 --out run.npz",
    "check --data bundled --rule exact",
    *(
        f"export run.npz --data bundled --out run.{ending}"
        for ending in ("csv", "gif", "html", "ipynb", "pdf", "png", "report.html", "report.pdf")
    ),
    "export run.npz --data bundled --tensor f --out filters.npy",
    "export run.npz --data bundled --out run.svg",
    "check run.ipynb --run",
    *(
        f"snapshot --data bundled --iterations 1 --panel {panel} --out {panel}.png"
        for panel in ("debugger", "landscape", "lesson")
    ),
)
_LIBRARIES: Final = """
import certifi, requests, sqlite3, ssl
ssl.create_default_context(cafile=certifi.where())
sqlite3.connect(":memory:").execute("create table t (x)")

import numpy as np
matrix = np.random.default_rng(0).normal(size=(40, 30))
u, s, v = np.linalg.svd(matrix, full_matrices=False)
assert np.allclose(u * s @ v, matrix)
assert np.allclose(matrix @ np.linalg.lstsq(matrix, matrix @ v[0])[0], matrix @ v[0])
assert np.allclose(np.linalg.eig(np.diag(s))[0], s)
assert np.allclose(np.fft.ifft(np.fft.fft(s)), s)

from pathlib import Path
from PySide6.QtCore import QCollator, QLocale
from PySide6.QtGui import QImage
from cnnviz.app.drawing.picture import read_picture
for name in "digit.png", "digit.jpg":
    QImage(200, 200, QImage.Format_RGB32).save(name)
    assert read_picture(Path(name)).shape == (200, 200)
swedish = QCollator(QLocale("sv"))
swedish.setNumericMode(True)
assert sorted(["ö", "z10", "z9", "å"], key=swedish.sortKey) == ["z9", "z10", "å", "ö"]
"""


def try_out(program: Path) -> None:
    """Run commands one after the other.

    Raises
    ------
    subprocess.CalledProcessError
        If one of them fails.
    """
    kept = {name: value for name, value in os.environ.items() if name == "SYSTEMROOT"}  # Windows
    with tempfile.TemporaryDirectory() as folder:
        environment = {**kept, "HOME": folder, "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
        for words in (*(command.split() for command in _COMMANDS), ["-c", _LIBRARIES]):
            subprocess.run(  # noqa: S603
                [program, *words],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )


if __name__ == "__main__":
    try_out(Path(sys.argv[1]).resolve())
