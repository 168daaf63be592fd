/* fg_struct_solve.c -- systems of linear equations: LU, Cholesky, triangles, determinants. */
#include "fg_struct_lapack.h"
#include "fg_struct_loops.h"
#include <math.h>
#include <string.h>

/* ----- LU ----- */

/* What LAPACK counts from 1, in memory of n items: integers become items, from the last on. */
static void pivots_to_items(int64_t n, int64_t rows, fg_real *at)
{
    for (int64_t k = n; k-- > 0;) {
        int pivot;
        memcpy(&pivot, (char *)at + (size_t)k * sizeof pivot, sizeof pivot);
        const int64_t row = pivot < 1 || pivot > rows ? k : pivot - 1; /* NaN leads astray */
        at[k] = (fg_real)row;
    }
}

static void exchange_items(fg_real *a, fg_real *b, int64_t n)
{
    for (int64_t k = 0; k < n; ++k) {
        const fg_real kept = a[k];
        a[k] = b[k];
        b[k] = kept;
    }
}

/* [dst, a | count, m, n] */
fg_status fg__struct_lu(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t m = p[3], n = p[4], k = fg__least(m, n);
    if (!blas || !LOAN(getrf)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < p[2]; ++c) {
        const fg_real *a = w + p[1] + c * m * n;
        fg_real *to = w + p[0] + c * fg__lu_size(m, n), *order = to + m * n, *pivot = order + m;
        for (int64_t i = 0; i < m; ++i) {
            for (int64_t j = 0; j < n; ++j) to[j * m + i] = a[i * n + j];
            order[i] = (fg_real)i;
        }
        if (k) {
            int rows = (int)m, columns = (int)n, info; /* a pivot of 0 is no error yet */
            LOAN(getrf)(&rows, &columns, to, &rows, (int *)(void *)pivot, &info);
        }
        pivots_to_items(k, m, pivot);
        for (int64_t i = 0; i < k; ++i) {
            exchange_items(&order[i], &order[(int64_t)pivot[i]], 1);
        }
    }
    return FG_OK;
}

/* Whether numbers, which may come from a file, are rows of n. */
static int are_rows(const fg_real *x, int64_t count, int64_t n)
{
    for (int64_t k = 0; k < count; ++k) {
        if (!(x[k] >= 0 && x[k] < (fg_real)n)) {
            return 0;
        }
    }
    return 1;
}

/* x (n, m) by rows: solves with a triangle from the right, for LAPACK sees the transpose of x. */
static void solve(const fg_blas *blas, char triangle, char transposed, char diagonal, int64_t n,
                  int64_t m, const fg_real *a, fg_real *x)
{
    int rows = (int)m, columns = (int)n;
    fg_real one = 1;
    LOAN(trsm)("R", &triangle, &transposed, &diagonal, &rows, &columns, &one, (fg_real *)a,
               &columns, x, &rows);
}

static int has_zero(const fg_real *diagonal, int64_t n)
{
    for (int64_t k = 0; k < n; ++k) {
        if (diagonal[k * (n + 1)] == 0) {
            return 1;
        }
    }
    return 0;
}

/* [dst, b, lu | count, n, m, transposed] */
fg_status fg__struct_lu_solve(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t n = p[4], m = p[5];
    if (!blas || !LOAN(trsm)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < p[3] && n; ++c) {
        const fg_real *b = w + p[1] + c * n * m, *lu = w + p[2] + c * fg__lu_size(n, n);
        const fg_real *order = lu + n * n, *pivot = order + n;
        fg_real *x = w + p[0] + c * n * m;
        const size_t row = (size_t)m * sizeof *x;
        if (!are_rows(order, 2 * n, n)) {
            return FG_E_INDEX;
        }
        if (has_zero(lu, n)) {
            return FG_E_SINGULAR;
        }
        for (int64_t i = 0; i < n && m; ++i) {
            memcpy(x + i * m, b + (p[6] ? i : (int64_t)order[i]) * m, row);
        }
        if (!m) {
            continue;
        }
        if (!p[6]) {
            solve(blas, 'L', 'T', 'U', n, m, lu, x);
            solve(blas, 'U', 'T', 'N', n, m, lu, x);
            continue;
        }
        solve(blas, 'U', 'N', 'N', n, m, lu, x);
        solve(blas, 'L', 'N', 'U', n, m, lu, x);
        for (int64_t i = n; i-- > 0;) {
            if ((int64_t)pivot[i] != i) {
                exchange_items(x + i * m, x + (int64_t)pivot[i] * m, m);
            }
        }
    }
    return FG_OK;
}

