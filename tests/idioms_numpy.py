"""Idioms of arrays: creating, filling, indexing, changing in place, calling NumPy."""

import numpy as np
import plain_helper
import scipy.linalg
import scipy.special
from verdicts import MATRIX, OTHER_MATRIX, V, W, verdicts

TABLE = []
right, refused, either = verdicts(TABLE)
NEGATIVE = np.array([-0.5, 1.5, -2.5])  # on the other side of branches that V and W take
WEIGHTS = np.array([2.0, -1.0, 0.25])
BUFFER = np.zeros(3)

# ----- what the guide promises; what it promises of Python's loops is in idioms_python -----


@right()
def array_of_elements(x):
    return np.array([x[0] ** 2, x[1] * x[2]])


@right()
def filling_zeros(x):
    y = np.zeros(3)
    y[0] = x[0] ** 2
    y[1:] = x[1:] * 2
    return np.sum(np.array([y[0], x[1] * x[2]])) + y.sum()


@right()
def filling_zeros_like_the_argument(x):
    y = np.zeros_like(x)
    for i in range(x.size):
        y[i] = x[i] ** i
    return y


@right()
def filling_empty(x):
    y = np.empty(3)
    y[0], y[1], y[2] = x[2], 1.0, x[0] * x[1]
    return y * x


@right()
def concatenate_with_a_list(x):
    return np.concatenate([x * 2, [x @ x], np.ones(1)]).sum() * np.concatenate(([x[0]], x))[0]


@right()
def methods(x):
    return x.dot(x) + x.mean() + x.prod()


@right()
def copy_then_in_place(x):
    x = x.copy()
    x += 1
    x[0] *= 2
    return np.sum(x**2)


@right(np.array([1.0, 2.5, 6.0]), np.array([1.5, 3.5, 4.0]), np.array([3.0, 1.0, 1.0]))
def where_with_a_branch_that_has_no_value(x):
    return np.where(x > 2, np.sqrt(x - 2), x)


@right(np.zeros(3), np.zeros(3), wanted=np.zeros(3))
def norm_at_zero(x):
    return np.linalg.norm(x)


@right()
def numpys_numbers_and_arrays_on_the_left(x):
    return (
        np.float64(2) * x + np.ones(3) * x + np.ones(3) @ x - np.int64(2) / x + np.float32(1) * x[0]
    )


@right()
def a_function_that_returns_an_array_of_arrays(x):
    return np.array([[x[0], x[1] * x[2]], [1.0, np.sin(x[2])]])


# ----- creating -----


@right()
def array_of_rows(x):
    return np.array([x, 2 * x, np.ones(3)]) * x


@right()
def array_of_a_list_comprehension(x):
    return np.array([np.sin(k * xi) for k, xi in enumerate(x)])


@right()
def full_of_a_recorded_number(x):
    return np.full(3, x[0]) * x + np.full_like(x, 2.0)


@right(MATRIX, OTHER_MATRIX)
def filling_by_row_and_by_element(x):
    y = np.zeros((2, 2))
    for i in range(2):
        y[i] = x[i] * x[0, 1]
    z = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            z[i, j] = x[i, j] ** (i + j)
    return y @ z


@right()
def identity_then_assignment(x):
    rotation = np.eye(3)
    rotation[0, 0] = rotation[1, 1] = np.cos(x[0])
    rotation[0, 1], rotation[1, 0] = -np.sin(x[0]), np.sin(x[0])
    return rotation @ x


@right()
def zeros_that_add_up(x):
    y, z = np.zeros(3), np.ones((2, 3))
    y += x
    y[:2] += x[1:]
    z *= x
    z[1] -= y
    return z


@right()
def zeros_assigned_whole(x):
    y, z = np.zeros(3), np.zeros((2, 3))
    y[:] = x
    z[...] = y * 2
    z[0], z[1] = x**2, z[0]
    return z


@right()
def a_stencil(x):
    u = np.zeros(5)
    u[1:-1] = x
    return u[2:] - 2 * u[1:-1] + u[:-2]


@right()
def constants_computed_by_numpy(x):
    t = np.linspace(0, 1, 3)
    grid, _ = np.meshgrid(t, np.arange(3))
    return np.exp(-grid * t) @ x + np.random.default_rng(0).normal(size=3) * x**2


