"""The same kind of network in the hands of different people, each right, and faults to put in.

A fault is a replacement in the source, and what then departs: name, operation and kind.
"""

from dataclasses import dataclass, field
from typing import Final

Expected = tuple[str, str, str]


@dataclass(frozen=True)
class Hand:
    """One person's way to write it."""

    source: str
    faults: dict[str, tuple[str, str, Expected]] = field(default_factory=dict)

    def variants(self) -> dict[str, tuple[str, list[Expected]]]:
        """Return the sources by the name of their fault, with what departs in each."""
        made: dict[str, tuple[str, list[Expected]]] = {"none": (self.source, [])}
        for name, (before, after, expected) in self.faults.items():
            assert self.source.count(before) == 1, (name, before)
            made[name] = self.source.replace(before, after), [expected]
        return made


DATA = """\
import numpy as np
from keras.datasets import mnist
(train, labels), _ = mnist.load_data()
"""

EINSUM: Final = Hand(
    DATA
    + """
from numpy.lib.stride_tricks import sliding_window_view
imgs = train[:8, ::2, ::2] / 255.0
target = (labels[:8] > 4).astype(float)
rng = np.random.default_rng(1)
kern = rng.uniform(0, 1, (3, 5, 5))
w = rng.uniform(0, 1, (3, 10, 10))
lr = 2.0
B = len(imgs)
for step in range(2):
    win = sliding_window_view(imgs, (5, 5), axis=(1, 2))
    pre = np.einsum("bxyuv,fuv->bfxy", win, kern)
    act = 1 / (1 + np.exp(-pre))
    logit = np.einsum("bfxy,fxy->b", act, w)
    mu, sd = logit.mean(), logit.std()
    norm = (logit - mu) / sd
    pred = 1 / (1 + np.exp(-norm))
    loss = np.mean((pred - target) ** 2) / 2
    d_norm = (pred - target) * pred * (1 - pred)
    d_logit = (d_norm - d_norm.mean() - norm * (d_norm * norm).mean()) / sd
    grad_w = np.einsum("b,bfxy->fxy", d_logit, act) / B
    d_pre = np.einsum("b,fxy->bfxy", d_logit, w) * act * (1 - act)
    grad_k = np.einsum("bfxy,bxyuv->fuv", d_pre, win) / B
    w = w - lr * grad_w
    kern = kern - lr * grad_k
""",
    {
        "sign-of-error": (
            "d_norm = (pred - target)",
            "d_norm = (target - pred)",
            ("d_norm", "delta", "sign"),
        ),
        "no-slope-at-output": (
            "d_norm = (pred - target) * pred * (1 - pred)",
            "d_norm = (pred - target)",
            ("d_norm", "delta", "missing factor"),
        ),
        "slope-of-logit": (
            "d_norm = (pred - target) * pred * (1 - pred)",
            "d_norm = (pred - target) * norm * (1 - norm)",
            ("d_norm", "delta", "slope of the logit"),
        ),
        "no-standardisation": (
            "d_logit = (d_norm - d_norm.mean() - norm * (d_norm * norm).mean()) / sd",
            "d_logit = d_norm",
            ("d_norm", "delta", "missing factor"),
        ),
        "factor-2": (
            "grad_w = np.einsum",
            "grad_w = 2 * np.einsum",
            ("grad_w", "dense_gradient", "factor"),
        ),
        "sum-for-mean": (
            "d_logit, act) / B",
            "d_logit, act)",
            ("grad_w", "dense_gradient", "sum for mean"),
        ),
        "no-slope-at-maps": (
            "d_logit, w) * act * (1 - act)",
            "d_logit, w)",
            ("d_pre", "map_gradient", "missing factor"),
        ),
        "slope-with-plus": (
            "d_logit, w) * act * (1 - act)",
            "d_logit, w) * (act + (1 - act))",
            ("d_pre", "map_gradient", "missing factor"),
        ),
        "filter-rotated": (
            '"bfxy,bxyuv->fuv", d_pre, win) / B',
            '"bfxy,bxyuv->fuv", d_pre, win)[:, ::-1, ::-1] / B',
            ("grad_k", "filter_gradient", "rotated"),
        ),
        "climbs": ("kern = kern - lr", "kern = kern + lr", ("kern", "filter_update", "sign")),
    },
)

