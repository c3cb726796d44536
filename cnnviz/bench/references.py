"""The same iteration in other ways: as loops over patches, and in PyTorch."""

from collections.abc import Callable

import numpy as np

from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    FILTER_SIZE,
    MAP_SIZE,
    Batch,
    Parameters,
)


def loop_iteration(batch: Batch, parameters: Parameters, learning_rate: float) -> Parameters:
    """Do one iteration patch by patch, as the notebook does."""
    X, y, n = batch.X, batch.y, batch.n
    f, wo = parameters.f.copy(), parameters.wo.copy()
    C = np.empty((n, FILTER_COUNT, MAP_SIZE, MAP_SIZE))
    for k in range(n):
        for i in range(FILTER_COUNT):
            for r in range(MAP_SIZE):
                for c in range(MAP_SIZE):
                    patch = X[r : r + FILTER_SIZE, c : c + FILTER_SIZE, k]
                    C[k, i, r, c] = np.sum(patch * f[:, :, i])
    a = (1 / (1 + np.exp(-C))).reshape(n, DENSE_SIZE).T
    z = wo.T @ a
    o = 1 / (1 + np.exp(-(z - z.mean()) / z.std()))
    delta = -(y - o) * o * (1 - o)
    wo = wo - learning_rate * (a @ delta.T)
    errors = ((wo @ delta) * a * (1 - a)).mean(axis=1).reshape(MAP_SIZE, MAP_SIZE, FILTER_COUNT)
    gradient = np.zeros_like(f)
    for k in range(n):
        for i in range(FILTER_COUNT):
            for u in range(FILTER_SIZE):
                for v in range(FILTER_SIZE):
                    window = X[u : u + MAP_SIZE, v : v + MAP_SIZE, k]
                    gradient[u, v, i] += np.sum(window * errors[:, :, i])
    return Parameters(f - learning_rate * gradient / n, wo)


def torch_iteration(
    batch: Batch, parameters: Parameters, learning_rate: float
) -> Callable[[], Parameters] | None:
    """Return a function that does an iteration of the exact gradient in PyTorch.

    Each call goes on from the last one, eager on the CPU with PyTorch's own threads, in the batch's
    precision. None if PyTorch is not installed.
    """
    try:
        import torch
    except ImportError:
        return None
    # conv2d takes (out, in, rows, columns); the planes are transposed images, as X is.
    images = torch.from_numpy(batch.planes[:, np.newaxis].copy())
    f = torch.from_numpy(parameters.f.transpose(2, 0, 1)[:, np.newaxis].copy())
    wo = torch.from_numpy(parameters.wo.T.copy())
    y = torch.from_numpy(batch.y[0].copy())
    f.requires_grad_()
    wo.requires_grad_()

    def iterate() -> Parameters:
        a = torch.sigmoid(torch.nn.functional.conv2d(images, f)).flatten(1)
        z = torch.nn.functional.linear(a, wo)[:, 0]
        o = torch.sigmoid((z - z.mean()) / z.std(correction=0))
        loss = ((y - o) ** 2).mean() / 2
        f.grad = wo.grad = None
        loss.backward()
        with torch.no_grad():
            f.sub_(learning_rate * f.grad)
            wo.sub_(learning_rate * wo.grad)
        return Parameters(
            f.detach().numpy()[:, 0].transpose(1, 2, 0).copy(), wo.detach().numpy().T.copy()
        )

    return iterate
