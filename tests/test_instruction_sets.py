"""Every instruction set with a fused multiply-add gives the same bits, for arrays of any length.

Each set computes in a process of its own, for a process chooses one at its start.
"""

from pathlib import Path

import numpy as np
import pytest
from new_process import python

from fastgrad import _core
from fastgrad._ops import CODES

SETS = _core.instruction_sets()
HERE = Path(__file__).parent


def values_of_rows():
    """Return the value of each row on numbers of every kind; a part of them has the same bits."""
    import fastgrad as fg

    random = np.random.default_rng(5)
    odd = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, 1e308, 2.0**41, 0.5]
    xs = [np.concatenate([random.normal(size=500) * 3, odd, 10.0 ** random.uniform(-9, 9, 100)])
          for _ in range(3)]  # fmt: skip
    random.shuffle(xs[1])
    found = {}
    for name in CODES:
        function = getattr(fg, name, None)
        if function is None:
            continue
        for arity in (1, 2, 3):
            try:
                whole = function(*xs[:arity]).numpy()
            except TypeError:
                continue
            for start, stop in [(0, 1), (3, 20), (100, 116), (7, 500), (499, 612)]:
                part = function(*(x[start:stop].copy() for x in xs[:arity])).numpy()
                assert part.tobytes() == whole[start:stop].tobytes(), (name, start, stop)
            found[name] = whole
            break
    return found


def values_of_programs():
    """Return what programs with regions, sums, products and batches give."""
    import fastgrad as fg

    random = np.random.default_rng(6)
    found = {}

    def chain(x):
        for k in range(6):
            x = np.tanh(x[1:] * 1.1 - 0.3 * x[:-1]) + np.exp(-(x[1:] ** 2)) / (k + 1.5)
        return np.sum(x * np.log1p(x * x))

    def layers(x, w):
        y = np.tanh(x @ w) / np.sqrt(1.0 + np.sum(x * x, axis=1, keepdims=True))
        return np.sum(np.log(1.0 + y * y) * np.mean(y, axis=0))

    for n in (7, 17, 130, 515, 1100):
        x = random.normal(size=n)
        found[f"chain {n}"] = np.append(*fg.value_and_grad(fg.record(chain, x))(x)[::-1])
    x, w = random.normal(size=(37, 11)), random.normal(size=(11, 5))
    found["layers"] = fg.grad(fg.record(layers, x, w), argnums=1)(x, w)

    def path(x):
        s = x[0]
        for k in range(9):
            s = s * np.exp(x[1] * np.sqrt(x[2] + 0.1 * k)) + np.sin(s) / (1.0 + x[1] * x[1])
        return s

    points = random.uniform(0.2, 1.0, (1100, 3))
    found["batch"] = fg.vmap(fg.grad(fg.record(path, points[0])), threads=1)(points)
    threads = fg.vmap(fg.grad(fg.record(path, points[0])), threads=3)(points)
    assert threads.tobytes() == found["batch"].tobytes()
    return found


def run(name, function, tmp_path):
    """Return what a function gives with an instruction set, in a new process."""
    out = tmp_path / f"{name}.npz"
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r}); import numpy as np\n"
        f"import test_instruction_sets as t\n"
        f"with np.errstate(all='ignore'): np.savez({str(out)!r}, **t.{function}())"
    )
    done = python("-c", code, FASTGRAD_ISA=name)
    assert done.returncode == 0, done.stderr
    with np.load(out) as found:
        return dict(found)


@pytest.mark.parametrize(
    ("function", "atol"), [("values_of_rows", 1e-300), ("values_of_programs", 1e-13)]
)
def test_instruction_sets_agree(function, atol, tmp_path):
    found = {name: run(name, function, tmp_path) for name in SETS}
    for name in SETS[1:]:
        for what, wanted in found[SETS[1]].items():
            assert found[name][what].tobytes() == wanted.tobytes(), (name, what)
        for what, wanted in found["base"].items():  # without multiply-add: to rounding
            np.testing.assert_allclose(
                found[name][what], wanted, rtol=1e-12, atol=atol, err_msg=f"{name} {what}"
            )


def test_an_instruction_set_that_there_is_not_is_refused_with_those_there_are():
    child = python("-c", "import fastgrad", FASTGRAD_ISA="avx9")
    assert child.returncode
    assert "FASTGRAD_ISA='avx9' is not an instruction set" in child.stderr
    assert ", ".join(SETS) in child.stderr


def test_the_instruction_set_asked_for_is_the_one_used():
    for name in SETS:
        code = "from fastgrad import _core; print(_core.instruction_set())"
        child = python("-c", code, FASTGRAD_ISA=name)
        assert child.stdout.strip() == name
