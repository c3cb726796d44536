"""Formulae as they are drawn."""

from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from cnnviz.app.debugger.formula import Formula, broken
from cnnviz.app.look.formulae import drawing, uncoloured
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import DARK, LIGHT
from cnnviz.numerics.operations import OPERATIONS, Operation
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from tests.app.painting import off_by


def ink(image: QImage, colour: str) -> int:
    """Return how many pixels are nearly of a colour."""
    return int(np.count_nonzero(off_by(image, colour) < 40))


@pytest.fixture
def widget(qtbot: QtBot) -> Formula:
    made = Formula(Style(LIGHT), "Formula")
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT], ids=lambda rule: rule.title)
def test_every_formula_is_drawn(widget: Formula, operation: Operation, rule: Rule) -> None:
    widget.set_latex(operation.variant(rule).latex)
    widget.resize(700, widget.heightForWidth(700))
    widget.show()
    assert widget.sizeHint().height() > 10
    assert ink(widget.grab().toImage(), LIGHT.text) > 40


def test_the_colour_follows_the_theme(widget: Formula) -> None:
    widget.set_latex("A = 1")
    widget.set_style(Style(DARK))
    widget.resize(200, 40)
    widget.show()
    assert ink(widget.grab().toImage(), DARK.text) > 10


def test_a_formula_shrinks_to_its_width_and_grows_with_the_font(widget: Formula) -> None:
    widget.set_latex(r"\delta_k = -(y_k - o_k) \, o_k \, (1 - o_k)")
    natural = widget.sizeHint()
    assert widget.heightForWidth(natural.width()) == natural.height()
    assert widget.heightForWidth(natural.width() * 2) == natural.height()
    assert widget.heightForWidth(natural.width() * 3 // 4) < natural.height()
    widget.set_style(Style(LIGHT, 1.6))
    assert widget.sizeHint().width() == pytest.approx(1.6 * natural.width(), abs=3)
    widget.set_latex("")
    assert widget.heightForWidth(300) == 0


def test_the_sign_of_a_number_is_set_close_to_it() -> None:
    apart = drawing("x = 2 - 3", "#000000")
    assert drawing("x = -3", "#000000") == drawing("x = {-}3", "#000000")
    assert drawing("x = 2 {-} 3", "#000000") != apart


def test_a_long_formula_is_broken_at_a_sign_outside_of_brackets() -> None:
    assert broken("C = 1 + 2 + 3 = 6") == ("C = 1 + 2", r"\quad + 3 = 6")
    assert broken(r"x_{1 + 2} = \left( 1 + 2 \right)") == (
        "x_{1 + 2}",
        r"\quad = \left( 1 + 2 \right)",
    )
    assert broken(r"a = 1 + 2, \quad b = 3") == ("a = 1 + 2,", r"\quad b = 3")
    assert broken(r"\frac{1 + 2}{3}") == (r"\frac{1 + 2}{3}",)


def test_a_long_formula_is_broken_into_two_lines(widget: Formula) -> None:
    widget.set_latex(r"C = 0.729 \cdot 0.549 + 0.0627 \cdot 0.646 + 0.51 \cdot 0.0871 = 11.4")
    natural = widget.sizeHint()
    assert widget.heightForWidth(natural.width() * 6 // 10) > 1.5 * natural.height()
    widget.resize(natural.width() * 6 // 10, 60)
    widget.show()
    seen = widget.grab().toImage()
    upper, lower = seen.copy(0, 0, seen.width(), 30), seen.copy(0, 30, seen.width(), 30)
    assert ink(upper, LIGHT.text) > 40
    assert ink(lower, LIGHT.text) > 40


@pytest.mark.parametrize(
    "latex",
    [
        r"\hat{z}_k = \frac{z_k - \mathrm{mean}\,z}{\sqrt{\frac{1}{n} \sum_k (z_k - m)^2}}",
        r"\left(\frac{1}{2}\right)^2 = \left|\sqrt{x_{a,b}}\right| + \overline{x + y}",
    ],
)
def test_measuring_and_copying_less_changes_no_formula(
    monkeypatch: pytest.MonkeyPatch, latex: str
) -> None:
    quick = drawing(latex, "#123456")
    uncoloured.cache_clear()
    from ziamath import styles

    from cnnviz.app.look.typesetting import Row

    monkeypatch.delattr(Row, "_get_height_nostretch")  # the library's own measures every row
    monkeypatch.setattr(styles, "asdict", asdict)  # and copies every style
    assert drawing(latex, "#123456") == quick


def test_outlines_that_are_moved_are_drawn_as_those_that_are_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    latex = r"\hat{z}_{12} = \frac{0.729 - \mathrm{mean}\,z}{\sqrt{\sum_k (z_k - 3)^2}} \cdot 22"
    moved = rendered(drawing(latex, "#000000"))
    uncoloured.cache_clear()
    from ziafont.glyph import SimpleGlyph

    def computed(sign: SimpleGlyph, x: float, y: float, size: float) -> object:
        return sign.svgpath(x, y, size / sign.DFLT_SIZE_PT)

    monkeypatch.setattr(SimpleGlyph, "place", computed)
    wanted = rendered(drawing(latex, "#000000"))
    assert np.count_nonzero(wanted < 128) > 1_000
    assert np.abs(moved - wanted).max() < 32  # of 255: outlines are rounded to a thousandth


def rendered(svg: bytes) -> NDArray[np.int16]:
    """Return the grey levels of a drawing, at four times its size."""
    renderer = QSvgRenderer(QByteArray(svg))
    image = QImage(4 * renderer.defaultSize(), QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(np.int16)
