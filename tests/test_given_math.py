"""With FASTGRAD_MATH=numpy mathematical functions have NumPy's bits, whoever computes them."""

import numpy as np
import pytest
from new_process import python

import fastgrad as fg
from fastgrad import _core

DOMAINS = dict.fromkeys(["log", "log2", "log10", "power"], (0.1, 9.0)) | {
    "arcsin": (-1, 1), "arccos": (-1, 1), "arctanh": (-1, 1), "arccosh": (1, 9), "log1p": (-0.9, 9),
}  # fmt: skip

# Before NumPy 2 the bits of these depend on how near to each other operands and result stand: even
# np.power(x[:1], x[1:2], out=x[2:3]) is not np.power of copies.
UNSTEADY = {"arctan2", "power"} if int(np.__version__.split(".")[0]) < 2 else set()


def operands(name, n, rng):
    """Return arrays of points, some far away."""
    lo, hi = DOMAINS.get(name, (-9, 9))
    far = 1 if lo == -1 else np.where(np.arange(n) % 7 == 0, 40.0, 1.0)
    return [rng.uniform(lo, hi, n) * far for _ in range(getattr(np, name).nin)]


def compare():
    """Print the ways on which bits differ from NumPy's; runs with FASTGRAD_MATH=numpy."""
    rng = np.random.default_rng(0)
    for name in sorted(set(_core.LENT) - UNSTEADY):
        f, own = getattr(np, name), getattr(fg, name)
        xs = operands(name, 10_000, rng)
        with np.errstate(all="ignore"):
            wanted = f(*xs)
        points = list(zip(*(x.tolist() for x in xs), strict=True))
        prog = fg.record(own, *points[0])
        found = {
            "array": own(*xs).numpy(),
            "strided": own(*(np.repeat(x, 2)[::2] for x in xs)).numpy(),
            "scalar": np.array([own(*point).item() for point in points]),
            "program": np.array([prog(*point) for point in points]),
            "region": fg.record(own, *xs)(*xs),
            "batch": prog.batch(*xs, what="value"),
            "vmap": fg.vmap(own)(*xs),
        }
        for way, values in found.items():
            if values.tobytes() != wanted.tobytes():
                print(name, way, np.flatnonzero(values != wanted)[:3])
    x = rng.uniform(-9, 9, 1000)
    gradients = {
        "recorded": fg.grad(lambda x: np.sum(np.sin(x)))(x),
        "vmap": fg.vmap(fg.grad(np.sin))(x),
        "folded": np.array([fg.record(lambda x, k=k: x * np.cos(k), 1.0)(1.0) for k in x.tolist()]),
        "eager": np.array([derivative_of_sine(k) for k in x.tolist()]),
    }
    for way, values in gradients.items():
        if values.tobytes() != np.cos(x).tobytes():
            print("cos", way)


def derivative_of_sine(x):
    t = fg.tensor(x, requires_grad=True)
    np.sin(t).backward()
    return t.grad.item()


def run(code, **environment):
    return python(*code, **{"FASTGRAD_ISA": None, "FASTGRAD_MATH": None, **environment})


def test_functions_have_the_bits_of_numpy():
    done = run([__file__], FASTGRAD_MATH="numpy")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_the_borrowed_functions_are_the_instruction_set_then():
    show = ["-c", "import fastgrad; print(fastgrad._core.instruction_set())"]
    assert run(show, FASTGRAD_MATH="numpy").stdout == "numpy\n"
    assert run(show, FASTGRAD_MATH="numpy", FASTGRAD_ISA="base").stdout == "numpy\n"
    assert run(show, FASTGRAD_MATH="own", FASTGRAD_ISA="base").stdout == "base\n"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"FASTGRAD_MATH": "mkl"}, "FASTGRAD_MATH='mkl' is not known; set own"),
        ({"FASTGRAD_ISA": "numpy"}, "FASTGRAD_ISA='numpy' is not an instruction set"),
    ],
)
def test_other_names_are_refused_when_the_package_is_imported(environment, said):
    done = run(["-c", "import fastgrad"], **environment)
    assert done.returncode == 1
    assert f"ImportError: {said}" in done.stderr


def test_numpys_functions_are_there_for_the_baseline_only():
    with pytest.raises(ImportError, match="leave one of them out"):
        _core.check_math("numpy", "avx2")


if __name__ == "__main__":
    compare()
