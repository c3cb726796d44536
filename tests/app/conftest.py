"""Windows for tests, and a check that none is left behind."""

import gc
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import shiboken6
from PySide6.QtCore import (
    QAbstractItemModel,
    QCoreApplication,
    QEvent,
    QObject,
    QSettings,
    QThread,
    QTimer,
)
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from cnnviz.app.application import create_application
from cnnviz.app.curves import panel as curves
from cnnviz.app.look.style_sheet import apply_theme
from cnnviz.app.look.theme import LIGHT, body_font
from cnnviz.app.network import panel as network
from cnnviz.app.predictions import plot_area
from cnnviz.app.window.main_window import MainWindow
from cnnviz.data.bundled import bundled_digits
from cnnviz.training.loop.frame import Frame, frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings
from tests.app.docks import destroy
from tests.app.reused_window import ReusedWindow
from tests.app.waiting import NEVER, wait_until


@pytest.fixture(scope="session")
def qapp(tmp_path_factory: pytest.TempPathFactory) -> QApplication:
    # Qt's file dialogs save the last folder in the user's settings.
    user = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, user)
    os.environ["XDG_DATA_HOME"] = user  # runs that are kept, and answers, are no person's
    # One that another test has made would lack the style, and larger type would have no effect.
    assert QApplication.instance() is None
    application = create_application()
    # Existing objects are no leak; frozen, they do not slow down the collection of each test.
    # So the window's late imports are done here.
    importlib.import_module("cnnviz.app.debugger.panel")
    importlib.import_module("cnnviz.app.check.panel")
    importlib.import_module("cnnviz.app.curves.plots")
    importlib.import_module("cnnviz.app.landscape.panel")
    importlib.import_module("cnnviz.app.pull.panel")
    importlib.import_module("cnnviz.app.comparison.panel")
    importlib.import_module("cnnviz.app.hunt.panel")
    importlib.import_module("cnnviz.app.own_code.panel")
    importlib.import_module("cnnviz.app.notebook.panel")
    importlib.import_module("cnnviz.app.network.view")
    importlib.import_module("cnnviz.app.drawing.panel")
    importlib.import_module("cnnviz.app.lessons.panel")
    gc.collect()
    gc.freeze()
    return application


@pytest.fixture(scope="module", autouse=True)
def old_objects_are_frozen() -> None:
    """Look for objects that a test leaves behind among those since the module began.

    Those before are not its own, and their number grows, for example by reports of tests.
    No window is open, so that none of what belongs to one is kept from being freed.
    """
    gc.collect()
    gc.freeze()


class _QtBot(QtBot):
    """Waits as long as a busy machine may take; pytest-qt gives up after five seconds."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 30_000) -> None:
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:  # noqa: ARG001
    return _QtBot(request)


def alive(*kinds: type[QObject]) -> list[QObject]:
    """Return the objects of some kinds that Python knows and Qt has not destroyed."""
    known = {each for kind in kinds for each in kinds_of(kind)}  # issubclass takes long
    return [o for o in gc.get_objects() if type(o) in known and shiboken6.isValid(o)]


def kinds_of(kind: type[QObject]) -> set[type[QObject]]:
    """Return a class and all that are derived from it."""
    return {kind}.union(*map(kinds_of, kind.__subclasses__()))


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a window, a thread or a running timer behind."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    assert "shared_window" not in request.fixturenames, (
        "what a test makes in the shared window stays there: wait with wait_until"
    )
    qapp: QApplication = request.getfixturevalue("qapp")
    keeper: ReusedWindow | None = None
    if _reuses_window(request):
        keeper = request.getfixturevalue("window_keeper")
        keeper.lend()
    threads = set(threading.enumerate())
    there = left_behind(threads, keeper)  # a window that is kept for other tests of the module
    yield
    for attempt in range(4):
        if attempt:  # it takes long, and most tests leave nothing that is only garbage
            gc.collect()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        if not (left := [it for it in left_behind(threads, keeper) if it not in there]):
            break
    assert not left, f"left behind: {left}"


def left_behind(threads: set[threading.Thread], keeper: ReusedWindow | None = None) -> list[object]:
    """Return windows, running timers, and the threads that were started since.

    What is in a window that is kept for the next test is compared with its first state then.
    """
    owned: Callable[[QObject], bool] = keeper.owns if keeper else lambda _: False
    # pyqtgraph's context menus have no parent; they are deleted with the last reference to a plot.
    windows = [
        w
        for w in QApplication.topLevelWidgets()
        if shiboken6.isValid(w) and not isinstance(w, QMenu) and not owned(w)
    ]
    # A QThread that ran Python stays listed as a dummy; only Qt knows whether it still runs.
    dummy = threading._DummyThread  # type: ignore[attr-defined]
    python = [t for t in threading.enumerate() if t not in threads and not isinstance(t, dummy)]
    objects = alive(QThread, QTimer)  # at once: there are many objects
    running = [t for t in objects if isinstance(t, QThread) and t.isRunning() and not owned(t)]
    timers = [
        (t, t.parent()) for t in objects if isinstance(t, QTimer) and t.isActive() and not owned(t)
    ]
    return [*windows, *python, *running, *timers]


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "cnnviz.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def make_window(
    qtbot: QtBot,
    qapp: QApplication,
    store: QSettings,
    plots_on_demand: None,  # noqa: ARG001
) -> Iterator[Callable[..., MainWindow]]:
    """Return a function that opens a window on the first bundled digits."""
    made: list[MainWindow] = []

    def make(kept_in: QSettings = store, **settings: object) -> MainWindow:
        chosen = Settings(**{"subset": 20, **settings})  # type: ignore[arg-type]
        window = MainWindow(Trainer(bundled_digits(), chosen), LIGHT, kept_in)
        made.append(window)
        window.show()
        qtbot.waitUntil(lambda: window.frame is not None)
        return window

    yield make
    for window in made:
        if window.actions_.presentation.isChecked():
            window.set_presentation(False)  # or type may still be growing when it is destroyed
        window.close()
        destroy(window)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    # The look is the application's: the next test has it. No widget is left that takes it.
    QApplication.setFont(body_font())
    apply_theme(qapp, LIGHT)


@pytest.fixture
def new_window(make_window: Callable[..., MainWindow]) -> MainWindow:
    """The same where `window` is one that other tests have used."""
    return make_window()


@pytest.fixture
def window(request: pytest.FixtureRequest) -> MainWindow:
    """A new window, or a reused one in a module with the mark `reuses_window`."""
    name = "reused_window" if _reuses_window(request) else "new_window"
    found: MainWindow = request.getfixturevalue(name)
    return found


def _reuses_window(request: pytest.FixtureRequest) -> bool:
    """Return whether a test has a reused window, by that name or by the module's mark."""
    names, mark = request.fixturenames, request.node.get_closest_marker("reuses_window")
    return "reused_window" in names or ("window" in names and mark is not None)


