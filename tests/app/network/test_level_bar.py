"""The colour bar of a column says what its note means."""

import pytest
from PySide6.QtCore import QRectF

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import LIGHT
from cnnviz.app.network.frame_images import Scale
from cnnviz.app.network.level_bar import LevelBar
from cnnviz.app.network.style import network_style


@pytest.mark.usefixtures("qapp")
def test_a_jump_is_explained_where_it_is_pointed_at() -> None:
    bar, style = LevelBar(), network_style(Style(LIGHT))
    bar.show_scale(Scale("f", -5.0, 5.0, note="÷ 30"), style, QRectF(0, 0, 60, 8))
    assert bar.toolTip().startswith("The range of f is 30 times smaller than before.\nDrag a mark")
    bar.show_scale(Scale("f", -5.0, 5.0), style, QRectF(0, 0, 60, 8))
    assert bar.toolTip().startswith("Drag a mark")


@pytest.mark.usefixtures("qapp")
def test_a_frame_gives_no_tooltip_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    bar, style, texts = LevelBar(), network_style(Style(LIGHT)), list[str]()
    monkeypatch.setattr(bar, "setToolTip", texts.append)
    for high in (5.0, 5.0, 6.0):
        bar.show_scale(Scale("f", -high, high, note="÷ 30"), style, QRectF(0, 0, 60, 8))
    assert len(texts) == 1
    bar.show_scale(Scale("dF", -5.0, 5.0, note="÷ 30"), style, QRectF(0, 0, 60, 8))
    assert "The range of dF" in texts[1]
