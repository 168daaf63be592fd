"""Rows whose functions are SciPy's, loaded when first used; operands without a derivative."""

import pickle
import re

import numpy as np
import pytest
from formulas import LENT
from new_process import python
from scipy import special

import fastgrad as fg
import fastgrad.scipy.special
from fastgrad._ops import ROWS
from fastgrad._struct_refuse import no_derivative

X = np.linspace(0.4, 3.0, 7)


# ----- loading, each way in a process of its own -----


def run(code, *arguments):
    done = python("-c", code, *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


BEFORE = "import sys, numpy as np, fastgrad as fg; assert 'scipy.special' not in sys.modules\n"
WAYS = {
    "a number": "y = fg.gammaln(2.5).item()",
    "a tracked scalar": "y = fg.gammaln(fg.tensor(2.5, requires_grad=True)).item()",
    "an array": "y = fg.gammaln(np.array([2.5]))[0].item()",
    "a recording": "y = fg.record(fg.gammaln, 2.5)(2.5)",
    "a gradient": "y = fg.grad(lambda x: fg.betaln(x, 1.0))(2.5)",
    "a batch": "y = fg.vmap(fg.gammaln)(np.array([2.5, 3.5]))[0]",
    "a namespace": "import fastgrad.scipy.special as s; y = s.gammaln(fg.tensor(2.5)).item()",
    "three operands": "y = fg.betainc(2.0, 3.0, 0.5).item()",
    "a class of code": "import scipy.special as s; y = s.gammaln(fg.tensor([2.5]))[0].item()",
}
WANTED = {
    "a gradient": special.psi(2.5) - special.psi(3.5),
    "three operands": special.betainc(2.0, 3.0, 0.5),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_first_use_loads_what_is_needed(way):
    found = float(run(BEFORE + WAYS[way] + "\nprint(repr(float(y)))"))
    assert found == pytest.approx(WANTED.get(way, special.gammaln(2.5)), rel=1e-14)


def program():
    return fg.record(lambda x, y: fg.gammaln(x) * fg.jv(2.0, y) + fg.zeta(x + 1.5, 2.0), 2.5, 1.5)


def test_a_saved_program_loads_what_it_needs_in_another_process(tmp_path):
    prog, path = program(), tmp_path / "program.fgp"
    prog.save(path)
    code = BEFORE + (
        "prog = fg.load(sys.argv[1])\n"
        "print(repr(prog(2.5, 1.5)), repr(fg.grad(prog, argnums=1)(2.5, 1.5)))"
    )
    found = [float(x) for x in run(code, str(path)).split()]
    assert found == [prog(2.5, 1.5), fg.grad(prog, argnums=1)(2.5, 1.5)]


def test_a_pickled_program_loads_what_it_needs_in_another_process(tmp_path):
    prog, path = program(), tmp_path / "program.pickle"
    path.write_bytes(pickle.dumps(prog))
    code = BEFORE + (
        "import pickle\nprog = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(*map(repr, prog.batch(np.array([2.5]), np.array([1.5]), what='value').tolist()))"
    )
    assert float(run(code, str(path))) == prog(2.5, 1.5)


def test_threads_that_load_at_once_get_the_same():
    code = BEFORE + (
        "import threading\n"
        "start, found = threading.Barrier(6), []\n"
        "def work(k):\n"
        "    start.wait()\n"
        "    found.append((fg.gammaln(2.5 + k), fg.jv(2.0, np.full(5000, 1.5)).sum()))\n"
        "threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "print(len(found), np.isfinite([[float(x) for x in y] for y in found]).all())"
    )
    assert run(code) == "6 True\n"


def test_what_this_scipy_lacks_is_refused_and_the_rest_works():
    code = BEFORE + (
        "from fastgrad import _core\n"
        "all_of_them = _core.capsules\n"
        "_core.capsules = lambda arities: {\n"
        "    k: v for k, v in all_of_them(arities).items() if k != 'betaincc'}\n"
        "print(fg.betainc(2.0, 3.0, 0.5).item())\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        fg.betaincc(2.0, 3.0, 0.5)\n"
        "    except NotImplementedError as error:\n"
        "        print(error)\n"
    )
    value, *errors = run(code).splitlines()
    assert float(value) == pytest.approx(0.6875)
    assert len(errors) == 2
    assert all("betaincc needs the function betaincc of scipy.special.cython" in e for e in errors)


def test_a_row_that_names_a_row_that_borrows_borrows_itself():
    """So a node of such a row never comes without a node whose row has been prepared."""
    called = {
        row["name"]: set(re.findall(r"\w+(?=\()", " ".join((row["value"], *row["partials"]))))
        for row in ROWS
    }
    lent = set(LENT) - {"zeta", "polygamma", "ndtr"}
    borrowing = {name for name, names in called.items() if names & lent}
    assert {n for n, names in called.items() if names & borrowing} <= borrowing
    assert {"gammaln", "polygamma", "digamma"} <= borrowing


# ----- where they are used -----


def test_a_batch_in_threads_gives_what_a_loop_gives():
    prog = fg.record(lambda x: fg.betainc(2.0, 3.0, x) * fg.kv(1.5, x), 0.5)
    points = np.linspace(0.01, 0.99, 20_000)
    one = prog.batch(points, what="value_and_grad", threads=1)
    two = prog.batch(points, what="value_and_grad", threads=2)
    for a, b in zip(one, two):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one[0][:3], [prog(x) for x in points[:3]])


def test_a_program_of_float32_goes_by_double():
    prog = fg.record(lambda x: fg.gammaln(x) + fg.jv(1.0, x), X.astype(np.float32))
    assert prog.stats()["single"]
    x = X.astype(np.float32)
    wanted = special.gammaln(x.astype(float)) + special.jv(1.0, x.astype(float))
    np.testing.assert_allclose(prog(x), wanted, rtol=3e-7, atol=1e-7)
    assert prog(x).dtype == np.float32


def test_functions_of_python_that_scipy_has_are_refused_or_recorded_never_detached():
    t = fg.tensor(X, requires_grad=True)
    for f in (
        lambda x: special.polygamma(1, x),
        lambda x: special.multigammaln(x + 2.0, 2),
        lambda x: special.zeta(2.0, x),
        lambda x: special.logsumexp(x, b=np.array(2.0)),
        lambda x: special.factorial(x),
    ):
        with pytest.raises((TypeError, RuntimeError), match=r"grad|record"):
            f(t)
        wanted = f(X)
        np.testing.assert_allclose(fg.record(f, X)(X), wanted, rtol=1e-13)


@pytest.mark.parametrize("f", [special.kn, special.yn])
def test_an_order_that_is_no_integer_is_cut_off_as_scipy_does(f):
    n = np.array([2.5, 0.9, 1.0, -1.7])[: X.size]
    with pytest.warns(RuntimeWarning, match="truncated"):
        wanted = f(n, X[:4])
    got = f(n, fg.tensor(X[:4], requires_grad=True))
    np.testing.assert_allclose(got.detach(), wanted, rtol=1e-13)


def test_the_zeta_function_of_riemann():
    x = np.array([-2.5, 0.5, 1.5, 4.0])
    np.testing.assert_allclose(fastgrad.scipy.special.zeta(x), special.zeta(x), rtol=1e-13)
    np.testing.assert_allclose(
        fg.record(lambda x: special.zeta(x), x)(x), special.zeta(x), rtol=1e-13
    )


# ----- operands without a derivative -----

REFUSED = [(row["name"], k) for row in ROWS for k, p in enumerate(row["partials"]) if p == "NAN"]


@pytest.mark.parametrize(("name", "k"), REFUSED)
def test_a_derivative_by_an_operand_that_has_none_raises(name, k):
    row = next(row for row in ROWS if row["name"] == name)
    f, point = getattr(fg, name), [np.floor(sum(d) / 2) + 0.0 for d in row["domains"]]
    if row["partials"][-1] != "NAN":
        point[-1] = sum(row["domains"][-1]) / 2
    plain = f(*point).item()
    which = "its operand" if row["arity"] == 1 else f"its {('first', 'second')[k]} operand"
    message = f"{name} has no derivative by {which}"
    t = fg.tensor(point[k], requires_grad=True)
    y = f(*point[:k], t, *point[k + 1 :])
    assert y.item() == plain
    with pytest.raises(TypeError, match=message):
        y.backward()
    with pytest.raises(TypeError, match=message):
        fg.grad(f, argnums=k)(*point)
    with pytest.raises(TypeError, match=message):
        fg.jvp(lambda x: f(*point[:k], x, *point[k + 1 :]), (point[k],), (1.0,))
    prog = fg.record(f, *point)
    assert prog(*point) == plain
    with pytest.raises(TypeError, match=message):
        fg.grad(prog, argnums=k)(*point)


def test_the_other_operands_have_theirs_while_the_order_is_tracked():
    n, x = fg.tensor(2.0, requires_grad=True), fg.tensor(1.5, requires_grad=True)
    y = fg.jv(n, x)
    (g,) = fg.autograd.grad(y, x, create_graph=True)
    assert g.item() == pytest.approx(special.jvp(2, 1.5), rel=1e-14)
    (h,) = fg.autograd.grad(g, x, retain_graph=True)
    assert h.item() == pytest.approx(special.jvp(2, 1.5, 2), rel=1e-13)
    with pytest.raises(TypeError, match="jv has no derivative by its first operand"):
        fg.autograd.grad(g, n)


def test_a_detached_order_is_a_number():
    f = lambda n, x: fg.jv(fg.stop_gradient(n), x)
    assert fg.grad(f)(2.0, 1.5) == 0.0
    assert fg.grad(lambda n: fg.jv(2.0 * fg.stop_gradient(n), 1.5) * n)(1.0) == special.jv(2, 1.5)
    assert fg.grad(f, argnums=1)(2.0, 1.5) == pytest.approx(special.jvp(2, 1.5), rel=1e-14)
    n = fg.tensor(2.0, requires_grad=True)
    assert not fg.jv(n.detach(), 1.5).requires_grad


def test_what_is_computed_from_a_tracked_order_has_no_derivative_either():
    with pytest.raises(TypeError, match="jv has no derivative by its first operand"):
        fg.grad(lambda n: fg.stop_gradient(n) * fg.jv(fg.square(n), 1.5))(2.0)


def test_a_list_of_tracked_orders_is_refused_or_says_so_too():
    n = fg.tensor(2.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="use fastgrad"):
        fg.jv([n, n], 1.5)
    with pytest.raises((RuntimeError, TypeError), match=r"requires grad|no derivative"):
        fg.grad(lambda n: fg.jv([n, n], 1.5).sum())(2.0)


def test_an_operand_without_a_derivative_costs_programs_nothing():
    with_order = fg.record(lambda n, x: fg.jv(n, x), 2.0, 1.5).stats()
    without = fg.record(lambda n, x: fg.beta(n, x), 2.0, 1.5).stats()
    assert with_order["instructions"] == without["instructions"] == 1
    assert with_order["scalar"]


def test_batches_and_sparse_jacobians_go_through_it():
    f = lambda n, x: fg.jv(n, x)
    orders = np.array([0.0, 1.0, 2.5])
    points = np.array([0.5, 1.0, 1.5])
    np.testing.assert_array_equal(fg.vmap(f)(orders, points), special.jv(orders, points))
    found = fg.jacobian(lambda x: fg.jv(orders, x), sparse=True)(points)
    np.testing.assert_allclose(found.toarray(), np.diag(special.jvp(orders, points)), rtol=1e-14)


def test_the_reason_of_a_refusal_is_a_sentence():
    with pytest.raises(TypeError, match="is a string"):
        no_derivative.infer(np.zeros(3), why=3)
