"""Eigenvalues in a process of their own, which can be ended at any moment: LAPACK cannot."""

from threading import Lock
from typing import Final

import numpy as np

from cnnviz.sandbox.child import connect
from cnnviz.sandbox.errors import ProcessEndedError
from cnnviz.sandbox.limits import Limits
from cnnviz.sandbox.messages import Array
from cnnviz.sandbox.process import Sandbox

_LIMITS: Final = Limits(seconds=600.0)
CHILD: Final = "cnnviz.sandbox.eigenvalues"


class EigenProcess:
    """One decomposition of a symmetric matrix. Call it by one thread, and end it by any."""

    def __init__(self) -> None:
        self._starting = Lock()
        self._sandbox: Sandbox | None = None
        self._is_ended = False

    def __call__(self, matrix: Array) -> tuple[Array, Array]:
        """Return the result of `numpy.linalg.eigh` for a matrix.

        Raises SandboxError if the process ends, or is ended, before it is done.
        """
        with self._starting:
            if self._is_ended:
                raise ProcessEndedError("it was stopped.")
            self._sandbox = Sandbox(CHILD, _LIMITS)
        with self._sandbox as sandbox:
            answer = sandbox.call({}, {"matrix": matrix})
        return answer.arrays["values"], answer.arrays["vectors"]

    def kill(self) -> None:
        """End it at once, or do not start it."""
        with self._starting:
            self._is_ended = True
        if self._sandbox is not None:
            self._sandbox.kill()


def main() -> None:
    """Decompose the matrix that is sent."""
    channel = connect()
    request = channel.receive()
    if request is not None:
        values, vectors = np.linalg.eigh(request.arrays["matrix"])
        channel.send({}, {"values": values, "vectors": vectors})


if __name__ == "__main__":
    main()
