"""The bundle's program: cnnviz, and Python for the processes that cnnviz starts itself.

Those are started as ``python -P -m MODULE`` and ``python -c CODE``, with this program in the place
of Python.
"""

import runpy
import sys

from cnnviz.__main__ import main

match sys.argv[1:]:
    case ["-P", "-m", module]:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    case ["-c", code]:
        exec(code, {"__name__": "__main__"})  # noqa: S102  (cnnviz's own)
    case _:
        sys.exit(main())
