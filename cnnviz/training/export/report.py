"""A recorded run as a report: one page of settings, figures, pictures and a check."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback, blocks_of, reporting_progress
from cnnviz.numerics.checking.case import Case
from cnnviz.numerics.checking.report import Check, check, conclusion, gradient_line
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, Batch, Floats, Tensors, targets
from cnnviz.numerics.number_format import compact, counted, loss_text, percent, plain
from cnnviz.numerics.operations import FORWARD, TITLES, apply, inputs
from cnnviz.numerics.rule import SWITCHES
from cnnviz.numerics.tensor_pictures import upright_pictures
from cnnviz.pages.page import filled
from cnnviz.pages.pictures import Scale, matrices, thumbnail
from cnnviz.pages.plots import curve, outputs
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.export.marks import marks_of
from cnnviz.training.export.moment import Moment
from cnnviz.training.run.edits import change_words
from cnnviz.training.run.recorded_run import Run

_STYLES: Final = ("base.css", "report.css")
_OF_EACH_IMAGE: Final = 1 + [operation.name for operation in FORWARD].index("dense")
"""Operations that compute each image by itself."""
_MOST_CHECKED: Final = 2_000
"""Images on which the gradient is checked: in 60,000, that takes a minute, and shows no more."""
_BEFORE_CHECK: Final = 0.3
"""Share of the work, about."""
_LABELLED: Final = 3
"""Changes that are named beside a curve, at most."""
_WORST: Final = 10
"""Images with the largest errors that are listed."""


def as_report(
    run: Run,
    dataset: Dataset,
    iteration: int | None = None,
    on_progress: ProgressCallback = lambda _share: None,
) -> str:
    """Return a page on a run and one of its states, by default the last.

    `on_progress` is called with the share that is done; an error that it raises ends it.

    Raises ExportError if the run has no such state.
    """
    with blas_on_one_thread():
        return _report(run, dataset, Moment.of_run(run, dataset, iteration), on_progress)


def _report(run: Run, dataset: Dataset, at: Moment, on_progress: ProgressCallback) -> str:
    parts = [
        f"<h1>{escape(at.name)}</h1>",
        f'<p class="muted">{escape(_subject(run, dataset, at))}</p>',
        *_settings(run, at),
        *_curves(run),
        *_weights(run, at),
    ]
    with reporting_progress(lambda share: on_progress(_BEFORE_CHECK * share)):
        tensors, problem = _forward(at)
    if problem:
        parts.append(f'<h2>Predictions</h2><p class="wrong">{escape(problem)}</p>')
    else:
        parts += [*_predictions(at, tensors), *_maps(at, tensors)]
    with reporting_progress(lambda share: on_progress(_BEFORE_CHECK + share / 2)):
        parts += _check(run, at)
    return filled("report.html", at.name, _STYLES, body="\n".join(parts))


def _subject(run: Run, dataset: Dataset, at: Moment) -> str:
    today = datetime.now(tz=UTC).astimezone().date()
    of = f"A run of {counted(run.iterations, 'iteration')} on {dataset.name}"
    return f"{of}, at iteration {at.iteration:,}. Written on {today}."


def _settings(run: Run, at: Moment) -> Iterator[str]:
    settings, best = at.settings, int(np.argmax(run.accuracy)) if run.iterations else 0
    corrected = {True: "✓ corrected", False: "✗ as in the notebook"}
    switches = (
        f"{name.replace('-', ' ')}: {corrected[settings.rule.corrects(name)]}" for name in SWITCHES
    )
    rows = [
        ("images", f"{settings.subset:,}"),
        ("learning rate η", plain(settings.learning_rate, 6)),
        ("rule", settings.rule.title),
        ("corrections", "\n".join(switches)),
        ("seed", str(settings.seed)),
        ("precision", settings.dtype),
    ]
    if run.iterations:
        losses, accuracies = run.loss, run.accuracy
        first, last = "at iteration 0", f"at iteration {run.iterations - 1:,}"
        rows += [
            ("loss", f"{loss_text(losses[0])} {first}, {loss_text(losses[-1])} {last}"),
            ("accuracy", f"{percent(accuracies[0])} {first}, {percent(accuracies[-1])} {last}"),
            ("best accuracy", f"{percent(accuracies[best])}, at iteration {best:,}"),
        ]
    rows += _held_out(run)
    yield "<h2>Settings and figures</h2>"
    yield _table(rows)
    if marks := marks_of(run):
        yield "<h2>Changes and bookmarks</h2>"
        yield _table([(f"iteration {at:,}", words) for at, words in marks])


def _held_out(run: Run) -> Iterator[tuple[str, str]]:
    """Yield the first and the last figures on images that are not trained on, if there are any."""
    curve = run.held_out
    evaluated = np.flatnonzero(np.isfinite(curve.loss))
    if not evaluated.size:
        return
    first, last = int(evaluated[0]), int(evaluated[-1])

    def row(values: NDArray[np.float64], text: Callable[[float], str]) -> str:
        ends = ((text(float(values[one])), int(curve.iteration[one])) for one in (first, last))
        return ", ".join(f"{figure} at iteration {at:,}" for figure, at in ends)

    yield "held-out images", f"{int(curve.images[last]):,}, not trained on"
    yield "held-out loss", row(curve.loss, loss_text)
    yield "held-out accuracy", row(curve.accuracy, percent)


def _curves(run: Run) -> Iterator[str]:
    if not run.iterations:
        return
    unseen = run.held_out
    losses = np.concatenate([run.loss, unseen.loss])
    highest = float(np.nan_to_num(losses, posinf=0).max(initial=0))
    settings = run.config.settings
    marks = [(b.iteration, change_words(a.settings, b.settings)) for a, b in pairwise(settings)]
    if len(marks) > _LABELLED:
        marks = [(at, "") for at, _ in marks]
    yield "<h2>Loss and accuracy</h2>"
    held_out = unseen.iteration, unseen.loss
    drawn = curve("loss, the mean error", run.loss, highest or 1.0, marks, held_out)
    held_out = unseen.iteration, 100 * unseen.accuracy
    yield _beside(drawn, curve("accuracy, %", 100 * run.accuracy, 100.0, marks, held_out))


def _weights(run: Run, at: Moment) -> Iterator[str]:
    start = run.states.parameters(0)
    yield "<h2>Weights</h2>"
    for name, title in (("f", "Filters"), ("wo", "Dense maps")):
        yield f"<h3>{title}</h3>"
        states = ("at iteration 0", start), (f"at iteration {at.iteration:,}", at.parameters)
        yield _beside(
            *(_pictures(name, getattr(one, name), "signed", words) for words, one in states)
        )


def _forward(at: Moment) -> tuple[Tensors, str]:
    """Return z, ẑ, o and E of all images, and why they have no result, if they have none.

    Works block by block: the feature maps of 60,000 images would take 2 GB.
    """
    settings = at.settings
    try:
        z = [_maps_of(at, block)["z"] for block in blocks_of(len(at.images))]
        y = targets(at.labels).astype(settings.numpy_dtype)[np.newaxis]
        tensors: Tensors = {"z": np.concatenate(z, axis=1), "y": y}
        for operation in FORWARD[_OF_EACH_IMAGE:]:
            tensors = apply(operation, tensors, settings.rule, settings.learning_rate)
    except NumericsError as error:
        return {}, f"{error.operation}: {error}"
    return tensors, ""


def _maps_of(at: Moment, block: slice) -> Tensors:
    """Return the tensors of some images up to their z, which no other image has a part in."""
    settings = at.settings
    batch = Batch.from_images(at.images[block], at.labels[block], settings.numpy_dtype)
    tensors = inputs(batch, at.parameters)
    for operation in FORWARD[:_OF_EACH_IMAGE]:
        tensors = apply(operation, tensors, settings.rule, settings.learning_rate)
    return tensors


def _predictions(at: Moment, tensors: Tensors) -> Iterator[str]:
    output, error = tensors["o"][0], tensors["E"][0]
    right = (output > 0.5) == (at.labels > 4)
    loss, share = loss_text(float(error.mean())), percent(float(right.mean()))
    yield "<h2>Predictions</h2>"
    yield f"<p>{int(right.sum()):,} of {right.size:,} are right, {share}; loss {loss}.</p>"
    counts = [("digit", "right", "wrong")]
    for digit in range(10):
        of = right[at.labels == digit]
        counts.append((str(digit), f"✓ {int(of.sum()):,}", f"✗ {int((~of).sum()):,}"))
    yield _beside(outputs(output, at.labels), _table(counts))
    worst = np.argsort(-error, kind="stable")[:_WORST].tolist()
    yield "<h3>The images with the largest errors, and their outputs</h3>"
    yield _beside(*(thumbnail(f"{k}: o = {output[k]:.2f}", at.images[k] / 255) for k in worst))


def _maps(at: Moment, tensors: Tensors) -> Iterator[str]:
    """Return the way of one image through the network: of that with the largest error."""
    k = int(np.argmax(tensors["E"][0]))
    yield f"<h2>Image {k} on its way through the network</h2>"
    z, zs, o, error = (float(tensors[name][0, k]) for name in ("z", "zs", "o", "E"))
    side = "> 4" if at.labels[k] > 4 else "≤ 4"
    figures = f"z = {compact(z)}, ẑ = {zs:.2f}, o = {o:.3f}, E = {error:.4f}"
    yield f"<p>It is a {at.labels[k]}, target {side}: {figures.replace('-', '−')}.</p>"
    maps = _maps_of(at, slice(k, k + 1))
    a = maps["A"][0]
    added = a * at.parameters.wo.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    pictures: tuple[tuple[str, Floats, Scale], ...] = (
        ("Filters on patches, C", maps["C"][0], "signed"),
        ("Feature maps, A", a, "activation"),
        ("What each unit adds to z, wo·a", added, "signed"),
    )
    yield _beside(
        f"<div><h4>Image</h4><div>{thumbnail('X', at.images[k] / 255, 112)}</div></div>",
        *(_pictures("A", values, scale, title) for title, values, scale in pictures),
    )


def _check(run: Run, at: Moment) -> Iterator[str]:
    yield "<h2>Is this backward pass the gradient?</h2>"
    settings, first = at.settings, run.states.parameters(0)
    start = first.astype(settings.numpy_dtype)
    images, labels = at.images[:_MOST_CHECKED], at.labels[:_MOST_CHECKED]
    batch = Batch.from_images(images, labels, settings.numpy_dtype)
    if batch.n < len(at.images):
        yield f"<p>Checked on the first {batch.n:,} images.</p>"
    state = batch, start, at.parameters, settings.rule, settings.learning_rate
    case = Case(*state, at.last)
    try:
        checked = check(case)
    except NumericsError as error:
        yield f'<p class="wrong">It cannot be checked. {escape(f"{error.operation}: {error}")}</p>'
        return
    yield f'<p class="{"right" if checked.is_right else "wrong"}">{escape(conclusion(checked))}</p>'
    yield _table(_verdicts(checked))


def _verdicts(checked: Check) -> Iterator[tuple[str, str, str]]:
    signs = {"right": "✓ right", "wrong": "✗ wrong", "not judged": "? not judged"}
    for one in checked.operations:
        yield TITLES[one.name], signs[one.verdict], one.sentence
    for title, part in (
        ("∂L/∂f, against the loss", checked.gradient.filters),
        ("∂L/∂wo, against the loss", checked.gradient.dense),
    ):
        yield title, signs["right" if part.agrees else "wrong"], gradient_line(part)


def _pictures(name: str, values: Floats, scale: Scale, words: str) -> str:
    """Return a tensor's upright pictures, one for each filter."""
    drawn = upright_pictures(name, values)
    titled = [(f"filter {i}", one) for i, one in enumerate(drawn, 1)]
    return f"<div><h4>{escape(words)}</h4><div>{matrices(titled, scale, words)}</div></div>"


def _beside(*parts: str) -> str:
    return f'<div class="side-by-side">{"".join(parts)}</div>'


def _table(rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column has the headings of its rows."""
    lines = []
    for first, *others in rows:
        cells = "".join(f"<td>{escape(text).replace(chr(10), '<br>')}</td>" for text in others)
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return f"<table>{''.join(lines)}</table>"