/* ----- triangles ----- */

/* [dst, a, b | count, n, m, lower, transposed, unit] */
fg_status fg__struct_solve_triangular(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t n = p[4], m = p[5];
    if (!blas || !LOAN(trsm)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < p[3] && n; ++c) {
        const fg_real *a = w + p[1] + c * n * n;
        fg_real *x = w + p[0] + c * n * m;
        if (!p[8] && has_zero(a, n)) {
            return FG_E_SINGULAR;
        }
        if (m) { /* our lower triangle is an upper one of the transpose */
            memcpy(x, w + p[2] + c * n * m, (size_t)(n * m) * sizeof *x);
            solve(blas, p[6] ? 'U' : 'L', p[7] ? 'T' : 'N', p[8] ? 'U' : 'N', n, m, a, x);
        }
    }
    return FG_OK;
}

/* [dst, a | count, n] */
fg_status fg__struct_cholesky(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t n = p[3];
    if (!blas || !LOAN(potrf)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < p[2] && n; ++c) {
        const fg_real *a = w + p[1] + c * n * n;
        fg_real *to = w + p[0] + c * n * n;
        int rows = (int)n, info;
        for (int64_t i = 0; i < n; ++i) {
            for (int64_t j = 0; j < n; ++j) to[i * n + j] = j <= i ? a[i * n + j] : 0;
        }
        LOAN(potrf)("U", &rows, to, &rows, &info);
        if (info) {
            return FG_E_POSITIVE;
        }
    }
    return FG_OK;
}

/* ----- determinants ----- */

/* Whether the pivots exchange an odd number of rows. From a file they may be anything. */
static int is_odd(const fg_real *pivot, int64_t n)
{
    int odd = 0;
    for (int64_t k = 0; k < n; ++k) {
        odd ^= pivot[k] != (fg_real)k;
    }
    return odd;
}

/* [dst, lu | count, n, log] */
fg_status fg__struct_det(const int64_t *p, fg_real *w)
{
    const int64_t n = p[3];
    for (int64_t c = 0; c < p[2]; ++c) {
        const fg_real *lu = w + p[1] + c * fg__lu_size(n, n);
        fg_real product = is_odd(lu + n * n + n, n) ? -1 : 1, total = 0;
        for (int64_t k = 0; k < n; ++k) {
            const fg_real x = lu[k * (n + 1)];
            product *= !p[4] || x == 0 || x != x ? x : x < 0 ? -1 : 1;
            total += p[4] ? (fg_real)log(fabs((double)x)) : 0;
        }
        fg_real *to = w + p[0] + c * (1 + p[4]);
        to[0] = product;
        if (p[4]) {
            to[1] = total;
        }
    }
    return FG_OK;
}

/* adj(a) = adj(U) adj(L) adj(order), and with one column more adj(U) becomes
 *
 *     [ u adj(U)   -adj(U) column ]
 *     [    0           det(U)     ]
 *
 * which divides by nothing. [dst, lu | count, n] */
fg_status fg__struct_adjugate(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t n = p[3];
    if (!blas || !LOAN(trsm)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < p[2] && n; ++c) {
        const fg_real *lu = w + p[1] + c * fg__lu_size(n, n), *pivot = lu + n * n + n;
        fg_real *x = w + p[0] + c * n * n, det = is_odd(pivot, n) ? -1 : 1;
        if (!are_rows(pivot, n, n)) {
            return FG_E_INDEX;
        }
        memset(x, 0, (size_t)(n * n) * sizeof *x);
        for (int64_t k = 0; k < n; ++k) {
            const fg_real *column = lu + k * n, u = column[k];
            for (int64_t i = 0; i < k; ++i) {
                fg_real dot = 0;
                for (int64_t j = i; j < k; ++j) {
                    dot += x[i * n + j] * column[j];
                    x[i * n + j] *= u;
                }
                x[i * n + k] = -dot;
            }
            x[k * n + k] = det;
            det *= u;
        }
        int rows = (int)n;
        fg_real one = 1; /* x L^-1 is L^-T x' to LAPACK */
        LOAN(trsm)("L", "L", "T", "U", &rows, &rows, &one, (fg_real *)lu, &rows, x, &rows);
        for (int64_t k = n; k-- > 0;) {
            for (int64_t i = 0; i < n && (int64_t)pivot[k] != k; ++i) {
                exchange_items(&x[i * n + k], &x[i * n + (int64_t)pivot[k]], 1);
            }
        }
    }
    return FG_OK;
}
