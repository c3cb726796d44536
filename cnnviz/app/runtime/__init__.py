"""The training thread and what the process needs around it."""
