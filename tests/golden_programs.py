"""Programs and pickles as each version of the file format has saved them.

``python tests/golden_programs.py`` saves those of the present version to tests/golden/programs/,
once: files of users are not written anew, so these are not either. A new version gets a folder of
its own.
"""

import pickle
from pathlib import Path

import golden_cases as cases
import numpy as np
from formulas import ROWS, function

import fastgrad as fg
from fastgrad import _saved
from fastgrad._programs import Program
from fastgrad._recording import Structural

FOLDER = Path(__file__).parent / "golden" / "programs"
YOUNG = {"betaincc", "betainccinv"}  # not in the oldest SciPy
LENT = {row["name"] for row in ROWS if cases.is_lent(row)} | cases.LENT_OPS
X = np.array([0.5, 1.5, -0.8])


def of_rows(numbers):
    """All rows, at points of their domains."""
    return {
        row["name"]: function(row)(*(numbers[row["name"]][k] for k in range(row["arity"])))
        for row in ROWS
        if row["name"] in numbers
    }


def numbers_of_rows(dtype):
    return {
        row["name"]: [np.asarray(x[:5], dtype) for x in cases.points(row)]
        for row in ROWS
        if row["name"] not in YOUNG and not (row["name"] in LENT and dtype == np.float32)
    }


def of_structural(operands):
    """All structural ops."""
    return {
        name: getattr(fg._structural, name)(*xs, **cases.chosen(name)[-1][2])
        for name, xs in operands.items()
    }


def bent(x, scale=1.0, *, names=("a", "b")):
    """A branch, a static argument, containers, numbers."""
    y = np.exp(x) if x[0] > 0 else x
    return {"first": [y.sum() * scale, (y[::-1], None)], names[0]: 2.5 * y[0]}


def loss(x, t):
    a = np.tanh(np.outer(x, x) @ t) + t.cumsum()
    return (a * a).sum() / (1.0 + t[0] ** 2)


def programs():
    """Return {name: (program, positional arguments, keywords)}."""
    names = dict.fromkeys(name for name, _, _ in cases.SAMPLES)
    operands = {name: [*cases.chosen(name)[-1][1]] for name in names}
    calls = {
        "rows": (of_rows, (numbers_of_rows(np.float64),), {}),
        "single": (of_rows, (numbers_of_rows(np.float32),), {}),
        "structural": (of_structural, (operands,), {}),
        "bent": (bent, (X, 2.0), {"names": ("c", "d")}),
        "gradient": (fg.grad(loss, argnums=(0, 1)), (X, X + 1.0), {}),
        "hessian": (fg.hessian(loss), (X, X + 1.0), {}),
    }
    return {n: (fg.record(f, *args, **kw), args, kw) for n, (f, args, kw) in calls.items()}


def without_places(prog):
    """Return a program whose messages name no folder of this machine."""
    graph = prog.recording.graph
    graph.places[:] = [(Path(file).name, line) for file, line in graph.places]
    graph.guards[:] = [(*guard, (Path(file).name, line)) for *guard, (file, line) in graph.guards]
    return Program(prog.recording, prog.key)


def write():
    folder = FOLDER / str(_saved.VERSION)
    folder.mkdir(parents=True)  # which fails if it is there
    made = {name: (without_places(prog), *call) for name, (prog, *call) in programs().items()}
    ops = {op.name for prog, *_ in made.values() for op, _ in prog.recording.graph.calls}
    wanted = {op.name for op in vars(fg._structural).values() if isinstance(op, Structural)}
    assert wanted - ops == {"argwhere", "copy"}, wanted - ops  # which no graph holds
    for name, (prog, *_) in made.items():
        prog.save(folder / f"{name}.fgp")
    objects = {
        "calls": {name: (args, kw, prog(*args, **kw)) for name, (prog, args, kw) in made.items()},
        "tensors": [fg.tensor(X), fg.tensor(X.astype(np.float32)), fg.tensor([True]), fg.tensor(3)],
        "programs": {name: made[name][0] for name in ("bent", "gradient")},
    }
    objects["tensors"].append(fg.tensor(2.5, requires_grad=True))
    for name, what in objects.items():
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(what, protocol=4))


if __name__ == "__main__":
    write()
