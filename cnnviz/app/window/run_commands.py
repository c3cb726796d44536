"""Commands of the toolbar and the panels: steps, speed, settings, images, iterations."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from cnnviz.app.window.held_key import HeldKey
from cnnviz.app.window.parts import Parts
from cnnviz.training.loop.frame import Frame

if TYPE_CHECKING:
    from cnnviz.app.drawing.panel import DrawingPanel


class RunCommands(QObject):
    """Turns actions in the toolbar and the panels into commands of the loop."""

    def __init__(self, parts: Parts, held_key: HeldKey) -> None:
        super().__init__(parts.window)
        loop, t, p = parts.loop, parts.run_toolbar, parts.panels
        self._loop, self._panels, self._run_toolbar = loop, p, t
        self._selection = parts.selection
        self._track = track = parts.busy_notice.track
        self._selected_by = 0  # the command that selected the newest image
        parts.selection.image_changed.connect(self._select)
        t.reset.triggered.connect(lambda _checked: track(loop.reset()))
        t.back.triggered.connect(lambda _checked: held_key.send(lambda: track(loop.back())))
        t.step.triggered.connect(lambda _checked: held_key.send(lambda: track(loop.step())))
        t.run.triggered.connect(self._run_or_pause)
        for action in (t.run, t.step):
            action.triggered.connect(parts.status.recall_notice)
        t.speed.speed_chosen.connect(self.choose_speed)
        p.controls.speed.speed_chosen.connect(self.choose_speed)
        p.controls.change_requested.connect(lambda change: self._expect(loop.change(**change)))
        p.controls.correction_requested.connect(
            lambda switch, on: self._expect(loop.correct(switch, on=on))
        )
        p.controls.seed_requested.connect(lambda seed: self._expect(loop.reset(seed)))
        p.landscape.made.connect(lambda panel: panel.path_requested.connect(loop.follow_path))
        p.loss.seek.connect(self.seek)
        for panel in (p.loss, p.predictions):
            panel.hold_out_requested.connect(self._hold_out)
        p.controls.held_out.number_entered.connect(self._hold_out_number)
        p.controls.held_out.share_entered.connect(
            lambda share: self._expect_held_out(loop.hold_out_share(share))
        )
        p.predictions.outside_requested.connect(loop.show_outside)
        p.network.closing_requested.connect(self._close_outside)
        p.network.sketch.changed.connect(self._show_drawing)
        p.drawing.made.connect(self._connect_drawing)

    def show_frame(self, frame: Frame) -> None:
        """Select the image of a frame, unless another one has been chosen since."""
        if frame.done >= self._selected_by:
            self._selection.select_image(frame.image.index)  # the subset may have shrunk

    @Slot(object)
    def choose_speed(self, speed: float | None) -> None:
        """Train at this number of iterations a second, or at full speed for None, and show it."""
        self._loop.pace(speed)
        self._run_toolbar.speed.show_speed(speed)
        self._panels.controls.speed.show_speed(speed)

    @Slot(int)
    def seek(self, iteration: int) -> None:
        """Go to an iteration."""
        self._panels.loss.expect(self._track(self._loop.go_to(iteration)))

    def _expect(self, command: int) -> None:
        """Keep showing the chosen settings until a command has been carried out."""
        self._panels.controls.expect(self._track(command))

    @Slot()
    def _run_or_pause(self) -> None:
        if self._run_toolbar.running:
            self._loop.pause()
        else:
            self._loop.start()

    @Slot(int)
    def _select(self, image: int) -> None:
        self._selected_by = self._loop.select(image)

    @Slot(object)
    def _connect_drawing(self, panel: "DrawingPanel") -> None:
        panel.keeping_requested.connect(
            lambda image, label: self._track(self._loop.keep_drawing(image, label))
        )

    @Slot()
    def _show_drawing(self) -> None:
        """Show the drawing in the network, or the selected image if the paper is empty."""
        sketch = self._panels.network.sketch
        if sketch.is_empty:
            self._close_outside()
        else:
            self._loop.show_drawing(sketch.ink, sketch.label)

    @Slot()
    def _close_outside(self) -> None:
        self._loop.show_outside(None)

    @Slot(bool)
    def _hold_out(self, on: bool) -> None:
        self._expect_held_out(self._loop.hold_out(on))

    @Slot(float)
    def _hold_out_number(self, number: float) -> None:
        self._expect_held_out(self._loop.hold_out(number > 0, int(number) or None))

    def _expect_held_out(self, command: int) -> None:
        self._expect(command)
        self._panels.loss.expect(command)
        self._panels.predictions.expect(command)
