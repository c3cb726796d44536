"""Runs as files for other programs: notebooks and tables."""
