/* fg_struct_matmul.c -- the kernel matmul: products of matrices, of stacks of them, of vectors.
 *
 * A product goes through the inner axis in parts of K_PART. A panel of b, N_PART columns wide, and
 * a strip of a, SIDE rows high, are packed so that the innermost loop reads both from end to end
 * and holds a tile of SIDE x SIDE sums in registers:
 *
 *             N_PART               panel: [strip of SIDE columns][K_PART][SIDE]
 *           +--------+             strip:                        [K_PART][SIDE]
 *    K_PART |   b    |
 *           +--------+             Rows and columns that a matrix does not have are packed as
 *   +------++--------+             zeros; what they make is not stored.
 *   |  a   ||  dst   | SIDE
 *   +------++--------+
 */
#include "fg_struct_loops.h"

enum { SIDE = 4, K_PART = 128, N_PART = 32, SMALL = 1000, SMALL_RESULT = 16 };

/* A matrix: the item in row i and column j is at[i * row + j * column]. */
typedef struct matrix {
    const double *at;
    int64_t row, column;
} matrix;

static inline int64_t at_most(int64_t n, int64_t limit)
{
    return n < limit ? n : limit;
}

/* to[k][SIDE] = n rows of n_k items each, and SIDE - n rows of zeros. */
static void pack(int64_t n, int64_t n_k, const double *restrict from, int64_t row, int64_t column,
                 double *restrict to)
{
    if (n < SIDE) {
        for (int64_t k = 0; k < SIDE * n_k; ++k) to[k] = 0.0;
        for (int64_t k = 0; k < n_k; ++k) {
            for (int64_t i = 0; i < n; ++i) to[k * SIDE + i] = from[i * row + k * column];
        }
    } else if (row == 1) {
        for (int64_t k = 0; k < n_k; ++k) {
            for (int64_t i = 0; i < SIDE; ++i) to[k * SIDE + i] = from[i + k * column];
        }
    } else {
        for (int64_t k = 0; k < n_k; ++k) {
            for (int64_t i = 0; i < SIDE; ++i) to[k * SIDE + i] = from[i * row + k * column];
        }
    }
}

/* sums[i][j] = sum over k of a[k][i] * b[k][j] */
static void multiply_tile(int64_t n_k, const double *restrict a, const double *restrict b,
                          double sums[restrict SIDE * SIDE])
{
    double s[SIDE][SIDE] = {{0.0}};
    for (int64_t k = 0; k < n_k; ++k, a += SIDE, b += SIDE) {
        for (int i = 0; i < SIDE; ++i) {
            for (int j = 0; j < SIDE; ++j) s[i][j] += a[i] * b[j];
        }
    }
    for (int i = 0; i < SIDE; ++i) {
        for (int j = 0; j < SIDE; ++j) sums[i * SIDE + j] = s[i][j];
    }
}

static void store_tile(int64_t rows, int64_t columns, int adds, const double *restrict sums,
                       double *restrict to, int64_t to_row)
{
    for (int64_t i = 0; i < rows; ++i) {
        for (int64_t j = 0; j < columns; ++j) {
            to[i * to_row + j] = sums[i * SIDE + j] + (adds ? to[i * to_row + j] : 0.0);
        }
    }
}

/* to (m, n) = a (m, n_k) times b (n_k, n) */
static void multiply_matrices(int64_t m, int64_t n_k, int64_t n, matrix a, matrix b, double *to)
{
    double panel[K_PART * N_PART], strip[K_PART * SIDE], sums[SIDE * SIDE];
    for (int64_t j = 0; j < n; j += N_PART) {
        const int64_t columns = at_most(n - j, N_PART);
        for (int64_t k = 0; k < n_k; k += K_PART) {
            const int64_t depth = at_most(n_k - k, K_PART);
            for (int64_t c = 0; c < columns; c += SIDE) {
                pack(at_most(columns - c, SIDE), depth, b.at + k * b.row + (j + c) * b.column,
                     b.column, b.row, panel + c * depth);
            }
            for (int64_t i = 0; i < m; i += SIDE) {
                const int64_t rows = at_most(m - i, SIDE);
                pack(rows, depth, a.at + i * a.row + k * a.column, a.row, a.column, strip);
                for (int64_t c = 0; c < columns; c += SIDE) {
                    multiply_tile(depth, strip, panel + c * depth, sums);
                    store_tile(rows, at_most(columns - c, SIDE), k > 0, sums, to + i * n + j + c,
                               n);
                }
            }
        }
    }
}

