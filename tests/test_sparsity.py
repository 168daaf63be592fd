"""Patterns miss nothing, colours fit, and graphs keep their values as scalars and as arrays."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sparse_samples import FUNCTIONS, A, X, close
from strategies import programs

import fastgrad as fg
from fastgrad import _compressed
from fastgrad import _derive as derive
from fastgrad._coloring import color, coloring, transposed
from fastgrad._compressed import entries
from fastgrad._machine import Machine
from fastgrad._roll import rolled, steady
from fastgrad._sparsity import Pattern, pattern
from fastgrad._unroll import NotScalars, unrolled

EXACT = (
    "elementwise reshape transpose broadcast copy getitem put_add assign gather concatenate "
    "stack sum"
).split()


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


def test_a_large_product_with_a_constant_matrix_depends_on_whole_columns(monkeypatch):
    from fastgrad import _sparsity

    matrix = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
    f = lambda x: matrix @ (x[:, None] * np.array([1.0, 2.0]))
    wanted = np.kron(matrix, [[1.0], [2.0]])
    for most in (_sparsity.DENSE_PRODUCT, 1):
        monkeypatch.setattr(_sparsity, "DENSE_PRODUCT", most)
        close(fg.jacobian(fg.record(lambda x: f(x).ravel(), X[:3]))(X[:3]), wanted)


def test_what_has_no_derivative_has_no_place():
    assert (places(FUNCTIONS["tests"], X) == np.eye(6, dtype=bool)).all()
    assert (places(FUNCTIONS["stop_gradient"], X) == np.eye(6, dtype=bool)).all()
    assert not places(FUNCTIONS["nothing"], X).any()


def test_a_custom_rule_that_calls_its_function_has_a_pattern():
    @fg.custom_jvp
    def exp(x):
        return np.exp(x)

    @fg.custom_jvp
    def shift(x):
        return np.roll(x, 1)

    exp.defjvp(lambda x, t: (exp(x[0]), 2.0 * exp(x[0]) * t[0]))
    shift.defjvp(lambda x, t: (shift(x[0]), shift(t[0])))  # it is linear
    assert (places(exp, X) == np.eye(6, dtype=bool)).all()
    assert places(shift, X)[np.arange(6), np.arange(6) - 1].all()
    prog = fg.record(lambda x: exp(x).sum(), X)
    close(prog.hessian(X, sparse=True).toarray(), np.diag(4.0 * np.exp(X)))
    close(prog.hessian(X), np.diag(4.0 * np.exp(X)))


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
    made = csr_array(rng.random((rows, columns)) < density)
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


def test_a_rolled_graph_keeps_the_sign_of_zero():
    def f(x):
        parts = [np.sin(x[k]) * x[k] for k in range(300)]
        return np.array(parts + [np.arctan2(0.0 if k < 3 else -0.0, x[k]) for k in range(6)])

    x = -np.linspace(1.0, 2.0, 300)
    made = rolled(recorded(f, x))
    np.testing.assert_array_equal(Machine(made, made.outputs, []).run([x])[0], f(x))


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
