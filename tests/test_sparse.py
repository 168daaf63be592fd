"""Sparse Jacobians and Hessians are csr_arrays of the dense numbers; these come by way of them."""

import numpy as np
import pytest
from in_threads import in_threads
from scipy.sparse import csr_array
from sparse_samples import FUNCTIONS, X, close, rosenbrock, rosenbrock_elements, rosenbrock_hessian

import fastgrad as fg

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
        assert h.short.way[0].stats()["instructions"] < 40


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

    def work(seed):
        for k in range(30):
            x = np.random.default_rng((seed, k)).uniform(-1, 1, 50)
            np.testing.assert_allclose(
                prog.hessian(x, sparse=True).toarray(), rosenbrock_hessian(x), rtol=0, atol=1e-9
            )

    in_threads(work, 4)


# ----- dense results -----


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


@pytest.mark.parametrize("few", [1, 3, 5, 6, 17])
@pytest.mark.parametrize("many", [2, 16, 30])
def test_a_few_numbers_beside_many_are_told_apart(few, many):
    """A loop over elements becomes arrays; what there are few of stays numbers, each its own."""
    random = np.random.default_rng(few * many)
    x, y = random.standard_normal((few, 1)), random.standard_normal(many)
    for f in (
        lambda x: np.clip(x * x + y, -0.1, 0.1),
        lambda x: np.maximum(np.sin(x) * y, x + 0.01),
        lambda x: np.arctan2(np.sin(y), x * x),
    ):
        program = fg.record(f, x)
        close(fg.jacobian(program)(x), fg.jacfwd(f)(x))
        close(program.jacobian(x), fg.jacrev(f)(x))

    def total(x):
        return np.sum((x[None, -1:] ** 2 + 0.5) ** np.tanh(x[:, None] * y))

    x = random.standard_normal(few)
    program, wanted = fg.record(total, x), fg.hessian(total)(x)
    close(program.hessian(x), wanted)
    close(program.hessian(x, sparse=True).toarray(), wanted)
