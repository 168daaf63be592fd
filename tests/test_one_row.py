"""Adding an op is adding one row: a copy of the sources gets one, is built, and knows the op."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROW = (
    "FG_OP1(softsign, x / (1.0 + fabs(x)), 1.0 / ((1.0 + fabs(x)) * (1.0 + fabs(x))), "
    'FG_DOM(-5, 5), "Operand over 1 plus its size.")\n'
)
CHECKS = """
import inspect
import numpy as np
import fastgrad as fg

assert "softsign" in fg.__all__
assert inspect.getdoc(fg.softsign).startswith("Operand over 1 plus its size.")
assert "x / (1.0 + fabs(x))" in fg.softsign.__doc__

x = fg.tensor(-3.0, requires_grad=True)
y = fg.softsign(x)
assert y.item() == -0.75
assert repr(y) == "tensor(-0.7500, grad_fn=<SoftsignBackward>)"
(slope,) = fg.autograd.grad(y, x, create_graph=True)
assert slope.item() == 0.0625
(bend,) = fg.autograd.grad(slope, x)
assert bend.item() == 0.03125
y = fg.softsign(x)
y.backward()
assert x.grad.item() == 0.0625

numbers = np.array([[-3.0, 0.0, 1.0]])
x = fg.tensor(numbers, requires_grad=True)
fg.softsign(x).sum().backward()
assert fg.softsign(numbers).tolist() == [[-0.75, 0.0, 0.5]]
assert x.grad.tolist() == [[0.0625, 1.0, 0.25]]
assert fg.softsign(numbers.astype(np.float32)).dtype == np.float32
"""


def missing():
    """Return what a build needs and this machine or checkout has not, or None."""
    for name in ("setup.py", "csrc/fg_ops.def", "tools/generate.py", "fastgrad/_core.pyx"):
        if not (ROOT / name).is_file():
            return f"{name} is not here"
    for module in ("Cython", "setuptools"):
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed"
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    if sys.platform == "win32" or shutil.which(compiler.split()[0]) is None:
        return f"there is no compiler {compiler}"
    return None


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Build a copy with one row more, and return what runs a command there."""
    if why := missing():
        pytest.skip(why)
    root = tmp_path_factory.mktemp("one_row")
    trash = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__", ".*")
    for tree in ("csrc", "fastgrad", "tests", "tools"):
        shutil.copytree(ROOT / tree, root / tree, ignore=trash)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, root)
    table = root / "csrc" / "fg_ops.def"
    before, end, after = table.read_text().partition("#undef FG_OP1\n")
    table.write_text(before + ROW + end + after)

    def run(*arguments):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FASTGRAD_"))}
        clean["FASTGRAD_DEBUG"] = "1"  # it compiles in half the time
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=root, env=clean, capture_output=True, text=True, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    run("setup.py", "--quiet", "build_ext", "--inplace")
    run.root = root
    return run


@pytest.mark.slow  # compiles the package
def test_a_row_makes_a_function_with_derivatives_and_docstring(run):
    run("-c", CHECKS)


@pytest.mark.slow
def test_a_row_stands_in_the_stub_and_in_the_docs(run):
    run("tools/generate.py")
    assert "def softsign(x: _Operand, /) -> Tensor:" in (run.root / "fastgrad/_ops.pyi").read_text()
    page = (run.root / "docs/ops.md").read_text("utf-8")
    assert "| `softsign(x)` | `x / (1.0 + fabs(x))` | x: `1.0 / ((1.0 + " in page


@pytest.mark.slow
def test_a_row_brings_its_tests(run):
    out = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "softsign", "tests/test_ops.py",
              "tests/test_broadcasting.py", "tests/test_kinks.py")  # fmt: skip
    passed = next(line for line in out.splitlines() if " passed" in line)
    assert "failed" not in passed
    assert int(passed.split(" passed")[0].split()[-1]) >= 15
