"""Writes the tables of the colour maps: ``python resources/colours/make_maps.py``.

They are pyqtgraph's own. As tables they are there before pyqtgraph is, which takes a while to
import, so that a window can show its pictures first.
"""

from pathlib import Path

import numpy as np
import pyqtgraph as pg

NAMES = ("CET-CBD1", "CET-D6", "viridis")

for name in NAMES:
    table = pg.colormap.get(name).getLookupTable(nPts=255)[:, :3].astype(np.uint8)
    np.save(Path(__file__).parent / f"{name}.npy", table)
