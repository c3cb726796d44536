"""The Code panel: a person writes an operation, runs it, and has it checked."""