/* ----- small matrices, which are not worth packing ----- */

/* The same tile, of matrices as they are. */
static void multiply_whole(int64_t n_k, matrix a, matrix b, double *restrict to, int64_t to_row)
{
    double s[SIDE][SIDE] = {{0.0}};
    for (int64_t k = 0; k < n_k; ++k) {
        const double *x = a.at + k * a.column, *y = b.at + k * b.row;
        for (int i = 0; i < SIDE; ++i) {
            for (int j = 0; j < SIDE; ++j) s[i][j] += x[i * a.row] * y[j * b.column];
        }
    }
    for (int i = 0; i < SIDE; ++i) {
        for (int j = 0; j < SIDE; ++j) to[i * to_row + j] = s[i][j];
    }
}

/* So many columns of one row. */
static inline void multiply_columns(int columns, int64_t n_k, matrix a, matrix b,
                                    double *restrict to)
{
    double s[SIDE] = {0.0};
    for (int64_t k = 0; k < n_k; ++k) {
        const double x = a.at[k * a.column];
        const double *y = b.at + k * b.row;
        for (int j = 0; j < columns; ++j) s[j] += x * y[j * b.column];
    }
    for (int j = 0; j < columns; ++j) to[j] = s[j];
}

static void multiply_row(int64_t columns, int64_t n_k, matrix a, matrix b, double *to)
{
    switch (columns) { /* a number that the compiler knows unrolls the loops */
    case 1:
        multiply_columns(1, n_k, a, b, to);
        break;
    case 2:
        multiply_columns(2, n_k, a, b, to);
        break;
    case 3:
        multiply_columns(3, n_k, a, b, to);
        break;
    default:
        multiply_columns(SIDE, n_k, a, b, to);
    }
}

static void multiply_small(int64_t m, int64_t n_k, int64_t n, matrix a, matrix b, double *to)
{
    for (int64_t i = 0; i < m; i += SIDE) {
        const int64_t rows = at_most(m - i, SIDE);
        for (int64_t j = 0; j < n; j += SIDE) {
            const int64_t columns = at_most(n - j, SIDE);
            matrix x = {a.at + i * a.row, a.row, a.column};
            const matrix y = {b.at + j * b.column, b.row, b.column};
            if (rows == SIDE && columns == SIDE) {
                if (b.column == 1) {
                    multiply_whole(n_k, x, (matrix){y.at, y.row, 1}, to + i * n + j, n);
                } else {
                    multiply_whole(n_k, x, y, to + i * n + j, n);
                }
                continue;
            }
            for (int64_t r = 0; r < rows; ++r, x.at += x.row) {
                multiply_row(columns, n_k, x, y, to + (i + r) * n + j);
            }
        }
    }
}

/* ----- matrix times vector ----- */

static double dot(int64_t n, const double *restrict x, const double *restrict y)
{
    double r[8] = {0.0};
    int64_t k = 0;
    for (; k + 8 <= n; k += 8) {
        for (int j = 0; j < 8; ++j) r[j] += x[k + j] * y[k + j];
    }
    double end = ((r[0] + r[4]) + (r[2] + r[6])) + ((r[1] + r[5]) + (r[3] + r[7]));
    for (; k < n; ++k) end += x[k] * y[k];
    return end;
}

/* to [m] += four columns, `column` apart, times x [4] */
static void add_columns(int64_t m, const double *restrict a, int64_t column,
                        const double *restrict x, double *restrict to)
{
    for (int64_t i = 0; i < m; ++i) {
        to[i] += (a[i] * x[0] + a[i + column] * x[1]) +
                 (a[i + 2 * column] * x[2] + a[i + 3 * column] * x[3]);
    }
}

static void add_column(int64_t m, const double *restrict a, double x, double *restrict to)
{
    for (int64_t i = 0; i < m; ++i) to[i] += a[i] * x;
}

