"""Make the bundled digits from scikit-learn's copy of the UCI optical-recognition test set.

Run once, in an environment of its own; cnnviz itself does not need scikit-learn:

    python -m venv /tmp/digits
    /tmp/digits/bin/pip install scikit-learn
    /tmp/digits/bin/python resources/digits/make_digits.py

The set's images are 8 × 8 counts, 0 to 16, of the ink in 4 × 4 squares of a 32 × 32 black-and-white
drawing. That drawing is drawn again with smooth outlines, fitted into 20 × 20 pixels, and placed in
28 × 28 pixels like MNIST's.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

COUNTS = 8  # squares along a side, as the set has them
FINE = 8  # pixels of the drawing along a square
DRAWING = COUNTS * FINE
BOX = 20  # pixels along the box that a digit fills
IMAGE = 28  # pixels along an image
BORDER = (IMAGE - BOX) // 2


def cubic_weights() -> np.ndarray:
    """Weights (64, 8) of cubic convolution (Keys, a = −1/2) from squares to the drawing."""
    centres = (np.arange(DRAWING) + 0.5) / FINE - 0.5
    t = np.abs(centres[:, None] - np.arange(COUNTS))
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    weights = np.where(t < 1, near, np.where(t < 2, far, 0))
    return weights / weights.sum(1, keepdims=True)


def gaussian_weights(sigma: float = FINE / 4) -> np.ndarray:
    """Weights (64, 64) of a blur within the drawing; outside it there is no ink."""
    x = np.arange(DRAWING)
    return np.exp(-0.5 * ((x[:, None] - x) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def draw(counts: np.ndarray, rounds: int = 8, contrast: float = 3) -> np.ndarray:
    """Draw digits with smooth outlines whose ink lies where the counts say.

    Each round adds the ink that squares lack (or takes what they have too much), smooths the
    outlines with a blur, and makes them crisp again.

    Parameters
    ----------
    counts : ndarray, shape (n, 8, 8)
        0 to 16.

    Returns
    -------
    ndarray of float, shape (n, 64, 64)
        Ink, 0 to 1.
    """
    ink = counts / 16
    enlarge, blur = cubic_weights(), gaussian_weights()
    drawing = enlarge @ ink @ enlarge.T
    for _ in range(rounds):
        squares = drawing.reshape(-1, COUNTS, FINE, COUNTS, FINE).mean((2, 4))
        drawing = drawing + enlarge @ (ink - squares) @ enlarge.T
        drawing = np.clip((blur @ drawing @ blur.T - 0.5) * contrast + 0.5, 0, 1)
    return drawing


def area_weights(start: int, stop: int, scale: float) -> np.ndarray:
    """Weights that fit pixels `start` to `stop` into as few as hold them, by the area covered."""
    size = int(np.ceil((stop - start) * scale - 1e-9))
    margin = (size - (stop - start) * scale) / 2
    left = margin + (np.arange(DRAWING) - start) * scale
    cell = np.arange(size)[:, None]
    return np.clip(np.minimum(left + scale, cell + 1) - np.maximum(left, cell), 0, None)


def place(drawing: np.ndarray) -> np.ndarray:
    """Fit one digit into 20 × 20 pixels, its proportions kept, and put it into 28 × 28.

    Its centre of mass comes as near to the centre as the border of 4 pixels lets it.

    Parameters
    ----------
    drawing : ndarray of float, shape (64, 64)

    Returns
    -------
    ndarray of uint8, shape (28, 28)
    """
    rows, columns = (np.flatnonzero(drawing.max(axis) > 0.5)[[0, -1]] for axis in (1, 0))
    scale = BOX / (1 + max(np.ptp(rows), np.ptp(columns)))
    down = area_weights(rows[0], rows[1] + 1, scale)
    across = area_weights(columns[0], columns[1] + 1, scale)
    digit = down @ drawing @ across.T
    image = np.zeros((IMAGE, IMAGE))
    corner = []
    for axis, size in enumerate(digit.shape):
        mass = digit.sum(1 - axis) @ np.arange(size) / digit.sum()
        corner.append(int(np.clip(round(IMAGE / 2 - mass), BORDER, IMAGE - BORDER - size)))
    top, left = corner
    image[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write bytes in MNIST's own format, compressed, the same each time."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), mtime=0))


def main() -> None:
    """Write both files beside this script."""
    digits = load_digits()
    images = np.stack([place(drawing) for drawing in draw(digits.images)])
    folder = Path(__file__).parent
    write_idx(folder / "train-images-idx3-ubyte.gz", images)
    write_idx(folder / "train-labels-idx1-ubyte.gz", digits.target.astype(np.uint8))


if __name__ == "__main__":
    main()
