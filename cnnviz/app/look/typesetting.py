"""Sets LaTeX by ziamath, in half of the time that it takes by itself.

Importing this takes 0.2 s, which only the debugger needs.
"""

from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from ziafont.glyph import SimpleGlyph
from ziamath import styles
from ziamath.config import config
from ziamath.nodes.mrow import Mrow
from ziamath.operators import operators
from ziamath.zmath import Latex

_STRETCHING: Final = frozenset(
    sign for (sign, _form), of in operators.items() if of.get("stretchy", "false") != "false"
)

# It is only looked up in what this returns; a deep copy for each sign takes a quarter of the time.
setattr(styles, "asdict", vars)  # noqa: B010


@lru_cache(maxsize=1024)
def _outline(sign: SimpleGlyph, scale: float) -> str | None:
    """Return the path of a sign at the origin; None if it is assembled from others, or empty."""
    path = sign.svgpath(0, 0, scale)
    return None if path is None else path.get("d")


def _place(sign: SimpleGlyph, x: float, y: float, point_size: float) -> ET.Element | None:
    """Return a sign at a position: its outline is moved, where ziafont computes it again."""
    scale = point_size / sign.DFLT_SIZE_PT
    outline = _outline(sign, scale)
    if outline is None:
        found: ET.Element | None = sign.svgpath(x, y, scale)
        return found
    return ET.Element("path", d=outline, transform=f"translate({x:.3f} {y:.3f})")


# Computing the outlines of the same few signs takes more than a third of the time.
setattr(SimpleGlyph, "place", _place)  # noqa: B010


def svg(latex: str, size: float, colour: str) -> str:
    """Return a formula as SVG; `size` is that of the type in pixels, `colour` ``#rrggbb``."""
    config.svg2 = False  # QtSvg knows SVG 1.2 only
    text: str = Latex(latex, size=size, color=colour).svg()
    return text


class Row(Mrow, tag="mrow"):
    """A row that is measured only if a sign in it stretches to its height.

    ziamath 0.13 builds each row once more to measure it, and so builds what is inside d rows
    2ᵈ times. ziamath takes this class for its own because of the tag.
    """

    def _get_height_nostretch(
        self, line: list[ET.Element], **options: object
    ) -> tuple[float, float]:
        if any(map(_stretches, line)):
            height: tuple[float, float] = super()._get_height_nostretch(line, **options)
            return height
        return 0.0, 0.0


def _stretches(element: ET.Element) -> bool:
    """Return whether a sign stretches to the height of the row that an element is in."""
    if element.tag == "mrow":  # whose signs stretch to its own height
        return False
    is_fixed = element.get("stretchy") == "false"
    sign = "" if is_fixed else (element.text or "").strip()
    return sign in _STRETCHING or any(map(_stretches, element))