LAST: Final = Hand(
    DATA
    + """
import tqdm
from numpy.lib.stride_tricks import sliding_window_view as windows
X = train[:9, 4:24, 4:24].transpose(1, 2, 0) / 255
Y = np.where(labels[:9] > 4, 1, 0)[None]
N = X.shape[-1]
np.random.seed(3)
F = np.random.rand(7, 7, 2)
W = np.random.rand(2 * 14 * 14, 1) / 10
alpha = 5

def logistic(v):
    return 1. / (1. + np.exp(-v))

def forward(X, F, W):
    P = windows(X, (7, 7), axis=(0, 1))
    H = logistic(np.tensordot(P, F, axes=((3, 4), (0, 1))))
    a = H.transpose(3, 0, 1, 2).reshape(-1, N)
    s = W.T @ a
    t = (s - s.mean()) / s.std()
    return P, a, s, t, logistic(t)

for epoch in tqdm.tqdm(range(3)):
    P, a, s, t, out = forward(X, F, W)
    E = 0.5 * (Y - out) ** 2
    cost = E.sum() / N
    e = -(Y - out) * out * (1 - out)
    e = (e - e.mean() - t * (e * t).mean()) / s.std()
    DW = a @ e.T / N
    G = (W @ e) * a * (1 - a)
    M = G.reshape(2, 14, 14, N)
    DF = np.tensordot(M, P, axes=((1, 2, 3), (0, 1, 2))) / N
    W -= alpha * DW
    F -= alpha * DF.transpose(1, 2, 0)
""",
    {
        "mean-error": (
            "G = (W @ e) * a * (1 - a)\n    M = G.reshape(2, 14, 14, N)",
            (
                "G = ((W @ e) * a * (1 - a)).mean(axis=1)\n    M = np.repeat(G[:, None], N, axis=1)"
                ".reshape(2, 14, 14, N)"
            ),
            ("G", "average_over_images", "mean over images"),
        ),
        "filter-last": (
            "M = G.reshape(2, 14, 14, N)\n",
            "M = G.reshape(14, 14, 2, N).transpose(2, 0, 1, 3)\n",
            ("M", "reshape", "permutation"),
        ),
        "map-transposed": (
            "M = G.reshape(2, 14, 14, N)\n",
            "M = G.reshape(2, 14, 14, N).transpose(0, 2, 1, 3)\n",
            ("M", "reshape", "transposed"),
        ),
        "maps-transposed": (
            "DF = np.tensordot(M, P,",
            "DF = np.tensordot(M.transpose(0, 2, 1, 3), P,",
            ("DF", "filter_gradient", "transposed"),
        ),
        "updated-weights": (
            "    G = (W @ e) * a * (1 - a)\n",
            "    W -= alpha * DW\n    G = (W @ e) * a * (1 - a)\n    W += alpha * DW\n",
            ("G", "map_gradient", "updated weights"),
        ),
        "filters-swapped": (
            "(0, 1, 2))) / N\n    W -=",
            "(0, 1, 2)))[::-1] / N\n    W -=",
            ("DF", "filter_gradient", "permutation"),
        ),
        "filter-transposed": (
            "F -= alpha * DF.transpose(1, 2, 0)",
            "F -= alpha * DF.T",
            ("F", "filter_update", "transposed"),
        ),
        "mean-for-sum": (
            "DW = a @ e.T / N\n",
            "DW = a @ e.T / N ** 2\n",
            ("DW", "dense_gradient", "mean for sum"),
        ),
        "slope-twice": (
            "(W @ e) * a * (1 - a)\n    M",
            "(W @ e) * (a * (1 - a)) ** 2\n    M",
            ("G", "map_gradient", "extra factor"),
        ),
    },
)

