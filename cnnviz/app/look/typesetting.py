"""Sets LaTeX by ziamath, in half of the time that it takes by itself.

Importing this takes 0.2 s, which only the debugger needs.
"""

from typing import Final
from xml.etree import ElementTree as ET

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
