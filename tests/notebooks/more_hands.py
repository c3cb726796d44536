"""More hands, which the judgement met after it had been written."""

from typing import Final

from tests.notebooks.hands import DATA, Hand

CHANNELS_LAST: Final = Hand(
    DATA
    + """
from dataclasses import dataclass
@dataclass
class Params:
    k: np.ndarray
    w: np.ndarray
    c: float = 0.0
inputs = (train[:8, 5:23, 5:23, None] / 127.5) - 1.0
truth = (labels[:8] > 4).astype(np.int64)[:, None]
def init(seed):
    g = np.random.RandomState(seed)
    return Params(g.randn(5, 5, 1, 3) * 0.1, g.randn(14 * 14 * 3, 1) * 0.05)
def batches(size):
    for s in range(0, 8, size):
        yield inputs[s:s + size], truth[s:s + size]
def relu6(v):
    return np.where(v > 0, v, 0.01 * v)
def forward(p, xb):
    out = np.zeros((len(xb), 14, 14, 3))
    for i in range(5):
        for j in range(5):
            out += np.tensordot(xb[:, i:i+14, j:j+14, :], p.k[i, j], axes=([3], [0]))
    act = relu6(out)
    logits = act.reshape(len(xb), -1) @ p.w + p.c
    return out, act, 1 / (1 + np.exp(-logits))
def backward(p, xb, yb, out, act, prob):
    m = len(xb)
    dlogits = (prob - yb) / m
    dw = act.reshape(m, -1).T @ dlogits
    dact = (dlogits @ p.w.T).reshape(act.shape)
    dout = dact * np.where(out > 0, 1, 0.01)
    dk = np.zeros_like(p.k)
    for i in range(5):
        for j in range(5):
            dk[i, j] = np.tensordot(xb[:, i:i+14, j:j+14, :], dout, axes=([0, 1, 2], [0, 1, 2]))
    return dk, dw, dlogits.sum()
p = init(1)
for epoch in range(3):
    for xb, yb in batches(4):
        out, act, prob = forward(p, xb)
        cost = -(yb * np.log(prob + 1e-9) + (1 - yb) * np.log(1 - prob + 1e-9)).mean()
        dk, dw, dc = backward(p, xb, yb, out, act, prob)
        p.k -= 0.01 * dk
        p.w -= 0.01 * dw
        p.c -= 0.01 * dc
""",
    {
        "noslope": (
            "dout = dact * np.where(out > 0, 1, 0.01)",
            "dout = dact",
            ("dact", "map_gradient", "missing factor"),
        ),
        "sum": (
            "dw = act.reshape(m, -1).T @ dlogits",
            "dw = act.reshape(m, -1).T @ (prob - yb)",
            ("dw", "dense_gradient", "sum for mean"),
        ),
        "sign": (
            "dlogits = (prob - yb) / m",
            "dlogits = (yb - prob) / m",
            ("dlogits", "delta", "sign"),
        ),
        "extra": (
            "dlogits = (prob - yb) / m",
            "dlogits = (prob - yb) * prob * (1 - prob) / m",
            ("dlogits", "delta", "extra factor"),
        ),
        "rot": ("dk[i, j] = np", "dk[4 - i, 4 - j] = np", ("dk", "filter_gradient", "rotated")),
        "first-image-only": (
            "np.tensordot(xb[:, i:i+14, j:j+14, :], dout, axes",
            "np.tensordot(xb[:1, i:i+14, j:j+14, :], dout[:1], axes",
            ("dk", "filter_gradient", "first image only"),
        ),
    },
)
LISTS: Final = Hand(
    DATA
    + """
from math import exp
N, S, M, T = 3, 6, 3, 4
img = [[[train[k + 3][4*r][4*c] / 255 for c in range(S)] for r in range(S)] for k in range(N)]
tgt = [1 if labels[k + 3] > 4 else 0 for k in range(N)]
np.random.seed(1)
flt = np.random.uniform(-1, 1, (2, M, M)).tolist()
den = np.random.uniform(-1, 1, (2, T, T)).tolist()
LR = 0.3
def s(t): return 1 / (1 + exp(-t))
for it in range(2):
    act = [[[[0.0] * T for _ in range(T)] for _ in range(2)] for _ in range(N)]
    zz = [0.0] * N
    for k in range(N):
        for f in range(2):
            for r in range(T):
                for c in range(T):
                    acc = 0.0
                    for u in range(M):
                        for v in range(M):
                            acc += img[k][r+u][c+v] * flt[f][u][v]
                    act[k][f][r][c] = s(acc)
                    zz[k] += act[k][f][r][c] * den[f][r][c]
    out = [s(z) for z in zz]
    err = [(o - t) ** 2 / 2 for o, t in zip(out, tgt)]
    cost = sum(err) / N
    dz = [(o - t) * o * (1 - o) for o, t in zip(out, tgt)]
    gden = [[[0.0] * T for _ in range(T)] for _ in range(2)]
    gflt = [[[0.0] * M for _ in range(M)] for _ in range(2)]
    for k in range(N):
        for f in range(2):
            for r in range(T):
                for c in range(T):
                    gden[f][r][c] += dz[k] * act[k][f][r][c] / N
                    g = dz[k] * den[f][r][c] * act[k][f][r][c] * (1 - act[k][f][r][c])
                    for u in range(M):
                        for v in range(M):
                            gflt[f][u][v] += g * img[k][r+u][c+v] / N
    for f in range(2):
        for r in range(T):
            for c in range(T):
                den[f][r][c] -= LR * gden[f][r][c]
        for u in range(M):
            for v in range(M):
                flt[f][u][v] -= LR * gflt[f][u][v]
""",
    {
        "noslope_o": (
            "dz = [(o - t) * o * (1 - o) for",
            "dz = [(o - t) for",
            ("dz", "delta", "missing factor"),
        ),
        "sum": (
            "dz[k] * act[k][f][r][c] / N",
            "dz[k] * act[k][f][r][c]",
            ("gden", "dense_gradient", "sum for mean"),
        ),
        "sign": ("flt[f][u][v] -= LR", "flt[f][u][v] += LR", ("flt", "filter_update", "sign")),
        "last": (
            "gden[f][r][c] += dz",
            "gden[f][r][c] = dz",
            ("gden", "dense_gradient", "last image only"),
        ),
        "one": (
            "gflt[f][u][v] += g",
            "gflt[0][u][v] += g",
            ("gflt", "filter_gradient", "one index for all"),
        ),
        "noslope": (
            " * act[k][f][r][c] * (1 - act[k][f][r][c])\n",
            "\n",
            ("g", "map_gradient", "missing factor"),
        ),
    },
)
FOURIER: Final = Hand(
    DATA
    + """
def corr(a, b):
    h, m = a.shape[-1], b.shape[-1]
    F = np.fft.rfft2(a, (h, h)); G = np.fft.rfft2(b, (h, h))
    return np.fft.irfft2(F * np.conj(G), (h, h))[..., :h - m + 1, :h - m + 1]
data = train[20:30, 7:21, 7:21].astype(float).reshape(10, 14, 14) / 255
goal = np.asarray([int(l > 4) for l in labels[20:30]])
r = np.random.default_rng(5)
theta = {"conv": r.normal(0, .2, (2, 5, 5)), "dense": r.normal(0, .1, (2, 10, 10))}
def loss_and_grads(theta):
    pre = corr(data[:, None], theta["conv"][None])
    h = 1 / (1 + np.exp(-pre))
    s = (h * theta["dense"]).sum((1, 2, 3))
    t = (s - s.mean()) / s.std()
    y = 1 / (1 + np.exp(-t))
    L = ((y - goal) ** 2).mean()
    gy = 2 * (y - goal) / 10
    gt = gy * y * (1 - y)
    gs = (gt - gt.mean() - t * (gt * t).mean()) / s.std()
    gd = (gs[:, None, None, None] * h).sum(0)
    gh = gs[:, None, None, None] * theta["dense"]
    gp = gh * h * (1 - h)
    gc = corr(data[:, None], gp).sum(0)
    return L, {"conv": gc, "dense": gd}
for i in range(2):
    L, g = loss_and_grads(theta)
    theta = {key: theta[key] - 3. * g[key] for key in theta}
""",
    {
        "std": (
            "gs = (gt - gt.mean() - t * (gt * t).mean()) / s.std()",
            "gs = gt / s.std()",
            ("gs", "delta", "missing factor"),
        ),
        "half": (
            "gd = (gs[:, None, None, None] * h).sum(0)",
            "gd = (gs[:, None, None, None] * h).sum(0) / 2",
            ("gd", "dense_gradient", "factor"),
        ),
        "mean": (
            "gc = corr(data[:, None], gp).sum(0)",
            "gc = corr(data.mean(0)[None, None], gp.sum(0, keepdims=True)).sum(0)",
            ("corr(b)", "average_over_images", "mean over images"),
        ),
        "twice": (
            "gp = gh * h * (1 - h)",
            "gp = gh * (h * (1 - h)) ** 2",
            ("gp", "map_gradient", "extra factor"),
        ),
        "swap": (
            'return L, {"conv": gc',
            'gc = gc[::-1].copy()\n    return L, {"conv": gc',
            ("gc", "filter_gradient", "permutation"),
        ),
    },
)


