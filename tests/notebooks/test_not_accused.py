"""Right scripts that are only partly of this family: nothing in them is accused."""

import pytest

from tests.notebooks.hands import DATA, EINSUM
from tests.notebooks.running import departures, judged

_BEGIN = (
    DATA
    + """
from numpy.lib.stride_tricks import sliding_window_view
x = train[:8, ::2, ::2] / 255
t = (labels[:8] > 4) * 1.0
rng = np.random.default_rng(0)
K = rng.normal(size=(4, 3, 3)) * 0.3
P = sliding_window_view(x, (3, 3), axis=(1, 2))
"""
)
MOMENTUM = """
W = rng.normal(size=4 * 144) * 0.1
vK, vW = np.zeros_like(K), np.zeros_like(W)
for e in range(3):
    C = np.einsum("nrcuv,kuv->nkrc", P, K)
    A = np.maximum(C, 0)
    o = 1 / (1 + np.exp(-(A.reshape(8, -1) @ W)))
    loss = -np.mean(t * np.log(o) + (1 - t) * np.log(1 - o)) + 1e-3 * (W ** 2).sum()
    dz = (o - t) / 8
    dW = A.reshape(8, -1).T @ dz + 2e-3 * W
    dC = np.outer(dz, W).reshape(A.shape) * (C > 0)
    dK = np.einsum("nkrc,nrcuv->kuv", dC, P)
    vW = 0.9 * vW - 0.1 * dW
    vK = 0.9 * vK - 0.1 * dK
    W += vW
    K += vK
"""
POOLING = """
W = rng.normal(size=4 * 36) * 0.1
for e in range(3):
    C = np.einsum("nrcuv,kuv->nkrc", P, K)
    A = np.maximum(C, 0)
    B = A.reshape(8, 4, 6, 2, 6, 2).max(axis=(3, 5))
    o = 1 / (1 + np.exp(-(B.reshape(8, -1) @ W)))
    loss = np.mean((o - t) ** 2)
    dz = 2 * (o - t) * o * (1 - o) / 8
    dB = np.outer(dz, W).reshape(B.shape)
    mask = np.repeat(np.repeat(B, 2, 2), 2, 3) == A
    dC = np.repeat(np.repeat(dB, 2, 2), 2, 3) * mask * (C > 0)
    W = W - 0.1 * (B.reshape(8, -1).T @ dz)
    K = K - 0.1 * np.einsum("nkrc,nrcuv->kuv", dC, P)
"""


@pytest.mark.parametrize("rest", [MOMENTUM, POOLING], ids=["momentum and decay", "pooling"])
def test_what_is_not_understood_is_not_accused(rest: str) -> None:
    judgement = judged(_BEGIN + rest)
    assert departures(judgement) == []
    assert 0 < judgement.understood < 1


def _before_the_loop() -> str:
    """Return a script whose loop ends with the forward pass of the next iteration."""
    start, loop = EINSUM.source.split("for step in range(2):\n")
    before, backward = loop.split("    d_norm = ", 1)
    forward = "".join(line[4:] for line in before.splitlines(keepends=True))
    return f"{start}{forward}for step in range(2):\n    d_norm = {backward}{before}"


_OTHERS = """    other = sliding_window_view(train[50:90, ::2, ::2] / 255, (5, 5), axis=(1, 2))
    a = 1 / (1 + np.exp(-np.einsum("bxyuv,fuv->bfxy", other, kern)))
    z = np.einsum("bfxy,fxy->b", a, w)
    p = 1 / (1 + np.exp(-(z - z.mean()) / z.std()))
    held_out = np.mean((p - (labels[50:90] > 4)) ** 2) / 2
"""
_IN_PLACE = EINSUM.source.replace("w = w - lr * grad_w", "np.subtract(w, lr * grad_w, out=w)")
_IN_PLACE = _IN_PLACE.replace("kern = kern - lr * grad_k", "np.copyto(kern, kern - lr * grad_k)")
_EPSILON = EINSUM.source.replace("logit.std()", "np.sqrt(logit.var() + 1e-5)")
_INSIDE = _EPSILON.replace("norm = (logit - mu) / sd", "").replace("norm)", "(logit - mu) / sd)")
_TWO = EINSUM.source.replace("train[:8,", "train[:2,").replace("labels[:8]", "labels[:2]")


@pytest.mark.parametrize(
    "source",
    [
        _before_the_loop(),
        _EPSILON,
        _INSIDE.replace("- norm *", "- (logit - mu) / sd *"),
        _TWO,
        EINSUM.source + _OTHERS,
        _IN_PLACE,
    ],
    ids=["forward first", "epsilon", "epsilon inside", "no error of two", "held out", "in place"],
)
def test_a_right_script_is_understood_and_not_accused(source: str) -> None:
    judgement = judged(source)

    assert departures(judgement) == []
    assert judgement.not_understood in ((), ("standardise",))


def test_a_mistake_is_found_beside_images_that_are_only_evaluated() -> None:
    wrong = EINSUM.source.replace("d_logit, w) * act * (1 - act)", "d_logit, w)")

    assert departures(judged(wrong + _OTHERS)) == [("d_pre", "map_gradient", "missing factor")]
