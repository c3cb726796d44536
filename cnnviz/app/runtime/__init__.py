"""The training thread, background tasks, and the settings of the process for both."""
