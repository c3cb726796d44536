"""The states of a run: trainer, history, branches, replay, edits, warnings."""
