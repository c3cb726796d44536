"""Writes symbols.ttf: ``python resources/symbols/make_symbols.py DejaVuSans.ttf``; needs fonttools.

It holds the letters of the mathematics and the signs that the program and its lessons write, for
machines whose fonts have no glyph for some of them.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

NAME = "cnnviz symbols"
HERE = Path(__file__).parent
ROOT = HERE.parents[1]

written = {*ROOT.glob("cnnviz/**/*.py"), *ROOT.glob("resources/lessons/**/*.md")}
characters = {ord(c) for path in written for c in path.read_text("utf-8") if not c.isascii()}
font = TTFont(sys.argv[1])
dropped = ["FFTM", "GDEF", "GPOS", "GSUB", "MATH", "kern", "gasp"]
options = Options(hinting=False, notdef_outline=True, drop_tables=dropped, name_IDs=[0, 1, 2, 4, 6])
subsetter = Subsetter(options)
subsetter.populate(unicodes=characters)
subsetter.subset(font)
for record in font["name"].names:
    if record.nameID in (1, 4, 6):
        record.string = NAME if record.nameID != 6 else NAME.replace(" ", "-")
font.save(HERE / "symbols.ttf")