@right()
def constants_computed_by_scipy(x):
    nodes, weights = np.polynomial.legendre.leggauss(3)
    matrix = scipy.linalg.toeplitz(np.array([2.0, 1.0, 0.0]))
    return (np.exp(nodes * x[0]) @ weights) * (scipy.linalg.solve(matrix, np.ones(3)) @ x)


@right()
def complex_constants(x):
    turns = np.exp(2j * np.pi * np.arange(3) / 3)
    return np.sum(turns.real * x) * np.abs(np.array([3 + 4j])[0])


@right()
def keys_from_arange(x):
    powers = {0: 1.0, 1: 2.0, 2: 3.0}
    return sum(x[i] ** powers[i] for i in np.arange(3))


@right()
def names_imported_by_another_module(x):
    return plain_helper.squares(x)[:2] * plain_helper.pair(x) + plain_helper.doubled(x)[1:]


@right()
def names_imported_inside(x):
    from numpy import zeros

    y = zeros(3)
    y[1] = x[0] * x[1]
    return y


@right()
def asarray_of_an_argument(x):
    y = np.asarray(x, dtype=float)
    return np.ascontiguousarray(y) * np.asanyarray(x)


@right()
def array_copies_and_asarray_does_not(x):
    y = x * 1
    z, same = np.array(y), np.asarray(y)
    z[0], same[1] = 7.0, x[0] * 3
    return y * z


@right()
def stacking(x):
    columns = np.stack([x, x**2], axis=1)
    return np.vstack([x, 2 * x]) @ columns + np.hstack([x[0], 1.0]) + np.stack([x, x], 1)[0]


# ----- indexing -----


@right(V, W, NEGATIVE)
def reading_with_a_mask(x):
    return np.sum(x[x > 1] ** 2)


@right(V, W, NEGATIVE)
def writing_with_a_mask(x):
    y = x.copy()
    y[y < 1] = 0
    y[x > 2] *= 3
    return y * x


@right(V, W, NEGATIVE)
def writing_the_values_of_a_mask(x):
    y, positive = np.zeros_like(x), x > 0
    y[positive] = np.log(x[positive])
    y[~positive] = x[~positive] ** 2
    return y


@right()
def slices_with_steps(x):
    return x[::2] * x[::-2] + x[2:0:-1] - x[-1:-3:-1] ** 2


@right()
def a_view_changes_its_base(x):
    y = x.copy()
    z = y[1:]
    z *= 2
    z[0] = x[0] * x[2]
    return y * x


@right(MATRIX, OTHER_MATRIX)
def views_of_views_change_their_base(x):
    y = x * 1
    y.ravel()[1] = x[0, 0] ** 2
    y.reshape(-1)[2] *= 2
    y.T[1][1] = x[0, 1]
    return y


@right(MATRIX, OTHER_MATRIX)
def copies_do_not_change_their_source(x):
    y, z, w = x.flatten(), x.copy(), x.astype(float)
    y[0], z[0], w[1] = 0.0, 1.0, 2.0
    return y @ y * z + w * x


@right()
def swapping_elements(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0]
    return y * WEIGHTS


@right()
def swapping_rows_by_an_array_of_indices(x):
    y = np.outer(x, WEIGHTS)
    y[[0, 2]] = y[[2, 0]]
    return y @ x


@right()
def indices_in_arrays(x):
    index = np.zeros(4, dtype=int)
    index[1:] = [2, -1, 1]
    mask = np.zeros(3, dtype=bool)
    mask[1] = True
    return x[index] * x[np.array([0, 0, 1, 2])] + x[mask] ** 2


@right()
def new_axes_and_ellipsis(x):
    y = x[:, None] * x[np.newaxis]
    return y[..., 0] + y[0, ...] * x[None].T[1]


@right()
def an_order_computed_from_the_values(x):
    order = np.argsort(-x)
    return x[order] * np.arange(3) + x[np.argmax(x)] ** 2


@right()
def augmented_assignment_to_slices(x):
    y = x.copy()
    y[1:] += y[:-1]
    y[::2] /= 3
    y[-1] **= 2
    return y


# ----- computing -----


@right(MATRIX, OTHER_MATRIX)
def products_of_a_matrix(x):
    return x.T @ x + np.dot([[1.0, 2.0], [0.0, 1.0]], x) + x[0] @ x[1]


@right()
def broadcasting_columns_and_rows(x):
    return x.reshape(3, 1) * x[:2] + np.ones((3, 1)) - x[0]


