/* fg_runner_matmul.h -- the product of two matrices; for fg_runner_body.h.
 *
 *              <- columns ->           A panel of the result, as wide as one or two vectors, goes
 *             +---+-------+            through the depth in parts of DEPTH. Where b's rows do not lie
 *       DEPTH |   |   b   |            dense, or are read many times, that part of b is packed.
 *             +---+-------+
 *     +------++---+-------+            The last panel begins early enough to be whole: some columns
 *     |  a   || <-- panel |            are computed twice, to the same bits.
 *     +------++---+-------+
 *
 * A matrix times a vector has loops of its own. The order of each sum depends on the sizes alone: all
 * instruction sets with a fused multiply-add give the same bits.
 */
#ifndef FG_RUNNER_MATMUL_H
#define FG_RUNNER_MATMUL_H
#include "fg_isa_each.h"
#include "fg_isa_lanes.h"
#include "fg_product.h"

enum {
    WIDE = 2 * LANES_MOST, /* columns of a panel, at most */
    DEPTH = 128,           /* of a part: packed, it fills half of the first cache at most */
    MANY_ROWS = 32, /* that read a panel: packing it costs less than its lines far apart do */
    FEW = 64,       /* results with sums that are LONG: dot products, nothing is packed */
    LONG = 64
};

/* to (m, columns) = a (m, depth) times b (depth, columns), or is added to. */
typedef struct panel {
    int64_t m, depth;
    fg_matrix a;
    const fg_real *b;
    int64_t b_row;
    fg_real *to;
    int64_t to_row;
    int adds;
} panel;

#define W 1
#include "fg_isa_panel.h"
#undef W
#if LANES_MOST >= 2
#define W 2
#include "fg_isa_panel.h"
#undef W
#endif
#if LANES_MOST >= 4
#define W 4
#include "fg_isa_panel.h"
#undef W
#endif
#if LANES_MOST >= 8
#define W 8
#include "fg_isa_panel.h"
#undef W
#endif
#if LANES_MOST >= 16
#define W 16
#include "fg_isa_panel.h"
#undef W
#endif

static void run_panel(int64_t columns, const panel *p)
{
    switch (columns) {
#if LANES_MOST >= 16
    case 16:
        one_vector_16(p);
        break;
#endif
#if LANES_MOST >= 8
    case 8:
        one_vector_8(p);
        break;
#endif
#if LANES_MOST >= 4
    case 4:
        one_vector_4(p);
        break;
#endif
#if LANES_MOST >= 2
    case 2:
        one_vector_2(p);
        break;
#endif
    case 1:
        one_vector_1(p);
        break;
    default:
        two_vectors(p);
    }
}

/* The columns of the next panel, of which `left` are left and n in all: the fewest that end it, or
 * as many as there are. */
static int64_t columns_of(int64_t left, int64_t n)
{
    int64_t columns = 1;
    while (columns < WIDE && columns < left && 2 * columns <= n) {
        columns *= 2;
    }
    return columns;
}

/* to [depth][columns] = rows of b */
static void pack(int64_t depth, int64_t columns, fg_matrix b, fg_real *restrict to)
{
    for (int64_t k = 0; k < depth; ++k) {
        for (int64_t j = 0; j < columns; ++j) {
            to[k * columns + j] = b.at[k * b.row + j * b.column];
        }
    }
}

static void multiply_matrices(const fg_product *x, fg_real *to)
{
    fg_real packed[DEPTH * WIDE];
    for (int64_t j = 0, columns; j < x->n; j += columns) {
        columns = columns_of(x->n - j, x->n);
        j = x->n - j < columns ? x->n - columns : j;
        for (int64_t k = 0; k < x->depth; k += DEPTH) {
            const int64_t depth = x->depth - k < DEPTH ? x->depth - k : DEPTH;
            const fg_matrix b = {x->b.at + k * x->b.row + j * x->b.column, x->b.row, x->b.column};
            panel p = {x->m, depth, x->a, b.at, b.row, to + j, x->n, k > 0};
            p.a.at += k * x->a.column;
            if (b.column != 1 || x->m > MANY_ROWS) {
                pack(depth, columns, b, packed);
                p.b = packed;
                p.b_row = columns;
            }
            run_panel(columns, &p);
        }
    }
}

/* ----- vectors ----- */

#define LANES_AT(x, j) (*((const LANES(LANES_MOST) *)(x) + (j)))

/* sum[j] += x * y, for so many vectors side by side, as long as they fit into n. */
#define ADD_PRODUCTS(vectors)                                                            \
    for (; k + (vectors) * LANES_MOST <= n; k += (vectors) * LANES_MOST) {               \
        for (int j = 0; j < (vectors); ++j) {                                            \
            sum[j] = MULADD(LANES_MOST, LANES_AT(x + k, j), LANES_AT(y + k, j), sum[j]); \
        }                                                                                \
    }

