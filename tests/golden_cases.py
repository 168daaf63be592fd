"""What the golden files are made of: rows, structural ops and sums at inputs that never change.

Inputs come from no generator of random numbers, whose stream another NumPy may change: they are
multiples of an irrational number, modulo 1.
"""

import itertools
import re

import numpy as np
from formulas import LENT, differentiable, function
from structural_samples import SAMPLES, unpack

import fastgrad as fg

LONG = 1003  # points of a domain: vectors of any width, and what they leave over
STEPS = (0.6180339887498949, 0.7548776662466927, 0.5698402909980532)
EDGES = [0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 2.5, 7.3, 1e-8, 20.0, 36.7, 700.0, 709.9, 745.5, 2.0**40]
FAR = [2.0**53 + 2, 1e150, 1e300, 1.7e308]
EDGES += [1e-150, 1e-300, 2.3e-308, 1e-310, 5e-324, np.inf]
FEW = [0.0, 1.0, 1.5, 2.0, 1e-310, 1e300, np.inf]
FEWER = [0.0, -0.0, 1.5, -2.5, np.inf, np.nan]
ANGLES = re.compile(r"\b(sin|cos|tan)\(x\)")  # beyond 2**40 the C library's everywhere


def spread(n, k=0, low=0.0, high=1.0):
    """n numbers between low and high in no order, with all their digits; others for each k.

    Without the factor they were multiples of 2**-41, and sums of them exact in any order.
    """
    parts = (np.arange(1, n + 1) * STEPS[k % 3] + 0.1 * (k // 3)) % 1.0
    return low + (high - low) * (0.0001 + 0.9998765432101235 * parts)


# ----- rows -----


def is_lent(row):
    """Whether SciPy's functions are in the numbers of a row, or sums of the C library's powers."""
    called = re.findall(r"\b(\w+)\(", " ".join([row["value"], *row["partials"]]))
    return not (LENT.keys() - {"ndtr"}).isdisjoint(called)


def points(row):
    """Return operands from all over the domain of a row."""
    smooth, found = differentiable(row), []
    for k, (low, high) in enumerate(row["domains"]):
        x = spread(LONG, k, low, high)
        found.append(x if k in smooth else np.rint(x))
    return found


def edges(row):
    """Return operands in all combinations of zeros, ties, huge and tiny numbers, inf and nan."""
    if row["arity"] == 3:
        return list(np.array([*itertools.product(FEWER, repeat=3)]).T)
    numbers = FEW if row["arity"] == 2 else EDGES
    if row["arity"] == 1 and not any(map(ANGLES.search, [row["value"], *row["partials"]])):
        numbers = EDGES + FAR
    numbers = [*numbers, *(-x for x in numbers), np.nan]
    return list(np.array([*itertools.product(numbers, repeat=row["arity"])]).T)


def eager(row, operands):
    """Return {name of a result: numbers} of a row op by op: its value and its local gradients."""
    tracked = [] if row["is_test"] else differentiable(row)
    xs = [fg.tensor(x, requires_grad=k in tracked) for k, x in enumerate(operands)]
    y = function(row)(*xs)
    slopes = ()
    if tracked:
        slopes = fg.autograd.grad(y, [xs[k] for k in tracked], fg.ones_like(y))
    return {
        "value": y.detach().numpy(),
        **{f"d{'xyz'[k]}": g.numpy() for k, g in zip(tracked, slopes)},
    }


def recorded(row, operands):
    """Return the same of a recorded program."""
    tracked = [] if row["is_test"] else differentiable(row)
    f = function(row)
    found = {"value": fg.record(f, *operands)(*operands)}
    if tracked:
        total = fg.record(lambda *xs: f(*xs).sum(), *operands)
        slopes = fg.grad(total, argnums=tuple(tracked))(*operands)
        found |= {f"d{'xyz'[k]}": g for k, g in zip(tracked, slopes)}
    return {name: np.asarray(x) for name, x in found.items()}


def of_row(row):
    """Return {name of a result: columns}, a column is a list of arrays."""
    inside, beyond = points(row), edges(row)
    columns = [eager(row, inside)]
    if not is_lent(row):  # far out SciPy's differ between versions
        with np.errstate(all="ignore"):
            single = [np.append(x, e).astype(np.float32) for x, e in zip(inside, beyond)]
            columns += [eager(row, beyond), eager(row, single), recorded(row, single)]
    return {name: [[column[name]] for column in columns] for name in columns[0]}


# ----- structural ops -----

# Of LAPACK, of the C library's exp and log, of NumPy's sines, or made of such.
LENT_OPS = set(
    "lu lu_of lu_solve solve_triangular det adjugate cholesky expm sqrtm qr eigh svd pinv "
    "logsumexp logcumsumexp fft rfft irfft".split()
)
AMBIGUOUS = {"qr", "eigh", "svd"}  # signs of vectors are LAPACK's choice: no derivatives
MOST = {True: 3, False: 6}  # samples of an op, if it is lent


def chosen(name):
    """Return samples of a structural op from all over the table of samples.

    Of what is lent only those in float64: it has a tolerance, in which float32 would take it all.
    """
    found = [s for s in SAMPLES if s[0] == name and all(x.size for x in s[1])]
    if name in LENT_OPS:
        found = [s for s in found if all(x.dtype != np.float32 for x in s[1])]
    return found[:: -(-len(found) // MOST[name in LENT_OPS])]


def of_structural(name):
    """Return the same for a structural op in programs, and its operands; a column each."""
    found = {"operands": [], "value": [], "vjp": [], "jvp": []}
    for sample in chosen(name):
        op, xs, params, value = unpack(sample)
        f = lambda *given, op=op, params=params: op(*given, **params)
        if name not in LENT_OPS:  # of which some are LAPACK's results
            found["operands"] += xs
        found["value"].append(np.asarray(fg.record(f, *xs)(*xs)))
        floats = [k for k, x in enumerate(xs) if x.dtype.kind == "f"]
        if value.dtype.kind != "f" or not floats or name in AMBIGUOUS | {"no_derivative"}:
            continue
        weight = spread(value.size, 3, 0.5, 1.5).reshape(value.shape).astype(value.dtype)
        total = fg.record(lambda *given, f=f, w=weight: (f(*given) * w).sum(), *xs)
        found["vjp"] += map(np.asarray, fg.grad(total, argnums=tuple(floats))(*xs))
        moving = lambda *given, f=f, xs=xs, at=floats: f(*(
            dict(zip(at, given)).get(k, x) for k, x in enumerate(xs)
        ))  # fmt: skip
        given = tuple(xs[k] for k in floats)
        along = tuple(spread(x.size, 4, 0.5, 1.5).reshape(x.shape).astype(x.dtype) for x in given)
        found["jvp"].append(np.asarray(fg.jvp(fg.record(moving, *given), given, along)[1]))
    return {part: [arrays] for part, arrays in found.items() if arrays}


# ----- sums, and whatever else has an order -----

N = 4099  # more than a tile, and than a block of pairwise sums
LENT_CASES = set("logsumexp fft_1000 fft_1009 solve_20 matmul_100".split())


def matrix(m, n, k=0):
    return spread(m * n, k, -1.0, 1.0).reshape(m, n)


def recurrent(x, y):
    """Adjoints of many uses, added in the order of the sweep."""
    for _ in range(20):
        x, y = x * y + 0.5 * x - 0.1, y - x / 3.0 + (x - y) * 0.7
    return x * x + y


def pairs(x, y, z):
    """Rows whose value only one other row reads: instructions that become one."""
    a = -(x * y + z) * (x - y) + z * z
    b = (x / z - y) * x - fg.sqrt(z * z + x * x)
    return a * y - b / (x * x + z) + fg.relu(x - y) * z


X = spread(N, 0, -1.0, 1.0)
CUBE = spread(7 * 33 * 19, 1, -1.0, 1.0).reshape(7, 33, 19)
PLACES = (spread(N, 2) * 50).astype(np.int64)
CASES = {  # name: function, arguments
    "sum_all": (lambda x: x.sum(), X),
    "sum_first": (lambda x: x.sum(0), CUBE),
    "sum_middle": (lambda x: x.sum(1), CUBE),
    "sum_last": (lambda x: x.sum(-1), CUBE),
    "sum_columns": (lambda x: x.sum(0), matrix(LONG, 5)),
    "sum_strided": (lambda x: x[::3].sum(), X),
    "sum_two": (lambda x: x.sum((0, 2)), CUBE),
    "sum_turned": (lambda x: x.transpose(2, 0, 1).sum(-1), CUBE),
    "mean": (lambda x: x.mean(), X),
    "var": (lambda x: x.var(0), CUBE),
    "norm": (lambda x: fg.norm(x), X),
    "logsumexp": (lambda x: fg.logsumexp(x, 0), X),
    "cumsum": (lambda x: fg.cumsum(x, 1), CUBE),
    "cumprod": (lambda x: fg.cumprod(1.0 + 0.1 * x, 1), CUBE),
    "prod": (lambda x: fg.prod(1.0 + 0.1 * x), X[:100]),
    "max": (lambda x: x.max(1), CUBE),
    "sort": (lambda x: fg.sort(x, 1) * spread(33, 4)[:, None], CUBE),
    "take": (lambda x: x[PLACES], X),
    "scatter": (lambda x: fg.bincount(PLACES, weights=x), X),
    "region": (lambda x: ((x * x + 1.0) * fg.abs(x) - x / 3.0).sum(), X),
    "region_rows": (lambda x: (x * x[:, ::-1] - fg.sqrt(1.0 + x * x)).sum(-1), CUBE),
    "pairs": (pairs, X, spread(N, 1, 0.5, 2.0), spread(N, 2, 0.5, 2.0)),
    "recurrent": (recurrent, 0.7, 0.4),
    "dot": (lambda x, y: x @ y, X, spread(N, 1, -1.0, 1.0)),
    "matmul": (lambda a, b: a @ b, matrix(13, 21), matrix(21, 17, 1)),
    "matmul_turned": (lambda a, b: a.T @ b.T, matrix(21, 13), matrix(17, 21, 1)),
    "matmul_100": (lambda a, b: a @ b, matrix(100, 100), matrix(100, 100, 1)),
    "fft_1000": (lambda x: fg.fft.rfft(x).real, X[:1000]),
    "fft_1009": (lambda x: fg.fft.rfft(x).imag, X[:1009]),
    "solve_20": (lambda a, b: fg.linalg.solve(a + 5.0 * np.eye(20), b), matrix(20, 20), X[:20]),
    "functions": (lambda x: fg.exp(fg.sin(x)) * fg.tanh(x) + fg.log1p(x * x), X),
    "softmax": (lambda x: fg.softmax(x, -1) * x, CUBE),
}


ROWS_ALONE = {"pairs", "recurrent", "functions"}  # op by op these are ours to the bit as well


def of_case(name):
    """Return the same for a function; the columns are those of float64 and float32."""
    f, *xs = CASES[name]
    found = {"value": [], "gradient": []} | ({"backward": []} if name in ROWS_ALONE else {})
    total = lambda *given: f(*given).sum()
    for dtype in (np.float64, np.float32):
        given = [np.asarray(x, dtype) for x in xs]
        found["value"].append([np.asarray(fg.record(f, *given)(*given))])
        slopes = fg.grad(fg.record(total, *given), argnums=tuple(range(len(xs))))(*given)
        found["gradient"].append([*map(np.asarray, slopes)])
        if name in ROWS_ALONE:
            tracked = [fg.tensor(x, requires_grad=True) for x in given]
            slopes = fg.autograd.grad(f(*tracked), tracked, fg.ones(given[0].shape))
            found["backward"].append([t.numpy() for t in slopes])
    return found
