"""Formulae as SVG, set from LaTeX once each."""

import re
import warnings
from functools import lru_cache
from typing import Final

SIZE: Final = 15
"""The size of type, in pixels at the normal scale."""
_COLOUR: Final = b"#c01000"
"""Stands for any colour in what is kept."""
_SIGN: Final = re.compile(r"((?:^|[=(]|\\cdot)\s*)-(?=[\d\\])")
"""A minus that is a number's sign."""


def drawing(latex: str, colour: str) -> bytes:
    """Return a formula as SVG, at `SIZE`; the colour is written ``#rrggbb``."""
    return uncoloured(latex).replace(_COLOUR, colour.encode())


@lru_cache(maxsize=1024)
def uncoloured(latex: str) -> bytes:
    """Return a formula whose colour is still to be replaced."""
    with warnings.catch_warnings():  # 0.13 reads its font in a way that Python 3.11 advises against
        warnings.simplefilter("ignore", DeprecationWarning)
        from cnnviz.app.look.typesetting import svg  # noqa: PLC0415
    latex = _SIGN.sub(r"\1{-}", latex)  # or a sign would be set as far apart as a minus
    return svg(latex, SIZE, _COLOUR.decode()).encode()
