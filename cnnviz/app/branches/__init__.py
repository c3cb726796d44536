"""The branches of the run: their table, pens and visibility."""
