import numpy as np
import pytest

from cnnviz.sandbox.eigenvalues import EigenProcess
from cnnviz.sandbox.errors import ProcessEndedError


def test_they_are_those_of_lapack() -> None:
    A = np.random.default_rng(0).normal(size=(40, 40))
    values, vectors = EigenProcess()(A + A.T)
    assert np.allclose((A + A.T) @ vectors, vectors * values)
    assert np.allclose(values, np.linalg.eigvalsh(A + A.T))


def test_one_that_was_ended_before_does_not_start() -> None:
    process = EigenProcess()
    process.kill()
    with pytest.raises(ProcessEndedError):
        process(np.eye(2))