IM2COL: Final = Hand(
    DATA
    + """
def im2col(x, m):
    b, h, _ = x.shape
    t = h - m + 1
    cols = np.zeros((b, t * t, m * m))
    for i in range(t):
        for j in range(t):
            cols[:, i * t + j] = x[:, i:i + m, j:j + m].reshape(b, -1)
    return cols

x = train[10:16, 6:22, 6:22].astype(np.float64) / 255
t = np.array([1. if d > 4 else 0. for d in labels[10:16]]).reshape(-1, 1)
rs = np.random.RandomState(5)
K = rs.normal(0, .3, (4, 9))
b1 = np.zeros(4)
V = rs.normal(0, .1, (14 * 14 * 4, 1))
b2 = 0.0
rate = 0.1
for it in range(2):
    cols = im2col(x, 3)
    c = cols @ K.T + b1
    h = np.maximum(0, c)
    flat = h.reshape(len(x), -1)
    score = flat @ V + b2
    p = 1 / (1 + np.exp(-score))
    nll = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
    dscore = (p - t) / len(x)
    dV = flat.T @ dscore
    db2 = dscore.sum()
    dflat = dscore @ V.T
    dh = dflat.reshape(h.shape)
    dc = dh * (c > 0)
    dK = np.tensordot(dc, cols, axes=([0, 1], [0, 1]))
    db1 = dc.sum(axis=(0, 1))
    V -= rate * dV
    b2 -= rate * db2
    K -= rate * dK
    b1 -= rate * db1
""",
    {
        "no-slope-at-maps": ("dh * (c > 0)", "dh", ("dflat", "map_gradient", "missing factor")),
        "extra-slope": (
            "dscore = (p - t) / len(x)",
            "dscore = (p - t) * p * (1 - p) / len(x)",
            ("dscore", "delta", "extra factor"),
        ),
        "last-image-only": (
            "dV = flat.T @ dscore\n",
            "dV = flat[-1:].T @ dscore[-1:]\n",
            ("dV", "dense_gradient", "last image only"),
        ),
        "first-image-only": (
            "axes=([0, 1], [0, 1]))\n",
            (
                "axes=([0, 1], [0, 1]))\n"
                "    dK = np.tensordot(dc[:1], cols[:1], axes=([0, 1], [0, 1]))\n"
            ),
            ("dK", "filter_gradient", "first image only"),
        ),
        "dense-never-updated": (
            "    V -= rate * dV\n",
            "",
            ("dV", "dense_update", "never updated"),
        ),
        "summed-over-filters": (
            "axes=([0, 1], [0, 1]))\n",
            "axes=([0, 1], [0, 1]))\n    dK = np.tile(dK.sum(axis=0), (4, 1))\n",
            ("dK", "filter_gradient", "summed over filters"),
        ),
    },
)

