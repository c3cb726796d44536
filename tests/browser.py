"""A headless Chromium for tests, driven through its debugging pipe."""

import base64
import fcntl
import json
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
"""Path of the browser, if the machine has one."""
_OPTIONS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--remote-debugging-pipe",
)
_KEYS: Final = {" ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40}


class Browser:
    """One page in a browser. What the page or its scripts complain of is in `complaints`."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        commands, self._commands = _pipe()
        self._answers, answers = _pipe()
        words = [CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        files = (
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, commands, 3),  # where the browser reads commands,
            (os.POSIX_SPAWN_DUP2, answers, 4),  # and writes answers
        )
        self._process = os.posix_spawn(CHROMIUM, words, os.environ, file_actions=files)
        os.close(commands)
        os.close(answers)
        self._received = b""
        self._number = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        targets = self._call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self._loaded = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the browser."""
        self._session = None
        self._call("Browser.close")
        os.waitpid(self._process, 0)
        os.close(self._commands)
        os.close(self._answers)

    def open(self, path: Path, width: int = 1366, height: int = 768, scheme: str = "light") -> None:
        """Open a file from its file:// address, and wait until it has loaded."""
        self.complaints.clear()
        self.resize(width, height, scheme)
        before = self._loaded
        self._call("Page.navigate", url=path.as_uri())
        while self._loaded == before:
            self._receive()
        self.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def resize(self, width: int, height: int, scheme: str = "light") -> None:
        """Give the page a size in pixels, and a light or a dark scheme."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._call("Emulation.setEmulatedMedia", features=features)

    def evaluate(self, script: str) -> Any:  # noqa: ANN401  (whatever JSON can hold)
        """Return the value of an expression, of a promise when it is kept."""
        options = {"awaitPromise": True, "returnByValue": True}
        answer = self._call("Runtime.evaluate", expression=script, **options)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def wait(self, condition: str) -> None:
        """Wait until an expression is true, at most 10 s."""
        met = self.evaluate(
            f"""new Promise((done) => {{
                const end = performance.now() + 10000;
                const look = () => {{
                    if ({condition}) done(true);
                    else if (performance.now() > end) done(false);
                    else setTimeout(look, 10);
                }};
                look();
            }})"""
        )
        assert met, f"never: {condition}"

    def click(self, selector: str, x: float = 0.5, y: float = 0.5) -> None:
        """Click an element with the mouse, at shares of its width and height."""
        place = self.evaluate(
            f"""(() => {{
                const found = document.querySelector({json.dumps(selector)});
                found.scrollIntoView({{block: "center"}});
                const place = found.getBoundingClientRect();
                return [place.left + {x} * place.width, place.top + {y} * place.height];
            }})()"""
        )
        at = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, **at)

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key."""
        number = _KEYS.get(key, 0) or (111 + int(key[1:]) if key[1:].isdigit() else ord(key[0]))
        text = {"text": key} if len(key) == 1 else {}
        code = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": number}
        held = {"modifiers": 8 if shift else 0}
        self._call("Input.dispatchKeyEvent", type="keyDown", **code, **text, **held)
        self._call("Input.dispatchKeyEvent", type="keyUp", **code, **held)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Save the visible part, or the whole page, as a PNG."""
        answer = self._call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _call(self, method: str, **parameters: object) -> Any:  # noqa: ANN401
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            pass
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _receive(self) -> dict[str, Any]:
        """Return the next message, and note what it complains of."""
        while b"\0" not in self._received:
            more = os.read(self._answers, 1 << 20)
            assert more, "the browser has ended"
            self._received += more
        text, _, self._received = self._received.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        method, parameters = message.get("method", ""), message.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded += 1
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", str(details)))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("warning", "error"):
            self.complaints.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("warning", "error"):
            self.complaints.append(str(parameters["args"]))
        elif method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(("file:", "data:", "about:")):
                self.complaints.append(f"asked for {url}")
        return message


def _pipe() -> tuple[int, int]:
    """Return the ends of a pipe, numbered so that they are no standard files of a process."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]
