"""The command line: the tour, the comparison, and how it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import fastgrad as fg
from fastgrad import __main__ as command
from fastgrad import _tour
from fastgrad._tutorial import Value

HERE = Path(fg.__file__).parents[1]
posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")


def start(*arguments, **options):
    """Start the command line in a process of its own, with the fastgrad that is tested."""
    environment = {**os.environ, "PYTHONPATH": str(HERE), "PYTHONUNBUFFERED": "1"}
    options.setdefault("cwd", HERE)  # in the checkout its source folder would come first
    return subprocess.Popen(
        [sys.executable, "-m", "fastgrad", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def run(*arguments, **options):
    """Return (exit code, output, errors) of the command line."""
    process = start(*arguments, **options)
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """Return the output of the tour, run from another folder, and the seconds it took."""
    began = time.perf_counter()
    code, output, errors = run(cwd=tmp_path_factory.mktemp("elsewhere"))
    assert (code, errors) == (0, "")
    return output, time.perf_counter() - began


# ----- the tour -----


def test_the_tour_is_plain_text_for_a_terminal_of_80_columns(tour):
    output, _ = tour
    assert output.isascii()
    assert [line for line in output.splitlines() if len(line) > 80] == []
    assert "\t" not in output and "\x1b" not in output


def test_the_tour_is_over_soon(tour):
    assert tour[1] < 30  # under 10 s on an idle machine; tests may share theirs


def test_the_tour_explains_the_tutorials_example(tour):
    shown = [line.strip() for line in tour[0].splitlines()]
    documented = fg.explain.__doc__.split(">>> fg.explain(loss)\n")[1].rstrip().splitlines()
    first = shown.index(">>> fg.explain(loss)") + 1
    assert shown[first : first + len(documented)] == [line.strip() for line in documented]
    assert "tensor(-2.)" in shown


def test_the_tour_goes_down_to_the_minimum(tour):
    found = re.findall(r"^ *(\d+)  loss (\S+)  w (\S+)$", tour[0], flags=re.M)
    losses = [float(loss) for _, loss, _ in found]
    assert len(found) >= 5
    assert losses == sorted(losses, reverse=True)
    assert float(found[-1][2]) == pytest.approx(2.0, abs=1e-8)


def test_the_tour_reaches_the_certified_answer_from_both_starts(tour):
    rows = re.findall(r"^from (\d+), (\S+) +(\S+) +(\S+) +(\S+)$", tour[0], flags=re.M)
    assert [(row[0], row[1]) for row in rows] == [("500", "0.0001"), ("250", "0.0005")]
    for row in rows:
        got = [float(x) for x in row[2:]]
        np.testing.assert_allclose(got, list(_tour.CERTIFIED.values()), rtol=1e-8)
    digits = re.search(r"^digits that agree +(\d+) +(\d+) +(\d+)$", tour[0], flags=re.M)
    assert min(map(int, digits.groups())) >= 8


def test_what_the_tour_shows_as_code_runs_as_it_is(tour):
    lines = re.findall(r"^(?:>>>|\.\.\.) (.*)$", tour[0], flags=re.M)
    shown = "\n".join(lines) + "\n"
    assert shown == _tour.EXAMPLE + _tour.BACKWARD + _tour.DESCENT + _tour.FIT
    pressure, volume = _tour.misra1a()
    names = {"pressure": pressure, "volume": volume}
    exec(shown, names)
    assert names["w"].item() == pytest.approx(2.0)
    np.testing.assert_allclose(names["fit"]([250.0, 0.0005]).x[0], 2.3894212918e02, rtol=1e-8)


# ----- the data and the certified answer -----


def test_the_data_are_the_fourteen_observations_and_say_where_they_are_from():
    pressure, volume = _tour.misra1a()
    assert pressure.shape == volume.shape == (14,)
    assert (pressure[0], volume[0]) == (77.6, 10.07)
    assert (pressure[-1], volume[-1]) == (760.0, 81.78)
    header = (Path(fg.__file__).parent / "data" / "misra1a.csv").read_text().split("volume,")[0]
    assert "NIST" in header and "public\n# domain" in header and "www.itl.nist.gov" in header


def test_the_certified_answer_fits_the_data():
    pressure, volume = _tour.misra1a()
    b1, b2, squares = _tour.CERTIFIED.values()
    residuals = b1 * (1 - np.exp(-b2 * pressure)) - volume
    np.testing.assert_allclose(residuals @ residuals, squares, rtol=1e-9)
    slopes = np.stack([1 - np.exp(-b2 * pressure), b1 * pressure * np.exp(-b2 * pressure)])
    gradient = slopes @ residuals  # zero at the minimum, to the digits that are certified
    assert np.all(np.abs(gradient) < 1e-9 * np.abs(slopes) @ volume)


@pytest.mark.parametrize(
    ("got", "want"), [(2.0, 11), (2.0 + 2e-11, 11), (2.002, 3), (2.2, 1), (20.0, -0.95)]
)
def test_digits_are_counted_by_the_relative_error(got, want):
    assert _tour.digits(got, 2.0) == pytest.approx(want, abs=0.01)


def test_a_fit_that_falls_short_is_noticed(capsys):
    class Fit:
        x, cost = (238.942, 5.5015643181e-04), 1.2455138894e-01 / 2

    assert not _tour.show_fits([Fit, Fit])
    assert "less than 8 digits" in capsys.readouterr().out


# ----- the comparison -----


def test_the_engine_of_the_tutorial_computes_what_fastgrad_computes():
    def f(a, b, exp):
        return exp(-a * b) * (2 - b) ** 3 + (a - 1) * b + 3 - a

    ours, theirs = [fg.tensor(x, requires_grad=True) for x in (0.7, 1.3)], [Value(0.7), Value(1.3)]
    f(*ours, fg.exp).backward()
    f(*theirs, Value.exp).backward()
    assert [t.grad.item() for t in ours] == pytest.approx([v.grad for v in theirs], rel=1e-13)


def test_the_comparison_prints_rates_and_how_many_times_as_many_they_are(capsys):
    assert _tour.bench(seconds=0.01, rounds=1) == 0
    output = capsys.readouterr().out
    assert re.findall(r"^(\S.*): (\d+) nodes$", output, flags=re.M) == [
        ("(w * x - y) ** 2", "3"),
        ("the fit of Misra1a, a sum of 14 squares", "112"),
    ]
    rows = re.findall(r"^  (\S.*?)  +([\d,]+) +([\d,.]+)x$", output, flags=re.M)
    names = ["pure Python", "fastgrad", "fastgrad, recorded", "fastgrad, 10,000 points a call"]
    assert [name for name, *_ in rows] == 2 * [*names, "NumPy by hand, 10,000 points"]
    for problem in rows[:5], rows[5:]:
        numbers = [[float(x.replace(",", "")) for x in row[1:]] for row in problem]
        slow, eager, _, many, _ = (rate for rate, _ in numbers)
        assert many > eager > slow > 0
        for rate, ratio in numbers:
            assert ratio == pytest.approx(rate / slow, rel=0.05)
    assert f"fastgrad {fg.__version__}" in output and f"NumPy {np.__version__}" in output


def test_the_gradient_by_hand_is_the_one_of_pure_python_at_each_point():
    problem = _tour.sum_of_squares(*_tour.misra1a())
    columns = np.array([200.0, 250.0, 300.0]), np.array([0.0004, 0.0005, 0.0006])
    for k, row in enumerate(zip(*problem.by_hand(*columns))):
        numbers = [Value(column[k]) for column in columns]
        problem.loss(numbers, Value, Value.exp).backward()
        np.testing.assert_allclose(row, [v.grad for v in numbers], rtol=1e-11)


def test_a_wrong_gradient_is_not_timed(capsys, monkeypatch):
    monkeypatch.setitem(_tour.ENGINES, "pure Python", (Value, Value, lambda v: v.exp() * 1.000001))
    assert _tour.bench(seconds=0.01, rounds=1) == 1
    assert "different gradients" in capsys.readouterr().out


def test_bench_is_the_comparison_alone():
    code, output, errors = run("bench")
    assert (code, errors) == (0, "")
    assert output.startswith("gradients per second")


# ----- the command line -----


def test_version_and_help_are_printed(capsys):
    assert command.main(["--version"]) == 0
    used = fg._core.instruction_set()
    assert capsys.readouterr().out == f"fastgrad {fg.__version__} ({used})\n"
    assert command.main(["--help"]) == 0
    output = capsys.readouterr().out
    assert "bench" in output and "tour" in output
    assert max(map(len, output.splitlines())) <= 80


@pytest.mark.parametrize("wrong", [["--fast"], ["benchmark"], ["tour", "bench"], ["-x"]])
def test_a_mistake_is_named_and_answered_with_the_help(wrong, capsys):
    assert command.main(wrong) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("fastgrad: ") and wrong[-1] in errors.splitlines()[0]
    assert "usage:" in errors and "--version" in errors


def test_the_exit_code_reaches_the_shell():
    code, output, errors = run("--wrong")
    assert (code, output) == (2, "")
    assert "usage:" in errors


def test_only_what_is_asked_for_is_imported():
    code = (
        "import sys; from fastgrad.__main__ import main; main(['--version']);"
        "print('scipy' in sys.modules, 'fastgrad._tour' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    output = subprocess.check_output(
        [sys.executable, "-c", code], env=environment, text=True, cwd=HERE
    )
    assert output.splitlines()[-1] == "False False"


@posix
@pytest.mark.parametrize(("arguments", "codes"), [((), {141}), (("--version",), {0, 141})])
def test_a_reader_that_goes_away_ends_it_quietly(arguments, codes):
    with start(*arguments) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=120) in codes


@posix
def test_ctrl_c_ends_it_without_a_traceback(interrupts):
    with start("bench") as process:
        assert process.stdout.readline().startswith("gradients per second")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (130, "\n")


def test_ctrl_c_at_any_place_gives_130(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(_tour, "tour", interrupted)
    assert command.main([]) == 130
    assert capsys.readouterr() == ("", "\n")