CLASSES: Final = Hand(
    DATA
    + '''
class Conv:
    """A layer of filters, with a sigmoid."""

    def __init__(self, count, size, rng):
        self.filters = rng.standard_normal((count, size, size)) * 0.2

    def forward(self, images):
        self.images = images
        b, h, _ = images.shape
        k, m, _ = self.filters.shape
        out = np.zeros((b, k, h - m + 1, h - m + 1))
        for r in range(h - m + 1):
            for c in range(h - m + 1):
                region = images[:, None, r:r + m, c:c + m]
                out[:, :, r, c] = np.sum(region * self.filters[None], axis=(2, 3))
        self.out = 1 / (1 + np.exp(-out))
        return self.out

    def backward(self, d_out, lr):
        d = d_out * self.out * (1 - self.out)
        grads = np.zeros(self.filters.shape)
        m = self.filters.shape[1]
        for r in range(d.shape[2]):
            for c in range(d.shape[3]):
                region = self.images[:, None, r:r + m, c:c + m]
                grads += np.sum(region * d[:, :, r, c][:, :, None, None], axis=0)
        self.filters -= lr * grads


class Dense:
    def __init__(self, inputs, rng):
        self.w = rng.standard_normal((inputs, 1)) * 0.1

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        self.y = 1 / (1 + np.exp(-(self.x @ self.w)))
        return self.y[:, 0]

    def backward(self, error, lr):
        delta = (error * self.y[:, 0] * (1 - self.y[:, 0]))[:, None]
        d_x = delta @ self.w.T
        d_w = self.x.T @ delta
        self.w -= lr * d_w
        return d_x.reshape(self.shape)


def main():
    rng = np.random.default_rng(0)
    images = train[:7, 6:20, 6:20] / 255
    wanted = (labels[:7] > 4) * 1.0
    conv, dense = Conv(2, 3, rng), Dense(2 * 12 * 12, rng)
    history = []
    for epoch in range(3):
        y = dense.forward(conv.forward(images))
        loss = 0.5 * np.sum((y - wanted) ** 2)
        history.append(loss)
        conv.backward(dense.backward(y - wanted, 0.05), 0.05)


main()
''',
    {
        "updated-weights": (
            (
                "        d_x = delta @ self.w.T\n        d_w = self.x.T @ delta\n"
                "        self.w -= lr * d_w\n"
            ),
            (
                "        d_w = self.x.T @ delta\n        self.w -= lr * d_w\n"
                "        d_x = delta @ self.w.T\n"
            ),
            ("d_x", "map_gradient", "updated weights"),
        ),
        "no-slope-at-output": (
            "delta = (error * self.y[:, 0] * (1 - self.y[:, 0]))[:, None]",
            "delta = error[:, None]",
            ("delta", "delta", "missing factor"),
        ),
        "assigned-for-added": (
            "grads += np.sum",
            "grads = np.sum",
            ("grads", "filter_gradient", "last window only"),
        ),
        "slope-twice": (
            "d = d_out * self.out * (1 - self.out)",
            "d = d_out * (self.out * (1 - self.out)) ** 2",
            ("d", "map_gradient", "extra factor"),
        ),
        "sign": ("self.w -= lr * d_w", "self.w += lr * d_w", ("self.w", "dense_update", "sign")),
    },
)

IMAGE_BY_IMAGE: Final = Hand(
    DATA
    + """
import math
num = 5
pics = [p[::4, ::4] / 255 for p in train[:num]]
ys = [1 if l > 4 else 0 for l in labels[:num]]
np.random.seed(11)
filters = [np.random.uniform(-.5, .5, (3, 3)) for _ in range(2)]
filters = np.array(filters)
weights = np.random.uniform(-.1, .1, 2 * 5 * 5)
eta = 0.5

def sig(v):
    return 1 / (1 + np.exp(-v))

def convolve(img, flt):
    res = np.zeros((5, 5))
    for i in range(5):
        for j in range(5):
            res[i, j] = (img[i:i+3, j:j+3] * flt).sum()
    return res

for epoch in range(2):
    dw = np.zeros(50)
    df = np.zeros((2, 3, 3))
    total = 0
    for k in range(num):
        fmap = np.array([convolve(pics[k], g) for g in filters])
        a = sig(fmap)
        v = a.flatten()
        z = np.dot(weights, v)
        o = sig(z)
        total += (o - ys[k]) ** 2 / 2
        delta = (o - ys[k]) * o * (1 - o)
        dw += delta * v
        back = (delta * weights).reshape(2, 5, 5) * a * (1 - a)
        for i in range(2):
            for u in range(3):
                for w in range(3):
                    df[i, u, w] += np.sum(pics[k][u:u+5, w:w+5] * back[i])
    loss = total / num
    weights = weights - eta * dw / num
    filters = filters - eta * df / num
""",
    {
        "sum-for-mean": (
            "weights = weights - eta * dw / num",
            "weights = weights - eta * dw",
            ("weights", "dense_update", "sum for mean"),
        ),
        "never-reset": (
            "for epoch in range(2):\n    dw = np.zeros(50)\n",
            "dw = np.zeros(50)\nfor epoch in range(2):\n",
            ("dw", "dense_gradient", "never reset"),
        ),
        "filters-never-reset": (
            "    df = np.zeros((2, 3, 3))\n",
            "    df = df if epoch else np.zeros((2, 3, 3))\n",
            ("df", "filter_gradient", "never reset"),
        ),
        "last-image-only": (
            "dw += delta * v",
            "dw = delta * v",
            ("dw", "dense_gradient", "last image only"),
        ),
        "no-slope-at-maps": (
            "(delta * weights).reshape(2, 5, 5) * a * (1 - a)",
            "(delta * weights).reshape(2, 5, 5)",
            ("back", "map_gradient", "missing factor"),
        ),
        "filter-last": (
            "(delta * weights).reshape(2, 5, 5) * a * (1 - a)",
            "np.moveaxis((delta * weights * v * (1 - v)).reshape(5, 5, 2), 2, 0)",
            ("back", "reshape", "permutation"),
        ),
        "sign-of-error": (
            "delta = (o - ys[k]) * o * (1 - o)",
            "delta = (ys[k] - o) * o * (1 - o)",
            ("delta", "delta", "sign"),
        ),
    },
)

