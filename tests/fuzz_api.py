"""Public functions with arguments drawn from a bag of odd ones.

    python tests/fuzz_api.py SECONDS [SEED]

An exception that tells the caller what was wrong is right, and so is a result. A crash, a hang, an
exception of another kind is not. The last call of each batch of calls is on standard error, so that
what crashes can be done again.
"""

import contextlib
import inspect
import itertools
import os
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings

import numpy as np
from watched import IS_WATCHED

import fastgrad as fg

# What a caller may get. NotImplementedError and AttributeError come from NumPy's own rules.
SAID = (
    TypeError, ValueError, IndexError, RuntimeError, OverflowError, ZeroDivisionError, MemoryError,
    AttributeError, FloatingPointError, ImportError, OSError, Warning, np.exceptions.AxisError,
    np.linalg.LinAlgError, KeyError, BufferError,
)  # fmt: skip
NEVER = SystemError, AssertionError, UnboundLocalError, NameError


N_NUMERIC = 24  # the first in the bag are Tensors and arrays that most functions take


class Evil:
    """An object whose every conversion fails, or says something that is not so."""

    def __init__(self, what):
        self.what = what

    def _fail(self, *_, **__):
        raise LookupError("evil")

    def __len__(self):
        return self.what if isinstance(self.what, int) else self._fail()

    __iter__ = __array__ = __float__ = __index__ = __getitem__ = __int__ = _fail
    __call__ = __bool__ = _fail

    def __repr__(self):
        return f"Evil({self.what!r})"


class Sub(np.ndarray):
    """A subclass of arrays."""


def tracked(x):
    return fg.tensor(x, requires_grad=True)


