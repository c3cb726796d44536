"""The Notebook panel: a person's own script, run when they say so, judged line by line."""
