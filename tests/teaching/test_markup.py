"""The Markdown of lessons as HTML."""

from cnnviz.teaching.markup import as_html


def test_equations_percentages_and_code_stay_on_one_line() -> None:
    shown = as_html("At η = 15, 24 · 24 = 576 of 5 × 5, *95.5 %* are `a = b`.", lambda _latex: "")
    assert shown.replace("\N{NO-BREAK SPACE}", "_") == (
        "<p>\nAt η_=_15, 24_·_24_=_576 of 5_×_5, <em>95.5_%</em> are <code>a_=_b</code>.</p>\n"
    )
