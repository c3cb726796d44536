"""Run files and tensor files: recording, writing, reading, restoring."""
