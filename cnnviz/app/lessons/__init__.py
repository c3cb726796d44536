"""Lessons beside the views that they speak of."""
