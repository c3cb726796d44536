"""The rules compared: what each correction of the notebook is worth."""