/* In 256 bytes of sums side by side where there are registers for them, then in 64, then in one. */
static fg_real dot(int64_t n, const fg_real *x, const fg_real *y)
{
    enum { SUMS = 64 / sizeof(fg_real), VECTORS = SUMS / LANES_MOST };
    LANES(LANES_MOST) sum[4 * VECTORS];
    fg_real s[SUMS];
    int64_t k = 0;
    for (int j = 0; j < VECTORS; ++j) sum[j] = (LANES(LANES_MOST)){0};
#if defined(FG_HAS_FMA)
    if (n >= 4 * SUMS) {
        for (int j = VECTORS; j < 4 * VECTORS; ++j) sum[j] = (LANES(LANES_MOST)){0};
        ADD_PRODUCTS(4 * VECTORS)
        for (int j = 0; j < VECTORS; ++j) {
            sum[j] = (sum[j] + sum[j + 2 * VECTORS]) + (sum[j + VECTORS] + sum[j + 3 * VECTORS]);
        }
    }
#endif
    ADD_PRODUCTS(VECTORS)
    for (int j = 0; j < VECTORS; ++j) *(LANES(LANES_MOST) *)(s + j * LANES_MOST) = sum[j];
    for (int half = SUMS / 2; half; half /= 2) {
        for (int j = 0; j < half; ++j) s[j] += s[j + half];
    }
    fg_real end = s[0];
    for (; k < n; ++k) end = MULADD_1(x[k], y[k], end);
    return end;
}

/* to [m] += four columns, `column` apart, times x [4] */
static void add_columns(int64_t m, const fg_real *a, int64_t column, const fg_real *x, fg_real *to)
{
    const fg_real *b = a + column, *c = b + column, *d = c + column;
    const fg_real p = x[0], q = x[1], r = x[2], s = x[3];
    FG_INDEPENDENT for (int64_t i = 0; i < m; ++i)
    {
        to[i] = MULADD_1(d[i], s, MULADD_1(c[i], r, MULADD_1(b[i], q, MULADD_1(a[i], p, to[i]))));
    }
}

static void add_column(int64_t m, const fg_real *a, fg_real x, fg_real *to)
{
    FG_INDEPENDENT for (int64_t i = 0; i < m; ++i)
    {
        to[i] = MULADD_1(a[i], x, to[i]);
    }
}

/* to [m] = a (m, depth) times x [depth]; the rows or the columns of a are dense. */
static void multiply_vector(int64_t m, int64_t depth, fg_matrix a, const fg_real *x, fg_real *to)
{
    enum { PART = 1024 }; /* of the result, which stays in cache meanwhile */
    if (a.column == 1) {
        for (int64_t i = 0; i < m; ++i) to[i] = dot(depth, a.at + i * a.row, x);
        return;
    }
    for (int64_t i = 0; i < m; i += PART) {
        const int64_t rows = m - i < PART ? m - i : PART;
        const fg_real *column = a.at + i;
        int64_t k = 0;
        for (int64_t r = 0; r < rows; ++r) to[i + r] = 0;
        for (; k + 4 <= depth; k += 4) {
            add_columns(rows, column + k * a.column, a.column, x + k, to + i);
        }
        for (; k < depth; ++k) add_column(rows, column + k * a.column, x[k], to + i);
    }
}

static void multiply_outer(int64_t m, int64_t n, fg_matrix a, const fg_real *b, fg_real *to)
{
    for (int64_t i = 0; i < m; ++i, to += n) {
        const fg_real x = a.at[i * a.row];
        FG_INDEPENDENT for (int64_t j = 0; j < n; ++j)
        {
            to[j] = x * b[j] + 0; /* a sum that begins at 0 */
        }
    }
}

/* See fg__product_run. */
static void multiply(const fg_product *x, fg_real *to)
{
    if (x->n == 1 && x->b.row == 1 && (x->a.column == 1 || x->a.row == 1)) {
        multiply_vector(x->m, x->depth, x->a, x->b.at, to);
    } else if (x->m == 1 && x->a.column == 1 && (x->b.row == 1 || x->b.column == 1)) {
        const fg_matrix transposed = {x->b.at, x->b.column, x->b.row};
        multiply_vector(x->n, x->depth, transposed, x->a.at, to);
    } else if (x->depth == 1 && x->b.column == 1) {
        multiply_outer(x->m, x->n, x->a, x->b.at, to);
    } else if (x->m * x->n <= FEW && x->depth >= LONG && x->a.column == 1 && x->b.row == 1) {
        for (int64_t i = 0; i < x->m; ++i) {
            multiply_vector(x->n, x->depth, (fg_matrix){x->b.at, x->b.column, 1},
                            x->a.at + i * x->a.row, to + i * x->n);
        }
    } else {
        multiply_matrices(x, to);
    }
}

#endif
