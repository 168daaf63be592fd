"""Sparse Jacobians and Hessians: patterns that miss nothing, colours that fit, dense numbers."""

import threading
import warnings

import numpy as np
import pytest
from fastgrad._machine import Machine
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from strategies import programs

import fastgrad as fg
from fastgrad import _compressed
from fastgrad import _derive as derive
from fastgrad._coloring import color, coloring, transposed
from fastgrad._compressed import entries
from fastgrad._roll import rolled, steady
from fastgrad._sparsity import Pattern, pattern
from fastgrad._unroll import NotScalars, unrolled

X = np.array([0.5, 1.5, -0.8, 2.0, -0.3, 1.1])


def recorded(f, x):
    """Return the graph of a function of one array."""
    return fg.record(f, x).recording.graph


def places(f, x):
    """Return the pattern of the Jacobian as a dense array of truth values."""
    graph = recorded(f, x)
    found = pattern(graph, graph.outputs[0], graph.inputs[0])
    dense = np.zeros(found.shape, bool)
    dense[found.rows, found.indices] = True
    return dense


def close(got, wanted, tolerance=1e-12):
    np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


def rosenbrock(x):
    return ((1.0 - x[:-1]) ** 2 + 100.0 * (x[1:] - x[:-1] ** 2) ** 2).sum()


def rosenbrock_elements(x):
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))


def rosenbrock_hessian(x):
    """Written out."""
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    above = -400.0 * x[:-1]
    return np.diag(diagonal) + np.diag(above, 1) + np.diag(above, -1)


A = np.array([[1.0, 0.0, 2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0, 0.0, 1.0]])
INDEX = np.array([4, 0, 0, 2])


def filled(x):
    y = np.zeros(8)
    y[1:4] = x[:3] * x[1:4]
    y[5] = x[0]
    return y


def scattered(x):
    y = x * 1.0
    y[INDEX] = x[1:5] ** 2
    return y


# functions of six numbers that go through each structural op, and exact patterns of some of them
FUNCTIONS = {
    "elementwise": lambda x: np.sin(x) * x,
    "reshape": lambda x: (x.reshape(2, 3) ** 2).reshape(6),
    "transpose": lambda x: x.reshape(2, 3).T ** 2,
    "broadcast": lambda x: np.broadcast_to(x[:2], (3, 2)) * x.reshape(3, 2),
    "copy": lambda x: x.copy() ** 2,
    "getitem": lambda x: x[::-2] * x[1:4],
    "put_add": lambda x: fg.grad(lambda y: (y[1:] ** 3 * y[:-1]).sum())(x),
    "assign": filled,
    "gather": lambda x: x[INDEX] ** 2,
    "scatter_add": lambda x: fg.grad(lambda y: (y[INDEX] ** 3).sum())(x),
    "scatter_set": scattered,
    "concatenate": lambda x: np.concatenate([x[:2] ** 2, x[3:], x[:1] * x[5]]),
    "stack": lambda x: np.stack([x[:3], x[3:] ** 2, x[:3] * x[1:4]], axis=1),
    "sum": lambda x: (x.reshape(2, 3) ** 2).sum(axis=0),
    "max": lambda x: x.reshape(3, 2).max(axis=1) * x[0],
    "min": lambda x: x.reshape(2, 3).min(axis=0),
    "norm": lambda x: np.linalg.norm(x.reshape(3, 2), axis=1),
    "logsumexp": lambda x: fg.logsumexp(x.reshape(3, 2), axis=0),
    "cumsum": lambda x: np.cumsum(x**2),
    "matmul": lambda x: x.reshape(2, 3) @ (x.reshape(3, 2) ** 2),
    "matmul by a constant": lambda x: A @ x**2,
    "constant by matmul": lambda x: (x.reshape(1, 6) ** 2) @ A.T,
    "batched matmul": lambda x: x.reshape(3, 1, 2) @ np.ones((3, 2, 2)),
    "astype": lambda x: x.astype(np.float32).astype(np.float64) ** 2,
    "where": lambda x: np.where(x > 0, x, x[::-1] ** 2),
    "sort": lambda x: x[np.argsort(x)] ** 2,
    "stop_gradient": lambda x: x * fg.stop_gradient(x[::-1]),
    "prod": lambda x: np.prod(x.reshape(3, 2), axis=1),
    "tests": lambda x: (x > 0.0) * x + np.sign(x) + np.floor(x),
    "scalar": lambda x: (x[:2] ** 2).sum(),
    "constant rows": lambda x: np.concatenate([np.ones(2), x[2:3] ** 2, np.zeros(1)]),
    "nothing": lambda x: np.sign(x),
    "no rows": lambda x: x[:0] * 2.0,
}
EXACT = (
    "elementwise reshape transpose broadcast copy getitem put_add assign gather concatenate stack sum"
).split()


