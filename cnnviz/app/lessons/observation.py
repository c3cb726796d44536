"""The properties of a frame that a step of a lesson may wait for."""

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.teaching.cells import seen_at
from cnnviz.teaching.lesson import CellName
from cnnviz.teaching.waiting import Observation
from cnnviz.training.loop.frame import Frame


def observation(frame: Frame) -> Observation:
    """Return the properties of a frame that a step may wait for."""
    view, settings = frame.debug, frame.settings
    point = view.point if view is not None else None
    cell = seen_at(point.tensor, point.index) if point is not None else CellName("")
    return Observation(
        iteration=frame.iteration,
        loss=float(frame.curve.loss[frame.iteration]),
        accuracy=float(frame.curve.accuracy[frame.iteration]),
        learning_rate=settings.learning_rate,
        subset=settings.subset,
        seed=settings.seed,
        rule=settings.rule.title,
        running=frame.running,
        image=frame.image.index,
        operation=OPERATIONS[view.position - 1].name if view and view.position else "",
        tensor=cell.tensor,
        filter=cell.filter or 0,
        row=cell.row or 0,
        column=cell.column or 0,
        edits=len(frame.curve.edits),
    )
