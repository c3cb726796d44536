"""Reads what a page that replays has computed."""

import base64
import json

import numpy as np
from numpy.typing import NDArray

from tests.browser import Browser


def tensors_in(browser: Browser, state: int, names: list[str]) -> list[NDArray[np.float64]]:
    """Return tensors as the page computes them."""
    found = browser.evaluate(
        f"""{json.dumps(names)}.map((name) => {{
            const tensor = cnnviz.run.iteration({state}).tensor(name);
            const bytes = new Uint8Array(tensor.values().buffer), parts = [];
            for (let at = 0; at < bytes.length; at += 1000) {{
                parts.push(String.fromCharCode(...bytes.subarray(at, at + 1000)));
            }}
            return [tensor.shape, btoa(parts.join(""))];
        }})"""
    )
    return [np.frombuffer(base64.b64decode(text)).reshape(shape) for shape, text in found]