/* to [m] = a (m, n_k) times x [n_k]; the rows or the columns of a are dense. */
static void multiply_vector(int64_t m, int64_t n_k, matrix a, const double *x, double *to)
{
    enum { PART = 1024 }; /* of the result, which stays in cache meanwhile */
    if (a.column == 1) {
        for (int64_t i = 0; i < m; ++i) to[i] = dot(n_k, a.at + i * a.row, x);
        return;
    }
    for (int64_t i = 0; i < m; i += PART) {
        const int64_t rows = at_most(m - i, PART);
        int64_t k = 0;
        for (int64_t r = 0; r < rows; ++r) to[i + r] = 0.0;
        for (; k + 4 <= n_k; k += 4) {
            add_columns(rows, a.at + i + k * a.column, a.column, x + k, to + i);
        }
        for (; k < n_k; ++k) add_column(rows, a.at + i + k * a.column, x[k], to + i);
    }
}

/* ----- the kernel ----- */

static void fill_zeros(int64_t n, double *to)
{
    for (int64_t k = 0; k < n; ++k) to[k] = 0.0;
}

/* The product of each place of a stack: (m, n_k) times (n_k, n). */
typedef struct product {
    int64_t m, n_k, n;
    matrix a, b;
} product;

static void multiply(const product *x, double *to)
{
    if (x->n == 1) {
        multiply_vector(x->m, x->n_k, x->a, x->b.at, to);
    } else if (x->m == 1) {
        const matrix transposed = {x->b.at, x->b.column, x->b.row};
        multiply_vector(x->n, x->n_k, transposed, x->a.at, to);
    } else if (x->m * x->n <= SMALL_RESULT || (double)(x->m * x->n) * (double)x->n_k <= SMALL) {
        multiply_small(x->m, x->n_k, x->n, x->a, x->b, to);
    } else {
        multiply_matrices(x->m, x->n_k, x->n, x->a, x->b, to);
    }
}

/* Where the places of the innermost axis share a matrix, their rows may be those of one product:
 * (m, n_k) by (n_k, n) as they are, and a matrix by vectors as the vectors by its transpose. */
static void fold(fg__walk *w, product *x)
{
    const int k = w->ndim - 1;
    const int64_t length = w->shape[k];
    if (w->b_step[k] == 0 && x->a.column == 1 && w->a_step[k] == x->m * x->n_k) {
        x->m *= length;
        --w->ndim;
    } else if (x->n == 1 && w->a_step[k] == 0 && w->b_step[k] == x->n_k) {
        const product vectors = {
            length, x->n_k, x->m, {x->b.at, x->n_k, 1}, {x->a.at, x->a.column, x->a.row}};
        *x = vectors;
        --w->ndim;
        for (int axis = 0; axis < k; ++axis) {
            const int64_t step = w->a_step[axis];
            w->a_step[axis] = w->b_step[axis];
            w->b_step[axis] = step;
        }
    }
}

/* p = [dst, a, b | ta, tb, m, k, n, n_batch, batch_shape.., a_strides.., b_strides..] */
fg_status fg__struct_matmul(const int64_t *p, double *w)
{
    const int64_t m = p[5], n_k = p[6], n = p[7], n_batch = p[8], *shape = p + 9;
    const int64_t size = m * n * fg__size(n_batch, shape);
    double *to = w + p[0];
    if (size == 0 || n_k == 0) {
        fill_zeros(size, to);
        return FG_OK;
    }
    product x = {m, n_k, n, {w + p[1], n_k, 1}, {w + p[2], n, 1}};
    if (p[3] && m > 1) {
        x.a.row = 1, x.a.column = m;
    }
    if (p[4] && n > 1) {
        x.b.row = 1, x.b.column = n_k;
    }
    fg__walk walk;
    fg__walk_axes(&walk, n_batch, shape, shape + n_batch, shape + 2 * n_batch);
    if (walk.ndim > 0) {
        fold(&walk, &x);
    }
    const double *a = x.a.at, *b = x.b.at;
    fg__walk_start(&walk, 0, 0, 0);
    do {
        x.a.at = a + walk.a;
        x.b.at = b + walk.b;
        multiply(&x, to);
        to += x.m * x.n;
    } while (fg__walk_next(&walk));
    return FG_OK;
}