MINI_BATCHES: Final = Hand(
    DATA
    + """
images = train[:24, ::2, ::2].reshape(24, -1).astype("float32") / 255
digits = (labels[:24] >= 5).astype("float32")
rng = np.random.RandomState(2)
theta = rng.randn(25, 3).astype("float32") * .2
beta = rng.randn(300).astype("float32") * .1
step_size = np.float32(.1)

def unfold(batch):
    grid = batch.reshape(-1, 14, 14)
    return np.stack([grid[:, i:i+10, j:j+10] for i in range(5) for j in range(5)], axis=-1)

for epoch in range(2):
    order = rng.permutation(24)
    for start in range(0, 24, 8):
        index = order[start:start + 8]
        xb, yb = images[index], digits[index]
        u = unfold(xb)
        m = np.tanh(u @ theta)
        r = m.reshape(len(xb), 300)
        q = 1 / (1 + np.exp(-(r @ beta)))
        cross_entropy = -np.mean(yb * np.log(q) + (1 - yb) * np.log(1 - q))
        dq = (q - yb) / 8
        g_beta = dq @ r
        g_m = np.outer(dq, beta).reshape(m.shape) * (1 - m ** 2)
        g_theta = np.tensordot(u, g_m, axes=((0, 1, 2), (0, 1, 2)))
        beta -= step_size * g_beta
        theta -= step_size * g_theta
""",
    {
        "no-slope-at-maps": (
            ".reshape(m.shape) * (1 - m ** 2)",
            ".reshape(m.shape)",
            ("g_m", "map_gradient", "missing factor"),
        ),
        "slope-of-sigmoid": (
            ".reshape(m.shape) * (1 - m ** 2)",
            ".reshape(m.shape) * m * (1 - m)",
            ("g_m", "map_gradient", "slope of another activation"),
        ),
        "square-forgotten": (
            ".reshape(m.shape) * (1 - m ** 2)",
            ".reshape(m.shape) * (1 - m)",
            ("g_m", "map_gradient", "part of the slope"),
        ),
        "updated-weights": (
            "        g_m = np.outer",
            (
                "        beta -= step_size * g_beta\n"
                "        g_beta = 0 * g_beta\n"
                "        g_m = np.outer"
            ),
            ("g_m", "map_gradient", "updated weights"),
        ),
        "sign": (
            "theta -= step_size",
            "theta += step_size",
            ("theta", "filter_update", "sign"),
        ),
        "factor": (
            "dq = (q - yb) / 8\n        g_beta = dq @ r\n",
            "dq = (q - yb) / 8\n        g_beta = 3 * dq @ r\n",
            ("g_beta", "dense_gradient", "factor"),
        ),
    },
)

