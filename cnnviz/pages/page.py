"""Templates and scripts of `resources/pages`, put together as one file."""

import base64
import hashlib
import json
import re
from html import escape
from typing import Any, Final

from cnnviz.data.resources import resource_path

_FOLDER: Final = "pages"
_PAGE: Final = "page.html"
"""Head and frame of every page."""
_IMPORT: Final = re.compile(
    r'^import (?:\* as )?(\w+|\{[^}]*\}) from "\./(\w+\.js)";\n', re.MULTILINE
)
_EXPORT: Final = re.compile(r"^export (?:const|class|function) (\w+)", re.MULTILINE)
_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")


def filled(template: str, title: str, styles: tuple[str, ...], **parts: str) -> str:
    """Return a page of a template, its title, its styles and parts, which are inserted as they are.

    The page may load nothing, and runs no script but the one in `parts` that is called script.
    """
    style = "".join(text_of(name) for name in styles)
    policy = f"default-src 'none'; img-src data:; style-src {_hash(style)}"
    if "script" in parts:
        policy += f"; script-src {_hash(parts['script'])}"
    slots = {"title": escape(title), "style": style, "policy": policy, **parts}
    page = text_of(_PAGE).replace("{{template}}", text_of(template))
    return _SLOT.sub(lambda slot: slots[slot[1]], page)


def script_of(folder: str) -> str:
    """Return the script main.js with all that it imports from its folder, as one.

    So the modules stay files that can be read, and a page from a file:// address, which may not
    import any, runs them. Each becomes a function that returns what the module exports.
    """
    done: list[str] = []

    def add(module: str) -> str:
        if module in done:
            return ""
        done.append(module)
        text = text_of(folder, module)
        before = "".join(add(other) for _, other in _IMPORT.findall(text))
        exported = ", ".join(_EXPORT.findall(text))
        text = _IMPORT.sub(lambda found: f"const {found[1]} = {_name(found[2])};\n", text)
        text = re.sub(r"^export ", "", text, flags=re.MULTILINE)
        made = f"const {_name(module)} = (() => {{\n{text}return {{ {exported} }};\n}})();\n\n"
        return f"{before}// {module}\n\n{made}"

    return add("main.js")


def _name(module: str) -> str:
    """Return the name of the object with a module's exports."""
    return f"{module.removesuffix('.js')}_module"


def text_of(*parts: str) -> str:
    """Return a file of `resources/pages`."""
    return resource_path(_FOLDER, *parts).read_text(encoding="utf-8")


def embedded_json(value: Any) -> str:  # noqa: ANN401  (whatever JSON can hold)
    """Return JSON that cannot close the element of a page that contains it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