# ----- patterns -----


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_pattern_has_every_place_where_a_derivative_is_not_zero(name):
    f, rng = FUNCTIONS[name], np.random.default_rng(1)
    found = places(f, X)
    seen = np.zeros_like(found)
    for _ in range(3):
        x = rng.permutation(X) + rng.uniform(-0.1, 0.1, 6)
        jacobian = np.asarray(fg.jacobian(f)(x)).reshape(found.shape)
        seen |= jacobian != 0
    assert not (seen & ~found).any()
    if name in EXACT:
        assert (seen == found).all()


def test_zeros_of_a_constant_matrix_are_no_places():
    assert (places(FUNCTIONS["matmul by a constant"], X) == (A != 0)).all()
    assert (places(FUNCTIONS["constant by matmul"], X) == (A != 0)).all()
    blocks = places(FUNCTIONS["batched matmul"], X)
    assert (blocks == np.kron(np.eye(3), np.ones((2, 2)))).all()


def test_what_has_no_derivative_has_no_place():
    assert (places(FUNCTIONS["tests"], X) == np.eye(6, dtype=bool)).all()
    assert (places(FUNCTIONS["stop_gradient"], X) == np.eye(6, dtype=bool)).all()
    assert not places(FUNCTIONS["nothing"], X).any()


def test_positions_that_are_computed_may_be_any():
    assert places(FUNCTIONS["sort"], X).all()


@given(programs())
def test_the_pattern_of_a_random_program_misses_nothing(program):
    def f(x):
        return np.stack(program.run(lambda name: getattr(fg, name), list(x)))

    x = np.array(program.columns[0])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = places(f, x)
        for column in program.columns:
            jacobian = fg.jacobian(f)(np.array(column))
            assert not ((jacobian != 0) & np.isfinite(jacobian) & ~found).any()


def test_a_pattern_follows_chains_of_numbers():
    def f(x):
        total, out = 0.0, []
        for k in range(len(x)):
            total = total + x[k]
            out.append(total * 2.0)
        return np.array(out)

    assert (places(f, np.ones(40)) == np.tril(np.ones((40, 40), bool))).all()


def test_a_union_of_many_sets_is_that_of_sets():
    rng = np.random.default_rng(2)
    groups = [rng.integers(0, 300, size) for size in (0, 1, 2, 5, 40, 2000, 60)]

    def f(x):
        return np.stack([(x[np.array(k, int)] ** 2).sum() for k in groups])

    found = places(f, np.ones(300))
    for row, group in zip(found, groups):
        assert (np.flatnonzero(row) == np.unique(group)).all()


# ----- colours -----


def matrix(rng, rows, columns, density):
    made = random_array((rows, columns), density=density, rng=rng, format="csr")
    made.sort_indices()
    return Pattern(made.shape, made.indptr.astype(np.int32), made.indices.astype(np.int32))


def is_valid(found, colors):
    """Whether no two entries of a row have columns of one colour."""
    pairs = found.rows.astype(np.int64) * (colors.max(initial=0) + 1) + colors[found.indices]
    return len(np.unique(pairs)) == len(pairs)


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(0, 30), st.floats(0, 0.4))
def test_columns_of_one_color_share_no_row(seed, rows, columns, density):
    found = matrix(np.random.default_rng(seed), rows, columns, density)
    colors, count = color(found)
    assert colors.shape == (columns,)
    assert count == (colors.max() + 1 if columns else 0)
    assert is_valid(found, colors)
    both = coloring(found)
    assert is_valid(found if both.forward else transposed(found), both.colors)
    assert both.n_colors <= count


def test_a_band_has_as_many_colors_as_its_width():
    for width in (1, 3, 5):
        n = 50
        band = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= width // 2
        made = csr_array(band)
        assert color(Pattern(made.shape, made.indptr, made.indices))[1] == width