TWO_LINES: Final = Hand(
    DATA
    + """
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.metrics import accuracy_score
n = 8
X = train[:n, ::2, ::2] / 255
y = (labels[:n] > 4) * 1.0
def sigmoid(t): return 1 / (1 + np.exp(-t))
def slope(a): return a * (1 - a)
r = np.random.RandomState(3)
f, W = r.normal(0, 0.1, (3, 5, 5)), r.normal(0, 0.02, (300, 1))
for it in range(2):
    P = sliding_window_view(X, (5, 5), axis=(1, 2))
    A = sigmoid(np.einsum("nrcuv,kuv->nkrc", P, f))
    flat = A.reshape(n, -1)
    o = sigmoid(flat @ W)[:, 0]
    loss = np.mean((o - y) ** 2)
    d = (2 * (o - y) / n * slope(o))[:, None]
    dW = flat.T @ d
    dflat = d @ W.T
    dA = dflat.reshape(A.shape)
    dC = dA * slope(A)
    df = np.einsum("nrcuv,nkrc->kuv", P, dC)
    W = W - 0.5 * dW
    f = f - 0.5 * df
    print(f"{accuracy_score(y, (o > 0.5) * 1.0):.3f}")
""",
    {
        "slope that is one, same shape": (
            "dC = dA * slope(A)",
            "dC = dA * (A + (1 - A))",
            ("dC", "map_gradient", "missing factor"),
        ),
        "slope that is one, other shape": (
            "dA = dflat.reshape(A.shape)\n    dC = dA * slope(A)",
            "dC = dflat.reshape(A.shape) * (A + (1 - A))",
            ("dC", "map_gradient", "missing factor"),
        ),
        "sum in the weights": (
            "df = np.einsum",
            "df = f\n    df += np.einsum",
            ("df", "filter_gradient", "alias of the weights"),
        ),
        "slope forgotten": (
            "dC = dA * slope(A)",
            "dC = dA",
            ("dflat", "map_gradient", "missing factor"),
        ),
    },
)


MORE_HANDS: Final = {
    "channels last, leaky ReLU, generators": CHANNELS_LAST,
    "lists of numbers": LISTS,
    "Fourier transforms, dictionaries": FOURIER,
    "a function for the slope": TWO_LINES,
}
