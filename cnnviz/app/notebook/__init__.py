"""The Notebook panel: a person's own script, run on request and judged line by line."""