def test_a_long_row_is_taken_by_reverse_mode():
    f = lambda x: np.stack([x.sum() ** 2, x[0] * x[1]])
    graph = recorded(f, np.ones(50))
    both = coloring(pattern(graph, graph.outputs[0], graph.inputs[0]))
    assert (both.forward, both.n_colors) == (False, 2)


# ----- results -----


def is_canonical(made):
    """Whether rows are sorted, without an entry twice."""
    steps = np.diff(made.indices)
    starts = np.zeros(max(made.nnz - 1, 0), bool)
    inner = made.indptr[1:-1]
    starts[inner[(inner > 0) & (inner < made.nnz)] - 1] = True
    return (steps[~starts] > 0).all() and made.has_sorted_indices and made.has_canonical_format


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_sparse_jacobian_is_the_dense_one(name, record):
    f = FUNCTIONS[name]
    source = fg.record(f) if record else f
    dense, sparse = fg.jacobian(source), fg.jacobian(source, sparse=True)
    for x in (X, X[::-1].copy(), X + 0.25, X):
        made, wanted = sparse(x), np.asarray(dense(x))
        assert isinstance(made, csr_array) and made.dtype == np.float64
        assert made.shape == (wanted.size // 6, 6)
        assert is_canonical(made)
        made.check_format()
        close(made.toarray(), wanted.reshape(-1, 6))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_sparse_hessian_is_the_dense_one(name):
    f = lambda x: (FUNCTIONS[name](x) ** 2).sum()
    made = fg.hessian(f, sparse=True)(X)
    assert made.shape == (6, 6) and is_canonical(made)
    close(made.toarray(), fg.hessian(f)(X), 1e-11)


def test_a_sparse_jacobian_is_that_of_differences():
    f = FUNCTIONS["getitem"]
    columns = [(f(X + h) - f(X - h)) / 2e-6 for h in 1e-6 * np.eye(6)]
    close(fg.jacobian(f, sparse=True)(X).toarray(), np.stack(columns, axis=1), 1e-8)


@pytest.mark.parametrize("f", [rosenbrock, rosenbrock_elements])
@pytest.mark.parametrize("n", [2, 3, 10, 400])
def test_the_hessian_of_rosenbrocks_function_is_tridiagonal(f, n):
    prog = fg.record(f, np.zeros(n))
    for seed in range(3):
        x = np.random.default_rng(seed).uniform(-1.0, 1.5, n)
        made = prog.hessian(x, sparse=True)
        assert made.nnz == 3 * n - 2
        close(made.toarray(), rosenbrock_hessian(x))
        close(prog.hvp(x, x[::-1].copy()), rosenbrock_hessian(x) @ x[::-1], 1e-11)


def test_loops_over_elements_become_arrays():
    x = np.linspace(-1.0, 1.0, 300)
    for f in (rosenbrock, rosenbrock_elements):
        h = fg.hessian(fg.record(f, x), sparse=True)
        h(x)
        assert h.short.machine.stats()["instructions"] < 40


def test_results_do_not_share_memory():
    prog = fg.record(rosenbrock, X)
    a, b = prog.hessian(X, sparse=True), prog.hessian(X, sparse=True)
    for name in ("data", "indices", "indptr"):
        assert not np.shares_memory(getattr(a, name), getattr(b, name))
    a.data[:] = 0.0
    a.eliminate_zeros()
    assert a.nnz == 0
    close(prog.hessian(X, sparse=True).toarray(), rosenbrock_hessian(X))


def test_results_are_csr_arrays_to_all_of_scipy():
    from scipy.sparse.linalg import spsolve

    x = np.ones(8)
    h = fg.record(rosenbrock, x).hessian(x, sparse=True)
    close(h @ x, rosenbrock_hessian(x) @ x)
    close((h.T + h * 2.0).toarray(), 3.0 * rosenbrock_hessian(x))
    close(spsolve(h.tocsc(), x), np.linalg.solve(rosenbrock_hessian(x), x), 1e-9)
    close(h[2:4].toarray(), rosenbrock_hessian(x)[2:4])
    close(h.copy().tocoo().toarray(), rosenbrock_hessian(x))


def test_float32_stays_float32():
    x = X.astype(np.float32)
    for made in (
        fg.hessian(rosenbrock, sparse=True)(x),
        fg.record(rosenbrock, x).hessian(x, sparse=True),
    ):
        assert made.dtype == np.float32
        close(
            made.toarray(), rosenbrock_hessian(X), 2e-5
        )  # a few roundings of 6e-8, of terms to 1e3


def test_aux_goes_with_a_sparse_result():
    f = lambda x: (x[1:] * x[:-1], {"sum": x.sum(), "n": 3})
    made, aux = fg.jacobian(f, has_aux=True, sparse=True)(X)
    close(made.toarray(), fg.jacobian(lambda x: f(x)[0])(X))
    assert aux == {"sum": X.sum(), "n": 3}
    h, aux = fg.hessian(lambda x: (rosenbrock(x), x * 2.0), has_aux=True, sparse=True)(X)
    close(h.toarray(), rosenbrock_hessian(X))
    close(aux, X * 2.0)


def test_other_arguments_are_handed_on():
    f = lambda s, x, n: s * x**n + np.roll(x, 1)
    for source in (f, fg.record(f)):
        j = fg.jacobian(source, argnums=1, sparse=True)
        for s, n in ((2.0, 2), (3.0, 3), (2.0, 2)):
            close(j(s, X, n).toarray(), fg.jacobian(f, argnums=1)(s, X, n))
        assert j(2.0, np.ones(3), 2).shape == (3, 3)


def test_a_branch_that_goes_another_way_is_followed_or_refused():
    def f(x):
        return x**2 if x[0] > 0 else x * x[::-1]

    below = X * np.array([-1.0, 1, 1, 1, 1, 1])
    lazy = fg.record(f)
    for x in (X, below, X, below):
        close(lazy.jacobian(x, sparse=True).toarray(), fg.jacobian(f)(x))
    prog = fg.record(f, X)
    prog.jacobian(X, sparse=True)
    with pytest.raises(fg.BranchChanged, match="test_sparse"):
        prog.jacobian(below, sparse=True)
    both = fg.record(f, X, branches="record")
    close(both.jacobian(below, sparse=True).toarray(), fg.jacobian(f)(below))


def test_a_branch_in_a_loop_over_elements_is_followed():
    def f(x):
        total = 0.0
        for k in range(len(x) - 1):
            total = total + (x[k + 1] - x[k] ** 2) ** 2
        return total * 2.0 if x[0] > 0 else total

    x = np.linspace(1.0, 2.0, 200)
    lazy = fg.record(f)
    for y in (x, -x, x):
        close(lazy.hessian(y, sparse=True).toarray(), fg.hessian(f)(y), 1e-11)


def test_threads_share_a_sparse_hessian():
    prog = fg.record(rosenbrock, np.zeros(50))
    wrong = []

    def work(seed):
        for k in range(30):
            x = np.random.default_rng((seed, k)).uniform(-1, 1, 50)
            wrong.append(
                abs(prog.hessian(x, sparse=True).toarray() - rosenbrock_hessian(x)).max() > 1e-9
            )

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(wrong) == 120 and not any(wrong)


# ----- refusals -----


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: fg.jacobian(lambda x: (x, x), sparse=True)(X), "returns one array"),
        (lambda: fg.jacobian(lambda x: {"a": x}, sparse=True)(X), "returns one array"),
        (lambda: fg.jacobian(lambda x: x["a"], sparse=True)({"a": X}), "by one array"),
        (lambda: fg.jacobian(np.multiply, argnums=(0, 1), sparse=True)(X, X), "by one array"),
        (lambda: fg.hessian(lambda x: x[0] @ x[1], sparse=True)([X, X]), "by one array"),
        (lambda: fg.jacobian(lambda x: x > 0, sparse=True)(X), "no derivative"),
        (lambda: fg.vmap(fg.hessian(rosenbrock, sparse=True))(np.ones((2, 3))), "sparse=True out"),
        (lambda: fg.grad(fg.jacobian(np.sin, sparse=True))(X), "sparse=True out"),
        (
            lambda: fg.jacobian(lambda x: fg.hessian(rosenbrock, sparse=True)(x).data)(X),
            "sparse=True out",
        ),
    ],
)
def test_what_is_no_sparse_matrix_is_refused(call, sentence):
    with pytest.raises(TypeError, match=sentence):
        call()


