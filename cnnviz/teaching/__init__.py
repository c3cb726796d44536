"""Lessons without Qt: their format, reader and checker, the truths they compute, the answers."""
