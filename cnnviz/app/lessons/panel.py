"""The Lesson panel: the list of lessons, and the steps of one beside the views it speaks of."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.lessons import computation
from cnnviz.app.lessons.answer_record import answer_record, now
from cnnviz.app.lessons.chooser import LessonChooser
from cnnviz.app.lessons.computation import JudgedAnswer, Shelf, StepContent
from cnnviz.app.lessons.observation import observation
from cnnviz.app.lessons.question_view import QuestionView
from cnnviz.app.lessons.step_text import StepText
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.elided_line import ElidedLine
from cnnviz.app.widgets.export import Export, request_export
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.save_dialog import TABLE
from cnnviz.data.source import load
from cnnviz.teaching.answers import AnswerRecord, append_answer, as_csv
from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.judge import Answer
from cnnviz.teaching.laboratory import Laboratory
from cnnviz.teaching.lesson import Lesson, LessonStep
from cnnviz.teaching.reader import read_lesson
from cnnviz.teaching.waiting import Observation, is_done
from cnnviz.training.loop.frame import Frame

_KIND = "lesson"
"""The names of the background computations."""
_LOW = 68 * GRID
"""Height in pixels at the normal scale below which the panel is low."""
_SHELF = "lessons"
"""The kind of task that reads the list: a lesson that is begun meanwhile must not cancel it."""


class LessonPanel(QWidget):
    """Shows lessons step by step; nothing advances by itself.

    `answers` is the file in which answers are kept.
    """

    began = Signal(object)
    """A lesson begins; carries the `Lesson`."""
    step_shown = Signal(object, bool)
    """Carries the `LessonStep`, and whether the state is to be set up."""
    left = Signal()
    """The lesson has ended: the person's own run is to be restored."""
    file_requested = Signal()
    """A lesson is to be opened from a file."""

    def __init__(self, tasks: BackgroundTasks, style: Style, answers: Path) -> None:
        super().__init__()
        self._tasks, self._answers, self._style = tasks, answers, style
        self.laboratory = Laboratory(load)
        """Computes the figures of the lessons."""
        self._shelf = Shelf((), (), ())
        self._refused: tuple[LessonError, ...] = ()  # of the file that was opened last
        self.lesson: Lesson | None = None
        """The lesson that is open; None if the list is shown."""
        self.at = 0
        """The step that is shown, from 0."""
        self._left_at: dict[Path, int] = {}
        self._sitting = ""
        self._start: Observation | None = None
        self._waits_done = True
        self._waits_for = 0
        self.chooser = LessonChooser()
        self.title = text_label(name="Title of the step", look="heading")
        self.position = ElidedLine()
        self.position.setAccessibleName("Position in the lesson")
        self.position.setProperty("muted", True)
        self.text = StepText("Text of the step", style)
        self.todo = text_label(name="What to do")
        self.question = QuestionView(style)
        self.message = text_label(name="Problem with the lesson", look="wrong")
        tip = "Leave the lesson; your own run comes back"
        self.leave_button = tab_button("Leave", tip, self.leave)
        self.back_button = tab_button("Back", "The step before", lambda: self._go_to(self.at - 1))
        self.next_button = tab_button("Next", "The next step", self._next)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.chooser)
        self._pages.addWidget(self._step_page())
        fill_box(QVBoxLayout(self), self._pages)
        self.chooser.chosen.connect(self.begin)
        self.chooser.file_requested.connect(self.file_requested)
        self.chooser.export_requested.connect(self._export)
        self.question.answered.connect(self._judge)
        self.question.touched.connect(self._show_answer_button)
        self._verdict_timer = QTimer(self, singleShot=True, interval=0)
        self._verdict_timer.timeout.connect(self._show_verdict)
        self.set_style(style)
        self._compute(lambda: computation.shelf(answers), self._show_shelf, _SHELF)

    @property
    def step(self) -> LessonStep | None:
        """The step that is shown; None if the list is."""
        return self.lesson.steps[self.at] if self.lesson else None

    def sizeHint(self) -> QSize:
        """Return a size at which lines are easy to read."""
        return QSize(48 * GRID, 80 * GRID)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.text.set_style(style)
        self.question.set_style(style)
        self.next_button.setMinimumWidth(round(11 * GRID * style.scale))  # "Finish", in bold
        self._fit_distances()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the distances to the new height."""
        super().resizeEvent(event)
        self._fit_distances()

    def _fit_distances(self) -> None:
        """Put everything closer together in a low panel, so that fewer steps scroll."""
        is_low = self.height() < _LOW * self._style.scale
        for part in (self.text, self.question):
            part.make_tight(is_low)
        self._column.setSpacing(GRID // 2 if is_low else GRID)

    def open_file(self, path: Path, at: int | None = None) -> None:
        """Read a lesson from a file and begin it, at a step if it is given.

        If it cannot be read, show why.
        """
        try:
            lesson = read_lesson(path)
        except LessonError as error:
            self._refused = (error,)
            self._show_lessons()
            if self.lesson is not None:
                self.message.setText(str(error))
                self.message.show()
            return
        self._refused = ()
        if at is not None:
            self._left_at[lesson.path] = at
        self.begin(lesson)

    @Slot(object)
    def begin(self, lesson: Lesson) -> None:
        """Begin a lesson, or continue where it was left."""
        self.lesson = lesson
        self._sitting = now()
        self.began.emit(lesson)
        begins = self._has_keyboard()
        self._pages.setCurrentIndex(1)
        if begins:
            self._scroll.setFocus()
        at = self._left_at.pop(lesson.path, 0)
        self.at = at if at < len(lesson.steps) else 0  # so that its state is set up
        self._go_to(self.at)

    @Slot()
    def leave(self) -> None:
        """Leave the lesson for the list; it can be resumed."""
        if self.lesson is None:
            return
        self._left_at[self.lesson.path] = self.at
        self._end()

    def show_frame(self, frame: Frame) -> None:
        """Note the events since the step began."""
        if frame.done < self._waits_for or self.step is None:
            return
        now = observation(frame)
        if self._start is None:
            self._start = now
        step = self.step
        if step is None or step.wait is None or self._waits_done:
            return
        try:
            self._waits_done = is_done(step.wait, self._start, now)
        except LessonError as error:
            self._show_error(str(error))
            self._waits_done = True
        self._show_todo(step)
        if self._waits_done and self._has_keyboard():
            self._focus_what_is_next(step)

    def wait_for(self, command: int) -> None:
        """Note nothing of frames before a command has been carried out."""
        self._waits_for = command

    def _end(self) -> None:
        self.lesson = None
        self._tasks.cancel(_KIND)
        returns = self._has_keyboard()
        self._pages.setCurrentIndex(0)
        if returns:
            self.chooser.list.setFocus()
        self._show_lessons()
        self.left.emit()

    def _go_to(self, at: int) -> None:
        lesson, before = self.lesson, self.at
        if lesson is None:
            return
        self.at = at
        step = lesson.steps[at]
        self.title.setText(step.title)
        position = f"Step {at + 1} of {len(lesson.steps)} · {lesson.title}"
        self.position.setText(position)
        self.position.setToolTip(tooltip_text(position))
        self.back_button.setEnabled(at > 0)
        self.message.clear()
        self.message.hide()
        self.question.hide()
        self.text.show_markdown("Computing …")
        self.text.show()
        self._start = None
        self._waits_done = step.wait is None
        self._show_todo(step)
        self._scroll.verticalScrollBar().setValue(0)
        keyboard = self._has_keyboard()
        self.step_shown.emit(step, step.sets_up or at <= before)
        if keyboard and not self._has_keyboard():  # a view that was brought up has taken it
            self._scroll.setFocus()
        colour = self._style.theme.text
        self._compute(
            lambda: computation.content(step, self.laboratory, colour),
            partial(self._show_content, step),
        )

    @Slot()
    def _next(self) -> None:
        if self.lesson is not None:
            if self.at + 1 < len(self.lesson.steps):
                self._go_to(self.at + 1)
            else:
                self._end()

    def _has_keyboard(self) -> bool:
        """Whether a control of the panel has the keyboard."""
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _focus_what_is_next(self, step: LessonStep) -> None:
        """Move the focus to what is to be done next, or let Tab lead there from the text.

        A list of options would suggest its first entry, and Enter on the button skip the question.
        """
        if step.question is not None and not self.question.is_answered:
            is_number = step.question.kind == "number"
            (self.question.number if is_number else self._scroll).setFocus()
        else:
            (self.next_button if self._waits_done else self._scroll).setFocus()

    def _show_shelf(self, shelf: Shelf) -> None:
        answered_meanwhile = [r for r in self._shelf.records if r not in shelf.records]
        shelf = replace(shelf, records=(*shelf.records, *answered_meanwhile))
        self._shelf = shelf
        self._show_lessons()

    def _show_lessons(self) -> None:
        shelf = self._shelf
        self.chooser.show_lessons(shelf.lessons, (*self._refused, *shelf.errors), shelf.records)

    def _show_content(self, step: LessonStep, content: StepContent) -> None:
        self.text.show_markdown(content.text)
        self.text.setVisible(bool(content.text.strip()))
        if step.question is not None:
            self.question.ask(step.question, content.question, content.picture)
            self.question.show()
        self._show_next()
        if self._has_keyboard():
            self._focus_what_is_next(step)

    @Slot(object, str)
    def _judge(self, answer: Answer, confidence: str) -> None:
        lesson, step = self.lesson, self.step
        if lesson is None or step is None or step.question is None:
            return
        self.question.show_computing()
        colour, question = self._style.theme.text, step.question

        def show(result: JudgedAnswer) -> None:
            self.question.show_judgement(result.judgement, result.truth.value)
            self._show_next()
            self._focus_what_is_next(step)
            self._verdict_timer.start()  # once it is laid out
            given = lesson, question, answer, confidence
            self._keep(answer_record(*given, result.judgement, self._sitting))

        self._compute(lambda: computation.result(step, answer, self.laboratory, colour), show)

    @Slot()
    def _show_answer_button(self) -> None:
        """Scroll down to what is to be done next in a low panel."""
        self._scroll.ensureWidgetVisible(self.question.answer_button, 0, 0)

    @Slot()
    def _show_verdict(self) -> None:
        """Scroll to the verdict and the text after it."""
        self._scroll.ensureWidgetVisible(self.question.explanation)
        self._scroll.ensureWidgetVisible(self.question.verdict)

    def _keep(self, record: AnswerRecord) -> None:
        """Note an answer, and write it to the file."""
        records = (*self._shelf.records, record)
        self._shelf = replace(self._shelf, records=records)
        kind = f"answer {len(records)}"  # of its own, or a later answer would replace it
        self._compute(lambda: append_answer(self._answers, record), lambda _nothing: None, kind)

    @Slot()
    def _export(self) -> None:
        content = as_csv(self._shelf.records).encode()
        request_export(self, Export("answers", {TABLE: lambda: content}))

    def _compute(
        self, compute: Callable[[], object], show: Callable[..., object], kind: str = _KIND
    ) -> None:
        self._tasks.start(kind, lambda _report: compute(), show, on_error=self._show_error)

    def _show_error(self, text: str) -> None:
        self.message.setText(text)
        self.message.show()
        if self.text.markdown == "Computing …":
            self.text.show_markdown("")
        self._show_next()

    def _show_todo(self, step: LessonStep) -> None:
        if step.wait is not None:
            mark = "☑" if self._waits_done else "☐"
            self.todo.setText(f"{mark}  {step.wait.hint}")
        self.todo.setVisible(step.wait is not None)
        self._show_next()

    def _show_next(self) -> None:
        """Say by the button whether the step is done, is skipped, or ends the lesson."""
        step = self.step
        if step is None or self.lesson is None:
            return
        asked = step.question is not None and not self.question.is_answered
        last = self.at + 1 == len(self.lesson.steps)
        done = self._waits_done and not asked
        self.next_button.setText(("Finish" if last else "Next") if done else "Skip")
        self.next_button.setDefault(done)

    def _step_page(self) -> QWidget:
        page, body = QWidget(), QWidget()
        self._column = column = QVBoxLayout(body)
        body_parts = self.title, self.text, self.question, None
        fill_box(column, *body_parts, margins=(GRID, 0, GRID, GRID))
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setObjectName("step")
        self._scroll.setAccessibleName("Step")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(body)
        for widget in (self._scroll.viewport(), body):
            widget.setAutoFillBackground(False)
        row = QHBoxLayout()
        buttons = self.leave_button, None, self.back_button, self.next_button
        fill_box(row, *buttons, margins=(GRID, 0, GRID, 0))
        margins = (0, GRID, 0, GRID)
        self.position.setContentsMargins(GRID, 0, GRID, 0)
        for label in (self.message, self.todo):  # what is wrong or to be done stays in sight
            label.setContentsMargins(GRID, 0, GRID, 0)
        parts = self.position, self.message, self._scroll, self.todo, row
        fill_box(QVBoxLayout(page), *parts, stretched=self._scroll, margins=margins)
        return page
