/* fg_struct_factor.c -- QR, eigenvectors of symmetric matrices, singular values. */
#include "fg_struct_lapack.h"
#include "fg_struct_loops.h"
#include <string.h>

/* to (columns, rows) = the transpose of from (rows, columns), whose rows are `step` apart. */
static void swap_order(int64_t rows, int64_t columns, const fg_real *from, int64_t step,
                       fg_real *to)
{
    for (int64_t i = 0; i < rows; ++i) {
        for (int64_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * step + j];
    }
}

/* [dst, a | count, m, n, columns] */
fg_status fg__struct_qr(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t count = p[2], m = p[3], n = p[4], k = p[5], size = m * k + n * n;
    fg_real *x = w + p[0] + count * size, *scale = x + m * k, *work = scale + n;
    int rows = (int)m, own = (int)n, columns = (int)k, info;
    int n_work = FG__LAPACK_BLOCK * (columns + 1);
    if (!blas || !LOAN(geqrf) || !LOAN(orgqr)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < count && m; ++c) {
        fg_real *q = w + p[0] + c * size, *r = q + m * k;
        swap_order(m, n, w + p[1] + c * m * n, n, x);
        if (n) {
            LOAN(geqrf)(&rows, &own, x, &rows, scale, work, &n_work, &info);
        }
        for (int64_t i = 0; i < n; ++i) {
            for (int64_t j = 0; j < n; ++j) r[i * n + j] = i <= j ? x[i + j * m] : 0;
        }
        if (k) {
            LOAN(orgqr)(&rows, &columns, &own, x, &rows, scale, work, &n_work, &info);
        }
        swap_order(k, m, x, m, q);
    }
    return FG_OK;
}

/* [dst, a | count, n] */
fg_status fg__struct_eigh(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t count = p[2], n = p[3], size = n + n * n;
    fg_real *x = w + p[0] + count * size, *work = x + n * n;
    int rows = (int)n, n_work = (int)fg__eigh_work(n), n_integer = 3 + 5 * rows, info = 0;
    int *integer = (int *)(void *)(work + n_work);
    if (!blas || !LOAN(syevd)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < count && n; ++c) {
        fg_real *values = w + p[0] + c * size;
        swap_order(n, n, w + p[1] + c * n * n, n, x);
        LOAN(syevd)("V", "L", &rows, x, &rows, values, work, &n_work, integer, &n_integer, &info);
        if (info) {
            return FG_E_CONVERGE;
        }
        swap_order(n, n, x, n, values + n);
    }
    return FG_OK;
}

static void identity(int64_t n, fg_real *to)
{
    memset(to, 0, (size_t)(n * n) * sizeof *to);
    for (int64_t k = 0; k < n; ++k) to[k * (n + 1)] = 1;
}

/* [dst, a | count, m, n, full] */
fg_status fg__struct_svd(const int64_t *p, fg_real *w, const fg_blas *blas)
{
    const int64_t count = p[2], m = p[3], n = p[4], least = fg__least(m, n);
    const int64_t k = p[5] ? m : least, r = p[5] ? n : least, size = fg__svd_size(m, n, p[5]);
    fg_real *x = w + p[0] + count * size, *u = x + m * n, *v = u + m * k, *work = v + r * n;
    int rows = (int)m, columns = (int)n, v_rows = (int)r, n_work = (int)fg__svd_work(m, n);
    int *integer = (int *)(void *)(work + n_work), info = 0;
    if (!blas || !LOAN(gesdd)) {
        return FG_E_LAPACK;
    }
    for (int64_t c = 0; c < count; ++c) {
        fg_real *to = w + p[0] + c * size, *values = to + m * k, *rest = values + least;
        if (!least) {
            identity(k, to);
            identity(r, rest);
            continue;
        }
        swap_order(m, n, w + p[1] + c * m * n, n, x);
        LOAN(gesdd)(p[5] ? "A" : "S", &rows, &columns, x, &rows, values, u, &rows, v, &v_rows, work,
                    &n_work, integer, &info);
        if (info) {
            return FG_E_CONVERGE;
        }
        swap_order(k, m, u, m, to);
        swap_order(n, r, v, r, rest);
    }
    return FG_OK;
}