def test_a_hessian_of_a_vector_is_refused():
    with pytest.raises(ValueError, match="needs a scalar output"):
        fg.hessian(np.sin, sparse=True)(X)


# ----- graphs -----


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_unrolled_graph_has_the_same_values(name):
    graph = recorded(FUNCTIONS[name], X)
    try:
        made, (nodes,) = unrolled(graph, graph.outputs[:1], 10_000)
    except NotScalars:
        assert name in "max min norm logsumexp cumsum astype sort stop_gradient".split()
        return
    assert all(made.type_of(k)[1] == () for k in nodes.reshape(-1).tolist())
    made.outputs = [
        made.pack(
            [made.var(k) for k in nodes.reshape(-1).tolist()], np.dtype(float), (nodes.size,)
        ).node
    ]

    value = Machine(made, made.outputs, made.guards).run([X])[0]
    close(value, np.asarray(FUNCTIONS[name](X), float).reshape(-1))


def test_a_rolled_graph_has_the_same_bits():

    weights = np.random.default_rng(5).uniform(1.0, 2.0, 300)

    def f(x):
        parts = [np.sin(x[k]) * weights[k] + x[k - 1] / (2.0 + x[k] ** 2) for k in range(300)]
        return sum(parts[1:], parts[0]) + x[0] * x[7]

    x = np.linspace(-1.0, 1.0, 300)
    graph = derive.gradient(recorded(f, x), [0])
    made = rolled(graph)
    assert len(made) < len(graph) / 3
    for y in (x, x**2, x - 0.3):
        for a, b in zip(
            Machine(graph, graph.outputs, []).run([y]), Machine(made, made.outputs, []).run([y])
        ):
            assert np.array_equal(a, b)


