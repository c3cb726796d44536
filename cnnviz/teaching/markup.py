"""A step's Markdown as HTML, with its formulae replaced by pictures."""

import html
import re
from collections.abc import Callable
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

Formula = Callable[[str], str]
"""Returns the address of the picture of a formula in LaTeX."""
_HELD: Final = re.compile(r" (?=[=×·/%])|(?<=[=×·/]) ")
"""Spaces at which no line is broken: "η = 15", "5 × 5" and "95.5 %" stay whole."""


def as_html(markdown: str, formula: Formula) -> str:
    """Return Markdown as HTML; raw HTML in it is shown as it is written.

    `formula` is called with the LaTeX of each formula, in their order.
    """
    tokens = _parser().parse(markdown)
    parts = []
    for token in tokens:
        if token.type == "math_block":
            parts.append(f'<p align="center" class="formula">{_image(token, formula)}</p>')
        elif token.type == "inline":
            parts.append(_inline(token, formula))
        else:
            parts.append(_parser().renderer.render([token], _parser().options, {}))
    return "".join(parts)


def formulae(markdown: str) -> tuple[str, ...]:
    """Return the LaTeX of every formula of a text, in their order."""
    found: list[str] = []

    def note(latex: str) -> str:
        found.append(latex)
        return ""

    as_html(markdown, note)
    return tuple(found)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin)


def _inline(token: Token, formula: Formula) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("math_inline", "math_inline_double"):
            parts.append(_image(child, formula))
            continue
        if child.type == "text":
            child.content = _HELD.sub("\N{NO-BREAK SPACE}", child.content)
        elif child.type == "code_inline":
            child.content = child.content.replace(" ", "\N{NO-BREAK SPACE}")
        parts.append(_parser().renderer.render([child], _parser().options, {}))
    return "".join(parts)


def _image(token: Token, formula: Formula) -> str:
    latex = token.content.strip()
    address = html.escape(formula(latex), quote=True)
    return f'<img src="{address}" alt="{html.escape(latex, quote=True)}">'
