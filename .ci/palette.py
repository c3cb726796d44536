"""Makes pictures smaller: `palette.py FILE.png…` gives each at most 256 colours, in place."""

import sys
from pathlib import Path

from PIL import Image

COLOURS = 256


def main() -> None:
    """Write each picture again with a palette of its own, without dithering."""
    for path in map(Path, sys.argv[1:]):
        with Image.open(path) as picture:
            few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


if __name__ == "__main__":
    main()
