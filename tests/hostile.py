"""Program files in which something is wrong everywhere once, with the right checksum.

    python tests/hostile.py [PROGRAM]

tries all changes of a program, or of all of them, which takes some minutes.
"""

import contextlib
import os
import signal
import sys
import time
from collections import namedtuple

import numpy as np
from watched import IS_WATCHED

import fastgrad as fg
from fastgrad._programs import Program
from fastgrad._saved import from_bytes, opened, sealed, to_bytes

X = np.array([0.5, 1.5, 2.5])
Pair = namedtuple("Pair", "a b")


def loss(x):
    y = np.zeros(3)
    y[1:] = x[:-1] * 2 if x[0] > 0 else x[1:]
    return np.sum(np.sin(y) * x) + x @ x


def of_arrays(a, x):
    y = np.tanh(a @ x) + a.sum(axis=1) * x.max()
    z = np.concatenate([y, x[::-1] * a[0]])
    w = np.where(z > 0, z, np.exp(z)).cumsum()[np.argsort(z)]
    return w + np.linalg.norm(a) + np.stack([w, z]).T.sum(axis=1)


def of_scalars(x):
    a, b = x[0], x[1]
    for _ in range(9):
        a = np.clip(a * 0.5 + b, -3, 3)
        b = np.sin(a) * b + np.where(a > b, a, x[2])
    return np.array([a, b, a * b]).sum()


def of_matrices(a):
    b = a @ a.T + 3.0 * np.eye(3)
    x = np.linalg.solve(b, a) + np.linalg.cholesky(b) + np.linalg.inv(b) * np.linalg.det(b)
    v = np.cumsum(np.sort(np.linalg.eigvalsh(b))) * np.linalg.svd(a)[1]
    return x.sum() + v @ np.fft.irfft(np.fft.rfft(a[0]) * 2.0, n=3) + np.cumprod(a[1])[-1]


def packed(p, n, k=None):
    return {"r": [p["w"] * n, (p["t"].a, None)], "s": Pair(p["t"].b.sum(), 1.0)}


PROGRAMS = [
    fg.record(loss, X),
    fg.record(of_arrays, np.ones((3, 3)), X),
    fg.record(of_scalars, X),
    fg.record(of_matrices, np.arange(9.0).reshape(3, 3) + np.eye(3)),
    fg.record(packed, {"w": X, "t": Pair(1.0, X)}, 3, k="abc"),
]


def run(data):
    """Load a program and run what it is, if it is small; say whether it was loaded."""
    try:
        recording, key = from_bytes(data)
    except ValueError:
        return False
    graph, leaves = recording.graph, []
    sizes = [np.prod(graph.type_of(k)[1], dtype=float) for k in range(len(graph))]
    if max(sizes, default=0) > 1e5:
        return True
    for first, value in zip(key[1][::2], key[1][1::2]):
        number = isinstance(first, tuple) and np.full(first, 0.5).astype(value)
        leaves.append(
            value if isinstance(first, type) else float(number) if first == () else number
        )
    args, kwargs = key[0].unflatten(leaves)
    again = Program(recording, key)
    for call in (again, again.jacobian, again.value_and_grad, again.hessian):
        with contextlib.suppress(ValueError, TypeError, RuntimeError, ArithmeticError, IndexError):
            call(*args, **kwargs)
    assert to_bytes(*from_bytes(to_bytes(recording, key))) == to_bytes(recording, key)
    return True


# ----- everywhere once -----

MASKS = (0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF)
NUMBERS = (0, 2**31 - 1, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)


def changes(body):
    """Give each bit and each byte flipped, each length, a byte less, a byte more, huge numbers."""
    for k in range(len(body)):
        for mask in MASKS:
            yield body[:k] + bytes([body[k] ^ mask]) + body[k + 1 :]
        for n in NUMBERS:
            yield body[:k] + n.to_bytes(8, "little") + body[k + 8 :]
        yield body[:k]
        yield body[:k] + body[k + 1 :]
        yield body[:k] + b"\0" + body[k:]


def try_changes(prog, every=1, seconds=5.0, gigabytes=1.0):
    """Load what some of the changes are; return how many were tried, loaded, and the longest time.

    Each load has a limit of time and of memory; of what was loaded, every tenth is run.
    """
    body = bytes(opened(to_bytes(prog.recording, prog.key)))
    tried = loaded = 0
    longest = 0.0
    with limited(seconds, gigabytes) as watch:
        for k, changed in enumerate(changes(body)):
            if k % every:
                continue
            tried += 1
            watch()
            start = time.perf_counter()
            data = sealed(changed)
            try:
                from_bytes(data)
            except ValueError:
                pass
            else:
                loaded += 1
                if loaded % 10 == 0:
                    run(data)
            longest = max(longest, time.perf_counter() - start)
    return tried, loaded, longest


@contextlib.contextmanager
def limited(seconds, gigabytes):
    """Limit memory, except under AddressSanitizer, which reserves all there is, and time."""
    if os.name != "posix":
        yield lambda: None
        return
    import resource

    def late(*_):
        raise TimeoutError(f"a change took more than {seconds} s")

    limits = resource.getrlimit(resource.RLIMIT_AS)
    if os.path.exists("/proc/self/statm") and not IS_WATCHED:
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + int(gigabytes * 2**30), limits[1]))
    before = signal.signal(signal.SIGALRM, late)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_REAL, seconds)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


if __name__ == "__main__":
    for prog in PROGRAMS:
        if prog.__name__ in (sys.argv[1:] or [prog.__name__]):
            tried, loaded, longest = try_changes(prog)
            print(f"{prog.__name__}: {tried} changes, {loaded} loaded, {longest:.3f} s at most")