@right(MATRIX, OTHER_MATRIX)
def keeping_axes(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@right(V, W, NEGATIVE)
def choosing(x):
    return np.where(x > 1, x**2, 0.0) + np.clip(x, 0.6, 2.0) + np.maximum(x, 1) * np.abs(x)


@right(V, W, NEGATIVE)
def truth_of_arrays(x):
    return x.sum() if (x > 0).all() and not np.any(x > 9) else x.prod()


@right(np.array(2.0), np.array(3.0))
def arrays_without_axes(x):
    return x * np.array(3.0) + x[()] ** 2 + np.sin(x) * x.reshape(1)[0]


@right(np.zeros(0), np.zeros(0))
def empty_arrays(x):
    return np.sum(x**2) + np.concatenate([x, x]).sum()


@right(MATRIX, OTHER_MATRIX)
def loops_over_positions(x):
    total = 0.0
    for i, j in np.ndindex(*x.shape):
        total += x[i, j] * np.cos(x[j, i])
    return total


@right()
def functions_of_scipy(x):
    return scipy.special.erf(x) + scipy.special.expit(x) * scipy.special.xlogy(x, x)


# ----- right or refused -----


@either()
def elements_by_flat(x):
    return x.flat[1] * sum(xi**2 for xi in x.flat)


@either()
def add_at_repeated_indices(x):
    y = np.zeros(3)
    np.add.at(y, [0, 0, 2], x)
    return y * x


@either()
def a_ufunc_that_writes_out(x):
    y = np.zeros(3)
    np.multiply(x, 2.0, out=y)
    np.exp(y, out=y)
    return y * x


@either()
def a_function_that_writes_out(x):
    y = np.zeros(3)
    np.cumsum(x, out=y)
    return y * x


@either()
def copyto_and_fill(x):
    y, z = np.zeros(3), np.zeros((3, 3))
    np.copyto(y, x)
    np.fill_diagonal(z, x)
    return z @ y


@either()
def a_method_that_fills(x):
    y = np.zeros(3)
    y.fill(x[0])
    return y * x


@either()
def methods_of_ufuncs(x):
    return np.maximum.reduce(x) * np.add.accumulate(x) + np.multiply.outer(x, x)[0]


@either()
def a_vectorized_function(x):
    return np.vectorize(lambda xi: xi**2 if xi > 1 else -xi)(x)


@either()
def apply_along_axis(x):
    return np.apply_along_axis(lambda row: row * 2, 0, x)


@either()
def a_list_given_to_a_function(x):
    return np.sum([x[0], x[1] ** 2]) + np.mean([x[0], x[2]]) + np.dot([x[0], x[1]], [1.0, 2.0])


@either()
def index_tricks_and_columns(x):
    columns = np.column_stack([x, x**2]) @ np.atleast_1d(x)[:2]
    return np.r_[x, 1.0, x[0]].sum() * np.c_[x, x][0] + columns[:2]


@either()
def einstein_sums_and_linear_systems(x):
    return np.einsum("i,j->ij", x, x) @ np.linalg.solve(np.eye(3) + np.outer(x, x), x)


@either()
def sorted_copies(x):
    y = x[::-1].copy()
    y.sort()
    return y * WEIGHTS + np.sort(x)


@either()
def rolls_repeats_and_differences(x):
    return np.roll(x, 1)[:2] * np.diff(x) + np.repeat(x, 2)[:2] + np.tile(x, 2)[4:]


@either()
def diagonals_and_triangles(x):
    return np.diag(x) + np.tril(np.outer(x, x)) + np.trace(np.outer(x, x))


@either()
def a_dtype_object(x):
    return np.sum(np.array([x[0], x[1] * x[2]], dtype=object))


@either()
def a_number_of_numpy(x):
    return np.float64(x[0]) * 2 + np.float64(x[1])


# ----- refused -----


@refused()
def an_element_of_a_plain_array_from_outside(x):
    BUFFER[0] = x[0]
    return BUFFER.sum()


@refused()
def a_plain_array_from_outside(x):
    BUFFER[:] = x * 2
    return BUFFER.sum()


@refused()
def adding_to_a_plain_array_from_outside(x):
    global BUFFER
    BUFFER[:] = 0.0
    BUFFER += x
    return BUFFER.sum()


@refused()
def a_random_number_around_a_recorded_one(x):
    return np.random.default_rng(0).normal(x[0], 0.0)


@refused(match=r"bytes-like|record|requires? grad")
def the_bytes_of_an_array(x):
    return np.frombuffer(memoryview(x)).sum()