def bag():
    """Return makers of arguments, by a name that can be printed."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3)), rng.normal(size=3)
    square = rng.normal(size=(3, 3))
    cycle = [1.0]
    cycle.append(cycle)
    makers = {
        "tensor": lambda: fg.tensor(2.5),
        "tensor of 3": lambda: fg.tensor(b),
        "tensor of 2x3": lambda: fg.tensor(a),
        "tracked": lambda: tracked(0.5),
        "tracked of 3": lambda: tracked(b),
        "tracked of 2x3": lambda: tracked(a),
        "tracked of 3x3": lambda: tracked(square),
        "tracked of 0": lambda: tracked(np.zeros(0)),
        "tracked of 0x3": lambda: tracked(np.zeros((0, 3))),
        "tracked f4": lambda: tracked(b.astype("f4")),
        "result": lambda: tracked(b) * 2,
        "view": lambda: (tracked(a) * 1)[:, ::-2],
        "freed": lambda: freed(),
        "ints": lambda: fg.tensor([0, 2, 1]),
        "bools": lambda: fg.tensor([True, False, True]),
        "one int": lambda: fg.tensor(1),
        "a bool": lambda: fg.tensor(True),
        "array": lambda: a.copy(),
        "array of 3": lambda: b.copy(),
        "square": lambda: square.copy(),
        "int array": lambda: np.array([2, 0, 1]),
        "bool array": lambda: np.array([True, False, True]),
        "swapped": lambda: b.astype(">f8"),
        "half": lambda: b.astype("f2"),
        "long": lambda: b.astype("g"),
        "complex": lambda: b + 1j,
        "objects": lambda: np.array([1, "a", None], object),
        "texts": lambda: np.array(["a", "b"]),
        "dates": lambda: np.array(["2020-01-01"], "M8[D]"),
        "structured": lambda: np.zeros(2, [("x", "f8")]),
        "masked": lambda: np.ma.masked_array([1.0, 2.0], [0, 1]),
        "subclass": lambda: b.copy().view(Sub),
        "read only": lambda: np.broadcast_to(1.5, (2, 3)),
        "many axes": lambda: np.ones((1,) * 32),
        "0 x 2^40": lambda: np.empty((0, 2**40)),
        "nan": lambda: np.nan,
        "inf": lambda: np.inf,
        "zero": lambda: 0,
        "minus zero": lambda: -0.0,
        "one": lambda: 1,
        "two": lambda: 2,
        "minus one": lambda: -1,
        "half of one": lambda: 0.5,
        "2^31": lambda: 2**31,
        "-2^63": lambda: -(2**63),
        "10^400": lambda: 10**400,
        "numpy int": lambda: np.int64(1),
        "numpy uint": lambda: np.uint64(2**64 - 1),
        "numpy float": lambda: np.float32(1.5),
        "True": lambda: True,
        "None": lambda: None,
        "text": lambda: "sum",
        "empty text": lambda: "",
        "surrogate": lambda: "\ud800",
        "bytes": lambda: b"ab",
        "1j": lambda: 1j,
        "...": lambda: ...,
        "slice": lambda: slice(None, None, -1),
        "odd slice": lambda: slice("a", 2.5),
        "newaxis key": lambda: (None, ..., 0),
        "list": lambda: [1.0, 2.0, 3.0],
        "nested": lambda: [[1.0, 2.0], [3.0, 4.0]],
        "ragged": lambda: [[1.0], [2.0, 3.0]],
        "tensors": lambda: [tracked(1.0), fg.tensor(2.0)],
        "arrays": lambda: (b, b),
        "empty list": list,
        "empty tuple": lambda: (),
        "axes": lambda: (0, 1),
        "axes twice": lambda: (0, 0),
        "shape": lambda: (3, -1),
        "huge shape": lambda: (2**20, 2**20, 2**20),
        "shape of -1s": lambda: (-1, -1),
        "cycle": lambda: cycle,
        "deep": lambda: deep(200),
        "dict": lambda: {"a": b, "b": 1.0},
        "set": lambda: {1.0},
        "iterator": lambda: iter([1.0, 2.0]),
        "generator": lambda: (x for x in (1.0, 2.0)),
        "range": lambda: range(3),
        "function": lambda: np.sum,
        "identity": lambda: lambda x, *_: x,
        "loss": lambda: lambda x, *_: np.sum(x * x),
        "fails": lambda: failing,
        "prints": lambda: lambda *x: str(x),
        "recorded": lambda: fg.record(lambda x: (x * x).sum()),
        "program": lambda: fg.record(lambda x: np.sum(np.sin(x)), b),
        "gradient": lambda: fg.grad(lambda x: np.sum(x**3)),
        "type": lambda: float,
        "dtype": lambda: np.dtype("f4"),
        "code": lambda: "f4",
        "evil": lambda: Evil("x"),
        "evil of 3": lambda: Evil(3),
        "evil of -1": lambda: Evil(-1),
        "evil of 2^62": lambda: Evil(2**62),
        "object": object,
        "module": lambda: np,
        "class": lambda: Evil,
        "memory": lambda: memoryview(b"abcdefgh"),
        "path": lambda: os.path.join("missing", "x.fgp"),
    }
    return list(makers.items())


def freed():
    x = tracked([1.0, 2.0]) * 2.0
    x.sum().backward()
    return x


def deep(n):
    x = 1.0
    for _ in range(n):
        x = [x]
    return x


def failing(*_, **__):
    raise LookupError("user")


def calls():
    """Return (name, function) of what may be called; of a method the Tensor is drawn too."""
    found = [(name, getattr(fg, name)) for name in fg.__all__ if callable(getattr(fg, name))]
    found += [(f"Tensor.{name}", called(name)) for name in dir(fg.Tensor) if name not in LEFT_OUT]
    found += [(f"Tensor.{name}=", assigned(name)) for name in ("grad", "data", "requires_grad")]
    for module in ("autograd", "optim", "numpy", "testing", "numpy.linalg"):
        space = fg
        for part in module.split("."):
            space = getattr(space, part, None) or __import__(f"fastgrad.{module}", fromlist=["x"])
        names = set(getattr(space, "__all__", dir(space))) - LEFT_OUT
        found += [(f"{module}.{n}", getattr(space, n)) for n in sorted(names)
                  if n[0] != "_" and callable(getattr(space, n, None))]  # fmt: skip
    program = fg.record(lambda x: np.sum(np.sin(x) * x), np.ones(3))
    for name in ("__call__", "grad", "value_and_grad", "jacobian", "hessian", "batch", "bind"):
        found.append((f"program.{name}", getattr(program, name)))
    return found


# What would change the process, or read and write files.
LEFT_OUT = {
    "__class__", "__init_subclass__", "__subclasshook__", "__new__", "__getattribute__", "__del__",
    "__dict__", "__weakref__", "__sizeof__", "__dir__", "test", "seterr", "seterrcall", "errstate",
    "setbufsize", "set_printoptions", "printoptions", "memmap", "DataSource", "info", "show_config",
    "show_runtime", "tofile", "dump",
    "cumprod", "cumsum",  # NumPy 2.4 itself writes beyond an `out` without axes
    "pad",  # and fails an assertion of its own for a dict of widths
    "bmat",  # evaluates text as names
}  # fmt: skip


def called(name):
    def call(self, *args, **kwargs):
        attribute = getattr(self if isinstance(self, fg.Tensor) else tracked([1.0, 2.0]), name)
        return attribute(*args, **kwargs) if callable(attribute) else attribute

    return call


def assigned(name):
    def call(self, value=None, *_):
        setattr(self if isinstance(self, fg.Tensor) else tracked([1.0, 2.0]), name, value)

    return call


def parameters(function):
    try:
        return [p.name for p in inspect.signature(function).parameters.values()
                if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]  # fmt: skip
    except (ValueError, TypeError):
        return []


def use(result):
    """Look at a result as a caller would: what was computed wrongly may crash only now."""
    for x in result if isinstance(result, list | tuple) else [result]:
        if isinstance(x, fg.Tensor):
            repr(x)
            if x.requires_grad and x.dtype.kind == "f" and x.size < 1000:
                x.sum().backward()
        elif isinstance(x, np.ndarray) and x.size < 1000:
            repr(x)


@contextlib.contextmanager
def limits(seconds, gigabytes):
    """Let a call that takes too long raise TimeoutError, and one that takes memory MemoryError."""

    def late(*_):
        raise TimeoutError(f"more than {seconds} s")

    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    if not IS_WATCHED:
        resource.setrlimit(resource.RLIMIT_AS, (gigabytes << 30, before[1]))
    old = signal.signal(signal.SIGALRM, late)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_REAL, seconds)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        resource.setrlimit(resource.RLIMIT_AS, before)


class Calls:
    """Calls of public functions as something that draws has them, and what went wrong in them."""

    def __init__(self, log=lambda *_: None):
        self.makers, self.targets, self.log = bag(), calls(), log
        self.names = {name: parameters(f) for name, f in self.targets}
        self.n = self.good = 0
        self.wrong = {}

    def draw(self, rng):
        """Return a function with its name, and makers of arguments with theirs."""
        name, function = rng.choice(self.targets)
        chosen = rng.choices(self.makers, k=rng.choice([0, 1, 1, 1, 2, 2, 3, 4]))
        if chosen and rng.random() < 0.7:  # so that more than the first check is tried
            chosen[0] = self.makers[rng.randrange(N_NUMERIC)]
        named = {k: rng.choice(self.makers) for k in self.names[name] if rng.random() < 0.1}
        return name, function, chosen, named

    def make(self, rng, start=lambda: None):
        """Make one call; `start` is called before it."""
        name, function, chosen, named = self.draw(rng)
        called_with = [k for k, _ in chosen], {k: m for k, (m, _) in named.items()}
        self.log(self.n, name, called_with)
        self.n += 1
        try:
            args = [make() for _, make in chosen]
            kwargs = {k: make() for k, (_, make) in named.items()}
            start()
            use(function(*args, **kwargs))
            self.good += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if not is_right(error):
                found = called_with, traceback.format_exc()
                self.wrong.setdefault((name, repr(error)[:60]), found)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def is_right(error):
    """Whether a caller may get it."""
    if isinstance(error, NEVER):
        return False
    if type(error) is LookupError:
        return str(error) in ("evil", "user")
    return isinstance(error, (*SAID, StopIteration))


@contextlib.contextmanager
def away():
    """Make calls in a folder of their own, with limits; what is given starts the time of a call."""
    with limits(10, 6) as start, warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        with contextlib.chdir(folder):
            yield start


def fuzz(seconds, seed, most=10**9, log=lambda *_: None):
    """Make calls for some seconds; return how many, how many gave a result, and what was wrong."""
    rng, made = random.Random(seed), Calls(log)
    end = time.monotonic() + seconds
    with away() as start:
        while time.monotonic() < end and made.n < most:
            made.make(rng, start)
    return made.n, made.good, made.wrong


if __name__ == "__main__":
    seconds, seed = float(sys.argv[1]), int((sys.argv[2:] or [0])[0])
    place = sys.stderr.fileno()

    def log(n, name, called_with):
        if os.environ.get("FUZZ_LOG"):
            os.write(place, f"{n} {name} {called_with}\n".encode())

    tried, good, wrong = fuzz(seconds, seed, log=log)
    for (name, error), (called_with, text) in itertools.islice(wrong.items(), 40):
        print(f"--- {name}{called_with}: {error}\n{text}")
    print(f"{tried} calls, {good} results, {len(wrong)} kinds of wrong exceptions")
    sys.exit(bool(wrong))
