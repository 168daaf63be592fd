"""The benchmarks measure what they say: the derivatives by hand are right, and so are ours."""

import os
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import erfc

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
STEP = 1e-20  # of an imaginary part: no digits are lost in a difference

# More points than C takes in a block, or a program in a tile.
SMALL = {
    "w3a": lambda: problem("w3_rosenbrock").CASES[0],
    "w3b": lambda: problem("w3_rosenbrock").CASES[1],
    "w4": lambda: problem("w4_gmm").Mixture(3, 4, 70),
    "w5a": lambda: problem("w5a_black_scholes").BlackScholes(1100),
    "w5b": lambda: problem("w5b_heston").Heston(1100),
    "w6": lambda: problem("w6_bundle").BundleAdjustment(1100),
    "w7": lambda: problem("w7_digits").Perceptron(3, "float64"),
    "w7 float32": lambda: problem("w7_digits").Perceptron(3, "float32"),
    "w8": lambda: problem("w8_lotka").LotkaVolterra(20),
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not here")


@pytest.fixture(autouse=True)
def measure():
    """Return benchmarks/measure.py, and leave paths and environment as they were."""
    environment, path = dict(os.environ), list(sys.path)
    sys.path.insert(0, str(FOLDER))
    made = import_module("measure")
    os.environ.clear()
    os.environ.update(environment)
    yield made
    sys.path[:] = path


def problem(name):
    return import_module(f"problems.{name}")


def derivatives(function, columns):
    """Return the values of a function of columns, and its derivatives by each of them."""
    moved = [[c + 1j * STEP * (c is by) for c in columns] for by in columns]
    return [function(*columns), *[function(*point).imag / STEP for point in moved]]


def logsumexp(x, axis):
    most = x.real.max(axis)
    return np.log(np.exp(x - np.expand_dims(most, axis)).sum(axis)) + most


def along(function, parameters, direction):
    """Return the derivative of a function of arrays along a direction."""
    return function([p + 1j * STEP * d for p, d in zip(parameters, direction)]).imag / STEP


@pytest.mark.parametrize("name", ["w5a", "w5b"])
def test_the_sensitivities_by_hand_are_those_of_the_function(name):
    case = SMALL[name]()
    m = SimpleNamespace(exp=np.exp, log=np.log, sqrt=np.sqrt, erfc=erfc)
    want = derivatives(lambda *columns: case.function(m, *columns), case.COLUMNS)
    np.testing.assert_allclose(case.GRADIENT, want, rtol=1e-11, atol=1e-13)


def test_the_jacobians_by_hand_are_those_of_the_residuals():
    case = SMALL["w6"]()
    for k in range(2):
        row = derivatives(
            lambda *p: case.function(np, p, case.FEATURES.T)[k],  # noqa: B023
            list(case.PARAMETERS.T),
        )[1:]
        np.testing.assert_allclose(case.GRADIENT[:, k].T, row, rtol=1e-11, atol=1e-11)


def test_the_gradient_of_the_mixture_by_hand_is_the_one_of_its_likelihood():
    case, random = SMALL["w4"](), np.random.default_rng(0)
    for _ in range(3):
        direction = [random.normal(size=p.shape) for p in case.PARAMETERS]
        want = along(lambda p: case.loss(np, logsumexp, p), case.PARAMETERS, direction)
        got = sum(np.sum(g * d) for g, d in zip(case.by_hand(), direction))
        assert got == pytest.approx(want, rel=1e-11)


def test_the_step_of_the_perceptron_by_hand_follows_the_gradient_of_its_loss():
    w7, case, random = problem("w7_digits"), SMALL["w7"](), np.random.default_rng(0)
    value, gradient = w7.by_hand(case.PARAMETERS, *case.BATCH)
    assert value == pytest.approx(w7.loss(np, logsumexp, case.PARAMETERS, *case.BATCH))
    for _ in range(3):
        direction = [random.normal(size=p.shape) for p in case.PARAMETERS]
        want = along(lambda p: w7.loss(np, logsumexp, p, *case.BATCH), case.PARAMETERS, direction)
        got = sum(np.sum(g * d) for g, d in zip(gradient, direction))
        assert got == pytest.approx(want, rel=1e-11)
    after = [p - w7.RATE * g for p, g in zip(case.PARAMETERS, gradient)]
    np.testing.assert_array_equal(case.GRADIENT, np.concatenate([p.ravel() for p in after]))


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("engine", ["fastgrad_recorded", "fastgrad_eager", "numpy_by_hand"])
def test_an_engine_without_peers_finds_the_gradient(measure, engine, name):
    check(measure, import_module(f"engines.{engine}"), SMALL[name]())


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.skipif(sys.platform != "linux", reason="options of gcc")
def test_c_by_hand_finds_the_gradient(measure, name):
    engine = import_module("engines.c_by_hand")
    if not engine.compiler():
        pytest.skip("no C compiler")
    check(measure, engine, SMALL[name]())


def check(measure, engine, case):
    """Assert that each variant gives the gradient, and that it can be called again."""
    if not hasattr(engine, case.KEY):
        pytest.skip("not written for this engine")
    made = measure.variants(case, engine)
    assert made
    for variant, prepare in made.items():
        call = prepare()
        assert measure.timing.correct(call(), case.GRADIENT, case.TOLERANCE), variant
        call()


def test_what_is_compared_may_be_nested_but_not_wrong_in_any_row(measure):
    correct = measure.timing.correct
    want = np.array([[1.0, 2.0], [1e-6, 0.0]])
    assert correct([want[0], [1e-6, 0.0]], want, 1e-12)
    assert not correct([want[0], [1e-6, 1e-9]], want, 1e-6)  # small beside the other row only
    assert not correct(want[0], want, 1.0)
    assert not correct([want[0], [np.nan, 0.0]], want, 1.0)


# ----- the report -----


@pytest.fixture
def report(measure, tmp_path, monkeypatch):
    """Return benchmarks/report.py without its plot, and a call that reports rows in a folder."""
    made = import_module("report")
    monkeypatch.setattr(made, "plot", lambda kept, path: path.write_text("<svg/>"))
    readme, picture, figures = (tmp_path / n for n in ("README.md", "plot.svg", "b/figures.json"))
    readme.write_text(f"before\n{made.BEGIN}\nold\n{made.END}\nafter\n", "utf-8")

    def run(found):
        made.save(found, "a machine", {"fastgrad": "1", "jax": "2", "xad": "-"}, figures)
        made.write(figures, readme, picture)
        return readme.read_text("utf-8")

    return SimpleNamespace(rows=made.rows, run=run, module=made, readme=readme)


CELLS = {
    ("fastgrad", "called", "time"): [3e-6, 1e-6, 2e-6],
    ("fastgrad", "called", "first"): [1e-3],
    ("fastgrad", "bound", "time"): [1e-9],
    ("jax", "jit", "time"): [4e-3],
    ("xad", "", "time"): "not installed",
}


def test_the_report_has_the_medians_of_the_first_variants(report):
    found = report.rows(SimpleNamespace(ROW="a problem", KEY="w3"), CELLS)
    text = report.run(found)
    assert "| a problem | **2 µs** | 1 ms | 4 ms |\n" in text
    assert "|  | fastgrad | to its first gradient | jax |\n|---|---|---|---|\n" in text
    assert "Medians on a machine; fastgrad 1, jax 2." in text
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text


def test_problems_measured_later_replace_their_rows_and_stand_in_their_place(report):
    other = {("fastgrad", "", "record"): [7e-9], ("fastgrad", "", "memory"): [20.0]}
    for label, key, cells in (("b", "w10_x", CELLS), ("a", "w2", CELLS), ("b", "w10_x", other)):
        text = report.run(report.rows(SimpleNamespace(ROW=label, KEY=key), cells))
    labels = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    assert labels[1:] == ["| a", "| b", "| b: to record a node", "| b: bytes a node"]
    assert "| b: bytes a node | **20.0 B** | – | – |" in text
    assert report.rows(SimpleNamespace(KEY="w2"), CELLS) == {}


def test_a_readme_without_the_marks_is_left_alone(report):
    report.readme.write_text("nothing\n", "utf-8")
    with pytest.raises(ValueError, match="lacks the lines"):
        report.run({})
    assert report.readme.read_text("utf-8") == "nothing\n"


def test_the_readme_has_the_marks():
    made = import_module("report")
    text = (FOLDER.parent / "README.md").read_text("utf-8")
    assert text.count(made.BEGIN) == text.count(made.END) == 1


def test_the_plot_names_each_row(measure, tmp_path):
    pytest.importorskip("matplotlib")
    made = import_module("report")
    row = {"problem": "w1", "quantity": "time", "figures": {"fastgrad": 1e-6, "jax": 2e-6}}
    made.plot({"rows": {"some problem": row}}, tmp_path / "plot.svg")
    text = (tmp_path / "plot.svg").read_text("utf-8")
    assert "some problem" in text and ">jax<" in text