@pytest.fixture(scope="module")
def shared_window(
    qapp: QApplication, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainWindow]:
    """One window for the tests of a module; they do without `qtbot`, and leave it as it was."""
    threads = set(threading.enumerate())
    path = tmp_path_factory.mktemp("shared") / "cnnviz.ini"
    store = QSettings(str(path), QSettings.Format.IniFormat)
    window = MainWindow(Trainer(bundled_digits(), Settings(subset=20)), LIGHT, store)
    window.resize(1440, 900)
    window.show()
    wait_until(lambda: window.frame is not None)
    yield window
    window.close_unasked()
    destroy(window)
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        gc.collect()
    assert not left_behind(threads)


@pytest.fixture(scope="module")
def prepare() -> Callable[[MainWindow], None]:
    """Bring a window to where the tests of a module begin: at its start, unless it says else."""
    return lambda _window: None


@pytest.fixture(scope="module")
def window_settings() -> Settings:
    """The settings with which the window of a module begins."""
    return Settings(subset=20)


@pytest.fixture(scope="module")
def is_compared(request: pytest.FixtureRequest) -> bool:
    """Whether each test of a module has a window without any trace of the others."""
    mark = request.node.get_closest_marker("reuses_window")
    return mark is None or mark.kwargs.get("compared", True)


@pytest.fixture(scope="module")
def window_keeper(
    qapp: QApplication,
    tmp_path_factory: pytest.TempPathFactory,
    window_settings: Settings,
    prepare: Callable[[MainWindow], None],
    is_compared: bool,
) -> Iterator[ReusedWindow]:
    """Keeps the window of the tests of a module; its plots are created on demand."""
    threads = set(threading.enumerate())
    keeper = ReusedWindow(
        tmp_path_factory.mktemp("reused"), window_settings, prepare, is_compared=is_compared
    )
    with pytest.MonkeyPatch.context() as patch:
        _leave_plots(patch)
        yield keeper
        keeper.close()
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        gc.collect()
    assert not left_behind(threads)


@pytest.fixture
def reused_window(window_keeper: ReusedWindow) -> Iterator[MainWindow]:
    """A window as at first, which need not be new: cheaper than `window`."""
    yield window_keeper.lend()
    window_keeper.take_back()


@pytest.fixture
def plots_on_demand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create a window's plots when something asks for them, not whenever there is time."""
    if _reuses_window(request):  # whose keeper does the same for longer, so it comes first
        request.getfixturevalue("window_keeper")
    _leave_plots(monkeypatch)


def _leave_plots(patch: pytest.MonkeyPatch) -> None:
    for module in (curves, network, plot_area):
        patch.setattr(module, "_AFTER", NEVER)


@pytest.fixture
def check_model() -> Iterator[Callable[[QAbstractItemModel], None]]:
    """Return a function that lets Qt check a model whenever it changes.

    A fault is a warning in Qt's log, which fails the test.
    """

    testers: list[QAbstractItemModelTester] = []

    def check(model: QAbstractItemModel) -> None:
        warn = QAbstractItemModelTester.FailureReportingMode.Warning
        testers.append(QAbstractItemModelTester(model, warn, model))

    yield check
    for tester in testers:
        if shiboken6.isValid(tester):
            shiboken6.delete(tester)


@pytest.fixture
def make_host(qtbot: QtBot) -> Iterator[Callable[[int, int], QWidget]]:
    """Return a function that shows an empty window of some width and height."""
    made: list[QWidget] = []

    def make(width: int, height: int) -> QWidget:
        host = QWidget()
        made.append(host)
        host.resize(width, height)
        qtbot.addWidget(host)
        with qtbot.waitExposed(host):
            host.show()
        return host

    yield make
    for host in made:
        host.hide()


@pytest.fixture(scope="session")
def frame() -> Frame:
    """Iteration 0 of five digits."""
    trainer = Trainer(bundled_digits(), Settings(subset=5))
    made = frame_of(trainer, 0)
    trainer.close()
    return made
