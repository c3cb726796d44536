"""A person's own operations: read from source, run in a process of their own, judged, trained."""