FLIPPED: Final = Hand(
    DATA
    + """
A = train[:6, ::2, ::2] / 255
L = labels[:6] > 4
gen = np.random.default_rng(8)
params = {"K": gen.normal(size=(2, 4, 4)) * .3, "w": gen.normal(size=(2, 11, 11)) * .1}

def conv2d(image, kernel):
    flipped = kernel[::-1, ::-1]
    side = image.shape[0] - kernel.shape[0] + 1
    return np.array([[np.sum(image[i:i+4, j:j+4] * flipped) for j in range(side)]
                     for i in range(side)])

def maps_of(K):
    return np.array([[conv2d(image, kernel) for kernel in K] for image in A])

steps = 0
while steps < 2:
    cache = {}
    cache["C"] = maps_of(params["K"])
    cache["H"] = 1 / (1 + np.exp(-cache["C"]))
    cache["z"] = np.tensordot(cache["H"], params["w"], 3)
    cache["o"] = 1 / (1 + np.exp(-cache["z"]))
    J = np.sum((cache["o"] - L) ** 2) / 2
    grads = {}
    dz = (cache["o"] - L) * cache["o"] * (1 - cache["o"])
    grads["w"] = np.tensordot(dz, cache["H"], 1)
    dC = dz[:, None, None, None] * params["w"] * cache["H"] * (1 - cache["H"])
    grads["K"] = np.zeros((2, 4, 4))
    for u in range(4):
        for v in range(4):
            part = A[:, None, u:u+11, v:v+11] * dC
            grads["K"][:, 3 - u, 3 - v] = part.sum(axis=(0, 2, 3))
    for name in params:
        params[name] = params[name] - 0.2 * grads[name]
    steps += 1
""",
    {
        "filter-rotated": (
            'grads["K"][:, 3 - u, 3 - v]',
            'grads["K"][:, u, v]',
            ("grads['K']", "filter_gradient", "rotated"),
        ),
        "window-off-by-one": (
            "part = A[:, None, u:u+11, v:v+11] * dC",
            "part = np.roll(A, 1, axis=1)[:, None, u:u+11, v:v+11] * dC",
            ("grads['K']", "filter_gradient", "off by one"),
        ),
        "sum-of-slope": (
            'params["w"] * cache["H"] * (1 - cache["H"])',
            'params["w"] * cache["C"] * (1 - cache["C"])',
            ("dC", "map_gradient", "slope of the sum"),
        ),
    },
)

ONE_BY_ONE: Final = Hand(
    DATA
    + """
gen = np.random.RandomState(4)
kernels = gen.randn(3, 3, 3) / 9
out_w = gen.randn(3 * 12 * 12) / 100
bias = 0.
rate = .05
for epoch in range(1):
    for picture, label in zip(train[:4, ::2, ::2] / 255, labels[:4]):
        truth = 1. if label > 4 else 0.
        fm = np.zeros((3, 12, 12))
        for k in range(3):
            for i in range(12):
                for j in range(12):
                    fm[k, i, j] = np.sum(picture[i:i+3, j:j+3] * kernels[k])
        relu = np.maximum(fm, 0)
        vec = relu.ravel()
        logit = vec @ out_w + bias
        prob = 1 / (1 + np.exp(-logit))
        bce = -(truth * np.log(prob) + (1 - truth) * np.log(1 - prob))
        dlogit = prob - truth
        dvec = dlogit * out_w
        dfm = dvec.reshape(3, 12, 12) * (fm > 0)
        dker = np.zeros_like(kernels)
        for k in range(3):
            for u in range(3):
                for v in range(3):
                    dker[k, u, v] = np.sum(picture[u:u+12, v:v+12] * dfm[k])
        out_w -= rate * dlogit * vec
        bias -= rate * dlogit
        kernels -= rate * dker
""",
    {
        "no-slope-at-maps": (
            "dvec.reshape(3, 12, 12) * (fm > 0)",
            "dvec.reshape(3, 12, 12)",
            ("dvec", "map_gradient", "missing factor"),
        ),
        "one-index": (
            "dker[k, u, v] = np.sum(picture[u:u+12, v:v+12] * dfm[k])",
            "dker[0, u, v] += np.sum(picture[u:u+12, v:v+12] * dfm[k])",
            ("dker", "filter_gradient", "one index for all"),
        ),
        "never-updated": (
            "        kernels -= rate * dker\n",
            "",
            ("dker", "filter_update", "never updated"),
        ),
    },
)

