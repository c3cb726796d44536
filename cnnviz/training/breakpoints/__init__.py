"""Breakpoints: conditions that stop a run, and the way back to where they began to hold."""