def test_a_graph_without_repetition_is_not_rolled():
    def f(x):
        for _ in range(300):
            x = np.sin(x) * 1.01
        return x

    assert rolled(recorded(f, 0.5)) is None


@pytest.mark.parametrize("places", [[0], [3], [0, 1, 2], [4, 2, 0], [1, 4, 7], [2, 2], [0, 1, 3]])
def test_steady_places_are_a_slice(places):
    key = steady(np.array(places))
    if key is None:
        assert places in ([2, 2], [0, 1, 3])
    else:
        assert np.arange(10)[key].tolist() == places


def test_entries_stand_in_the_order_of_the_pattern_in_both_forms(monkeypatch):

    f = lambda x: np.concatenate([x[1:] ** 2 * x[:-1], x.sum(keepdims=True) ** 2])
    wanted = fg.jacobian(f)(X)
    for most in (0, 10**6):
        monkeypatch.setattr(_compressed, "MOST_NODES", most)
        graph, found = entries(recorded(f, X), 0)
        data = Machine(graph, graph.outputs, []).run([X])[0]
        close(data, wanted[found.rows, found.indices])


@pytest.mark.parametrize("record", [False, True])
def test_a_dense_result_that_is_mostly_zero_has_the_numbers_of_each_mode(record):
    f = lambda x: x[1:] ** 2 * np.sin(x[:-1]) if x[0] < 5 else x
    x = np.linspace(-1.0, 1.0, 40)
    source = fg.record(f) if record else f
    close(fg.jacobian(source)(x), fg.jacfwd(f)(x))
    grid = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
    g = lambda x: (x[1:] * x[:-1] ** 2).sum() + (x**3).sum()
    source = fg.record(g) if record else g
    assert fg.hessian(source)(grid).shape == (3, 4, 3, 4)
    close(fg.hessian(source)(grid), fg.jacfwd(fg.grad(g))(grid))


def test_a_dense_result_that_is_mostly_zero_can_be_transformed_on():
    prog = fg.record(rosenbrock, np.zeros(30))
    x, v = np.linspace(-1.0, 1.0, 30), np.linspace(2.0, 1.0, 30)
    form = lambda x: v @ fg.hessian(prog)(x) @ v
    by_difference = [(form(x + h) - form(x - h)) / 2e-6 for h in 1e-6 * np.eye(30)]
    close(fg.grad(form)(x), by_difference, 2e-5)  # of terms to 1e4, over a step of 1e-6
    xs = np.stack([x, v, x * v])
    close(fg.vmap(fg.hessian(prog))(xs), np.stack([rosenbrock_hessian(row) for row in xs]))


def test_a_dense_result_has_no_nan_where_nothing_depends():
    f = lambda x: np.sqrt(x) * 2.0
    made = fg.jacobian(f)(np.zeros(6))
    assert (made[~np.eye(6, dtype=bool)] == 0).all()
    assert np.isinf(np.diag(made)).all()