COPY: Final = Hand(
    DATA
    + """
n = 5
x = train[:n, 8:20, 8:20].T / 255
y = np.where(labels[:n] > 4, 1, 0).reshape(1, n)
np.random.seed(0)
f1 = np.random.uniform(0, 1, size=(3, 5, 5)).T
w1 = np.random.uniform(0, 1, size=(192, 1))
lrn = 1
for it in range(2):
    maps = []
    for k in range(n):
        for i in range(3):
            for r in range(8):
                for c in range(8):
                    maps.append(np.sum(x[r:r+5, c:c+5, k] * f1[:, :, i]))
    a = 1 / (1 + np.exp(-np.resize(maps, (n, 3, 8, 8))))
    a = a.reshape(n, 192).T
    z = np.dot(w1.T, a)
    zs = (z - np.average(z)) / np.std(z)
    o = 1 / (1 + np.exp(-zs))
    err = np.square(y - o) / 2
    print(err.mean())
    g = -(y - o) * o * (1 - o)
    d = (g - np.average(g) - zs * np.average(g * zs)) / np.std(z)
    gw = np.dot(a, d.T) / n
    gm = np.dot(w1, d) * a * (1 - a)
    gm = gm.reshape(3, 8, 8, n)
    sums = []
    for i in range(3):
        for u in range(5):
            for v in range(5):
                s = 0
                for k in range(n):
                    s += np.sum(x[u:u+8, v:v+8, k] * gm[i, :, :, k]) / n
                sums.append(s)
    df = np.resize(sums, (3, 5, 5))
    w1 = w1 - lrn * gw
    for i in range(3):
        f1[:, :, i] = f1[:, :, i] - lrn * df[i]
""",
    {
        "cut-by-resize": (
            (
                "                    s += np.sum(x[u:u+8, v:v+8, k] * gm[i, :, :, k]) / n\n"
                "                sums.append(s)\n"
            ),
            (
                "                    s += np.sum(x[u:u+8, v:v+8, k] * gm[i, :, :, k]) / n\n"
                "                    sums.append(s)\n"
            ),
            ("df", "filter_gradient", "cut or repeated"),
        ),
        "one-index-for-all": (
            "f1[:, :, i] = f1[:, :, i] - lrn * df[i]",
            "f1[:, :, 0] = f1[:, :, 0] - lrn * df[i]",
            ("f1", "filter_update", "one index for all"),
        ),
        "slope-as-a-sum": (
            "np.dot(w1, d) * a * (1 - a)",
            "np.dot(w1, d) * (a + (1 - a))",
            ("gm", "map_gradient", "missing factor"),
        ),
        "mean-without-deviation": (
            "d = (g - np.average(g) - zs * np.average(g * zs)) / np.std(z)",
            "d = g - np.average(g)",
            ("d", "delta", "missing factor"),
        ),
        "no-standardisation": (
            "d = (g - np.average(g) - zs * np.average(g * zs)) / np.std(z)",
            "d = g",
            ("g", "delta", "missing factor"),
        ),
        "dense-never-updated": (
            "    w1 = w1 - lrn * gw\n",
            "",
            ("gw", "dense_update", "never updated"),
        ),
    },
)

HANDS: Final = {
    "einsum": EINSUM,
    "batch last": LAST,
    "im2col, ReLU, biases, cross-entropy": IM2COL,
    "classes, sum of losses": CLASSES,
    "image by image": IMAGE_BY_IMAGE,
    "mini-batches, tanh, float32": MINI_BATCHES,
    "flipped kernel, dictionaries, while": FLIPPED,
    "one image at a time": ONE_BY_ONE,
    "a copy of the notebook": COPY,
}
