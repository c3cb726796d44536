"""A person's own code in a process of its own, with limits on time, memory, files and processes.

`process.Sandbox` starts a module of ours in another Python; there, `child.connect` sets the limits
before any foreign code runs, and `messages` go back and forth. The limits guard against accidents:
the code runs with the rights of the person who started it.
"""
